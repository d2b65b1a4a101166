/* SPDX-License-Identifier: Apache-2.0 */
/* What every provider does: one list for all who ask, none that is too old, all pages. */
#include "accessd/provider.h"

#include <stdio.h>

#include "approver/providers.h"
#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/provider_test.h"

static unsigned lists(const struct provider_test *t)
{
	return rest_peer_count(t->peer, t->vendor->list, "");
}

static void a_person_who_holds_something_is_found(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(p.ask.user, t->vendor->ana);
	assert_string_equal(p.ask.why_no_user, "");
	assert_int_equal(p.stands, 2);
	/* What was not asked for was sent all the same, and does not count. */
	assert_int_equal(p.incidents, strcmp(t->vendor->key, "pagerduty") ? 5 : 8);
	assert_int_equal(p.fetched_mono_ms, t->clock.mono);
}

static void incidentio_is_asked_for_live_incidents_with_the_key(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	t->ana.incidentio[0] = 'X'; /* nobody is looked up */
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(rest_peer_last_query(t->peer, "v2/incidents"),
			    "page_size=250&status_category%5Bone_of%5D=live"
			    "&mode%5Bone_of%5D=standard");
	assert_has(rest_peer_last_head(t->peer),
		   "\r\nAuthorization: Bearer a-key-for-tests\r\n");
}

static void pagerduty_is_asked_for_open_incidents_of_any_age(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	text_copy(t->ana.pagerduty, sizeof(t->ana.pagerduty), "PUSER01");
	assert_true(probe_ask(t, &p, &t->ana));
	assert_string_equal(rest_peer_last_query(t->peer, "incidents"),
			    "statuses%5B%5D=triggered&statuses%5B%5D=acknowledged"
			    "&date_range=all&include%5B%5D=first_trigger_log_entries"
			    "&sort_by=created_at:desc&limit=100&offset=0");
	assert_has(rest_peer_last_head(t->peer),
		   "\r\nAuthorization: Token token=a-key-for-tests\r\n");
	assert_has(rest_peer_last_head(t->peer),
		   "\r\nAccept: application/vnd.pagerduty+json;version=2\r\n");
}

/* --- single flight, age --------------------------------------------------------- */

static void a_hundred_who_ask_at_once_share_one_list(void **state)
{
	static struct probe probes[100];
	static struct person people[100];
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		people[i] = t->ana;
		snprintf(people[i].slack, sizeof(people[i].slack), "U%03zu", i / 2);
		probes[i] = (struct probe){ 0 };
		probe_start(t, &probes[i], &people[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		assert_true(probe_wait(&probes[i]));
		assert_int_equal(probes[i].fail.kind, FAIL_NONE);
		assert_int_equal(probes[i].fired, 1);
	}
	assert_int_equal(lists(t), 1);
	/* Each person is looked for once (at incident.io by Slack id, then by e-mail). */
	assert_int_equal(rest_peer_count(t->peer, t->vendor->users, "U000"),
			 strcmp(t->vendor->key, "pagerduty") ? 1 : 0);
	assert_int_equal(rest_peer_count(t->peer, t->vendor->users, "ana%40acme.example"),
			 50);
}

static void a_snapshot_serves_until_max_age_and_no_longer(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	fake_clock_advance(&t->clock, 5000);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lists(t), 1);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lists(t), 2);
	assert_int_equal(p.fetched_mono_ms, t->clock.mono);
}

static void a_wall_clock_that_jumps_changes_nothing(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(probe_ask(t, &p, &t->ana));
	fake_clock_jump_wall(&t->clock, 3600 * 1000);
	assert_true(probe_ask(t, &p, &t->ana));
	fake_clock_jump_wall(&t->clock, -7200 * 1000);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(lists(t), 1);
}

/* The first asker's own fetch is as fresh as can be, however long it takes. Who comes when
 * it is older than max_age already waits for the next one. */
static void who_joins_a_slow_fetch_is_not_told_old_news(void **state)
{
	struct provider_test *t = *state;
	struct probe first = { 0 };
	struct probe soon = { 0 };
	struct probe late = { 0 };

	t->config.max_age_s = 2;
	t->config.timeout_ms = 30000;
	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	probe_start(t, &first, &t->ana);
	fake_clock_advance(&t->clock, 500);
	probe_start(t, &soon, &t->ana);
	assert_true(peer_hears(t, t->vendor->list, 1));
	fake_clock_advance(&t->clock, 2000);
	probe_start(t, &late, &t->ana);
	turn(t);
	assert_int_equal(lists(t), 1); /* one at a time */
	rest_peer_say(t->peer, t->vendor->list, "", 200, "", t->vendor->empty);
	rest_peer_release(t->peer);
	assert_true(probe_wait(&first));
	assert_true(probe_wait(&soon) && probe_wait(&late));
	assert_int_equal(lists(t), 2);
	assert_int_equal(first.fetched_mono_ms, t->clock.mono - 2500);
	assert_int_equal(soon.fetched_mono_ms, t->clock.mono); /* began before it asked */
	assert_int_equal(late.fetched_mono_ms, t->clock.mono);
}

