/* SPDX-License-Identifier: Apache-2.0 */
/* What Indent's platform sends, and what strangers with its secret might. */
#include "approver/indent_parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/test.h"

#define EVENTS(rows)     "{\"events\":[" rows "]}"
#define EVENT(name)      "{\"event\":\"" name "\"}"
#define REQUEST(members) EVENTS("{\"event\":\"access/request\"" members "}")
#define ACTOR(members)   REQUEST(",\"actor\":{" members "}")

enum { BAD = -1 };

/* clang-format off */
static const struct {
	const char *body;
	int kind; /* BAD: refused */
	bool asks; /* there is an access/request in it */
} calls[] = {
	{ "{\"kinds\":[\"indent.v1.Bot\"]}", INDENT_PULL, false },
	{ "{\"kinds\":[]}", INDENT_PULL, false },
	{ "{\"kinds\":[],\"flags\":{}}", INDENT_PULL, false },
	{ "{\"kinds\":\"x\",\"info\":true}", INDENT_PULL, false },
	{ "{\"kinds\":{},\"events\":[]}", INDENT_PULL, false },
	{ "{\"kinds\":false,\"info\":true}", INDENT_INFO, false },
	{ "{\"kinds\":null,\"info\":1}", INDENT_INFO, false },
	{ "{\"info\":true}", INDENT_INFO, false },
	{ "{\"info\":{},\"events\":[" EVENT("access/grant") "]}", INDENT_INFO, false },
	{ "{\"info\":false}", INDENT_UNKNOWN, false },
	{ "{\"info\":0}", INDENT_UNKNOWN, false },
	{ "{\"info\":\"\"}", INDENT_UNKNOWN, false },
	{ "{\"info\":0.0,\"kinds\":null,\"events\":false}", INDENT_UNKNOWN, false },
	{ "{}", INDENT_UNKNOWN, false },
	{ "{\"event\":\"access/request\"}", INDENT_UNKNOWN, false },
	{ EVENTS(""), INDENT_DECISION, false },
	{ EVENTS(EVENT("access/approve")), INDENT_DECISION, false },
	{ EVENTS(EVENT("access/deny")), INDENT_DECISION, false },
	{ EVENTS("{}"), INDENT_DECISION, false },
	{ EVENTS(EVENT("Access/Request")), INDENT_DECISION, false },
	{ EVENTS(EVENT("access/request/approved")), INDENT_DECISION, false },
	{ EVENTS(EVENT("access/request")), INDENT_DECISION, true },
	{ EVENTS(EVENT("access/approve") "," EVENT("access/request")), INDENT_DECISION, true },
	{ EVENTS(EVENT("access/grant")), INDENT_APPLY, false },
	{ EVENTS(EVENT("access/revoke")), INDENT_APPLY, false },
	{ EVENTS(EVENT("access/request") "," EVENT("access/grant")), INDENT_APPLY, true },
	{ "{\"events\":{}}", BAD, false },
	{ "{\"events\":\"access/request\"}", BAD, false },
	{ EVENTS("1"), BAD, false },
	{ EVENTS("null"), BAD, false },
	{ EVENTS(EVENT("access/request") ",[]"), BAD, false },

	/* parts of a request: absent is fine, another type is not */
	{ REQUEST(",\"actor\":null,\"resources\":null,\"meta\":null,\"id\":null"), INDENT_DECISION, true },
	{ REQUEST(",\"meta\":{}"), INDENT_DECISION, true },
	{ REQUEST(",\"meta\":{\"labels\":null}"), INDENT_DECISION, true },
	{ REQUEST(",\"resources\":[{}]"), INDENT_DECISION, true },
	{ REQUEST(",\"more\":[[{}]]"), INDENT_DECISION, true },
	{ REQUEST(",\"actor\":\"ana\""), BAD, false },
	{ REQUEST(",\"actor\":[]"), BAD, false },
	{ REQUEST(",\"actor\":{\"id\":1}"), BAD, false },
	{ REQUEST(",\"actor\":{\"email\":[\"ana@example.com\"]}"), BAD, false },
	{ REQUEST(",\"actor\":{\"labels\":[]}"), BAD, false },
	{ REQUEST(",\"resources\":{}"), BAD, false },
	{ REQUEST(",\"resources\":[null]"), BAD, false },
	{ REQUEST(",\"resources\":[{},\"prod-db\"]"), BAD, false },
	{ REQUEST(",\"resources\":[{\"id\":{}}]"), BAD, false },
	{ REQUEST(",\"meta\":[]"), BAD, false },
	{ REQUEST(",\"meta\":{\"labels\":\"x\"}"), BAD, false },
	{ REQUEST(",\"reason\":7"), BAD, false },
	{ REQUEST(",\"id\":1e400"), BAD, false },

	/* no JSON, or not only */
	{ "", BAD, false },
	{ " ", BAD, false },
	{ "[]", BAD, false },
	{ "null", BAD, false },
	{ "\"info\"", BAD, false },
	{ "{\"info\":true", BAD, false },
	{ "{\"info\":true}}", BAD, false },
	{ "{\"info\":true}{}", BAD, false },
	{ "{\"info\":true,}", BAD, false },
	{ "{'info':true}", BAD, false },
	{ "{\"info\":NaN}", BAD, false },
	{ "{\"info\":01}", BAD, false },
	{ "{\"info\":123456789012345678901234567890}", BAD, false },
	{ "{\"info\":false,\"info\":true}", BAD, false },
	{ "{\"info\":\"\\u0000\"}", BAD, false },
	{ "{\"info\":\"\xff\"}", BAD, false },
	{ "{\"info\":\"\xed\xa0\x80\"}", BAD, false },
	{ "{\"info\":\"\\ud800\"}", BAD, false },
	{ "\xef\xbb\xbf{\"info\":true}", BAD, false },
	{ "info=true", BAD, false },
};

