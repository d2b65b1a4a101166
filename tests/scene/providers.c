/* SPDX-License-Identifier: Apache-2.0 */
/* Bad days of incident.io and PagerDuty: each fault, at each call. Never a grant, always an
 * answer that names the provider and the cause; and when the fault is over, the next who
 * asks is granted. */
#include <stdio.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/story.h"

#define RULE_ON_CALL "pagerduty = { acknowledged = true; on_call_level = 2; }"
#define PATIENCE     "max_age = \"1s\"; timeout = \"5s\";"

/* --- the calls --------------------------------------------------------------------------- */

/* clang-format off */
static const struct place {
	const char *name;
	const char *call;
	const char *rule; /* that needs it */
	const char *provider;
	const char *not_ready; /* what /readyz says, or NULL: nothing about one person */
	const char *asked;     /* the call by which one sees that the provider is asked */
} places[] = {
	{ "bad_days_of_incidentios_list", "GET /v2/incidents", RULE_LEAD, "incident.io",
	  "incidentio: ", "GET /v2/users" },
	{ "bad_days_of_incidentios_roles", "GET /v2/incident_roles", RULE_LEAD,
	  "incident.io", "incidentio: ", "GET /v2/users" },
	{ "bad_days_of_incidentios_severities", "GET /v1/severities", RULE_LEAD,
	  "incident.io", "incidentio: ", "GET /v2/users" },
	{ "bad_days_of_incidentios_users", "GET /v2/users", RULE_LEAD, "incident.io", NULL,
	  "GET /v2/users" },
	{ "bad_days_of_pagerdutys_list", "GET /incidents", RULE_ACK, "PagerDuty",
	  "pagerduty: ", "GET /users" },
	{ "bad_days_of_pagerdutys_users", "GET /users", RULE_ACK, "PagerDuty", NULL,
	  "GET /users" },
	{ "bad_days_of_pagerdutys_on_calls", "GET /oncalls", RULE_ON_CALL, "PagerDuty",
	  NULL, "GET /oncalls" },
};

/* --- the faults --------------------------------------------------------------------------- */

#define ALL_LISTS(value) "{\"incidents\":" value ",\"users\":" value ",\"severities\":" value \
			 ",\"incident_roles\":" value ",\"oncalls\":" value ",\"more\":false}"

