/* SPDX-License-Identifier: Apache-2.0 */
/* What people and vendors write: in reasons, in names of incidents, roles and services, in
 * the config. Nothing of it pings, breaks or hides anything, and everybody is answered.
 * The looking is in tests/lib/scene_watch.h. */
#include <stdio.h>
#include <string.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

enum { LONG = 100 * 1000 };

/* clang-format off */
static const char *const hostile[] = {
	"<!channel>", "<!here>", "<!everyone>", "<!subteam^S0LEADS01>", "<!subteam^S0LEADS01|@leads>",
	"<@U0BOB0001>", "<@U0BOB0001|bob>", "@bob", "@here", "#ops", "<#C0OPS0001>",
	"<https://evil.example|https://acme.example>", "<mailto:a@b.example|a>", "https://evil.example/?a=1&b=2",
	"<!date^0^{date}|now>", "<", ">", "<<<<", ">>>>", "<!", "<@", "<@U0BOB0001", "&", "&amp;", "&amp;lt;",
	"&lt;!channel&gt;", "&amp;lt;!channel&amp;gt;", "&#60;!channel&#62;", "&lt", "&unknown;",
	"`", "``", "```", "```code```", "`prod-db`", "*Granted:* prod-db", "_x_", "~x~", "> quoted", "\\", "\\n", "\\\"",
	"'", "''", "\"", "\"\"", "\"open", "'; DROP TABLE request; --", "%s%n%x", "%", "{}", "${HOME}", "$(id)",
	"\xe2\x80\xae" "Detnarg", "\xe2\x80\x8f", "\xe2\x81\xa6x\xe2\x81\xa9", "zero\xe2\x80\x8bwidth", "\xef\xbb\xbf",
	"soft\xc2\xadhyphen", "\xf3\xa0\x81\x81tag", "line\nbreak", "tab\tstop", "\r\n", "\xe2\x80\xa8", "\x01\x02\x1b[31mred",
	"\xe2\x80\x9cquoted\xe2\x80\x9d", "it\xe2\x80\x99s", "\xe2\x80\x94" "dash", "\xc2\xa0",
	"\xf0\x9f\x94\xa5", "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x9a\x92", "\xf0\x9f\x87\xa9\xf0\x9f\x87\xaa", ":fire:",
	"Z\xcc\x80\xcc\x81\xcc\x82\xcc\x83\xcc\x84\xcc\x85\xcc\x86\xcc\x87", "\xd7\xa9\xd7\x9c\xd7\x95\xd7\x9d", "\xe6\x97\xa5\xe6\x9c\xac",
	"Granted: prod-db for", "Not granted", "null", "true", "-1", "help", "mine", "xoxb-1-made-up", "\xef\xbf\xbd",
};

/* Between the quotes of the JSON, as they are. */
static const char *const raw[] = {
	"\\ud800", "\\udc00", "\\ud800\\ud800", "\\udc00\\ud800", "a\\ud83d", "a\\ud83db", "\\ud83d\\u0041", "\\ud83d\\ude00",
	"\\u0000", "a\\u0000b", "\\u0000\\u0000", "\\u202e", "\\u0001", "\\u001b[2J", "\\ufeff", "\\uffff", "\\ufffe",
	"\xed\xa0\x80", "\xed\xb0\x80", "\xed\xa0\xbd\xed\xb8\x80", "\xff\xfe", "\xc0\x80", "\xf5\x80\x80\x80", "\x80", "\xe2\x82",
	"\x01", "\t", "\x7f", "\\/", "\\b\\f", "\\\"quoted\\\"", "&lt;!channel&gt;", "<!channel>", "<@U0BOB0001>",
};
/* clang-format on */

static bool has_granted(struct scene *t, void *data)
{
	const size_t *n = data;

	return scene_count(t, "Granted: prod-db") == *n;
}

/* The nth of them; and it may be asked for again. */
static bool is_granted(struct scene *t, size_t n)
{
	bool granted = scene_until(t, has_granted, &n, 5000);

	scene_let_go(t);
	return granted;
}

/* --- in what is typed --------------------------------------------------------------------- */

