/* SPDX-License-Identifier: Apache-2.0 */
/* The audit of the ledger that is kept in memory: the same chain and the same heads as on
 * disk, for as long as the process lives, and signed with a key that nobody else has. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/signing.h"
#include "shared/text.h"

enum { PAGE_BYTES_MAX = 1 << 20 };

/* What is kept of a row: its number is that of its place, and what it follows is the hash of
 * the one before. */
struct memory_line {
	int64_t at_ms;
	uint8_t hash[AUDIT_HASH_SIZE]; /* of the first `hashed` rows */
	char texts[];                  /* as struct line_texts, one after the other */
};

struct line_texts {
	const char *subject, *subject_id, *from, *to, *data;
};

static bool list_reserve(void **items, size_t size, size_t n, size_t *room)
{
	size_t more = *room > 0 ? 2 * *room : 64;
	void *grown;

	if (n < *room) {
		return true;
	}
	grown = realloc(*items, more * size);
	if (grown) {
		*items = grown;
		*room = more;
	}
	return grown != NULL;
}

bool memory_audit_plan(struct store_db *db, int64_t at_ms, const char *subject,
		       const char *id, const char *from, const char *to, bool data_fits,
		       struct fail *f)
{
	struct memory_audit *a = &db->audit;
	struct audit_row *r = &a->planned[a->n_planned];
	struct buf data;

	if (!data_fits) {
		return fail_set(f, FAIL_INVALID, "the audit line of %s '%s' is too long",
				subject, id);
	}
	*r = (struct audit_row){ .at_ms = at_ms, .intact = true };
	data = a->planned_data[a->n_planned];
	a->planned_data[a->n_planned] = a->text;
	a->text = data;
	text_copy(r->subject, sizeof(r->subject), subject);
	text_copy(r->subject_id, sizeof(r->subject_id), id);
	text_copy(r->from, sizeof(r->from), from);
	text_copy(r->to, sizeof(r->to), to);
	a->n_planned++;
	return true;
}

void memory_audit_drop(struct store_db *db)
{
	db->audit.n_planned = 0;
}

static struct memory_line *line_make(struct arena *arena, const struct audit_row *r,
				     const struct buf *data)
{
	const char *const texts[] = { r->subject, r->subject_id, r->from, r->to,
				      buf_str(data) };
	size_t sizes[ARRAY_LEN(texts)];
	size_t size = 0;
	struct memory_line *l;
	char *at;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		sizes[i] = strlen(texts[i]) + 1;
		size += sizes[i];
	}
	l = arena_take(arena, sizeof(*l) + size);
	if (!l) {
		return NULL;
	}
	l->at_ms = r->at_ms;
	at = l->texts;
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		memcpy(at, texts[i], sizes[i]);
		at += sizes[i];
	}
	return l;
}

void memory_audit_keep(struct store_db *db)
{
	struct memory_audit *a = &db->audit;

	for (size_t i = 0; i < a->n_planned; i++) {
		struct memory_line *l =
			line_make(&db->arena, &a->planned[i], &a->planned_data[i]);

		if (!l ||
		    !list_reserve((void **)&a->rows, sizeof(*a->rows), a->n, &a->room)) {
			abort(); /* the change is made, and would be without its line */
		}
		a->rows[a->n++] = l;
	}
	a->n_planned = 0;
}

/* --- the chain -------------------------------------------------------------------- */

static struct line_texts texts_of(const struct memory_line *l)
{
	struct line_texts t = { .subject = l->texts };

	t.subject_id = t.subject + strlen(t.subject) + 1;
	t.from = t.subject_id + strlen(t.subject_id) + 1;
	t.to = t.from + strlen(t.from) + 1;
	t.data = t.to + strlen(t.to) + 1;
	return t;
}

/* What row i follows. */
static const uint8_t *prev_of(const struct memory_audit *a, size_t i)
{
	static const uint8_t none[AUDIT_HASH_SIZE];

	return i > 0 ? a->rows[i - 1]->hash : none;
}

/* Hash the first n rows. Here nobody can come between a line and its hash, so that is done
 * when somebody reads or signs it. */
static void chain_to(struct memory_audit *a, size_t n)
{
	for (; a->hashed < n; a->hashed++) {
		struct memory_line *l = a->rows[a->hashed];
		struct line_texts t = texts_of(l);
		const struct audit_content c = {
			.seq = (int64_t)a->hashed + 1,
			.at_ms = l->at_ms,
			.subject = audit_text(t.subject),
			.subject_id = audit_text(t.subject_id),
			.from = audit_text(*t.from ? t.from : NULL),
			.to = audit_text(t.to),
			.data = audit_text(t.data),
		};

		audit_hash(a->digest, prev_of(a, a->hashed), &c, l->hash);
	}
}

