/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger takes its time: people are told within a second and a half, Slack has its ack
 * within three, and the answer follows; over the socket and as the reply to a post. */
#include <string.h>

#include "tests/lib/scene_fault.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000 };

static int setup_slow_in(void **state, bool http)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	scene_fault_ledger(t);
	t->http = http;
	scene_start(t, true);
	return 0;
}

static int setup_slow(void **state)
{
	return setup_slow_in(state, false);
}

static int setup_slow_posted(void **state)
{
	return setup_slow_in(state, true);
}

static int teardown_slow(void **state)
{
	return scene_fault_teardown(state, watch_teardown);
}

static bool is_held(struct scene *t, void *data)
{
	(void)t;
	(void)data;
	return store_fault_held(0);
}

/* "Within 1.5 s the person sees something", and the answer follows where it was said. */
static void a_slow_ledger_is_told_within_a_second_and_a_half(void **state)
{
	static const struct {
		const char *text, *then;
	} rows[] = { { "prod-db 2h", "Granted: prod-db" }, { "mine", "prod-db until" } };
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		store_fault_hold(i == 0 ? STORE_FAULT_COMMIT : STORE_FAULT_APPLY);
		struct world_envelope *e =
			scene_type_in(t, "ana", "inc-room", rows[i].text);

		assert_true(scene_until(t, is_held, NULL, 5000));
		scene_settle(t);
		assert_row(e->acks == 0, i, rows[i].text);
		fake_clock_advance(&t->clock, 1450);
		assert_row(scene_acked(t, e), i, rows[i].text);
		assert_has(scene_ack_text(e), "ledger is slow");
		assert_has_not(scene_ack_text(e), "Granted");
		assert_int_equal(scene_count(t, rows[i].then), 0);
		scene_advance(t, 5 * S);
		store_fault_release();
		assert_row(scene_message(t, rows[i].then), i, rows[i].text);
		assert_int_equal(scene_count_settled(t, rows[i].then, 1), 1);
		assert_int_equal(e->acks, 1);
	}
	assert_int_equal(scene_grants(t), 1);
}

static void a_ledger_that_is_slow_and_then_fails_grants_nothing(void **state)
{
	const struct fail full = { .kind = FAIL_LEDGER, .msg = "the disk is full" };
	struct scene *t = *state;

	scene_incident(t, "ana");
	store_fault_hold(STORE_FAULT_BEGIN);
	struct world_envelope *e = scene_type_in(t, "ana", "inc-room", "prod-db 2h");

	assert_true(scene_until(t, is_held, NULL, 5000));
	scene_settle(t);
	scene_advance(t, 2 * S);
	assert_true(scene_acked(t, e));
	assert_has(scene_ack_text(e), "nothing is granted");
	store_fault_at_op(STORE_REQUEST_ADD, 1, 1, &full);
	store_fault_release();
	assert_non_null(scene_message(t, "could not be recorded"));
	assert_has(scene_message(t, "could not be recorded")->text, "the disk is full");
	scene_advance(t, 20 * S);
	assert_int_equal(scene_grants(t), 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 0);
	assert_int_equal(scene_count(t, "Granted"), 0);
}

int main(void)
{
#define SLOW(f) \
	{ #f ", over the socket", f, setup_slow, teardown_slow, NULL }, \
	{ \
#f ", posted", f, setup_slow_posted, teardown_slow, NULL \
	}
	const struct CMUnitTest tests[] = {
		SLOW(a_slow_ledger_is_told_within_a_second_and_a_half),
		SLOW(a_ledger_that_is_slow_and_then_fails_grants_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