static const struct {
	const char *body, *slack, *team, *email, *user;
} people[] = {
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"U02AYNF2XJM\",\"email\":\"ana@example.com\""),
	  "U02AYNF2XJM", "", "ana@example.com", "U02AYNF2XJM" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"T01/U02\""), "U02", "T01", "", "U02" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"W012\""), "W012", "", "", "W012" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"u02\""), "", "", "", "u02" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"U\""), "", "", "", "U" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"U02 \""), "", "", "", "U02 " },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"T1/U02/U03\""), "", "", "", "T1/U02/U03" },
	{ ACTOR("\"kind\":\"slack/user\",\"id\":\"BOT1\",\"email\":\"ana@example.com\""),
	  "", "", "ana@example.com", "ana@example.com" },
	{ ACTOR("\"kind\":\"user\",\"id\":\"U02\""), "", "", "", "U02" },
	{ ACTOR("\"kind\":\"okta.v1.User\",\"id\":\"U02\",\"email\":\" ana@example.com \""),
	  "", "", "ana@example.com", "ana@example.com" },
	{ ACTOR("\"id\":\"00u1\",\"email\":\"\""), "", "", "", "00u1" },
	{ ACTOR("\"id\":\"\""), "", "", "", "" },
	{ ACTOR(""), "", "", "", "" },
	{ REQUEST(""), "", "", "", "" },
};

/* What labels ask for, at 2024-01-15T09:30:00Z. */
#define LABELS(rows) REQUEST(",\"meta\":{\"labels\":{" rows "}}")
static const struct {
	const char *body;
	int64_t s;
} asked[] = {
	{ LABELS(""), 0 },
	{ REQUEST(""), 0 },
	{ LABELS("\"indent.com/time/duration\":\"30m0s\""), 1800 },
	{ LABELS("\"indent.com/time/duration\":\"720h0m0s\""), 2592000 },
	{ LABELS("\"indent.com/petition/duration\":\"1h\""), 3600 },
	{ LABELS("\"indent.com/time/duration\":\"2h\",\"indent.com/petition/duration\":\"1h\""), 3600 },
	{ LABELS("\"indent.com/time/expires\":\"2024-01-15T09:40:00Z\""), 600 },
	{ LABELS("\"indent.com/time/expires\":\"2024-01-15T09:30:00.001Z\""), 1 },
	{ LABELS("\"indent.com/time/duration\":\"6h0m0s\",\"indent.com/time/expires\":\"2024-01-15T09:40:00Z\""), 600 },
	{ LABELS("\"indent.com/time/duration\":\"6h0m0s\",\"indent.com/time/expires\":\"2020-01-15T09:40:00Z\""), 21600 },
	{ LABELS("\"expires\":\"2024-01-15T09:31:00Z\""), 60 },
	{ LABELS("\"indent.com/time/duration\":\"-1ns\""), 0 },
	{ LABELS("\"indent.com/time/indefinite\":\"true\""), 0 },
	{ LABELS("\"indent.com/time/duration\":\"soon\",\"indent.com/time/expires\":\"later\""), 0 },
	{ LABELS("\"indent.com/time/duration\":3600"), 0 },
};

