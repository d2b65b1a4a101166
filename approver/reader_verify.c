/* SPDX-License-Identifier: Apache-2.0 */
/* Checking the whole audit of a ledger: its rows in a stream, its heads beside it. */
#include <stdio.h>

#include "approver/audit_check.h"
#include "approver/reader.h"
#include "shared/signing.h"

enum { HEADS = 64 };

struct verify {
	struct reader_walk walk;
	struct reader *ledger;
	struct audit_check check;
	struct audit_head heads[HEADS]; /* those that come next */
	size_t n_heads, at;
	bool no_more;
	struct audit_head newest;
	bool failed;
	struct fail fail;
};

static bool keys_open(const struct reader *r, const char *key_file,
		      struct signing_keys **ret_k, struct fail *f)
{
	char path[URL_SIZE + 8];

	snprintf(path, sizeof(path), "%s.key", r->where);
	if (signing_keys_read(key_file ? key_file : path, ret_k, f)) {
		return true;
	}
	return key_file || f->kind != FAIL_NOT_FOUND
		       ? false
		       : fail_hint(f,
				   "name the public key with --key, or run this as the "
				   "user that runs accessd.");
}

static bool heads_read(struct verify *v, int64_t after)
{
	struct store_op op = { .kind = STORE_AUDIT_HEADS };

	op.audit_heads.after = after;
	op.audit_heads.rows = v->heads;
	op.audit_heads.max = HEADS;
	if (!reader_read(v->ledger, &op, &v->fail)) {
		v->failed = true;
		return false;
	}
	v->n_heads = op.audit_heads.n;
	v->at = 0;
	return v->n_heads > 0;
}

/* The next head, or NULL. */
static const struct audit_head *head_next(struct verify *v)
{
	if (v->at == v->n_heads && !v->no_more) {
		v->no_more = !heads_read(v, v->newest.seq);
	}
	if (v->no_more) {
		return NULL;
	}
	v->newest = v->heads[v->at];
	return &v->heads[v->at];
}

static bool each_row(struct reader_walk *w, const struct audit_row *row)
{
	struct verify *v = container_of(w, struct verify, walk);
	const struct audit_head *h;

	if (!audit_check_row(&v->check, row)) {
		return false;
	}
	while ((h = head_next(v)) && h->seq <= row->seq) {
		v->at++;
		if (!audit_check_head(&v->check, h)) {
			return false;
		}
	}
	return !v->failed;
}

static bool verify_end(struct verify *v)
{
	const struct audit_head *h;
	bool any = v->newest.seq > 0;

	while (v->check.report.whole && (h = head_next(v))) {
		v->at++;
		any = true;
	}
	if (v->check.report.whole && !v->failed) {
		audit_check_end(&v->check, any ? &v->newest : NULL);
	}
	return !v->failed;
}

bool reader_verify(struct reader *r, const char *key_file,
		   struct audit_report *ret_report, struct fail *f)
{
	struct verify v = { .walk.each = each_row, .ledger = r };
	struct signing_keys *keys;
	bool ok;

	if (!keys_open(r, key_file, &keys, f)) {
		return false;
	}
	audit_check_init(&v.check, keys);
	ok = reader_walk(r, &v.walk, f);
	if (ok && !verify_end(&v)) {
		*f = v.fail;
		ok = false;
	}
	if (ok) {
		*ret_report = v.check.report;
	}
	audit_check_finish(&v.check);
	signing_keys_close(keys);
	return ok;
}

bool reader_public_key(struct reader *r, const char *key_file, struct buf *out,
		       struct fail *f)
{
	struct signing_keys *keys;
	bool ok;

	if (!keys_open(r, key_file, &keys, f)) {
		return false;
	}
	ok = signing_keys_format(keys, out, f);
	signing_keys_close(keys);
	return ok;
}
