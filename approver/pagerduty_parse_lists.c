/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's users and on-call rows, its paging, and bodies of errors. */
#include "approver/pagerduty_parse.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

/* clang-format off */
static const struct jx_field page_fields[] = {
	{ "limit",  JX_INTEGER, false },
	{ "more",   JX_BOOL,    true },
	{ "offset", JX_INTEGER, false },
};

static const struct jx_field user_fields[] = {
	{ "email", JX_STRING, false },
	{ "id",    JX_STRING, true },
};

static const struct jx_field call_fields[] = {
	{ "end",               JX_STRING,  false },
	{ "escalation_level",  JX_INTEGER, true },
	{ "escalation_policy", JX_OBJECT,  true },
	{ "schedule",          JX_OBJECT,  false },
	{ "start",             JX_STRING,  false },
	{ "user",              JX_OBJECT,  true },
};
/* clang-format on */

/* --- paging -------------------------------------------------------------------- */

/* "Loop on more, never on total". Without `more` nobody knows whether this is all. */
bool pagerduty_parse_page(const json_t *body, size_t rows,
			  struct pagerduty_page *ret_page, struct fail *f)
{
	if (!jx_check(body, page_fields, ARRAY_LEN(page_fields), f)) {
		return false;
	}
	*ret_page = (struct pagerduty_page){
		.more = jx_bool(body, "more"), .offset = -1, .limit = -1, .rows = rows
	};
	if (json_is_integer(json_object_get(body, "offset"))) {
		ret_page->offset = jx_int(body, "offset");
	}
	if (json_is_integer(json_object_get(body, "limit"))) {
		ret_page->limit = jx_int(body, "limit");
	}
	return true;
}

/* --- users --------------------------------------------------------------------- */

static bool read_user(struct pagerduty_match *m, const json_t *row, struct fail *f)
{
	char id[VENDOR_ID_SIZE];

	if (!text_same_nocase(jx_str(row, "email"), m->email)) {
		return true;
	}
	if (!reply_id(id, row, "id", f)) {
		return false;
	}
	/* A list that changes while it is paged may repeat a row. */
	if (!text_same(id, m->id)) {
		m->found++;
		text_copy(m->id, sizeof(m->id), id);
	}
	return true;
}

bool pagerduty_parse_users(const char *data, size_t n, struct pagerduty_match *m,
			   struct pagerduty_page *ret_page, struct fail *f)
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
	return pagerduty_parse_page(body, json_array_size(rows), ret_page, f);
}

/* --- on call ------------------------------------------------------------------- */

/* "start" and "end" are both null for whoever sits on the policy directly: always. */
static bool is_now(const json_t *row, int64_t now_ms, bool *ret_now, struct fail *f)
{
	bool has_start = json_is_string(json_object_get(row, "start"));
	bool has_end = json_is_string(json_object_get(row, "end"));
	int64_t start_ms;
	int64_t end_ms;

	if (!has_start || !has_end) {
		*ret_now = !has_start && !has_end;
		return true;
	}
	if (!reply_time(&start_ms, row, "start", f) ||
	    !reply_time(&end_ms, row, "end", f)) {
		return false;
	}
	*ret_now = start_ms <= now_ms && now_ms < end_ms;
	return true;
}

static bool add_call(struct calls *c, const char *policy, int64_t level, struct fail *f)
{
	struct on_call *row;

	for (size_t i = 0; i < c->n; i++) {
		row = &c->rows[i];
		if (text_same(row->escalation_policy, policy)) {
			row->level = level < row->level ? level : row->level;
			return true;
		}
	}
	if (c->n == ON_CALL_MAX) {
		return fail_set(f, FAIL_BUSY, "on call for more than %d policies",
				ON_CALL_MAX);
	}
	row = &c->rows[c->n++];
	text_copy(row->escalation_policy, sizeof(row->escalation_policy), policy);
	row->level = level;
	return true;
}

/* False: it has no beginning, though it has an end; nobody says what that means. */
static bool has_bounds(const json_t *row)
{
	return json_is_string(json_object_get(row, "start")) ||
	       !json_is_string(json_object_get(row, "end"));
}