static const struct bad_day {
	const char *name;
	struct world_fault fault;
	const char *says;
} bad_days[] = {
	{ "it takes the call and never answers", { .kind = WORLD_MUTE },
	  " did not answer in 5 s, so nothing was granted." },
	{ "it answers after an hour", { .kind = WORLD_DELAY, .delay_ms = 3600 * 1000 },
	  " did not answer in 5 s, so nothing was granted." },
	{ "400", { .kind = WORLD_STATUS, .status = 400 }, ": HTTP 400" },
	{ "401", { .kind = WORLD_STATUS, .status = 401 }, ": HTTP 401" },
	{ "402", { .kind = WORLD_STATUS, .status = 402 }, ": HTTP 402" },
	{ "403", { .kind = WORLD_STATUS, .status = 403 }, ": HTTP 403" },
	{ "404", { .kind = WORLD_STATUS, .status = 404 }, ": HTTP 404" },
	{ "422", { .kind = WORLD_STATUS, .status = 422 }, ": HTTP 422" },
	{ "500", { .kind = WORLD_STATUS, .status = 500 }, ": HTTP 500" },
	{ "503", { .kind = WORLD_STATUS, .status = 503 }, ": HTTP 503" },
	{ "429 and so many seconds", { .kind = WORLD_LIMIT, .retry_after = "30" },
	  "it wants to be left alone for " },
	{ "429 and a date of HTTP",
	  { .kind = WORLD_LIMIT, .retry_after = "Mon, 24 Aug 2026 10:00:30 GMT" },
	  "it wants to be left alone for " },
	{ "429 and a date of ISO 8601",
	  { .kind = WORLD_LIMIT, .retry_after = "2026-08-24T10:00:30Z" },
	  "it wants to be left alone for " },
	{ "429 without a word", { .kind = WORLD_LIMIT }, "it wants to be left alone for " },
	{ "a page of HTML", { .kind = WORLD_HTML }, "could not be understood" },
	{ "half of the body", { .kind = WORLD_HALF }, ": " },
	{ "half of the body, as if it was all", { .kind = WORLD_CUT },
	  "could not be understood" },
	{ "the connection is closed", { .kind = WORLD_DROP }, ": " },
	{ "the connection is closed afterwards", { .kind = WORLD_DROP_DONE }, ": " },
	{ "something that is not HTTP", { .kind = WORLD_GARBAGE }, ": " },
	{ "nothing at all", { .kind = WORLD_BODY, .body = "" }, "could not be understood" },
	{ "an array", { .kind = WORLD_BODY, .body = "[]" }, "could not be understood" },
	{ "an object of nothing", { .kind = WORLD_BODY, .body = "{}" }, "is missing" },
	{ "objects for lists", { .kind = WORLD_BODY, .body = ALL_LISTS("{}") },
	  "must be an array, not an object" },
	{ "null for lists", { .kind = WORLD_BODY, .body = ALL_LISTS("null") },
	  "could not be understood" },
	{ "null in the lists", { .kind = WORLD_BODY, .body = ALL_LISTS("[null]") },
	  "must be an object" },
	{ "empty objects in the lists", { .kind = WORLD_BODY, .body = ALL_LISTS("[{}]") },
	  "could not be understood" },
	{ "numbers for ids", { .kind = WORLD_BODY, .body = ALL_LISTS("[{\"id\":7}]") },
	  "could not be understood" },
	{ "a redirect", { .kind = WORLD_BODY, .status = 302, .body = "{}" }, ": HTTP 302" },
	{ "no content", { .kind = WORLD_BODY, .status = 204, .body = "" }, ": HTTP 204" },
};
/* clang-format on */

static bool takes_time(const struct bad_day *d)
{
	return d->fault.kind == WORLD_MUTE || d->fault.kind == WORLD_DELAY;
}

/* She leads, and has acknowledged: by either she would be granted. */
static void ana_may_have_it(struct scene *t)
{
	struct world_page *p;

	scene_incident(t, "ana");
	p = world_trigger(t->world, "PSVC001", "replica lag");
	assert_true(world_ack(t->world, p, "ana"));
}

static void set_fault(struct scene *t, const char *call, const struct world_fault *fault)
{
	struct world_fault f = *fault;

	text_copy(f.call, sizeof(f.call), call);
	world_fault(t->world, &f);
}

static bool has_come(struct scene *t, void *data)
{
	const size_t *from = data;

	for (size_t i = *from; i < t->world->messages.n; i++) {
		const struct world_message *m = t->world->messages.items[i];

		if (strncmp(m->text, "Not granted", 11) == 0) {
			return true;
		}
	}
	return false;
}

/* Nobody answers: time has to pass until it is decided. */
static const char *ask_and_wait(struct scene *t, const char *asked)
{
	size_t from = t->world->messages.n;

	scene_type(t, "ana", "prod-db 1h");
	assert_true(scene_called(t, asked, 1));
	for (int i = 0; i < 30 && !scene_until(t, has_come, &from, 5); i++) {
		scene_pass(t, 500);
	}
	return scene_decision(t, "ana", from);
}

static void place_open(struct scene *t, const struct place *p)
{
	scene_again(t);
	t->policies = story_policy(p->rule);
	t->patience = PATIENCE;
	ana_may_have_it(t);
}

