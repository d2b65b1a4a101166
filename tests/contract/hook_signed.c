/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers try on the webhooks that are signed with an HMAC: one suite, run for each
 * of them, over a real connection. Nothing that is refused leaves a trace in the ledger. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/hook_scene.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

static const struct hook_vendor *const vendors[] = {
	&hook_incidentio_vendor,
	&hook_pagerduty_vendor,
	&hook_slack_vendor,
};

static bool is_slack(const struct hook_vendor *v)
{
	return v == &hook_slack_vendor;
}

/* What it says when all is well. */
static int taken(const struct hook_vendor *v)
{
	return is_slack(v) ? 200 : 202;
}

static int64_t traces(struct scene *t)
{
	return scene_sql(t, "SELECT (SELECT count(*) FROM event) + (SELECT count(*) FROM "
			    "request)");
}

/* --- signatures -------------------------------------------------------------------------- */

/* The value of the signature's header within headers, behind its version. */
static char *signature_in(const struct hook_vendor *v, char *headers)
{
	char *at = strstr(headers, v->signature);

	assert_non_null(at);
	return at + strlen(v->signature);
}

static size_t line_length(const char *at)
{
	return strcspn(at, "\r");
}

static void remove_bytes(char *at, size_t n)
{
	memmove(at, at + n, strlen(at + n) + 1);
}

static void header_remove(const struct hook_vendor *v, char *headers)
{
	char *at = signature_in(v, headers) - strlen(v->signature);

	remove_bytes(at, line_length(at) + 2);
}

/* A second header of the same, which is right as well. */
static void header_double(const struct hook_vendor *v, char *headers)
{
	const char *at = signature_in(v, headers) - strlen(v->signature);
	char line[256];

	snprintf(line, sizeof(line), "%.*s\r\n", (int)line_length(at), at);
	strncat(headers, line, HOOK_HEADERS_SIZE - strlen(headers) - 1);
}

static void upper(const struct hook_vendor *v, char *headers)
{
	for (char *at = signature_in(v, headers); *at != '\r'; at++) {
		*at = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
	}
}

static void truncated(const struct hook_vendor *v, char *headers)
{
	remove_bytes(signature_in(v, headers), 2);
}

static void odd(const struct hook_vendor *v, char *headers)
{
	remove_bytes(signature_in(v, headers), 1);
}

static void empty(const struct hook_vendor *v, char *headers)
{
	char *at = signature_in(v, headers);

	remove_bytes(at, line_length(at));
}

static void no_version(const struct hook_vendor *v, char *headers)
{
	char *at = signature_in(v, headers);

	remove_bytes(at - 3, 3); /* "v1=", "v0=", "v1," */
}

static void other_version(const struct hook_vendor *v, char *headers)
{
	signature_in(v, headers)[-2] = '7';
}

static void one_bit(const struct hook_vendor *v, char *headers)
{
	char *at = signature_in(v, headers);

	*at = *at == 'a' ? 'b' : 'a';
}

static void zeros(const struct hook_vendor *v, char *headers)
{
	char *at = signature_in(v, headers);

	memset(at, '0', line_length(at));
}

/* clang-format off */
static const struct {
	const char *name;
	void (*spoil)(const struct hook_vendor *v, char *headers);
} signatures[] = {
	{ "doubled",       header_double },
	{ "empty",         empty },
	{ "missing",       header_remove },
	{ "no version",    no_version },
	{ "odd length",    odd },
	{ "one bit",       one_bit },
	{ "other version", other_version },
	{ "truncated",     truncated },
	{ "upper case",    upper },
	{ "zeros",         zeros },
};
/* clang-format on */

static void a_bad_signature_is_refused(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	for (size_t n = 0; n < ARRAY_LEN(vendors) * ARRAY_LEN(signatures); n++) {
		const struct hook_vendor *v = vendors[n / ARRAY_LEN(signatures)];
		size_t i = n % ARRAY_LEN(signatures);

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		signatures[i].spoil(v, headers);
		assert_row(hook_post_text(t, v->path, headers, v->hello) == 401, n,
			   signatures[i].name);
		assert_has(hook_body(), "\"code\":\"not-signed\"");
		assert_has(hook_body(), "\"id\":\"01");
	}
	assert_int_equal(traces(t), 0);
}

static void a_body_that_was_changed_is_refused(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE], body[256];

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];

		snprintf(body, sizeof(body), "%s\n", v->hello);
		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		assert_row(hook_post_text(t, v->path, headers, body) == 401, i, "longer");
		body[strlen(v->hello)] = '\0';
		body[5] ^= 1;
		assert_row(hook_post_text(t, v->path, headers, body) == 401, i, "bit");
		assert_row(hook_post_text(t, v->path, headers, "") == 401, i, "gone");
		assert_row(hook_post_text(t, v->path, headers, v->hello) == taken(v), i,
			   "as it was");
	}
}

