/* SPDX-License-Identifier: Apache-2.0 */
/* Indent's calls: from bytes to a checked struct. */
#include "approver/indent_parse.h"

#include <stdlib.h>
#include <string.h>

#include "approver/indent_time.h"
#include "approver/reply.h"
#include "shared/text.h"

/* clang-format off */
static const struct jx_field event_fields[] = {
	{ "actor",     JX_OBJECT, false },
	{ "event",     JX_STRING, true },
	{ "id",        JX_STRING, false },
	{ "meta",      JX_OBJECT, false },
	{ "reason",    JX_STRING, false },
	{ "resources", JX_ARRAY,  false },
	{ "timestamp", JX_STRING, false },
};

static const struct jx_field meta_fields[] = {
	{ "labels", JX_OBJECT, false },
};

/* The actor, too. */
static const struct jx_field resource_fields[] = {
	{ "altIds",      JX_ARRAY,  false },
	{ "displayName", JX_STRING, false },
	{ "email",       JX_STRING, false },
	{ "id",          JX_STRING, false },
	{ "kind",        JX_STRING, false },
	{ "labels",      JX_OBJECT, false },
};
/* clang-format on */

/* --- which call is it? ------------------------------------------------------------ */

static bool is_truthy(const json_t *v)
{
	if (json_is_string(v)) {
		return json_string_length(v) > 0;
	}
	if (json_is_number(v)) {
		return json_number_value(v) != 0;
	}
	return json_is_true(v) || json_is_object(v) || json_is_array(v);
}

static bool is_change(const char *event)
{
	return strcmp(event, "access/grant") == 0 || strcmp(event, "access/revoke") == 0;
}

/* Every element is an object: then its kind and the first request are known. */
static bool read_events(struct indent_call *c, const json_t *events, struct fail *f)
{
	const json_t *event;
	size_t i;

	if (!json_is_array(events)) {
		return fail_set(f, FAIL_INVALID, "'events' must be an array");
	}
	c->kind = INDENT_DECISION;
	json_array_foreach ((json_t *)(uintptr_t)events, i, event) {
		const char *name = jx_str(event, "event");

		if (!json_is_object(event)) {
			return fail_set(f, FAIL_INVALID,
					"'events' row %zu must be an object", i + 1);
		}
		if (is_change(name)) {
			c->kind = INDENT_APPLY;
		} else if (!c->request && strcmp(name, "access/request") == 0) {
			c->request = event;
		}
	}
	return true;
}

static bool read_kind(struct indent_call *c, struct fail *f)
{
	const json_t *events = json_object_get(c->body, "events");

	if (is_truthy(json_object_get(c->body, "kinds"))) {
		c->kind = INDENT_PULL;
	} else if (is_truthy(json_object_get(c->body, "info"))) {
		c->kind = INDENT_INFO;
	} else if (is_truthy(events)) {
		return read_events(c, events, f);
	}
	return true;
}

/* --- a request ------------------------------------------------------------- */

/* "slack/user", "user", "okta.v1.User", "indent.blocks.v1.User": what integrations take
 * for the petitioner. */
bool indent_is_person(const json_t *resource)
{
	const char *kind = jx_str(resource, "kind");
	size_t len = strlen(kind);

	if (len == 0) {
		return *jx_str(resource, "email") != '\0';
	}
	return len >= 4 && text_same_nocase(kind + len - 4, "user");
}

static bool read_request(struct indent_call *c, struct fail *f)
{
	const json_t *meta = jx_obj(c->request, "meta");

	c->actor = jx_obj(c->request, "actor");
	c->targets = jx_arr(c->request, "resources");
	c->labels = jx_obj(meta, "labels");
	c->reason = jx_str(c->request, "reason");
	if (!jx_check(c->request, event_fields, ARRAY_LEN(event_fields), f) ||
	    (meta && !jx_check(meta, meta_fields, ARRAY_LEN(meta_fields), f)) ||
	    (c->actor &&
	     !jx_check(c->actor, resource_fields, ARRAY_LEN(resource_fields), f))) {
		return fail_wrap(f, "access/request");
	}
	for (size_t i = 0; i < json_array_size(c->targets); i++) {
		if (!reply_check_row("resources", i, json_array_get(c->targets, i),
				     resource_fields, ARRAY_LEN(resource_fields), f)) {
			return fail_wrap(f, "access/request");
		}
	}
	return true;
}

/* --- who --------------------------------------------------------------------------- */