static void with_max_age_0_each_question_gets_a_list_that_began_after_it(void **state)
{
	struct provider_test *t = *state;
	struct probe a = { 0 };
	struct probe b = { 0 };

	t->config.max_age_s = 0;
	probe_start(t, &a, &t->ana);
	fake_clock_advance(&t->clock, 1);
	probe_start(t, &b, &t->ana);
	assert_true(probe_wait(&a) && probe_wait(&b));
	assert_int_equal(lists(t), 2);
}

/* --- pages ---------------------------------------------------------------------- */

static void the_second_page_counts(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	char file[64];

	snprintf(file, sizeof(file), "%s/incidents_page_1.json", t->vendor->key);
	rest_peer_say_file(t->peer, t->vendor->list, "", file);
	snprintf(file, sizeof(file), "%s/incidents_page_2.json", t->vendor->key);
	rest_peer_say_file(t->peer, t->vendor->list, t->vendor->next, file);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.stands, 1);
	assert_int_equal(p.incidents, 2);
	assert_int_equal(lists(t), 2);
	/* The filters go with every page. */
	assert_has(rest_peer_last_query(t->peer, t->vendor->list),
		   strcmp(t->vendor->key, "pagerduty") ? "mode%5Bone_of%5D=standard"
						       : "date_range=all");
}

static void a_list_without_an_end_is_no_list(void **state)
{
	static const char *const bodies[] = {
		"{\"incidents\":[{\"id\":\"I1\",\"created_at\":\"2026-08-20T09:14:03Z\","
		"\"mode\":\"standard\",\"visibility\":\"public\",\"incident_status\":"
		"{\"category\":\"closed\"},\"incident_role_assignments\":[]}],"
		"\"pagination_meta\":{\"after\":\"I1\"}}",
		"{\"incidents\":[{\"id\":\"Q1\",\"created_at\":\"2026-08-20T09:14:03Z\","
		"\"status\":\"triggered\"}],\"more\":true,\"limit\":100,\"offset\":0}",
	};
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };

	/* The same page for ever: a cursor that repeats, an offset that is ignored. */
	rest_peer_say(t->peer, t->vendor->list, "", 200, "", bodies[pd]);
	assert_false(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.fail.kind, FAIL_UPSTREAM);
	assert_has(p.fail.msg, t->vendor->name);
	assert_has(p.fail.msg,
		   pd ? "the list of open incidents could not be read to its end"
		      : "the list of live incidents could not be read to its "
			"end");
	assert_int_equal(lists(t), 2);
}

static void a_list_of_too_many_pages_is_no_list(void **state)
{
	struct provider_test *t = *state;
	bool pd = strcmp(t->vendor->key, "pagerduty") == 0;
	struct probe p = { 0 };
	char body[512];
	char query[32];

	for (int i = 0; i < 120; i++) {
		if (pd) {
			snprintf(
				body, sizeof(body),
				"{\"incidents\":[{\"id\":\"Q1\",\"status\":\"triggered\","
				"\"created_at\":\"2026-08-20T09:14:03Z\"}],\"more\":true,"
				"\"limit\":100,\"offset\":%d}",
				i * 100);
			snprintf(query, sizeof(query), "offset=%d", i * 100);
		} else {
			snprintf(body, sizeof(body),
				 "{\"incidents\":[{\"id\":\"I1\",\"mode\":\"test\","
				 "\"created_at\":\"2026-08-20T09:14:03Z\",\"visibility\":"
				 "\"public\",\"incident_status\":{\"category\":\"live\"},"
				 "\"incident_role_assignments\":[]}],\"pagination_meta\":"
				 "{\"after\":\"C%03d\"}}",
				 i + 1);
			snprintf(query, sizeof(query), "after=C%03d", i);
			query[i ? sizeof(query) - 1 : 0] = '\0'; /* the first has none */
		}
		rest_peer_say(t->peer, t->vendor->list, query, 200, "", body);
	}
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "could not be read to its end");
	assert_int_equal(lists(t), pd ? 100 : 20);
}

