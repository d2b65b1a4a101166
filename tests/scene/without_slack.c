/* SPDX-License-Identifier: Apache-2.0 */
/* A service without Slack, made from the variables of the original Indent webhooks alone:
 * it starts, is ready, decides for a platform, and carries on what a time with Slack left. */
#include "tests/lib/scene.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/approver.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 8000 };

/* --- what the environment says ------------------------------------------------------- */

static const char *roles, *participants, *schedules;

static const char *variable(const char *name, void *data)
{
	(void)data;
	if (strcmp(name, "AUTO_APPROVAL_INCIDENTIO_ROLES") == 0) {
		return roles;
	}
	if (strcmp(name, "INCIDENTIO_APPROVE_PARTICIPANTS") == 0) {
		return participants;
	}
	return strcmp(name, "AUTO_APPROVAL_PAGERDUTY_SCHEDULES") == 0 ? schedules : NULL;
}

static const struct environment environment = { .get = variable };

/* The fixture's file has both providers, so that schedules have to be named. */
static int set_up(void **state)
{
	struct scene *t;

	roles = participants = NULL;
	schedules = "PSCH001";
	scene_setup_stopped(state);
	t = *state;
	t->no_slack = true;
	t->environment = &environment;
	return 0;
}

/* --- a platform that asks ---------------------------------------------------------------- */

struct platform {
	struct decision decision;
	bool done;
	struct fail fail;
};

static void on_decided(struct decision *d, const struct fail *f)
{
	struct platform *p = container_of(d, struct platform, decision);

	p->done = true;
	p->fail = *f;
}

static bool is_decided(struct scene *t, void *data)
{
	const struct platform *p = data;

	(void)t;
	return p->done;
}

/* As a hook does it: whatever is asked for is the one resource. */
static const struct decision *ask(struct scene *t, const char *email)
{
	static struct platform p;
	const char *name = t->config.resources.items[0].name;

	p = (struct platform){ 0 };
	text_copy(p.decision.row.source, sizeof(p.decision.row.source), "indent");
	text_copy(p.decision.row.user, sizeof(p.decision.row.user), email);
	text_copy(p.decision.row.resource, sizeof(p.decision.row.resource), name);
	text_copy(p.decision.who.email, sizeof(p.decision.who.email), email);
	p.decision.resources[0] = name;
	p.decision.n_resources = 1;
	p.decision.cb = on_decided;
	scene_advance(t, 1100); /* more than max_age: what was just done is seen */
	approver_decide(t->app.approver, &p.decision);
	assert_true(scene_until(t, is_decided, &p, PATIENCE_MS));
	assert_int_equal(p.fail.kind, FAIL_NONE);
	return &p.decision;
}

static const char *email_of(const struct scene *t, const char *who)
{
	return world_person(t->world, who)->incidentio_email;
}

/* --- the stories ---------------------------------------------------------------------------- */

static bool is_ready(struct scene *t, void *data)
{
	char why[200];

	(void)data;
	return app_ready(&t->app, why, sizeof(why));
}

static void it_is_ready_without_slack(void **state)
{
	struct scene *t = *state;

	scene_start(t, true);
	assert_true(t->config.any_resource);
	assert_true(scene_until(t, is_ready, NULL, PATIENCE_MS));
	assert_int_equal(world_count(t->world, "auth.test"), 0);
	assert_int_equal(world_sockets(t->world), 0);
	assert_true(app_port(&t->app) > 0);
}

static void any_role_but_the_reporters_is_enough(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "bob", "db is slow", "Major");
	const struct decision *d;

	scene_start(t, true);
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_DENIED);
	assert_has(d->why, "You are Reporter of");
	assert_true(world_take_role(t->world, i, "Comms", "bob"));
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_GRANTED);
	assert_int_equal(d->for_s, 6 * 3600);
	assert_has(d->why, "Comms of");
	assert_string_equal(d->policy_name, "environment");
	/* Recorded, with nothing to give and nothing to say. */
	assert_int_equal(
		scene_sql(t, "SELECT count(*) FROM request WHERE source = 'indent'"), 2);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM grants"), 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM effect"), 0);
	assert_int_equal(world_count(t->world, "users.info"), 0);
}

static void named_roles_count_by_their_short_form_too(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "bob", "db is slow", "Major");

	roles = "dba, Incident Lead";
	scene_start(t, true);
	world_take_role(t->world, i, "Comms", "bob");
	assert_int_equal(ask(t, email_of(t, "bob"))->outcome, DECISION_DENIED);
	world_take_role(t->world, i, "DBA", "bob");
	assert_int_equal(ask(t, email_of(t, "bob"))->outcome, DECISION_GRANTED);
}

static void who_posts_an_update_is_a_participant(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "", "db is slow", "Major");
	const struct decision *d;

	participants = "true";
	scene_start(t, true);
	world_post_update(t->world, i, "workflow", "01JWF");
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_DENIED);
	assert_has(d->fix, "post an update to INC-");
	world_post_update(t->world, i, "user", "bob");
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_GRANTED);
	assert_has(d->why, "posted an update to INC-");
	assert_string_equal(d->incident.id, i->id);
	/* Over is over. */
	world_set_category(t->world, i, "closed");
	assert_int_equal(ask(t, email_of(t, "bob"))->outcome, DECISION_DENIED);
}

