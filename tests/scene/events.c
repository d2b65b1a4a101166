/* SPDX-License-Identifier: Apache-2.0 */
/* Providers say by webhook that something has changed, and the next decision sees it at
 * once: what was read before is good for a minute else. */
#include <stdio.h>
#include <string.h>

#include "shared/buf.h"
#include "tests/lib/hook_scene.h"
#include "tests/lib/scene_fault.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

static const struct hook_vendor *const io = &hook_incidentio_vendor;
static const struct hook_vendor *const pd = &hook_pagerduty_vendor;

#define IO_UPDATED "public_incident.incident_updated_v2"

static struct world_incident *incident(struct scene *t)
{
	return world_declare(t->world, "cara", "Checkout 5xx", "Major");
}

/* Known to accessd as it is now, for a minute to come. */
static void denied(struct scene *t, const char *who)
{
	fake_clock_advance(&t->clock, 61 * 1000);
	assert_has(scene_ask(t, who, "prod-db 1h"), "Not granted");
}

static int64_t events(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM event");
}

/* How often the lists were read, so far. */
static size_t lists(struct scene *t)
{
	return world_count(t->world, "GET /v2/incidents") +
	       world_count(t->world, "GET /incidents");
}

/* --- what it is for ------------------------------------------------------------------- */

static void a_role_that_is_told_of_counts_at_once(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = incident(t);

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	scene_let_go(t);
	world_leave_role(t->world, i, "Incident Lead", "ana");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted"); /* old news */
	scene_let_go(t);
	assert_int_equal(hook_post_signed(t, io, hook_io_event(IO_UPDATED, i->id)), 202);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Not granted");
}

static void an_acknowledgement_that_is_told_of_counts_at_once(void **state)
{
	struct scene *t = *state;
	struct world_page *p = world_trigger(t->world, "PSVC001", "replica lag");

	assert_true(world_ack(t->world, p, "bob"));
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Granted");
	scene_let_go(t);
	world_unack(t->world, p);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Granted");
	scene_let_go(t);
	assert_int_equal(
		hook_post_signed(t, pd,
				 hook_pd_event("01E", "incident.unacknowledged", p->id)),
		202);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
}

static void a_private_incident_is_told_of_by_its_id_alone(void **state)
{
	struct scene *t = *state;

	assert_int_equal(
		hook_post_signed(
			t, io,
			"{\"event_type\":\"private_incident.incident_updated_v2\","
			"\"private_incident.incident_updated_v2\":{\"id\":\"01JP\"}}"),
		202);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM event WHERE subject = '01JP' "
				      "AND source = 'incidentio'"),
			 1);
}

static bool all_told(struct scene *t, void *data)
{
	return scene_count(t, "ranted: prod-db for <@U0ANA") == *(size_t *)data;
}

/* What is on its way was asked for before the event. */
static void what_was_being_read_when_it_came_is_read_again(void **state)
{
	struct scene *t = *state;
	struct world_incident *i = incident(t);
	size_t two = 2;

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	denied(t, "bob");
	fake_clock_advance(&t->clock, 61 * 1000);
	size_t n = world_count(t->world, "GET /v2/incidents");
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_DELAY,
						     .delay_ms = 500,
						     .times = 1 });
	world_command(t->world, "ana", "inc-room", "prod-db 1h");
	assert_true(scene_called(t, "GET /v2/incidents", n + 1));
	/* Carried out, but not answered yet: it says that ana leads. */
	world_leave_role(t->world, i, "Incident Lead", "ana");
	assert_int_equal(hook_post_signed(t, io, hook_io_event(IO_UPDATED, i->id)), 202);
	world_command(t->world, "ana", "inc-room", "prod-db 2h");
	scene_settle(t);
	fake_clock_advance(&t->clock, 500);
	assert_true(scene_called(t, "GET /v2/incidents", n + 2));
	assert_true(scene_until(t, all_told, &two, 5000));
	/* Who asked before the event may have either answer, who asked after it only one. */
	assert_true(scene_grants(t) <= 1);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE for_s = 7200 "
				      "AND state = 'denied'"),
			 1);
}

/* --- once, and durable ------------------------------------------------------------------ */

