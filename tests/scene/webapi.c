/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking, when Slack's Web API has a bad day: whoever cannot be told apart from a
 * guest or a stranger gets nothing, is told why, and may ask again. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { S = 1000, MINUTE = 60 * S };

/* So that providers are not what takes too long while time passes in here. */
static const char patience[] = "max_age = \"1s\"; timeout = \"8s\";";

static void fault(struct scene *t, const char *call, const struct world_fault *f)
{
	struct world_fault copy = *f;

	snprintf(copy.call, sizeof(copy.call), "%s", call);
	world_fault(t->world, &copy);
}

/* What was decided of the newest command, with time passing as long as it takes. */
static const char *decided(struct scene *t)
{
	struct world_message *granted, *denied;

	for (int s = 0; s < 30; s++) {
		granted = world_find_message(t->world, "", "Granted: ");
		denied = world_find_message(t->world, "", "Not granted: ");
		if (granted || denied) {
			return granted ? granted->text : denied->text;
		}
		scene_advance(t, 1 * S);
	}
	return "";
}

/* clang-format off */
static const struct {
	const char *name;
	struct world_fault fault;
	const char *says;
} infos[] = {
	{ "429, for a moment",  { .kind = WORLD_LIMIT, .retry_after = "2", .times = 1 }, "Granted: prod-db" },
	{ "429, for too long",  { .kind = WORLD_LIMIT, .retry_after = "60" }, "Slack could not say who you are" },
	{ "429, again",         { .kind = WORLD_LIMIT, .retry_after = "1" }, "Slack could not say who you are" },
	{ "ratelimited",        { .kind = WORLD_ERROR, .error = "ratelimited" }, "Slack could not say who you are" },
	{ "slow",               { .kind = WORLD_DELAY, .delay_ms = 3 * S }, "Granted: prod-db" },
	{ "too slow",           { .kind = WORLD_DELAY, .delay_ms = MINUTE }, "Slack could not say who you are" },
	{ "never",              { .kind = WORLD_MUTE }, "Slack could not say who you are" },
	{ "not found",          { .kind = WORLD_ERROR, .error = "user_not_found" }, "Slack" },
	{ "not visible",        { .kind = WORLD_ERROR, .error = "user_not_visible" }, "Slack" },
	{ "500",                { .kind = WORLD_STATUS, .status = 500 }, "Slack could not say who you are" },
	{ "HTML",               { .kind = WORLD_HTML }, "Slack could not say who you are" },
	{ "garbage",            { .kind = WORLD_GARBAGE }, "Slack could not say who you are" },
	{ "dropped",            { .kind = WORLD_DROP }, "Slack could not say who you are" },
	{ "half a reply",       { .kind = WORLD_HALF }, "Slack could not say who you are" },
	{ "2 MiB",              { .kind = WORLD_HUGE }, "Slack could not say who you are" },
	{ "nobody",             { .kind = WORLD_BODY, .body = "{\"ok\":true}" }, "Slack could not say who you are" },
	{ "somebody else",      { .kind = WORLD_BODY, .body = "{\"ok\":true,\"user\":{\"id\":\"U0BOB0001\",\"team_id\":\"T0ACME001\",\"profile\":{\"email\":\"bob@acme.example\"}}}" }, "Slack could not say who you are" },
	{ "a list",             { .kind = WORLD_BODY, .body = "{\"ok\":true,\"user\":[]}" }, "Slack could not say who you are" },
	{ "ok is a word",       { .kind = WORLD_BODY, .body = "{\"ok\":\"true\",\"user\":{\"id\":\"U0ANA0001\",\"team_id\":\"T0ACME001\"}}" }, "Slack could not say who you are" },
	{ "no team",            { .kind = WORLD_BODY, .body = "{\"ok\":true,\"user\":{\"id\":\"U0ANA0001\"}}" }, "Not granted" },
	{ "token revoked",      { .kind = WORLD_ERROR, .error = "token_revoked" }, "Slack could not say who you are" },
	{ "missing scope",      { .kind = WORLD_ERROR, .error = "missing_scope" }, "Slack could not say who you are" },
};
/* clang-format on */

