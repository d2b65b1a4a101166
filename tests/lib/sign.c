/* SPDX-License-Identifier: Apache-2.0 */
/* Signing as the vendors do. */
#include "tests/lib/sign.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shared/buf.h"

enum { MAC_SIZE = 32, SIGNED_MAX = 64 << 20 };

/* Of a prefix and the body behind it. */
static void mac(const void *key, size_t key_len, const char *prefix, const void *body,
		size_t n, unsigned char ret_mac[MAC_SIZE])
{
	struct buf all;

	buf_init(&all, SIGNED_MAX);
	buf_add_str(&all, prefix);
	buf_add(&all, body, n);
	HMAC(EVP_sha256(), key, (int)key_len, (const unsigned char *)buf_str(&all),
	     all.len, ret_mac, NULL);
	buf_finish(&all);
}

static void hex(const char *version, const unsigned char bytes[MAC_SIZE],
		char ret_header[SIGNED_SIZE])
{
	size_t at = (size_t)snprintf(ret_header, SIGNED_SIZE, "%s", version);

	for (size_t i = 0; i < MAC_SIZE; i++) {
		at += (size_t)snprintf(ret_header + at, SIGNED_SIZE - at, "%02x",
				       bytes[i]);
	}
}

void sign_pagerduty(const char *secret, const void *body, size_t n,
		    char ret_header[SIGNED_SIZE])
{
	unsigned char bytes[MAC_SIZE];

	mac(secret, strlen(secret), "", body, n, bytes);
	hex("v1=", bytes, ret_header);
}

void sign_slack(const char *secret, const char *timestamp, const void *body, size_t n,
		char ret_header[SIGNED_SIZE])
{
	unsigned char bytes[MAC_SIZE];
	char prefix[64];

	snprintf(prefix, sizeof(prefix), "v0:%s:", timestamp);
	mac(secret, strlen(secret), prefix, body, n, bytes);
	hex("v0=", bytes, ret_header);
}

void sign_svix(const void *key, size_t key_len, const char *id, const char *timestamp,
	       const void *body, size_t n, char ret_header[SIGNED_SIZE])
{
	unsigned char bytes[MAC_SIZE];
	unsigned char base64[64];
	char prefix[256];

	snprintf(prefix, sizeof(prefix), "%s.%s.", id, timestamp);
	mac(key, key_len, prefix, body, n, bytes);
	EVP_EncodeBlock(base64, bytes, MAC_SIZE);
	snprintf(ret_header, SIGNED_SIZE, "v1,%s", (const char *)base64);
}
