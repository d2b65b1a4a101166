/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers, and broken senders, try on Indent's webhook over a real connection:
 * none of it is a claim, or a row in the ledger. */
#include <string.h>

#include "shared/text.h"
#include "tests/lib/indent_scene.h"
#include "tests/lib/test.h"

#define GOOD ASK(ANA, "{\"id\":\"prod-db\"}")

static int setup(void **state)
{
	watch_setup_stopped(state);
	indent_start(*state);
	scene_incident(*state, "ana");
	return 0;
}

/* --- signatures ---------------------------------------------------------------------- */

/* $S is the right signature of the time $T, whatever that says. What is wrong with both
 * of every vendor is in tests/contract/hook_bad_input.c. */
/* clang-format off */
static const struct {
	const char *what, *headers;
	const char *time; /* NULL: now */
	int code; /* -1: a claim */
} signatures[] = {
	{ "as it should be",      "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", NULL, -1 },
	{ "names in lower case",  "x-indent-timestamp: $T\r\nx-indent-signature: $S\r\n", NULL, -1 },
	{ "names in upper case",  "X-INDENT-TIMESTAMP: $T\r\nX-INDENT-SIGNATURE: $S\r\n", NULL, -1 },
	{ "names in both",        "X-Indent-Timestamp: $T\r\nx-indent-signature: $S\r\n", NULL, -1 },
	{ "blanks around",        "X-Indent-Timestamp:\t $T \r\nX-Indent-Signature:  $S\t\r\n", NULL, -1 },
	{ "v0= in front",         "X-Indent-Timestamp: $T\r\nX-Indent-Signature: v0=$S\r\n", NULL, 9 },
	{ "without a fraction",   "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", "2026-08-24T10:00:01Z", -1 },
	{ "with an offset",       "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", "2026-08-24T12:00:02+02:00", -1 },
	{ "of 1999",              "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", "1999-01-01T00:00:00Z", 9 },
	{ "in seconds",           "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", "1787565600", 9 },
	{ "garbage",              "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", "garbage", 9 },
};
/* clang-format on */

static void sign(size_t i, char *headers, size_t size)
{
	char time[TIME_SIZE];
	char hex[65];
	struct buf out;

	text_format_time(clock_wall_ms(loop_clock(client.loop)), time);
	if (signatures[i].time) {
		text_copy(time, sizeof(time), signatures[i].time);
	}
	indent_sign(INDENT_SECRET, time, GOOD, hex);
	buf_init(&out, size - 1);
	for (const char *from = signatures[i].headers; *from; from++) {
		if (*from == '$') {
			from++;
			buf_add_str(&out, *from == 'T' ? time : hex);
		} else {
			buf_add_char(&out, *from);
		}
	}
	text_copy(headers, size, buf_str(&out));
	buf_finish(&out);
}

static void only_a_right_signature_of_about_now_gets_a_claim(void **state)
{
	struct scene *t = *state;
	int64_t claims = 0;

	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		char headers[1024];
		bool good = signatures[i].code < 0;

		fake_clock_advance(&t->clock, 1); /* no two are the same */
		sign(i, headers, sizeof(headers));
		indent_send(&client, headers, GOOD, strlen(GOOD));
		assert_row(indent_status(&client) == (good ? 200 : 500), i,
			   signatures[i].what);
		assert_row(good == (strstr(client.body, "access/approve") != NULL), i,
			   signatures[i].what);
		assert_row(good || indent_code(&client) == signatures[i].code, i,
			   signatures[i].what);
		claims += good;
		assert_row(scene_sql(t, "SELECT count(*) FROM request") == claims, i,
			   signatures[i].what);
	}
	assert_has_not(scene_log(), INDENT_SECRET);
}

/* --- bodies ---------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *what, *body;
	int code;
} bodies[] = {
	{ "a key twice",        "{\"events\":[],\"events\":[{\"event\":\"access/request\"}]}", 10 },
	{ "events of text",     "{\"events\":\"access/request\"}", 10 },
	{ "an actor of text",   "{\"events\":[{\"event\":\"access/request\",\"actor\":\"ana\"}]}", 10 },
	{ "a target of text",   "{\"events\":[{\"event\":\"access/request\",\"resources\":[\"prod-db\"]}]}", 10 },
	{ "a grant",            "{\"events\":[{\"event\":\"access/request\"},{\"event\":\"access/grant\"}]}", 5 },
	{ "nothing that is known", "{\"event\":\"access/request\"}", 5 },
};
/* clang-format on */

static void a_body_that_cannot_be_read_is_refused(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		fake_clock_advance(&t->clock, 1);
		assert_row(indent_post(&client, bodies[i].body) == 500, i,
			   bodies[i].what);
		assert_row(indent_code(&client) == bodies[i].code, i, bodies[i].what);
		assert_row(!strstr(client.body, "claims"), i, bodies[i].what);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
	assert_int_equal(indent_post(&client, GOOD), 200);
}

static void of_two_requests_the_first_is_decided(void **state)
{
	struct scene *t = *state;

	assert_int_equal(
		indent_post(
			&client,
			"{\"events\":[{\"event\":\"access/request\",\"actor\":{\"id\":"
			"\"U0BOB0001\",\"kind\":\"slack/user\"},\"resources\":[{\"id\":"
			"\"prod-db\"}]},{\"event\":\"access/request\",\"actor\":{"
			"\"id\":\"U0ANA0001\",\"kind\":\"slack/user\"},\"resources\":[{"
			"\"id\":\"prod-db\"}]}]}"),
		200);
	assert_has(client.body, "\"claims\":[]");
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 1);
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE user = 'U0BOB0001'"), 1);
}

static void every_refusal_has_an_id_that_the_log_has(void **state)
{
	char id[27] = "";
	const char *at;

	(void)state;
	indent_send(&client, "", "{}", 2);
	assert_int_equal(indent_status(&client), 500);
	at = strstr(client.body, "(01");
	assert_non_null(at);
	memcpy(id, at + 1, 26);
	assert_has(scene_log(), id);
	assert_has(scene_log(), "outcome=not-proved");
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, indent_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(only_a_right_signature_of_about_now_gets_a_claim),
		SCENE(a_body_that_cannot_be_read_is_refused),
		SCENE(of_two_requests_the_first_is_decided),
		SCENE(every_refusal_has_an_id_that_the_log_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
