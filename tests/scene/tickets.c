/* SPDX-License-Identifier: Apache-2.0 */
/* When Slack does not let us in: what auth.test and apps.connections.open refuse, and how
 * soon each is tried again. A door that somebody has to unlock is not hammered; one that
 * is stuck is tried for ever. */
#include <stdio.h>
#include <string.h>

#include "shared/secret.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000, MINUTE = 60 * S };

static void assert_served(struct scene *t)
{
	assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "nothing");
}

static void fault(struct scene *t, const char *call, const struct world_fault *f)
{
	struct world_fault copy = *f;

	snprintf(copy.call, sizeof(copy.call), "%s", call);
	world_fault(t->world, &copy);
}

/* Between two calls of a kind at least so much time has passed; one may have been on its
 * way for two steps of the clock. */
static void assert_apart(struct scene *t, const char *call, int64_t ms)
{
	int64_t last_ms = 0;

	rows_each(struct world_call, c, &t->world->calls)
	{
		if (strcmp(c->name, call) == 0) {
			assert_true(c->at_ms - last_ms >= ms - S);
			last_ms = c->at_ms;
		}
	}
}

/* --- what somebody has to mend ------------------------------------------------------------ */

static const char *const config_words[] = {
	"invalid_auth",
	"not_authed",
	"account_inactive",
	"token_revoked",
	"token_expired",
	"user_removed_from_team",
	"team_disabled",
	"not_allowed_token_type",
	"missing_scope",
	"missing_args",
	"forbidden_team",
	"is_bot",
	"insecure_request",
	"no_permission",
	"access_denied",
	"accesslimited",
	"two_factor_setup_required",
};

static void what_needs_somebody_is_said_and_not_hammered(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(config_words); i++) {
		const char *word = config_words[i];
		struct world_fault f = { .kind = WORLD_ERROR };

		snprintf(f.error, sizeof(f.error), "%s", word);
		fault(t, "apps.connections.open", &f);
		scene_start(t, false);
		assert_true(scene_logged(t, "slack.open_failed"));
		assert_has(scene_log(), "error slack.open_failed");
		assert_has(scene_log(), "hint=");
		scene_pass(t, 2 * MINUTE);
		assert_row(scene_dials(t) == 1, i, word);
		assert_row(strstr(scene_why(t), word) != NULL, i, word);
		scene_again(t);
	}
}

static void five_minutes_later_it_is_tried_again(void **state)
{
	struct scene *t = *state;

	fault(t, "apps.connections.open",
	      &(struct world_fault){ .kind = WORLD_ERROR, .error = "token_revoked" });
	scene_start(t, false);
	assert_true(scene_logged(t, "slack.open_failed"));
	scene_pass(t, 24 * MINUTE);
	assert_int_equal(scene_dials(t), 5); /* a share of 37 s is added */
	assert_apart(t, "apps.connections.open", 5 * MINUTE);
	world_clear_faults(t->world);
	scene_pass(t, 6 * MINUTE);
	assert_true(scene_until_live(t));
	assert_string_equal(scene_why(t), "");
	assert_served(t);
}

static void socket_mode_switched_off_is_no_hot_loop(void **state)
{
	struct scene *t = *state;

	world_disconnect(t->world, 0, "link_disabled");
	assert_true(scene_until_dark(t));
	assert_has(scene_why(t), "slack: Socket Mode is switched off");
	scene_pass(t, 299 * S);
	assert_int_equal(scene_dials(t), 1);
	scene_pass(t, 45 * S);
	assert_true(scene_until_live(t));
	assert_served(t);
}