static void a_second_delivery_is_answered_and_changes_nothing(void **state)
{
	struct scene *t = *state;
	char body[1024];

	denied(t, "ana");
	snprintf(body, sizeof(body), "%s",
		 hook_pd_event("01TWICE", "incident.resolved", "Q1"));
	assert_int_equal(hook_post_signed(t, pd, body), 202);
	assert_has(hook_body(), "\"heard\"");
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Not granted");
	size_t n = lists(t);

	assert_int_equal(hook_post_signed(t, pd, body), 202);
	assert_has(hook_body(), "heard before");
	assert_int_equal(events(t), 1);
	scene_settle(t);
	assert_int_equal(lists(t), n);

	/* The vendor's retry: another time, another signature, the same id. */
	hook_io_message("msg_again");
	assert_int_equal(hook_post_signed(t, io, hook_io_event(IO_UPDATED, "01J")), 202);
	fake_clock_advance(&t->clock, 3600 * 1000);
	hook_io_message("msg_again");
	assert_int_equal(hook_post_signed(t, io, hook_io_event(IO_UPDATED, "01J")), 202);
	assert_has(hook_body(), "heard before");
	assert_int_equal(events(t), 2);
}

static void it_is_known_again_after_a_crash(void **state)
{
	struct scene *t = *state;
	char body[1024];

	snprintf(body, sizeof(body), "%s",
		 hook_pd_event("01CRASH", "incident.resolved", "Q1"));
	assert_int_equal(hook_post_signed(t, pd, body), 202);
	scene_stop(t);
	scene_start(t, true);
	assert_int_equal(hook_post_signed(t, pd, body), 202);
	assert_has(hook_body(), "heard before");
}

/* A delivery of PagerDuty's with this id, signed; whether it was news. */
static bool deliver(struct scene *t, const char *webhook, const char *body)
{
	char headers[HOOK_HEADERS_SIZE], named[2 * HOOK_HEADERS_SIZE];

	pd->sign(t, body, strlen(body), 0, false, headers);
	snprintf(named, sizeof(named), "%s%s%s%s", headers,
		 webhook ? "X-Webhook-Id: " : "", webhook ? webhook : "",
		 webhook ? "\r\n" : "");
	assert_int_equal(hook_post_text(t, pd->path, named, body), 202);
	return strstr(hook_body(), "heard before") == NULL;
}

#define RESOLVED(id) \
	"{\"event\":{\"id\":\"" id "\",\"event_type\":\"incident.resolved\"}}"

/* By the event's id, which is signed, and by that of the delivery, which is not: no
 * header makes news of what was heard before. */
static void pagerduty_is_known_by_event_and_delivery(void **state)
{
	char half[256];
	struct scene *t = *state;

	assert_true(deliver(t, "7a1", RESOLVED("01A")));
	assert_false(deliver(t, "7a1", RESOLVED("01A")));
	assert_false(deliver(t, NULL, RESOLVED("01A")));
	assert_false(deliver(t, "7a2", RESOLVED("01A"))); /* by another subscription */
	assert_false(deliver(t, "7a1", RESOLVED("01B")));
	assert_true(deliver(t, "7a2", RESOLVED("01B"))); /* 7a2 was no news's */
	assert_true(deliver(t, NULL, RESOLVED("01C")));
	assert_true(deliver(t, "", RESOLVED("01D")));
	/* Half an id would be somebody else's. */
	snprintf(half, sizeof(half), "%0200d", 1);
	assert_true(deliver(t, half, RESOLVED("01E")));
	half[199] = '2';
	assert_true(deliver(t, half, RESOLVED("01F")));
}

/* By its bytes: neither another id of the delivery nor a second signature beside the
 * first makes it news. */
static void what_says_no_id_is_known_again_too(void **state)
{
	static const char body[] = "{\"event\":{\"event_type\":\"incident.resolved\"}}";
	char headers[HOOK_HEADERS_SIZE], more[HOOK_HEADERS_SIZE];
	struct scene *t = *state;

	assert_true(deliver(t, "7a1", body));
	assert_false(deliver(t, "7a1", body));
	assert_false(deliver(t, "7a2", body));
	assert_false(deliver(t, NULL, body));
	pd->sign(t, body, strlen(body), 0, false, headers);
	snprintf(more, sizeof(more), "X-PagerDuty-Signature: v1=00,%s",
		 strstr(headers, "v1="));
	assert_int_equal(hook_post_text(t, pd->path, more, body), 202);
	assert_has(hook_body(), "heard before");
}

