/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's open incidents and who has acknowledged them. Users and on-call rows are in
 * pagerduty_parse_lists.c. */
#include "approver/pagerduty_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

/* "acknowledgements" is null in an example of PagerDuty's own, so null is empty. */
/* clang-format off */
static const struct jx_field incident_fields[] = {
	{ "acknowledgements",        JX_ARRAY,   false },
	{ "created_at",              JX_STRING,  true },
	{ "escalation_policy",       JX_OBJECT,  false },
	{ "first_trigger_log_entry", JX_OBJECT,  false },
	{ "html_url",                JX_STRING,  false },
	{ "id",                      JX_STRING,  true },
	{ "incident_number",         JX_INTEGER, false },
	{ "service",                 JX_OBJECT,  false },
	{ "status",                  JX_STRING,  true },
	{ "title",                   JX_STRING,  false },
	{ "urgency",                 JX_STRING,  false },
};

static const struct jx_field ack_fields[] = {
	{ "acknowledger", JX_OBJECT, true },
	{ "at",           JX_STRING, true },
};

static const struct jx_field reference_fields[] = {
	{ "id",   JX_STRING, true },
	{ "type", JX_STRING, true },
};
/* clang-format on */

/* "user" when it was included, "user_reference" else. */
static bool is_person(const char *type)
{
	return strcmp(type, "user") == 0 || strcmp(type, "user_reference") == 0;
}

/* A service, or an integration of one of many kinds, such as
 * events_api_v2_inbound_integration_reference. */
static bool is_machine(const char *type)
{
	static const char *const ends[] = { "service", "service_reference", "integration",
					    "integration_reference" };
	size_t n = strlen(type);

	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		size_t k = strlen(ends[i]);

		if (n >= k && strcmp(type + n - k, ends[i]) == 0) {
			return true;
		}
	}
	return false;
}

/* Who made the incident is told by the agent of the log entry that triggered it. Without
 * include[]=first_trigger_log_entries, or the right to see it, only a reference comes. */
static void read_creator(struct incident *in, const json_t *entry)
{
	const json_t *agent = entry ? jx_obj(entry, "agent") : NULL;
	const char *type = agent ? jx_str(agent, "type") : "";

	if (is_person(type)) {
		reply_text(in->creator, sizeof(in->creator), agent, "id");
		in->creator_known = in->creator[0] != '\0';
	} else {
		in->creator_known = is_machine(type);
	}
}

static bool read_incident(struct incident *in, const json_t *row, struct fail *f)
{
	const json_t *service = jx_obj(row, "service");
	const json_t *policy = jx_obj(row, "escalation_policy");

	if (!reply_id(in->id, row, "id", f) ||
	    !reply_time(&in->created_ms, row, "created_at", f)) {
		return false;
	}
	if (jx_int(row, "incident_number") > 0) {
		snprintf(in->reference, sizeof(in->reference), "#%" PRId64,
			 (int64_t)jx_int(row, "incident_number"));
	}
	text_copy(in->title, sizeof(in->title), jx_str(row, "title"));
	reply_text(in->url, sizeof(in->url), row, "html_url");
	reply_text(in->urgency, sizeof(in->urgency), row, "urgency");
	if (service) {
		reply_text(in->service_id, sizeof(in->service_id), service, "id");
		text_copy(in->service_name, sizeof(in->service_name),
			  jx_str(service, "summary"));
	}
	if (policy) {
		reply_text(in->escalation_policy, sizeof(in->escalation_policy), policy,
			   "id");
	}
	read_creator(in, jx_obj(row, "first_trigger_log_entry"));
	return true;
}

/* An acknowledgement by a service came through an integration: no human, no standing. */
static bool read_ack(struct snapshot *s, size_t incident, const json_t *ack,
		     struct fail *f)
{
	const json_t *who = jx_obj(ack, "acknowledger");
	struct stand *st;

	if (!jx_check(who, reference_fields, ARRAY_LEN(reference_fields), f)) {
		return fail_wrap(f, "'acknowledger'");
	}
	if (!is_person(jx_str(who, "type"))) {
		return true;
	}
	st = snapshot_add_stand(s, incident);
	if (!st) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return reply_id(st->user, who, "id", f) &&
	       reply_time(&st->since_ms, ack, "at", f);
}

static bool read_acks(struct snapshot *s, size_t incident, const json_t *list,
		      struct fail *f)
{
	static const char name[] = "acknowledgements";
	json_t *ack;
	size_t i;

	json_array_foreach (list, i, ack) {
		if (!reply_check_row(name, i, ack, ack_fields, ARRAY_LEN(ack_fields),
				     f)) {
			return false;
		}
		if (!read_ack(s, incident, ack, f)) {
			return fail_wrap(f, "'%s' row %zu", name, i + 1);
		}
	}
	return true;
}

static bool add_incident(struct snapshot *s, const json_t *row, struct fail *f)
{
	bool acknowledged = strcmp(jx_str(row, "status"), "acknowledged") == 0;
	size_t at = s->n_incidents;
	struct incident *in;

	/* What we asked for; "more may be added". */
	if (!acknowledged && strcmp(jx_str(row, "status"), "triggered") != 0) {
		return true;
	}
	in = snapshot_add_incident(s);
	if (!in) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	/* The list is emptied when an acknowledgement ends; in case it is not, an incident
	 * that is triggered again has none. */
	return read_incident(in, row, f) &&
	       (!acknowledged || read_acks(s, at, jx_arr(row, "acknowledgements"), f));
}

bool pagerduty_parse_incidents(const char *data, size_t n, struct snapshot *s,
			       struct pagerduty_page *ret_page, struct fail *f)
{
	json_auto_t *body = NULL;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, "incidents", &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row("incidents", i, row, incident_fields,
				     ARRAY_LEN(incident_fields), f)) {
			return false;
		}
		if (!add_incident(s, row, f)) {
			return fail_wrap(f, "'incidents' row %zu", i + 1);
		}
	}
	return pagerduty_parse_page(body, json_array_size(rows), ret_page, f);
}
