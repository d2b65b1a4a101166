/* SPDX-License-Identifier: Apache-2.0 */
/* What people type behind /access, and what they try. */
#include "bot/parse.h"

#include "tests/lib/test.h"

#include <stdlib.h>

#include "shared/text.h"

static struct resource items[4];
static const struct resource_list resources = { items, 4 };

static int set_up(void **state)
{
	static char names[][16] = { "prod-db", "prod-cache", "staging-db",
				    "prod-db.example" };

	(void)state;
	for (size_t i = 0; i < 4; i++) {
		items[i].name = names[i];
	}
	return 0;
}

static struct command parse_n(const char *text, size_t n)
{
	struct command c;

	command_parse(text, n, "/access", &resources, &c);
	return c;
}

static struct command parse(const char *text)
{
	return parse_n(text, strlen(text));
}

/* --- what is asked --------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *text, *resource;
	int64_t for_s;
	const char *incident, *reason;
} asks[] = {
	{ "prod-db", "prod-db", 0, "", "" },
	{ "prod-db 2h replica lag", "prod-db", 7200, "", "replica lag" },
	{ "2h prod-db replica lag", "prod-db", 7200, "", "replica lag" },
	{ "replica lag prod-db 2h", "prod-db", 7200, "", "replica lag" },
	{ "INC-204 prod-db 45m", "prod-db", 2700, "INC-204", "" },
	{ "prod-db inc-204 1h30m lag", "prod-db", 5400, "INC-204", "lag" },
	{ "prod-db 1.5h", "prod-db", 5400, "", "" },
	{ "prod-db 90min", "prod-db", 5400, "", "" },
	{ "prod-db 1d", "prod-db", 86400, "", "" },
	{ "request prod-db 2h", "prod-db", 7200, "", "" },
	{ "Request prod-db", "prod-db", 0, "", "" },
	{ "  prod-db \n 2h\t\n lag ", "prod-db", 7200, "", "lag" },
	{ "Prod-DB 2H", "prod-db", 7200, "", "" },
	{ "`prod-db` *2h*, lag", "prod-db", 7200, "", "lag" },
	{ "prod-db, 2h; lag", "prod-db", 7200, "", "lag" },
	{ "prod-cache prod-db", "prod-cache", 0, "", "prod-db" },
	/* durations in several words, and words that belong to them */
	{ "prod-db 1h 30m lag", "prod-db", 5400, "", "lag" },
	{ "prod-db 90 minutes lag", "prod-db", 5400, "", "lag" },
	{ "prod-db 1 h 30 min lag", "prod-db", 5400, "", "lag" },
	{ "prod-db for 2h lag", "prod-db", 7200, "", "lag" },
	{ "to prod-db for 2 hours", "prod-db", 7200, "", "" },
	{ "prod-db lag for the boss", "prod-db", 0, "", "lag for the boss" },
	/* numbers within the reason are the reason's */
	{ "prod-db 2h 500 errors", "prod-db", 7200, "", "500 errors" },
	{ "prod-db lag 90 and -5", "prod-db", 0, "", "lag 90 and -5" },
	{ "prod-db lag 1h30", "prod-db", 0, "", "lag 1h30" },
	{ "prod-db 5xx on checkout", "prod-db", 0, "", "5xx on checkout" },
	{ "prod-db 2h 3h", "prod-db", 7200, "", "3h" },
	{ "prod-db 10.0.0.1 is down", "prod-db", 0, "", "10.0.0.1 is down" },
	/* incidents */
	{ "prod-db #512", "prod-db", 0, "#512", "" },
	{ "prod-db lag, see #512", "prod-db", 0, "#512", "lag, see" },
	{ "prod-db OPS-7 lag", "prod-db", 0, "OPS-7", "lag" },
	{ "prod-db decode UTF-8 of JIRA-7", "prod-db", 0, "", "decode UTF-8 of JIRA-7" },
	{ "prod-db ops-7 lag", "prod-db", 0, "", "ops-7 lag" },
	{ "prod-db lag in Inc-204", "prod-db", 0, "INC-204", "lag in" },
	{ "prod-db Q1AB2CD3EF4GH5 lag", "prod-db", 0, "Q1AB2CD3EF4GH5", "lag" },
	{ "prod-db PT4KHLK", "prod-db", 0, "PT4KHLK", "" },
	{ "prod-db QUERIES", "prod-db", 0, "", "QUERIES" },
	{ "prod-db lag on POSTGRES15", "prod-db", 0, "", "lag on POSTGRES15" },
	{ "prod-db INC-1234567890", "prod-db", 0, "", "INC-1234567890" },
	{ "prod-db INC- #", "prod-db", 0, "", "INC- #" },
	{ "prod-db INC-1 INC-2", "prod-db", 0, "INC-1", "INC-2" },
	/* links, as Slack writes them */
	{ "<http://prod-db.example|prod-db.example> 2h", "prod-db.example", 7200, "", "" },
	{ "prod-db <https://app.incident.io/acme/incidents/204|app.incident.io/acme/incidents/204>", "prod-db", 0, "INC-204", "" },
	{ "prod-db <https://app.incident.io/acme/incidents/01JABCDEF0000000000000INC1>", "prod-db", 0, "01JABCDEF0000000000000INC1", "" },
	{ "prod-db <https://acme.pagerduty.com/incidents/Q1AB2CD3EF4GH5|page> lag", "prod-db", 0, "Q1AB2CD3EF4GH5", "lag" },
	{ "prod-db <https://acme.eu.pagerduty.com/incidents/512?x=1|page>", "prod-db", 0, "#512", "" },
	{ "prod-db https://acme.pagerduty.com/incidents/512", "prod-db", 0, "#512", "" },
	{ "prod-db <https://evil.example/incidents/512|acme.pagerduty.com/incidents/512>", "prod-db", 0, "", "acme.pagerduty.com/incidents/512" },
	{ "prod-db <https://notpagerduty.com/incidents/512>", "prod-db", 0, "", "https://notpagerduty.com/incidents/512" },
	{ "prod-db <https://pagerduty.com@evil.example/incidents/5|x>", "prod-db", 0, "", "x" },
	{ "prod-db <https://wiki.example/a|a page> 2h", "prod-db", 7200, "", "a page" },
	{ "prod-db <mailto:ana@acme.example|ana@acme.example>", "prod-db", 0, "", "ana@acme.example" },
	/* mentions become text */
	{ "prod-db ask <@U0BOB0001|bob>", "prod-db", 0, "", "ask @bob" },
	{ "prod-db ask <@U0BOB0001>", "prod-db", 0, "", "ask @U0BOB0001" },
	{ "prod-db see <#C0INC0001|inc-1042>", "prod-db", 0, "", "see #inc-1042" },
	{ "prod-db <#C0INC0001|>", "prod-db", 0, "", "#C0INC0001" },
	{ "prod-db <!channel> <!here|here>", "prod-db", 0, "", "channel here" },
	{ "prod-db <!subteam^S012|@oncall>", "prod-db", 0, "", "@oncall" },
	{ "prod-db a &amp; b &lt;!channel&gt; &amp;lt;", "prod-db", 0, "", "a & b <!channel> &lt;" },
	{ "prod-db a < b > c <", "prod-db", 0, "", "a < b > c <" },
	{ "prod-db <<@U1>> <>", "prod-db", 0, "", "<@U1> <>" },
	/* smart keyboards */
	{ "prod\xe2\x80\x93" "db 2h \xe2\x80\x9creplica lag\xe2\x80\x9d", "prod-db", 7200, "", "replica lag" },
	{ "prod-db\xc2\xa0" "2h\xe2\x80\xa8lag", "prod-db", 7200, "", "lag" },
	{ "prod-db it\xe2\x80\x99s slow", "prod-db", 0, "", "it's slow" },
	{ "prod-db \xe2\x80\x94why", "prod-db", 0, "", "--why" },
	/* quotes */
	{ "prod-db \"replica lag\"", "prod-db", 0, "", "replica lag" },
	{ "prod-db 'replica lag'", "prod-db", 0, "", "replica lag" },
	{ "prod-db \"2h outage of prod-cache in INC-7\"", "prod-db", 0, "", "2h outage of prod-cache in INC-7" },
	{ "\"prod-cache is slow\" prod-db", "prod-db", 0, "", "prod-cache is slow" },
	{ "\"slow cache\" prod-db \"see prod-cache\"", "prod-db", 0, "", "\"slow cache\" \"see prod-cache\"" },
	{ "\"prod-db\" \"2h\" lag", "prod-db", 7200, "", "lag" },
	{ "prod-db \"a\" and \"b\"", "prod-db", 0, "", "\"a\" and \"b\"" },
	{ "prod-db \"open only", "prod-db", 0, "", "\"open only" },
	{ "prod-db \" lag", "prod-db", 0, "", "\" lag" },
	/* what cannot be seen, or is not UTF-8 */
	{ "\xe2\x80\xae" "prod-db\xe2\x80\x8b 2h", "prod-db", 7200, "", "" },
	{ "\xef\xbb\xbf" "prod-db\a 2h\x7f", "prod-db", 7200, "", "" },
	{ "prod-db \xff", "prod-db", 0, "", "\xef\xbf\xbd" },
	{ "prod-db \xed\xa0\x80", "prod-db", 0, "", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "prod-db \xf0\x9f\x94\xa5", "prod-db", 0, "", "\xf0\x9f\x94\xa5" },
	{ "prod-db help mine", "prod-db", 0, "", "help mine" },
	{ "prod-db released by mistake", "prod-db", 0, "", "released by mistake" },
	{ "test of the restore on prod-db", "prod-db", 0, "", "test of the restore on" },
	{ "why is prod-db slow", "prod-db", 0, "", "why is slow" },
	{ "please prod-db 2h", "prod-db", 7200, "", "please" },
	/* marks of a sentence */
	{ "prod-db: 2h", "prod-db", 7200, "", "" },
	{ "Prod-DB. 2h. INC-204.", "prod-db", 7200, "INC-204", "" },
	{ "prod-db (2h) INC-204: replica lag.", "prod-db", 7200, "INC-204", "replica lag." },
};

