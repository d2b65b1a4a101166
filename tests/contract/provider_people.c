/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who at each provider, and what they are on call for. */
#include "accessd/provider.h"

#include <stdio.h>

#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/provider_test.h"

static unsigned lookups(const struct provider_test *t)
{
	return rest_peer_count(t->peer, t->vendor->users, "");
}

/* --- who is it? ------------------------------------------------------------------ */

static void somebody_whom_the_config_names_is_not_looked_up(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.incidentio, VENDOR_ID_SIZE, "01JUSERBO00000000000000000");
	text_copy(t->ana.pagerduty, VENDOR_ID_SIZE, "PUSER02");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, strcmp(t->vendor->key, "pagerduty")
						? t->ana.incidentio
						: t->ana.pagerduty);
	assert_true(p.stands > 0);
	assert_int_equal(lookups(t), 0);
}

static void a_person_is_looked_up_once_in_five_minutes(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	unsigned n;

	assert_true(probe_ask(t, &p, &t->ana));
	n = lookups(t);
	assert_int_equal(n, 1);
	fake_clock_advance(&t->clock, 5 * 60 * 1000);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lookups(t), n);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lookups(t), 2 * n);
	/* Who has another e-mail now is somebody else. */
	t->ana.email[0] = 'b';
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lookups(t), 3 * n);
}

static void who_is_unknown_is_looked_for_again_after_ten_seconds(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	unsigned n;

	rest_peer_say(t->peer, t->vendor->users, "", 200, "", t->vendor->no_users);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_int_equal(p.stands, 0);
	n = lookups(t);
	fake_clock_advance(&t->clock, 10 * 1000);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lookups(t), n);
	rest_peer_say_file(t->peer, t->vendor->users, "", t->vendor->users_file);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
}

static void one_person_who_asks_many_times_is_looked_for_once(void **state)
{
	static struct probe probes[30];
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		probes[i] = (struct probe){ 0 };
		probe_start(t, &probes[i], &t->ana);
	}
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		assert_true(probe_wait(&probes[i]));
		assert_string_equal(probes[i].ask.user, t->vendor->ana);
	}
	assert_int_equal(lookups(t), 1);
}

static void a_lookup_that_fails_is_no_answer_and_is_not_kept(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_say(t->peer, t->vendor->users, "", 403, "", "");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "HTTP 403");
	rest_peer_say(t->peer, t->vendor->users, "", 200, "", "{\"users\":7}");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "the list of users could not be understood: 'users' must");
	rest_peer_say_file(t->peer, t->vendor->users, "", t->vendor->users_file);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
}

/* An empty filter is none, and finds whoever comes first. */
static void who_has_no_slack_id_is_looked_for_by_email_alone(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	t->ana.slack[0] = '\0';
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
	assert_int_equal(rest_peer_count(t->peer, t->vendor->users, "slack_user_id"), 0);
	assert_int_equal(lookups(t), 1);
	t->ana.email[0] = '\0';
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_int_equal(p.stands, 0);
	assert_int_equal(lookups(t), 1);
}

static void incidentio_goes_by_slack_id_and_then_by_email(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(rest_peer_last_query(t->peer, "v2/users"),
			    "page_size=250&slack_user_id=U0ANA0001");
	/* Filters are ignored, everybody comes: still only she, by her e-mail of another
	 * case, and not the one who is not active. */
	rest_peer_say_file(t->peer, "v2/users", "", "incidentio/users_all.json");
	text_copy(t->ana.slack, VENDOR_ID_SIZE, "U0NOBODY1");
	text_copy(t->ana.email, EMAIL_SIZE, "AnA@Acme.Example");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
	assert_int_equal(rest_peer_count(t->peer, "v2/users", "email=AnA%40Acme.Example"),
			 1);
	assert_string_equal(rest_peer_last_query(t->peer, "v2/users"),
			    "page_size=250&email=ana%40acme.example");
	assert_int_equal(lookups(t), 4);
}

