/* SPDX-License-Identifier: Apache-2.0 */
/* What every known receiver of ApplyUpdate is content with.
 *
 *  - One access/grant or access/revoke in a body: some act on the first event whose name
 *    holds "grant" or "revoke", some on the last. Never a grant in the body of a revoke: the
 *    Okta one would put the user back. A grant has its history before it, which some read for
 *    the reason and the approver. A later end is said by the same grant again, with other
 *    times: there is no event for it.
 *  - resources are the person and the target, in this order, both with labels.
 *  - Written as JSON.stringify does, as one runtime verifies the signature over what it
 *    parsed and wrote again: no spaces, raw UTF-8, no control characters but \n and \t.
 *
 * An answer is "done" with a 2xx status and a body that is empty, or an object without an
 * error whose status.code is 0 or absent: some say 200 for everything, some 500. */
#include "approver/indent_apply.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

#include "approver/indent_time.h"
#include "shared/jx.h"
#include "shared/text.h"

#define PETITION "petition"

/* --- the body ------------------------------------------------------------------------ */

/* Control characters are written in ways that differ. */
static json_t *words(const char *s)
{
	char text[REASON_SIZE];

	text_copy(text, sizeof(text), s);
	for (char *c = text; *c; c++) {
		if ((unsigned char)*c < 0x20 || *c == 0x7f) {
			*c = ' ';
		}
	}
	return json_string(text);
}

static void set_if(json_t *o, const char *name, const char *text)
{
	if (*text) {
		json_object_set_new(o, name, json_string(text));
	}
}

static json_t *bot_json(void)
{
	/* .invalid: nobody can be written to there, and nobody can take the name over. */
	return json_pack("{s:s, s:s, s:s, s:s, s:{}}", "id", "accessd-approval-bot",
			 "kind", "indent.v1.Bot", "email", "accessd@accessd.invalid",
			 "displayName", "accessd", "labels");
}

static json_t *person_json(const struct provision *p)
{
	json_t *labels = jx_map(p->person_labels);

	json_object_set_new(labels, "slackId", json_string(p->user));
	return json_pack("{s:s, s:s, s:s, s:s, s:o}", "id", p->user, "kind", "slack/user",
			 "email", p->email, "displayName", p->email, "labels", labels);
}

static json_t *target_json(const struct provision *p)
{
	json_t *o = json_pack("{s:s, s:s}", "id", p->target->id, "kind", p->target->kind);

	set_if(o, "displayName", p->target->display_name);
	json_object_set_new(o, "labels", jx_map(&p->target->labels));
	return o;
}

static json_t *meta_json(const struct provision *p, bool timed)
{
	json_t *labels = json_pack("{s:s}", PETITION, p->grant);
	char duration[INDENT_DURATION_SIZE];

	if (timed) {
		indent_duration_format((p->expires_ms - p->starts_ms) / 1000, duration);
		json_object_set_new(labels, INDENT_LABEL_DURATION, json_string(duration));
		json_object_set_new(labels, INDENT_LABEL_EXPIRES, jx_time(p->expires_ms));
	}
	return json_pack("{s:o}", "labels", labels);
}

/* `pair`: about the person and the target; else about the target only. */
static json_t *event_json(const struct provision *p, const char *name, int64_t at_ms,
			  const char *reason, json_t *actor, bool pair)
{
	json_t *resources = json_array();

	if (pair) {
		json_array_append_new(resources, person_json(p));
	}
	json_array_append_new(resources, target_json(p));
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "event", name, "timestamp",
			 jx_time(at_ms), "reason", words(reason), "actor", actor,
			 "resources", resources, "meta",
			 meta_json(p, pair && p->action != PROVISION_REVOKE));
}

char *indent_apply_format(const struct provision *p)
{
	json_t *events = json_array();
	json_auto_t *body = NULL;

	if (p->action != PROVISION_REVOKE) {
		json_array_append_new(
			events, event_json(p, "access/request", p->asked_ms,
					   *p->reason ? p->reason : "no reason given",
					   person_json(p), false));
		json_array_append_new(events,
				      event_json(p, "access/approve", p->starts_ms,
						 p->why, bot_json(), true));
		json_array_append_new(events, event_json(p, "access/grant", p->now_ms,
							 p->why, bot_json(), true));
	} else {
		json_array_append_new(events, event_json(p, "access/revoke", p->now_ms,
							 p->why, bot_json(), true));
	}
	body = json_pack("{s:o}", "events", events);
	return body ? jx_dump(body) : NULL;
}

