/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an audit is whole, row by row. */
#include "approver/audit_check.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/signing.h"
#include "shared/text.h"

enum { PLACES_AHEAD = 4096 }; /* how far behind its place a moved row is looked for */

void audit_check_init(struct audit_check *c, const struct signing_keys *keys)
{
	*c = (struct audit_check){ .keys = keys, .digest = digest_create() };
	c->report.whole = true;
}

void audit_check_finish(struct audit_check *c)
{
	digest_destroy(c->digest);
	c->digest = NULL;
}

__attribute__((format(printf, 3, 4))) static bool
broken(struct audit_check *c, int64_t seq, const char *fmt, ...)
{
	va_list ap;

	c->report.whole = false;
	c->report.seq = seq;
	va_start(ap, fmt);
	vsnprintf(c->report.what, sizeof(c->report.what), fmt, ap);
	va_end(ap);
	return false;
}

/* --- rows ------------------------------------------------------------------------ */

static bool missing(struct audit_check *c, int64_t from, int64_t to)
{
	return from == to ? broken(c, from, "row %" PRId64 " is missing", from)
			  : broken(c, from, "rows %" PRId64 "-%" PRId64 " are missing",
				   from, to);
}

/* A row that was moved is intact but for its number: which one was it? 0: it was not. The
 * audit is broken already, so this may take its time. */
static int64_t place_of(struct audit_check *c, const struct audit_row *r)
{
	struct audit_content content = audit_content_of(r);
	uint8_t hash[AUDIT_HASH_SIZE];

	for (int64_t seq = 1; seq <= r->seq + PLACES_AHEAD; seq++) {
		content.seq = seq;
		audit_hash(c->digest, r->prev, &content, hash);
		if (memcmp(hash, r->hash, sizeof(hash)) == 0) {
			return seq;
		}
	}
	return 0;
}

static bool changed(struct audit_check *c, const struct audit_row *r)
{
	int64_t place = place_of(c, r);

	if (place > 0 && place != r->seq) {
		return broken(c, r->seq,
			      "row %" PRId64 " is not in its place: it was row %" PRId64,
			      r->seq, place);
	}
	return broken(c, r->seq,
		      "row %" PRId64 " was changed: its hash is not that of its content",
		      r->seq);
}

bool audit_check_row(struct audit_check *c, const struct audit_row *r)
{
	c->report.rows++;
	if (r->seq <= c->last.seq) {
		return broken(c, r->seq, "row %" PRId64 " has an impossible number",
			      r->seq);
	}
	if (r->seq != c->last.seq + 1) {
		return missing(c, c->last.seq + 1, r->seq - 1);
	}
	if (!r->intact) {
		return changed(c, r);
	}
	if (memcmp(r->prev, c->last.hash, sizeof(r->prev)) != 0) {
		return c->last.seq == 0
			       ? broken(c, r->seq, "row 1 is not the first of its chain")
			       : broken(c, c->last.seq,
					"row %" PRId64 " was changed, with its hash: row "
					"%" PRId64 " was made upon another",
					c->last.seq, r->seq);
	}
	c->last.seq = r->seq;
	memcpy(c->last.hash, r->hash, sizeof(r->hash));
	return true;
}

/* --- heads ----------------------------------------------------------------------- */

/* Whether the head is what the holder of the key has signed. */
static bool head_genuine(struct audit_check *c, const struct audit_head *h)
{
	if (!signing_keys_have(c->keys, h->key_id)) {
		return broken(c, h->seq,
			      "the head of row %" PRId64 " was signed with a key that "
			      "is not known here, '%.16s'",
			      h->seq, h->key_id);
	}
	if (!audit_head_check(h, c->keys)) {
		return broken(c, h->seq,
			      "the signed head of row %" PRId64 " was changed: its "
			      "signature is not that of its content",
			      h->seq);
	}
	return true;
}

bool audit_check_head(struct audit_check *c, const struct audit_head *h)
{
	char when[TIME_SIZE];

	if (!head_genuine(c, h)) {
		return false;
	}
	text_format_time(h->at_ms, when);
	if (h->seq != c->last.seq ||
	    memcmp(h->hash, c->last.hash, sizeof(h->hash)) != 0) {
		return broken(c, h->seq,
			      "row %" PRId64 " is not the one that was signed at %s: it, "
			      "or one between row %" PRId64 " and it, was written anew",
			      h->seq, when, c->report.signed_seq);
	}
	c->report.heads++;
	c->report.signed_seq = h->seq;
	c->report.signed_ms = h->at_ms;
	return true;
}

bool audit_check_end(struct audit_check *c, const struct audit_head *newest)
{
	int64_t lost = newest ? newest->seq - c->last.seq : 0;
	char when[TIME_SIZE];

	if (lost <= 0) {
		return true;
	}
	if (!head_genuine(c, newest)) {
		return false;
	}
	text_format_time(newest->at_ms, when);
	return lost == 1
		       ? broken(c, newest->seq,
				"the last row that the signed head of %s covers is missing",
				when)
		       : broken(c, c->last.seq + 1,
				"the last %" PRId64
				" rows that the signed head of %s covers are missing",
				lost, when);
}