static const struct {
	const char *kind;
	bool is;
} kinds[] = {
	{ "slack/user", true }, { "user", true }, { "okta.v1.User", true }, { "okta.v1.AppUser", true },
	{ "indent.blocks.v1.User", true }, { "USER", true }, { "okta.v1.Group", false },
	{ "aws.identitystore.v1.UserGroup", false }, { "", false }, { "use", false },
};
/* clang-format on */

static void the_body_tells_which_call_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(calls); i++) {
		struct indent_call c = { 0 };
		struct fail f = { 0 };
		bool ok = indent_parse(calls[i].body, strlen(calls[i].body), &c, &f);

		assert_row(ok == (calls[i].kind != BAD), i, calls[i].body);
		if (ok) {
			assert_row((int)c.kind == calls[i].kind, i, calls[i].body);
			assert_row((c.request != NULL) == calls[i].asks, i,
				   calls[i].body);
		} else {
			assert_row(f.kind == FAIL_INVALID && *f.msg, i, calls[i].body);
		}
		indent_call_finish(&c);
	}
}

static void read_call(const char *body, struct indent_call *ret_c)
{
	struct fail f = { 0 };

	if (!indent_parse(body, strlen(body), ret_c, &f)) {
		fail_msg("%s", f.msg);
	}
}

static void the_actor_is_known_by_what_the_platform_vouches_for(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(people); i++) {
		struct indent_call c;

		read_call(people[i].body, &c);
		assert_row(strcmp(c.who.slack, people[i].slack) == 0, i, people[i].body);
		assert_row(strcmp(c.who.slack_team, people[i].team) == 0, i,
			   people[i].body);
		assert_row(strcmp(c.who.email, people[i].email) == 0, i, people[i].body);
		assert_row(strcmp(c.user, people[i].user) == 0, i, people[i].body);
		assert_string_equal(c.who.incidentio, "");
		assert_string_equal(c.who.pagerduty, "");
		indent_call_finish(&c);
	}
}

/* Half an id or an address could be somebody else's. */
static void what_does_not_fit_is_nobodys(void **state)
{
	char id[2 * VENDOR_ID_SIZE];
	char email[2 * EMAIL_SIZE];
	char body[2048];
	struct indent_call c;

	(void)state;
	memset(id, 'U', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	memset(email, 'a', sizeof(email) - 1);
	memcpy(email + sizeof(email) - 13, "@example.com", 13);
	snprintf(body, sizeof(body),
		 ACTOR("\"kind\":\"slack/user\",\"id\":\"%s\",\"email\":\"%s\""), id,
		 email);
	read_call(body, &c);
	assert_string_equal(c.who.slack, "");
	assert_string_equal(c.who.email, "");
	assert_string_equal(c.user, "");
	indent_call_finish(&c);
}

static void the_shortest_time_that_is_asked_for_counts(void **state)
{
	int64_t now_ms;

	(void)state;
	assert_true(text_parse_time("2024-01-15T09:30:00Z", &now_ms));
	for (size_t i = 0; i < ARRAY_LEN(asked); i++) {
		struct indent_call c;

		read_call(asked[i].body, &c);
		assert_row(indent_asked_s(c.labels, now_ms) == asked[i].s, i,
			   asked[i].body);
		indent_call_finish(&c);
	}
}

static void a_kind_tells_people_from_things(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		json_auto_t *r = json_pack("{s:s}", "kind", kinds[i].kind);

		assert_row(indent_is_person(r) == kinds[i].is, i, kinds[i].kind);
	}
}