static int setup_with_faults(void **state)
{
	hook_setup_stopped(state);
	scene_fault_ledger(*state);
	scene_start(*state, true);
	return 0;
}

static int teardown_faults(void **state)
{
	return scene_fault_teardown(state, hook_teardown);
}

static void a_ledger_that_fails_has_it_sent_again(void **state)
{
	struct scene *t = *state;
	struct fail full;
	char body[1024];

	fail_set(&full, FAIL_LEDGER, "the disk is full");
	snprintf(body, sizeof(body), "%s",
		 hook_pd_event("01FULL", "incident.resolved", "Q1"));
	store_fault_at_op(STORE_EVENT_ADD, 1, 1, &full);
	assert_int_equal(hook_post_signed(t, pd, body), 503);
	assert_has(hook_body(), "\"code\":\"not-recorded\"");
	assert_has_not(hook_body(), "disk");
	assert_int_equal(hook_post_signed(t, pd, body), 202);
	assert_has_not(hook_body(), "heard before");
	assert_int_equal(events(t), 1);
}

/* Post it on a connection of its own, and stop before it is on the disk. */
static void post_and_hold(struct scene *t, struct wire *w, const char *body)
{
	char headers[HOOK_HEADERS_SIZE];
	char request[4096];

	pd->sign(t, body, strlen(body), 0, false, headers);
	snprintf(request, sizeof(request),
		 "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n%s",
		 pd->path, strlen(body), headers, body);
	store_fault_hold(STORE_FAULT_COMMIT);
	assert_true(wire_open(w, t->loop, app_port(&t->app), NULL));
	assert_true(wire_send_text(w, request));
	for (int i = 0; i < 20; i++) {
		loop_run_once(t->loop);
	}
	assert_true(store_fault_held(3000));
}

/* Nobody is told "heard" before it is on the disk, and nobody is called out to before. */
static void it_is_answered_when_it_is_durable_and_not_before(void **state)
{
	struct scene *t = *state;
	size_t n = lists(t);
	struct wire w;

	post_and_hold(t, &w, hook_pd_event("01HELD", "incident.resolved", "Q1"));
	scene_settle(t);
	assert_string_equal(wire_text(&w), "");
	store_fault_release();
	assert_true(wire_await(&w, "202 Accepted"));
	assert_int_equal(lists(t), n);
	wire_close(&w);
}

static void whoever_is_gone_before_the_answer_is_heard_all_the_same(void **state)
{
	struct scene *t = *state;
	struct wire w;

	post_and_hold(t, &w, hook_pd_event("01GONE", "incident.resolved", "Q1"));
	wire_reset(&w);
	scene_settle(t);
	store_fault_release();
	scene_settle(t);
	assert_int_equal(events(t), 1);
}

/* --- what does not matter, and what is not known ------------------------------------------- */

static void pings_and_notes_cost_nobody_a_question(void **state)
{
	struct scene *t = *state;

	denied(t, "ana");
	size_t n = lists(t);

	assert_int_equal(hook_post_signed(t, pd, pd->hello), 202);
	assert_int_equal(
		hook_post_signed(t, pd, hook_pd_event("01N", "incident.annotated", "Q1")),
		202);
	assert_int_equal(hook_post_signed(t, io, io->hello), 202);
	assert_has(scene_ask(t, "cara", "prod-shell 1h"), "Not granted");
	assert_true(lists(t) <= n + 2); /* the denial's own second look */
	assert_int_equal(events(t), 3);
}