/* --- what passes -------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *name;
	struct world_fault fault;
	size_t at_least; /* dials in two minutes */
} passing[] = {
	{ "internal_error",      { .kind = WORLD_ERROR, .error = "internal_error" }, 4 },
	{ "fatal_error",         { .kind = WORLD_ERROR, .error = "fatal_error" }, 4 },
	{ "service_unavailable", { .kind = WORLD_ERROR, .error = "service_unavailable" }, 4 },
	{ "request_timeout",     { .kind = WORLD_ERROR, .error = "request_timeout" }, 4 },
	{ "team_added_to_org",   { .kind = WORLD_ERROR, .error = "team_added_to_org" }, 4 },
	{ "org_login_required",  { .kind = WORLD_ERROR, .error = "org_login_required" }, 4 },
	{ "a new word",          { .kind = WORLD_ERROR, .error = "out_of_cheese" }, 4 },
	{ "500",                 { .kind = WORLD_STATUS, .status = 500 }, 4 },
	{ "503",                 { .kind = WORLD_STATUS, .status = 503 }, 4 },
	{ "a page of HTML",      { .kind = WORLD_HTML }, 4 },
	{ "garbage",             { .kind = WORLD_GARBAGE }, 4 },
	{ "dropped",             { .kind = WORLD_DROP }, 4 },
	{ "half a reply",        { .kind = WORLD_HALF }, 4 },
	{ "cut",                 { .kind = WORLD_CUT }, 4 },
	{ "no url",              { .kind = WORLD_BODY, .body = "{\"ok\":true}" }, 4 },
	{ "null",                { .kind = WORLD_BODY, .body = "null" }, 4 },
	{ "no answer",           { .kind = WORLD_MUTE }, 3 },
	{ "429",                 { .kind = WORLD_LIMIT, .retry_after = "50" }, 3 },
	{ "429 without a time",  { .kind = WORLD_LIMIT }, 3 },
	{ "ratelimited",         { .kind = WORLD_ERROR, .error = "ratelimited" }, 3 },
};
/* clang-format on */

static void what_passes_is_tried_for_ever(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(passing); i++) {
		fault(t, "apps.connections.open", &passing[i].fault);
		scene_start(t, false);
		assert_true(scene_logged(t, "slack.authorized"));
		scene_pass(t, 2 * MINUTE);
		assert_row(scene_dials(t) >= passing[i].at_least, i, passing[i].name);
		assert_row(scene_dials(t) <= 30, i, passing[i].name);
		assert_apart(t, "apps.connections.open",
			     passing[i].fault.retry_after[0] ? 50 * S : 2 * S);
		assert_row(scene_why(t)[0], i, passing[i].name);
		world_clear_faults(t->world);
		scene_pass(t, 75 * S);
		assert_row(scene_until_live(t), i, passing[i].name);
		assert_served(t);
		scene_again(t);
	}
}

static void a_dial_that_fails_takes_a_new_ticket(void **state)
{
	struct scene *t = *state;

	for (int mute = 0; mute < 2; mute++) {
		t->world->slack_knobs.upgrade_status = mute ? 0 : 503;
		t->world->slack_knobs.upgrade_mute = mute;
		scene_start(t, false);
		scene_pass(t, 72 * S);
		assert_in_range(world_count(t->world, "socket"), 2, 20);
		assert_has(scene_why(t), "slack: ");
		t->world->slack_knobs.upgrade_status = 0;
		t->world->slack_knobs.upgrade_mute = false;
		scene_pass(t, 75 * S);
		assert_true(scene_until_live(t));
		assert_served(t);
		scene_again(t);
	}
}

