/* SPDX-License-Identifier: Apache-2.0 */
/* Who has posted updates at incident.io: read when a policy wants it, with the snapshot, in
 * the time that is left, whole or not at all. */
#include "accessd/provider.h"

#include <stdio.h>

#include "approver/incidentio_updates.h"
#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/provider_test.h"

#define UPDATES "v2/incident_updates"
#define INC_421 "incident_id=01JINC00000000000000000421"

static struct {
	bool known;
	struct fail why;
	size_t took_part; /* in how many incidents ana did */
	size_t incidents;
} got;

static void on_answer(struct standing_ask *ask, const struct fail *f)
{
	struct probe *p = container_of(ask, struct probe, ask);
	const struct stand *stands;
	size_t n = 0;

	p->done = true;
	p->fired++;
	p->fail = *f;
	if (f->kind != FAIL_NONE) {
		return;
	}
	got.known = ask->snapshot->participants_known;
	got.why = ask->snapshot->no_participants;
	got.incidents = ask->snapshot->n_incidents;
	got.took_part = 0;
	stands = snapshot_stands_of(ask->snapshot, ask->user, &n);
	for (size_t i = 0; i < n; i++) {
		got.took_part += stands[i].participant;
	}
	snapshot_unref(ask->snapshot);
}

static void start(struct provider_test *t, struct probe *p)
{
	probe_start(t, p, &t->ana);
	p->ask.cb = on_answer;
}

static bool ask(struct provider_test *t)
{
	struct probe p = { 0 };

	start(t, &p);
	assert_true(probe_wait(&p));
	return p.fail.kind == FAIL_NONE;
}

/* incidentio/incidents.json has five live incidents. */
static int set_up(void **state)
{
	struct provider_test *t;

	provider_setup(state);
	t = *state;
	t->env.want_participants = true;
	provider_again(t);
	rest_peer_say(t->peer, UPDATES, "", 200, "", "{\"incident_updates\":[]}");
	rest_peer_say_file(t->peer, UPDATES, INC_421, "incidentio/incident_updates.json");
	return 0;
}

static void nobody_asks_when_no_policy_wants_it(void **state)
{
	struct provider_test *t = *state;

	t->env.want_participants = false;
	provider_again(t);
	assert_true(ask(t));
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 0);
	assert_false(got.known);
}

static void who_posted_to_a_live_incident_took_part(void **state)
{
	struct provider_test *t = *state;

	assert_true(ask(t));
	assert_true(got.known);
	assert_int_equal(got.took_part, 1);
	assert_int_equal(got.incidents, 5);
	/* Each live incident once, and no other. */
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 5);
	assert_int_equal(rest_peer_count(t->peer, UPDATES, INC_421), 1);
	assert_int_equal(rest_peer_count(t->peer, UPDATES, "000423"), 0);
	assert_has(rest_peer_last_query(t->peer, UPDATES), "page_size=250&incident_id=");
	assert_has(rest_peer_last_head(t->peer),
		   "\r\nAuthorization: Bearer a-key-for-tests\r\n");
}

static void they_are_as_old_as_the_snapshot(void **state)
{
	struct provider_test *t = *state;

	assert_true(ask(t));
	fake_clock_advance(&t->clock, 5000);
	assert_true(ask(t));
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 5);
	fake_clock_advance(&t->clock, 1);
	assert_true(ask(t));
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 10);
}

static void a_hundred_who_ask_at_once_share_them(void **state)
{
	static struct probe probes[100];
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		probes[i] = (struct probe){ 0 };
		start(t, &probes[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(probes); i++) {
		assert_true(probe_wait(&probes[i]));
		assert_int_equal(probes[i].fail.kind, FAIL_NONE);
	}
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 5);
}

static void all_their_pages_count(void **state)
{
	struct provider_test *t = *state;

	rest_peer_say_file(t->peer, UPDATES, INC_421,
			   "incidentio/incident_updates_page_1.json");
	rest_peer_say_file(t->peer, UPDATES, "after=01JUPD00000000000000000006",
			   "incidentio/incident_updates_page_2.json");
	assert_true(ask(t));
	assert_true(got.known);
	assert_int_equal(got.took_part, 1);
	assert_int_equal(rest_peer_count(t->peer, UPDATES, INC_421), 2);
}

