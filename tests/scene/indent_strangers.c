/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers, and broken senders, try on Indent's webhook over a real connection:
 * none of it is a claim, or a row in the ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

#define GOOD \
	"{\"events\":[{\"event\":\"access/request\",\"reason\":\"lag\",\"actor\":{\"id\":" \
	"\"U0ANA0001\",\"kind\":\"slack/user\",\"email\":\"ana@acme.example\"}," \
	"\"resources\":[{\"id\":\"prod-db\"}],\"meta\":{\"labels\":{}}}]}"
#define TIME "2026-08-24T10:00:00.000Z"

static struct indent_client client;

static int setup(void **state)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	setenv("SCENE_PLATFORM", INDENT_SECRET, 1);
	t->more = "indent = { webhook_secret = \"env:SCENE_PLATFORM\"; };\n";
	scene_start(t, true);
	scene_incident(t, "ana");
	indent_connect(&client, t->loop, app_port(&t->app));
	return 0;
}

static int teardown(void **state)
{
	indent_disconnect(&client);
	return watch_teardown(state);
}

/* --- signatures ---------------------------------------------------------------------- */

/* $S is the right signature, $U the same in upper case, $C without its last two digits, $O
 * without its last; $T is the time. */
/* clang-format off */
static const struct {
	const char *what, *headers;
	int64_t skew_ms; /* of the signed time */
	const char *time; /* in its place, or NULL */
	int code; /* -1: a claim */
} signatures[] = {
	{ "as it should be",      "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 0, NULL, -1 },
	{ "names in lower case",  "x-indent-timestamp: $T\r\nx-indent-signature: $S\r\n", 1, NULL, -1 },
	{ "names in upper case",  "X-INDENT-TIMESTAMP: $T\r\nX-INDENT-SIGNATURE: $S\r\n", 2, NULL, -1 },
	{ "blanks around",        "X-Indent-Timestamp:\t $T \r\nX-Indent-Signature:  $S\t\r\n", 3, NULL, -1 },
	{ "another content type", "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\nAccept: */*\r\n", 4, NULL, -1 },
	{ "nearly 5 min old",     "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", -299000, NULL, -1 },
	{ "nearly 5 min early",   "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 299000, NULL, -1 },
	{ "no headers",           "", 0, NULL, 9 },
	{ "no signature",         "X-Indent-Timestamp: $T\r\n", 0, NULL, 9 },
	{ "an empty signature",   "X-Indent-Timestamp: $T\r\nX-Indent-Signature: \r\n", 0, NULL, 9 },
	{ "the signature twice",  "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\nX-Indent-Signature: $S\r\n", 0, NULL, 9 },
	{ "a second one",         "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\nx-indent-signature: 00\r\n", 0, NULL, 9 },
	{ "two in a list",        "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S,$S\r\n", 0, NULL, 9 },
	{ "in upper case",        "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $U\r\n", 0, NULL, 9 },
	{ "cut",                  "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $C\r\n", 0, NULL, 9 },
	{ "of an odd length",     "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $O\r\n", 0, NULL, 9 },
	{ "v0= in front",         "X-Indent-Timestamp: $T\r\nX-Indent-Signature: v0=$S\r\n", 0, NULL, 9 },
	{ "; behind",             "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S;\r\n", 0, NULL, 9 },
	{ "no time",              "X-Indent-Signature: $S\r\n", 0, NULL, 9 },
	{ "the time twice",       "X-Indent-Timestamp: $T\r\nX-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 0, NULL, 9 },
	{ "stale",                "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", -301000, NULL, 9 },
	{ "of the future",        "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 301000, NULL, 9 },
	{ "of 1999",              "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 0, "1999-01-01T00:00:00Z", 9 },
	{ "in seconds",           "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 0, "1787565600", 9 },
	{ "garbage",              "X-Indent-Timestamp: $T\r\nX-Indent-Signature: $S\r\n", 0, "garbage", 9 },
};
/* clang-format on */

static void upper(const char *hex, char ret_hex[65])
{
	for (size_t i = 0; i < 65; i++) {
		ret_hex[i] = (char)(hex[i] >= 'a' ? hex[i] - 32 : hex[i]);
	}
}

static void fill(const char *from, const char *hex, const char *upper_hex,
		 const char *time, char *headers, size_t size)
{
	struct buf out;

	buf_init(&out, size - 1);
	for (; *from; from++) {
		if (*from != '$') {
			buf_add_char(&out, *from);
			continue;
		}
		from++;
		buf_add(&out,
			*from == 'T'   ? time
			: *from == 'U' ? upper_hex
				       : hex,
			*from == 'T'   ? strlen(time)
			: *from == 'C' ? 62
			: *from == 'O' ? 63
				       : 64);
	}
	text_copy(headers, size, buf_str(&out));
	buf_finish(&out);
}

static void sign(size_t i, char *headers, size_t size)
{
	char time[TIME_SIZE];
	char hex[65];
	char upper_hex[65];

	text_format_time(clock_wall_ms(loop_clock(client.loop)) + signatures[i].skew_ms,
			 time);
	if (signatures[i].time) {
		text_copy(time, sizeof(time), signatures[i].time);
	}
	indent_sign(INDENT_SECRET, time, GOOD, hex);
	upper(hex, upper_hex);
	fill(signatures[i].headers, hex, upper_hex, time, headers, size);
}

static void only_a_right_signature_of_about_now_gets_a_claim(void **state)
{
	struct scene *t = *state;
	int64_t claims = 0;

	for (size_t i = 0; i < ARRAY_LEN(signatures); i++) {
		char headers[1024];
		bool good = signatures[i].code < 0;

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
	{ "no JSON",            "actor=ana", 10 },
	{ "half of it",         "{\"events\":[{\"event\":\"access/request\"", 10 },
	{ "something behind",   GOOD "}", 10 },
	{ "two objects",        GOOD GOOD, 10 },
	{ "no object",          "[" GOOD "]", 10 },
	{ "not UTF-8",          "{\"events\":[{\"event\":\"access/request\",\"reason\":\"\xff\"}]}", 10 },
	{ "a key twice",        "{\"events\":[],\"events\":[{\"event\":\"access/request\"}]}", 10 },
	{ "a huge number",      "{\"events\":[{\"event\":\"access/request\",\"n\":1e999}]}", 10 },
	{ "a huge integer",     "{\"events\":[{\"event\":\"access/request\",\"n\":99999999999999999999}]}", 10 },
	{ "a NUL",              "{\"events\":[{\"event\":\"access/request\",\"reason\":\"a\\u0000b\"}]}", 10 },
	{ "half a surrogate",   "{\"events\":[{\"event\":\"access/request\",\"reason\":\"\\ud800\"}]}", 10 },
	{ "a byte order mark",  "\xef\xbb\xbf" GOOD, 10 },
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

static void ten_thousand_levels_are_refused(void **state)
{
	char *body = calloc(1, 20032);

	(void)state;
	assert_non_null(body);
	memcpy(body, "{\"events\":", 10);
	memset(body + 10, '[', 10000);
	memset(body + 10010, ']', 10000);
	body[20010] = '}';
	assert_int_equal(indent_post(&client, body), 500);
	assert_int_equal(indent_code(&client), 10);
	free(body);
}

static void a_body_changed_by_a_byte_is_refused(void **state)
{
	char body[] = GOOD;
	char hex[65];
	char headers[256];

	(void)state;
	indent_sign(INDENT_SECRET, TIME, body, hex);
	snprintf(headers, sizeof(headers),
		 "X-Indent-Timestamp: " TIME "\r\nX-Indent-Signature: %s\r\n", hex);
	strstr(body, "prod-db")[0] = 'q';
	indent_send(&client, headers, body, strlen(body));
	assert_int_equal(indent_status(&client), 500);
	assert_int_equal(indent_code(&client), 9);
	indent_send(&client, headers, "", 0);
	assert_int_equal(indent_status(&client), 500);
	assert_int_equal(indent_code(&client), 9);
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

/* --- HTTP --------------------------------------------------------------------------------- */

static void signed_headers(const char *body, char *headers, size_t size)
{
	char time[TIME_SIZE];
	char hex[65];

	text_format_time(clock_wall_ms(loop_clock(client.loop)), time);
	indent_sign(INDENT_SECRET, time, body, hex);
	snprintf(headers, size, "X-Indent-Timestamp: %s\r\nX-Indent-Signature: %s\r\n",
		 time, hex);
}

/* A request line, headers and a body as they stand; a connection of its own. */
static int raw(struct scene *t, const char *line, const char *more, const char *body)
{
	char headers[256];
	struct buf out;
	int status;

	indent_disconnect(&client);
	indent_connect(&client, t->loop, app_port(&t->app));
	signed_headers(GOOD, headers, sizeof(headers));
	buf_init(&out, 1 << 20);
	buf_addf(&out, "%s HTTP/1.1\r\nHost: a\r\n%s%s\r\n%s", line, headers, more, body);
	assert_true(wire_send(&client.wire, out.data, out.len));
	buf_finish(&out);
	status = indent_status(&client);
	return status;
}

static void other_methods_and_paths_are_not_served(void **state)
{
	struct scene *t = *state;

	assert_int_equal(raw(t, "GET /webhooks/indent", "", ""), 405);
	assert_has(client.head, "Allow: POST");
	assert_int_equal(raw(t, "PUT /webhooks/indent", "Content-Length: 0\r\n", ""),
			 405);
	assert_int_equal(raw(t, "POST /webhooks/indent/", "Content-Length: 0\r\n", ""),
			 404);
	assert_int_equal(raw(t, "POST /webhooks/Indent", "Content-Length: 0\r\n", ""),
			 404);
	assert_int_equal(raw(t, "POST /webhooks/%69ndent", "Content-Length: 0\r\n", ""),
			 404);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
}

static void a_chunked_body_is_read_whole(void **state)
{
	struct scene *t = *state;
	struct buf body;

	buf_init(&body, 4096);
	buf_addf(&body, "7\r\n%.7s\r\n%zx\r\n%s\r\n0\r\n\r\n", GOOD, strlen(GOOD) - 7,
		 &GOOD[7]);
	assert_int_equal(raw(t, "POST /webhooks/indent?a=b",
			     "Transfer-Encoding: chunked\r\nContent-Type: text/x\r\n",
			     buf_str(&body)),
			 200);
	assert_has(client.body, "access/approve");
	buf_finish(&body);
}

static void twenty_megabytes_are_too_many(void **state)
{
	struct scene *t = *state;

	assert_int_equal(raw(t, "POST /webhooks/indent", "Content-Length: 20971520\r\n",
			     "{\"events\":[]}"),
			 413);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
}

static void a_flood_of_headers_is_refused(void **state)
{
	struct scene *t = *state;
	struct buf flood;

	buf_init(&flood, 1 << 20);
	for (int i = 0; i < 500; i++) {
		buf_addf(&flood, "X-Indent-Signature-%d: %064d\r\n", i, i);
	}
	assert_int_equal(raw(t, "POST /webhooks/indent", buf_str(&flood), ""), 431);
	buf_finish(&flood);
}

static void a_body_of_a_byte_a_second_is_cut_off(void **state)
{
	struct scene *t = *state;
	char headers[256];
	struct buf head;

	signed_headers(GOOD, headers, sizeof(headers));
	buf_init(&head, 4096);
	buf_addf(
		&head,
		"POST /webhooks/indent HTTP/1.1\r\nHost: a\r\n%sContent-Length: %zu\r\n\r\n",
		headers, strlen(GOOD));
	assert_true(wire_send(&client.wire, head.data, head.len));
	buf_finish(&head);
	for (size_t i = 0; i < 11; i++) {
		wire_send(&client.wire, &GOOD[i], 1);
		scene_settle(t);
		fake_clock_advance(&t->clock, 1000);
	}
	assert_int_equal(indent_status(&client), 408);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
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
#define SCENE(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
	const struct CMUnitTest tests[] = {
		SCENE(only_a_right_signature_of_about_now_gets_a_claim),
		SCENE(a_body_that_cannot_be_read_is_refused),
		SCENE(ten_thousand_levels_are_refused),
		SCENE(a_body_changed_by_a_byte_is_refused),
		SCENE(of_two_requests_the_first_is_decided),
		SCENE(other_methods_and_paths_are_not_served),
		SCENE(a_chunked_body_is_read_whole),
		SCENE(twenty_megabytes_are_too_many),
		SCENE(a_flood_of_headers_is_refused),
		SCENE(a_body_of_a_byte_a_second_is_cut_off),
		SCENE(every_refusal_has_an_id_that_the_log_has),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
