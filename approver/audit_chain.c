/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's hash chain: what exactly is hashed, and what is signed. */
#include "approver/audit_chain.h"

#include <string.h>

#include "shared/buf.h"
#include "shared/signing.h"
#include "shared/text.h"

enum { NUMBER_SIZE = 24, HEAD_TEXT_MAX = 256, FEED_SIZE = 2048 };

struct audit_bytes audit_text(const char *s)
{
	return (struct audit_bytes){ .data = s, .n = s ? strlen(s) : 0 };
}

/* Decimal, at the end of the room; snprintf() would take longer than the hash. */
static struct audit_bytes number(int64_t value, char room[NUMBER_SIZE])
{
	uint64_t left = value < 0 ? -(uint64_t)value : (uint64_t)value;
	char *p = room + NUMBER_SIZE;

	do {
		*--p = (char)('0' + left % 10);
		left /= 10;
	} while (left > 0);
	if (value < 0) {
		*--p = '-';
	}
	return (struct audit_bytes){ p, (size_t)(room + NUMBER_SIZE - p) };
}

/* --- a row ----------------------------------------------------------------------- */

/* On its way into a digest, which asks for more time per call than for a short text. */
struct feed {
	struct digest *d;
	size_t n;
	char bytes[FEED_SIZE];
};

static void feed_flush(struct feed *f)
{
	digest_add(f->d, f->bytes, f->n);
	f->n = 0;
}

static void feed_add(struct feed *f, const void *data, size_t n)
{
	if (n > sizeof(f->bytes) - f->n) {
		feed_flush(f);
	}
	if (n > sizeof(f->bytes)) {
		digest_add(f->d, data, n);
	} else {
		memcpy(f->bytes + f->n, data, n);
		f->n += n;
	}
}

static void hash_bytes(struct feed *f, struct audit_bytes b)
{
	char room[NUMBER_SIZE + 1];
	struct audit_bytes len = number((int64_t)b.n, room);

	if (!b.data) {
		feed_add(f, "-", 1);
		return;
	}
	room[NUMBER_SIZE] = ':';
	feed_add(f, len.data, len.n + 1);
	feed_add(f, b.data, b.n);
	feed_add(f, ",", 1);
}

static void hash_number(struct feed *f, int64_t value)
{
	char room[NUMBER_SIZE];

	hash_bytes(f, number(value, room));
}

void audit_hash(struct digest *d, const uint8_t prev[AUDIT_HASH_SIZE],
		const struct audit_content *c, uint8_t ret[AUDIT_HASH_SIZE])
{
	struct feed f;

	f.d = d;
	f.n = 0;
	hash_bytes(&f, audit_text("accessd-audit-1"));
	hash_bytes(&f, (struct audit_bytes){ prev, AUDIT_HASH_SIZE });
	hash_number(&f, c->seq);
	hash_number(&f, c->at_ms);
	hash_bytes(&f, c->subject);
	hash_bytes(&f, c->subject_id);
	hash_bytes(&f, c->from);
	hash_bytes(&f, c->to);
	hash_bytes(&f, c->data);
	feed_flush(&f);
	digest_take(d, ret);
}

struct audit_content audit_content_of(const struct audit_row *r)
{
	return (struct audit_content){
		.seq = r->seq,
		.at_ms = r->at_ms,
		.subject = audit_text(r->subject),
		.subject_id = audit_text(r->subject_id),
		.from = audit_text(r->from[0] ? r->from : NULL),
		.to = audit_text(r->to),
		.data = audit_text(r->data),
	};
}

/* --- a head ---------------------------------------------------------------------- */

static void put(struct buf *out, struct audit_bytes b)
{
	buf_addf(out, "%zu:", b.n);
	buf_add(out, b.data, b.n);
	buf_add_char(out, ',');
}

/* What its signature is over. */
static void head_text(const struct audit_head *h, struct buf *out)
{
	char room[NUMBER_SIZE];

	buf_init(out, HEAD_TEXT_MAX);
	put(out, audit_text("accessd-head-1"));
	put(out, audit_text(h->key_id));
	put(out, number(h->at_ms, room));
	put(out, number(h->seq, room));
	put(out, (struct audit_bytes){ h->hash, sizeof(h->hash) });
}

bool audit_head_sign(struct audit_head *h, const struct signing_key *key, struct fail *f)
{
	struct buf text;
	bool ok;

	text_copy(h->key_id, sizeof(h->key_id), signing_key_id(key));
	head_text(h, &text);
	ok = signing_key_sign(key, text.data, text.len, h->signature, f);
	buf_finish(&text);
	return ok;
}

bool audit_head_check(const struct audit_head *h, const struct signing_keys *keys)
{
	struct buf text;
	bool ok;

	head_text(h, &text);
	ok = signing_keys_check(keys, h->key_id, text.data, text.len, h->signature,
				sizeof(h->signature));
	buf_finish(&text);
	return ok;
}