static const struct { const char *text; enum command_kind kind; } verbs[] = {
	{ "", COMMAND_HELP }, { "  \n", COMMAND_HELP }, { "help", COMMAND_HELP }, { "HELP", COMMAND_HELP },
	{ "?", COMMAND_HELP }, { "help mine", COMMAND_HELP }, { "--help", COMMAND_HELP },
	{ "\xe2\x80\x94help", COMMAND_HELP }, { "-h", COMMAND_HELP }, { "request", COMMAND_HELP },
	{ "\xe2\x80\x8b", COMMAND_HELP }, { "mine", COMMAND_MINE }, { "Mine ", COMMAND_MINE },
	/* who asks how to must not be taken to ask for it */
	{ "help prod-db", COMMAND_HELP }, { "--help prod-db", COMMAND_HELP }, { "mine prod-db", COMMAND_MINE },
};

/* What is done to what is held already. */
static const struct {
	const char *text;
	enum command_kind kind;
	const char *target;
	int64_t for_s;
	const char *reason;
} deeds[] = {
	{ "release 7F3K", COMMAND_RELEASE, "7F3K", 0, "" },
	{ "Release 7f3k", COMMAND_RELEASE, "7F3K", 0, "" },
	{ "release `01J8ZK5N0QX4R7VTC2M9BDEFGH`", COMMAND_RELEASE, "01J8ZK5N0QX4R7VTC2M9BDEFGH", 0, "" },
	{ "release 01J8ZK\xe2\x80\xa6", COMMAND_RELEASE, "01J8ZK", 0, "" },
	{ "release \xe2\x80\xa6" "7F3K", COMMAND_RELEASE, "7F3K", 0, "" },
	/* who wants to be rid of it must not be taken to ask for it */
	{ "release prod-db", COMMAND_RELEASE, "prod-db", 0, "" },
	{ "release Prod-DB all done", COMMAND_RELEASE, "prod-db", 0, "all done" },
	{ "extend 7F3K", COMMAND_EXTEND, "7F3K", 0, "" },
	{ "extend 7F3K 1h", COMMAND_EXTEND, "7F3K", 3600, "" },
	{ "extend 7F3K by 1 h 30 min still lagging", COMMAND_EXTEND, "7F3K", 5400, "still lagging" },
	{ "extend prod-db for 1h", COMMAND_EXTEND, "prod-db", 3600, "" },
	{ "revoke 7F3K", COMMAND_REVOKE, "7F3K", 0, "" },
	{ "revoke 7F3K left the 2h call of prod-db", COMMAND_REVOKE, "7F3K", 0, "left the 2h call of prod-db" },
	{ "revoke INC-204 it is over", COMMAND_REVOKE, "INC-204", 0, "it is over" },
	{ "revoke #512", COMMAND_REVOKE, "#512", 0, "" },
	{ "freeze on", COMMAND_FREEZE, "", 0, "" },
	{ "freeze ON audit of prod-db", COMMAND_FREEZE, "", 0, "audit of prod-db" },
	{ "freeze on \xe2\x80\x94revoke stolen laptop", COMMAND_FREEZE, "", 0, "stolen laptop" },
	{ "freeze on stolen laptop --revoke", COMMAND_FREEZE, "", 0, "stolen laptop" },
	{ "freeze off", COMMAND_FREEZE, "", 0, "" },
};