static void updates_that_cannot_be_read_approve_nobody(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "", "db is slow", "Major");
	const struct world_fault fault = { .call = "GET /v2/incident_updates",
					   .status = 500 };
	const struct decision *d;

	participants = "true";
	scene_start(t, true);
	world_post_update(t->world, i, "user", "bob");
	world_fault(t->world, &fault);
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_COULD_NOT_ASK);
	assert_has(d->why, "incident.io: HTTP 500");
	/* Nor does it hold up who has a role. */
	world_take_role(t->world, i, "DBA", "bob");
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_GRANTED);
	assert_has(d->why, "DBA of");
}

static void being_on_call_rests_on_no_incident(void **state)
{
	struct scene *t = *state;
	struct world_oncall *shift = t->world->oncalls.items[0]; /* ana's */
	const struct decision *d;

	scene_start(t, true);
	d = ask(t, email_of(t, "ana"));
	assert_int_equal(d->outcome, DECISION_GRANTED);
	assert_string_equal(d->why, "on call for SRE primary (PagerDuty)");
	assert_string_equal(d->provider, "pagerduty");
	assert_string_equal(d->incident.id, "");
	/* Bob is on the policy, but on no schedule. */
	d = ask(t, email_of(t, "bob"));
	assert_int_equal(d->outcome, DECISION_DENIED);
	assert_has(d->fix, "be on call for PSCH001");
	/* Her shift was over two minutes ago; one minute counts. */
	shift->start_ms = world_now_ms(t->world) - 3600 * 1000;
	shift->end_ms = world_now_ms(t->world) - 120 * 1000;
	scene_advance(t, 5000);
	assert_int_equal(ask(t, email_of(t, "ana"))->outcome, DECISION_DENIED);
	/* One that begins in four minutes counts. */
	shift->start_ms = world_now_ms(t->world) + 240 * 1000;
	shift->end_ms = shift->start_ms + 3600 * 1000;
	scene_advance(t, 5000);
	assert_int_equal(ask(t, email_of(t, "ana"))->outcome, DECISION_GRANTED);
}

static void who_has_no_email_is_nobody(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "", "db is slow", "Major");

	scene_start(t, true);
	world_take_role(t->world, i, "DBA", ""); /* unassigned */
	assert_int_equal(ask(t, "")->outcome, DECISION_DENIED);
	assert_int_equal(ask(t, "nobody@acme.example")->outcome, DECISION_DENIED);
}

static bool all_is_decided(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT count(*) FROM request WHERE state = 'denied'") == 1 &&
	       scene_sql(t, "SELECT count(*) FROM effect WHERE state = 'pending'") == 0;
}

/* It was asked in Slack, and the process died before it was decided. */
static void what_was_asked_in_slack_is_denied(void **state)
{
	const struct world_fault mute = { .call = "users.info", .kind = WORLD_MUTE };
	struct scene *t = *state;

	t->no_slack = false;
	t->environment = NULL;
	world_fault(t->world, &mute);
	scene_start(t, true);
	assert_int_equal(scene_type(t, "ana", "prod-db")->acks, 1);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"), 1);
	scene_stop(t);
	t->no_slack = true;
	t->environment = &environment;
	scene_start(t, true);
	assert_true(scene_until(t, all_is_decided, NULL, PATIENCE_MS));
	assert_int_equal(scene_count(t, "Not granted"), 0);
}

/* --- as the platform itself asks -------------------------------------------------------- */

static int post(struct scene *t, struct indent_client *c, const char *who)
{
	char body[1024];

	snprintf(
		body, sizeof(body),
		"{\"events\":[{\"event\":\"access/request\",\"actor\":{\"id\":\"00u1\","
		"\"kind\":\"okta.v1.User\",\"email\":\"%s\"},\"resources\":["
		"{\"id\":\"00g1\",\"kind\":\"okta.v1.Group\",\"displayName\":\"payroll\"},"
		"{\"id\":\"00g2\",\"kind\":\"okta.v1.Group\",\"displayName\":\"billing\"}],"
		"\"meta\":{\"labels\":{\"petition\":\"pet-1\"}}}]}",
		email_of(t, who));
	scene_advance(t, 1100);
	return indent_post(c, body);
}

/* Nobody has named a resource, so that whatever is asked for counts, by its own name. */
static void indents_platform_is_answered_for_any_resource(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = world_declare(t->world, "ana", "db is slow", "Major");
	struct indent_client c;

	scene_start(t, true);
	indent_connect(&c, t->loop, app_port(&t->app));
	assert_int_equal(post(t, &c, "bob"), 200);
	assert_has(c.body, "\"claims\":[]");
	assert_true(world_take_role(t->world, i, "Comms", "bob"));
	assert_int_equal(post(t, &c, "bob"), 200);
	assert_has(c.body, "\"indent.com/time/duration\":\"6h0m0s\"");
	assert_has(c.body, "Comms of INC-");
	assert_has(c.body, "\"displayName\":\"billing\"");
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request"
				      " WHERE resource = 'payroll, billing'"),
			 2);
	indent_disconnect(&c);
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, scene_teardown)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(it_is_ready_without_slack),
		ROW(any_role_but_the_reporters_is_enough),
		ROW(named_roles_count_by_their_short_form_too),
		ROW(who_posts_an_update_is_a_participant),
		ROW(updates_that_cannot_be_read_approve_nobody),
		ROW(being_on_call_rests_on_no_incident),
		ROW(who_has_no_email_is_nobody),
		ROW(indents_platform_is_answered_for_any_resource),
		ROW(what_was_asked_in_slack_is_denied),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
