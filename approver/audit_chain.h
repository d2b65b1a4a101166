/* SPDX-License-Identifier: Apache-2.0 */
/* The audit's hash chain: what exactly is hashed, and what is signed. Pure.
 *
 * Each row holds the hash of the row before it and its own:
 *
 *   hash = SHA-256( N("accessd-audit-1") N(prev) N(seq) N(at_ms) N(subject) N(subject_id)
 *                   N(from) N(to) N(data) )
 *
 * N(x) is a netstring: the length of x in bytes as a decimal number, ':', x, ','. Numbers
 * are decimal, prev is 32 raw bytes (zeros for row 1), and an absent `from` is a '-' in
 * place of its netstring. From time to time the newest hash is signed:
 *
 *   signature = Ed25519( N("accessd-head-1") N(key id) N(at_ms) N(seq) N(hash) )
 *
 * docs/audit.md says how to check both without accessd. */
#ifndef APPROVER_AUDIT_CHAIN_H
#define APPROVER_AUDIT_CHAIN_H

#include "accessd/fail.h"
#include "accessd/record.h"
#include "shared/digest.h"

struct signing_key;
struct signing_keys;

/* The last row of a chain; all zero: there is none yet. */
struct audit_link {
	int64_t seq;
	uint8_t hash[AUDIT_HASH_SIZE];
};

/* Bytes as the database holds them. NULL: absent. */
struct audit_bytes {
	const void *data;
	size_t n;
};

struct audit_content {
	int64_t seq, at_ms;
	struct audit_bytes subject, subject_id, from, to, data;
};

struct audit_bytes audit_text(const char *s); /* NULL stays NULL */

void audit_hash(struct digest *d, const uint8_t prev[AUDIT_HASH_SIZE],
		const struct audit_content *c, uint8_t ret[AUDIT_HASH_SIZE]);

/* A row's content as its texts say it. */
struct audit_content audit_content_of(const struct audit_row *r);

/* Fill in key id and signature of a head whose rest is there; and whether they are right. */
bool audit_head_sign(struct audit_head *h, const struct signing_key *key, struct fail *f);
bool audit_head_check(const struct audit_head *h, const struct signing_keys *keys);

#endif