/* What is told instead. */
static const struct { const char *text, *problem; } bads[] = {
	{ "prod-bd", "There is no resource called 'prod-bd'. Do you mean prod-db, prod-cache or staging-db?\n/access help says how to ask." },
	{ "cache", "Do you mean prod-cache" },
	/* of many words the one that was meant */
	{ "please give me prod-bd for 2h", "There is no resource called 'prod-bd'." },
	{ "please give me access", "There is no resource called 'please'." },
	{ "'; DROP TABLE grants", "There is no resource called 'DROP'." },
	{ "'; --", "There is no resource called '--'." },
	{ "';", "Which resource?" },
	{ "revoke", "Write /access revoke ID why.\nEach message about a grant ends with its id." },
	{ "revoke @ana", "'@ana' is no resource, no incident, and not 4 or more characters of an id. Write /access revoke ID why." },
	{ "release a.b", "'a.b' is no resource, and not 4 or more characters of an id. Write /access release ID.\n/access mine shows the ids." },
	/* nor who mistyped a verb, or tries one that there is not */
	{ "relase prod-db", "There is no command 'relase': do you mean release?\nTo ask for access, begin with what you ask for: /access prod-db 2h." },
	{ "Revoek prod-db left the call", "do you mean revoke?" },
	{ "revoke, prod-bd", "'prod-bd' is no resource, no incident" },
	{ "extnd 7F3K 1h", "do you mean extend?" },
	{ "frezee on", "do you mean freeze?" },
	{ "who prod-db", "There is no command 'who'.\nTo ask for access, begin with what you ask for: /access prod-db 2h." },
	{ "test prod-db 2h", "There is no command 'test'." },
	{ "why prod-db", "There is no command 'why'." },
	{ "deny prod-db", "There is no command 'deny'." },
	{ "DB 2h", "There is no resource called 'DB'. Do you mean prod-db, staging-db or prod-db.example?" },
	{ "2h INC-204", "Which resource? Name one, such as /access prod-db 2h.\n/access help lists them." },
	{ "90", "'90' has no unit: do you mean 90m or 90h?" },
	{ "request prod-bd 2h", "'prod-bd'" },
	{ "prod-bd 90", "'prod-bd'" },
	{ "for prod-bd", "'prod-bd'" },
	{ "../etc/passwd", "'../etc/passwd'" },
	{ "<@U0BOB0001|bob> 2h", "'@bob'" },
	{ "\"prod-db and more\"", "There is no resource called 'prod-db'" },
	{ "prod-db 90", "do you mean 90m or 90h?" },
	{ "90 prod-db", "do you mean 90m or 90h?" },
	{ "prod-db 90 replica lag", "do you mean 90m or 90h?" },
	{ "replica lag prod-db 90", "do you mean 90m or 90h?" },
	{ "replica lag 90 prod-db", "do you mean 90m or 90h?" },
	{ "prod-db for 90", "do you mean 90m or 90h?" },
	{ "prod-db 0", "0" },
	{ "prod-db 0m", "less than a second" },
	{ "prod-db -2h", "negative" },
	{ "prod-db \xe2\x88\x92" "2h", "negative" },
	{ "prod-db \xe2\x80\x93" "2h", "negative" },
	{ "prod-db 1h30", "do you mean 1h30m?" },
	{ "prod-db 1e9h", "1e9h" },
	{ "prod-db 2h2h", "twice" },
	{ "prod-db 30m1h", "out of order" },
	{ "prod-db 99999999999999999999h", "too long" },
	{ "prod-db 367d", "too long" },
	{ "prod-db 2weeks", "no unit" },
	{ "prod-db \xef\xbc\x92h", "digits 0 to 9" },
	{ "prod-db \xd9\xa2h", "digits 0 to 9" },
	{ "prod-db 1,5h", "dot" },
	{ "release", "Write /access release ID.\n/access mine shows the ids." },
	{ "release 7F", "'7F' is no resource, and not 4 or more characters of an id. Write /access release ID.\n/access mine shows the ids." },
	{ "release it now", "Write /access release ID." },
	{ "release 01J8ZK5N0QX4R7VTC2M9BDEFGHX", "Write /access release ID." },
	{ "release ../etc/passwd", "Write /access release ID." },
	{ "release INC-204", "Write /access release ID." },
	{ "extend 7F3K 90", "do you mean 90m or 90h?" },
	{ "extend 7F3K -1h", "negative" },
	{ "extend 7F3K please", "please" },
	{ "revoke", "Write /access revoke ID why." },
	{ "revoke prod-bd", "Write /access revoke ID why." },
	{ "freeze", "Write /access freeze on why, or freeze off." },
	{ "freeze prod-db", "Write /access freeze on why, or freeze off." },
};
/* clang-format on */