/* A filter that minds the letters finds none: then all are looked at, page by page. */
static void incidentio_looks_among_all_for_an_email_of_another_case(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.slack, VENDOR_ID_SIZE, "U0NOBODY1");
	rest_peer_say(t->peer, "v2/users", "", 200, "",
		      "{\"users\":[{\"id\":\"1\",\"is_active\":true,\"email\":"
		      "\"bob@acme.example\"}],\"pagination_meta\":{\"after\":\"1\"}}");
	rest_peer_say(t->peer, "v2/users", "after=1", 200, "",
		      "{\"users\":[{\"id\":\"2\",\"is_active\":true,\"email\":"
		      "\"Ana@Acme.Example\"}]}");
	rest_peer_say(t->peer, "v2/users", "slack_user_id=", 200, "", "{\"users\":[]}");
	rest_peer_say(t->peer, "v2/users", "email=", 200, "", "{\"users\":[]}");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "2");
	assert_string_equal(rest_peer_last_query(t->peer, "v2/users"),
			    "page_size=1000&after=1");
	assert_int_equal(lookups(t), 4);
}

/* An organisation of more than that many: whoever is not among the first is nobody, as they
 * were before anybody looked, and is told why that may be wrong. Not even who was seen once:
 * another one may come later. */
static void incidentio_looks_among_some_thousands_only(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.slack, VENDOR_ID_SIZE, "U0NOBODY1");
	for (int i = 0; i < 6; i++) {
		char query[32];
		char page[160];

		snprintf(query, sizeof(query), i > 0 ? "after=%d" : "page_size=1000", i);
		snprintf(page, sizeof(page),
			 "{\"users\":[{\"id\":\"%d\",\"is_active\":true,\"email\":"
			 "\"%s\"}],\"pagination_meta\":{\"after\":\"%d\"}}",
			 i, i == 2 ? "ANA@acme.example" : "bob@acme.example", i + 1);
		rest_peer_say(t->peer, "v2/users", query, 200, "", page);
	}
	rest_peer_say(t->peer, "v2/users", "slack_user_id=", 200, "", "{\"users\":[]}");
	rest_peer_say(t->peer, "v2/users", "email=", 200, "", "{\"users\":[]}");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_has(p.ask.why_no_user, "too many users to look at all");
	assert_int_equal(lookups(t), 2 + 5);
}

/* A list without an end is no list of nobody. */
static void incidentio_knows_nobody_from_half_a_list(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.slack, VENDOR_ID_SIZE, "U0NOBODY1");
	rest_peer_say(t->peer, "v2/users", "", 200, "", "{\"users\":[]}");
	rest_peer_say(t->peer, "v2/users", "page_size=1000", 503, "", "");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "HTTP 503");
}

static void incidentio_reads_all_pages_of_users(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_say(t->peer, "v2/users", "", 200, "",
		      "{\"users\":[{\"id\":\"1\",\"is_active\":true,\"slack_user_id\":"
		      "\"U0ANA0001\"}],\"pagination_meta\":{\"after\":\"a b&c\"}}");
	rest_peer_say(t->peer, "v2/users", "after=a%20b%26c", 200, "",
		      "{\"users\":[{\"id\":\"2\",\"is_active\":true,\"slack_user_id\":"
		      "\"U0ANA0001\"}]}");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_string_equal(
		p.ask.why_no_user,
		"several active users of incident.io have your Slack account");
	assert_int_equal(lookups(t), 2); /* not by e-mail then */
}

static void two_users_with_one_email_are_nobody(void **state)
{
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };

	text_copy(t->ana.email, EMAIL_SIZE, pd ? "ana@acme.example" : "kim@acme.example");
	rest_peer_say_file(t->peer, t->vendor->users, "",
			   pd ? "pagerduty/users_twins.json"
			      : "incidentio/users_twins.json");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_string_equal(p.ask.why_no_user,
			    pd ? "several users of PagerDuty have your e-mail"
			       : "several active users of incident.io have your e-mail");
	assert_int_equal(p.stands, 0);
}

