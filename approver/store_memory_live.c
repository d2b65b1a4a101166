/* SPDX-License-Identifier: Apache-2.0 */
/* Grants that live in the ledger that is kept in memory: what changes of one while it does,
 * and finding them; and the freeze. */
#include "approver/store_memory.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "approver/store_audit.h"
#include "shared/text.h"

static bool is_live(const struct grant_row *g)
{
	return g->state == GRANT_ACTIVE || g->state == GRANT_GRANTING;
}

static void grant_out(struct grant_row *dst, const struct grant_row *g)
{
	*dst = *g;
	dst->told = NULL;
}

/* --- one ------------------------------------------------------------------------- */

bool memory_is_as(const struct grant_row *g, const struct grant_row *was)
{
	return g->state == was->state && g->expires_ms == was->expires_ms &&
	       g->lost_ms == was->lost_ms && g->kept == was->kept;
}

static void grant_take(struct grant_row *g, const struct grant_row *to)
{
#define TAKE(member) text_copy(g->member, sizeof(g->member), to->member)
	TAKE(policy);
	TAKE(provider);
	TAKE(provider_user);
	TAKE(incident_id);
	TAKE(incident_ref);
	TAKE(evidence);
#undef TAKE
	g->expires_ms = to->expires_ms;
	g->lost_ms = to->lost_ms;
	g->kept = to->kept;
	g->remind_ms = to->remind_ms;
}

bool memory_grant_set(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct grant_row *g = sorted_find(&db->grants, op->grant_set.was->id);
	const char *state;

	if (!g) {
		return fail_set(f, FAIL_CONFLICT, "grant '%s' is not in the ledger",
				op->grant_set.was->id);
	}
	state = grant_state_word(g->state);
	if (!memory_is_as(g, op->grant_set.was)) {
		return fail_set(f, FAIL_CONFLICT, "grant '%s' is %s, not as it was read",
				g->id, state);
	}
	if (op->grant_set.to->expires_ms > g->expires_ms &&
	    !memory_thawed(db, &op->grant_set.frozen, f)) {
		return false;
	}
	if (!memory_audit_plan(db, op->grant_set.at_ms, "grant", g->id, state, state,
			       audit_grant_set(op, &db->audit.text), f) ||
	    !memory_effects_check(db, op->grant_set.effects, op->grant_set.n_effects,
				  f) ||
	    !memory_effects_add(db, op->grant_set.effects, op->grant_set.n_effects, f)) {
		return false;
	}
	grant_take(g, op->grant_set.to);
	return true;
}

bool memory_grant_get(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *g = sorted_find(&db->grants, op->grant_get.id);

	(void)f;
	op->grant_get.found = g != NULL;
	if (g) {
		grant_out(op->grant_get.row, g);
	}
	return true;
}

/* --- all that live --------------------------------------------------------------- */

static bool fits(const char *wanted, const char *value)
{
	return !wanted || !*wanted || strcmp(wanted, value) == 0;
}

static bool is_target(const struct grant_row *g, const char *target)
{
	size_t n = target ? strlen(target) : 0;
	size_t len = strlen(g->id);

	return n == 0 || strcmp(g->resource, target) == 0 ||
	       strcmp(g->incident_id, target) == 0 ||
	       strcmp(g->incident_ref, target) == 0 ||
	       (n <= len &&
		(strncmp(g->id, target, n) == 0 || strcmp(g->id + len - n, target) == 0));
}

static bool is_wanted(const struct grant_row *g, const struct live_filter *by)
{
	return is_live(g) && fits(by->team, g->team) && fits(by->user, g->user) &&
	       fits(by->resource, g->resource) && fits(by->provider, g->provider) &&
	       (fits(by->incident, g->incident_id) ||
		fits(by->incident, g->incident_ref)) &&
	       is_target(g, by->target);
}

bool memory_grants_live(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->grants.n && n < op->grants_live.max; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (strcmp(g->id, op->grants_live.after) > 0 &&
		    is_wanted(g, op->grants_live.filter)) {
			grant_out(&op->grants_live.rows[n++], g);
		}
	}
	op->grants_live.n = n;
	return true;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), n = strlen(end);

	return n <= len && strcmp(text + len - n, end) == 0;
}

static bool is_at(const struct grant_row *g, const struct store_op *op)
{
	return g->state == GRANT_ACTIVE &&
	       strcmp(g->provisioner, op->grants_at.provisioner) == 0 &&
	       ends_with(g->lane, op->grants_at.lane_end);
}

/* The first grant of the first lane beyond; they come by id. */
static const struct grant_row *next_at(const struct store_db *db,
				       const struct store_op *op, const char *after)
{
	const struct grant_row *found = NULL;

	for (size_t i = 0; i < db->grants.n; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (is_at(g, op) && strcmp(g->lane, after) > 0 &&
		    (!found || strcmp(g->lane, found->lane) < 0)) {
			found = g;
		}
	}
	return found;
}

bool memory_grants_at(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct grant_row *g = next_at(db, op, op->grants_at.after);

	op->grants_at.n = 0;
	while (g && op->grants_at.n < op->grants_at.max) {
		struct grant_row *out = &op->grants_at.rows[op->grants_at.n++];

		grant_out(out, g);
		out->told = strdup(g->told ? g->told : "");
		if (!out->told) {
			abort(); /* out of memory for 1 KB, in a ledger for trying out */
		}
		g = next_at(db, op, g->lane);
	}
	(void)f;
	return true;
}

static int cmp_remind(const void *a, const void *b)
{
	const struct grant_row *x = *(void *const *)a;
	const struct grant_row *y = *(void *const *)b;
	int by_time = (x->remind_ms > y->remind_ms) - (x->remind_ms < y->remind_ms);

	return by_time != 0 ? by_time : strcmp(x->id, y->id);
}

bool memory_grants_remind(struct store_db *db, struct store_op *op, struct fail *f)
{
	void **found = malloc((db->grants.n + 1) * sizeof(*found));
	size_t n = 0;

	if (!found) {
		return memory_out(f);
	}
	for (size_t i = 0; i < db->grants.n; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (is_live(g) && g->remind_ms > 0 &&
		    g->remind_ms <= op->grants_remind.until_ms) {
			found[n++] = db->grants.items[i];
		}
	}
	qsort(found, n, sizeof(*found), cmp_remind);
	op->grants_remind.n = n < op->grants_remind.max ? n : op->grants_remind.max;
	for (size_t i = 0; i < op->grants_remind.n; i++) {
		grant_out(&op->grants_remind.rows[i], found[i]);
	}
	free(found);
	return true;
}

/* --- the freeze ------------------------------------------------------------------ */

bool memory_thawed(const struct store_db *db, struct freeze_row *ret_frozen,
		   struct fail *f)
{
	*ret_frozen = db->freeze;
	return !db->freeze.on || fail_set(f, FAIL_DENIED, "everything is frozen");
}

bool memory_freeze_set(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct freeze_row *z = &op->freeze_set.row;

	if (!memory_audit_plan(db, op->freeze_set.at_ms, "service", "freeze",
			       db->freeze.on ? "frozen" : "open",
			       z->on ? "frozen" : "open",
			       audit_freeze(z, &db->audit.text), f)) {
		return false;
	}
	db->freeze = z->on ? *z : (struct freeze_row){ 0 };
	return true;
}
