/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers and broken senders try on the webhooks: one table, each row tried on each
 * of them, over a real connection. Nothing that is refused leaves a trace in the ledger,
 * and after each the next good one is taken. What single vendors say beyond that is in
 * tests/scene/apono_strangers.c, indent_strangers.c, events.c and slack_http.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/lib/hook_attempt.h"
#include "tests/lib/test.h"

/* What comes of it. T: taken, as if nothing were wrong. R: not proved. U: proved, and
 * cannot be read. N: there is no such thing with this vendor. GONE: no answer. Else: the
 * status. */
enum { N, T, R, U, GONE };

struct row {
	const char *what;
	spoil_fn *spoil;
	const char *arg;
	int becomes[HOOK_VENDORS];
};

/* A bearer token proves neither body nor time; PagerDuty signs no time. Whatever
 * incident.io and PagerDuty have signed is taken, also when nobody can read it: their U is
 * a 202. A body that is not JSON is a form to Slack, and one that asks for nothing. */

/* clang-format off */
static const struct row rows[] = {
	/*                                                               apono incidentio indent pagerduty slack */
	{ "as it should be",         spoil_nothing,       NULL,          { T,   T,   T,   T,   T } },

	{ "no signature",            spoil_missing,       NULL,          { R,   R,   R,   R,   R } },
	{ "empty",                   spoil_replaced,      "",            { R,   R,   R,   R,   R } },
	{ "the same twice",          spoil_doubled,       NULL,          { R,   R,   R,   R,   R } },
	{ "and another",             spoil_doubled,       "00",          { R,   R,   R,   R,   R } },
	{ "another first",           spoil_first_of_two,  "00",          { R,   R,   R,   R,   R } },
	{ "in a list",               spoil_in_a_list,     "00,",         { R,   R,   R,   R,   R } },
	{ "in PagerDuty's list",     spoil_in_a_list,     "00,v1=",      { R,   R,   R,   T,   R } },
	{ "in Svix's list",          spoil_in_a_list,     "AAAA v1,",    { R,   T,   R,   R,   R } },
	{ "in a list of Slack's",    spoil_in_a_list,     "00,v0=",      { R,   R,   R,   R,   R } },
	{ "in upper case",           spoil_upper,         NULL,          { R,   R,   R,   R,   R } },
	{ "truncated",               spoil_shorter,       "12",          { R,   R,   R,   R,   R } },
	{ "half of it",              spoil_shorter,       "12345678901", { R,   R,   R,   R,   R } },
	{ "of odd length",           spoil_shorter,       "1",           { R,   R,   R,   R,   R } },
	{ "longer",                  spoil_behind,        "0",           { R,   R,   R,   R,   R } },
	{ "with a ; behind",         spoil_behind,        ";",           { R,   R,   R,   R,   R } },
	{ "with a , behind",         spoil_behind,        ",",           { R,   R,   R,   T,   R } },
	{ "one bit",                 spoil_one_bit,       NULL,          { R,   R,   R,   R,   R } },
	{ "zeros",                   spoil_zeros,         NULL,          { R,   R,   R,   R,   R } },
	{ "garbage",                 spoil_replaced,      "%n%s\xff\xfe", { R,   R,   R,   R,   R } },
	{ "no version",              spoil_no_version,    NULL,          { R,   R,   N,   R,   R } },
	{ "another version",         spoil_other_version, NULL,          { R,   R,   N,   R,   R } },
	{ "by the key before it",    spoil_key_before,    NULL,          { R,   T,   R,   T,   T } },
	{ "as another vendor signs", spoil_as_another,    NULL,          { R,   R,   R,   R,   R } },

	{ "one bit of the body",     spoil_one_bit_of_body, NULL,        { T,   R,   R,   R,   R } },
	{ "a byte more",             spoil_longer,        "\n",          { T,   R,   R,   R,   R } },
	{ "a byte less",             spoil_without_end,   NULL,          { U,   R,   R,   R,   R } },
	{ "no body",                 spoil_without_body,  NULL,          { U,   R,   R,   R,   R } },
	{ "something behind a NUL",  spoil_behind_a_nul,  NULL,          { U,   R,   R,   R,   R } },

	{ "no time",                 spoil_time_missing,  NULL,          { N,   R,   R,   N,   R } },
	{ "the time twice",          spoil_time_doubled,  NULL,          { N,   R,   R,   N,   R } },
	{ "an empty time",           spoil_time,          "",            { N,   R,   R,   N,   R } },
	{ "garbage for a time",      spoil_time,          "soon",        { N,   R,   R,   N,   R } },
	{ "0",                       spoil_time,          "0",           { N,   R,   R,   N,   R } },
	{ "a time below 0",          spoil_time,          "-1787565600", { N,   R,   R,   N,   R } },
	{ "a time with a fraction",  spoil_time,          "1787565600.5", { N,   R,   R,   N,   R } },
	{ "a power",                 spoil_time,          "1e9",         { N,   R,   R,   N,   R } },
	{ "a huge time",             spoil_time,          "17875656000000000000", { N, R, R, N, R } },
	{ "a time of 1999",          spoil_time,          "1999-01-01T00:00:00Z", { N, R, R, N, R } },
	{ "5 min old",               spoil_time_off,      "-300",        { T,   T,   T,   T,   T } },
	{ "stale",                   spoil_time_off,      "-301",        { T,   R,   R,   T,   R } },
	{ "5 min early",             spoil_time_off,      "300",         { T,   T,   T,   T,   T } },
	{ "of the future",           spoil_time_off,      "301",         { T,   R,   R,   T,   R } },
	{ "a replay",                spoil_again,         NULL,          { T,   T,   R,   T,   T } },

	{ "an empty body, signed",   spoil_body,          "",            { U,   U,   R,   U,   T } },
	{ "no JSON",                 spoil_body,          "actor=ana",   { U,   U,   U,   U,   T } },
	{ "half a body",             spoil_body,          "{\"a\":[{",   { U,   U,   U,   U,   U } },
	{ "null",                    spoil_body,          "null",        { U,   U,   U,   U,   T } },
	{ "text",                    spoil_body,          "\"{}\"",      { U,   U,   U,   U,   T } },
	{ "an empty object",         spoil_body,          "{}",          { T,   T,   U,   T,   T } },
	{ "10 000 lists",            spoil_deep,          "[",           { U,   U,   U,   U,   U } },
	{ "10 000 objects",          spoil_deep,          "{\"a\":",     { U,   U,   U,   U,   U } },
	{ "not UTF-8",               spoil_begun_with,    "{\"x\":\"\xff\",", { U, U, U, U, T } },
	{ "an overlong NUL",         spoil_begun_with,    "{\"x\":\"\xc0\x80\",", { U, U, U, U, T } },
	{ "half a surrogate",        spoil_begun_with,    "{\"x\":\"\\ud800\",", { U, U, U, U, T } },
	{ "a byte order mark",       spoil_begun_with,    "\xef\xbb\xbf{", { U,  U,   U,   U,   T } },
	{ "a key twice",             spoil_begun_with,    "{\"x\":1,\"x\":2,", { U, U, U, U, U } },
	{ "a huge number",           spoil_begun_with,    "{\"x\":1e99999,", { U, U, U, U, U } },
	{ "a huge integer",          spoil_begun_with,    "{\"x\":99999999999999999999,", { U, U, U, U, U } },
	{ "a NUL",                   spoil_with_a_nul,    NULL,          { U,   U,   U,   U,   T } },
	{ "a NUL, escaped",          spoil_begun_with,    "{\"x\":\"a\\u0000b\",", { U, U, U, U, T } },
	{ "something behind",        spoil_ended_with,    " x",          { U,   U,   U,   U,   U } },
	{ "two in one",              spoil_twice_in_one,  NULL,          { U,   U,   U,   U,   U } },
	{ "a list of two",           spoil_list_of_two,   NULL,          { U,   U,   U,   U,   T } },

	{ "GET",                     spoil_method,        "GET",         { 405, 405, 405, 405, 405 } },
	{ "PUT",                     spoil_method,        "PUT",         { 405, 405, 405, 405, 405 } },
	{ "PATCH",                   spoil_method,        "PATCH",       { 405, 405, 405, 405, 405 } },
	{ "DELETE",                  spoil_method,        "DELETE",      { 405, 405, 405, 405, 405 } },
	{ "BREW",                    spoil_method,        "BREW",        { 501, 501, 501, 501, 501 } },
	{ "post",                    spoil_method,        "post",        { 501, 501, 501, 501, 501 } },
	{ "a slash behind the path", spoil_path,          "/",           { 404, 404, 404, 404, 404 } },
	{ "another path",            spoil_path,          "s",           { 404, 404, 404, 404, 404 } },
	{ "a path back and forth",   spoil_path,          "/../apono",   { 404, 404, 404, 404, 404 } },
	{ "a NUL behind the path",   spoil_path,          "%00",         { 404, 404, 404, 404, 404 } },
	{ "a query",                 spoil_path,          "?a=b",        { T,   T,   T,   T,   T } },
	{ "another content type",    spoil_content_type,  "text/plain",  { T,   T,   T,   T,   415 } },
	{ "another JSON",            spoil_content_type,  "application/jsonx", { T, T, T, T, 415 } },
	{ "no content type",         spoil_content_type,  NULL,          { T,   T,   T,   T,   415 } },
	{ "another charset",         spoil_content_type,  "application/json; charset=utf-16", { T, T, T, T, T } },
	{ "no length",               spoil_framing,       "",            { U,   R,   R,   R,   R } },
	{ "two lengths",             spoil_framing,       "Content-Length: 3\r\nContent-Length: 4\r\n", { 400, 400, 400, 400, 400 } },
	{ "a length below 0",        spoil_framing,       "Content-Length: -3\r\n", { 400, 400, 400, 400, 400 } },
	{ "gzip",                    spoil_framing,       "Transfer-Encoding: gzip\r\n", { 501, 501, 501, 501, 501 } },
	{ "chunked and a length",    spoil_framing,       "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", { 400, 400, 400, 400, 400 } },
	{ "chunked",                 spoil_chunked,       "0\r\n\r\n",   { T,   T,   T,   T,   T } },
	{ "chunked, a trailer",      spoil_chunked,       "0\r\nx: y\r\n\r\n", { T, T, T, T, T } },
	{ "chunked, and garbage",    spoil_chunked,       "zz\r\n",      { 400, 400, 400, 400, 400 } },
	{ "20 MB",                   spoil_twenty_megabytes, NULL,       { 413, 413, 413, 413, 413 } },
	{ "20 MB, as it says",       spoil_framing,       "Content-Length: 20971520\r\n", { 413, 413, 413, 413, 413 } },
	{ "20 MB in a chunk",        spoil_one_chunk,     "1400000",     { 413, 413, 413, 413, 413 } },
	{ "2000 headers",            spoil_flood,         "2000",        { 431, 431, 431, 431, 431 } },
	{ "a header of 20 KB",       spoil_long_header,   "20000",       { 431, 431, 431, 431, 431 } },
	{ "a byte a second",         spoil_slow,          NULL,          { 408, 408, 408, 408, 408 } },
	{ "gone before the answer",  spoil_gone,          NULL,          { GONE, GONE, GONE, GONE, GONE } },
};
/* clang-format on */

