/* SPDX-License-Identifier: Apache-2.0 */
/* What providers say by webhook: whom it concerns, and what is left of what cannot be
 * read. */
#include "approver/vendor_event.h"

#include <stdio.h>
#include <string.h>

#include "tests/lib/test.h"

typedef bool parse_fn(const char *body, size_t n, struct vendor_event *ret_e,
		      struct fail *f);

struct row {
	const char *body;
	const char *type; /* NULL: "unreadable" */
	const char *id;
	const char *incident;
	bool quiet;
};

static void rows_check(parse_fn *parse, const struct row *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const struct row *r = &rows[i];
		struct fail f = { 0 };
		struct vendor_event e;
		bool read = parse(r->body, strlen(r->body), &e, &f);

		assert_row(read == (r->type != NULL), i, r->body);
		assert_row(read || (f.kind == FAIL_INVALID && *f.msg), i, r->body);
		assert_row(strcmp(e.type, r->type ? r->type : "unreadable") == 0, i,
			   e.type);
		assert_row(strcmp(e.id, r->id ? r->id : "") == 0, i, e.id);
		assert_row(strcmp(e.incident, r->incident ? r->incident : "") == 0, i,
			   e.incident);
		assert_row(e.quiet == r->quiet, i, r->body);
	}
}

/* clang-format off */
static const struct row pagerduty[] = {
	{ "{\"event\":{\"id\":\"01A\",\"event_type\":\"incident.acknowledged\",\"agent\":{\"id\":\"PU1\"},"
	  "\"data\":{\"id\":\"Q1\",\"type\":\"incident\",\"status\":\"acknowledged\"}}}",
	  "incident.acknowledged", "01A", "Q1", false },
	{ "{\"event\":{\"id\":\"01B\",\"event_type\":\"incident.resolved\",\"agent\":null,"
	  "\"data\":{\"id\":\"Q1\",\"type\":\"incident\",\"assignees\":[]}}}",
	  "incident.resolved", "01B", "Q1", false },
	{ "{\"event\":{\"id\":\"01C\",\"event_type\":\"incident.annotated\","
	  "\"data\":{\"id\":\"N1\",\"type\":\"incident_note\",\"incident\":{\"id\":\"Q2\"}}}}",
	  "incident.annotated", "01C", "Q2", true },
	{ "{\"event\":{\"id\":\"01D\",\"event_type\":\"incident.workflow.started\","
	  "\"data\":{\"id\":\"W1\",\"type\":\"workflow\",\"incident\":{\"id\":\"Q2\"}}}}",
	  "incident.workflow.started", "01D", "Q2", true },
	{ "{\"event\":{\"id\":\"01E\",\"event_type\":\"pagey.ping\",\"data\":{\"message\":\"hi\",\"type\":\"ping\"}}}",
	  "pagey.ping", "01E", NULL, true },
	{ "{\"event\":{\"id\":\"01F\",\"event_type\":\"service.updated\",\"data\":{\"id\":\"PS1\",\"type\":\"service\"}}}",
	  "service.updated", "01F", NULL, true },
	/* unknown words: something has changed */
	{ "{\"event\":{\"id\":\"01G\",\"event_type\":\"incident.teleported\",\"data\":{\"id\":\"Q3\",\"type\":\"incident\"}}}",
	  "incident.teleported", "01G", "Q3", false },
	{ "{\"event\":{\"id\":\"01H\",\"event_type\":\"incident.teleported\",\"data\":{\"id\":\"X\",\"type\":\"odd\"}}}",
	  "incident.teleported", "01H", NULL, false },
	/* without what we look for, or with it in another shape */
	{ "{\"event\":{\"event_type\":\"incident.resolved\"}}", "incident.resolved", NULL, NULL, false },
	{ "{\"event\":{\"id\":\"01I\"}}", "unknown", "01I", NULL, false },
	{ "{\"event\":{\"id\":7,\"event_type\":[],\"data\":\"x\"}}", "unknown", NULL, NULL, false },
	{ "{\"event\":null}", "unknown", NULL, NULL, false },
	{ "{\"event\":[]}", "unknown", NULL, NULL, false },
	{ "{}", "unknown", NULL, NULL, false },
	{ "{\"messages\":[{\"event\":\"incident.trigger\"}]}", "unknown", NULL, NULL, false }, /* v2 */
	/* half an id is somebody else's */
	{ "{\"event\":{\"id\":\"01J\",\"event_type\":\"incident.resolved\",\"data\":{\"type\":\"incident\",\"id\":"
	  "\"0123456789012345678901234567890123456789012345678901234567890123\"}}}",
	  "incident.resolved", "01J", NULL, false },
	/* not to be read */
	{ "", NULL, NULL, NULL, false },
	{ "null", NULL, NULL, NULL, false },
	{ "[]", NULL, NULL, NULL, false },
	{ "{\"event\":", NULL, NULL, NULL, false },
	{ "{\"event\":{}} x", NULL, NULL, NULL, false },
	{ "{\"event\":{\"id\":\"a\",\"id\":\"b\"}}", NULL, NULL, NULL, false },
	{ "{\"event\":{\"id\":\"\xff\"}}", NULL, NULL, NULL, false },
	{ "{\"event\":{\"data\":{\"title\":\"\\u0000\"}}}", NULL, NULL, NULL, false },
	{ "{\"event\":{\"data\":{\"title\":\"\\ud800\"}}}", NULL, NULL, NULL, false },
	{ "{\"event\":{\"n\":1e999999}}", NULL, NULL, NULL, false },
};

