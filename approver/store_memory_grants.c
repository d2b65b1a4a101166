/* SPDX-License-Identifier: Apache-2.0 */
/* Grants in the ledger that is kept in memory. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

bool memory_grant_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct grant_row *g = sorted_find(&db->grants, op->grant_move.id);

	if (!g) {
		return fail_set(f, FAIL_CONFLICT, "grant '%s' is not in the ledger",
				op->grant_move.id);
	}
	if (g->state != op->grant_move.from) {
		return fail_set(f, FAIL_CONFLICT, "grant '%s' is %s, not %s", g->id,
				grant_state_word(g->state),
				grant_state_word(op->grant_move.from));
	}
	if (!memory_audit_plan(db, op->grant_move.at_ms, "grant", g->id,
			       grant_state_word(op->grant_move.from),
			       grant_state_word(op->grant_move.to),
			       audit_grant_moved(op->grant_move.cause, &db->audit.text),
			       f) ||
	    !memory_effects_check(db, op->grant_move.effects, op->grant_move.n_effects,
				  f) ||
	    !memory_effects_add(db, op->grant_move.effects, op->grant_move.n_effects,
				f)) {
		return false;
	}
	g->state = op->grant_move.to;
	g->ended_ms = op->grant_move.at_ms;
	if (op->grant_move.cause) {
		text_copy(g->cause, sizeof(g->cause), op->grant_move.cause);
	}
	return true;
}

static int cmp_expiry(const void *a, const void *b)
{
	const struct grant_row *x = *(void *const *)a;
	const struct grant_row *y = *(void *const *)b;
	int by_time = (x->expires_ms > y->expires_ms) - (x->expires_ms < y->expires_ms);

	return by_time != 0 ? by_time : strcmp(x->id, y->id);
}

/* The active grants that expire by until_ms, of one person or (user NULL) of all, soonest
 * first. ret_total may be NULL. */
static bool grants_list(const struct store_db *db, int64_t until_ms, const char *team,
			const char *user, struct grant_row *rows, size_t max,
			size_t *ret_n, size_t *ret_total, struct fail *f)
{
	void **found = malloc((db->grants.n + 1) * sizeof(*found));
	size_t n = 0;

	if (!found) {
		return memory_out(f);
	}
	for (size_t i = 0; i < db->grants.n; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (g->state == GRANT_ACTIVE && g->expires_ms <= until_ms &&
		    (!user ||
		     (strcmp(g->team, team) == 0 && strcmp(g->user, user) == 0))) {
			found[n++] = db->grants.items[i];
		}
	}
	qsort(found, n, sizeof(*found), cmp_expiry);
	if (ret_total) {
		*ret_total = n;
	}
	*ret_n = n < max ? n : max;
	for (size_t i = 0; i < *ret_n; i++) {
		rows[i] = *(const struct grant_row *)found[i];
	}
	free(found);
	return true;
}

bool memory_grants_due(struct store_db *db, struct store_op *op, struct fail *f)
{
	return grants_list(db, op->grants_due.until_ms, NULL, NULL, op->grants_due.rows,
			   op->grants_due.max, &op->grants_due.n, NULL, f);
}

bool memory_grants_of(struct store_db *db, struct store_op *op, struct fail *f)
{
	return grants_list(db, INT64_MAX, op->grants_of.team, op->grants_of.user,
			   op->grants_of.rows, op->grants_of.max, &op->grants_of.n,
			   &op->grants_of.total, f);
}