bool memory_audit_sign(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct memory_audit *a = &db->audit;
	struct audit_head h = { .seq = (int64_t)a->n, .at_ms = op->audit_sign.at_ms };
	int64_t last = a->n_heads > 0 ? a->heads[a->n_heads - 1].seq : 0;

	op->audit_sign.seq = last;
	if (h.seq <= last) {
		return true;
	}
	chain_to(a, a->n);
	memcpy(h.hash, prev_of(a, a->n), sizeof(h.hash));
	if (!audit_head_sign(&h, a->key, f)) {
		return false;
	}
	if (!list_reserve((void **)&a->heads, sizeof(*a->heads), a->n_heads,
			  &a->heads_room)) {
		return memory_out(f);
	}
	a->heads[a->n_heads++] = h;
	op->audit_sign.seq = h.seq;
	return true;
}

/* False when memory ran out. */
static bool row_out(const struct memory_audit *a, size_t i, struct audit_row *ret_row)
{
	const struct memory_line *l = a->rows[i];
	struct line_texts t = texts_of(l);

	*ret_row = (struct audit_row){ .seq = (int64_t)i + 1,
				       .at_ms = l->at_ms,
				       .intact = true };
	text_copy(ret_row->subject, sizeof(ret_row->subject), t.subject);
	text_copy(ret_row->subject_id, sizeof(ret_row->subject_id), t.subject_id);
	text_copy(ret_row->from, sizeof(ret_row->from), t.from);
	text_copy(ret_row->to, sizeof(ret_row->to), t.to);
	memcpy(ret_row->prev, prev_of(a, i), sizeof(ret_row->prev));
	memcpy(ret_row->hash, l->hash, sizeof(ret_row->hash));
	ret_row->data = strdup(t.data);
	return ret_row->data != NULL;
}

bool memory_audit_rows(struct store_db *db, struct store_op *op, struct fail *f)
{
	struct memory_audit *a = &db->audit;
	size_t bytes = 0;

	op->audit_rows.n = 0;
	for (size_t i = op->audit_rows.after > 0 ? (size_t)op->audit_rows.after : 0;
	     i < a->n && op->audit_rows.n < op->audit_rows.max && bytes < PAGE_BYTES_MAX;
	     i++) {
		struct audit_row *r = &op->audit_rows.rows[op->audit_rows.n];

		chain_to(a, i + 1);
		if (!row_out(a, i, r)) {
			store_rows_free(op);
			return memory_out(f);
		}
		bytes += strlen(r->data);
		op->audit_rows.n++;
	}
	return true;
}

bool memory_audit_heads(struct store_db *db, struct store_op *op, struct fail *f)
{
	const struct memory_audit *a = &db->audit;

	(void)f;
	op->audit_heads.n = 0;
	for (size_t i = 0; i < a->n_heads && op->audit_heads.n < op->audit_heads.max;
	     i++) {
		if (a->heads[i].seq > op->audit_heads.after) {
			op->audit_heads.rows[op->audit_heads.n++] = a->heads[i];
		}
	}
	return true;
}

/* The place of a sink, or a free one. */
static size_t sink_place(const struct memory_audit *a, const char *name)
{
	size_t i = 0;

	while (i < AUDIT_SINKS_MAX - 1 && a->sinks[i].name[0] &&
	       strcmp(a->sinks[i].name, name) != 0) {
		i++;
	}
	return i;
}

bool memory_sink_move(struct store_db *db, struct store_op *op, struct fail *f)
{
	size_t i = sink_place(&db->audit, op->sink.name);

	(void)f;
	text_copy(db->audit.sinks[i].name, sizeof(db->audit.sinks[i].name),
		  op->sink.name);
	db->audit.sinks[i].seq = op->sink.seq;
	return true;
}

bool memory_sink_read(struct store_db *db, struct store_op *op, struct fail *f)
{
	(void)f;
	op->sink.seq = db->audit.sinks[sink_place(&db->audit, op->sink.name)].seq;
	return true;
}

bool memory_audit_init(struct memory_audit *a, struct fail *f)
{
	a->digest = digest_create();
	buf_init(&a->text, AUDIT_DATA_MAX);
	for (size_t i = 0; i < AUDIT_PLANNED_MAX; i++) {
		buf_init(&a->planned_data[i], AUDIT_DATA_MAX);
	}
	return signing_key_make(&a->key, f);
}

void memory_audit_finish(struct store_db *db)
{
	struct memory_audit *a = &db->audit;

	memory_audit_drop(db);
	for (size_t i = 0; i < AUDIT_PLANNED_MAX; i++) {
		buf_finish(&a->planned_data[i]);
	}
	free(a->rows);
	free(a->heads);
	buf_finish(&a->text);
	digest_destroy(a->digest);
	signing_key_close(a->key);
}
