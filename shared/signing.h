/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519: a key of our own that signs, and the keys of others that check. In files they
 * are PEM, as `openssl pkey` and `openssl pkeyutl` read them. Knows OpenSSL. */
#ifndef SHARED_SIGNING_H
#define SHARED_SIGNING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "shared/buf.h"

enum {
	SIGNATURE_SIZE = 64,
	KEY_ID_SIZE = 17, /* the first half of SHA-256 over the public key, in hex */
	SIGNING_KEYS_MAX = 16,
};

struct signing_key;

/* A new one that is nowhere but in memory. */
bool signing_key_make(struct signing_key **ret_k, struct fail *f);

/* The private key in the file. One that does not exist is made, with mode 0600; one that
 * others can read is refused. */
bool signing_key_open(const char *path, struct signing_key **ret_k, struct fail *f);

void signing_key_close(struct signing_key *k); /* accepts NULL */

const char *signing_key_id(const struct signing_key *k);
bool signing_key_sign(const struct signing_key *k, const void *data, size_t n,
		      uint8_t ret[SIGNATURE_SIZE], struct fail *f);

/* Keys that check. A file holds one or several, public ones or a private one. */
struct signing_keys;

bool signing_keys_read(const char *path, struct signing_keys **ret_k, struct fail *f);

/* The public half of one that signs. */
bool signing_keys_of(const struct signing_key *k, struct signing_keys **ret_k,
		     struct fail *f);

void signing_keys_close(struct signing_keys *k); /* accepts NULL */

/* Whether there is one of this id; whether it has signed this. */
bool signing_keys_have(const struct signing_keys *k, const char *id);
bool signing_keys_check(const struct signing_keys *k, const char *id, const void *data,
			size_t n, const uint8_t *signature, size_t signature_len);

/* The public keys in PEM, one after the other. */
bool signing_keys_format(const struct signing_keys *k, struct buf *out, struct fail *f);

#endif
