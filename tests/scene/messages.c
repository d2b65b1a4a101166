/* SPDX-License-Identifier: Apache-2.0 */
/* How a decision reaches people when Slack has a bad day: by the response_url, else into
 * the channel, else as a DM. It is never lost, and said twice only when nobody can know
 * whether it was said. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000, MINUTE = 60 * S };

static void fault(struct scene *t, const char *call, const struct world_fault *f)
{
	struct world_fault copy = *f;

	snprintf(copy.call, sizeof(copy.call), "%s", call);
	world_fault(t->world, &copy);
}

/* An incident without a channel of its own, which would hear of it, too. */
static void led_by_ana(struct scene *t)
{
	scene_incident(t, "ana")->channel[0] = '\0';
}

/* Type it there, and wait for n messages in all that say so. */
static size_t granted_in(struct scene *t, const char *channel, size_t n)
{
	struct world_envelope *e;

	scene_let_go(t);
	e = scene_type_in(t, "ana", channel, "prod-db 2h");
	assert_true(scene_acked(t, e));
	return scene_count_settled(t, "Granted: prod-db", n);
}

static struct world_message *newest(struct scene *t)
{
	return world_find_message(t->world, "", "prod-db");
}

/* --- the response_url --------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct world_fault fault;
	int64_t within_ms;
	size_t said;
	const char *via;
} hooks[] = {
	{ "404",            { .kind = WORLD_STATUS, .status = 404 }, 0, 1, "chat.postMessage" },
	{ "410",            { .kind = WORLD_STATUS, .status = 410 }, 0, 1, "chat.postMessage" },
	{ "400",            { .kind = WORLD_STATUS, .status = 400 }, 0, 1, "chat.postMessage" },
	{ "403",            { .kind = WORLD_STATUS, .status = 403 }, 0, 1, "chat.postMessage" },
	{ "429",            { .kind = WORLD_LIMIT, .retry_after = "90" }, 0, 1, "chat.postMessage" },
	{ "500",            { .kind = WORLD_STATUS, .status = 500 }, 0, 1, "chat.postMessage" },
	{ "503",            { .kind = WORLD_STATUS, .status = 503 }, 0, 1, "chat.postMessage" },
	{ "302",            { .kind = WORLD_STATUS, .status = 302 }, 0, 1, "chat.postMessage" },
	{ "garbage",        { .kind = WORLD_GARBAGE }, 0, 1, "chat.postMessage" },
	{ "no answer",      { .kind = WORLD_MUTE }, 11 * S, 1, "chat.postMessage" },
	{ "dropped before", { .kind = WORLD_DROP }, 0, 1, "chat.postMessage" },
	/* nobody can know: twice said is better than not said */
	{ "dropped after",  { .kind = WORLD_DROP_DONE }, 0, 2, "chat.postMessage" },
	{ "slow",           { .kind = WORLD_DELAY, .delay_ms = 3 * S }, 4 * S, 1, "response_url" },
	{ "too slow",       { .kind = WORLD_DELAY, .delay_ms = MINUTE }, 11 * S, 2, "chat.postMessage" },
};
/* clang-format on */

static void without_the_response_url_it_is_posted_into_the_channel(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(hooks); i++) {
		scene_start(t, true);
		led_by_ana(t);
		fault(t, "response_url", &hooks[i].fault);
		scene_type_in(t, "ana", "inc-room", "prod-db 2h");
		assert_true(scene_called(t, "response_url", 1));
		scene_pass(t, hooks[i].within_ms);
		size_t n = scene_count_settled(t, "Granted: prod-db", hooks[i].said);

		assert_row(n == hooks[i].said, i, hooks[i].name);
		assert_string_equal(newest(t)->via, hooks[i].via);
		assert_string_equal(newest(t)->to, "");
		scene_pass(t, 3 * MINUTE); /* and not once more */
		n = scene_count_settled(t, "Granted: prod-db", hooks[i].said);
		assert_row(n == hooks[i].said, i, hooks[i].name);
		scene_again(t);
	}
}

static void where_it_may_not_post_it_sends_a_dm(void **state)
{
	static const char *const channels[] = { "general", "private-room",
						"archived-room" };
	struct scene *t = *state;

	led_by_ana(t);
	for (size_t i = 0; i < ARRAY_LEN(channels); i++) {
		/* By the response_url it may speak anywhere. */
		world_clear_faults(t->world);
		assert_int_equal(granted_in(t, channels[i], 2 * i + 1), 2 * i + 1);
		assert_string_equal(newest(t)->via, "response_url");

		fault(t, "response_url",
		      &(struct world_fault){ .kind = WORLD_STATUS, .status = 404 });
		assert_int_equal(granted_in(t, channels[i], 2 * i + 2), 2 * i + 2);
		assert_string_equal(newest(t)->via, "chat.postMessage");
		assert_string_equal(world_channel(t->world, newest(t)->channel)->user,
				    world_person(t->world, "ana")->slack);
	}
}

