/* SPDX-License-Identifier: Apache-2.0 */
/* The faked vendors' answers, asked for without a socket: where the fake is too kind, what
 * is tested against it proves nothing. */
#include "tests/world/vendor.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/jx.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/world/slack.h"

struct fixture {
	struct fake_clock clock;
	struct loop *loop;
	struct world *world;
	struct answer answer;
	char headers[512];
};

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	fake_clock_init(&t->clock, 1787565600000);
	if (!loop_create(&t->clock.clock, &t->loop, &f) ||
	    !world_open(t->loop, NULL, &t->world, &f)) {
		return -1;
	}
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	answer_finish(&t->answer);
	world_close(t->world);
	loop_destroy(t->loop);
	free(t);
	return 0;
}

/* Call a vendor; the answer is in t->answer until the next call. */
static json_t *ask(struct fixture *t, const struct vendor *v, const char *method,
		   const char *path, const char *query, const char *auth,
		   const char *body)
{
	char full[256];
	char form[512];
	char text[2048];
	struct web_request r = { .path = full,
				 .query = form,
				 .head = t->headers,
				 .body = text,
				 .body_len = strlen(body) };
	struct call c = { .request = &r };

	snprintf(full, sizeof(full), "%s%s", v->prefix, path);
	snprintf(form, sizeof(form), "%s", query);
	snprintf(text, sizeof(text), "%s", body);
	snprintf(r.method, sizeof(r.method), "%s", method);
	snprintf(t->headers, sizeof(t->headers),
		 "Authorization: %s\r\nContent-Type: application/json\r\n", auth);
	c.path = full + strlen(v->prefix);
	answer_finish(&t->answer);
	v->answer(t->world, &c, &t->answer);
	return t->answer.json;
}

static json_t *io(struct fixture *t, const char *path, const char *query)
{
	return ask(t, &vendor_incidentio, "GET", path, query, "Bearer inc_world", "");
}

static json_t *pd(struct fixture *t, const char *path, const char *query)
{
	return ask(t, &vendor_pagerduty, "GET", path, query,
		   "Token token=worldpdkey0000000001", "");
}

static const char *slack(struct fixture *t, const char *method, const char *token,
			 const char *body)
{
	char auth[128];

	snprintf(auth, sizeof(auth), "Bearer %s", token);
	const json_t *o = ask(t, &vendor_slack, "POST", method, "", auth, body);

	return jx_bool(o, "ok") ? "ok" : jx_str(o, "error");
}

/* --- incident.io -------------------------------------------------------------------------- */

static void incidentio_wants_its_key(void **state)
{
	struct fixture *t = *state;

	io(t, "v1/identity", "");
	assert_int_equal(t->answer.status, 200);
	ask(t, &vendor_incidentio, "GET", "v1/identity", "", "Bearer other", "");
	assert_int_equal(t->answer.status, 401);
}

static void filters_leave_out_what_they_should(void **state)
{
	struct fixture *t = *state;
	struct world_incident *closed = world_declare(t->world, "ana", "a", "Major");
	struct world_incident *test = world_declare(t->world, "ana", "b", "Major");

	world_declare(t->world, "ana", "c", "Major");
	world_set_category(t->world, closed, "closed");
	snprintf(test->mode, sizeof(test->mode), "test");
	const json_t *all = jx_arr(io(t, "v2/incidents", ""), "incidents");

	assert_int_equal(json_array_size(all), 2); /* test ones are not shown unasked */
	all = jx_arr(io(t, "v2/incidents",
			"status_category%5Bone_of%5D=live&"
			"mode%5Bone_of%5D=test&mode%5Bone_of%5D=standard"),
		     "incidents");
	assert_int_equal(json_array_size(all), 2);
	t->world->incidentio_knobs.ignore_filters = true;
	all = jx_arr(io(t, "v2/incidents", "status_category%5Bone_of%5D=live"),
		     "incidents");
	assert_int_equal(json_array_size(all), 3);
}

