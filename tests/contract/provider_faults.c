/* SPDX-License-Identifier: Apache-2.0 */
/* Every provider on its bad days: what is told, that nothing is taken for standing, and
 * that the next question is asked anew. */
#include "accessd/provider.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/providers.h"
#include "shared/buf.h"
#include "shared/metrics.h"
#include "shared/text.h"
#include "tests/lib/data.h"
#include "tests/lib/provider_test.h"

static unsigned lists(const struct provider_test *t)
{
	return rest_peer_count(t->peer, t->vendor->list, "");
}

static bool is_pd(const struct provider_test *t)
{
	return strcmp(t->vendor->key, "pagerduty") == 0;
}

/* Once it works again, so does the next question. */
static void recovers(struct provider_test *t)
{
	struct probe p = { 0 };

	rest_peer_release(t->peer);
	rest_peer_say_file(t->peer, t->vendor->list, "", t->vendor->file);
	rest_peer_say_file(t->peer, t->vendor->users, "", t->vendor->users_file);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.stands, 2);
}

/* --- statuses ------------------------------------------------------------------- */

static void every_status_but_200_is_a_failure_in_words(void **state)
{
	static const struct {
		int status;
		const char *hint[2]; /* incident.io, PagerDuty */
	} rows[] = {
		{ 204, { "", "" } },
		{ 302, { "redirects are not followed", "redirects are not followed" } },
		{ 400, { "does not accept how", "does not accept how" } },
		{ 401, { "incidentio.api_key", "region" } },
		{ 402, { "", "plan" } },
		{ 403, { "IP allowlist", "not allow to read" } },
		{ 404, { "api_url", "api_url" } },
		{ 422, { "does not accept how", "does not accept how" } },
		{ 500, { "", "" } },
		{ 503, { "", "" } },
	};
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct provider_health h;
		struct probe p = { 0 };
		char says[64];

		rest_peer_say(t->peer, t->vendor->list, "", rows[i].status, "",
			      "<html>our own words</html>");
		assert_row(!probe_ask(t, &p, &t->ana), i, t->vendor->key);
		snprintf(says, sizeof(says), "%sHTTP %d", t->vendor->name,
			 rows[i].status);
		assert_string_equal(p.fail.msg, says);
		assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
		assert_has(p.fail.hint, rows[i].hint[is_pd(t)]);
		t->provider->ops->health(t->provider, &h);
		assert_false(h.ok);
		assert_string_equal(h.why, says);
	}
	recovers(t);
}

static void of_an_error_codes_are_repeated_and_texts_are_not(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	char *body = test_data(is_pd(t) ? "pagerduty/error_403.json"
					: "incidentio/error_422.json",
			       NULL);

	rest_peer_say(t->peer, t->vendor->list, "", 422, "", body);
	free(body);
	assert_false(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.fail.msg,
			    is_pd(t) ? "PagerDuty: HTTP 422 (code 2010)"
				     : "incident.io: HTTP 422 (code is_required, request "
				       "g329NK8-)");
}

/* --- 429 ------------------------------------------------------------------------- */

static void a_vendor_that_wants_to_be_left_alone_is(void **state)
{
	static const struct {
		const char *headers;
		unsigned wait_s;
	} rows[] = {
		{ "Retry-After: 7\r\n", 7 },
		{ "Retry-After: Thu, 20 Aug 2026 12:00:20 GMT\r\n", 20 },
		{ "Retry-After: Thu, 20 Aug 2026 12:00:20 UTC\r\n", 20 },
		{ "Retry-After: 2026-08-20T12:00:30Z\r\n", 30 },
		{ "Retry-After: 86400\r\n", 60 },
		{ "Retry-After: 0\r\n", 1 },
		{ "Retry-After: Thu, 20 Aug 2020 12:00:00 GMT\r\n", 1 },
		{ "Retry-After: soon\r\n", 5 },
		{ "ratelimit-reset: 11\r\n", 11 },
		{ "", 5 },
	};
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct probe p = { 0 };
		unsigned before;

		t->clock.wall = TEST_NOON;
		rest_peer_say(t->peer, t->vendor->list, "", 429, rows[i].headers, "");
		assert_row(!probe_ask(t, &p, &t->ana), i, rows[i].headers);
		assert_int_equal(p.fail.kind, FAIL_BUSY);
		assert_row(p.fail.retry_after_s == rows[i].wait_s, i, rows[i].headers);
		assert_has(p.fail.msg, t->vendor->name);
		assert_has(p.fail.msg, "HTTP 429");
		/* Nobody asks until then, and who would have to hears so at once. */
		rest_peer_say(t->peer, t->vendor->list, "", 200, "", t->vendor->empty);
		before = lists(t);
		fake_clock_advance(&t->clock, rows[i].wait_s * 1000 - 1);
		assert_row(!probe_ask(t, &p, &t->ana), i, rows[i].headers);
		assert_int_equal(p.fail.kind, FAIL_BUSY);
		assert_int_equal(p.fail.retry_after_s, 1);
		assert_has(p.fail.msg, "left alone for another 1 s");
		assert_row(lists(t) == before, i, rows[i].headers);
		fake_clock_advance(&t->clock, 1);
		assert_row(probe_ask(t, &p, &t->ana), i, rows[i].headers);
		t->provider->ops->drop(t->provider);
	}
}

