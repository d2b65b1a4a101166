/* SPDX-License-Identifier: Apache-2.0 */
/* Apono's two bodies into one struct. */
#include "approver/apono_parse.h"

#include <stdlib.h>
#include <string.h>

#include "approver/apono_value.h"
#include "shared/jx.h"

/* --- targets ---------------------------------------------------------------------------- */

static void target_name(struct apono_target *t, const char *name)
{
	if (*name && t->n < APONO_TARGET_NAMES) {
		t->names[t->n++] = name;
	}
}

static struct apono_target *target_add(struct apono_ask *ask, struct fail *f)
{
	if (ask->n_targets == APONO_TARGETS_MAX) {
		fail_set(f, FAIL_INVALID, "it asks for more than %d things",
			 APONO_TARGETS_MAX);
		return NULL;
	}
	if (ask->n_targets % 64 == 0) {
		void *more = realloc(ask->targets,
				     (ask->n_targets + 64) * sizeof(*ask->targets));

		if (!more) {
			abort(); /* out of memory for some KB */
		}
		ask->targets = more;
	}
	ask->targets[ask->n_targets] = (struct apono_target){ 0 };
	return &ask->targets[ask->n_targets++];
}

/* --- the flat body ------------------------------------------------------------------------- */

/* clang-format off */
static const struct jx_field flat_fields[] = {
	{ "bundle",             JX_STRING, false },
	{ "flow",               JX_STRING, false },
	{ "integration",        JX_STRING, false },
	{ "policy",             JX_STRING, false },
	{ "resource",           JX_STRING, false },
	{ "second_integration", JX_STRING, false },
};

/* Only of the flat form: with an event beside them nobody can tell which is meant. */
static const char *const flat_only[] = {
	"bundle", "duration_s", "flow", "friendly_id", "grantee", "integration", "request_id",
	"requester_email", "resource", "second_integration",
};
/* clang-format on */

/* The resource, else the integration, else the bundle. */
static bool flat_target(const json_t *o, struct apono_ask *ask, struct fail *f)
{
	const char *resource = jx_str(o, "resource");
	const char *integration = jx_str(o, "integration");
	const char *name = *resource ? resource : integration;
	struct apono_target *t;

	name = *name ? name : jx_str(o, "bundle");
	ask->partial = !*resource && *jx_str(o, "second_integration");
	if (!*name) {
		return true; /* nothing is asked for, which nobody grants */
	}
	t = target_add(ask, f);
	if (t) {
		target_name(t, name);
	}
	return t != NULL;
}

static bool flat_read(const json_t *o, struct apono_ask *ask, struct fail *f)
{
	ask->flow = jx_str(o, "flow");
	return jx_check(o, flat_fields, ARRAY_LEN(flat_fields), f) &&
	       apono_id(o, "request_id", ask->request_id, sizeof(ask->request_id), f) &&
	       apono_id(o, "friendly_id", ask->friendly_id, sizeof(ask->friendly_id),
			f) &&
	       apono_email(o, "requester_email", ask->requester, f) &&
	       apono_email(o, "grantee", ask->grantee, f) &&
	       apono_seconds(o, "duration_s", &ask->for_s, f) && flat_target(o, ask, f);
}

/* --- the event ------------------------------------------------------------------------------ */

/* clang-format off */
static const struct jx_field event_fields[] = {
	{ "access_bundle", JX_OBJECT, false },
	{ "access_flow",   JX_OBJECT, false },
	{ "access_groups", JX_ARRAY,  false },
	{ "grantee",       JX_OBJECT, false },
	{ "justification", JX_STRING, false },
	{ "requester",     JX_OBJECT, false },
};

static const struct jx_field group_fields[] = {
	{ "access_units", JX_ARRAY,  false },
	{ "integration",  JX_OBJECT, false },
};

static const struct jx_field unit_fields[] = {
	{ "resource", JX_OBJECT, false },
};

static const struct jx_field named_fields[] = {
	{ "name", JX_STRING, false },
	{ "path", JX_STRING, false },
};
/* clang-format on */

static bool named_check(const json_t *o, const char *member, struct fail *f)
{
	return jx_check(jx_obj(o, member), named_fields, ARRAY_LEN(named_fields), f) ||
	       fail_wrap(f, "'%s'", member);
}

/* One thing in a group: its resource, else its integration, else the bundle. */
static bool unit_read(const json_t *unit, const json_t *group, const json_t *data,
		      struct apono_ask *ask, struct fail *f)
{
	const json_t *resource = jx_obj(unit, "resource");
	struct apono_target *t;

