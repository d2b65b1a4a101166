/* SPDX-License-Identifier: Apache-2.0 */
/* Signature headers: what vendors send, and what strangers try. */
#include "shared/sig_check.h"

#include <stdio.h>
#include <string.h>

#include "shared/secret.h"
#include "tests/lib/sign.h"
#include "tests/lib/test.h"

#define NOW "the key in use"
#define OLD "the key before"

static const char body[] = "{\"event\":{\"id\":\"01A\"}}";
static const struct sig_spelling hex = { "v1=", ',', sig_is_hex };
static const struct sig_spelling one = { "v0=", '\0', sig_is_hex };
static const struct sig_spelling base64 = { "v1,", ' ', sig_is_base64 };

static char now_hex[SIGNED_SIZE], old_hex[SIGNED_SIZE], bad_hex[SIGNED_SIZE];
static char now_b64[SIGNED_SIZE], old_b64[SIGNED_SIZE];

static void keys_make(struct sig_keys *keys, bool old)
{
	struct secret a = { 0 }, b = { 0 };

	secret_set(&a, NOW, strlen(NOW));
	if (old) {
		secret_set(&b, OLD, strlen(OLD));
	}
	assert_true(sig_keys_open(keys, &a, &b));
	secret_finish(&a);
	secret_finish(&b);
}

static int set_up(void **state)
{
	(void)state;
	sign_pagerduty(NOW, body, strlen(body), now_hex);
	sign_pagerduty(OLD, body, strlen(body), old_hex);
	sign_pagerduty("another", body, strlen(body), bad_hex);
	sign_svix(NOW, strlen(NOW), "a", "1", body, strlen(body), now_b64);
	sign_svix(OLD, strlen(OLD), "a", "1", body, strlen(body), old_b64);
	return 0;
}

/* N, O, B: a signature by the key in use, the one before, another one; n, o: without
 * "v1="; U: in upper case; T: one digit short; L: one digit long; all else stands for
 * itself. */
static const char *spell(const char *pattern)
{
	static char text[1024];
	size_t at = 0;

	text[0] = '\0';
	for (const char *p = pattern; *p; p++) {
		char piece[SIGNED_SIZE + 1] = { *p };
		const char *from = strchr("NnUTL", *p) ? now_hex
				   : strchr("Oo", *p)  ? old_hex
				   : *p == 'B'         ? bad_hex
						       : NULL;

		if (from) {
			snprintf(piece, sizeof(piece), "%s%s",
				 strchr("no", *p) ? from + 3 : from,
				 *p == 'L' ? "0" : "");
		}
		if (*p == 'T') {
			piece[strlen(piece) - 1] = '\0';
		}
		for (char *c = piece + 3; *p == 'U' && *c; c++) {
			*c = (char)(*c >= 'a' ? *c - 32 : *c);
		}
		at += (size_t)snprintf(text + at, sizeof(text) - at, "%s", piece);
	}
	return text;
}

/* clang-format off */
static const struct { const char *header; bool now, both; } lists[] = {
	{ "N",           true,  true },
	{ "O",           false, true },
	{ "B",           false, false },
	{ "O,N",         true,  true },  /* while it is rotated */
	{ "N,O",         true,  true },
	{ "O, N",        true,  true },  /* a space is our own choice */
	{ "  N  ,B",     true,  true },
	{ "B,B,B,N",     true,  true },
	{ ",,N,",        true,  true },
	{ "B,O",         false, true },
	{ "",            false, false },
	{ ",",           false, false },
	{ " ",           false, false },
	{ "v1=",         false, false },
	{ "v1=,v1=",     false, false },
	{ "n",           false, false }, /* no version */
	{ "v2=n",        false, false },
	{ "v2=n,N",      true,  true },
	{ "v1==n",       false, false },
	{ "V1=n",        false, false },
	{ "v1=N",        false, false }, /* twice the version */
	{ "v1= n",       false, false },
	{ "U",           false, false },
	{ "T",           false, false },
	{ "L",           false, false },
	{ "N;O",         false, false }, /* not how they are kept apart */
	{ "N O",         false, false },
	{ "NN",          false, false },
};
/* clang-format on */