/* The snapshot is good: roles are known. */
static void one_that_fails_leaves_all_unknown(void **state)
{
	static const struct {
		int status;
		const char *body;
		const char *msg;
	} rows[] = {
		{ 403, "", "incident.io: HTTP 403" },
		{ 500, "", "incident.io: HTTP 500" },
		{ 429, "", "incident.io: HTTP 429" },
		{ 200, "<html>", "the list of updates could not be understood" },
		{ 200,
		  "{\"incident_updates\":[{\"incident_id\":\"X\"}],\"pagination_meta\":"
		  "{\"after\":\"A\"}}",
		  "the list of updates could not be read to its end" },
	};
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		rest_peer_say(t->peer, UPDATES, "000433", rows[i].status, "",
			      rows[i].body);
		fake_clock_advance(&t->clock, 61 * 1000);
		assert_row(ask(t), i, rows[i].msg);
		assert_row(!got.known, i, rows[i].msg);
		assert_has(got.why.msg, rows[i].msg);
		assert_int_equal(got.incidents, 5);
	}
	rest_peer_say(t->peer, UPDATES, "000433", 200, "", "{\"incident_updates\":[]}");
	fake_clock_advance(&t->clock, 61 * 1000);
	assert_true(ask(t));
	assert_true(got.known);
	assert_int_equal(got.took_part, 1);
}

/* Nobody who has a role is held up beyond his patience by those who have none. */
static void what_is_slow_is_left_out_in_time(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_fault(t->peer, UPDATES, "000433", PEER_HOLD);
	start(t, &p);
	assert_true(peer_hears(t, UPDATES, 5));
	fake_clock_advance(&t->clock, 3749);
	turn(t);
	assert_int_equal(p.fired, 0);
	fake_clock_advance(&t->clock, 1);
	assert_true(probe_wait(&p));
	assert_int_equal(p.fail.kind, FAIL_NONE);
	assert_false(got.known);
	assert_int_equal(got.why.kind, FAIL_TIMEOUT);
	assert_int_equal(got.incidents, 5);
}

static void live_incidents(char *body, size_t size, unsigned n)
{
	size_t len = (size_t)snprintf(body, size, "{\"incidents\":[");

	for (unsigned i = 0; i < n; i++) {
		len += (size_t)snprintf(
			body + len, size - len,
			"%s{\"id\":\"I%03u\",\"created_at\":\"2026-08-20T09:14:03Z\","
			"\"mode\":\"standard\",\"visibility\":\"public\","
			"\"incident_status\":{\"category\":\"live\"},"
			"\"incident_role_assignments\":[]}",
			i ? "," : "", i);
	}
	snprintf(body + len, size - len, "]}");
}

static void of_too_many_incidents_none_is_asked(void **state)
{
	static char body[64 * 1024];
	struct provider_test *t = *state;

	live_incidents(body, sizeof(body), UPDATES_INCIDENTS_MAX + 1);
	rest_peer_say(t->peer, "v2/incidents", "", 200, "", body);
	assert_true(ask(t));
	assert_int_equal(got.incidents, 51);
	assert_false(got.known);
	assert_has(got.why.msg, "more than 50 incidents are live");
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 0);
	/* As many as may be are all asked. */
	live_incidents(body, sizeof(body), UPDATES_INCIDENTS_MAX);
	rest_peer_say(t->peer, "v2/incidents", "", 200, "", body);
	fake_clock_advance(&t->clock, 5001);
	assert_true(ask(t));
	assert_true(got.known);
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 50);
}

static void without_incidents_nobody_took_part(void **state)
{
	struct provider_test *t = *state;

	rest_peer_say(t->peer, "v2/incidents", "", 200, "", t->vendor->empty);
	assert_true(ask(t));
	assert_true(got.known);
	assert_int_equal(got.took_part, 0);
	assert_int_equal(rest_peer_count(t->peer, UPDATES, ""), 0);
}

static void a_provider_closes_while_it_reads_them(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	rest_peer_fault(t->peer, UPDATES, "", PEER_HOLD);
	start(t, &p);
	assert_true(peer_hears(t, UPDATES, 5));
	t->provider->ops->cancel(t->provider, &p.ask);
	t->provider->ops->close(t->provider);
	t->provider = NULL;
	turn(t);
	assert_int_equal(p.fired, 0);
}

#define ROW(test) \
	{ \
#test, test, set_up, provider_teardown, \
			(void *)(uintptr_t)&test_incidentio \
	}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ROW(nobody_asks_when_no_policy_wants_it),
		ROW(who_posted_to_a_live_incident_took_part),
		ROW(they_are_as_old_as_the_snapshot),
		ROW(a_hundred_who_ask_at_once_share_them),
		ROW(all_their_pages_count),
		ROW(one_that_fails_leaves_all_unknown),
		ROW(what_is_slow_is_left_out_in_time),
		ROW(of_too_many_incidents_none_is_asked),
		ROW(without_incidents_nobody_took_part),
		ROW(a_provider_closes_while_it_reads_them),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