/* Of another vendor's shape, of another secret, of one that was there before the last. */
static void whoever_has_another_secret_is_refused(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	t->pd_more = "webhook_secret = \"env:HOOK_IO\";";
	t->io_more = "webhook_secret = \"env:HOOK_PD\";";
	t->slack = NULL;
	text_copy(t->world->signing_secret, sizeof(t->world->signing_secret), "another");
	scene_reload(t);
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		assert_row(hook_post_text(t, v->path, headers, v->hello) == 401, i,
			   v->path);
		v->sign(t, v->hello, strlen(v->hello), 0, true, headers);
		assert_row(hook_post_text(t, v->path, headers, v->hello) == 401, i,
			   v->path);
	}
	assert_int_equal(traces(t), 0);
}

/* --- times ---------------------------------------------------------------------------------- */

static void times_within_five_minutes_are_taken(void **state)
{
	static const int off_s[] = { -301, -300, 0, 300, 301 };
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	for (size_t n = 0; n < ARRAY_LEN(vendors) * ARRAY_LEN(off_s); n++) {
		const struct hook_vendor *v = vendors[n / ARRAY_LEN(off_s)];
		int off = off_s[n % ARRAY_LEN(off_s)];
		bool timeless = v == &hook_pagerduty_vendor;
		bool fine = timeless || (off >= -300 && off <= 300);

		v->sign(t, v->hello, strlen(v->hello), off, false, headers);
		assert_row(hook_post_text(t, v->path, headers, v->hello) ==
				   (fine ? taken(v) : 401),
			   n, v->path);
	}
}

/* value in the place of the time; NULL: without the header. */
static void time_spoil(char *headers, const char *name, const char *value)
{
	char *at = strstr(headers, name);
	char rest[HOOK_HEADERS_SIZE];
	size_t room;

	assert_non_null(at);
	room = HOOK_HEADERS_SIZE - (size_t)(at - headers);
	snprintf(rest, sizeof(rest), "%s", at + line_length(at) + 2);
	snprintf(at, room, "%s%s%s%s", value ? name : "", value ? value : "",
		 value ? "\r\n" : "", rest);
}

static void garbage_for_a_time_is_refused(void **state)
{
	static const char *const values[] = { NULL,
					      "",
					      "0",
					      "-1787565600",
					      "soon",
					      "1e9",
					      "17875656000000000000",
					      "2026-08-24T10:00:00Z" };
	static const struct {
		const struct hook_vendor *v;
		const char *name;
	} timed[] = {
		{ &hook_incidentio_vendor, "webhook-timestamp: " },
		{ &hook_slack_vendor, "X-Slack-Request-Timestamp: " },
	};
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	for (size_t n = 0; n < ARRAY_LEN(timed) * ARRAY_LEN(values); n++) {
		const struct hook_vendor *v = timed[n / ARRAY_LEN(values)].v;
		const char *value = values[n % ARRAY_LEN(values)];

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		time_spoil(headers, timed[n / ARRAY_LEN(values)].name, value);
		assert_row(hook_post_text(t, v->path, headers, v->hello) == 401, n,
			   value ? value : "missing");
	}
}

/* --- bodies ---------------------------------------------------------------------------------- */

/* Proved, so that incident.io and PagerDuty are believed; Slack is told. */
static void a_signed_body_that_cannot_be_read_does_no_harm(void **state)
{
	static char deep[20001];
	static const char *const bodies[] = {
		"{",
		"{\"a\":1,\"a\":2}",
		"{\"a\":\"\xff",
		"{\"a\":1e99999}",
		"[{}]",
		"{} {}",
		deep,
	};
	struct scene *t = *state;

	memset(deep, '[', 10000);
	memset(deep + 10000, ']', 10000);
	memcpy(deep, "{\"a\":", 5);
	for (size_t n = 0; n < ARRAY_LEN(vendors) * ARRAY_LEN(bodies); n++) {
		const struct hook_vendor *v = vendors[n / ARRAY_LEN(bodies)];
		const char *body = bodies[n % ARRAY_LEN(bodies)];
		int status = hook_post_signed(t, v, body);

		/* What does not begin as JSON is a form, and one that asks for nothing. */
		assert_row(status == (is_slack(v) && *body == '{' ? 400 : taken(v)), n,
			   body);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM event WHERE what = "
				      "'unreadable'"),
			 2 * ARRAY_LEN(bodies));
}

static void a_nul_in_a_body_is_part_of_it(void **state)
{
	static const char body[] = "{\"event\":{\"id\":\"a\0b\"}}";
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];
		int status;

		v->sign(t, body, sizeof(body) - 1, 0, false, headers);
		status = hook_post(t, v->path, headers, body, sizeof(body) - 1);
		assert_row(status == taken(v), i, v->path);
		/* The same up to the NUL was not signed. */
		assert_row(hook_post_text(t, v->path, headers, body) == 401, i, v->path);
	}
}

static void twenty_megabytes_are_refused_unread(void **state)
{
	const size_t n = 20 << 20;
	struct scene *t = *state;
	char *body = malloc(n);

	assert_non_null(body);
	memset(body, ' ', n);
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		assert_row(hook_post(t, vendors[i]->path, "", body, n) == 413, i,
			   vendors[i]->path);
	}
	free(body);
}

