/* SPDX-License-Identifier: Apache-2.0 */
/* From a platform's targets to our resources. One that is found by its id is not looked
 * for by what it is called, nor that by its labels: the surer way decides. */
#include "approver/indent_match.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "approver/indent_parse.h"
#include "shared/text.h"

/* --- what became of it --------------------------------------------------------------- */

static void refuse(struct indent_match *m, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

static void refuse(struct indent_match *m, const char *fmt, ...)
{
	char whole[NAME_SIZE + CAUSE_SIZE];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(whole, sizeof(whole), fmt, ap);
	va_end(ap);
	text_copy(m->refused, sizeof(m->refused), whole);
}

static void add(struct indent_match *m, const struct resource *r)
{
	for (size_t i = 0; i < m->n; i++) {
		if (strcmp(m->names[i], r->name) == 0) {
			return;
		}
	}
	if (m->n == DECISION_RESOURCES_MAX) {
		refuse(m, "The request is for more than %d resources.",
		       DECISION_RESOURCES_MAX);
		return;
	}
	m->names[m->n++] = r->name;
}

/* --- one target ------------------------------------------------------------------------ */

typedef bool match_fn(const struct resource *r, const json_t *target);

/* As it is configured for its provisioner; of another kind it is another's id. */
static bool by_target(const struct resource *r, const json_t *target)
{
	const char *kind = jx_str(target, "kind");

	return text_same(r->target.id, jx_str(target, "id")) &&
	       (!*kind || !r->target.kind || !*r->target.kind ||
		strcmp(kind, r->target.kind) == 0);
}

static bool by_id(const struct resource *r, const json_t *target)
{
	return text_same(r->name, jx_str(target, "id"));
}

static bool by_display_name(const struct resource *r, const json_t *target)
{
	return text_same(r->name, jx_str(target, "displayName"));
}

/* In the letters that they are written in. */
static bool by_labels(const struct resource *r, const json_t *target)
{
	const json_t *labels = jx_obj(target, "labels");

	for (size_t i = 0; i < r->labels.n; i++) {
		if (!text_same(r->labels.items[i].value,
			       jx_str(labels, r->labels.items[i].key))) {
			return false;
		}
	}
	return r->labels.n > 0;
}

/* The surest first. */
static match_fn *const ways[] = { by_target, by_id, by_display_name, by_labels };

static bool add_matches(struct indent_match *m, const struct config *c,
			const json_t *target, match_fn *matches)
{
	bool found = false;

	for (size_t i = 0; i < c->resources.n; i++) {
		if (matches(&c->resources.items[i], target)) {
			add(m, &c->resources.items[i]);
			found = true;
		}
	}
	return found;
}

static const char *name_of(const json_t *target)
{
	const char *name = jx_str(target, "displayName");

	return *name ? name : jx_str(target, "id");
}

/* "prod-db", "prod-db, prod-shell"; as many as there is room for. */
static void call_add(struct indent_match *m, const char *name)
{
	size_t len = strlen(m->called);
	size_t room = sizeof(m->called) - len;
	const char *comma = len > 0 ? ", " : "";

	if (strlen(comma) + strlen(name) < room) {
		stpcpy(stpcpy(m->called + len, comma), name);
	}
}

/* The environment names no resources: there is one, and it stands for whatever it is. */
static void match_any(struct indent_match *m, const struct config *c,
		      const json_t *target)
{
	add(m, &c->resources.items[0]);
	call_add(m, name_of(target));
}

static void match_target(struct indent_match *m, const struct config *c,
			 const json_t *target)
{
	for (size_t i = 0; i < ARRAY_LEN(ways); i++) {
		if (add_matches(m, c, target, ways[i])) {
			return;
		}
	}
	text_copy(m->called, sizeof(m->called), name_of(target));
	refuse(m, "The target %s is no resource here.",
	       *m->called ? m->called : "without a name");
}

/* --- all -------------------------------------------------------------------------------- */

void indent_match(const struct config *c, const json_t *targets,
		  struct indent_match *ret_m)
{
	*ret_m = (struct indent_match){ 0 };
	for (size_t i = 0; i < json_array_size(targets) && !*ret_m->refused; i++) {
		const json_t *target = json_array_get(targets, i);

		if (!indent_is_person(target)) {
			(c->any_resource ? match_any : match_target)(ret_m, c, target);
		}
	}
	if (ret_m->n == 0 && !*ret_m->refused) {
		refuse(ret_m, "The request names no target.");
	}
	bool called = *ret_m->called;
	for (size_t i = 0; i < ret_m->n && !called; i++) {
		call_add(ret_m, ret_m->names[i]);
	}
}
