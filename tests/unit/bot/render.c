/* SPDX-License-Identifier: Apache-2.0 */
/* The messages that people see, held against golden files; and that nothing that a person
 * or a vendor writes can break out of them. */
#include "bot/render.h"

#include "tests/lib/test.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "shared/text.h"
#include "tests/lib/golden.h"

/* 2026-11-23T10:00:00Z, and 2 h later */
#define NOW_MS   ((int64_t)1795428000000)
#define UNTIL_MS (NOW_MS + 7200000)

static struct notice_facts ana(void)
{
	struct notice_facts a = { .asked_ms = NOW_MS - 212,
				  .decided_ms = NOW_MS,
				  .for_s = 7200,
				  .until_ms = UNTIL_MS,
				  .open_s = 7200 };

	text_copy(a.request_id, sizeof(a.request_id), "01J8ZK3V9QK2M4T6W8Y0A1B2C3");
	text_copy(a.team, sizeof(a.team), "T0ACME001");
	text_copy(a.user, sizeof(a.user), "U0ANA0001");
	text_copy(a.channel, sizeof(a.channel), "C0INC0001");
	text_copy(a.resource, sizeof(a.resource), "prod-db");
	text_copy(a.policy, sizeof(a.policy), "db-responders");
	text_copy(a.why, sizeof(a.why), "Incident Lead of INC-1 (incident.io)");
	return a;
}

static struct notice_facts bob(void)
{
	struct notice_facts b = ana();

	text_copy(b.request_id, sizeof(b.request_id), "01J8ZM5X1SN4Q6V8Y0A2C4E6G8");
	text_copy(b.user, sizeof(b.user), "U0BOB0001");
	text_copy(b.why, sizeof(b.why),
		  "INC-1 is live, but you hold no role of db-responders in it.");
	text_copy(b.fix, sizeof(b.fix),
		  "Take the role Incident Lead or DBA in INC-1, or acknowledge a page of "
		  "payments-db, then press Try again.");
	return b;
}

/* The file is easier to read in lines; consumes json. */
static bool same_json(const char *name, char *json)
{
	char file[64];
	json_t *v = json_loads(json, 0, NULL);
	char *pretty = v ? json_dumps(v, JSON_INDENT(1)) : NULL;
	bool same = false;
	char text[8192];

	snprintf(file, sizeof(file), "render/%s.json", name);
	if (pretty) {
		snprintf(text, sizeof(text), "%s\n", pretty);
		same = golden_same(file, text);
	}
	free(pretty);
	json_decref(v);
	free(json);
	return same;
}

static char *notice(enum notice_kind kind, const struct notice_facts *about,
		    enum render_place place)
{
	return render_notice(kind, about, place, "C0INC0001", NOW_MS);
}

/* --- golden files ---------------------------------------------------------------------- */

static void each_kind_of_message_is_as_it_was(void **state)
{
	struct notice_facts a = ana();
	struct notice_facts b = bob();
	struct notice_facts warned = ana();

	(void)state;
	text_copy(warned.warning, sizeof(warned.warning), "Writes reach customers.");
	warned.until_ms += (int64_t)86400000;
	assert_true(
		same_json("granted", notice(NOTICE_GRANTED, &a, RENDER_CHANNEL_REPLY)));
	assert_true(same_json("granted_warning",
			      notice(NOTICE_GRANTED, &warned, RENDER_POST)));
	assert_true(same_json("denied", notice(NOTICE_DENIED, &b, RENDER_CHANNEL_REPLY)));
	assert_true(same_json("denied_private",
			      notice(NOTICE_DENIED, &b, RENDER_PRIVATE_REPLY)));
	text_copy(a.why, sizeof(a.why), "The time is up");
	assert_true(same_json("ended", notice(NOTICE_ENDED, &a, RENDER_POST)));
	a.why[0] = '\0';
	assert_true(same_json("checking", notice(NOTICE_CHECKING, &a, RENDER_EPHEMERAL)));
	text_copy(a.why, sizeof(a.why), "cannot write the ledger: disk full");
	assert_true(same_json("stuck", notice(NOTICE_STUCK, &a, RENDER_PRIVATE_REPLY)));
}