static void bad_day_check(struct scene *t, const struct place *p, const struct bad_day *d,
			  const char *said)
{
	size_t i = (size_t)(d - bad_days);

	assert_has(said, "Not granted: prod-db");
	assert_has(said, p->provider);
	assert_has(said, d->says);
	assert_has(said, "so nothing was granted.");
	assert_row(scene_grants(t) == 0, i, d->name);
	if (p->not_ready) {
		assert_has(scene_why(t), p->not_ready);
		assert_has(scene_why(t), p->provider);
	}
}

static void bad_day(struct scene *t, const struct place *p, const struct bad_day *d)
{
	place_open(t, p);
	set_fault(t, p->call, &d->fault);
	scene_start(t, true);
	bad_day_check(t, p, d,
		      takes_time(d) ? ask_and_wait(t, p->asked)
				    : scene_ask(t, "ana", "prod-db 1h"));
	assert_has(scene_log(), p->not_ready ? "provider.failed" : "lookup_failed");

	world_clear_faults(t->world);
	scene_pass(t, takes_time(d) ? 6000 : d->fault.kind == WORLD_LIMIT ? 31000 : 0);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
	assert_row(scene_grants(t) == 1, (size_t)(d - bad_days), d->name);
	assert_string_equal(scene_why(t), "");
}

static int place_setup(void **state)
{
	const struct place *p = *state;

	watch_setup_stopped(state);
	((struct scene *)*state)->data = p;
	return 0;
}

static void every_bad_day(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(bad_days); i++) {
		print_message("           %s\n", bad_days[i].name);
		bad_day(t, t->data, &bad_days[i]);
	}
}

/* --- good days that look bad ------------------------------------------------------------ */

static void two_mebibytes_of_what_nobody_asked_for_are_read(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		place_open(t, &places[i]);
		set_fault(t, places[i].call, &(struct world_fault){ .kind = WORLD_HUGE });
		scene_start(t, true);
		assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
	}
}

static void an_answer_that_is_late_but_in_time_counts(void **state)
{
	struct scene *t = *state;
	const struct world_fault slow = { .kind = WORLD_DELAY, .delay_ms = 3000 };

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		size_t from;

		place_open(t, &places[i]);
		scene_start(t, true);
		assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
		set_fault(t, places[i].call, &slow);
		from = t->world->messages.n;
		scene_type(t, "ana", "prod-db 1h");
		assert_true(scene_called(t, places[i].asked, 2));
		scene_settle(t);
		scene_pass(t, 4000);
		assert_has(scene_decision(t, "ana", from), "Granted: prod-db");
	}
}

/* --- refused, and one without the other --------------------------------------------------- */

static void nobody_listens_at_a_provider(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		bool io = strcmp(places[i].provider, "incident.io") == 0;
		const char *said;

		place_open(t, &places[i]);
		t->io_url = io ? "http://127.0.0.1:1/" : NULL;
		t->pd_url = io ? NULL : "http://127.0.0.1:1/";
		scene_start(t, true);
		said = scene_ask(t, "ana", "prod-db 1h");
		assert_has(said, "Not granted: prod-db");
		assert_has(said, places[i].provider);
		assert_has(said, "so nothing was granted.");
		assert_has(scene_why(t), places[i].provider);
		scene_stop(t);
		t->io_url = t->pd_url = NULL;
		scene_start(t, true);
		scene_type(t, "ana", "prod-db 1h");
		assert_non_null(scene_message(t, "Granted: prod-db"));
	}
}

static void one_provider_is_down_and_the_other_grants(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		place_open(t, &places[i]);
		t->policies = story_policy(RULE_LEAD "; }, { " RULE_ON_CALL);
		set_fault(t, places[i].call,
			  &(struct world_fault){ .kind = WORLD_STATUS, .status = 500 });
		scene_start(t, true);
		assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted: prod-db");
	}
}

