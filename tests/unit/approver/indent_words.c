/* SPDX-License-Identifier: Apache-2.0 */
/* The replies, byte by byte. */
#include "approver/indent_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "accessd/types.h"
#include "approver/indent_parse.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/test.h"

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static struct indent_bot_config bot_make(void)
{
	return (struct indent_bot_config){ .id = text("incidentio-approval-bot"),
					   .email = text("bot@acme.example"),
					   .name = text("Incident.io Approval Bot") };
}

#define BOT \
	"{\"displayName\":\"Incident.io Approval Bot\",\"email\":\"bot@acme.example\"," \
	"\"id\":\"incidentio-approval-bot\",\"kind\":\"indent.v1.Bot\"}"

static void claim(const char *body, const char *reason, struct buf *out)
{
	const struct indent_bot_config bot = bot_make();
	struct buf labels;
	struct buf resources;
	struct indent_claim claim = { .bot = &bot,
				      .labels = &labels,
				      .resources = &resources,
				      .for_s = 21600,
				      .reason = reason };
	struct indent_call call;
	struct fail f = { 0 };

	assert_true(indent_parse(body, strlen(body), &call, &f));
	assert_true(text_parse_time("2024-01-15T09:30:04.617Z", &claim.decided_ms));
	buf_init(&labels, INDENT_REPLY_MAX);
	buf_init(&resources, INDENT_REPLY_MAX);
	indent_echo_labels(&labels, call.labels);
	indent_echo_resources(&resources, call.actor, call.targets);
	indent_call_drop_body(&call);
	buf_init(out, INDENT_REPLY_MAX);
	indent_say_claim(out, &claim);
	assert_false(out->over);
	buf_finish(&labels);
	buf_finish(&resources);
	indent_call_finish(&call);
}

static void a_claim_is_as_the_original_writes_it(void **state)
{
	struct buf out;

	(void)state;
	claim(indent_v7, "Incident Lead of INC-412 (incident.io)", &out);
	assert_string_equal(
		buf_str(&out),
		"{\"status\":{\"code\":0},\"claims\":[{\"actor\":" BOT ","
		"\"event\":\"access/approve\",\"meta\":{\"labels\":{"
		"\"indent.com/time/duration\":\"6h0m0s\","
		"\"indent.com/time/expires\":\"2024-01-15T15:30:04.617Z\","
		"\"petition\":\"pet-7f3a\",\"indent.com/workflow/origin/id\":\"wf-1\","
		"\"indent.com/workflow/origin/run/id\":\"run-9\"}},\"resources\":["
		"{\"id\":\"U02AYNF2XJM\",\"kind\":\"slack/user\",\"email\":"
		"\"ana@example.com\",\"displayName\":\"Ana Ruiz\",\"labels\":{\"oktaId\":"
		"\"00uANA\"}},{\"id\":\"00g1prodadmin\",\"kind\":\"okta.v1.Group\","
		"\"displayName\":\"prod-db-admin\",\"labels\":{\"oktaId\":"
		"\"00g1prodadmin\"}}],\"timestamp\":\"2024-01-15T09:30:04.617Z\","
		"\"reason\":\"Incident Lead of INC-412 (incident.io)\"}]}");
	buf_finish(&out);
}

static void no_label_of_time_is_echoed(void **state)
{
	struct buf out;

	(void)state;
	claim("{\"events\":[{\"event\":\"access/request\",\"actor\":{},\"meta\":{"
	      "\"labels\":{\"indent.com/time/duration\":\"720h0m0s\",\"a\":\"1\","
	      "\"indent.com/time/expires\":\"2099-01-01T00:00:00Z\","
	      "\"indent.com/time/indefinite\":\"true\",\"expires\":\"2099\","
	      "\"indent.com/timeless\":\"2\",\"n\":3,\"o\":{}}}}]}",
	      "because", &out);
	assert_has(buf_str(&out),
		   "{\"labels\":{\"indent.com/time/duration\":\"6h0m0s\","
		   "\"indent.com/time/expires\":\"2024-01-15T15:30:04.617Z\","
		   "\"a\":\"1\",\"indent.com/timeless\":\"2\"}}");
	assert_has_not(buf_str(&out), "2099");
	buf_finish(&out);
}

static void text_of_strangers_stays_text(void **state)
{
	json_auto_t *reply = NULL;
	const json_t *back;
	struct buf out;

	(void)state;
	claim("{\"events\":[{\"event\":\"access/request\",\"actor\":{\"id\":\"a\\\"}"
	      "\\n\\u2028\xe2\x98\x82\",\"n\":[1.5,-7,true,null]},\"meta\":{\"labels\":{"
	      "\"a\\\"b\":\"c\\\"d\\u0001/\"}}}]}",
	      "\"quoted\" \\ \xe2\x98\x82", &out);
	reply = json_loads(buf_str(&out), 0, NULL);
	assert_non_null(reply);
	back = json_array_get(jx_arr(reply, "claims"), 0);
	assert_string_equal(jx_str(back, "reason"), "\"quoted\" \\ \xe2\x98\x82");
	assert_string_equal(jx_str(jx_obj(jx_obj(back, "meta"), "labels"), "a\"b"),
			    "c\"d\x01/");
	assert_string_equal(jx_str(json_array_get(jx_arr(back, "resources"), 0), "id"),
			    "a\"}\n\xe2\x80\xa8\xe2\x98\x82");
	buf_finish(&out);
}

static void the_rest_is_short(void **state)
{
	const struct indent_bot_config bot = bot_make();
	struct buf out;

	(void)state;
	buf_init(&out, INDENT_REPLY_MAX);
	indent_say_nothing(&out);
	assert_string_equal(buf_str(&out), "{\"status\":{\"code\":0},\"claims\":[]}");
	buf_clear(&out);
	indent_say_bot(&out, &bot);
	assert_string_equal(buf_str(&out),
			    "{\"status\":{\"code\":0},\"resources\":[" BOT "]}");
	buf_clear(&out);
	indent_say_info(&out, "0.1.0");
	assert_string_equal(
		buf_str(&out),
		"{\"status\":{\"details\":[{\"@type\":\"type.googleapis.com/"
		"google.rpc.DebugInfo\",\"detail\":\"{\\\"integrations\\\":[{"
		"\\\"name\\\":\\\"accessd\\\",\\\"capabilities\\\":[\\\"GetDecision\\\","
		"\\\"PullUpdate\\\"],\\\"version\\\":\\\"0.1.0\\\"}]}\"}]}}");
	buf_clear(&out);
	indent_say_failure(&out, INDENT_NOT_FOUND, "no", "why \"so\"", "01J8");
	assert_string_equal(
		buf_str(&out),
		"{\"status\":{\"code\":5,\"message\":\"no\",\"details\":[{\"@type\":"
		"\"type.googleapis.com/google.rpc.DebugInfo\",\"detail\":\"why "
		"\\\"so\\\" (01J8)\"}]}}");
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_claim_is_as_the_original_writes_it),
		cmocka_unit_test(no_label_of_time_is_echoed),
		cmocka_unit_test(text_of_strangers_stays_text),
		cmocka_unit_test(the_rest_is_short),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