/* What is said while it lives, and of its end. */
static void each_message_of_its_life_is_as_it_was(void **state)
{
	static const struct {
		const char *file;
		enum notice_kind kind;
		const char *why, *fix, *by, *thread;
		int64_t can_keep;
	} rows[] = {
		{ "ended_incident", NOTICE_ENDED, "INC-1 was resolved", "", "", "", 0 },
		{ "ended_released", NOTICE_ENDED, "", "", "U0ANA0001", "", 0 },
		{ "ended_revoked", NOTICE_ENDED, "left <!here>", "", "U0BOB0001", "", 0 },
		{ "extended", NOTICE_EXTENDED, "Incident Lead of INC-1 (incident.io)", "",
		  "U0ANA0001", "", 0 },
		{ "shortened", NOTICE_SHORTENED, "script: no such session", "", "", "",
		  0 },
		{ "kept", NOTICE_KEPT, "handing over", "", "U0ANA0001", "", 0 },
		{ "expiring", NOTICE_EXPIRING, "", "", "", "", 0 },
		{ "losing", NOTICE_LOSING, "INC-1 was resolved", "", "", "", 0 },
		{ "losing_keep", NOTICE_LOSING, "INC-1 was resolved", "", "", "", 1 },
		{ "regained", NOTICE_REGAINED, "you have part in the incident again", "",
		  "", "", 0 },
		{ "held", NOTICE_HELD, "", "To have it for longer, press Extend.", "", "",
		  0 },
		{ "room_granted", NOTICE_ROOM_GRANTED,
		  "Incident Lead of INC-1 (incident.io)", "", "", "", 0 },
		{ "room_ended", NOTICE_ROOM_ENDED, "INC-1 was resolved", "", "",
		  "1795428000.000100", 0 },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct notice_facts a = ana();

		text_copy(a.why, sizeof(a.why), rows[i].why);
		text_copy(a.fix, sizeof(a.fix), rows[i].fix);
		text_copy(a.by, sizeof(a.by), rows[i].by);
		text_copy(a.thread, sizeof(a.thread), rows[i].thread);
		a.can_keep = rows[i].can_keep;
		assert_row(same_json(rows[i].file, notice(rows[i].kind, &a, RENDER_POST)),
			   i, rows[i].file);
	}
}

/* The button carries an id, so that there is nothing in it to be changed. */
static void the_modal_asks_why(void **state)
{
	(void)state;
	assert_true(
		same_json("keep_modal", render_keep_modal("12345.98765.abcd2358fdea",
							  "01J8ZK3V9QK2M4T6W8Y0A1B2C3")));
	assert_true(same_json("modal_error", render_modal_error("It has ended.")));
}

static void a_grant_that_is_carried_out_says_where_it_is(void **state)
{
	struct notice_facts a = ana();

	(void)state;
	text_copy(a.provisioner, sizeof(a.provisioner), "okta");
	assert_true(
		same_json("granting", notice(NOTICE_GRANTING, &a, RENDER_CHANNEL_REPLY)));
	text_copy(a.why, sizeof(a.why), "okta: HTTP 500: user not found");
	assert_true(same_json("failed", notice(NOTICE_FAILED, &a, RENDER_POST)));
	text_copy(a.why, sizeof(a.why), "The time is up");
	assert_true(same_json("revoking", notice(NOTICE_REVOKING, &a, RENDER_POST)));
	a.open_s = -1;
	assert_true(same_json("ended_never", notice(NOTICE_ENDED, &a, RENDER_POST)));
}

static char command[] = "/access";
static char names[20][32];
static struct resource items[20];

static struct config some_config(size_t n)
{
	struct config c = { .slack.command = command, .resources = { items, n } };

	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "prod-db-%zu", i);
		items[i].name = names[i];
	}
	return c;
}

static void help_names_the_resources(void **state)
{
	struct config c = some_config(3);
	char *json;

	(void)state;
	assert_true(same_json("help", render_help(&c)));
	c = some_config(20);
	json = render_help(&c);
	assert_has(json, "prod-db-14 and 5 more.");
	assert_has_not(json, "prod-db-15");
	free(json);
	c = some_config(0);
	json = render_help(&c);
	assert_has(json, "No resource is configured yet.");
	free(json);
}