static void a_page_that_fails_fails_the_list(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	char file[64];

	snprintf(file, sizeof(file), "%s/incidents_page_1.json", t->vendor->key);
	rest_peer_say_file(t->peer, t->vendor->list, "", file);
	rest_peer_say(t->peer, t->vendor->list, t->vendor->next, 500, "", "");
	assert_false(probe_ask(t, &p, &t->ana));
	assert_has(p.fail.msg, "HTTP 500");
}

/* --- cancel, close, drop, warm --------------------------------------------------- */

static void a_cancelled_question_is_never_answered(void **state)
{
	struct provider_test *t = *state;
	struct probe waiting = { 0 };
	struct probe ready = { 0 };
	struct probe other = { 0 };

	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	probe_start(t, &waiting, &t->ana);
	probe_start(t, &other, &t->ana);
	assert_true(peer_hears(t, t->vendor->list, 1));
	t->provider->ops->cancel(t->provider, &waiting.ask);
	rest_peer_release(t->peer);
	assert_true(probe_wait(&other));
	assert_int_equal(waiting.fired, 0);
	/* Its answer is written already. */
	probe_start(t, &ready, &t->ana);
	t->provider->ops->cancel(t->provider, &ready.ask);
	turn(t);
	assert_int_equal(ready.fired, 0);
	assert_null(ready.ask.snapshot);
	/* Once more does no harm. */
	t->provider->ops->cancel(t->provider, &ready.ask);
	t->provider->ops->cancel(t->provider, &other.ask);
}

static struct probe *victim;

static void on_first(struct standing_ask *ask, const struct fail *f)
{
	struct probe *p = container_of(ask, struct probe, ask);

	assert_int_equal(f->kind, FAIL_NONE);
	snapshot_unref(ask->snapshot);
	p->t->provider->ops->cancel(p->t->provider, &victim->ask);
	p->t->provider->ops->drop(p->t->provider);
	p->done = true;
}

static void a_callback_may_cancel_others_and_drop(void **state)
{
	struct provider_test *t = *state;
	struct probe first = { 0 };
	struct probe second = { 0 };
	struct probe third = { 0 };

	victim = &second;
	probe_start(t, &first, &t->ana);
	first.ask.cb = on_first;
	probe_start(t, &second, &t->ana);
	probe_start(t, &third, &t->ana);
	assert_true(probe_wait(&third));
	assert_true(first.done);
	assert_int_equal(second.fired, 0);
	assert_int_equal(third.fail.kind, FAIL_NONE);
}

static void on_again(struct standing_ask *ask, const struct fail *f)
{
	struct probe *p = container_of(ask, struct probe, ask);

	assert_int_equal(f->kind, FAIL_NONE);
	snapshot_unref(ask->snapshot);
	if (++p->fired < 3) {
		p->t->provider->ops->ask(p->t->provider, ask);
	} else {
		p->done = true;
	}
}

static void a_callback_may_ask_again(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	probe_start(t, &p, &t->ana);
	p.ask.cb = on_again;
	assert_true(probe_wait(&p));
	assert_int_equal(p.fired, 3);
	assert_int_equal(lists(t), 1);
}

static void a_provider_closes_while_it_reads(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	rest_peer_fault(t->peer, t->vendor->users, "", PEER_HOLD);
	rest_peer_fault(t->peer, "v1/severities", "", PEER_HOLD);
	probe_start(t, &p, &t->ana);
	assert_true(peer_hears(t, t->vendor->users, 1));
	t->provider->ops->cancel(t->provider, &p.ask);
	t->provider->ops->close(t->provider);
	t->provider = NULL;
	turn(t);
	assert_int_equal(p.fired, 0);
	provider_find(t->vendor->key)->close(NULL);
}

static void a_drop_forgets_the_snapshot_and_who_is_who(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };
	struct provider_health h;

	assert_true(probe_ask(t, &p, &t->ana));
	t->provider->ops->drop(t->provider);
	t->provider->ops->health(t->provider, &h);
	assert_int_equal(h.age_ms, -1);
	rest_peer_say(t->peer, t->vendor->list, "", 200, "", t->vendor->empty);
	rest_peer_say(t->peer, t->vendor->users, "", 200, "", t->vendor->no_users);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_int_equal(p.incidents, 0);
	assert_string_equal(p.ask.user, "");
	assert_int_equal(lists(t), 2);
}

