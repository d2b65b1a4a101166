/* SPDX-License-Identifier: Apache-2.0 */
/* Access that rests on being on call ends with the shift: when its time is over, or when
 * somebody else takes it; after the grace, with a warning; and not while there is something
 * else that the policy asks for. */
#include <stdio.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { SECOND = 1000, MINUTE = 60 * 1000 };

#define POLICY(more, any) \
	"  { name = \"sre\"; resources = [ \"prod-db\" ]; duration = \"4h\"; " more \
	"any = ( " any " ); }\n"
#define ON_CALL "{ pagerduty = { schedules = [ \"PSCH001\" ]; }; }"
#define LEADING "{ incidentio = { roles = [ \"Incident Lead\" ]; }; }"

/* Ana's shift on SRE primary. */
static struct world_oncall *shift_of(struct scene *t)
{
	return t->world->oncalls.items[0];
}

static void shift_goes_to(struct scene *t, const char *who)
{
	struct world_oncall *o = shift_of(t);

	text_copy(o->user, sizeof(o->user), world_person(t->world, who)->pagerduty);
}

static void shift_ends_in(struct scene *t, int64_t ms)
{
	struct world_oncall *o = shift_of(t);

	o->start_ms = clock_wall_ms(&t->clock.clock) - 60 * MINUTE;
	o->end_ms = clock_wall_ms(&t->clock.clock) + ms;
}

static void started_with(struct scene *t, const char *policy)
{
	t->policies = policy;
	scene_start(t, true);
}

static void ana_has_it(struct scene *t)
{
	assert_has(scene_ask(t, "ana", "prod-db"), "Granted: prod-db");
}

static void ana_has_it_by(struct scene *t, const char *policy)
{
	started_with(t, policy);
	ana_has_it(t);
}

static void bob_takes_the_shift(struct scene *t)
{
	shift_goes_to(t, "bob");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "Your shift is over."));
}

static void cannot_be_asked(struct scene *t, const char *call)
{
	struct world_fault down = { .kind = WORLD_STATUS, .status = 503 };

	text_copy(down.call, sizeof(down.call), call);
	world_fault(t->world, &down);
}

static void nothing_ends_for(struct scene *t, int64_t ms)
{
	scene_pass(t, ms);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "will end"), 0);
}

static void it_ends_within(struct scene *t, int64_t ms)
{
	scene_pass(t, ms);
	assert_non_null(scene_message(t, "Ended: prod-db for <@U0ANA0001>"));
}

/* --- the shift -------------------------------------------------------------------------- */

static void it_ends_when_the_shift_is_over(void **state)
{
	struct scene *t = *state;

	started_with(t, POLICY("", ON_CALL));
	shift_ends_in(t, 30 * MINUTE);
	ana_has_it(t);
	assert_non_null(scene_message(t, "on call for SRE primary (PagerDuty)"));
	scene_pass(t, 28 * MINUTE);
	assert_int_equal(scene_count(t, "will end"), 0);
	scene_pass(t, 4 * MINUTE);
	assert_int_equal(
		scene_count_settled(
			t, "Your shift is over. It stays if that changes before.", 1),
		1);
	assert_int_equal(scene_grants(t), 1);
	scene_pass(t, 16 * MINUTE);
	assert_int_equal(
		scene_count_settled(
			t, "Ended: prod-db for <@U0ANA0001>. Their shift is over.", 1),
		1);
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM grants WHERE cause = 'standing'"), 1);
}

static void an_override_takes_it(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("grace = \"5m\"; ", ON_CALL));
	scene_pass(t, 10 * MINUTE);
	shift_goes_to(t, "bob");
	scene_pass(t, 2 * MINUTE);
	assert_non_null(scene_message(t, "Your shift is over."));
	it_ends_within(t, 6 * MINUTE);
}

static void handed_back_within_the_grace_nothing_ends(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("", ON_CALL));
	bob_takes_the_shift(t);
	shift_goes_to(t, "ana");
	scene_pass(t, 30 * MINUTE);
	assert_int_equal(scene_count(t, "you are on call again."), 1);
	assert_int_equal(scene_count(t, "will end"), 1);
	assert_int_equal(scene_grants(t), 1);
}

/* Its end is known: nobody has to wait for the minute. */
static void the_end_that_is_known_is_when_it_is_looked_at(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("grace = \"0\"; ", ON_CALL));
	scene_pass(t, 65 * SECOND);
	shift_ends_in(t, 80 * SECOND); /* behind the next look, before the one after it */
	scene_pass(t, 60 * SECOND);
	assert_int_equal(scene_grants(t), 1);
	for (int i = 0; i < 36 && scene_grants(t) > 0; i++) {
		scene_pass(t, SECOND);
	}
	assert_int_equal(scene_grants(t), 0);
	assert_non_null(scene_message(t, "Ended: prod-db"));
}