static void mine_lists_what_is_held(void **state)
{
	static struct mine m;
	struct grant_row *g = &m.grants[0];

	(void)state;
	m = (struct mine){ 0 };
	assert_true(same_json("mine_nothing", render_mine(&m, "/access", NOW_MS)));
	text_copy(g->id, sizeof(g->id), "01J8ZK3V9QK2M4T6W8Y0A1B2C3");
	text_copy(g->resource, sizeof(g->resource), "prod-db");
	text_copy(g->evidence, sizeof(g->evidence),
		  "Incident Lead of INC-1 (incident.io)");
	g->expires_ms = UNTIL_MS;
	m.grants[1] = m.grants[0];
	m.n = 2;
	m.total = 7;
	assert_true(same_json("mine", render_mine(&m, "/access", NOW_MS)));
}

static void a_problem_is_for_the_asker_alone(void **state)
{
	(void)state;
	assert_true(
		same_json("problem", render_problem("There is no resource called "
						    "'<!channel>'. Do you mean prod-db?\n"
						    "/access help says how to ask.")));
}

/* --- as people read it ----------------------------------------------------------------- */

/* Put `by` in the place of every `what` of text. */
static void replace(char *text, size_t size, const char *what, const char *by)
{
	char *at = strstr(text, what);

	while (at) {
		char *rest = strdup(at + strlen(what));

		snprintf(at, size - (size_t)(at - text), "%s%s", by, rest);
		at = strstr(at + strlen(by), what);
		free(rest);
	}
}

/* What Slack makes of `text`: names for ids, the time of a token, ids cut for the README;
 * behind who says it. Consumes json. */
static void add_as_read(char *dst, size_t size, char *json)
{
	json_t *v = json_loads(json, 0, NULL);
	char text[4096];
	size_t len = strlen(dst);
	char *token;

	text_copy(text, sizeof(text), json_string_value(json_object_get(v, "text")));
	json_decref(v);
	free(json);
	replace(text, sizeof(text), "<@U0ANA0001>", "@ana");
	replace(text, sizeof(text), "<@U0BOB0001>", "@bob");
	replace(text, sizeof(text), "01J8ZK3V9QK2M4T6W8Y0A1B2C3", "01J8ZK…");
	replace(text, sizeof(text), "01J8ZM5X1SN4Q6V8Y0A2C4E6G8", "01J8ZM…");
	token = strstr(text, "<!date^");
	if (token) {
		char *bar = strchr(token, '|');

		memmove(token, bar + 1, strlen(bar));
		replace(text, sizeof(text), " UTC>", "");
	}
	replace(text, sizeof(text), "\n", "\n           ");
	snprintf(dst + len, size - len, "  accessd  %s\n", text);
}

static void the_first_screen_of_the_readme_is_what_is_rendered(void **state)
{
	struct notice_facts a = ana();
	struct notice_facts b = bob();
	char granted[1024] = "  ana      /access prod-db 2h replica lag\n";
	char denied[1024] = "  bob      /access prod-db 90m\n";
	char *readme = golden_read("README.md");

	(void)state;
	add_as_read(granted, sizeof(granted),
		    notice(NOTICE_GRANTED, &a, RENDER_CHANNEL_REPLY));
	add_as_read(denied, sizeof(denied),
		    notice(NOTICE_DENIED, &b, RENDER_CHANNEL_REPLY));
	assert_true(golden_same("render/granted.txt", granted));
	assert_true(golden_same("render/denied.txt", denied));
	assert_non_null(readme);
	assert_has(readme, granted);
	assert_has(readme, denied);
	free(readme);
}

static void the_end_says_the_cause_and_how_long_it_was_open(void **state)
{
	struct notice_facts a = ana();
	char ended[1024] = "";
	char *readme = golden_read("README.md");

	(void)state;
	text_copy(a.why, sizeof(a.why), "The time is up");
	add_as_read(ended, sizeof(ended), notice(NOTICE_ENDED, &a, RENDER_POST));
	assert_true(golden_same("render/ended.txt", ended));
	*strchr(ended, '\n') = '\0'; /* the README leaves out who and why */
	assert_non_null(readme);
	assert_has(readme, ended);
	free(readme);
}

/* --- what strangers write -------------------------------------------------------------- */

static void fill(char *dst, size_t size, const char *unit)
{
	size_t n = strlen(unit);

	dst[0] = '\0';
	for (size_t at = 0; at + n < size; at += n) {
		memcpy(dst + at, unit, n + 1);
	}
}

