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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_holds_when_one_of_it_does),
		cmocka_unit_test(one_signature_is_not_a_list),
		cmocka_unit_test(base64_lists_are_kept_apart_by_spaces),
		cmocka_unit_test(a_changed_byte_is_another_body),
		cmocka_unit_test(without_a_key_nothing_is_signed),
		cmocka_unit_test(times_are_whole_seconds_and_not_far_away),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