/* Unassigned roles have no e-mail either: absent never equals absent. */
static void without_an_email_nobody_is_matched_by_it(void **state)
{
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };

	t->ana.email[0] = '\0';
	text_copy(t->ana.slack, VENDOR_ID_SIZE, "U0NOBODY1");
	if (!pd) {
		rest_peer_say_file(t->peer, "v2/users", "", "incidentio/users_all.json");
	}
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_has(p.ask.why_no_user, "no confirmed e-mail of yours");
	assert_int_equal(p.stands, 0);
	assert_int_equal(
		rest_peer_count(t->peer, t->vendor->users, pd ? "query=" : "email="), 0);
}

/* As another platform vouches for her. */
static void without_a_slack_id_the_email_alone_decides(void **state)
{
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };

	t->ana.slack[0] = '\0';
	t->ana.slack_team[0] = '\0';
	if (!pd) {
		rest_peer_say_file(t->peer, "v2/users", "", "incidentio/users_all.json");
	}
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
	assert_int_equal(lookups(t), 1);
	assert_int_equal(rest_peer_count(t->peer, t->vendor->users, "slack_user_id"), 0);
	assert_int_equal(rest_peer_count(t->peer, t->vendor->users, "acme.example"), 1);
	text_copy(t->ana.email, EMAIL_SIZE, "nobody@acme.example");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_has(p.ask.why_no_user, "user with your e-mail");
}

static void without_both_nobody_is_looked_for(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	t->ana.slack[0] = '\0';
	t->ana.email[0] = '\0';
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "");
	assert_int_equal(lookups(t), 0);
}

static void nobody_of_that_name_is_told_so(void **state)
{
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };

	rest_peer_say_file(t->peer, t->vendor->users, "",
			   pd ? "pagerduty/users_none.json"
			      : "incidentio/users_none.json");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(
		p.ask.why_no_user,
		pd ? "PagerDuty has no user with your e-mail"
		   : "incident.io has no active user with your Slack account or "
		     "e-mail");
}

static void pagerduty_is_asked_with_an_encoded_email(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.email, EMAIL_SIZE, "a+b@acme.example");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(rest_peer_last_query(t->peer, "users"),
			    "query=a%2Bb%40acme.example&limit=100&offset=0");
	assert_string_equal(p.ask.user, "");
}

/* --- on call ---------------------------------------------------------------------- */

static void on_call_rows_come_when_they_are_wanted(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_call, 0);
	assert_int_equal(rest_peer_count(t->peer, "oncalls", ""), 0);
	p.ask.want_on_call = true;
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_call, 2);
	assert_string_equal(p.ask.on_call[0].escalation_policy, "PEP0001");
	assert_int_equal(p.ask.on_call[0].level, 1);
	assert_string_equal(rest_peer_last_query(t->peer, "oncalls"),
			    "time_zone=UTC&user_ids%5B%5D=PUSER01&limit=100&offset=0");
	/* They are kept for five seconds. */
	fake_clock_advance(&t->clock, 5000);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(rest_peer_count(t->peer, "oncalls", ""), 1);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(rest_peer_count(t->peer, "oncalls", ""), 2);
}

static void shifts_come_with_them(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { .ask.want_on_call = true };

	rest_peer_say_file(t->peer, "oncalls", "", "pagerduty/oncalls_schedules.json");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_schedules, 0); /* no policy names any */
	t->env.want_schedules = true;
	provider_again(t);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_schedules, 4);
	assert_string_equal(p.ask.on_schedules[0].id, "PSCH001");
	assert_string_equal(p.ask.on_schedules[0].name, "SRE primary");
}