static void updates_are_of_the_incident_that_is_asked_for(void **state)
{
	struct fixture *t = *state;
	struct world_incident *one = world_declare(t->world, "ana", "a", "Major");
	struct world_incident *two = world_declare(t->world, "ana", "b", "Major");
	char query[128];

	assert_true(world_post_update(t->world, one, "user", "bob"));
	assert_true(world_post_update(t->world, one, "workflow", "01JWF"));
	assert_true(world_post_update(t->world, two, "user", "cara"));
	assert_false(world_post_update(t->world, two, "user", "nobody"));
	snprintf(query, sizeof(query), "incident_id=%s", one->id);
	const json_t *all =
		jx_arr(io(t, "v2/incident_updates", query), "incident_updates");

	assert_int_equal(json_array_size(all), 2);
	const json_t *who = jx_obj(json_array_get(all, 0), "updater");

	assert_non_null(jx_obj(who, "workflow")); /* the newest first, and no user */
	assert_null(jx_obj(who, "user"));
	who = jx_obj(jx_obj(json_array_get(all, 1), "updater"), "user");
	assert_string_equal(jx_str(who, "id"), world_person(t->world, "bob")->incidentio);
	/* The number of an incident finds none. */
	snprintf(query, sizeof(query), "incident_id=%u", one->number);
	all = jx_arr(io(t, "v2/incident_updates", query), "incident_updates");
	assert_int_equal(json_array_size(all), 0);
}

static size_t walk(struct fixture *t, size_t pages_max)
{
	char query[128] = "page_size=2";
	size_t n = 0;

	for (size_t page = 0; page < pages_max; page++) {
		const json_t *o = io(t, "v2/incidents", query);
		const char *after = jx_str(jx_obj(o, "pagination_meta"), "after");

		n += json_array_size(jx_arr(o, "incidents"));
		if (!after[0]) {
			break;
		}
		snprintf(query, sizeof(query), "page_size=2&after=%s", after);
	}
	return n;
}

static void pages_follow_each_other(void **state)
{
	struct fixture *t = *state;

	world_fill_incidents(t->world, 5);
	assert_int_equal(walk(t, 9), 5);
	t->world->incidentio_knobs.after_always = true;
	assert_int_equal(walk(t, 9), 5);
	t->world->incidentio_knobs.after_repeats = true;
	assert_int_equal(walk(t, 9), 18); /* for ever */
}

static void an_unassigned_role_has_no_assignee(void **state)
{
	struct fixture *t = *state;
	struct world_incident *i = world_declare(t->world, "ana", "a", "");

	const json_t *o = jx_obj(io(t, "v2/incidents/204", ""), "incident");
	const json_t *roles = jx_arr(o, "incident_role_assignments");

	assert_int_equal(json_array_size(roles), 4);
	assert_null(json_object_get(json_array_get(roles, 0), "assignee"));
	assert_null(json_object_get(o, "severity"));
	assert_true(world_take_role(t->world, i, "DBA", "bob"));
	assert_false(world_take_role(t->world, i, "Nobody's role", "bob"));
	o = jx_obj(io(t, "v2/incidents/204", ""), "incident");
	o = json_array_get(jx_arr(o, "incident_role_assignments"), 2);
	assert_string_equal(jx_str(jx_obj(o, "assignee"), "slack_user_id"), "U0BOB0001");
	io(t, "v2/incidents/INC-204", "");
	assert_int_equal(t->answer.status, 404);
}

/* --- PagerDuty ---------------------------------------------------------------------------- */