/* A hiccup is no reason to tell in private what everybody should see. */
static void a_hiccup_of_the_response_url_makes_no_dm_of_it(void **state)
{
	struct scene *t = *state;

	led_by_ana(t);
	fault(t, "response_url", &(struct world_fault){ .kind = WORLD_DROP, .times = 2 });
	scene_type_in(t, "ana", "general", "prod-db 2h");
	assert_true(scene_logged(t, "request.granted"));
	scene_pass(t, 20 * S);
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 1), 1);
	assert_string_equal(newest(t)->via, "response_url");
	assert_string_equal(newest(t)->to, "");

	/* But when it lasts, a DM is better than nothing. */
	fault(t, "response_url", &(struct world_fault){ .kind = WORLD_DROP });
	scene_log_clear();
	scene_let_go(t);
	scene_type_in(t, "ana", "general", "prod-db 2h");
	assert_true(scene_logged(t, "request.granted"));
	scene_pass(t, MINUTE);
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 2), 2);
	assert_string_equal(newest(t)->via, "chat.postMessage");
}

static void a_place_that_nobody_can_be_reached_at_is_said_in_the_log(void **state)
{
	struct scene *t = *state;

	led_by_ana(t);
	fault(t, "response_url",
	      &(struct world_fault){ .kind = WORLD_STATUS, .status = 404 });
	fault(t, "conversations.open",
	      &(struct world_fault){ .kind = WORLD_ERROR, .error = "user_not_found" });
	scene_type_in(t, "ana", "general", "prod-db 2h");
	assert_true(scene_logged(t, "notice.failed"));
	assert_int_equal(scene_grants(t), 1);
	scene_expect_unanswered();
}

/* Slack is not asked in a circle for what it does not say. */
static void a_dm_that_was_opened_without_a_name_is_none(void **state)
{
	struct scene *t = *state;

	led_by_ana(t);
	fault(t, "response_url",
	      &(struct world_fault){ .kind = WORLD_STATUS, .status = 404 });
	fault(t, "conversations.open",
	      &(struct world_fault){ .kind = WORLD_BODY, .body = "{\"ok\":true}" });
	scene_type_in(t, "ana", "general", "prod-db 2h");
	assert_true(scene_logged(t, "notice.delayed"));
	assert_true(scene_logged(t, "named no channel"));
	assert_int_equal(world_count(t->world, "conversations.open"), 1);
	world_clear_faults(t->world);
	scene_pass(t, 2 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 1), 1);
	scene_expect_unanswered();
}

/* --- limits ------------------------------------------------------------------------------- */

static void a_limit_on_posting_holds_up_posting_alone(void **state)
{
	struct scene *t = *state;

	led_by_ana(t);
	fault(t, "response_url",
	      &(struct world_fault){ .kind = WORLD_STATUS, .status = 404, .times = 2 });
	fault(t, "chat.postMessage",
	      &(struct world_fault){
		      .kind = WORLD_LIMIT, .retry_after = "30", .times = 1 });
	scene_type_in(t, "ana", "inc-room", "prod-db 1h");
	assert_true(scene_logged(t, "slack.rate_limited method=chat.postMessage "
				    "retry_after_s=30"));
	scene_log_clear();
	scene_let_go(t);
	scene_type_in(t, "ana", "general", "prod-db 1h"); /* has to post as well */
	assert_true(scene_logged(t, "place=1"));          /* and no response_url */
	scene_settle(t);
	assert_int_equal(scene_count(t, "Granted"), 0);
	assert_int_equal(world_count(t->world, "chat.postMessage"), 1);

	/* Another room is answered by its response_url, and so is a question. */
	assert_int_equal(granted_in(t, "ops", 1), 1);
	assert_has(scene_ack_text(scene_type(t, "bob", "mine")), "nothing");
	scene_advance(t, 25 * S);
	assert_int_equal(world_count(t->world, "chat.postMessage"), 1);
	scene_advance(t, 6 * S);
	assert_int_equal(scene_count_settled(t, "Granted: prod-db", 3), 3);
}

/* --- the end of a grant ------------------------------------------------------------------- */

