/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's users, its roles and severities, cursors, and bodies of errors. */
#include "approver/incidentio_parse.h"

#include <stdio.h>
#include <string.h>

#include "shared/text.h"

/* clang-format off */
static const struct jx_field page_fields[] = {
	{ "after", JX_STRING, false },
};

static const struct jx_field role_fields[] = {
	{ "id",        JX_STRING, true },
	{ "name",      JX_STRING, true },
	{ "role_type", JX_STRING, false },
	{ "shortform", JX_STRING, false },
};

static const struct jx_field severity_fields[] = {
	{ "id",   JX_STRING,  true },
	{ "name", JX_STRING,  true },
	{ "rank", JX_INTEGER, true },
};

static const struct jx_field user_fields[] = {
	{ "email",         JX_STRING, false },
	{ "id",            JX_STRING, true },
	{ "is_active",     JX_BOOL,   false },
	{ "slack_user_id", JX_STRING, false },
};
/* clang-format on */

/* --- cursors ------------------------------------------------------------------- */

/* "pagination_meta" is optional, and whether the last page has an `after` is not said: an
 * empty page is the last one too. */
bool incidentio_parse_after(const json_t *body, size_t rows, char after[VENDOR_ID_SIZE],
			    struct fail *f)
{
	const json_t *meta = jx_obj(body, "pagination_meta");

	after[0] = '\0';
	if (!meta || rows == 0) {
		return true;
	}
	if (!jx_check(meta, page_fields, ARRAY_LEN(page_fields), f)) {
		return fail_wrap(f, "'pagination_meta'");
	}
	if (!text_copy(after, VENDOR_ID_SIZE, jx_str(meta, "after"))) {
		return fail_set(f, FAIL_INVALID, "'after' is longer than %d bytes",
				VENDOR_ID_SIZE - 1);
	}
	return true;
}

/* --- catalogs ------------------------------------------------------------------ */

static bool add_item(struct catalog *c, const json_t *row, struct catalog_item **ret_item,
		     struct fail *f)
{
	struct catalog_item *item = catalog_add(c);

	if (!item) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	reply_text(item->name, sizeof(item->name), row, "name");
	*ret_item = item;
	return reply_id(item->id, row, "id", f);
}

bool incidentio_parse_roles(const char *data, size_t n, struct catalog *c, struct fail *f)
{
	json_auto_t *body = NULL;
	struct catalog_item *item;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, "incident_roles", &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row("incident_roles", i, row, role_fields,
				     ARRAY_LEN(role_fields), f) ||
		    !add_item(c, row, &item, f)) {
			return false;
		}
		reply_text(item->shortform, sizeof(item->shortform), row, "shortform");
		item->reporter = incidentio_role_is_automatic(jx_str(row, "role_type"));
	}
	return true;
}

bool incidentio_parse_severities(const char *data, size_t n, struct catalog *c,
				 struct fail *f)
{
	json_auto_t *body = NULL;
	struct catalog_item *item;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, "severities", &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row("severities", i, row, severity_fields,
				     ARRAY_LEN(severity_fields), f) ||
		    !add_item(c, row, &item, f)) {
			return false;
		}
		item->rank = jx_int(row, "rank");
	}
	return true;
}

/* --- users --------------------------------------------------------------------- */

static bool is_match(const struct incidentio_match *m, const json_t *row)
{
	/* Also false for people who were invited and never came. */
	if (!jx_bool(row, "is_active")) {
		return false;
	}
	if (*m->slack) {
		return text_same(jx_str(row, "slack_user_id"), m->slack);
	}
	return text_same_nocase(jx_str(row, "email"), m->email);
}

static bool read_user(struct incidentio_match *m, const json_t *row, struct fail *f)
{
	char id[VENDOR_ID_SIZE];

	if (!is_match(m, row)) {
		return true;
	}
	if (!reply_id(id, row, "id", f)) {
		return false;
	}
	/* Two pages may both have the same user. */
	if (!text_same(id, m->id)) {
		m->found++;
		text_copy(m->id, sizeof(m->id), id);
	}
	return true;
}

bool incidentio_parse_users(const char *data, size_t n, struct incidentio_match *m,
			    char after[VENDOR_ID_SIZE], struct fail *f)
{
	json_auto_t *body = NULL;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, "users", &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row("users", i, row, user_fields, ARRAY_LEN(user_fields),
				     f) ||
		    !read_user(m, row, f)) {
			return false;
		}
	}
	return incidentio_parse_after(body, json_array_size(rows), after, f);
}

/* --- errors -------------------------------------------------------------------- */

void incidentio_parse_error(const char *data, size_t n, char note[REPLY_NOTE_SIZE])
{
	json_auto_t *body = NULL;
	char code[REPLY_CODE_SIZE];
	char request[REPLY_CODE_SIZE];

	note[0] = '\0';
	if (!jx_parse_object(data, n, &body, NULL)) {
		return;
	}
	/* "errors" may be empty; a member of a member that is not there is "". */
	reply_code(code, jx_str(json_array_get(jx_arr(body, "errors"), 0), "code"));
	reply_code(request, jx_str(body, "request_id"));
	snprintf(note, REPLY_NOTE_SIZE, "%s%s%s%s%s", *code ? "code " : "", code,
		 *code && *request ? ", " : "", *request ? "request " : "", request);
}

/* --- what became of one ---------------------------------------------------------- */

bool incidentio_parse_fate(const char *data, size_t n, char category[NAME_SIZE],
			   bool *ret_private, struct fail *f)
{
	json_t *raw = NULL;

	if (!jx_parse_object(data, n, &raw, f)) {
		return false;
	}
	json_auto_t *body = raw;
	const json_t *incident = jx_obj(body, "incident");
	const json_t *status = jx_obj(incident, "incident_status");

	*ret_private = strcmp(jx_str(incident, "visibility"), "public") != 0;
	reply_text(category, NAME_SIZE, status, "category");
	return category[0] || fail_set(f, FAIL_INVALID,
				       "'incident' has no 'incident_status' with a "
				       "'category'");
}
