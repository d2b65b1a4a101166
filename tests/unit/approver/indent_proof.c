/* SPDX-License-Identifier: Apache-2.0 */
/* Whom the signature lets in: the vectors of Indent's own package, and what is near to
 * them. */
#include "approver/indent_proof.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/test.h"

#define V4_BODY \
	"{\"events\":[{\"event\":\"access/request\",\"actor\":{\"id\":\"T01/U02\"," \
	"\"kind\":\"slack/user\",\"email\":\"zo\xc3\xab@example.com\",\"displayName\":" \
	"\"Zo\xc3\xab \xe2\x98\x82\"},\"reason\":\"db is down\",\"resources\":[{\"kind\":" \
	"\"okta.v1.Group\",\"id\":\"00g1\"}],\"meta\":{\"labels\":{\"petition\":\"pet-1\"}" \
	"}}]}"
#define V1_BODY \
	"{\"events\":[{\"event\":\"access/grant\",\"timestamp\":\"2020-05-01T07:00:00Z\"}]}"
#define V2_BODY "{\"info\":true}"
#define V2_TIME "2024-01-15T09:30:00.000Z"
#define V2_SIG  "d525b3e1e41513c5a676f9a1453bd38093801b8690af5e81fe69ab76c7f90894"

struct vector {
	const char *what, *secret, *timestamp, *body, *signature;
};

/* clang-format off */
static const struct vector vectors[] = {
	{ "V1", "secret_123", "2020-05-01T07:00:00Z", V1_BODY,
	  "c27f187960625ebccc33336030b071dac1d54b1e98d9e27fe5452ee00c935fb0" },
	{ "V2", "wkeXample", V2_TIME, V2_BODY, V2_SIG },
	{ "V3", "whk_s3cr3t", "2024-01-15T09:30:00.000Z", "{\"kinds\":[\"indent.v1.Bot\"]}",
	  "49b5d667bc407a1671dfc8873067e769ad3d91aac829a604edb4b9ea1ad90054" },
	{ "V4, UTF-8", "whk_s3cr3t", "2024-01-15T09:30:00.123Z", V4_BODY,
	  "9b0a10bc081170d631cd5904fe057b04be590b8b0aa6a48096441ba967844209" },
	{ "V5, odd secret and time", "s\xc3\xa9""cret", "1705311000", "{\"a\":1}",
	  "1d6f8045d8c725202e8d45fe1744f6178db3f8a848112a25853034333bf881cc" },
	{ "V6, white space counts", "k", "t", " {\"a\" : 1}\n",
	  "da88d5b7fff157988121ae15162342ccdf341d1e19e576e783714af7a106c6c3" },
	{ "V7", INDENT_SECRET, "2024-01-15T09:30:00.000Z", indent_v7,
	  "cb5b853a6c022b53645d88cbdb30d41be5cb1551f79bebe0d2baa98573ed6941" },
};

