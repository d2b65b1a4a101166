/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit keeps: JSON, whatever people typed, and nothing that must not be kept. */
#include "tests/lib/test.h"

#include <jansson.h>
#include <stdlib.h>

#include "approver/store_audit.h"
#include "shared/text.h"
#include "tests/lib/ledger_rows.h"

static void a_request_is_kept_without_its_reply_url(void **state)
{
	struct request_row r;
	struct buf out;

	(void)state;
	buf_init(&out, AUDIT_DATA_MAX);
	ledger_request(1, &r);
	assert_true(audit_request_added(&r, NULL, &out));
	assert_string_equal(
		buf_str(&out),
		"{\"source\":\"slack\",\"team\":\"T0ACME001\",\"user\":\"U0ANA0001\","
		"\"channel\":\"C0INC0204\",\"resource\":\"prod-db\",\"for_s\":7200,"
		"\"incident\":\"INC-204\",\"reason\":\"replica lag\"}");
	assert_has_not(buf_str(&out), "hooks.slack.test");
	buf_finish(&out);
}

static void a_decision_is_kept_with_its_trace(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, AUDIT_DATA_MAX);
	assert_true(audit_request_moved("db", "[{\"check\":\"role\"}]", &out));
	assert_string_equal(buf_str(&out),
			    "{\"policy\":\"db\",\"trace\":[{\"check\":\"role\"}]}");
	assert_true(audit_request_moved(NULL, NULL, &out));
	assert_string_equal(buf_str(&out), "{}");
	assert_true(audit_grant_moved("incident", "INC-204 was resolved", "", &out));
	assert_string_equal(buf_str(&out),
			    "{\"cause\":\"incident\",\"why\":\"INC-204 was resolved\"}");
	buf_finish(&out);
}

static void a_grant_is_kept_with_what_it_rests_on(void **state)
{
	struct grant_row g;
	struct buf out;
	json_t *v;

	(void)state;
	buf_init(&out, AUDIT_DATA_MAX);
	ledger_grant(1, 9000000, &g);
	assert_true(audit_grant_added(&g, &out));
	v = json_loads(buf_str(&out), 0, NULL);
	assert_non_null(v);
	assert_string_equal(json_string_value(json_object_get(v, "evidence")),
			    g.evidence);
	assert_string_equal(json_string_value(json_object_get(v, "incident_id")),
			    g.incident_id);
	assert_int_equal(json_integer_value(json_object_get(v, "expires_ms")), 9000000);
	json_decref(v);
	buf_finish(&out);
}

static const struct {
	const char *typed;
	const char *kept;
} reasons[] = {
	{ "say \"yes\" \\o/", "say \"yes\" \\o/" },
	{ "a\nb\tc\x01\x7f", "a\nb\tc\x01\x7f" },
	{ "\xf0\x9f\x94\xa5 \xe2\x80\xa8\xe2\x80\xa9",
	  "\xf0\x9f\x94\xa5 \xe2\x80\xa8\xe2\x80\xa9" },
	{ "cut \xf0\x9f\x94", "cut \xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd" },
	{ "\xff", "\xef\xbf\xbd" },
	{ "\",\"user\":\"U0EVE0001", "\",\"user\":\"U0EVE0001" },
};

static void any_text_gives_json(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, AUDIT_DATA_MAX);
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		struct request_row r;
		json_t *v;

		ledger_request(1, &r);
		text_copy(r.reason, sizeof(r.reason), reasons[i].typed);
		assert_true(audit_request_added(&r, NULL, &out));
		v = json_loads(buf_str(&out), JSON_REJECT_DUPLICATES, NULL);
		assert_row(v, i, buf_str(&out));
		assert_row(strcmp(json_string_value(json_object_get(v, "reason")),
				  reasons[i].kept) == 0,
			   i, buf_str(&out));
		assert_row(!strpbrk(buf_str(&out), "\n\t\x01\x7f"), i, buf_str(&out));
		json_decref(v);
	}
	buf_finish(&out);
}

static void what_passes_the_cap_is_refused_and_the_next_is_not(void **state)
{
	struct buf out;

	(void)state;
	buf_init(&out, 40);
	assert_false(
		audit_request_moved("db", "\"012345678901234567890123456789\"", &out));
	assert_true(audit_request_moved("db", "1", &out));
	assert_string_equal(buf_str(&out), "{\"policy\":\"db\",\"trace\":1}");
	buf_finish(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_is_kept_without_its_reply_url),
		cmocka_unit_test(a_decision_is_kept_with_its_trace),
		cmocka_unit_test(a_grant_is_kept_with_what_it_rests_on),
		cmocka_unit_test(any_text_gives_json),
		cmocka_unit_test(what_passes_the_cap_is_refused_and_the_next_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