/* Three 4xx in a row, and PagerDuty switches the subscription off for a day. */
static void what_is_signed_is_taken_even_if_nobody_understands_it(void **state)
{
	static const char *const bodies[] = {
		"",
		"{",
		"null",
		"[]",
		"{}",
		"{\"event\":{\"id\":\"a\",\"id\":\"b\"}}",
		"{\"event\":{\"data\":{\"title\":\"\\u0000\"}}}",
		"\xff\xfe",
		"{\"event\":{\"id\":\"01U\",\"event_type\":\"incident.teleported\"}}",
	};
	struct scene *t = *state;
	struct world_incident *i = incident(t);

	for (size_t n = 0; n < ARRAY_LEN(bodies); n++) {
		assert_row(hook_post_signed(t, pd, bodies[n]) == 202, n, bodies[n]);
		assert_row(hook_post_signed(t, io, bodies[n]) == 202, n, bodies[n]);
	}
	assert_has(scene_log(), "news.unreadable");
	/* Something has changed, whatever it was. */
	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	scene_let_go(t);
	world_leave_role(t->world, i, "Incident Lead", "ana");
	assert_int_equal(hook_post_signed(t, io, "{"), 202);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Not granted");
}

/* --- secrets that come and go ------------------------------------------------------------------ */

static void both_secrets_hold_while_one_is_rotated(void **state)
{
	struct scene *t = *state;
	char headers[HOOK_HEADERS_SIZE];
	const struct hook_vendor *const both[] = { pd, io };

	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct hook_vendor *v = both[i];

		v->sign(t, v->hello, strlen(v->hello), 0, true, headers);
		assert_int_equal(hook_post_text(t, v->path, headers, v->hello), 202);
	}
	t->pd_more = "webhook_secret = \"env:HOOK_PD\";";
	t->io_more = "webhook_secret = \"env:HOOK_IO\";";
	scene_reload(t);
	for (size_t i = 0; i < ARRAY_LEN(both); i++) {
		const struct hook_vendor *v = both[i];

		v->sign(t, v->hello, strlen(v->hello), 0, true, headers);
		assert_int_equal(hook_post_text(t, v->path, headers, v->hello), 401);
		assert_int_equal(hook_post_signed(t, v, v->hello), 202);
	}
}

static void one_whose_secret_is_not_there_is_not_there(void **state)
{
	struct scene *t = *state;

	t->pd_more = t->io_more = NULL;
	scene_start(t, true);
	assert_int_equal(hook_post_signed(t, pd, pd->hello), 404);
	assert_int_equal(hook_post_signed(t, io, io->hello), 404);
	t->pd_more = "webhook_secret = \"env:HOOK_PD\";";
	scene_reload(t);
	assert_int_equal(hook_post_signed(t, pd, pd->hello), 202);
	assert_int_equal(hook_post_signed(t, io, io->hello), 404);
	t->pd_more = NULL;
	scene_reload(t);
	assert_int_equal(hook_post_signed(t, pd, pd->hello), 404);
}

int main(void)
{
#define SCENE(f)  cmocka_unit_test_setup_teardown(f, hook_setup, hook_teardown)
#define FAULTY(f) cmocka_unit_test_setup_teardown(f, setup_with_faults, teardown_faults)
	const struct CMUnitTest tests[] = {
		SCENE(a_role_that_is_told_of_counts_at_once),
		SCENE(an_acknowledgement_that_is_told_of_counts_at_once),
		SCENE(a_private_incident_is_told_of_by_its_id_alone),
		SCENE(what_was_being_read_when_it_came_is_read_again),
		SCENE(a_second_delivery_is_answered_and_changes_nothing),
		SCENE(it_is_known_again_after_a_crash),
		SCENE(pagerduty_is_known_by_event_and_delivery),
		SCENE(what_says_no_id_is_known_again_too),
		FAULTY(a_ledger_that_fails_has_it_sent_again),
		FAULTY(it_is_answered_when_it_is_durable_and_not_before),
		FAULTY(whoever_is_gone_before_the_answer_is_heard_all_the_same),
		SCENE(pings_and_notes_cost_nobody_a_question),
		SCENE(what_is_signed_is_taken_even_if_nobody_understands_it),
		SCENE(both_secrets_hold_while_one_is_rotated),
		cmocka_unit_test_setup_teardown(
			one_whose_secret_is_not_there_is_not_there, hook_setup_stopped,
			hook_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