/* V2, changed. */
static const struct {
	const char *what;
	struct indent_header timestamp, signature;
	const char *body;
} refused[] = {
	{ "no signature",       { V2_TIME, 1 }, { NULL, 0 }, V2_BODY },
	{ "an empty one",       { V2_TIME, 1 }, { "", 1 }, V2_BODY },
	{ "two signatures",     { V2_TIME, 1 }, { V2_SIG, 2 }, V2_BODY },
	{ "no time",            { NULL, 0 },    { V2_SIG, 1 }, V2_BODY },
	{ "an empty time",      { "", 1 },      { V2_SIG, 1 }, V2_BODY },
	{ "two times",          { V2_TIME, 2 }, { V2_SIG, 1 }, V2_BODY },
	{ "another time",       { "2024-01-15T09:30:00.001Z", 1 }, { V2_SIG, 1 }, V2_BODY },
	{ "the same moment, written otherwise", { "2024-01-15T09:30:00Z", 1 }, { V2_SIG, 1 }, V2_BODY },
	{ "in upper case",      { V2_TIME, 1 },
	  { "D525B3E1E41513C5A676F9A1453BD38093801B8690AF5E81FE69AB76C7F90894", 1 }, V2_BODY },
	{ "one upper digit",    { V2_TIME, 1 },
	  { "D525b3e1e41513c5a676f9a1453bd38093801b8690af5e81fe69ab76c7f90894", 1 }, V2_BODY },
	{ "v0= in front",       { V2_TIME, 1 }, { "v0=" V2_SIG, 1 }, V2_BODY },
	{ "sha256= in front",   { V2_TIME, 1 }, { "sha256=" V2_SIG, 1 }, V2_BODY },
	{ "; behind",           { V2_TIME, 1 }, { V2_SIG ";", 1 }, V2_BODY },
	{ "a list of two",      { V2_TIME, 1 }, { V2_SIG "," V2_SIG, 1 }, V2_BODY },
	{ "cut by one",         { V2_TIME, 1 },
	  { "d525b3e1e41513c5a676f9a1453bd38093801b8690af5e81fe69ab76c7f9089", 1 }, V2_BODY },
	{ "cut to a byte",      { V2_TIME, 1 }, { "d5", 1 }, V2_BODY },
	{ "one digit too many", { V2_TIME, 1 }, { V2_SIG "4", 1 }, V2_BODY },
	{ "no hex",             { V2_TIME, 1 },
	  { "z525b3e1e41513c5a676f9a1453bd38093801b8690af5e81fe69ab76c7f90894", 1 }, V2_BODY },
	{ "zeros",              { V2_TIME, 1 },
	  { "0000000000000000000000000000000000000000000000000000000000000000", 1 }, V2_BODY },
	{ "a byte more",        { V2_TIME, 1 }, { V2_SIG, 1 }, "{\"info\":true} " },
	{ "a byte less",        { V2_TIME, 1 }, { V2_SIG, 1 }, "{\"info\":true" },
	{ "another byte",       { V2_TIME, 1 }, { V2_SIG, 1 }, "{\"info\":True}" },
	{ "no body",            { V2_TIME, 1 }, { V2_SIG, 1 }, "" },
};

/* Within 5 minutes of 2024-01-15T09:30:00Z? */
static const struct {
	const char *timestamp;
	enum fail_kind kind;
} times[] = {
	{ "2024-01-15T09:30:00Z", FAIL_NONE },
	{ "2024-01-15T09:30:00.000Z", FAIL_NONE },
	{ "2024-01-15T09:30:00.123456789Z", FAIL_NONE },
	{ "2024-01-15T10:30:00+01:00", FAIL_NONE },
	{ "2024-01-15T04:00:00.5-05:30", FAIL_NONE },
	{ "2024-01-15t09:30:00z", FAIL_NONE },
	{ "2024-01-15T09:35:00.000Z", FAIL_NONE },
	{ "2024-01-15T09:25:00.000Z", FAIL_NONE },
	{ "2024-01-15T09:35:00.001Z", FAIL_TIMEOUT },
	{ "2024-01-15T09:24:59.999Z", FAIL_TIMEOUT },
	{ "2024-01-15T09:30:00+01:00", FAIL_TIMEOUT },
	{ "1999-01-15T09:30:00Z", FAIL_TIMEOUT },
	{ "0000-01-01T00:00:00Z", FAIL_TIMEOUT },
	{ "9999-12-31T23:59:59Z", FAIL_TIMEOUT },
	{ "2024-02-30T09:30:00Z", FAIL_INVALID },
	{ "2024-01-15T09:30:00", FAIL_INVALID },
	{ "2024-01-15 09:30:00Z", FAIL_INVALID },
	{ "2024-01-15T09:30:00.Z", FAIL_INVALID },
	{ "2024-01-15T09:30:00Z;", FAIL_INVALID },
	{ "1705311000", FAIL_INVALID },
	{ "1705311000000", FAIL_INVALID },
	{ "undefined", FAIL_INVALID },
	{ "garbage", FAIL_INVALID },
};
/* clang-format on */

enum { WINDOW_S = 300 };

static bool prove(const char *secret, const struct indent_signed *s, int64_t window_s,
		  int64_t now_ms, int64_t *until_ms, struct fail *f)
{
	struct sig_key *key = sig_key_create(secret, strlen(secret));
	uint8_t mac[SIG_SIZE];
	bool ok;

	assert_non_null(key);
	ok = indent_prove(key, s, window_s, now_ms, mac, until_ms, f);
	sig_key_destroy(key);
	return ok;
}

static struct indent_signed signed_by(const struct vector *v)
{
	return (struct indent_signed){ .timestamp = { v->timestamp, 1 },
				       .signature = { v->signature, 1 },
				       .body = v->body,
				       .len = strlen(v->body) };
}