static void words_are_told_apart_in_any_order(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(asks); i++) {
		struct command c = parse(asks[i].text);

		if (c.kind == COMMAND_BAD) {
			fail_msg("row %zu, '%s': %s", i, asks[i].text, c.problem);
		}
		assert_row(c.kind == COMMAND_ASK, i, asks[i].text);
		assert_row(strcmp(c.resource, asks[i].resource) == 0, i, asks[i].text);
		assert_row(c.for_s == asks[i].for_s, i, asks[i].text);
		if (strcmp(c.incident, asks[i].incident) != 0 ||
		    strcmp(c.reason, asks[i].reason) != 0) {
			fail_msg("row %zu, '%s': incident '%s', reason '%s'", i,
				 asks[i].text, c.incident, c.reason);
		}
	}
}

static void some_words_are_verbs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(verbs); i++) {
		assert_row(parse(verbs[i].text).kind == verbs[i].kind, i, verbs[i].text);
	}
}

static void deeds_have_a_target_and_a_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(deeds); i++) {
		struct command c = parse(deeds[i].text);

		if (c.kind != deeds[i].kind || c.for_s != deeds[i].for_s ||
		    strcmp(c.target, deeds[i].target) != 0 ||
		    strcmp(c.reason, deeds[i].reason) != 0) {
			fail_msg("row %zu, '%s': %s, target '%s', %lld s, reason '%s'", i,
				 deeds[i].text, c.problem, c.target, (long long)c.for_s,
				 c.reason);
		}
		assert_string_equal(c.resource, "");
	}
	assert_true(parse("freeze on").on);
	assert_false(parse("freeze on").revoke_all);
	assert_true(parse("freeze on --revoke why").revoke_all);
	assert_false(parse("freeze off --revoke").on);
	assert_false(parse("freeze off --revoke").revoke_all);
}