/* What was asked before the news may be answered from before; what comes after, not. */
static void a_drop_during_a_fetch_makes_the_next_question_wait(void **state)
{
	struct provider_test *t = *state;
	struct probe before = { 0 };
	struct probe after = { 0 };

	rest_peer_fault(t->peer, t->vendor->list, "", PEER_HOLD);
	probe_start(t, &before, &t->ana);
	assert_true(peer_hears(t, t->vendor->list, 1));
	t->provider->ops->drop(t->provider);
	probe_start(t, &after, &t->ana);
	rest_peer_release(t->peer);
	assert_true(probe_wait(&before));
	rest_peer_say(t->peer, t->vendor->list, "", 200, "", t->vendor->empty);
	assert_true(probe_wait(&after));
	assert_int_equal(before.stands, 2);
	assert_int_equal(after.stands, 0);
	assert_int_equal(lists(t), 2);
}

/* Whatever would have to be read is not known, and is not read for that question. */
static void what_is_known_is_told_at_once(void **state)
{
	struct provider_test *t = *state;
	const struct provider_ops *ops = t->provider->ops;
	struct probe p = { 0 };
	struct standing_ask ask = { .who = &t->ana };

	assert_false(ops->know(t->provider, &ask));
	turn(t);
	assert_int_equal(lists(t), 0);
	assert_true(probe_ask(t, &p, &t->ana));
	assert_true(ops->know(t->provider, &ask));
	assert_string_equal(ask.user, p.ask.user);
	assert_int_equal(ask.snapshot->fetched_mono_ms, p.fetched_mono_ms);
	snapshot_unref(ask.snapshot);
	ask.newer_than_ms = p.fetched_mono_ms + 1;
	assert_false(ops->know(t->provider, &ask));
	ask.newer_than_ms = 0;
	fake_clock_advance(&t->clock, 5001);
	assert_false(ops->know(t->provider, &ask));
	assert_true(probe_ask(t, &p, &t->ana));
	assert_true(ops->know(t->provider, &ask));
	snapshot_unref(ask.snapshot);
	ops->drop(t->provider);
	assert_false(ops->know(t->provider, &ask));
}

static void a_warm_provider_answers_without_asking(void **state)
{
	struct provider_test *t = *state;
	struct provider_health h;
	struct probe p = { 0 };

	t->provider->ops->health(t->provider, &h);
	assert_false(h.asked || h.ok);
	assert_int_equal(h.age_ms, -1);
	t->provider->ops->warm(t->provider);
	t->provider->ops->warm(t->provider);
	assert_true(peer_hears(t, t->vendor->list, 1));
	for (int i = 0; i < 1000 && !h.ok; i++) {
		turn(t);
		t->provider->ops->health(t->provider, &h);
	}
	assert_true(h.ok && h.asked);
	assert_string_equal(h.why, "");
	fake_clock_advance(&t->clock, 1234);
	t->provider->ops->health(t->provider, &h);
	assert_int_equal(h.age_ms, 1234);
	assert_true(probe_ask(t, &p, &t->ana));
	t->provider->ops->warm(t->provider);
	turn(t);
	assert_int_equal(lists(t), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BOTH(a_person_who_holds_something_is_found),
		ONLY(test_incidentio,
		     incidentio_is_asked_for_live_incidents_with_the_key),
		ONLY(test_pagerduty, pagerduty_is_asked_for_open_incidents_of_any_age),
		BOTH(a_hundred_who_ask_at_once_share_one_list),
		BOTH(a_snapshot_serves_until_max_age_and_no_longer),
		BOTH(a_wall_clock_that_jumps_changes_nothing),
		BOTH(who_joins_a_slow_fetch_is_not_told_old_news),
		BOTH(with_max_age_0_each_question_gets_a_list_that_began_after_it),
		BOTH(the_second_page_counts),
		BOTH(a_list_without_an_end_is_no_list),
		BOTH(a_list_of_too_many_pages_is_no_list),
		BOTH(a_page_that_fails_fails_the_list),
		BOTH(a_cancelled_question_is_never_answered),
		BOTH(a_callback_may_cancel_others_and_drop),
		BOTH(a_callback_may_ask_again),
		BOTH(a_provider_closes_while_it_reads),
		BOTH(a_drop_forgets_the_snapshot_and_who_is_who),
		BOTH(a_drop_during_a_fetch_makes_the_next_question_wait),
		BOTH(what_is_known_is_told_at_once),
		BOTH(a_warm_provider_answers_without_asking),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
