/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's live incidents and who holds which role in them. Users and catalogs are
 * in incidentio_parse_lists.c. */
#include "approver/incidentio_parse.h"

#include <string.h>

#include "shared/text.h"

/* "Optional members are normally absent; accept null too." */
/* clang-format off */
static const struct jx_field incident_fields[] = {
	{ "created_at",                JX_STRING, true },
	{ "creator",                   JX_OBJECT, false },
	{ "id",                        JX_STRING, true },
	{ "incident_role_assignments", JX_ARRAY,  true },
	{ "incident_status",           JX_OBJECT, true },
	{ "incident_type",             JX_OBJECT, false },
	{ "mode",                      JX_STRING, true },
	{ "name",                      JX_STRING, false },
	{ "permalink",                 JX_STRING, false },
	{ "reference",                 JX_STRING, false },
	{ "severity",                  JX_OBJECT, false },
	{ "slack_channel_id",          JX_STRING, false },
	{ "slack_team_id",             JX_STRING, false },
	{ "visibility",                JX_STRING, true },
};

static const struct jx_field status_fields[] = {
	{ "category", JX_STRING, true },
};

static const struct jx_field severity_fields[] = {
	{ "id",   JX_STRING,  true },
	{ "name", JX_STRING,  false },
	{ "rank", JX_INTEGER, true },
};

static const struct jx_field assignment_fields[] = {
	{ "assignee", JX_OBJECT, false },
	{ "role",     JX_OBJECT, true },
};

static const struct jx_field role_fields[] = {
	{ "id",        JX_STRING, true },
	{ "name",      JX_STRING, false },
	{ "role_type", JX_STRING, false },
};
/* clang-format on */

static bool read_severity(struct incident *in, const json_t *severity, struct fail *f)
{
	if (!severity) {
		return true;
	}
	if (!jx_check(severity, severity_fields, ARRAY_LEN(severity_fields), f) ||
	    !reply_id(in->severity_id, severity, "id", f)) {
		return fail_wrap(f, "'severity'");
	}
	reply_text(in->severity_name, sizeof(in->severity_name), severity, "name");
	in->severity_rank = jx_int(severity, "rank");
	in->has_severity = true;
	return true;
}

/* Exactly one of the four is there. Something else, or a user without an id: unknown. */
static void read_creator(struct incident *in, const json_t *creator)
{
	static const char *const machines[] = { "alert", "api_key", "workflow" };
	const json_t *user = creator ? jx_obj(creator, "user") : NULL;

	if (user) {
		reply_text(in->creator, sizeof(in->creator), user, "id");
		in->creator_known = in->creator[0] != '\0';
		return;
	}
	for (size_t i = 0; creator && i < ARRAY_LEN(machines); i++) {
		if (jx_obj(creator, machines[i])) {
			in->creator_known = true;
		}
	}
}

static bool read_incident(struct incident *in, const json_t *row, struct fail *f)
{
	const json_t *type = jx_obj(row, "incident_type");

	if (!reply_id(in->id, row, "id", f) ||
	    !reply_time(&in->created_ms, row, "created_at", f) ||
	    !read_severity(in, jx_obj(row, "severity"), f)) {
		return false;
	}
	/* Anything but public is treated as private: a new word must not show a name. */
	in->is_private = strcmp(jx_str(row, "visibility"), "public") != 0;
	text_copy(in->title, sizeof(in->title), jx_str(row, "name"));
	reply_text(in->reference, sizeof(in->reference), row, "reference");
	reply_text(in->url, sizeof(in->url), row, "permalink");
	reply_text(in->slack_team, sizeof(in->slack_team), row, "slack_team_id");
	reply_text(in->slack_channel, sizeof(in->slack_channel), row, "slack_channel_id");
	read_creator(in, jx_obj(row, "creator"));
	if (type) {
		reply_text(in->type_id, sizeof(in->type_id), type, "id");
		reply_text(in->type_name, sizeof(in->type_name), type, "name");
	}
	return true;
}

bool incidentio_role_is_automatic(const char *role_type)
{
	return strcmp(role_type, "lead") != 0 && strcmp(role_type, "custom") != 0;
}

static bool read_assignment(struct snapshot *s, size_t incident, const json_t *a,
			    struct fail *f)
{
	const json_t *role = jx_obj(a, "role");
	const json_t *assignee = jx_obj(a, "assignee");
	struct stand *st;

	if (!jx_check(role, role_fields, ARRAY_LEN(role_fields), f)) {
		return fail_wrap(f, "'role'");
	}
	/* A role that nobody has is listed too, without an assignee. */
	if (!assignee) {
		return true;
	}
	st = snapshot_add_stand(s, incident);
	if (!st) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	reply_text(st->role_name, sizeof(st->role_name), role, "name");
	st->reporter = incidentio_role_is_automatic(jx_str(role, "role_type"));
	return reply_id(st->role_id, role, "id", f) &&
	       reply_id(st->user, assignee, "id", f);
}

static bool read_assignments(struct snapshot *s, size_t incident, const json_t *list,
			     struct fail *f)
{
	static const char name[] = "incident_role_assignments";
	json_t *a;
	size_t i;

	/* All of them: the same role may be there twice, a person in several. */
	json_array_foreach (list, i, a) {
		if (!reply_check_row(name, i, a, assignment_fields,
				     ARRAY_LEN(assignment_fields), f)) {
			return false;
		}
		if (!read_assignment(s, incident, a, f)) {
			return fail_wrap(f, "'%s' row %zu", name, i + 1);
		}
	}
	return true;
}

/* What we asked for. Triage, post-incident, tests, tutorials, imports and whatever comes
 * next are not an incident that is being worked on. */
static bool is_live(const json_t *row)
{
	const json_t *status = jx_obj(row, "incident_status");

	return strcmp(jx_str(status, "category"), "live") == 0 &&
	       strcmp(jx_str(row, "mode"), "standard") == 0;
}

static bool add_incident(struct snapshot *s, const json_t *row, struct fail *f)
{
	size_t at = s->n_incidents;
	struct incident *in;

	if (!jx_check(jx_obj(row, "incident_status"), status_fields,
		      ARRAY_LEN(status_fields), f)) {
		return fail_wrap(f, "'incident_status'");
	}
	if (!is_live(row)) {
		return true;
	}
	in = snapshot_add_incident(s);
	if (!in) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return read_incident(in, row, f) &&
	       read_assignments(s, at, jx_arr(row, "incident_role_assignments"), f);
}

bool incidentio_parse_incidents(const char *data, size_t n, struct snapshot *s,
				char after[VENDOR_ID_SIZE], struct fail *f)
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
	return incidentio_parse_after(body, json_array_size(rows), after, f);
}
