/* SPDX-License-Identifier: Apache-2.0 */
/* Who has posted updates to an incident of incident.io. */
#include "approver/incidentio_parse.h"

#include "shared/text.h"

/* clang-format off */
static const struct jx_field update_fields[] = {
	{ "incident_id", JX_STRING, true },
	{ "updater",     JX_OBJECT, false },
};

static const struct jx_field updater_fields[] = {
	{ "user", JX_OBJECT, false },
};
/* clang-format on */

static bool is_there(const struct snapshot *s, size_t incident, const char *user)
{
	for (size_t i = 0; i < s->n_stands; i++) {
		const struct stand *st = &s->stands[i];

		if (st->participant && st->incident == incident &&
		    text_same(st->user, user)) {
			return true;
		}
	}
	return false;
}

static bool add_participant(struct snapshot *s, size_t incident, const json_t *user,
			    struct fail *f)
{
	char id[VENDOR_ID_SIZE];
	struct stand *st;

	if (!reply_id(id, user, "id", f)) {
		return fail_wrap(f, "'user'");
	}
	if (is_there(s, incident, id)) {
		return true;
	}
	st = snapshot_add_stand(s, incident);
	if (!st) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	st->participant = true;
	text_copy(st->user, sizeof(st->user), id);
	return true;
}

static bool read_update(struct snapshot *s, size_t incident, const json_t *row,
			struct fail *f)
{
	const json_t *updater = jx_obj(row, "updater");

	/* What we asked for: "any other id returns an empty list", or so it should. */
	if (!text_same(jx_str(row, "incident_id"), s->incidents[incident].id)) {
		return true;
	}
	if (updater && !jx_check(updater, updater_fields, ARRAY_LEN(updater_fields), f)) {
		return fail_wrap(f, "'updater'");
	}
	/* By an API key, a workflow or an alert: nobody has taken part by that. */
	if (!updater || !jx_obj(updater, "user")) {
		return true;
	}
	return add_participant(s, incident, jx_obj(updater, "user"), f);
}

bool incidentio_parse_updates(const char *data, size_t n, struct snapshot *s,
			      size_t incident, char after[VENDOR_ID_SIZE], struct fail *f)
{
	static const char name[] = "incident_updates";
	json_auto_t *body = NULL;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, name, &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row(name, i, row, update_fields,
				     ARRAY_LEN(update_fields), f)) {
			return false;
		}
		if (!read_update(s, incident, row, f)) {
			return fail_wrap(f, "'%s' row %zu", name, i + 1);
		}
	}
	return incidentio_parse_after(body, json_array_size(rows), after, f);
}