#define IO(type, inner) "{\"event_type\":\"" type "\",\"" type "\":" inner "}"

static const struct row incidentio[] = {
	{ IO("public_incident.incident_updated_v2", "{\"id\":\"01JA\",\"name\":\"x\",\"related_incidents\":[]}"),
	  "public_incident.incident_updated_v2", NULL, "01JA", false },
	{ IO("public_incident.incident_created_v2", "{\"id\":\"01JA\"}"),
	  "public_incident.incident_created_v2", NULL, "01JA", false },
	{ IO("public_incident.incident_status_updated_v2", "{\"incident\":{\"id\":\"01JB\"},\"new_status\":{\"category\":\"learning\"}}"),
	  "public_incident.incident_status_updated_v2", NULL, "01JB", false },
	{ IO("private_incident.incident_updated_v2", "{\"id\":\"01JC\"}"),
	  "private_incident.incident_updated_v2", NULL, "01JC", false },
	{ IO("private_incident.membership_revoked_v1", "{\"incident_id\":\"01JD\",\"user_id\":\"01U\"}"),
	  "private_incident.membership_revoked_v1", NULL, "01JD", false },
	{ IO("schedule.shift_change_v1", "{\"schedule\":{\"id\":\"01S\"},\"current_users\":[]}"),
	  "schedule.shift_change_v1", NULL, NULL, false },
	{ IO("public_escalation.escalation_status_updated_v1", "{\"id\":\"01E\",\"incident\":{\"id\":\"01JE\"}}"),
	  "public_escalation.escalation_status_updated_v1", NULL, "01JE", false },
	{ IO("public_incident.follow_up_created_v1", "{\"id\":\"01F\",\"incident_id\":\"01JF\"}"),
	  "public_incident.follow_up_created_v1", NULL, "01JF", true },
	{ IO("private_incident.action_updated_v1", "{\"id\":\"01A\"}"),
	  "private_incident.action_updated_v1", NULL, NULL, true },
	{ IO("public_alert.alert_created_v1", "{\"id\":\"01A\"}"), "public_alert.alert_created_v1", NULL, NULL, true },
	{ IO("status_page_incident.update_shared_v1", "{}"), "status_page_incident.update_shared_v1", NULL, NULL, true },
	{ IO("brand.new_v9", "{\"id\":\"01N\"}"), "brand.new_v9", NULL, NULL, false },
	{ "{\"type\":\"x\",\"timestamp\":\"2026-01-01T00:00:00Z\",\"data\":" IO("private_incident.incident_updated_v2", "{\"id\":\"01JC\"}") "}",
	  "private_incident.incident_updated_v2", NULL, "01JC", false },
	/* named, and not there */
	{ "{\"event_type\":\"public_incident.incident_updated_v2\"}", "public_incident.incident_updated_v2", NULL, NULL, false },
	{ IO("public_incident.incident_updated_v2", "[]"), "public_incident.incident_updated_v2", NULL, NULL, false },
	{ IO("public_incident.incident_updated_v2", "{\"id\":7}"), "public_incident.incident_updated_v2", NULL, NULL, false },
	{ "{\"event_type\":null}", "unknown", NULL, NULL, false },
	{ "{}", "unknown", NULL, NULL, false },
	{ "", NULL, NULL, NULL, false },
	{ "\xef\xbb\xbf{}", NULL, NULL, NULL, false }, /* a byte order mark */
	{ "{\"a\":1,\"a\":2}", NULL, NULL, NULL, false },
	{ "{\"event_type\":\"a\\u0000b\"}", NULL, NULL, NULL, false },
};
/* clang-format on */

static void pagerdutys_events_name_their_incident(void **state)
{
	(void)state;
	rows_check(pagerduty_event_parse, pagerduty, ARRAY_LEN(pagerduty));
}

static void incident_ios_events_name_their_incident(void **state)
{
	(void)state;
	rows_check(incidentio_event_parse, incidentio, ARRAY_LEN(incidentio));
}

static void ten_thousand_levels_are_not_read(void **state)
{
	static char body[20002];
	struct vendor_event e;
	struct fail f;

	(void)state;
	memset(body, '[', 10000);
	memset(body + 10000, ']', 10000);
	memcpy(body, "{\"a\":", 5);
	assert_false(pagerduty_event_parse(body, strlen(body), &e, &f));
	assert_string_equal(e.type, "unreadable");
	assert_false(incidentio_event_parse(body, strlen(body), &e, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(pagerdutys_events_name_their_incident),
		cmocka_unit_test(incident_ios_events_name_their_incident),
		cmocka_unit_test(ten_thousand_levels_are_not_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