static void no_reason_is_too_strange_to_be_answered(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
		char text[256];

		snprintf(text, sizeof(text), "prod-db 2h because %s now", hostile[i]);
		struct world_envelope *e = scene_type_in(t, "ana", "inc-room", text);

		assert_row(scene_acked(t, e), i, hostile[i]);
		assert_row(is_granted(t, i + 1), i, hostile[i]);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE reason LIKE "
				      "'because%now'"),
			 ARRAY_LEN(hostile));
	/* Slack escapes once, and once it is undone. */
	assert_int_equal(scene_sql(t,
				   "SELECT count(*) FROM request WHERE reason IN "
				   "('because <!channel> now', 'because &amp;lt; now',"
				   " 'because & now', 'because &lt;!channel&gt; now')"),
			 4);
}

static void no_bytes_are_too_broken_to_be_answered(void **state)
{
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(raw); i++) {
		char text[128];

		snprintf(text, sizeof(text), "prod-db 2h because %s now", raw[i]);
		struct world_envelope *e = scene_type_json(t, "ana", text);

		assert_row(scene_acked(t, e), i, raw[i]);
		assert_row(is_granted(t, i + 1), i, raw[i]);
	}
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE reason LIKE "
				      "'because%now'"),
			 ARRAY_LEN(raw));
	assert_int_equal(scene_dials(t), 1);
}

/* Alone, in front and behind: the answer repeats some of it. */
static void what_is_no_command_is_said_back_harmlessly(void **state)
{
	static const char *const frames[] = { "%s",      "%s 2h", "prod-bd %s", "help %s",
					      "mine %s", "%s%s",  "prod-db%s" };
	struct scene *t = *state;

	struct world_envelope *e = NULL;

	for (size_t f = 0; f < ARRAY_LEN(frames); f++) {
		for (size_t i = 0; i < ARRAY_LEN(hostile); i++) {
			char text[512];
			size_t n = 0;

			for (const char *at = frames[f]; *at; at++) {
				bool hole = at[0] == '%' && at[1] == 's';

				n += (size_t)snprintf(text + n, sizeof(text) - n, "%.*s",
						      hole ? 200 : 1,
						      hole ? hostile[i] : at);
				at += hole;
			}
			e = scene_type_in(t, "ana", "inc-room", text);
		}
		assert_true(scene_acked(t, e));
	}
	scene_settle(t);
}

static void a_name_that_hides_or_dresses_up_is_found(void **state)
{
	static const char *const names[] = {
		"prod-db",
		"PROD-DB",
		"`prod-db`",
		"\"prod-db\"",
		"prod\xe2\x80\x8b-db",
		"\xe2\x80\x8eprod-db",
		"prod\xe2\x80\x91"
		"db",
		"prod\xe2\x80\x93"
		"db",
		"\xe2\x80\x9cprod-db\xe2\x80\x9d",
		"*prod-db*",
		"prod-db,",
		"\nprod-db\n",
	};
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char text[64];

		snprintf(text, sizeof(text), "%s 2h", names[i]);
		scene_type_in(t, "ana", "inc-room", text);
		assert_row(is_granted(t, i + 1), i, names[i]);
	}
}

/* --- how long ----------------------------------------------------------------------------- */

static const char *repeated(const char *start, const char *what, size_t n)
{
	static char text[2 * LONG];
	size_t len = (size_t)snprintf(text, sizeof(text), "%s", start);

	for (size_t i = 0; i < n; i++) {
		memcpy(text + len, what, strlen(what) + 1);
		len += strlen(what);
	}
	return text;
}

static void a_reason_has_500_characters_at_most(void **state)
{
	static const struct {
		const char *what;
		size_t n;
		const char *says;
	} rows[] = {
		{ "x", 500, "Granted" },
		{ "x", 501, "501 characters, and 500 is the most" },
		{ "\xf0\x9f\x94\xa5", 500, "Granted" },
		{ "\xf0\x9f\x94\xa5", 501, "501 characters, and 500 is the most" },
		{ "e\xcc\x81", 250, "Granted" },
		{ "e\xcc\x81", 251, "502 characters, and 500 is the most" },
		{ "&", 500, "Granted" },
		{ "<", 501, "501 characters, and 500 is the most" },
		{ "x", LONG, "100000 characters, and 500 is the most" },
		{ "why ", LONG / 4, "and 500 is the most" },
		{ "<!channel> ", LONG / 11, "and 500 is the most" },
		{ "\"x", LONG / 2, "and 500 is the most" },
		{ "2h ", LONG / 3, "and 500 is the most" },
	};
	struct scene *t = *state;

	scene_incident(t, "ana");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const char *text = repeated("prod-db 2h ", rows[i].what, rows[i].n);
		const char *said;

		if (strcmp(rows[i].says, "Granted") == 0) {
			said = scene_ask(t, "ana", text);
			scene_let_go(t);
		} else {
			said = scene_ack_text(scene_type(t, "ana", text));
		}
		assert_row(strstr(said, rows[i].says), i, said);
	}
	assert_int_equal(scene_sql(t, "SELECT min(length(reason)) FROM request"), 500);
	assert_int_equal(scene_dials(t), 1);
}

