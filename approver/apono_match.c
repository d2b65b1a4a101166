/* SPDX-License-Identifier: Apache-2.0 */
/* Targets of Apono among our resources. */
#include "approver/apono_match.h"

#include <string.h>

#include "approver/policy.h"
#include "shared/text.h"

static bool has_label(const struct resource *r, const char *value)
{
	for (size_t i = 0; i < r->labels.n; i++) {
		if (text_same(r->labels.items[i].key, "apono")) {
			return text_same(r->labels.items[i].value, value);
		}
	}
	return false;
}

static void resources_add(struct apono_resources *all, const char *name)
{
	for (size_t i = 0; i < all->n; i++) {
		if (strcmp(all->names[i], name) == 0) {
			return;
		}
	}
	if (all->n == DECISION_RESOURCES_MAX) {
		all->over = true;
		return;
	}
	text_copy(all->names[all->n++], NAME_SIZE, name);
}

static bool name_match(const struct config *c, const char *name,
		       struct apono_resources *all)
{
	bool found = false;

	if (policy_find_resource(c, name)) {
		resources_add(all, name);
		return true;
	}
	for (size_t i = 0; i < c->resources.n; i++) {
		if (has_label(&c->resources.items[i], name)) {
			resources_add(all, c->resources.items[i].name);
			found = true;
		}
	}
	return found;
}

static bool target_match(const struct config *c, const struct apono_target *t,
			 struct apono_resources *all)
{
	for (size_t i = 0; i < t->n; i++) {
		if (name_match(c, t->names[i], all)) {
			return true;
		}
	}
	return false;
}

/* What is cut ends as no name of ours can: cut, it might be one. */
static void unknown_set(const struct apono_target *t, struct apono_resources *ret_r)
{
	static const char more[] = "\xe2\x80\xa6";
	char *dst = ret_r->names[0];

	*ret_r = (struct apono_resources){ .n = 1 };
	if (!text_copy(dst, NAME_SIZE - sizeof(more), t->n > 0 ? t->names[0] : "?")) {
		memcpy(dst + strlen(dst), more, sizeof(more));
	}
}

void apono_match(const struct config *c, const struct apono_ask *ask,
		 struct apono_resources *ret_r)
{
	*ret_r = (struct apono_resources){ 0 };
	for (size_t i = 0; i < ask->n_targets; i++) {
		if (!target_match(c, &ask->targets[i], ret_r)) {
			unknown_set(&ask->targets[i], ret_r);
			return;
		}
	}
}