static int64_t requests(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request");
}

static int64_t traces(struct scene *t)
{
	return requests(t) + scene_sql(t, "SELECT count(*) FROM event");
}

static int status_of(const struct hook_vendor *v, int becomes)
{
	switch (becomes) {
	case T:
		return v->taken;
	case R:
		return v->refused;
	case U:
		return v->unreadable;
	case GONE:
		return 0;
	default:
		return becomes;
	}
}

/* To Indent everything that fails is a 500: its code tells one from another. */
static bool says_it(const struct hook_vendor *v, int becomes, const char *reply)
{
	bool not_proved = strstr(reply, "\"code\":9,") != NULL;

	if (v != &hook_indent_vendor || (becomes != R && becomes != U)) {
		return true;
	}
	return not_proved == (becomes == R) && !strstr(reply, "claims");
}

/* The status of one that nothing is wrong with. */
static int try_good(struct scene *t, const struct hook_vendor *v)
{
	struct hook_attempt a;
	int status;

	hook_attempt_init(&a, t, v);
	status = hook_attempt_send(&a);
	hook_attempt_finish(&a);
	return status;
}

static void cell_check(struct scene *t, size_t i, size_t k)
{
	const struct row *row = &rows[i];
	const struct hook_vendor *v = hook_vendors[k];
	int becomes = row->becomes[k];
	int64_t asked = requests(t), traced = traces(t);
	bool is_taken = becomes == T || becomes == GONE;
	struct hook_attempt a;
	char what[128];
	int status;

	snprintf(what, sizeof(what), "%s, %s", v->path, row->what);
	hook_attempt_init(&a, t, v);
	row->spoil(&a, row->arg);
	status = hook_attempt_send(&a);
	if (status != status_of(v, becomes)) {
		print_error("%s: %d, not %d: %.300s\n", what, status,
			    status_of(v, becomes), buf_str(&a.reply));
	}
	assert_row(status == status_of(v, becomes), i, what);
	assert_row(says_it(v, becomes, buf_str(&a.reply)), i, what);
	assert_row(is_taken || !strstr(buf_str(&a.reply), "acme"), i, what);
	assert_row(is_taken || requests(t) == asked + a.twice, i, what);
	assert_row(is_taken || becomes == U || traces(t) == traced + a.twice, i, what);
	hook_attempt_finish(&a);
	assert_row(try_good(t, v) == v->taken, i, what);
}

