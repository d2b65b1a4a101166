/* SPDX-License-Identifier: Apache-2.0 */
/* Many at once, as in a large incident: they share what is read, and each of them gets one
 * answer of their own. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/story.h"

enum {
	AT_ONCE = 100,
	PEOPLE = 500,
	COMMANDS = 1000,
	STEP_MS = 10, /* between two commands */
	TOGETHER = 8, /* in one incident, or at one page */
	PATIENCE_MS = 20 * 1000,
};

#define PATIENCE "max_age = \"1s\"; timeout = \"8s\";"

static const char both[] = "  { name = \"responders\"; resources = [ \"prod-*\" ];\n"
			   "    any = ( { " RULE_LEAD "; }, { " RULE_ACK "; } ); }\n";

/* u000, u001, ...: those of an even number lead an incident, the others have acknowledged a
 * page; every tenth does neither. */
static bool may_have_it(size_t i)
{
	return i % 10 != 9;
}

static void user_key(size_t i, char key[32])
{
	snprintf(key, 32, "u%03zu", i); /* of one width, so that no ids are the same */
}

static void user_stands(struct scene *t, size_t i, const char *key)
{
	static struct world_incident *incident;
	static struct world_page *page;

	if (i % (2 * TOGETHER) == 0) {
		incident = world_declare(t->world, "", "Checkout 5xx", "Major");
		page = world_trigger(t->world, "PSVC001", "replica lag");
	}
	if (may_have_it(i) && i % 2 == 0) {
		assert_true(world_take_role(t->world, incident, "Incident Lead", key));
	} else if (may_have_it(i)) {
		assert_true(world_ack(t->world, page, key));
	}
}

static void people_come(struct scene *t, size_t n)
{
	char key[32];

	for (size_t i = 0; i < n; i++) {
		user_key(i, key);
		world_add_person(t->world, key, key);
		user_stands(t, i, key);
	}
}

/* --- counting ---------------------------------------------------------------------------- */

struct tally {
	size_t answers[COMMANDS]; /* to the command of that number */
	size_t granted, denied;
};

/* Answers come by the response_url, so that the world knows to what. */
static void count_answers(struct scene *t, uint64_t first, struct tally *ret)
{
	*ret = (struct tally){ 0 };
	rows_each(struct world_message, m, &t->world->messages)
	{
		bool granted = strncmp(m->text, "Granted", 7) == 0;
		bool denied = strncmp(m->text, "Not granted", 11) == 0;

		ret->granted += granted;
		ret->denied += denied;
		if ((granted || denied) && m->envelope >= first &&
		    m->envelope - first < COMMANDS) {
			ret->answers[m->envelope - first]++;
		}
	}
}

struct expect {
	uint64_t first; /* the number of the first envelope */
	size_t n;
};

static bool all_answered(struct scene *t, void *data)
{
	static struct tally tally;
	const struct expect *e = data;

	count_answers(t, e->first, &tally);
	return tally.granted + tally.denied >= e->n;
}

static void check_all(struct scene *t, const struct expect *e, size_t granted)
{
	static struct tally tally;

	assert_true(scene_until(t, all_answered, (void *)(uintptr_t)e, PATIENCE_MS));
	scene_settle(t); /* for one too many */
	count_answers(t, e->first, &tally);
	for (size_t i = 0; i < e->n; i++) {
		assert_int_equal(tally.answers[i], 1);
	}
	assert_int_equal(tally.granted, granted);
	assert_int_equal(tally.denied, e->n - granted);
	assert_int_equal(scene_grants(t), granted);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE state IN "
				      "('granted', 'denied')"),
			 e->n);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM (SELECT 1 FROM grants GROUP "
				      "BY user, resource)"),
			 granted);
}

/* --- the stories -------------------------------------------------------------------------- */

static void a_hundred_who_ask_at_once_share_one_list(void **state)
{
	struct scene *t = *state;
	struct expect e = { .n = AT_ONCE };
	size_t lists[2];
	char key[32];

	t->policies = both;
	t->patience = PATIENCE; /* of real time, for two hundred look-ups at once */
	people_come(t, AT_ONCE);
	scene_start(t, true);
	assert_true(scene_called(t, "GET /v2/incidents", 1));
	assert_true(scene_called(t, "GET /incidents", 1));
	fake_clock_advance(&t->clock, 1100);
	lists[0] = world_count(t->world, "GET /v2/incidents");
	lists[1] = world_count(t->world, "GET /incidents");
	for (size_t i = 0; i < AT_ONCE; i++) {
		user_key(i, key);
		struct world_envelope *env =
			world_command(t->world, key, "inc-room", "prod-db 1h");

		e.first = i == 0 ? env->number : e.first;
	}
	check_all(t, &e, AT_ONCE - AT_ONCE / 10);
	/* One for all; who is denied by it may have asked while it was read. */
	assert_in_range(world_count(t->world, "GET /v2/incidents") - lists[0], 1, 2);
	assert_in_range(world_count(t->world, "GET /incidents") - lists[1], 1, 2);
	/* And each of them is looked for once. */
	assert_int_equal(world_count(t->world, "GET /v2/users"), AT_ONCE);
	assert_int_equal(world_count(t->world, "GET /users"), AT_ONCE);
	assert_int_equal(world_count(t->world, "users.info"), AT_ONCE);
}

static bool is_acked(struct scene *t, void *data)
{
	const struct world_envelope *e = data;

	(void)t;
	return e->acks > 0;
}

static void a_thousand_commands_in_ten_seconds_are_each_answered_once(void **state)
{
	struct scene *t = *state;
	struct expect e = { .n = COMMANDS };
	size_t lists[2];
	char key[32];

	t->policies = both;
	t->patience = "max_age = \"5s\"; timeout = \"5s\";"; /* as is usual */
	people_come(t, PEOPLE);
	scene_start(t, true);
	assert_true(scene_called(t, "GET /v2/incidents", 1));
	assert_true(scene_called(t, "GET /incidents", 1));
	lists[0] = world_count(t->world, "GET /v2/incidents");
	lists[1] = world_count(t->world, "GET /incidents");
	for (size_t i = 0; i < COMMANDS; i++) {
		struct world_envelope *env;

		user_key(i % PEOPLE, key);
		env = world_command(t->world, key, "inc-room",
				    i < PEOPLE ? "prod-db 1h" : "prod-shell 1h");
		e.first = i == 0 ? env->number : e.first;
		assert_true(scene_until(t, is_acked, env, PATIENCE_MS));
		fake_clock_advance(&t->clock, STEP_MS);
	}
	assert_in_range(world_count(t->world, "GET /v2/incidents") - lists[0], 1, 5);
	assert_in_range(world_count(t->world, "GET /incidents") - lists[1], 1, 5);
	scene_pass(t, 5000); /* who was denied at the end waits for news */
	check_all(t, &e, COMMANDS - COMMANDS / 10);
	assert_int_equal(world_count(t->world, "GET /v2/users"), PEOPLE);
	assert_int_equal(world_count(t->world, "GET /users"), PEOPLE);
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(a_hundred_who_ask_at_once_share_one_list),
		STOPPED(a_thousand_commands_in_ten_seconds_are_each_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
