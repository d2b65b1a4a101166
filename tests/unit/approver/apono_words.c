/* SPDX-License-Identifier: Apache-2.0 */
/* What Apono is answered, to the byte. */
#include "approver/apono_words.h"

#include <stdio.h>
#include <stdlib.h>

#include "shared/text.h"
#include "tests/lib/test.h"

/* 2026-08-24T10:00:00Z */
#define TEN INT64_C(1787565600000)

static struct decision granted(void)
{
	struct decision d = { .outcome = DECISION_GRANTED,
			      .decided_ms = TEN,
			      .for_s = 1800,
			      .provider = "pagerduty",
			      .why = "acknowledged #512 of payments-db (PagerDuty)",
			      .incident = { .id = "Q1", .reference = "#512" } };

	text_copy(d.row.id, sizeof(d.row.id), "01J8ZK00000000000000000000");
	return d;
}

static void assert_answer(const struct decision *d, const char *wanted)
{
	char *text = apono_answer(d);

	assert_non_null(text);
	assert_string_equal(text, wanted);
	free(text);
}

#define ID  "\"check_id\":\"01J8ZK00000000000000000000\""
#define ACK "\"id\":\"Q1\",\"status\":\"acknowledged\""

static void an_allow_has_its_incident_and_its_end(void **state)
{
	static const char verdict[] =
		"\"decision\":\"allow\",\"status\":\"acknowledged\",\"reason\":"
		"\"acknowledged #512 of payments-db (PagerDuty)\"," ID
		",\"source\":\"pagerduty\",\"expires_at\":\"2026-08-24T10:30:00.000Z\","
		"\"incidents\":[{" ACK ",\"number\":\"512\"}]";
	struct decision d = granted();
	char wanted[1024];

	(void)state;
	snprintf(wanted, sizeof(wanted), "{%s,\"data\":{%s}}", verdict, verdict);
	assert_answer(&d, wanted);
}

static void a_denial_lists_no_incident(void **state)
{
	static const char verdict[] =
		"\"decision\":\"deny\",\"status\":\"none\",\"reason\":\"You have not "
		"acknowledged it.\"," ID ",\"incidents\":[]";
	struct decision d = granted();
	char wanted[1024];

	(void)state;
	d.outcome = DECISION_DENIED;
	text_copy(d.why, sizeof(d.why), "You have not acknowledged it.");
	snprintf(wanted, sizeof(wanted), "{%s,\"data\":{%s}}", verdict, verdict);
	assert_answer(&d, wanted);
}

static void of_a_private_incident_there_is_no_number(void **state)
{
	struct decision d = granted();
	char *text;

	(void)state;
	d.incident.is_private = true;
	text_copy(d.why, sizeof(d.why), "leads a private incident");
	text = apono_answer(&d);
	assert_has(text, "\"incidents\":[{" ACK "}]");
	assert_has_not(text, "512");
	assert_has_not(text, "replica lag");
	free(text);
}

static void titles_are_not_told(void **state)
{
	struct decision d = granted();
	char *text = apono_answer(&d);

	(void)state;
	assert_has_not(text, "replica lag");
	free(text);
}

static void a_reason_is_cut_at_a_code_point(void **state)
{
	/* clang-format off */
	static const struct { const char *unit; size_t n, chars; bool cut; } rows[] = {
		{ "a", 0, 0, false },
		{ "a", 123, 123, false },
		{ "a", 124, 123, true },
		{ "a", 400, 123, true },
		{ "\xc3\xa9", 123, 123, false },
		{ "\xc3\xa9", 124, 123, true },
		{ "\xf0\x9f\x94\xa5", 123, 123, false },
		{ "\xf0\x9f\x94\xa5", 124, 123, true },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char why[1024] = "", reason[APONO_REASON_SIZE];
		size_t n = 0;

		for (size_t k = 0; k < rows[i].n; k++) {
			n += (size_t)snprintf(why + n, sizeof(why) - n, "%s",
					      rows[i].unit);
		}
		apono_reason(why, reason);
		assert_row(text_is_utf8(reason, strlen(reason)), i, rows[i].unit);
		assert_row(text_chars(reason) == rows[i].chars, i, rows[i].unit);
		assert_row((strstr(reason, "\xe2\x80\xa6") != NULL) == rows[i].cut, i,
			   rows[i].unit);
	}
}

static void what_speaks_against_it_is_said_before_any_policy(void **state)
{
	/* clang-format off */
	static const struct {
		bool same_person, partial, over;
		const char *requester, *grantee;
		const char *says;
	} rows[] = {
		{ false, false, false, "a@x", "b@x", NULL },
		{ true,  false, false, "a@x", "A@X", NULL },
		{ true,  false, false, "a@x", "b@x", "ask for themselves" },
		{ true,  false, false, "a@x", "",    "ask for themselves" },
		{ true,  false, false, "",    "a@x", "ask for themselves" },
		{ true,  false, false, "",    "",    "ask for themselves" },
		{ false, true,  false, "a@x", "a@x", "several integrations" },
		{ false, false, true,  "a@x", "a@x", "more resources" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct apono_config conf = { .same_person = rows[i].same_person };
		const struct apono_resources found = { .over = rows[i].over };
		struct apono_ask ask = { .partial = rows[i].partial };
		const char *says;

		text_copy(ask.requester, EMAIL_SIZE, rows[i].requester);
		text_copy(ask.grantee, EMAIL_SIZE, rows[i].grantee);
		says = apono_objection(&conf, &ask, &found);
		assert_row(!says == !rows[i].says, i, rows[i].requester);
		if (says) {
			assert_has(says, rows[i].says);
			assert_true(text_chars(says) <= APONO_REASON_CHARS);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_allow_has_its_incident_and_its_end),
		cmocka_unit_test(a_denial_lists_no_incident),
		cmocka_unit_test(of_a_private_incident_there_is_no_number),
		cmocka_unit_test(titles_are_not_told),
		cmocka_unit_test(a_reason_is_cut_at_a_code_point),
		cmocka_unit_test(what_speaks_against_it_is_said_before_any_policy),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