static void while_it_is_left_alone_a_young_snapshot_still_serves(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	struct person other = t->ana;

	assert_true(probe_ask(t, &p, &t->ana));
	rest_peer_say(t->peer, t->vendor->users, "", 429, "Retry-After: 3\r\n", "");
	other.slack[1] = 'X';
	assert_false(probe_ask(t, &p, &other));
	assert_int_equal(p.fail.retry_after_s, 3);
	assert_true(probe_ask(t, &p, &t->ana));
}

/* --- time ------------------------------------------------------------------------ */

static void who_does_not_answer_in_time_has_not_answered(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	char says[64];

	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, t->vendor->list, 1));
	fake_clock_advance(&t->clock, 4999);
	turn(t);
	assert_int_equal(p.fired, 0);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_wait(&p));
	assert_int_equal(p.fail.kind, FAIL_TIMEOUT);
	snprintf(says, sizeof(says), "%s did not answer in 5 s",
		 is_pd(t) ? "PagerDuty" : "incident.io");
	assert_string_equal(p.fail.msg, says);
	recovers(t);
}

/* Each page comes quickly; all of them together do not. */
static void all_pages_together_have_one_time_limit(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	char file[64];

	t->config.timeout_ms = 1500;
	snprintf(file, sizeof(file), "%s/incidents_page_1.json", t->vendor->key);
	rest_peer_say_file(t->peer, t->vendor->list, "", file);
	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, t->vendor->list, 1));
	fake_clock_advance(&t->clock, 1000);
	rest_peer_release(t->peer);
	rest_peer_fault(t->peer, t->vendor->list, t->vendor->next, PEER_HOLD);
	assert_true(peer_hears(t, t->vendor->list, 2));
	fake_clock_advance(&t->clock, 500);
	assert_true(probe_wait(&p));
	assert_has(p.fail.msg, "did not answer in 1500 ms");
}

/* Each reading is in time; what one question needs, one after the other, is not. */
static void all_readings_of_a_question_have_one_time_limit(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { .ask.want_on_call = true };
	const char *second = is_pd(t) ? "oncalls" : "v2/users";

	rest_peer_fault(t->peer, t->vendor->users, "", PEER_HOLD);
	if (!is_pd(t)) {
		rest_peer_say(t->peer, "v2/users", "slack_user_id", 200, "",
			      t->vendor->no_users);
	}
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, t->vendor->users, 1));
	fake_clock_advance(&t->clock, 3000);
	rest_peer_release(t->peer);
	rest_peer_fault(t->peer, second, is_pd(t) ? "" : "email=", PEER_HOLD);
	assert_true(peer_hears(t, second, is_pd(t) ? 1 : 2));
	fake_clock_advance(&t->clock, 1999);
	turn(t);
	assert_int_equal(p.fired, 0);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_wait(&p));
	assert_has(p.fail.msg, "did not answer in 5 s");
	/* What is being read goes on, and serves who asks again. */
	rest_peer_release(t->peer);
	p.ask.want_on_call = true;
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
	assert_int_equal(rest_peer_count(t->peer, second, ""), is_pd(t) ? 1 : 2);
}

static void a_slow_list_of_users_is_a_failure_and_not_nobody(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_fault(t->peer, t->vendor->users, "", PEER_HOLD);
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, t->vendor->users, 1));
	fake_clock_advance(&t->clock, 5000);
	assert_true(probe_wait(&p));
	assert_int_equal(p.fail.kind, FAIL_TIMEOUT);
	recovers(t);
}

/* --- the line -------------------------------------------------------------------- */

static void a_line_that_breaks_is_a_failure(void **state)
{
	static const enum peer_fault faults[] = { PEER_DROP, PEER_GARBAGE, PEER_CUT };
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		struct probe p = { 0 };

		rest_peer_fault(t->peer, t->vendor->list, "", faults[i]);
		assert_row(!probe_ask(t, &p, &t->ana), i, t->vendor->key);
		assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
		assert_has(p.fail.msg, t->vendor->name);
		rest_peer_release(t->peer);
	}
	recovers(t);
}

static void nobody_there_is_a_failure(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->url, sizeof(t->url), "http://127.0.0.1:1/");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
	assert_has(p.fail.msg, t->vendor->name);
}

/* --- bodies ---------------------------------------------------------------------- */

static void a_body_of_another_form_is_not_understood(void **state)
{
	static const struct {
		const char *body;
		const char *says;
	} rows[] = {
		{ "<html><body>maintenance</body></html>", "cannot read JSON" },
		{ "", "cannot read JSON" },
		{ "{\"incidents\":[{\"id\":\"", "cannot read JSON" },
		{ "{\"incidents\":{}}", "'incidents' must be an array, not an object" },
		{ "{\"message\":\"secret\"}", "'incidents' is missing" },
		{ "{\"incidents\":[null]}", "'incidents' row 1 must be an object" },
	};
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct probe p = { 0 };

		rest_peer_say(t->peer, t->vendor->list, "", 200, "", rows[i].body);
		assert_row(!probe_ask(t, &p, &t->ana), i, rows[i].body);
		assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
		assert_has(p.fail.msg, "incidents could not be understood: ");
		assert_has(p.fail.msg, rows[i].says);
		assert_has_not(p.fail.msg, "maintenance");
		assert_has_not(p.fail.msg, "secret");
	}
	recovers(t);
}