/* Minutes before and after now, as the config's window says. */
static void a_window_is_asked_for_and_looked_at_again(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { .ask.want_on_call = true };

	t->env.want_schedules = true;
	t->env.window_before_s = 61;
	t->env.window_after_s = 300;
	provider_again(t);
	rest_peer_say_file(t->peer, "oncalls", "", "pagerduty/oncalls_schedules.json");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_schedules, 6);
	assert_string_equal(rest_peer_last_query(t->peer, "oncalls"),
			    "time_zone=UTC&since=2026-08-20T11%3A58%3A59.000Z"
			    "&until=2026-08-20T12%3A05%3A00.000Z"
			    "&user_ids%5B%5D=PUSER01&limit=100&offset=0");
}

/* Between two questions she turns out to be another user over there. */
static void on_call_rows_of_somebody_else_do_not_serve(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	fake_clock_advance(&t->clock, 5 * 60 * 1000 - 2000);
	p.ask.want_on_call = true;
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_call, 2);
	rest_peer_say(t->peer, "users", "", 200, "",
		      "{\"users\":[{\"id\":\"PUSER02\",\"email\":\"ana@acme.example\"}],"
		      "\"more\":false}");
	fake_clock_advance(&t->clock, 2001);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, "PUSER02");
	assert_int_equal(p.ask.n_on_call, 1);
	assert_string_equal(p.ask.on_call[0].escalation_policy, "PEP0005");
}

static void without_on_call_rows_there_is_no_answer(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { .ask.want_on_call = true };

	rest_peer_say(t->peer, "oncalls", "", 429, "Retry-After: 2\r\n", "");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.fail.retry_after_s, 2);
	fake_clock_advance(&t->clock, 2000);
	rest_peer_fault(t->peer, "oncalls", "", PEER_HOLD);
	p.ask.want_on_call = true;
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, "oncalls", 2));
	fake_clock_advance(&t->clock, 5000);
	assert_true(probe_wait(&p));
	assert_int_equal(p.fail.kind, FAIL_TIMEOUT);
}

static void nobody_is_not_asked_for_on_call(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { .ask.want_on_call = true };

	rest_peer_say(t->peer, "users", "", 200, "", t->vendor->no_users);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.ask.n_on_call, 0);
	assert_int_equal(rest_peer_count(t->peer, "oncalls", ""), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(somebody_whom_the_config_names_is_not_looked_up),
		BOTH(a_person_is_looked_up_once_in_five_minutes),
		BOTH(who_is_unknown_is_looked_for_again_after_ten_seconds),
		BOTH(one_person_who_asks_many_times_is_looked_for_once),
		BOTH(a_lookup_that_fails_is_no_answer_and_is_not_kept),
		BOTH(who_has_no_slack_id_is_looked_for_by_email_alone),
		ONLY(test_incidentio, incidentio_goes_by_slack_id_and_then_by_email),
		ONLY(test_incidentio,
		     incidentio_looks_among_all_for_an_email_of_another_case),
		ONLY(test_incidentio, incidentio_looks_among_some_thousands_only),
		ONLY(test_incidentio, incidentio_knows_nobody_from_half_a_list),
		ONLY(test_incidentio, incidentio_reads_all_pages_of_users),
		BOTH(two_users_with_one_email_are_nobody),
		BOTH(without_an_email_nobody_is_matched_by_it),
		BOTH(without_a_slack_id_the_email_alone_decides),
		BOTH(without_both_nobody_is_looked_for),
		BOTH(nobody_of_that_name_is_told_so),
		ONLY(test_pagerduty, pagerduty_is_asked_with_an_encoded_email),
		ONLY(test_pagerduty, on_call_rows_come_when_they_are_wanted),
		ONLY(test_pagerduty, shifts_come_with_them),
		ONLY(test_pagerduty, a_window_is_asked_for_and_looked_at_again),
		ONLY(test_pagerduty, on_call_rows_of_somebody_else_do_not_serve),
		ONLY(test_pagerduty, without_on_call_rows_there_is_no_answer),
		ONLY(test_pagerduty, nobody_is_not_asked_for_on_call),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
