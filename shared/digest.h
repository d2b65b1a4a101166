/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256 over pieces. Knows OpenSSL. */
#ifndef SHARED_DIGEST_H
#define SHARED_DIGEST_H

#include <stddef.h>
#include <stdint.h>

enum { DIGEST_SIZE = 32, DIGEST_HEX_SIZE = 2 * DIGEST_SIZE + 1 };

/* One is kept by whoever hashes often: to make one costs more than to hash a row. */
struct digest;

/* Never NULL: without memory, or without SHA-256, the process ends. */
struct digest *digest_create(void);
void digest_destroy(struct digest *d); /* accepts NULL */

/* Add what is to be hashed, piece by piece; then take it, which begins anew. */
void digest_add(struct digest *d, const void *data, size_t n);
void digest_take(struct digest *d, uint8_t ret[DIGEST_SIZE]);

/* All of it at once. */
void digest_of(const void *data, size_t n, uint8_t ret[DIGEST_SIZE]);

/* n bytes as 2n small letters and a NUL. */
void digest_hex(const uint8_t *bytes, size_t n, char *dst);

#endif