static void who_it_is_is_never_guessed(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(infos); i++) {
		bool granted = strncmp(infos[i].says, "Granted", 7) == 0;

		t->patience = patience;
		scene_start(t, true);
		scene_incident(t, "ana");
		fault(t, "users.info", &infos[i].fault);
		struct world_envelope *e =
			scene_type_in(t, "ana", "inc-room", "prod-db 2h");

		assert_row(scene_acked(t, e), i, infos[i].name);
		assert_row(strstr(decided(t), infos[i].says), i, decided(t));
		assert_row(scene_grants(t) == granted, i, infos[i].name);
		scene_again(t);
	}
}

static void the_next_one_who_asks_is_asked_about_afresh(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	fault(t, "users.info",
	      &(struct world_fault){ .kind = WORLD_STATUS, .status = 503, .times = 1 });
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Slack could not say who you are");
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted: prod-db");
}

static void slow_is_told_before_it_is_decided(void **state)
{
	struct scene *t = *state;

	t->patience = patience;
	scene_start(t, true);
	scene_incident(t, "ana");
	fault(t, "users.info",
	      &(struct world_fault){ .kind = WORLD_DELAY, .delay_ms = 3 * S });
	scene_type_in(t, "ana", "inc-room", "prod-db 2h");
	assert_true(scene_called(t, "users.info", 1));
	scene_advance(t, 1450);
	assert_non_null(scene_message(t, "Checking prod-db"));
	assert_int_equal(scene_grants(t), 0);
	scene_advance(t, 2 * S);
	assert_non_null(scene_message(t, "Granted: prod-db"));
}

/* --- scopes ------------------------------------------------------------------------------- */

static void without_users_read_the_scope_is_named(void **state)
{
	struct scene *t = *state;

	snprintf(t->world->scopes, sizeof(t->world->scopes), "commands,chat:write");
	scene_incident(t, "ana");
	const char *said = scene_ask(t, "ana", "prod-db 2h");

	assert_has(said, "Slack could not say who you are");
	assert_has(said, "users:read");
	assert_int_equal(scene_grants(t), 0);
}

static void without_users_read_email_there_is_no_e_mail_to_go_by(void **state)
{
	struct scene *t = *state;

	snprintf(t->world->scopes, sizeof(t->world->scopes),
		 "commands,chat:write,users:read");
	assert_true(
		world_ack(t->world, world_trigger(t->world, "PSVC001", "lag"), "bob"));
	const char *said = scene_ask(t, "bob", "prod-db 2h");

	assert_has(said, "Not granted: prod-db");
	assert_has(said, "e-mail");
	assert_int_equal(scene_grants(t), 0);
	/* incident.io knows the Slack id: no e-mail is needed there */
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 2h"), "Granted: prod-db");
}

static void without_chat_write_the_response_url_still_speaks(void **state)
{
	struct scene *t = *state;

	snprintf(t->world->scopes, sizeof(t->world->scopes),
		 "commands,users:read,users:read.email");
	scene_incident(t, "ana");
	assert_has(scene_ask(t, "ana", "prod-db 30m"), "Granted: prod-db");
	scene_pass(t, 31 * MINUTE);
	assert_true(scene_logged(t, "add the bot scope chat:write"));
	assert_int_equal(scene_grants(t), 0);
	/* The scope is added: what could not be said is said. */
	snprintf(t->world->scopes, sizeof(t->world->scopes),
		 "commands,users:read,users:read.email,chat:write");
	scene_pass(t, 15 * MINUTE);
	assert_int_equal(scene_count_settled(t, "Ended: prod-db", 1), 1);
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		STOPPED(who_it_is_is_never_guessed),
		SCENE(the_next_one_who_asks_is_asked_about_afresh),
		STOPPED(slow_is_told_before_it_is_decided),
		SCENE(without_users_read_the_scope_is_named),
		SCENE(without_users_read_email_there_is_no_e_mail_to_go_by),
		SCENE(without_chat_write_the_response_url_still_speaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
