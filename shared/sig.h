/* SPDX-License-Identifier: Apache-2.0 */
/* Signatures over raw bytes: HMAC-SHA256, and its two spellings. Knows OpenSSL.
 *
 * A key keeps its keyed context: to begin anew from that costs a third of keying each
 * time. Of one thread. */
#ifndef SHARED_SIG_H
#define SHARED_SIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { SIG_SIZE = 32, SIG_HEX_SIZE = 65, SIG_BASE64_SIZE = 45 };

struct sig_key;

/* What is signed, in pieces that need not be put together for it. */
struct sig_part {
	const void *data;
	size_t len;
};

/* The key is copied. An empty one signs nothing: NULL, as when memory ran out. */
struct sig_key *sig_key_create(const void *key, size_t len);
void sig_key_destroy(struct sig_key *k); /* erases it; accepts NULL */

void sig_hmac(struct sig_key *k, const struct sig_part *parts, size_t n,
	      uint8_t ret_mac[SIG_SIZE]);

/* 64 digits in lower case. */
void sig_hex(const uint8_t mac[SIG_SIZE], char ret_hex[SIG_HEX_SIZE]);

/* Whether the n bytes at text are the mac in exactly this spelling: 64 digits in lower
 * case, or 44 characters of padded base64. In constant time for a given n. */
bool sig_is_hex(const uint8_t mac[SIG_SIZE], const char *text, size_t n);
bool sig_is_base64(const uint8_t mac[SIG_SIZE], const char *text, size_t n);

/* Standard base64 with its padding and nothing else -> at most `size` bytes. False: it is
 * not that, or longer. For keys that are handed out in this form. */
bool sig_base64_read(const char *text, size_t n, uint8_t *dst, size_t size,
		     size_t *ret_len);

#endif