static void no_other_text_is_too_long_either(void **state)
{
	static const char *const starts[] = { "",         "help ",    "mine ",
					      "prod-bd ", "prod-db ", "prod-db INC-" };
	static const char *const whats[] = { "x",  "1",    "<", "&", "\xf0\x9f\x94\xa5",
					     "h ", "@bob " };
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(starts); i++) {
		for (size_t k = 0; k < ARRAY_LEN(whats); k++) {
			size_t n = LONG / strlen(whats[k]) / 4;

			scene_type(t, "ana", repeated(starts[i], whats[k], n));
		}
	}
	assert_int_equal(scene_dials(t), 1);
	assert_int_equal(scene_grants(t), 0);
}

/* --- in the names of others --------------------------------------------------------------- */

/* For the config: a string of libconfig's. */
static const char *quoted(const char *s, char *dst, size_t size)
{
	size_t n = 0;

	for (; *s && n + 2 < size; s++) {
		if (*s == '"' || *s == '\\') {
			dst[n++] = '\\';
		}
		dst[n++] = *s;
	}
	dst[n] = '\0';
	return dst;
}

/* Role, incident, service and page are called so; so are the resource's title and its
 * warning. Somebody is granted by each provider, somebody is denied. */
static void names_of_vendors_ping_nobody(void **state)
{
	static const char *const names[] = {
		"<!channel>", "<@U0CARA001>",    "`x` *y*",       "a & b < c > d",
		"&amp;lt;",   "\xe2\x80\xaeltr", "\"quoted\" \\", "\xf0\x9f\x94\xa5 fire",
	};
	static char policies[1024], resources[1024];
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char name[128];

		quoted(names[i], name, sizeof(name));
		snprintf(
			policies, sizeof(policies),
			"{ name = \"rule\"; resources = [ \"prod-db\" ]; any = ("
			"{ incidentio = { roles = [ \"%s\" ]; }; },"
			"{ pagerduty = { acknowledged = true; services = [ \"PSVC009\" ]; }; }"
			"); }",
			name);
		snprintf(resources, sizeof(resources),
			 "{ name = \"prod-db\"; title = \"%s\"; warning = \"%s\"; }",
			 name, name);
		t->policies = policies;
		t->resources = resources;
		world_add_role(t->world, names[i], "custom");
		world_add_service(t->world, "PSVC009", names[i], "PEP0001");
		struct world_incident *inc =
			world_declare(t->world, "cara", names[i], "Major");
		struct world_page *page = world_trigger(t->world, "PSVC009", names[i]);

		assert_true(world_take_role(t->world, inc, names[i], "ana"));
		assert_true(world_ack(t->world, page, "bob"));
		scene_start(t, true);
		assert_row(strstr(scene_ask(t, "ana", "prod-db 1h"), "Granted"), i,
			   names[i]);
		assert_row(strstr(scene_ask(t, "bob", "prod-db 1h"), "Granted"), i,
			   names[i]);
		assert_has(scene_ack_text(scene_type(t, "ana", "mine")), "prod-db");
		assert_has(scene_ack_text(scene_type(t, "ana", "help")), "prod-db");

		/* cara may not be pinged by her own name either: somebody else is denied */
		world_add_person(t->world, "finn", names[i]);
		const char *said = scene_ask(t, "finn", "prod-db 1h");

		assert_row(strstr(said, "Not granted: prod-db"), i, names[i]);
		assert_row(strstr(said, "ake the role"), i, said);
		scene_again(t);
	}
}

int main(void)
{
#define SCENE(f)   cmocka_unit_test_setup_teardown(f, watch_setup, watch_teardown)
#define STOPPED(f) cmocka_unit_test_setup_teardown(f, watch_setup_stopped, watch_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(no_reason_is_too_strange_to_be_answered),
		SCENE(no_bytes_are_too_broken_to_be_answered),
		SCENE(what_is_no_command_is_said_back_harmlessly),
		SCENE(a_name_that_hides_or_dresses_up_is_found),
		SCENE(a_reason_has_500_characters_at_most),
		SCENE(no_other_text_is_too_long_either),
		STOPPED(names_of_vendors_ping_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