static void pagerduty_hides_what_is_older_than_a_month(void **state)
{
	struct fixture *t = *state;
	struct world_page *p = world_trigger(t->world, "payments-db", "lag");

	world_ack(t->world, p, "ana");
	p->created_ms -= (int64_t)40 * 86400 * 1000;
	assert_int_equal(json_array_size(jx_arr(pd(t, "incidents", ""), "incidents")), 0);
	const json_t *all = jx_arr(pd(t, "incidents",
				      "date_range=all&statuses%5B%5D="
				      "acknowledged&include%5B%5D="
				      "acknowledgers"),
				   "incidents");
	const json_t *acks = jx_arr(json_array_get(all, 0), "acknowledgements");

	assert_string_equal(
		jx_str(jx_obj(json_array_get(acks, 0), "acknowledger"), "email"),
		"ana@acme.example");
	world_unack(t->world, p);
	all = jx_arr(pd(t, "incidents", "date_range=all&statuses%5B%5D=acknowledged"),
		     "incidents");
	assert_int_equal(json_array_size(all), 0);
}

static void pagerduty_finds_users_by_a_part_of_their_address(void **state)
{
	struct fixture *t = *state;

	world_add_person(t->world, "joana", "Jo");
	const json_t *all = jx_arr(pd(t, "users", "query=ana%40acme.example"), "users");

	assert_int_equal(json_array_size(all), 2);
	ask(t, &vendor_pagerduty, "GET", "users", "", "Bearer worldpdkey0000000001", "");
	assert_int_equal(t->answer.status, 401);
}

static void pagerduty_says_more_only_when_there_is_more(void **state)
{
	struct fixture *t = *state;

	world_fill_pages(t->world, 3);
	assert_true(jx_bool(pd(t, "incidents", "limit=2"), "more"));
	assert_false(jx_bool(pd(t, "incidents", "limit=2&offset=2"), "more"));
	assert_null(json_object_get(t->answer.json, "total"));
	pd(t, "incidents", "limit=100&offset=9950");
	assert_int_equal(t->answer.status, 400);
}

/* --- Slack -------------------------------------------------------------------------------- */

