/* SPDX-License-Identifier: Apache-2.0 */
/* The kinds of provisioners that there are: a new one is one file and one line here; and
 * what is wrong with a config's before anything is granted by them. */
#include "approver/provisioners.h"

#include <string.h>

#include "shared/text.h"

extern const struct provisioner_ops provisioner_command;
extern const struct provisioner_ops provisioner_indent;
extern const struct provisioner_ops provisioner_none;

enum { KIND_MAX = 64, ID_MAX = 256, NAME_MAX_LEN = 63 };
enum { NEAR = 3, TIMEOUT_MIN_MS = 1000, TIMEOUT_MAX_MS = 15 * 60 * 1000 };

/* In alphabetical order. */
const struct provisioner_ops *const provisioner_table[] = {
	&provisioner_command,
	&provisioner_indent,
	&provisioner_none,
	NULL,
};

static const struct provisioner_ops *extra;

const struct provisioner_ops *provisioner_find(const char *type)
{
	for (size_t i = 0; provisioner_table[i]; i++) {
		if (text_same(provisioner_table[i]->type, type)) {
			return provisioner_table[i];
		}
	}
	return extra && text_same(extra->type, type) ? extra : NULL;
}

void provisioner_use(const struct provisioner_ops *ops)
{
	extra = ops;
}

/* --- checks ------------------------------------------------------------------------ */

static bool bad(const struct provisioner_config *p, const char *what, struct fail *f)
{
	return fail_set(f, FAIL_INVALID, "line %d: provisioner '%.64s': %s",
			p->where.line, p->name, what);
}

static bool limits_check(const struct provisioner_config *p, struct fail *f)
{
	if (p->timeout_ms < TIMEOUT_MIN_MS || p->timeout_ms > TIMEOUT_MAX_MS) {
		bad(p, "'timeout' must be between 1s and 15m", f);
		return fail_hint(f, "Indent's integrations may take 120s; that is the "
				    "default.");
	}
	if (p->concurrency < 1 || p->concurrency > PROVISIONER_CONCURRENCY_MAX) {
		return bad(p, "'concurrency' must be between 1 and 64", f);
	}
	return true;
}

static bool is_in(const char *const *words, const char *word)
{
	while (*words && !text_same(*words, word)) {
		words++;
	}
	return *words != NULL;
}

static bool actions_check(const struct provisioner_config *p,
			  const struct provisioner_ops *ops, struct fail *f)
{
	for (size_t i = 0; i < p->actions.n; i++) {
		if (!is_in(ops->actions, p->actions.items[i])) {
			bad(p, "'actions' holds what its type cannot do", f);
			return fail_hint(f, "docs/provisioners.md has a table of them.");
		}
	}
	return true;
}

static bool one_check(const struct config *c, size_t i, struct fail *f)
{
	const struct provisioner_config *p = &c->provisioners.items[i];
	const struct provisioner_ops *ops = provisioner_find(p->type);

	if (!text_is_name(p->name) || strlen(p->name) > NAME_MAX_LEN) {
		bad(p, "it cannot be called that", f);
		return fail_hint(f, "Use a-z, 0-9, dot, dash and underscore.");
	}
	for (size_t j = 0; j < i; j++) {
		if (text_same(c->provisioners.items[j].name, p->name)) {
			return bad(p, "a second one of that name", f);
		}
	}
	if (!ops) {
		bad(p, "its type is not known", f);
		return fail_hint(f, "Write \"command\", \"indent\" or \"none\".");
	}
	if (!limits_check(p, f) || !actions_check(p, ops, f)) {
		return false;
	}
	return ops->check(p, f) ||
	       fail_wrap(f, "line %d: provisioner '%.64s'", p->where.line, p->name);
}

static const struct provisioner_config *find(const struct config *c, const char *name)
{
	for (size_t i = 0; i < c->provisioners.n; i++) {
		if (text_same(c->provisioners.items[i].name, name)) {
			return &c->provisioners.items[i];
		}
	}
	return NULL;
}

bool provisioner_can(const struct config *c, const char *name, const char *action)
{
	const struct provisioner_config *p = find(c, name);

	for (size_t i = 0; p && i < p->actions.n; i++) {
		if (text_same(p->actions.items[i], action)) {
			return true;
		}
	}
	return false;
}

static const char *nearest(const struct config *c, const char *name)
{
	const char *best = NULL;
	size_t least = NEAR;

	for (size_t i = 0; i < c->provisioners.n; i++) {
		size_t d = text_distance(c->provisioners.items[i].name, name, NEAR);

		if (d < least) {
			least = d;
			best = c->provisioners.items[i].name;
		}
	}
	return best;
}

static bool unknown(const struct config *c, const struct resource *r, struct fail *f)
{
	const char *near = nearest(c, r->provision);

	fail_set(f, FAIL_INVALID,
		 "line %d: resource '%s': no provisioner is called '%.64s'",
		 r->where.line, r->name, r->provision);
	return near ? fail_hint(f, "Did you mean '%s'?", near)
		    : fail_hint(f, "Add it to 'provisioners'.");
}

static bool resource_check(const struct config *c, const struct resource *r,
			   struct fail *f)
{
	const struct provisioner_config *p;

	if (!*r->provision) {
		if (r->target.where.present) {
			fail_set(f, FAIL_INVALID,
				 "line %d: resource '%s' has a target, but nobody to "
				 "provision it",
				 r->target.where.line, r->name);
			return fail_hint(f, "Name one of 'provisioners' in 'provision'.");
		}
		return true;
	}
	p = find(c, r->provision);
	if (!p) {
		return unknown(c, r, f);
	}
	if (strlen(r->target.kind) >= KIND_MAX || strlen(r->target.id) >= ID_MAX) {
		return fail_set(f, FAIL_INVALID,
				"line %d: resource '%s': kind or id of its target is too "
				"long",
				r->where.line, r->name);
	}
	/* Indent's integrations tell person and target apart by this word. */
	if (strcasestr(r->target.kind, "user")) {
		return fail_set(f, FAIL_INVALID,
				"line %d: resource '%s': its target cannot be a user",
				r->where.line, r->name);
	}
	if (text_same(p->type, "indent") && !(*r->target.kind && *r->target.id)) {
		fail_set(f, FAIL_INVALID,
			 "line %d: resource '%s': 'target' needs the kind and id that "
			 "'%s' knows it by",
			 r->where.line, r->name, r->provision);
		return fail_hint(f, "docs/provisioners.md has a table of them.");
	}
	return true;
}

bool provisioners_check(const struct config *c, struct fail *f)
{
	if (c->provisioners.n > PROVISIONERS_MAX) {
		return fail_set(f, FAIL_INVALID, "there are more than %d provisioners",
				PROVISIONERS_MAX);
	}
	for (size_t i = 0; i < c->provisioners.n; i++) {
		if (!one_check(c, i, f)) {
			return false;
		}
	}
	for (size_t i = 0; i < c->resources.n; i++) {
		if (!resource_check(c, &c->resources.items[i], f)) {
			return false;
		}
	}
	return true;
}