static void the_vectors_of_the_official_package_pass(void **state)
{
	(void)state;
	assert_int_equal(strlen(V1_BODY), 72);
	assert_int_equal(strlen(V4_BODY), 248);
	assert_int_equal(strlen(indent_v7), 531);
	for (size_t i = 0; i < ARRAY_LEN(vectors); i++) {
		struct indent_signed s = signed_by(&vectors[i]);
		int64_t until_ms = -1;
		struct fail f = { 0 };

		assert_row(prove(vectors[i].secret, &s, 0, 0, &until_ms, &f), i,
			   vectors[i].what);
		assert_row(until_ms == 0, i, vectors[i].what);
		assert_row(!prove("another", &s, 0, 0, &until_ms, &f), i,
			   vectors[i].what);
	}
}

static void what_is_near_to_one_does_not(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(refused); i++) {
		struct indent_signed s = { .timestamp = refused[i].timestamp,
					   .signature = refused[i].signature,
					   .body = refused[i].body,
					   .len = strlen(refused[i].body) };
		int64_t until_ms;
		struct fail f = { 0 };

		assert_row(!prove("wkeXample", &s, 0, 0, &until_ms, &f), i,
			   refused[i].what);
		assert_row(f.kind == FAIL_DENIED && !strstr(f.msg, V2_SIG), i,
			   refused[i].what);
	}
}

static void each_bit_of_body_and_signature_counts(void **state)
{
	char body[] = V2_BODY;
	char signature[] = V2_SIG;
	struct indent_signed s = { .timestamp = { V2_TIME, 1 },
				   .signature = { signature, 1 },
				   .body = body,
				   .len = sizeof(body) - 1 };
	int64_t until_ms;
	struct fail f;

	(void)state;
	for (size_t bit = 0; bit < 8 * (sizeof(body) - 1); bit++) {
		body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
		assert_false(prove("wkeXample", &s, 0, 0, &until_ms, &f));
		body[bit / 8] = (char)(body[bit / 8] ^ (1 << bit % 8));
	}
	for (size_t bit = 0; bit < 8 * (sizeof(signature) - 1); bit++) {
		signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
		assert_false(prove("wkeXample", &s, 0, 0, &until_ms, &f));
		signature[bit / 8] = (char)(signature[bit / 8] ^ (1 << bit % 8));
	}
	assert_true(prove("wkeXample", &s, 0, 0, &until_ms, &f));
}

static void the_time_has_to_be_about_now(void **state)
{
	int64_t now_ms;

	(void)state;
	assert_true(text_parse_time(V2_TIME, &now_ms));
	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		char hex[65];
		struct indent_signed s = { .timestamp = { times[i].timestamp, 1 },
					   .signature = { hex, 1 },
					   .body = V2_BODY,
					   .len = strlen(V2_BODY) };
		int64_t until_ms = 0;
		int64_t at_ms;
		struct fail f = { 0 };

		indent_sign("wkeXample", times[i].timestamp, V2_BODY, hex);
		assert_row(prove("wkeXample", &s, 0, now_ms, &until_ms, &f), i,
			   times[i].timestamp);
		assert_row(prove("wkeXample", &s, WINDOW_S, now_ms, &until_ms, &f) ==
				   (times[i].kind == FAIL_NONE),
			   i, times[i].timestamp);
		assert_row(f.kind == times[i].kind, i, times[i].timestamp);
		if (times[i].kind == FAIL_NONE) {
			assert_true(text_parse_time(times[i].timestamp, &at_ms));
			assert_row(until_ms == at_ms + WINDOW_S * 1000, i,
				   times[i].timestamp);
		}
	}
}

/* Who does not know the secret learns nothing of our clock. */
static void the_signature_is_looked_at_before_the_time(void **state)
{
	struct indent_signed s = { .timestamp = { "garbage", 1 },
				   .signature = { V2_SIG, 1 },
				   .body = V2_BODY,
				   .len = strlen(V2_BODY) };
	int64_t until_ms;
	struct fail f = { 0 };

	(void)state;
	assert_false(prove("wkeXample", &s, WINDOW_S, 0, &until_ms, &f));
	assert_int_equal(f.kind, FAIL_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_vectors_of_the_official_package_pass),
		cmocka_unit_test(what_is_near_to_one_does_not),
		cmocka_unit_test(each_bit_of_body_and_signature_counts),
		cmocka_unit_test(the_time_has_to_be_about_now),
		cmocka_unit_test(the_signature_is_looked_at_before_the_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