/* --- the answer ------------------------------------------------------------------------ */

/* gRPC's codes. What is not here may be anything: the framework says 10 for whatever it
 * did not catch, a conflict or an outage of the target alike. */
static const struct {
	json_int_t code;
	enum fail_kind kind;
} codes[] = {
	{ 3, FAIL_INVALID },   /* INVALID_ARGUMENT */
	{ 5, FAIL_NOT_FOUND }, /* no such user, or no integration for this kind */
	{ 7, FAIL_DENIED },    /* PERMISSION_DENIED */
	{ 9, FAIL_DENIED },    /* FAILED_PRECONDITION: the signature */
	{ 12, FAIL_INVALID },  /* UNIMPLEMENTED */
	{ 16, FAIL_DENIED },   /* UNAUTHENTICATED */
};

static enum fail_kind code_kind(json_int_t code)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		if (codes[i].code == code) {
			return codes[i].kind;
		}
	}
	return FAIL_UPSTREAM;
}

static enum fail_kind status_kind(long status)
{
	if (status == 408 || status == 425 || status == 429) {
		return FAIL_BUSY;
	}
	return status >= 400 && status < 500 ? FAIL_DENIED : FAIL_UPSTREAM;
}

/* The most telling text of an error, which may be of any shape; "" for none. */
static const char *error_text(const json_t *status)
{
	const json_t *details = json_object_get(status, "details");
	const json_t *first =
		json_is_array(details) ? json_array_get(details, 0) : details;
	const char *message = jx_str(status, "message");

	if (*message) {
		return message;
	}
	return json_is_string(first) ? json_string_value(first) : jx_str(first, "detail");
}

/* One line of it: it goes into messages and the log. */
static bool refuse(enum fail_kind kind, long status, const char *text, struct fail *f)
{
	char line[160];

	text_copy_n(line, sizeof(line), text, strcspn(text, "\r\n"));
	return *line ? fail_set(f, kind, "HTTP %ld: %s", status, line)
		     : fail_set(f, kind, "HTTP %ld", status);
}

static bool object_read(long status, const json_t *o, struct fail *f)
{
	const json_t *error = json_object_get(o, "error");
	const json_t *state = json_object_get(o, "status");
	bool fine = status >= 200 && status < 300;
	json_int_t code = jx_int(state, "code");

	if (code != 0) {
		return refuse(code_kind(code), status, error_text(state), f);
	}
	if (error && !json_is_null(error) && !json_is_false(error)) {
		return refuse(fine ? FAIL_UPSTREAM : status_kind(status), status,
			      json_is_string(error) ? json_string_value(error)
						    : error_text(error),
			      f);
	}
	/* A status that is no object, or its code no number, says nothing we know. */
	if (fine && state && !json_is_null(state) &&
	    (!json_is_object(state) ||
	     (json_object_get(state, "code") &&
	      !json_is_integer(json_object_get(state, "code"))))) {
		return fail_set(f, FAIL_UNCERTAIN,
				"HTTP %ld with a status that cannot be "
				"read",
				status);
	}
	return fine || refuse(status_kind(status), status, error_text(state), f);
}

bool indent_apply_read(long status, const char *body, size_t n, struct fail *f)
{
	bool fine = status >= 200 && status < 300;
	json_t *raw = NULL;
	struct fail why;

	if (n == 0 || strspn(body, " \t\r\n") == n) {
		return fine || fail_set(f, status_kind(status), "HTTP %ld", status);
	}
	if (!jx_parse_object(body, n, &raw, &why)) {
		return fine ? fail_set(f, FAIL_UNCERTAIN,
				       "HTTP %ld with a body that cannot be read", status)
			    : fail_set(f, status_kind(status), "HTTP %ld", status);
	}
	json_auto_t *o = raw;

	return object_read(status, o, f);
}