static void a_list_holds_when_one_of_it_does(void **state)
{
	const struct sig_part part = { body, strlen(body) };
	struct sig_keys keys, both;

	(void)state;
	keys_make(&keys, false);
	keys_make(&both, true);
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		const char *header = spell(lists[i].header);

		assert_row(sig_check(&hex, header, &keys, &part, 1) == lists[i].now, i,
			   lists[i].header);
		assert_row(sig_check(&hex, header, &both, &part, 1) == lists[i].both, i,
			   lists[i].header);
	}
	sig_keys_close(&keys);
	sig_keys_close(&both);
}

static void one_signature_is_not_a_list(void **state)
{
	const struct sig_part parts[] = { { "v0:", 3 },
					  { "17:", 3 },
					  { body, strlen(body) } };
	struct sig_keys keys;
	char header[SIGNED_SIZE], two[2 * SIGNED_SIZE + 1];

	(void)state;
	keys_make(&keys, false);
	sign_slack(NOW, "17", body, strlen(body), header);
	assert_true(sig_check(&one, header, &keys, parts, 3));
	snprintf(two, sizeof(two), "%s,%s", header, header);
	assert_false(sig_check(&one, two, &keys, parts, 3));
	sig_keys_close(&keys);
}

static void base64_lists_are_kept_apart_by_spaces(void **state)
{
	const struct sig_part parts[] = { { "a.1.", 4 }, { body, strlen(body) } };
	struct sig_keys keys;
	char header[4 * SIGNED_SIZE];

	(void)state;
	keys_make(&keys, false);
	snprintf(header, sizeof(header), "v1,AAAA v1a,BBBB %s %s", old_b64, now_b64);
	assert_true(sig_check(&base64, header, &keys, parts, 2));
	assert_false(sig_check(&base64, old_b64, &keys, parts, 2));
	snprintf(header, sizeof(header), "v1a,%s", now_b64 + 3);
	assert_false(sig_check(&base64, header, &keys, parts, 2));
	snprintf(header, sizeof(header), "%s,%s", old_b64, now_b64);
	assert_false(sig_check(&base64, header, &keys, parts, 2));
	now_b64[strlen(now_b64) - 1] = '\0'; /* without its padding */
	assert_false(sig_check(&base64, now_b64, &keys, parts, 2));
	sig_keys_close(&keys);
}

static void a_changed_byte_is_another_body(void **state)
{
	struct sig_keys keys;
	char text[sizeof(body)];

	(void)state;
	keys_make(&keys, false);
	for (size_t i = 0; i + 1 < sizeof(body); i++) {
		const struct sig_part part = { text, strlen(body) };

		memcpy(text, body, sizeof(body));
		text[i] ^= 1;
		assert_row(!sig_check(&hex, now_hex, &keys, &part, 1), i, body);
	}
	sig_keys_close(&keys);
}

static void without_a_key_nothing_is_signed(void **state)
{
	struct secret unset = { 0 };
	struct sig_keys keys;

	(void)state;
	assert_false(sig_keys_open(&keys, &unset, &unset));
	assert_null(keys.now);
	sig_keys_close(&keys);
}

/* clang-format off */
static const struct { const char *text; bool ok; } times[] = {
	{ "1700000000", true },
	{ "1699999700", true },  { "1699999699", false }, /* 300 s and 301 s ago */
	{ "1700000300", true },  { "1700000301", false },
	{ "", false },           { "0", false },
	{ "-1700000000", false }, { "+1700000000", false },
	{ " 1700000000", false }, { "1700000000 ", false },
	{ "1700000000.5", false }, { "0x6553f100", false },
	{ "1.7e9", false },      { "NaN", false },
	{ "2023-11-14T22:13:20Z", false },
	{ "001700000000", true }, { "0001700000000", false },
	{ "99999999999999999999999999", false },
	{ "18446744075409551616", false }, /* it would be right again, wrapped */
	{ "1700000000000", false }, /* milliseconds */
};
/* clang-format on */

static void times_are_whole_seconds_and_not_far_away(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		assert_row(sig_time_check(times[i].text, 1700000000999) == times[i].ok, i,
			   times[i].text);
	}
}

/* --- known answers ---------------------------------------------------------------------- */

