/* SPDX-License-Identifier: Apache-2.0 */
/* Grants in the ledger that is kept in memory. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

struct grant_row *memory_grant_copy(const struct grant_row *from, enum grant_state as,
				    int64_t at_ms)
{
	const char *told = from->told ? from->told : "";
	size_t len = strlen(told) + 1;
	struct grant_row *g = malloc(sizeof(*g) + len);

	if (g) {
		*g = *from;
		memcpy(g + 1, told, len);
		g->told = (const char *)(g + 1);
		g->state = as;
		g->active_ms = as == GRANT_ACTIVE ? at_ms : 0;
		g->moved_ms = at_ms;
	}
	return g;
}

bool memory_covered(const struct store_db *db, const char *lane, const char *id)
{
	for (size_t i = 0; *lane && i < db->grants.n; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (g->state == GRANT_ACTIVE && strcmp(g->lane, lane) == 0 &&
		    strcmp(g->id, id) != 0) {
			return true;
		}
	}
	return false;
}

static void grant_set(struct grant_row *g, const struct store_op *op, enum grant_state to)
{
	int64_t at_ms = op->grant_move.at_ms;

	g->state = to;
	g->moved_ms = at_ms;
	g->active_ms = to == GRANT_ACTIVE ? at_ms : g->active_ms;
	g->ended_ms = grant_state_over(to) ? at_ms : g->ended_ms;
	if (op->grant_move.cause) {
		text_copy(g->cause, sizeof(g->cause), op->grant_move.cause);
	}
	if (op->grant_move.why) {
		text_copy(g->why, sizeof(g->why), op->grant_move.why);
	}
	if (op->grant_move.by) {
		text_copy(g->by, sizeof(g->by), op->grant_move.by);
	}
}

/* As the move says: to where, with which effects. */
struct arrival {
	enum grant_state to;
	struct effect_row *effects;
	size_t n;
};

static struct arrival arrive(const struct store_op *op)
{
	if (op->grant_move.covered) {
		return (struct arrival){ op->grant_move.covered_to,
					 op->grant_move.covered_effects,
					 op->grant_move.n_covered };
	}
	return (struct arrival){ op->grant_move.to, op->grant_move.effects,
				 op->grant_move.n_effects };
}

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
	if (op->grant_move.as_read && !memory_is_as(g, op->grant_move.as_read)) {
		return fail_set(f, FAIL_CONFLICT, "grant '%s' is not as it was read",
				g->id);
	}
	op->grant_move.covered =
		op->grant_move.mind_cover && memory_covered(db, g->lane, g->id);

	struct arrival there = arrive(op);

	if (there.to == g->state) {
		return true;
	}
	if (!memory_audit_plan(db, op->grant_move.at_ms, "grant", g->id,
			       grant_state_word(op->grant_move.from),
			       grant_state_word(there.to),
			       audit_grant_moved(op->grant_move.cause, op->grant_move.why,
						 op->grant_move.by, &db->audit.text),
			       f) ||
	    !memory_effects_check(db, there.effects, there.n, f) ||
	    !memory_effects_add(db, there.effects, there.n, f)) {
		return false;
	}
	memory_effects_settle(db, op, there.to);
	grant_set(g, op, there.to);
	return true;
}

static int cmp_expiry(const void *a, const void *b)
{
	const struct grant_row *x = *(void *const *)a;
	const struct grant_row *y = *(void *const *)b;
	int by_time = (x->expires_ms > y->expires_ms) - (x->expires_ms < y->expires_ms);

	return by_time != 0 ? by_time : strcmp(x->id, y->id);
}

/* Whether its time is to be looked at: of a person's own only those that they have. */
static bool is_live(const struct grant_row *g, const char *user)
{
	return g->state == GRANT_ACTIVE || (!user && g->state == GRANT_GRANTING);
}

/* The live grants that expire by until_ms, of one person or (user NULL) of all, soonest
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

		if (is_live(g, user) && g->expires_ms <= until_ms &&
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
		rows[i].told = NULL;
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

static int cmp_moved(const void *a, const void *b)
{
	const struct grant_row *x = a;
	const struct grant_row *y = b;

	return (x->moved_ms > y->moved_ms) - (x->moved_ms < y->moved_ms);
}

/* Longest first is by id here as long as there are no more than asked for: a ledger that
 * forgets everything has few. */
bool memory_grants_stuck(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct grant_row *rows = op->grants_stuck.rows;

	(void)f;
	op->grants_stuck.n = 0;
	op->grants_stuck.total = 0;
	for (size_t i = 0; i < db->grants.n; i++) {
		const struct grant_row *g = db->grants.items[i];

		if (g->state != GRANT_REVOKING ||
		    g->moved_ms > op->grants_stuck.before_ms) {
			continue;
		}
		op->grants_stuck.total++;
		if (op->grants_stuck.n < op->grants_stuck.max) {
			rows[op->grants_stuck.n] = *g;
			rows[op->grants_stuck.n++].told = NULL;
		}
	}
	qsort(rows, op->grants_stuck.n, sizeof(*rows), cmp_moved);
	return true;
}