static void each_is_tried_on_each(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (size_t k = 0; k < HOOK_VENDORS; k++) {
			if (rows[i].becomes[k] != N) {
				cell_check(*state, i, k);
			}
		}
	}
}

/* --- what has less in it than it could ---------------------------------------------------- */

#define ASK(members) "{\"events\":[{\"event\":\"access/request\"" members "}]}"
#define ANA          ",\"actor\":{\"id\":\"U0ANA0001\",\"kind\":\"slack/user\"}"
#define DB           ",\"resources\":[{\"id\":\"prod-db\"}]"
#define BOB          ",\"actor\":{\"id\":\"U0BOB0001\",\"kind\":\"slack/user\"}"

/* clang-format off */
static const struct {
	const struct hook_vendor *v;
	const char *what, *body;
	int becomes;
	const char *says; /* a part of the reply */
} lacking[] = {
	{ &hook_indent_vendor, "no meta",      ASK(ANA DB), T, "access/approve" },
	{ &hook_indent_vendor, "no labels",    ASK(ANA DB ",\"meta\":{}"), T, "access/approve" },
	{ &hook_indent_vendor, "no resources", ASK(ANA), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "none at all",  ASK(ANA ",\"resources\":[]"), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "no actor",     ASK(DB), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "an empty one", ASK(DB ",\"actor\":{}"), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "nothing",      ASK(""), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "no request",   "{\"events\":[{\"event\":\"access/approve\"}]}", T, "\"claims\":[]" },
	{ &hook_indent_vendor, "no events",    "{\"events\":[]}", T, "\"claims\":[]" },
	{ &hook_indent_vendor, "two, bob first", "{\"events\":[{\"event\":\"access/request\"" BOB DB "},{\"event\":\"access/request\"" ANA DB "}]}", T, "\"claims\":[]" },
	{ &hook_indent_vendor, "two, ana first", "{\"events\":[{\"event\":\"access/request\"" ANA DB "},{\"event\":\"access/request\"" BOB DB "}]}", T, "access/approve" },
	{ &hook_indent_vendor, "a grant too",  "{\"events\":[{\"event\":\"access/request\"" ANA DB "},{\"event\":\"access/grant\"}]}", U, "\"code\":5," },
	{ &hook_indent_vendor, "null parts",   ASK(",\"actor\":null,\"resources\":null,\"meta\":null"), T, "\"claims\":[]" },
	{ &hook_indent_vendor, "odd parts",    ASK(ANA ",\"resources\":[\"prod-db\"]"), U, "\"code\":10," },
	{ &hook_apono_vendor,  "no resource",  "{\"grantee\":\"ana@acme.example\"}", T, "\"deny\"" },
	{ &hook_apono_vendor,  "no grantee",   "{\"resource\":\"prod-db\"}", T, "\"deny\"" },
	{ &hook_apono_vendor,  "no groups",    "{\"event_type\":\"x\",\"data\":{\"grantee\":{\"source_id\":\"ana@acme.example\"}}}", T, "\"deny\"" },
	{ &hook_apono_vendor,  "no data",      "{\"event_type\":\"x\",\"data\":{}}", T, "\"deny\"" },
	{ &hook_incidentio_vendor, "no type",  "{\"public_incident.incident_updated_v2\":{\"id\":\"01J\"}}", T, "heard" },
	{ &hook_incidentio_vendor, "no part",  "{\"event_type\":\"public_incident.incident_updated_v2\"}", T, "heard" },
	{ &hook_pagerduty_vendor, "no event",  "{\"events\":[]}", T, "heard" },
	{ &hook_pagerduty_vendor, "no data",   "{\"event\":{\"id\":\"01L\",\"event_type\":\"incident.resolved\"}}", T, "heard" },
	{ &hook_pagerduty_vendor, "no type",   "{\"event\":{\"id\":\"01M\",\"data\":{\"id\":\"Q1\",\"type\":\"incident\"}}}", T, "heard" },
	{ &hook_slack_vendor,  "no event",     "{\"type\":\"event_callback\"}", T, "" },
	{ &hook_slack_vendor,  "no type",      "{\"event\":{}}", T, "" },
	{ &hook_slack_vendor,  "no command",   "command=&text=prod-db&user_id=U0ANA0001", T, "" },
	{ &hook_slack_vendor,  "no payload",   "payload=", U, "" },
};
/* clang-format on */