/* A whole list of so many bytes, white space for the most part. */
static void say_large(struct provider_test *t, size_t bytes)
{
	char *body = malloc(bytes + 1);

	assert_non_null(body);
	memset(body, ' ', bytes);
	memcpy(body, t->vendor->empty, strlen(t->vendor->empty));
	body[bytes] = '\0';
	rest_peer_say(t->peer, t->vendor->list, "", 200, "", body);
	free(body);
}

static void large_bodies_are_read_up_to_the_cap(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	say_large(t, 2 << 20);
	assert_true(probe_ask(t, &p, &t->ana));
	t->provider->ops->drop(t->provider);
	say_large(t, (4 << 20) + 1);
	assert_false(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
	recovers(t);
}

/* --- failures and those who wait -------------------------------------------------- */

static void all_who_wait_hear_of_the_failure(void **state)
{
	static struct probe probes[20];
	struct provider_test *t = *state;

	rest_peer_say(t->peer, t->vendor->list, "", 503, "", "");
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		probes[i] = (struct probe){ 0 };
		probe_start(t, &probes[i], &t->ana);
	}
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		assert_true(probe_wait(&probes[i]));
		assert_has(probes[i].fail.msg, "HTTP 503");
		assert_int_equal(probes[i].fired, 1);
	}
	assert_int_equal(lists(t), 1);
}

/* Once the snapshot is too old, nobody is answered from it because the vendor is down. */
static void an_old_snapshot_is_no_stopgap(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	rest_peer_say(t->peer, t->vendor->list, "", 503, "", "");
	fake_clock_advance(&t->clock, 5001);
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "HTTP 503");
}

static void a_provider_without_a_key_or_with_a_wrong_url_does_not_open(void **state)
{
	struct provider_test *t = *state;
	const struct provider_ops *ops = provider_find(t->vendor->key);
	struct provider *p = NULL;
	struct fail f = { 0 };
	char far_url[] = "http://api.example/";

	t->config.api_url = far_url;
	assert_false(ops->open(&t->env, &p, &f));
	assert_has(f.msg, ".api_url: ");
	t->config.api_url = t->url;
	t->config.api_key = (struct secret){ 0 };
	assert_false(ops->open(&t->env, &p, &f));
	assert_has(f.msg, ".api_key is not set");
	assert_null(p);
}

static void requests_are_counted_by_outcome(void **state)
{
	struct provider_test *t = *state;
	struct metrics *m = metrics_create();
	struct probe p = { 0 };
	struct buf out;
	char line[128];

	t->env.metrics = m;
	provider_again(t);
	assert_true(probe_ask(t, &p, &t->ana));
	rest_peer_say(t->peer, t->vendor->list, "", 503, "", "");
	t->provider->ops->drop(t->provider);
	assert_false(probe_ask(t, &p, &t->ana));
	buf_init(&out, 1 << 20);
	metrics_format(m, &out);
	snprintf(line, sizeof(line),
		 "accessd_provider_requests_total{outcome=\"%s upstream\"} 1",
		 t->vendor->key);
	assert_has(buf_str(&out), line);
	snprintf(line, sizeof(line), "accessd_provider_requests_total{outcome=\"%s ok\"}",
		 t->vendor->key);
	assert_has(buf_str(&out), line);
	snprintf(line, sizeof(line),
		 "accessd_provider_fetch_seconds_count{provider=\"%s\"} 2",
		 t->vendor->key);
	assert_has(buf_str(&out), line);
	buf_finish(&out);
	t->provider->ops->close(t->provider);
	t->provider = NULL;
	metrics_destroy(m);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(every_status_but_200_is_a_failure_in_words),
		BOTH(of_an_error_codes_are_repeated_and_texts_are_not),
		BOTH(a_vendor_that_wants_to_be_left_alone_is),
		BOTH(while_it_is_left_alone_a_young_snapshot_still_serves),
		BOTH(who_does_not_answer_in_time_has_not_answered),
		BOTH(all_pages_together_have_one_time_limit),
		BOTH(all_readings_of_a_question_have_one_time_limit),
		BOTH(a_slow_list_of_users_is_a_failure_and_not_nobody),
		BOTH(a_line_that_breaks_is_a_failure),
		BOTH(nobody_there_is_a_failure),
		BOTH(a_body_of_another_form_is_not_understood),
		BOTH(large_bodies_are_read_up_to_the_cap),
		BOTH(all_who_wait_hear_of_the_failure),
		BOTH(an_old_snapshot_is_no_stopgap),
		BOTH(a_provider_without_a_key_or_with_a_wrong_url_does_not_open),
		BOTH(requests_are_counted_by_outcome),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