/* "U02AYNF2XJM", or with W of an enterprise grid. */
static bool is_slack_id(const char *s)
{
	static const char digits[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

	return (*s == 'U' || *s == 'W') && s[1] && strspn(s, digits) == strlen(s);
}

/* The id of a slack/user is Slack's: "U02AYNF2XJM", in older days "T01/U02". */
static void read_slack_id(struct person *p, const char *id)
{
	const char *slash = strchr(id, '/');
	const char *user = slash ? slash + 1 : id;

	if (!is_slack_id(user) || !text_copy(p->slack, sizeof(p->slack), user)) {
		p->slack[0] = '\0'; /* half an id may be somebody else's */
		return;
	}
	if (slash && !text_copy_n(p->slack_team, sizeof(p->slack_team), id,
				  (size_t)(slash - id))) {
		p->slack_team[0] = '\0';
	}
}

static void read_email(struct person *p, const json_t *actor)
{
	if (!text_trim(p->email, sizeof(p->email), jx_str(actor, "email"))) {
		p->email[0] = '\0';
	}
}

/* The name that says most of whom there is room for. */
static void read_user(struct indent_call *c, const json_t *actor)
{
	const char *const names[] = { c->who.slack, c->who.email, jx_str(actor, "id") };

	for (size_t i = 0; i < ARRAY_LEN(names) && !*c->user; i++) {
		if (strlen(names[i]) < sizeof(c->user)) {
			text_copy(c->user, sizeof(c->user), names[i]);
		}
	}
}

static void read_person(struct person *p, const json_t *resource)
{
	if (strcmp(jx_str(resource, "kind"), "slack/user") == 0) {
		read_slack_id(p, jx_str(resource, "id"));
	}
	read_email(p, resource);
}

static bool is_same_person(const json_t *a, const json_t *b)
{
	return text_same(jx_str(a, "id"), jx_str(b, "id")) &&
	       strcmp(jx_str(a, "kind"), jx_str(b, "kind")) == 0;
}

/* The platform may name the actor among the resources, too. By the same id but with
 * another e-mail it is not known whom it would give the access to. */
static void read_other(struct indent_call *c, const json_t *resource)
{
	if (is_same_person(c->actor, resource)) {
		if (strcmp(jx_str(c->actor, "email"), jx_str(resource, "email")) != 0) {
			c->refused = "The request has two e-mails for who asks.";
		}
	} else if (c->n_others == INDENT_OTHERS_MAX) {
		c->refused = "The request is for too many people.";
	} else {
		read_person(&c->others[c->n_others++], resource);
	}
}

static bool read_people(struct indent_call *c, struct fail *f)
{
	read_person(&c->who, c->actor);
	read_user(c, c->actor);
	for (size_t i = 0; i < json_array_size(c->targets); i++) {
		const json_t *resource = json_array_get(c->targets, i);

		if (!indent_is_person(resource)) {
			continue;
		}
		if (!c->others) {
			c->others = calloc(INDENT_OTHERS_MAX, sizeof(*c->others));
		}
		if (!c->others) {
			return fail_set(f, FAIL_INTERNAL, "out of memory");
		}
		read_other(c, resource);
	}
	return true;
}

/* --- how long ------------------------------------------------------------------------ */

static void bound(int64_t *s, int64_t by_s)
{
	if (by_s > 0 && (*s == 0 || by_s < *s)) {
		*s = by_s;
	}
}

int64_t indent_asked_s(const json_t *labels, int64_t now_ms)
{
	static const char *const durations[] = { INDENT_LABEL_DURATION,
						 "indent.com/petition/duration" };
	static const char *const moments[] = { INDENT_LABEL_EXPIRES, "expires" };
	int64_t asked_s = 0;

	for (size_t i = 0; i < ARRAY_LEN(durations); i++) {
		int64_t s;

		if (indent_duration_parse(jx_str(labels, durations[i]), &s)) {
			bound(&asked_s, s);
		}
	}
	for (size_t i = 0; i < ARRAY_LEN(moments); i++) {
		int64_t ms;

		if (text_parse_time(jx_str(labels, moments[i]), &ms) && ms > now_ms) {
			bound(&asked_s, (ms - now_ms + 999) / 1000);
		}
	}
	return asked_s;
}

/* --- all of it ------------------------------------------------------------------------ */

bool indent_parse(const char *body, size_t n, struct indent_call *ret_c, struct fail *f)
{
	struct indent_call c = { .kind = INDENT_UNKNOWN, .reason = "" };

	if (!jx_parse_object(body, n, &c.body, f)) {
		return false;
	}
	if (!read_kind(&c, f) || (c.request && c.kind == INDENT_DECISION &&
				  (!read_request(&c, f) || !read_people(&c, f)))) {
		indent_call_finish(&c);
		return false;
	}
	*ret_c = c;
	return true;
}

void indent_call_drop_body(struct indent_call *c)
{
	json_decref(c->body);
	c->body = NULL;
	c->request = c->actor = c->targets = c->labels = NULL;
	c->reason = "";
}

void indent_call_finish(struct indent_call *c)
{
	json_decref(c->body);
	free(c->others);
	*c = (struct indent_call){ 0 };
}
