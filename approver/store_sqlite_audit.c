/* SPDX-License-Identifier: Apache-2.0 */
/* The SQLite ledger's audit: rows in a chain, and signed heads of it. The key is in a file
 * beside the ledger, `ledger.db.key`, and is made by the first who signs. */
#include "approver/store_sqlite.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <sqlite3.h>

#include "shared/signing.h"
#include "shared/text.h"

enum { PAGE_BYTES_MAX = 1 << 20 };

/* --- adding to the chain --------------------------------------------------------- */

/* The last row, as this transaction sees it. */
static bool chain_look(struct store_db *db, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	bool ok = true;

	if (db->chain_known) {
		return true;
	}
	db->chain = (struct audit_link){ 0 };
	sql_rows_start(&rows, db, SQL_AUDIT_LAST, NULL, 0);
	row = sql_rows_next(&rows);
	if (row && sqlite3_column_bytes(row, 1) == AUDIT_HASH_SIZE) {
		db->chain.seq = sqlite3_column_int64(row, 0);
		memcpy(db->chain.hash, sqlite3_column_blob(row, 1), AUDIT_HASH_SIZE);
	} else if (row) {
		ok = fail_set(f, FAIL_LEDGER, "the last row of the audit is damaged");
	}
	db->chain_known = sql_rows_end(&rows, f) && ok;
	return db->chain_known;
}

bool audit_add(struct store_db *db, int64_t at_ms, const char *subject, const char *id,
	       const char *from, const char *to, bool data_fits, struct fail *f)
{
	struct audit_link next;

	if (!data_fits) {
		return fail_set(f, FAIL_INVALID, "the audit line of %s '%s' is too long",
				subject, id);
	}
	if (!chain_look(db, f)) {
		return false;
	}
	struct audit_content c = { .seq = db->chain.seq + 1,
				   .at_ms = at_ms,
				   .subject = audit_text(subject),
				   .subject_id = audit_text(id),
				   .from = audit_text(from),
				   .to = audit_text(to),
				   .data = audit_text(buf_str(&db->audit)) };

	next.seq = c.seq;
	audit_hash(db->digest, db->chain.hash, &c, next.hash);
	if (!sql_run(db, SQL_AUDIT_ADD,
		     SQL_ARGS(ARG_N(c.seq), ARG_N(at_ms), ARG_T(subject), ARG_T(id),
			      ARG_T(from), ARG_T(to),
			      ARG_B(db->chain.hash, AUDIT_HASH_SIZE),
			      ARG_B(next.hash, AUDIT_HASH_SIZE),
			      ARG_T(buf_str(&db->audit))),
		     NULL, f)) {
		return false;
	}
	db->chain = next;
	return true;
}

/* --- signing --------------------------------------------------------------------- */

static bool key_need(struct store_db *db, struct fail *f)
{
	char *path = NULL;
	bool ok;

	if (db->key) {
		return true;
	}
	if (asprintf(&path, "%s.key", db->path) < 0) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	ok = signing_key_open(path, &db->key, f);
	free(path);
	return ok;
}

static bool head_last(struct store_db *db, int64_t *ret_seq, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, SQL_HEAD_LAST, NULL, 0);
	row = sql_rows_next(&rows);
	*ret_seq = row ? sqlite3_column_int64(row, 0) : 0; /* NULL: none, is 0 */
	return sql_rows_end(&rows, f);
}

bool sqlite_audit_sign(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct audit_head h = { .at_ms = op->audit_sign.at_ms };
	int64_t last;

	if (!key_need(db, f) || !chain_look(db, f) || !head_last(db, &last, f)) {
		return false;
	}
	op->audit_sign.seq = last;
	if (db->chain.seq <= last) {
		return true;
	}
	h.seq = db->chain.seq;
	memcpy(h.hash, db->chain.hash, sizeof(h.hash));
	if (!audit_head_sign(&h, db->key, f) ||
	    !sql_run(db, SQL_HEAD_ADD,
		     SQL_ARGS(ARG_N(h.seq), ARG_N(h.at_ms), ARG_B(h.hash, sizeof(h.hash)),
			      ARG_T(h.key_id), ARG_B(h.signature, sizeof(h.signature))),
		     NULL, f)) {
		return false;
	}
	op->audit_sign.seq = h.seq;
	return true;
}

/* --- reading --------------------------------------------------------------------- */

static struct audit_bytes bytes_at(struct sqlite3_stmt *row, int column)
{
	const void *data = sqlite3_column_text(row, column);

	return (struct audit_bytes){ data, (size_t)sqlite3_column_bytes(row, column) };
}