static void the_next_shift_begins_as_it_ends(void **state)
{
	struct scene *t = *state;
	struct world_oncall *next;

	started_with(t, POLICY("grace = \"0\"; ", ON_CALL));
	shift_ends_in(t, 20 * MINUTE);
	next = rows_add(&t->world->oncalls, sizeof(*next));
	*next = *shift_of(t);
	next->start_ms = shift_of(t)->end_ms;
	next->end_ms = next->start_ms + 60 * MINUTE;
	ana_has_it(t);
	scene_pass(t, 40 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
	assert_int_equal(scene_count(t, "Ended"), 0);
}

static void who_keeps_it_says_why(void **state)
{
	struct scene *t = *state;
	struct world_envelope *e;
	struct world_view *view;
	json_t *values = json_pack("{s:s}", "why", "still on the bridge");

	ana_has_it_by(t, POLICY("keep = true; ", ON_CALL));
	shift_goes_to(t, "bob");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_press(t, "ana", "Press Keep", "access.keep"));
	assert_true(scene_called(t, "views.open", 1));
	scene_settle(t);
	view = t->world->views.items[t->world->views.n - 1];
	e = world_submit(t->world, view->id, values);
	json_decref(values);
	assert_true(scene_acked(t, e));
	assert_non_null(scene_message(t, "Kept: prod-db for <@U0ANA0001> until"));
	scene_pass(t, 60 * MINUTE);
	assert_int_equal(scene_grants(t), 1);
}

static void a_policy_may_let_it_run_to_its_end(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("end_with_incident = false; ", ON_CALL));
	shift_goes_to(t, "bob");
	nothing_ends_for(t, 60 * MINUTE);
}

static void a_pagerduty_that_is_down_ends_nothing(void **state)
{
	struct scene *t = *state;

	started_with(t, POLICY("", ON_CALL));
	shift_ends_in(t, 10 * MINUTE);
	ana_has_it(t);
	cannot_be_asked(t, "GET /oncalls");
	nothing_ends_for(t, 60 * MINUTE);
	world_clear_faults(t->world);
	scene_pass(t, 20 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
}

/* --- a role or the shift ------------------------------------------------------------------ */

static void while_they_lead_the_shift_may_end(void **state)
{
	struct scene *t = *state;
	struct world_incident *i;

	ana_has_it_by(t, POLICY("", ON_CALL ", " LEADING));
	i = scene_incident(t, "ana");
	shift_goes_to(t, "bob");
	nothing_ends_for(t, 30 * MINUTE);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM grants WHERE evidence LIKE "
				      "'Incident Lead of INC-204%'"),
			 1);
	world_set_category(t->world, i, "closed");
	scene_pass(t, 3 * MINUTE);
	assert_non_null(scene_message(t, "INC-204 was resolved. It stays"));
	it_ends_within(t, 16 * MINUTE);
}

static void while_on_call_the_role_may_go(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = scene_incident(t, "ana");

	ana_has_it_by(t, POLICY("", LEADING ", " ON_CALL));
	assert_non_null(scene_message(t, "Incident Lead of INC-204"));
	world_leave_role(t->world, i, "Incident Lead", "ana");
	nothing_ends_for(t, 30 * MINUTE);
	bob_takes_the_shift(t);
	it_ends_within(t, 16 * MINUTE);
}

static void what_comes_within_the_grace_is_as_good(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("", ON_CALL ", " LEADING));
	bob_takes_the_shift(t);
	scene_incident(t, "ana");
	scene_pass(t, 30 * MINUTE);
	assert_int_equal(scene_count(t, ": Incident Lead of INC-204 (incident.io)."), 1);
	assert_int_equal(scene_grants(t), 1);
}

/* Who could say that there is something else has to. */
static void who_cannot_be_asked_ends_nothing(void **state)
{
	struct scene *t = *state;

	ana_has_it_by(t, POLICY("", ON_CALL ", " LEADING));
	cannot_be_asked(t, "GET /v2/incidents");
	shift_goes_to(t, "bob");
	nothing_ends_for(t, 30 * MINUTE);
	world_clear_faults(t->world);
	it_ends_within(t, 20 * MINUTE);
}

/* A reload or an end of the process in the middle of a question leaves nothing behind. */
static void a_reload_asks_again(void **state)
{
	struct scene *t = *state;
	struct world_fault slow = { .kind = WORLD_DELAY, .delay_ms = 3000 };

	ana_has_it_by(t, POLICY("grace = \"0\"; ", ON_CALL ", " LEADING));
	text_copy(slow.call, sizeof(slow.call), "GET /oncalls");
	world_fault(t->world, &slow);
	shift_goes_to(t, "bob");
	scene_pass(t, 61 * SECOND);
	scene_reload(t);
	world_clear_faults(t->world);
	it_ends_within(t, 3 * MINUTE);
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	static const struct CMUnitTest tests[] = {
		STOPPED(it_ends_when_the_shift_is_over),
		STOPPED(an_override_takes_it),
		STOPPED(handed_back_within_the_grace_nothing_ends),
		STOPPED(the_end_that_is_known_is_when_it_is_looked_at),
		STOPPED(the_next_shift_begins_as_it_ends),
		STOPPED(who_keeps_it_says_why),
		STOPPED(a_policy_may_let_it_run_to_its_end),
		STOPPED(a_pagerduty_that_is_down_ends_nothing),
		STOPPED(while_they_lead_the_shift_may_end),
		STOPPED(while_on_call_the_role_may_go),
		STOPPED(what_comes_within_the_grace_is_as_good),
		STOPPED(who_cannot_be_asked_ends_nothing),
		STOPPED(a_reload_asks_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