static void what_lacks_its_parts_gives_nobody_anything(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(lacking); i++) {
		const struct hook_vendor *v = lacking[i].v;
		struct hook_attempt a;
		int status;

		hook_attempt_init(&a, t, v);
		spoil_body(&a, lacking[i].body);
		status = hook_attempt_send(&a);
		assert_row(status == status_of(v, lacking[i].becomes), i,
			   lacking[i].what);
		assert_row(strstr(buf_str(&a.reply), lacking[i].says) != NULL, i,
			   lacking[i].what);
		hook_attempt_finish(&a);
	}
	assert_int_equal(scene_grants(t), 0);
}

/* --- what is not in the config ------------------------------------------------------------ */

static const char *const without[HOOK_VENDORS] = {
	"/webhooks/apono: apono.bearer is not set",
	"/webhooks/incidentio: incidentio.webhook_secret is not set",
	"/webhooks/indent: indent.webhook_secret is not in the config",
	"/webhooks/pagerduty: pagerduty.webhook_secret is not set",
	"/webhooks/slack: slack.mode is \"socket\"",
};

static void say(void *data, const char *path, const struct fail *f)
{
	buf_addf(data, "%s: %s\n", path, f->kind == FAIL_NONE ? "there" : f->msg);
}

/* What `accessd check` prints; buf_finish() follows. */
static void check_says(struct scene *t, struct buf *ret_said)
{
	buf_init(ret_said, 4096);
	hooks_each(&t->config, say, ret_said);
}