static void what_is_not_clear_is_asked_back(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bads); i++) {
		struct command c = parse(bads[i].text);

		assert_row(c.kind == COMMAND_BAD, i, bads[i].text);
		assert_has(c.problem, bads[i].problem);
		assert_string_equal(c.resource, "");
		assert_int_equal(c.for_s, 0);
	}
}

static void a_nul_is_white_space(void **state)
{
	struct command c = parse_n("prod-db\0002h\0lag", 14);

	(void)state;
	assert_int_equal(c.kind, COMMAND_ASK);
	assert_int_equal(c.for_s, 7200);
	assert_string_equal(c.reason, "lag");
	assert_int_equal(parse_n("\0\0", 2).kind, COMMAND_HELP);
}

static void without_resources_it_says_so(void **state)
{
	static const struct resource_list none;
	struct command c;

	(void)state;
	command_parse("prod-db", 7, "/access", &none, &c);
	assert_int_equal(c.kind, COMMAND_BAD);
	assert_has(c.problem, "none is configured yet");
}

static void a_resource_may_be_called_like_a_verb(void **state)
{
	static char name[] = "release";
	struct resource one[1] = { { .name = name } };
	const struct resource_list list = { one, 1 };
	struct command c;

	(void)state;
	command_parse("release 2h", 10, "/access", &list, &c);
	assert_int_equal(c.kind, COMMAND_ASK);
	command_parse("extend release 1h", 17, "/access", &list, &c);
	assert_int_equal(c.kind, COMMAND_EXTEND);
	assert_string_equal(c.target, "release");
}

static void a_resource_may_be_called_mine_or_look_like_an_incident(void **state)
{
	static char mine[] = "mine", db7[] = "inc-7";
	struct resource two[2] = { { .name = mine }, { .name = db7 } };
	const struct resource_list list = { two, 2 };
	struct command c;

	(void)state;
	command_parse("mine 2h", 7, "/access", &list, &c);
	assert_int_equal(c.kind, COMMAND_ASK);
	command_parse("INC-7", 5, "/access", &list, &c);
	assert_int_equal(c.kind, COMMAND_ASK);
	assert_string_equal(c.resource, "inc-7");
	assert_string_equal(c.incident, "");
}