#define SLACK_SECRET "access-bot-signing-secret-0001"
#define SVIX_V1 \
	"{\"event_type\":\"private_incident.incident_updated_v2\"," \
	"\"private_incident.incident_updated_v2\":{\"id\":\"01JTESTPRIVATEINCIDENT0001\"}}"

/* Computed with openssl's command, some of them checked against the vendors' libraries. */
/* clang-format off */
static const struct {
	const struct sig_spelling *spelling;
	const char *key; /* NULL: key 1 of incident.io, 24 bytes */
	const char *parts[3];
	const char *header;
	bool ok;
} known[] = {
	{ &one, SLACK_SECRET, { "v0:1767225600:",
	  "token=unused&team_id=T0ACME001&team_domain=acme&channel_id=C0INC0001&channel_name=inc-1042"
	  "&user_id=U0ALICE01&user_name=alice&command=%2Faccess&text=request+prod-db+2h+INC-1042"
	  "&api_app_id=A0ACCESS1&is_enterprise_install=false&response_url="
	  "https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT0ACME001%2F1%2Fabc&trigger_id=1.2.abc" },
	  "v0=1f36b1f281f73f79ea8e8954ae1173ab42ef790100c39dc6eb056c6e0d755a56", true },
	{ &one, SLACK_SECRET, { "v0:1767225905:",
	  "{\"type\":\"url_verification\",\"token\":\"unused\",\"challenge\":\"c-7f3a\"}" },
	  "v0=7248b6e4f0474bfc42074ed110a2a2cc321bebb0f232d5560ef5925600d62bb1", true },
	{ &hex, "pd-test-secret-one", {
	  "{\"event\":{\"id\":\"01TESTPING0000000000000001\",\"event_type\":\"pagey.ping\",\"resource_type\":"
	  "\"pagey\",\"occurred_at\":\"2026-01-15T09:30:00.000Z\",\"agent\":{\"id\":\"PTESTU1\",\"type\":"
	  "\"user_reference\"},\"client\":null,\"data\":{\"message\":\"ping from a test\",\"type\":\"ping\"}}}" },
	  "v1=37cf1257766eac5c4a96eca96765db63285bfa1ec605b5411e31750a1e90a356", true },
	{ &base64, NULL, { "msg_accessbot_vec1.1700000000.", SVIX_V1 },
	  "v1,Fq2Q93sacYuhJVpp3IhMVG5u3s54D+I7Y/plMtzUf9I=", true },
	{ &base64, NULL, { "msg_accessbot_vec1.1700000000.", SVIX_V1 },
	  "v1,AAAA v1a,BBBB v1,Y/wuRf2VJ4RbmiBg1T8S6saySIAggP6i7upcfH/2ov0= "
	  "v1,Fq2Q93sacYuhJVpp3IhMVG5u3s54D+I7Y/plMtzUf9I=", true },
	/* by the whole text of the secret, whsec_ included */
	{ &base64, NULL, { "msg_accessbot_vec1.1700000000.", SVIX_V1 },
	  "v1,wpn0d6gMDuPqnzDtpV4ycChOGXjK2p43mJRrygIvRw4=", false },
};
/* clang-format on */

static void known_answers_come_out(void **state)
{
	static const unsigned char svix_key[] = {
		0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
		0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(known); i++) {
		const char *key = known[i].key;
		struct sig_keys keys = {
			.now = key ? sig_key_create(key, strlen(key))
				   : sig_key_create(svix_key, sizeof(svix_key)),
		};
		struct sig_part parts[3] = { 0 };
		size_t n = 0;

		for (; n < 3 && known[i].parts[n]; n++) {
			parts[n].data = known[i].parts[n];
			parts[n].len = strlen(known[i].parts[n]);
		}
		assert_row(sig_check(known[i].spelling, known[i].header, &keys, parts,
				     n) == known[i].ok,
			   i, known[i].header);
		sig_keys_close(&keys);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_when_one_of_it_does),
		cmocka_unit_test(one_signature_is_not_a_list),
		cmocka_unit_test(base64_lists_are_kept_apart_by_spaces),
		cmocka_unit_test(a_changed_byte_is_another_body),
		cmocka_unit_test(without_a_key_nothing_is_signed),
		cmocka_unit_test(known_answers_come_out),
		cmocka_unit_test(times_are_whole_seconds_and_not_far_away),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