static void slack_knows_its_tokens_apart(void **state)
{
	struct fixture *t = *state;
	const struct world *w = t->world;
	const struct {
		const char *method;
		const char *token;
		const char *word;
	} cases[] = {
		{ "apps.connections.open", w->app_token, "ok" },
		{ "apps.connections.open", w->bot_token, "not_allowed_token_type" },
		{ "apps.connections.open", "xapp-other", "invalid_auth" },
		{ "auth.test", w->bot_token, "ok" },
		{ "users.info", w->app_token, "not_allowed_token_type" },
		{ "chat.postMessage", "xoxb-other", "invalid_auth" },
		{ "no.such.method", w->bot_token, "unknown_method" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *word = slack(t, cases[i].method, cases[i].token, "{}");

		assert_row(strcmp(word, cases[i].word) == 0, i, cases[i].method);
	}
	snprintf(t->world->scopes, sizeof(t->world->scopes),
		 "commands,chat:write.public");
	assert_string_equal(slack(t, "chat.postMessage", w->bot_token, "{}"),
			    "missing_scope");
	assert_string_equal(jx_str(t->answer.json, "needed"), "chat:write");
}

static void slack_checks_words_and_places(void **state)
{
	struct fixture *t = *state;
	static const struct {
		const char *body;
		const char *word;
	} cases[] = {
		{ "{\"channel\":\"C0INC0001\",\"text\":\"x\"}", "ok" },
		{ "{\"channel\":\"inc-room\",\"text\":\"x\"}", "channel_not_found" },
		{ "{\"channel\":\"C0PRIV001\",\"text\":\"x\"}", "channel_not_found" },
		{ "{\"channel\":\"C0GEN0001\",\"text\":\"x\"}", "not_in_channel" },
		{ "{\"channel\":\"C0ARCH001\",\"text\":\"x\"}", "is_archived" },
		{ "{\"channel\":\"C0INC0001\"}", "no_text" },
		{ "{\"channel\":\"U0ANA0001\",\"text\":\"x\"}", "ok" },
		{ "{\"channel\":\"C0INC0001\",\"blocks\":\"x\",\"text\":\"x\"}",
		  "invalid_blocks_format" },
		{ "{\"channel\":\"C0INC0001\",\"blocks\":[{\"type\":\"section\"}]}",
		  "invalid_blocks" },
		{ "{\"channel\":\"C0INC0001\",\"blocks\":[{\"type\":\"section\",\"text\":"
		  "{\"type\":\"mrkdwn\",\"text\":\"\"}}]}",
		  "invalid_blocks" },
		{ "{\"channel\":\"C0INC0001\",\"blocks\":[{\"type\":\"actions\",\"elements\":"
		  "[{\"type\":\"button\",\"text\":{\"type\":\"mrkdwn\",\"text\":\"a\"}}]}]}",
		  "invalid_blocks" },
		{ "{\"channel\":\"C0INC0001\",\"blocks\":["
		  "{\"type\":\"divider\",\"block_id\":\"a\"},"
		  "{\"type\":\"divider\",\"block_id\":\"a\"}]}",
		  "invalid_blocks" },
		{ "not json", "invalid_json" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const char *word =
			slack(t, "chat.postMessage", t->world->bot_token, cases[i].body);

		assert_row(strcmp(word, cases[i].word) == 0, i, cases[i].body);
	}
}

static int respond(struct fixture *t, const char *url, const char *body)
{
	const char *path = url + strlen(t->world->base_url) + strlen("commands/");

	ask(t, &vendor_hooks_commands, "POST", path, "", "", body);
	return t->answer.status;
}

static void a_response_url_serves_five_times_and_half_an_hour(void **state)
{
	struct fixture *t = *state;
	struct world_envelope *e = world_command(t->world, "ana", "inc-room", "prod-db");

	for (int i = 0; i < 5; i++) {
		assert_int_equal(respond(t, e->response_url, "{\"text\":\"hi\"}"), 200);
	}
	assert_int_equal(respond(t, e->response_url, "{\"text\":\"hi\"}"), 404);
	assert_int_equal(world_count_messages(t->world, "ana", "hi"), 5);
	assert_int_equal(world_count_messages(t->world, "bob", "hi"), 0);
	e = world_command(t->world, "ana", "inc-room", "prod-db");
	fake_clock_advance(&t->clock, 30 * 60 * 1000 + 1);
	assert_int_equal(respond(t, e->response_url, "{\"text\":\"hi\"}"), 404);
}

static void a_response_url_can_replace_and_delete(void **state)
{
	struct fixture *t = *state;
	struct world_envelope *e = world_command(t->world, "ana", "inc-room", "prod-db");

	respond(t, e->response_url,
		"{\"text\":\"one\",\"response_type\":\"in_channel\"}");
	assert_non_null(world_find_message(t->world, "bob", "one"));
	respond(t, e->response_url, "{\"text\":\"two\",\"replace_original\":true}");
	assert_null(world_find_message(t->world, "bob", "one"));
	assert_non_null(world_find_message(t->world, "bob", "two"));
	respond(t, e->response_url, "{\"delete_original\":true}");
	assert_null(world_find_message(t->world, "bob", "two"));
}

static void a_trigger_serves_once_and_for_three_seconds(void **state)
{
	struct fixture *t = *state;
	struct world_envelope *e = world_command(t->world, "ana", "inc-room", "");
	static const char view[] = "\"view\":{\"type\":\"modal\",\"title\":{\"type\":"
				   "\"plain_text\",\"text\":\"a\"},\"blocks\":[]}";
	const char *token = t->world->bot_token;
	char body[512];

	snprintf(body, sizeof(body), "{\"trigger_id\":\"%s\",%s}", e->trigger_id, view);
	assert_string_equal(slack(t, "views.open", token, body), "ok");
	assert_string_equal(slack(t, "views.open", token, body), "exchanged_trigger_id");
	e = world_command(t->world, "ana", "inc-room", "");
	snprintf(body, sizeof(body), "{\"trigger_id\":\"%s\",%s}", e->trigger_id, view);
	fake_clock_advance(&t->clock, 3001);
	assert_string_equal(slack(t, "views.open", token, body), "expired_trigger_id");
}

static void what_is_typed_is_escaped_as_slack_does(void **state)
{
	struct fixture *t = *state;
	static const struct {
		const char *typed;
		const char *sent;
	} cases[] = {
		{ "prod-db 2h", "prod-db 2h" },
		{ "a < b & c > d", "a &lt; b &amp; c &gt; d" },
		{ "@bob and #ops", "<@U0BOB0001|bob> and <#C0OPS0001|ops>" },
		{ "bob@acme.example", "bob@acme.example" },
		{ "<!channel>", "&lt;!channel&gt;" },
	};

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		const struct world_envelope *e =
			world_command(t->world, "ana", "inc-room", cases[i].typed);

		assert_row(strcmp(jx_str(e->payload, "text"), cases[i].sent) == 0, i,
			   cases[i].typed);
		assert_row(e->socket == 0, i, "nobody is there");
	}
}

static void a_fault_hits_as_often_as_it_should(void **state)
{
	struct fixture *t = *state;

	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/*",
						     .kind = WORLD_STATUS,
						     .skip = 1,
						     .times = 2 });
	assert_null(traffic_fault(t->world, "GET /v1/identity"));
	assert_null(traffic_fault(t->world, "GET /v2/incidents"));
	assert_non_null(traffic_fault(t->world, "GET /v2/incidents"));
	assert_non_null(traffic_fault(t->world, "GET /v2/users"));
	assert_null(traffic_fault(t->world, "GET /v2/incidents"));
}

static void a_shift_is_shown_while_it_overlaps(void **state)
{
	struct fixture *t = *state;
	const char *ana = "user_ids%5B%5D=PUANA01";
	struct world_oncall *shift = t->world->oncalls.items[0];
	char query[256];

	assert_string_equal(world_person(t->world, "ana")->pagerduty, "PUANA01");
	assert_int_equal(json_array_size(jx_arr(pd(t, "oncalls", ana), "oncalls")), 1);
	shift->start_ms = world_now_ms(t->world) + 120 * 1000;
	shift->end_ms = shift->start_ms + 3600 * 1000;
	assert_int_equal(json_array_size(jx_arr(pd(t, "oncalls", ana), "oncalls")), 0);
	snprintf(query, sizeof(query),
		 "%s&since=2026-08-24T09:59:00Z&until=2026-08-24T10:05:00Z&x=1", ana);
	const json_t *rows = jx_arr(pd(t, "oncalls", query), "oncalls");

	assert_int_equal(json_array_size(rows), 1);
	const json_t *schedule = jx_obj(json_array_get(rows, 0), "schedule");

	assert_string_equal(jx_str(schedule, "summary"), "SRE primary");
}

#define CASE(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(incidentio_wants_its_key),
		CASE(filters_leave_out_what_they_should),
		CASE(updates_are_of_the_incident_that_is_asked_for),
		CASE(a_shift_is_shown_while_it_overlaps),
		CASE(pages_follow_each_other),
		CASE(an_unassigned_role_has_no_assignee),
		CASE(pagerduty_hides_what_is_older_than_a_month),
		CASE(pagerduty_finds_users_by_a_part_of_their_address),
		CASE(pagerduty_says_more_only_when_there_is_more),
		CASE(slack_knows_its_tokens_apart),
		CASE(slack_checks_words_and_places),
		CASE(a_response_url_serves_five_times_and_half_an_hour),
		CASE(a_response_url_can_replace_and_delete),
		CASE(a_trigger_serves_once_and_for_three_seconds),
		CASE(what_is_typed_is_escaped_as_slack_does),
		CASE(a_fault_hits_as_often_as_it_should),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