static void two_that_are_down_are_both_named(void **state)
{
	struct scene *t = *state;
	const char *said;

	ana_may_have_it(t);
	set_fault(t, "GET /v2/*",
		  &(struct world_fault){ .kind = WORLD_STATUS, .status = 500 });
	set_fault(t, "GET /incidents",
		  &(struct world_fault){ .kind = WORLD_STATUS, .status = 403 });
	scene_start(t, true);
	said = scene_ask(t, "ana", "prod-db 1h");
	assert_has(said, "incident.io: HTTP 500");
	assert_has(said, "PagerDuty: HTTP 403");
	assert_has(said, "so nothing was granted.");
}

/* The key, as if a proxy had put it into its complaint. */
static void what_a_provider_says_of_a_fault_is_not_repeated(void **state)
{
	struct scene *t = *state;
	char body[512];

	for (size_t i = 0; i < ARRAY_LEN(places); i++) {
		const struct world *w = t->world;

		place_open(t, &places[i]);
		snprintf(body, sizeof(body),
			 "{\"errors\":[{\"code\":\"bad_key\",\"message\":\"%s\"}],"
			 "\"error\":{\"code\":2006,\"message\":\"%s\"}}",
			 w->incidentio_key, w->pagerduty_key);
		set_fault(t, places[i].call,
			  &(struct world_fault){
				  .kind = WORLD_BODY, .status = 401, .body = body });
		scene_start(t, true);
		assert_has(scene_ask(t, "ana", "prod-db 1h"), "HTTP 401");
	}
}

/* --- who is waited for ------------------------------------------------------------------- */

static void who_has_not_answered_is_named(void **state)
{
	static const struct {
		const char *calls[2];
		const char *says;
		const char *then;
	} rows[] = {
		{ { "GET /v2/incidents" },
		  "incident.io has not answered yet.",
		  "incident.io did not answer in 5 s, so nothing was granted." },
		{ { "GET /users" },
		  "PagerDuty has not answered yet.",
		  "PagerDuty did not answer in 5 s, so nothing was granted." },
		{ { "GET /v2/users", "GET /incidents" },
		  "incident.io and PagerDuty have not answered yet.",
		  "incident.io did not answer in 5 s; PagerDuty did not answer in 5 s, "
		  "so nothing was granted." },
		{ { "users.info" },
		  "Slack has not answered yet.",
		  "Slack could not say who you are" },
	};
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		scene_again(t);
		t->patience = PATIENCE;
		scene_start(t, true);
		for (size_t k = 0; k < 2 && rows[i].calls[k]; k++) {
			set_fault(t, rows[i].calls[k],
				  &(struct world_fault){ .kind = WORLD_MUTE });
		}
		scene_type(t, "ana", "prod-db 1h");
		for (size_t k = 0; k < 2 && rows[i].calls[k]; k++) {
			assert_true(scene_called(t, rows[i].calls[k], 1));
		}
		scene_settle(t); /* the others have answered */
		fake_clock_advance(&t->clock, 1450);
		assert_row(scene_message(t, rows[i].says), i, rows[i].says);
		scene_pass(t, 9000);
		assert_non_null(scene_message(t, rows[i].then));
	}
}

int main(void)
{
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
#define BAD_DAYS(i) \
	{ \
		.name = places[i].name, .test_func = every_bad_day, \
		.setup_func = place_setup, .teardown_func = watch_teardown, \
		.initial_state = (void *)(uintptr_t)&places[i], \
	}
	const struct CMUnitTest tests[] = {
		BAD_DAYS(0),
		BAD_DAYS(1),
		BAD_DAYS(2),
		BAD_DAYS(3),
		BAD_DAYS(4),
		BAD_DAYS(5),
		BAD_DAYS(6),
		STOPPED(two_mebibytes_of_what_nobody_asked_for_are_read),
		STOPPED(an_answer_that_is_late_but_in_time_counts),
		STOPPED(nobody_listens_at_a_provider),
		STOPPED(one_provider_is_down_and_the_other_grants),
		STOPPED(two_that_are_down_are_both_named),
		STOPPED(what_a_provider_says_of_a_fault_is_not_repeated),
		STOPPED(who_has_not_answered_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