static void without_a_secret_there_is_nothing_and_check_says_why(void **state)
{
	struct scene *t = *state;
	struct buf said;

	t->pd_more = t->io_more = NULL;
	scene_start(t, true);
	check_says(t, &said);
	for (size_t k = 0; k < HOOK_VENDORS; k++) {
		assert_has(buf_str(&said), without[k]);
		assert_row(try_good(t, hook_vendors[k]) == 404, k, hook_vendors[k]->path);
	}
	buf_finish(&said);
}

static void with_its_secret_each_is_there(void **state)
{
	struct scene *t = *state;
	struct buf said;

	check_says(t, &said);
	for (size_t k = 0; k < HOOK_VENDORS; k++) {
		char there[64];

		snprintf(there, sizeof(there), "%s: there\n", hook_vendors[k]->path);
		assert_has(buf_str(&said), there);
	}
	buf_finish(&said);
}

/* --- strangers ---------------------------------------------------------------------------- */

static size_t times_in(const char *text, const char *part)
{
	size_t n = 0;

	while ((text = strstr(text, part))) {
		text += strlen(part);
		n++;
	}
	return n;
}

/* A stranger costs one HMAC, and one line of the log a minute for each webhook. */
static void a_flood_of_strangers_is_one_line_in_the_log(void **state)
{
	static const char *const lines[HOOK_VENDORS] = {
		"hook.refused hook=apono",  "news.refused provider=incidentio",
		"hook.refused hook=indent", "news.refused provider=pagerduty",
		"slack.post_refused",
	};
	struct scene *t = *state;

	for (size_t n = 0; n < 20; n++) {
		for (size_t k = 0; k < HOOK_VENDORS; k++) {
			const struct hook_vendor *v = hook_vendors[k];

			assert_int_equal(hook_post_text(t, v->path, "", v->hello),
					 v->refused);
		}
	}
	for (size_t k = 0; k < HOOK_VENDORS; k++) {
		assert_row(times_in(scene_log(), lines[k]) == 1, k, lines[k]);
	}
	assert_has_not(scene_log(), "times=2");
	fake_clock_advance(&t->clock, 61 * 1000);
	for (size_t k = 0; k < HOOK_VENDORS; k++) {
		hook_post_text(t, hook_vendors[k]->path, "", "");
		assert_row(times_in(scene_log(), lines[k]) == 2, k, lines[k]);
	}
	assert_int_equal(times_in(scene_log(), "times=20"), HOOK_VENDORS);
}

int main(void)
{
#define HOOK(f) cmocka_unit_test_setup_teardown(f, hook_setup_all, hook_teardown)
	const struct CMUnitTest tests[] = {
		HOOK(each_is_tried_on_each),
		HOOK(what_lacks_its_parts_gives_nobody_anything),
		cmocka_unit_test_setup_teardown(
			without_a_secret_there_is_nothing_and_check_says_why,
			hook_setup_stopped, hook_teardown),
		HOOK(with_its_secret_each_is_there),
		HOOK(a_flood_of_strangers_is_one_line_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