/* --- who are we? -------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	struct world_fault fault;
	const char *why;
	int64_t within_ms; /* it is tried again */
} strangers[] = {
	{ { .kind = WORLD_ERROR, .error = "invalid_auth" }, "invalid_auth", 6 * MINUTE },
	{ { .kind = WORLD_ERROR, .error = "account_inactive" }, "account_inactive", 6 * MINUTE },
	{ { .kind = WORLD_ERROR, .error = "internal_error" }, "internal_error", MINUTE },
	{ { .kind = WORLD_BODY, .body = "{\"ok\":true}" }, "which team", MINUTE },
	{ { .kind = WORLD_BODY, .body = "{\"ok\":true,\"team_id\":\"\"}" }, "which team", MINUTE },
	{ { .kind = WORLD_BODY, .body = "{\"ok\":true,\"team_id\":7}" }, "which team", MINUTE },
	{ { .kind = WORLD_STATUS, .status = 500 }, "HTTP 500", MINUTE },
	{ { .kind = WORLD_STATUS, .status = 503 }, "HTTP 503", MINUTE },
	{ { .kind = WORLD_HTML }, "not JSON", MINUTE },
	{ { .kind = WORLD_DROP }, "auth.test", MINUTE },
	{ { .kind = WORLD_GARBAGE }, "auth.test", MINUTE },
	{ { .kind = WORLD_HALF }, "auth.test", MINUTE },
	{ { .kind = WORLD_MUTE }, "auth.test", MINUTE },
	{ { .kind = WORLD_LIMIT, .retry_after = "7" }, "rate limited", MINUTE },
};
/* clang-format on */

static void it_is_not_live_before_it_knows_who_it_is(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(strangers); i++) {
		const char *why = strangers[i].why;

		fault(t, "auth.test", &strangers[i].fault);
		scene_start(t, false);
		scene_pass(t, 16 * S);
		assert_true(scene_logged(t, "slack.auth_failed"));
		assert_row(strstr(scene_why(t), why) != NULL, i, scene_why(t));
		assert_row(!scene_live(t) && scene_dials(t) == 0, i, why);
		world_clear_faults(t->world);
		scene_pass(t, strangers[i].within_ms);
		assert_row(scene_until_live(t), i, why);
		assert_served(t);
		scene_again(t);
	}
}

/* --- tokens ------------------------------------------------------------------------------- */

static void a_wrong_app_token_is_said(void **state)
{
	struct scene *t = *state;

	scene_start(t, false);
	secret_set(&t->config.slack.app_token, "xapp-1-stale", 12);
	assert_true(scene_logged(t, "slack.open_failed"));
	assert_has(scene_log(), "app-level token with the scope connections:write");
	assert_has(scene_why(t), "invalid_auth");
	assert_has_not(scene_log(), "xapp-1-stale");
}

static void the_bot_token_in_its_place_is_said(void **state)
{
	struct scene *t = *state;

	scene_start(t, false);
	secret_set(&t->config.slack.app_token, t->world->bot_token,
		   strlen(t->world->bot_token));
	assert_true(scene_logged(t, "slack.open_failed"));
	assert_has(scene_log(), "app tokens start with xapp-, bot tokens with xoxb-");
	assert_has(scene_why(t), "not_allowed_token_type");
}

static void an_app_token_without_its_scope_is_said(void **state)
{
	struct scene *t = *state;

	t->world->app_scopes[0] = '\0';
	scene_start(t, false);
	assert_true(scene_logged(t, "slack.open_failed"));
	assert_has(scene_log(), "needs the scope connections:write");
	assert_has(scene_why(t), "missing_scope");
}

static void tokens_of_two_apps_are_said(void **state)
{
	struct scene *t = *state;

	snprintf(t->world->app_id, sizeof(t->world->app_id), "A0OTHER01");
	world_cut(t->world, 0, WORLD_CUT_TCP);
	assert_true(scene_until_dark(t));
	scene_advance(t, 3 * S);
	assert_true(scene_logged(t, "slack.app_token is of another app"));
	assert_has(scene_why(t), "another app");
	scene_pass(t, 4 * MINUTE);
	assert_false(scene_live(t));
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(what_needs_somebody_is_said_and_not_hammered),
		STOPPED(five_minutes_later_it_is_tried_again),
		SCENE(socket_mode_switched_off_is_no_hot_loop),
		STOPPED(what_passes_is_tried_for_ever),
		STOPPED(a_dial_that_fails_takes_a_new_ticket),
		STOPPED(it_is_not_live_before_it_knows_who_it_is),
		STOPPED(a_wrong_app_token_is_said),
		STOPPED(the_bot_token_in_its_place_is_said),
		STOPPED(an_app_token_without_its_scope_is_said),
		SCENE(tokens_of_two_apps_are_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
