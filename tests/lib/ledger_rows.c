/* SPDX-License-Identifier: Apache-2.0 */
/* Rows and operations for tests of the ledger. */
#include "tests/lib/ledger_rows.h"

#include <stdio.h>
#include <string.h>

void ledger_id(unsigned n, char dst[ULID_SIZE])
{
	snprintf(dst, ULID_SIZE, "01J8ZK%020u", n);
}

void ledger_request(unsigned n, struct request_row *ret_r)
{
	*ret_r = (struct request_row){
		.state = REQUEST_ASKED,
		.source = "slack",
		.team = "T0ACME001",
		.user = "U0ANA0001",
		.channel = "C0INC0204",
		.reply_url = "https://hooks.slack.test/commands/T0ACME001/1/abc",
		.resource = "prod-db",
		.for_s = 7200,
		.incident = "INC-204",
		.reason = "replica lag",
		.asked_ms = 1000000 + n,
	};
	ledger_id(n, ret_r->id);
}

void ledger_grant(unsigned n, int64_t expires_ms, struct grant_row *ret_g)
{
	*ret_g = (struct grant_row){
		.state = GRANT_ACTIVE,
		.team = "T0ACME001",
		.user = "U0ANA0001",
		.channel = "C0INC0204",
		.resource = "prod-db",
		.policy = "db-responders",
		.provider = "incidentio",
		.incident_id = "01JINCIDENT",
		.incident_ref = "INC-204",
		.evidence = "Incident Lead of INC-204 (incident.io)",
		.starts_ms = 2000000,
		.expires_ms = expires_ms,
	};
	ledger_id(n, ret_g->id);
}

void ledger_effect(unsigned n, const char *payload, struct effect_row *ret_e)
{
	*ret_e = (struct effect_row){
		.kind = "notice",
		.lane = "C0INC0204",
		.state = EFFECT_PENDING,
		.payload = payload,
		.due_ms = 2000000,
	};
	ledger_id(n, ret_e->request_id);
}

struct store_op ledger_add(const struct request_row *r, const char *key, const char *key2)
{
	struct store_op op = { .kind = STORE_REQUEST_ADD };

	op.request_add.row = r;
	op.request_add.keys[0] = key;
	op.request_add.keys[1] = key2;
	return op;
}

struct store_op ledger_move(unsigned n, enum request_state from, enum request_state to)
{
	struct store_op op = { .kind = STORE_REQUEST_MOVE };

	ledger_id(n, op.request_move.id);
	op.request_move.from = from;
	op.request_move.to = to;
	op.request_move.at_ms = 2000000;
	return op;
}

struct store_op ledger_close(unsigned n, const char *cause)
{
	struct store_op op = { .kind = STORE_GRANT_MOVE };

	ledger_id(n, op.grant_move.id);
	op.grant_move.from = GRANT_ACTIVE;
	op.grant_move.to = GRANT_CLOSED;
	op.grant_move.at_ms = 3000000;
	op.grant_move.cause = cause;
	return op;
}

bool ledger_do(const struct store_driver *d, struct store_db *db, struct store_op *op,
	       struct fail *f)
{
	struct fail other;
	bool applied;

	if (!d->begin(db, f)) {
		return false;
	}
	applied = d->apply(db, op, f);
	return d->commit(db, applied ? f : &other) && applied;
}

bool ledger_grant_whole(const struct store_driver *d, struct store_db *db, unsigned n,
			struct fail *f)
{
	struct request_row r;
	struct grant_row g;
	struct effect_row e;
	struct store_op op;

	ledger_request(n, &r);
	ledger_grant(n, 9000000 + n, &g);
	ledger_effect(n, "{\"kind\":\"granted\"}", &e);
	op = ledger_add(&r, r.id, NULL);
	if (!ledger_do(d, db, &op, f)) {
		return false;
	}
	op = ledger_move(n, REQUEST_ASKED, REQUEST_GRANTED);
	op.request_move.policy = "db-responders";
	op.request_move.trace = "{\"role\":true}";
	op.request_move.grant = &g;
	op.request_move.effects = &e;
	op.request_move.n_effects = 1;
	return ledger_do(d, db, &op, f);
}