/* A schedule that was upgraded is of another type, and keeps its id. */
static bool read_shift(struct on_schedule *shift, const json_t *row, struct fail *f)
{
	const json_t *schedule = jx_obj(row, "schedule");

	*shift = (struct on_schedule){ 0 };
	text_copy(shift->name, sizeof(shift->name), jx_str(schedule, "summary"));
	return (reply_id(shift->id, schedule, "id", f) || fail_wrap(f, "'schedule'")) &&
	       (!*jx_str(row, "start") ||
		reply_time(&shift->start_ms, row, "start", f)) &&
	       (!*jx_str(row, "end") || reply_time(&shift->end_ms, row, "end", f));
}

static bool shift_is_same(const struct on_schedule *a, const struct on_schedule *b)
{
	return text_same(a->id, b->id) && a->start_ms == b->start_ms &&
	       a->end_ms == b->end_ms;
}

/* A schedule that several policies use gives a row for each. */
static bool add_shift(struct pagerduty_calls *c, const struct on_schedule *shift,
		      struct fail *f)
{
	struct calls *calls = &c->calls;

	if (shift->start_ms > c->until_ms ||
	    (shift->end_ms != 0 && shift->end_ms <= c->since_ms)) {
		return true;
	}
	for (size_t i = 0; i < calls->n_schedules; i++) {
		if (shift_is_same(&calls->schedules[i], shift)) {
			return true;
		}
	}
	if (calls->n_schedules == ON_SCHEDULES_MAX) {
		return fail_set(f, FAIL_BUSY, "on call on more than %d schedules",
				ON_SCHEDULES_MAX);
	}
	calls->schedules[calls->n_schedules++] = *shift;
	return true;
}

static bool read_schedule(struct pagerduty_calls *c, const json_t *row, struct fail *f)
{
	struct on_schedule shift;

	if (!c->want_schedules || !jx_obj(row, "schedule") || !has_bounds(row)) {
		return true;
	}
	return read_shift(&shift, row, f) && add_shift(c, &shift, f);
}

static bool read_call(struct pagerduty_calls *c, const json_t *row, struct fail *f)
{
	int64_t level = jx_int(row, "escalation_level");
	char policy[VENDOR_ID_SIZE];
	bool now;

	if (!text_same(jx_str(jx_obj(row, "user"), "id"), c->user)) {
		return true;
	}
	if (!reply_id(policy, jx_obj(row, "escalation_policy"), "id", f)) {
		return fail_wrap(f, "'escalation_policy'");
	}
	if (!is_now(row, c->now_ms, &now, f) || !read_schedule(c, row, f)) {
		return false;
	}
	/* Levels count from 1; less would be better than every limit of a policy. */
	return !now || level < 1 || add_call(&c->calls, policy, level, f);
}

bool pagerduty_parse_oncalls(const char *data, size_t n, struct pagerduty_calls *c,
			     struct pagerduty_page *ret_page, struct fail *f)
{
	json_auto_t *body = NULL;
	json_t *rows;
	json_t *row;
	size_t i;

	if (!reply_parse(data, n, "oncalls", &body, &rows, f)) {
		return false;
	}
	json_array_foreach (rows, i, row) {
		if (!reply_check_row("oncalls", i, row, call_fields,
				     ARRAY_LEN(call_fields), f)) {
			return false;
		}
		if (!read_call(c, row, f)) {
			return fail_wrap(f, "'oncalls' row %zu", i + 1);
		}
	}
	return pagerduty_parse_page(body, json_array_size(rows), ret_page, f);
}

/* --- errors -------------------------------------------------------------------- */

void pagerduty_parse_error(const char *data, size_t n, char note[REPLY_NOTE_SIZE])
{
	json_auto_t *body = NULL;
	json_t *error;

	note[0] = '\0';
	/* "Some gateway errors are not JSON at all." */
	if (!jx_parse_object(data, n, &body, NULL)) {
		return;
	}
	error = jx_obj(body, "error");
	if (error && json_is_integer(json_object_get(error, "code"))) {
		snprintf(note, REPLY_NOTE_SIZE, "code %" PRId64,
			 (int64_t)jx_int(error, "code"));
	}
}