/* Hashes are copied whole or not at all: then they are zeros, which match nothing. */
static bool blob_copy(struct sqlite3_stmt *row, int column, uint8_t *dst, size_t size)
{
	const void *data = sqlite3_column_blob(row, column);
	bool whole = sqlite3_column_type(row, column) == SQLITE_BLOB &&
		     (size_t)sqlite3_column_bytes(row, column) == size;

	memset(dst, 0, size);
	if (whole) {
		memcpy(dst, data, size);
	}
	return whole;
}

/* A blob in place of a text has the same bytes, and is not the same. */
static bool types_hold(struct sqlite3_stmt *row)
{
	static const int texts[] = { 2, 3, 5, 8 };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		if (sqlite3_column_type(row, texts[i]) != SQLITE_TEXT) {
			return false;
		}
	}
	return sqlite3_column_type(row, 1) == SQLITE_INTEGER &&
	       (sqlite3_column_type(row, 4) == SQLITE_NULL ||
		sqlite3_column_type(row, 4) == SQLITE_TEXT);
}

#define TEXT(bytes, dst) text_copy_n(dst, sizeof(dst), (bytes).data, (bytes).n)

static bool row_read(struct store_db *db, struct sqlite3_stmt *row, struct audit_row *r,
		     struct fail *f)
{
	uint8_t hash[AUDIT_HASH_SIZE];
	bool typed = types_hold(row); /* first: to read as text converts */
	struct audit_content c = { .seq = sqlite3_column_int64(row, 0),
				   .at_ms = sqlite3_column_int64(row, 1),
				   .subject = bytes_at(row, 2),
				   .subject_id = bytes_at(row, 3),
				   .from = bytes_at(row, 4),
				   .to = bytes_at(row, 5),
				   .data = bytes_at(row, 8) };
	char *data = malloc(c.data.n + 1);

	if (!data) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (c.data.n > 0) {
		memcpy(data, c.data.data, c.data.n);
	}
	data[c.data.n] = '\0';
	*r = (struct audit_row){ .seq = c.seq, .at_ms = c.at_ms, .data = data };
	TEXT(c.subject, r->subject);
	TEXT(c.subject_id, r->subject_id);
	TEXT(c.from, r->from);
	TEXT(c.to, r->to);
	r->intact = blob_copy(row, 6, r->prev, sizeof(r->prev));
	r->intact = blob_copy(row, 7, r->hash, sizeof(r->hash)) && r->intact && typed;
	audit_hash(db->digest, r->prev, &c, hash);
	r->intact = r->intact && memcmp(hash, r->hash, sizeof(hash)) == 0;
	return true;
}

bool sqlite_audit_rows(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	size_t bytes = 0;
	bool ok = true;

	op->audit_rows.n = 0;
	sql_rows_start(&rows, db, SQL_AUDIT_ROWS,
		       SQL_ARGS(ARG_N(op->audit_rows.after),
				ARG_N((int64_t)op->audit_rows.max)));
	while (ok && bytes < PAGE_BYTES_MAX && (row = sql_rows_next(&rows))) {
		struct audit_row *r = &op->audit_rows.rows[op->audit_rows.n];

		ok = row_read(db, row, r, f);
		op->audit_rows.n += ok;
		bytes += ok ? strlen(r->data) : 0;
	}
	ok = sql_rows_end(&rows, f) && ok;
	if (!ok) {
		store_rows_free(op);
	}
	return ok;
}

bool sqlite_audit_heads(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;
	struct audit_bytes id;

	op->audit_heads.n = 0;
	sql_rows_start(&rows, db, SQL_HEADS,
		       SQL_ARGS(ARG_N(op->audit_heads.after),
				ARG_N((int64_t)op->audit_heads.max)));
	while ((row = sql_rows_next(&rows))) {
		struct audit_head *h = &op->audit_heads.rows[op->audit_heads.n++];

		*h = (struct audit_head){ .seq = sqlite3_column_int64(row, 0),
					  .at_ms = sqlite3_column_int64(row, 1) };
		blob_copy(row, 2, h->hash, sizeof(h->hash));
		id = bytes_at(row, 3);
		if (id.n == sizeof(h->key_id) - 1) { /* else it matches no key */
			memcpy(h->key_id, id.data, id.n);
		}
		blob_copy(row, 4, h->signature, sizeof(h->signature));
	}
	return sql_rows_end(&rows, f);
}

/* --- sinks ----------------------------------------------------------------------- */

bool sqlite_sink_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	return sql_run(db, SQL_SINK_MOVE,
		       SQL_ARGS(ARG_T(op->sink.name), ARG_N(op->sink.seq)), NULL, f);
}

bool sqlite_sink_read(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, SQL_SINK_READ, SQL_ARGS(ARG_T(op->sink.name)));
	row = sql_rows_next(&rows);
	op->sink.seq = row ? sqlite3_column_int64(row, 0) : 0;
	return sql_rows_end(&rows, f);
}