/* Every text of the message, for fn. */
static void each_text(const json_t *v, void (*fn)(const char *text))
{
	json_auto_t *actions = json_string("actions");
	const json_t *block, *element;
	size_t i;

	fn(json_string_value(json_object_get(v, "text")));
	json_array_foreach (json_object_get(v, "blocks"), i, block) {
		const json_t *text = json_object_get(block, "text");

		if (json_equal(json_object_get(block, "type"), actions)) {
			continue; /* our own words alone */
		}
		element = json_array_get(json_object_get(block, "elements"), 0);
		text = text ? text : element;
		assert_true(json_is_true(json_object_get(text, "verbatim")));
		assert_true(text_chars(json_string_value(
				    json_object_get(text, "text"))) <= 3000);
		fn(json_string_value(json_object_get(text, "text")));
	}
}

/* Only our own '<': a user, or a date. */
static void only_our_markup(const char *text)
{
	assert_non_null(text);
	assert_true(*text != '\0');
	for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
		assert_true(strncmp(at, "<@U0ANA0001>", 12) == 0 ||
			    strncmp(at, "<!date^", 7) == 0);
	}
	assert_null(strchr(text, '`'));
}

static void nothing_breaks_out_of_a_message(void **state)
{
	static const char *const units[] = { "<!channel> ", "&",    "\"\\\n",      "`*_~",
					     "🔥",           "\xff", "\xe2\x80\xae" };
	struct notice_facts a;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		a = ana();
		fill(a.resource, sizeof(a.resource), units[i]);
		fill(a.warning, sizeof(a.warning), units[i]);
		fill(a.policy, sizeof(a.policy), units[i]);
		fill(a.why, sizeof(a.why), units[i]);
		fill(a.fix, sizeof(a.fix), units[i]);
		for (unsigned kind = 0; kind < NOTICE_KIND_MAX; kind++) {
			char *json = notice((enum notice_kind)kind, &a, RENDER_POST);
			json_t *v = json ? json_loads(json, 0, NULL) : NULL;

			assert_row(v, i, units[i]);
			each_text(v, only_our_markup);
			json_decref(v);
			free(json);
		}
	}
}

static void everything_missing_is_still_a_message(void **state)
{
	static const struct notice_facts nothing;

	(void)state;
	for (unsigned kind = 0; kind < NOTICE_KIND_MAX; kind++) {
		char *json = render_notice((enum notice_kind)kind, &nothing,
					   RENDER_PRIVATE_REPLY, "", 0);

		assert_non_null(json);
		assert_has(json, "\"response_type\":\"ephemeral\"");
		free(json);
	}
}

/* A slash command's answer may be the payload of its ack, which has a cap of 16 KiB. */
static void the_lists_fit_into_an_ack(void **state)
{
	static struct mine m;
	char *json;

	(void)state;
	m.n = m.total = MINE_MAX;
	for (size_t i = 0; i < MINE_MAX; i++) {
		fill(m.grants[i].resource, sizeof(m.grants[i].resource), "prod-");
		fill(m.grants[i].evidence, sizeof(m.grants[i].evidence), "lead of ");
		fill(m.grants[i].id, sizeof(m.grants[i].id), "0");
	}
	json = render_mine(&m, "/access", NOW_MS);
	assert_true(strlen(json) < 16384);
	free(json);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_kind_of_message_is_as_it_was),
		cmocka_unit_test(each_message_of_its_life_is_as_it_was),
		cmocka_unit_test(the_modal_asks_why),
		cmocka_unit_test(a_grant_that_is_carried_out_says_where_it_is),
		cmocka_unit_test(help_names_the_resources),
		cmocka_unit_test(mine_lists_what_is_held),
		cmocka_unit_test(a_problem_is_for_the_asker_alone),
		cmocka_unit_test(the_first_screen_of_the_readme_is_what_is_rendered),
		cmocka_unit_test(the_end_says_the_cause_and_how_long_it_was_open),
		cmocka_unit_test(nothing_breaks_out_of_a_message),
		cmocka_unit_test(everything_missing_is_still_a_message),
		cmocka_unit_test(the_lists_fit_into_an_ack),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
