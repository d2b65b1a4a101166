/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: what it heard of events,
 * and the probe that lets it forget them. */
#include "tests/lib/ledger_fixture.h"

static bool hear_delivery(struct fixture *t, const char *source, const char *key,
			  const char *delivery, int64_t at_ms)
{
	t->op = (struct store_op){ .kind = STORE_EVENT_ADD };
	t->op.event_add.source = source;
	t->op.event_add.keys[0] = key;
	t->op.event_add.keys[1] = delivery;
	t->op.event_add.what = "incident.acknowledged";
	t->op.event_add.subject = "PT4KHLK";
	t->op.event_add.at_ms = at_ms;
	assert_done(t);
	return !t->op.event_add.duplicate;
}

static bool hear(struct fixture *t, const char *source, const char *key, int64_t at_ms)
{
	return hear_delivery(t, source, key, NULL, at_ms);
}

static void an_event_is_heard_once_from_each_source(void **state)
{
	struct fixture *t = *state;

	assert_true(hear(t, "pagerduty", "e1", 1000));
	assert_false(hear(t, "pagerduty", "e1", 2000));
	assert_true(hear(t, "pagerduty", "e2", 2000));
	assert_true(hear(t, "incidentio", "e1", 2000));
	assert_false(hear(t, "incidentio", "e1", 2000));
}

static void an_event_is_known_by_either_of_its_keys(void **state)
{
	struct fixture *t = *state;

	assert_true(hear_delivery(t, "pagerduty", "e1", "d1", 1000));
	assert_false(hear_delivery(t, "pagerduty", "e1", "d2", 1000));
	assert_false(hear_delivery(t, "pagerduty", "e2", "d1", 1000));
	assert_false(hear_delivery(t, "pagerduty", "d1", "", 1000));
	assert_true(hear_delivery(t, "incidentio", "e1", "d1", 1000));
	assert_true(hear_delivery(t, "pagerduty", "e3", "", 1000));
	assert_true(hear_delivery(t, "pagerduty", "e4", "", 1000));
}

/* Of a second delivery nothing is remembered: who sends one cannot take the keys of
 * events to come. */
static void a_duplicate_takes_no_key(void **state)
{
	struct fixture *t = *state;

	assert_true(hear_delivery(t, "pagerduty", "e1", "d1", 1000));
	assert_false(hear_delivery(t, "pagerduty", "e1", "d2", 1000));
	assert_true(hear_delivery(t, "pagerduty", "e2", "d2", 1000));
}

static void events_are_forgotten_when_they_are_old(void **state)
{
	struct fixture *t = *state;

	assert_true(hear(t, "pagerduty", "old", 1000));
	assert_true(hear(t, "pagerduty", "new", 2000));
	t->op = (struct store_op){ .kind = STORE_PROBE };
	t->op.probe.now_ms = 3000;
	t->op.probe.forget_events_before_ms = 2000;
	assert_done(t);
	assert_true(hear(t, "pagerduty", "old", 3000));
	assert_false(hear(t, "pagerduty", "new", 3000));
}

static void a_probe_succeeds_every_time(void **state)
{
	struct fixture *t = *state;

	fixture_probe(t, 1, 0);
	fixture_probe(t, 1, 0);
	fixture_probe(t, 2, INT64_MAX);
}

#define SUITE(ledger) \
	ON(ledger, an_event_is_heard_once_from_each_source), \
		ON(ledger, an_event_is_known_by_either_of_its_keys), \
		ON(ledger, a_duplicate_takes_no_key), \
		ON(ledger, events_are_forgotten_when_they_are_old), \
		ON(ledger, a_probe_succeeds_every_time)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