	if (unit && (!jx_check(unit, unit_fields, ARRAY_LEN(unit_fields), f) ||
		     !named_check(unit, "resource", f))) {
		return false;
	}
	t = target_add(ask, f);
	if (t) {
		target_name(t, jx_str(resource, "path"));
		target_name(t, jx_str(resource, "name"));
		target_name(t, jx_str(jx_obj(group, "integration"), "name"));
		target_name(t, jx_str(jx_obj(data, "access_bundle"), "name"));
	}
	return t != NULL;
}

static bool is_object(const json_t *v, const char *list, struct fail *f)
{
	return json_is_object(v) ||
	       fail_set(f, FAIL_INVALID, "'%s' holds what is not an object", list);
}

static bool group_read(const json_t *group, const json_t *data, struct apono_ask *ask,
		       struct fail *f)
{
	const json_t *units = jx_arr(group, "access_units");
	const json_t *unit;
	size_t i;

	if (!jx_check(group, group_fields, ARRAY_LEN(group_fields), f) ||
	    !named_check(group, "integration", f)) {
		return false;
	}
	json_array_foreach (units, i, unit) {
		if (!is_object(unit, "access_units", f) ||
		    !unit_read(unit, group, data, ask, f)) {
			return false;
		}
	}
	return json_array_size(units) > 0 || unit_read(NULL, group, data, ask, f);
}

static bool groups_read(const json_t *data, struct apono_ask *ask, struct fail *f)
{
	const json_t *groups = jx_arr(data, "access_groups");
	const json_t *group;
	size_t i;

	json_array_foreach (groups, i, group) {
		if (!is_object(group, "access_groups", f) ||
		    !group_read(group, data, ask, f)) {
			return false;
		}
	}
	return json_array_size(groups) > 0 || unit_read(NULL, NULL, data, ask, f);
}

static bool data_read(const json_t *data, struct apono_ask *ask, struct fail *f)
{
	ask->flow = jx_str(jx_obj(data, "access_flow"), "name");
	ask->reason = jx_str(data, "justification");
	return jx_check(data, event_fields, ARRAY_LEN(event_fields), f) &&
	       named_check(data, "access_bundle", f) &&
	       apono_id(data, "id", ask->request_id, sizeof(ask->request_id), f) &&
	       apono_id(data, "friendly_id", ask->friendly_id, sizeof(ask->friendly_id),
			f) &&
	       apono_email(jx_obj(data, "requester"), "email", ask->requester, f) &&
	       apono_email(jx_obj(data, "grantee"), "source_id", ask->grantee, f) &&
	       apono_seconds(data, "access_duration_in_seconds", &ask->for_s, f) &&
	       groups_read(data, ask, f);
}

/* What it is called, event_type, differs between Apono's pages: we do not go by it. */
static bool event_read(const json_t *o, struct apono_ask *ask, struct fail *f)
{
	static const struct jx_field fields[] = {
		{ "data", JX_OBJECT, true },
		{ "policy", JX_STRING, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(flat_only); i++) {
		if (json_object_get(o, flat_only[i])) {
			return fail_set(f, FAIL_INVALID,
					"'data' and '%s' stand beside each other",
					flat_only[i]);
		}
	}
	return jx_check(o, fields, ARRAY_LEN(fields), f) &&
	       (data_read(jx_obj(o, "data"), ask, f) || fail_wrap(f, "'data'"));
}

/* --- either --------------------------------------------------------------------------------- */

bool apono_parse(const char *data, size_t n, struct apono_ask *ret_ask, struct fail *f)
{
	struct apono_ask ask = { .policy = "", .flow = "", .reason = "" };
	bool ok;

	if (!jx_parse_object(data, n, &ask.body, f)) {
		return false;
	}
	ask.policy = jx_str(ask.body, "policy");
	ok = json_object_get(ask.body, "data") ? event_read(ask.body, &ask, f)
					       : flat_read(ask.body, &ask, f);
	if (!ok) {
		apono_ask_finish(&ask);
		return false;
	}
	*ret_ask = ask;
	return true;
}

void apono_ask_finish(struct apono_ask *ask)
{
	free(ask->targets);
	json_decref(ask->body);
	*ask = (struct apono_ask){ 0 };
}

const char *apono_subject(const struct apono_ask *ask)
{
	return *ask->grantee ? ask->grantee : ask->requester;
}
