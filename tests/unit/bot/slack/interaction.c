/* SPDX-License-Identifier: Apache-2.0 */
/* Presses and modals: what Slack sends of them, and what nobody should. */
#include "bot/slack/interaction.h"

#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/jx.h"

#define WHO \
	"\"api_app_id\":\"A0ACCESS1\",\"team\":{\"id\":\"T0ACME001\"}," \
	"\"user\":{\"id\":\"U0BOB0001\",\"team_id\":\"T0ACME001\"}," \
	"\"response_url\":\"https://hooks.slack.com/actions/T0ACME001/2/def\"," \
	"\"trigger_id\":\"3.4.def\""
#define BUTTON \
	"{\"type\":\"button\",\"action_id\":\"access.release\"," \
	"\"block_id\":\"b\",\"value\":\"01J8ZK\"}"
#define PRESS \
	"\"type\":\"block_actions\",\"channel\":{\"id\":\"C0INC0001\"},\"container\":" \
	"{\"type\":\"message\",\"message_ts\":\"1767225600.000100\"}"

static json_t *json(const char *text)
{
	struct fail f = { 0 };
	json_t *obj = NULL;

	if (!jx_parse_object(text, strlen(text), &obj, &f)) {
		fail_msg("%s: %s", text, f.msg);
	}
	return obj;
}

static void a_press_says_who_where_and_what(void **state)
{
	json_auto_t *obj = json("{" WHO "," PRESS ",\"actions\":[" BUTTON "]}");
	struct interaction i;
	struct fail f = { 0 };

	(void)state;
	assert_true(interaction_read(obj, &i, &f));
	assert_int_equal(i.kind, INTERACTION_PRESS);
	assert_string_equal(i.team_id, "T0ACME001");
	assert_string_equal(i.user_id, "U0BOB0001");
	assert_string_equal(i.user_team, "T0ACME001");
	assert_string_equal(i.api_app_id, "A0ACCESS1");
	assert_string_equal(i.channel_id, "C0INC0001");
	assert_string_equal(i.message_ts, "1767225600.000100");
	assert_string_equal(i.trigger_id, "3.4.def");
	assert_string_equal(i.action, "access.release");
	assert_string_equal(i.value, "01J8ZK");
	assert_false(i.enterprise_install);
}

static void a_modal_brings_what_was_typed(void **state)
{
	json_auto_t *obj =
		json("{" WHO ",\"type\":\"view_submission\",\"view\":{\"id\":\"V1\","
		     "\"callback_id\":\"access.keep\",\"private_metadata\":\"01J8ZK\","
		     "\"state\":{\"values\":{\"why\":{\"text\":{\"type\":"
		     "\"plain_text_input\",\"value\":\"handing over\"}}}}}}");
	struct interaction i;
	struct fail f = { 0 };

	(void)state;
	assert_true(interaction_read(obj, &i, &f));
	assert_int_equal(i.kind, INTERACTION_SUBMIT);
	assert_string_equal(i.action, "access.keep");
	assert_string_equal(i.value, "01J8ZK");
	assert_string_equal(i.typed, "handing over");
}

/* Acked, and that is all. */
static void what_is_not_ours_is_other(void **state)
{
	static const char *const others[] = {
		"{" WHO ",\"type\":\"shortcut\",\"callback_id\":\"x\"}",
		"{" WHO ",\"type\":\"view_closed\",\"view\":{}}",
		"{" WHO ",\"type\":\"of the future\"}",
		"{" WHO "," PRESS ",\"actions\":[{\"type\":\"overflow\",\"action_id\":"
		"\"a\",\"selected_option\":{\"value\":\"x\"}}]}",
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(others); n++) {
		json_auto_t *obj = json(others[n]);
		struct interaction i;
		struct fail f = { 0 };

		assert_row(interaction_read(obj, &i, &f), n, others[n]);
		assert_row(i.kind == INTERACTION_OTHER, n, others[n]);
	}
}

static void what_cannot_be_read_is_refused(void **state)
{
	static const struct {
		const char *text, *says;
	} rows[] = {
		{ "{}", "'type' is missing" },
		{ "{\"type\":\"block_actions\"}", "'user' is missing" },
		{ "{\"type\":\"block_actions\",\"user\":{}}", "'user.id' is empty" },
		{ "{\"type\":\"block_actions\",\"user\":\"U1\"}", "'user' must be" },
		{ "{" WHO "," PRESS "}", "'actions' is missing" },
		{ "{" WHO "," PRESS ",\"actions\":[]}", "holds 0 things" },
		{ "{" WHO "," PRESS ",\"actions\":[1]}", "holds 1 things" },
		{ "{" WHO "," PRESS ",\"actions\":[" BUTTON "," BUTTON "]}",
		  "holds 2 things" },
		{ "{" WHO "," PRESS ",\"actions\":[{\"type\":\"button\"}]}",
		  "'action_id' is missing" },
		{ "{" WHO "," PRESS
		  ",\"actions\":[{\"type\":\"button\",\"action_id\":\"a\","
		  "\"value\":7}]}",
		  "'value' must be" },
		{ "{" WHO ",\"type\":\"view_submission\"}", "'view' is missing" },
		{ "{" WHO ",\"type\":\"view_submission\",\"view\":{}}",
		  "'callback_id' is missing" },
	};

	(void)state;
	for (size_t n = 0; n < ARRAY_LEN(rows); n++) {
		json_auto_t *obj = json(rows[n].text);
		struct interaction i;
		struct fail f = { 0 };

		assert_row(!interaction_read(obj, &i, &f), n, rows[n].text);
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_has(f.msg, rows[n].says);
	}
}

static void long_ids_are_not_cut(void **state)
{
	static const char *const at[] = { "", "user", "value" };
	char text[1024];
	char many[256];

	(void)state;
	memset(many, 'U', sizeof(many) - 1);
	many[sizeof(many) - 1] = '\0';
	for (size_t n = 1; n < ARRAY_LEN(at); n++) {
		snprintf(
			text, sizeof(text),
			"{\"type\":\"block_actions\",\"user\":{\"id\":\"%.*s\"},"
			"\"actions\":[{\"type\":\"button\",\"action_id\":\"a\",\"value\":"
			"\"%.*s\"}]}",
			n == 1 ? 64 : 5, many, n == 2 ? 64 : 5, many);
		json_auto_t *obj = json(text);
		struct interaction i;
		struct fail f = { 0 };

		assert_row(!interaction_read(obj, &i, &f), n, at[n]);
		assert_has(f.msg, "is longer than 63 bytes");
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_press_says_who_where_and_what),
		cmocka_unit_test(a_modal_brings_what_was_typed),
		cmocka_unit_test(what_is_not_ours_is_other),
		cmocka_unit_test(what_cannot_be_read_is_refused),
		cmocka_unit_test(long_ids_are_not_cut),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