/* --- requests ---------------------------------------------------------------------------------- */

static void raw_open(struct scene *t, struct wire *w)
{
	assert_true(wire_open(w, t->loop, app_port(&t->app), NULL));
}

static int raw_status(struct wire *w)
{
	char head[4096];

	return wire_await_reply(w, head, sizeof(head), NULL);
}

static void a_chunked_body_is_the_same_body(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE], request[4096];
	struct wire w;

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		snprintf(request, sizeof(request),
			 "POST %s HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n%s"
			 "\r\n5\r\n%.5s\r\n%zx\r\n%s\r\n0\r\n\r\n",
			 v->path, headers, v->hello, strlen(v->hello) - 5, v->hello + 5);
		raw_open(t, &w);
		assert_true(wire_send_text(&w, request));
		assert_row(raw_status(&w) == taken(v), i, v->path);
		wire_close(&w);
	}
}

/* One byte a second. */
static void a_slow_body_is_cut_off(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE], request[4096];
	struct wire w;

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		snprintf(request, sizeof(request),
			 "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n",
			 v->path, strlen(v->hello), headers);
		raw_open(t, &w);
		assert_true(wire_send_text(&w, request));
		for (int s = 0; s < 12 && !*wire_text(&w); s++) {
			wire_send(&w, v->hello + s, 1);
			scene_advance(t, 1000);
		}
		assert_row(raw_status(&w) == 408, i, v->path);
		wire_close(&w);
	}
	assert_int_equal(traces(t), 0);
}

static void other_methods_and_paths_are_not_there(void **state)
{
	static const char *const methods[] = { "GET", "PUT", "DELETE", "PATCH" };
	struct scene *t = *state;
	char request[512], path[64];
	struct wire w;

	for (size_t n = 0; n < ARRAY_LEN(vendors) * ARRAY_LEN(methods); n++) {
		const char *method = methods[n % ARRAY_LEN(methods)];

		snprintf(request, sizeof(request), "%s %s HTTP/1.1\r\nHost: a\r\n\r\n",
			 method, vendors[n / ARRAY_LEN(methods)]->path);
		raw_open(t, &w);
		assert_true(wire_send_text(&w, request));
		assert_true(wire_await(&w, "\r\n\r\n"));
		assert_has(wire_text(&w), "Allow: POST, OPTIONS");
		assert_row(raw_status(&w) == 405, n, method);
		wire_close(&w);
	}
	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		struct hook_vendor other = *vendors[i];

		snprintf(path, sizeof(path), "%s/", vendors[i]->path);
		other.path = path;
		assert_row(hook_post_signed(t, &other, other.hello) == 404, i, path);
	}
}

/* PagerDuty and incident.io are known by their signature; Slack's bodies are of two
 * kinds. */
static void the_content_type_matters_to_slack_alone(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		const struct hook_vendor *v = vendors[i];

		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		memcpy(strstr(headers, "application/json"), "application/jsin", 16);
		assert_row(hook_post_text(t, v->path, headers, v->hello) ==
				   (is_slack(v) ? 415 : 202),
			   i, v->path);
		v->sign(t, v->hello, strlen(v->hello), 0, false, headers);
		remove_bytes(headers, line_length(headers) + 2);
		assert_row(hook_post_text(t, v->path, headers, v->hello) ==
				   (is_slack(v) ? 415 : 202),
			   i, v->path);
	}
}

/* A stranger costs one HMAC, and one line of the log a minute. */
static void a_flood_of_strangers_is_one_line_in_the_log(void **state)
{
	struct scene *t = *state;

	for (size_t n = 0; n < 20; n++) {
		for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
			hook_post_text(t, vendors[i]->path, "", vendors[i]->hello);
		}
	}
	assert_has(scene_log(), "news.refused provider=incidentio");
	assert_has(scene_log(), "news.refused provider=pagerduty");
	assert_has(scene_log(), "slack.post_refused");
	assert_has_not(scene_log(), "times=2");
	fake_clock_advance(&t->clock, 61 * 1000);
	hook_post_text(t, HOOK_PAGERDUTY, "", "");
	assert_has(scene_log(), "times=20");
}

int main(void)
{
#define HOOK(f) cmocka_unit_test_setup_teardown(f, hook_setup_http, hook_teardown)
	const struct CMUnitTest tests[] = {
		HOOK(a_bad_signature_is_refused),
		HOOK(a_body_that_was_changed_is_refused),
		HOOK(whoever_has_another_secret_is_refused),
		HOOK(times_within_five_minutes_are_taken),
		HOOK(garbage_for_a_time_is_refused),
		HOOK(a_signed_body_that_cannot_be_read_does_no_harm),
		HOOK(a_nul_in_a_body_is_part_of_it),
		HOOK(twenty_megabytes_are_refused_unread),
		HOOK(a_chunked_body_is_the_same_body),
		HOOK(a_slow_body_is_cut_off),
		HOOK(other_methods_and_paths_are_not_there),
		HOOK(the_content_type_matters_to_slack_alone),
		HOOK(a_flood_of_strangers_is_one_line_in_the_log),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