#define RESOURCES(rows) \
	REQUEST(",\"actor\":{\"id\":\"U1\",\"kind\":\"slack/user\",\"email\":\"a@x\"},\"resources\":[" rows \
		"]")

/* others: each as "slack/email "; refused: a part of why, or "". */
static const struct {
	const char *body, *others, *refused;
} named[] = {
	{ RESOURCES(""), "", "" },
	{ RESOURCES("{\"id\":\"g\",\"kind\":\"app\",\"email\":\"g@x\"}"), "", "" },
	{ RESOURCES("{\"id\":\"U1\",\"kind\":\"slack/user\",\"email\":\"a@x\"}"), "",
	  "" },
	{ RESOURCES("{\"id\":\"U1\",\"kind\":\"slack/user\",\"email\":\"b@x\"}"), "",
	  "two e-mails" },
	{ RESOURCES("{\"id\":\"U1\",\"kind\":\"slack/user\"}"), "", "two e-mails" },
	{ RESOURCES("{\"id\":\"U2\",\"kind\":\"slack/user\",\"email\":\"b@x\"}"),
	  "U2/b@x ", "" },
	{ RESOURCES("{\"id\":\"U1\",\"kind\":\"user\",\"email\":\"b@x\"},{\"id\":\"U3\","
		    "\"kind\":\"slack/user\"}"),
	  "/b@x U3/ ", "" },
	{ RESOURCES("{\"id\":\"U1\",\"email\":\"a@x\"}"), "/a@x ", "" },
	{ RESOURCES("{\"kind\":\"okta.v1.User\"}"), "/ ", "" },
	{ RESOURCES("{\"kind\":\"user\"},{\"kind\":\"user\"},{\"kind\":\"user\"},"
		    "{\"kind\":\"user\"},{\"kind\":\"user\"}"),
	  "/ / / / ", "too many" },
};

static void people_among_the_resources_are_the_others(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(named); i++) {
		char others[2048] = "";
		struct indent_call c;

		read_call(named[i].body, &c);
		for (size_t k = 0; k < c.n_others; k++) {
			size_t len = strlen(others);

			snprintf(others + len, sizeof(others) - len, "%s/%s ",
				 c.others[k].slack, c.others[k].email);
		}
		assert_row(strcmp(others, named[i].others) == 0, i, named[i].body);
		assert_row(!c.refused == !*named[i].refused, i, named[i].body);
		assert_row(!c.refused || strstr(c.refused, named[i].refused), i,
			   named[i].body);
		indent_call_finish(&c);
	}
}

static void of_two_requests_the_first_counts(void **state)
{
	struct indent_call c;

	(void)state;
	read_call(EVENTS("{\"event\":\"access/request\",\"reason\":\"one\"},"
			 "{\"event\":\"access/request\",\"reason\":\"two\"}"),
		  &c);
	assert_string_equal(c.reason, "one");
	indent_call_finish(&c);
}

static void ten_thousand_levels_are_too_many(void **state)
{
	char *body = calloc(1, 30000);
	struct indent_call c = { 0 };
	struct fail f = { 0 };

	(void)state;
	assert_non_null(body);
	memcpy(body, "{\"events\":", 10);
	memset(body + 10, '[', 10000);
	memset(body + 10010, ']', 10000);
	body[20010] = '}';
	assert_false(indent_parse(body, 20011, &c, &f));
	assert_has(f.msg, "nested");
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_body_tells_which_call_it_is),
		cmocka_unit_test(the_actor_is_known_by_what_the_platform_vouches_for),
		cmocka_unit_test(what_does_not_fit_is_nobodys),
		cmocka_unit_test(the_shortest_time_that_is_asked_for_counts),
		cmocka_unit_test(a_kind_tells_people_from_things),
		cmocka_unit_test(people_among_the_resources_are_the_others),
		cmocka_unit_test(of_two_requests_the_first_counts),
		cmocka_unit_test(ten_thousand_levels_are_too_many),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