/* What a sentence puts behind a word may be of the name; and nothing is cut to make one. */
static void a_name_counts_as_a_whole(void **state)
{
	static char bare[] = "db", dotted[] = "db.", longest[NAME_SIZE];
	struct resource three[3] = { { .name = bare },
				     { .name = dotted },
				     { .name = longest } };
	const struct resource_list list = { three, 3 };
	char longer[NAME_SIZE + 1];
	struct command c;

	(void)state;
	memset(longest, 'x', NAME_SIZE - 1);
	memset(longer, 'x', NAME_SIZE);
	longer[NAME_SIZE] = '\0';
	command_parse("db. 2h", 6, "/access", &list, &c);
	assert_string_equal(c.resource, "db.");
	command_parse("db: 2h", 6, "/access", &list, &c);
	assert_string_equal(c.resource, "db");
	command_parse(longest, NAME_SIZE - 1, "/access", &list, &c);
	assert_string_equal(c.resource, longest);
	command_parse(longer, NAME_SIZE, "/access", &list, &c);
	assert_int_equal(c.kind, COMMAND_BAD);
}

/* --- long ones ------------------------------------------------------------------------- */

/* "prod-db " and n times `unit`; free() it. */
static char *repeated(const char *unit, size_t n)
{
	size_t len = strlen(unit);
	char *text = malloc(8 + n * len + 1);

	assert_non_null(text);
	memcpy(text, "prod-db ", 9);
	for (size_t i = 0; i < n; i++) {
		memcpy(text + 8 + i * len, unit, len + 1);
	}
	return text;
}

static void a_reason_has_500_characters_at_most(void **state)
{
	char *text = repeated("\xf0\x9f\x94\xa5", 500);
	struct command c = parse(text);

	(void)state;
	free(text);
	assert_int_equal(c.kind, COMMAND_ASK);
	assert_int_equal(strlen(c.reason), 2000);
	text = repeated("x", 501);
	c = parse(text);
	free(text);
	assert_int_equal(c.kind, COMMAND_BAD);
	assert_string_equal(c.problem,
			    "The reason has 501 characters, and 500 is the most.");
}

static void quotes_do_not_count(void **state)
{
	char *text = repeated("x", 502);

	(void)state;
	text[8] = '"';
	text[8 + 501] = '"';
	assert_int_equal(parse(text).kind, COMMAND_ASK);
	text[8] = 'x';
	assert_int_equal(parse(text).kind, COMMAND_BAD);
	free(text);
}

static void much_text_is_answered_at_once(void **state)
{
	static const char *const units[] = { "x",
					     "x ",
					     "<",
					     "<@U1|",
					     "<a|b>",
					     "\"",
					     "\" x ",
					     "1h ",
					     "\xff",
					     "&amp;",
					     "INC-1 ",
					     "9",
					     "9 ",
					     "1h30 ",
					     "prod-d ",
					     ". ",
					     "<https://x.pagerduty.com/incidents/1|y> " };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		char *text = repeated(units[i], 100000 / strlen(units[i]));
		struct command c = parse(text);

		free(text);
		assert_row(c.kind == COMMAND_BAD, i, units[i]);
		assert_row(text_is_utf8(c.problem, strlen(c.problem)), i, units[i]);
	}
}

static void a_long_unknown_name_is_cut_at_a_character(void **state)
{
	char *text = repeated("\xc3\xa4", 3000);
	struct command c;

	(void)state;
	c = parse_n(text + 8, strlen(text) - 8);
	free(text);
	assert_int_equal(c.kind, COMMAND_BAD);
	assert_true(text_is_utf8(c.problem, strlen(c.problem)));
	assert_has(c.problem, "…'");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_told_apart_in_any_order),
		cmocka_unit_test(some_words_are_verbs),
		cmocka_unit_test(deeds_have_a_target_and_a_reason),
		cmocka_unit_test(what_is_not_clear_is_asked_back),
		cmocka_unit_test(a_nul_is_white_space),
		cmocka_unit_test(without_resources_it_says_so),
		cmocka_unit_test(a_resource_may_be_called_like_a_verb),
		cmocka_unit_test(a_resource_may_be_called_mine_or_look_like_an_incident),
		cmocka_unit_test(a_name_counts_as_a_whole),
		cmocka_unit_test(a_reason_has_500_characters_at_most),
		cmocka_unit_test(quotes_do_not_count),
		cmocka_unit_test(much_text_is_answered_at_once),
		cmocka_unit_test(a_long_unknown_name_is_cut_at_a_character),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
