/* SPDX-License-Identifier: Apache-2.0 */
/* kill -9 at random moments of a load, thirty times. Whatever was acked is decided and
 * said; what was not comes again from Slack and is decided once; no grant is without end.
 * The seed is printed; KILL_SEED= plays it again, as far as two processes can. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tests/lib/service.h"
#include "tests/lib/test.h"

enum { COMMANDS = 60, KILLS = 30, MOMENT_MS = 40, PATIENCE_MS = 20 * 1000 };

static uint64_t dice;

/* xorshift64 */
static unsigned roll(unsigned n)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (unsigned)(dice % n);
}

static void seed(void)
{
	const char *given = getenv("KILL_SEED");

	dice = given ? strtoull(given, NULL, 10) : (uint64_t)world_now_us() | 1;
	print_message("KILL_SEED=%" PRIu64 "\n", dice);
}

/* --- the load --------------------------------------------------------------------------- */

static void run_for(struct service_test *t, int64_t ms)
{
	bool never = false;

	loop_run_until(t->loop, &never, ms);
}

/* At some moment after its start: while it connects, asks, decides, writes or says. */
static void live_and_die(struct service_test *t, unsigned commands)
{
	static const char *const who[] = { "ana", "bob", "cara" };
	static unsigned asked;
	char text[32];

	service_start(t);
	if (roll(4) > 0) {
		assert_true(service_is_live(t));
	}
	for (unsigned i = 0; i < commands; i++) {
		snprintf(text, sizeof(text), "db-%u 1h", asked++ % SERVICE_RESOURCES);
		world_command(t->world, who[roll(3)], "inc-room", text);
		run_for(t, roll(4));
	}
	run_for(t, roll(MOMENT_MS));
	service_kill(t);
}

/* --- what must hold ----------------------------------------------------------------------- */

static int64_t number(struct service_test *t, const char *format, const char *arg)
{
	char sql[512];

	snprintf(sql, sizeof(sql), "%s'%s'", format, arg);
	return service_sql(t, sql);
}

static size_t undelivered(const struct service_test *t)
{
	size_t n = 0;

	rows_each(struct world_envelope, e, &t->world->envelopes)
	{
		n += e->acks == 0;
	}
	return n;
}

static bool is_over(struct service_test *t, void *data)
{
	(void)data;
	return undelivered(t) == 0 &&
	       service_sql(
		       t,
		       "SELECT (SELECT count(*) FROM request WHERE decided_ms IS NULL)"
		       " + (SELECT count(*) FROM effect WHERE state = 'pending')") == 0;
}

/* The id of a request stands in the message about it. */
static void check_envelope(struct service_test *t, const struct world_envelope *e,
			   size_t i)
{
	char key[64];

	snprintf(key, sizeof(key), "envelope:%s", e->id);
	assert_row(number(t,
			  "SELECT count(*) FROM request_key k JOIN request r ON "
			  "r.id = k.request_id WHERE r.decided_ms > 0 AND k.key = ",
			  key) == 1,
		   i, key);
	/* Both keys of a delivery stand for one request. */
	snprintf(key, sizeof(key), "trigger:%.50s", e->trigger_id);
	assert_row(number(t, "SELECT count(*) FROM request_key WHERE key = ", key) == 1,
		   i, key);
}

static void check_said(struct service_test *t)
{
	char sql[160];
	int64_t n = service_sql(t, "SELECT count(*) FROM request");

	for (int64_t i = 0; i < n; i++) {
		char id[ULID_SIZE];

		snprintf(sql, sizeof(sql),
			 "SELECT id FROM request ORDER BY id LIMIT 1 OFFSET %" PRId64, i);
		service_sql_id(t, sql, id);
		assert_row(world_find_message(t->world, "", id) != NULL, i, id);
	}
}

static void whatever_was_acked_is_decided_and_said(void **state)
{
	struct service_test *t = *state;
	struct world_incident *i = world_declare(t->world, "cara", "Down", "Major");
	size_t acked = 0;

	seed();
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	t->world->slack_knobs.redeliver = true;
	for (int n = 0; n < KILLS; n++) {
		live_and_die(t, COMMANDS / KILLS);
	}
	service_start(t);
	assert_true(service_is_live(t));
	assert_true(service_until(t, is_over, NULL, PATIENCE_MS));

	rows_each(struct world_envelope, e, &t->world->envelopes)
	{
		check_envelope(t, e, e_i);
		acked += e->acks > 0;
	}
	assert_int_equal(acked, COMMANDS);
	assert_int_equal(service_sql(t, "SELECT count(*) FROM request"), COMMANDS);
	check_said(t);
	assert_int_equal(service_sql(t, "SELECT count(*) FROM grants WHERE expires_ms <> "
					"starts_ms + 3600000 OR state <> 'active'"),
			 0);
	assert_int_equal(service_sql(t, "SELECT count(*) FROM grants"),
			 service_sql(t, "SELECT count(*) FROM request WHERE state = "
					"'granted'"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(whatever_was_acked_is_decided_and_said,
						service_setup, service_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