static void the_end_is_said_after_the_response_url_is_gone(void **state)
{
	struct scene *t = *state;

	led_by_ana(t);
	assert_has(scene_ask(t, "ana", "prod-db 45m"), "Granted");
	scene_pass(t, 46 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
	assert_string_equal(newest(t)->via, "chat.postMessage");
	assert_string_equal(newest(t)->channel, "C0INC0001");

	scene_log_clear();
	scene_type_in(t, "ana", "private-room", "prod-db 45m");
	assert_true(scene_logged(t, "request.granted"));
	scene_pass(t, 46 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 2), 2);
	assert_int_equal(newest(t)->channel[0], 'D');
}

/* --- in private --------------------------------------------------------------------------- */

static void private_denials_are_seen_by_the_asker_alone(void **state)
{
	struct scene *t = *state;
	const char *bob = world_person(t->world, "bob")->slack;

	t->slack = "denials = \"private\";";
	scene_start(t, true);
	led_by_ana(t);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_string_equal(newest(t)->to, bob);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	assert_string_equal(newest(t)->to, "");

	fault(t, "response_url",
	      &(struct world_fault){ .kind = WORLD_STATUS, .status = 404 });
	assert_has(scene_ask(t, "bob", "prod-db 2h"), "Not granted");
	assert_string_equal(newest(t)->via, "chat.postEphemeral");
	assert_string_equal(newest(t)->to, bob);

	fake_clock_advance(&t->clock, 2 * S);
	scene_type_in(t, "bob", "general", "prod-db 3h");
	assert_int_equal(scene_count_settled(t, "Not granted", 3), 3);
	assert_string_equal(world_channel(t->world, newest(t)->channel)->user, bob);
	assert_int_equal(world_count_messages(t->world, "cara", "Not granted"), 0);
}

/* --- Slack is gone ------------------------------------------------------------------------ */

static const char *const speech[] = { "response_url", "chat.*", "conversations.open" };

static void slack_goes(struct scene *t, const struct world_fault *how)
{
	for (size_t i = 0; i < ARRAY_LEN(speech); i++) {
		fault(t, speech[i], how);
	}
}

/* "Up to 5 times within 30 minutes" */
static void assert_not_used_when_expired(struct scene *t, int64_t asked_ms)
{
	rows_each(struct world_call, c, &t->world->calls)
	{
		if (strcmp(c->name, "response_url") == 0) {
			assert_true(c->at_ms - asked_ms < 30 * MINUTE);
		}
	}
}

static void after_an_hour_without_slack_all_is_said_once(void **state)
{
	static const struct world_fault ways[] = {
		{ .kind = WORLD_STATUS, .status = 503 },
		{ .kind = WORLD_DROP },
		{ .kind = WORLD_MUTE },
	};
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		bool restart = i == 1;
		int64_t asked_ms = world_now_ms(t->world) + 2 * S;

		scene_start(t, true);
		led_by_ana(t);
		slack_goes(t, &ways[i]);
		scene_type_in(t, "ana", "inc-room", "prod-db 2h");
		scene_type_in(t, "bob", "inc-room", "prod-db 2h");
		assert_true(scene_logged(t, "request.granted"));
		assert_true(scene_logged(t, "request.denied"));
		assert_int_equal(scene_grants(t), 1);
		scene_pass(t, i == 0 ? 59 * MINUTE : 20 * MINUTE);
		assert_int_equal(scene_count(t, ""), 0);
		if (restart) {
			scene_stop(t);
			scene_start(t, true);
		}
		world_clear_faults(t->world);
		scene_pass(t, 8 * MINUTE);
		assert_int_equal(scene_count_settled(t, "Granted: prod-db", 1), 1);
		assert_int_equal(scene_count_settled(t, "Not granted", 1), 1);
		if (i == 0) {
			scene_pass(t, 60 * MINUTE);
			assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
		}
		/* and that it ends soon */
		assert_int_equal(scene_count(t, ""), i == 0 ? 4 : 2);
		assert_not_used_when_expired(t, asked_ms);
		scene_again(t);
	}
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(without_the_response_url_it_is_posted_into_the_channel),
		SCENE(where_it_may_not_post_it_sends_a_dm),
		SCENE(a_hiccup_of_the_response_url_makes_no_dm_of_it),
		SCENE(a_place_that_nobody_can_be_reached_at_is_said_in_the_log),
		SCENE(a_dm_that_was_opened_without_a_name_is_none),
		SCENE(a_limit_on_posting_holds_up_posting_alone),
		SCENE(the_end_is_said_after_the_response_url_is_gone),
		STOPPED(private_denials_are_seen_by_the_asker_alone),
		STOPPED(after_an_hour_without_slack_all_is_said_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
