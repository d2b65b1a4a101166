/* SPDX-License-Identifier: Apache-2.0 */
/* What is read by those who look at the ledger in memory from outside. */
#include "approver/store_memory.h"

#include <string.h>

#include "shared/text.h"

static bool is_or_any(const char *wanted, const char *value)
{
	return !*wanted || strcmp(wanted, value) == 0;
}

static bool is_before(const char *id, const char *before)
{
	return !*before || strcmp(id, before) < 0;
}

static bool grant_fits(const struct grant_row *g, const struct grant_filter *by)
{
	return (!by->live || g->ended_ms == 0) && is_or_any(by->user, g->user) &&
	       is_or_any(by->resource, g->resource) &&
	       (is_or_any(by->incident, g->incident_id) ||
		is_or_any(by->incident, g->incident_ref));
}

bool memory_grants_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = db->grants.n; i-- > 0 && n < op->grants_find.max;) {
		const struct grant_row *g = db->grants.items[i];

		if (is_before(g->id, op->grants_find.before) &&
		    grant_fits(g, op->grants_find.filter)) {
			op->grants_find.rows[n] = *g;
			op->grants_find.rows[n++].told = NULL;
		}
	}
	op->grants_find.n = n;
	return true;
}

static bool request_fits(const struct memory_request *r, const struct request_filter *by)
{
	return r->asked_ms >= by->since_ms &&
	       (by->state >= REQUEST_STATE_MAX || r->state == by->state) &&
	       is_or_any(by->incident, r->incident);
}

bool memory_requests_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = db->requests.n; i-- > 0 && n < op->requests_find.max;) {
		const struct memory_request *r = db->requests.items[i];

		if (is_before(r->id, op->requests_find.before) &&
		    request_fits(r, op->requests_find.filter)) {
			memory_request_out(r, &op->requests_find.rows[n++]);
		}
	}
	op->requests_find.n = n;
	return true;
}

static bool begins_or_ends(const char *id, const char *part)
{
	size_t n = strlen(part);
	size_t len = strlen(id);

	return n <= len &&
	       (memcmp(id, part, n) == 0 || memcmp(id + len - n, part, n) == 0);
}

bool memory_ids_find(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t n = 0;

	(void)f;
	for (size_t i = 0; i < db->requests.n && n < op->ids_find.max; i++) {
		const struct memory_request *r = db->requests.items[i];

		if (begins_or_ends(r->id, op->ids_find.part)) {
			text_copy(op->ids_find.ids[n++], ULID_SIZE, r->id);
		}
	}
	op->ids_find.n = n;
	return true;
}
