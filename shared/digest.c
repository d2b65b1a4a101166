/* SPDX-License-Identifier: Apache-2.0 */
/* SHA-256, on OpenSSL's EVP interface. */
#include "shared/digest.h"

#include <stdlib.h>

#include <openssl/evp.h>

struct digest {
	EVP_MD_CTX *ctx;
	EVP_MD *sha256; /* fetched once: to look it up costs as much as a short hash */
};

static void must(int ok)
{
	if (ok != 1) {
		abort(); /* a hash that is not one would be believed */
	}
}

struct digest *digest_create(void)
{
	struct digest *d = calloc(1, sizeof(*d));

	must(d != NULL);
	d->ctx = EVP_MD_CTX_new();
	d->sha256 = EVP_MD_fetch(NULL, "SHA2-256", NULL);
	must(d->ctx && d->sha256);
	must(EVP_DigestInit_ex2(d->ctx, d->sha256, NULL));
	return d;
}

void digest_destroy(struct digest *d)
{
	if (d) {
		EVP_MD_CTX_free(d->ctx);
		EVP_MD_free(d->sha256);
		free(d);
	}
}

void digest_add(struct digest *d, const void *data, size_t n)
{
	must(EVP_DigestUpdate(d->ctx, data, n));
}

void digest_take(struct digest *d, uint8_t ret[DIGEST_SIZE])
{
	must(EVP_DigestFinal_ex(d->ctx, ret, NULL));
	must(EVP_DigestInit_ex2(d->ctx, NULL, NULL));
}

void digest_of(const void *data, size_t n, uint8_t ret[DIGEST_SIZE])
{
	must(EVP_Digest(data, n, ret, NULL, EVP_sha256(), NULL));
}

void digest_hex(const uint8_t *bytes, size_t n, char *dst)
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < n; i++) {
		*dst++ = digits[bytes[i] >> 4];
		*dst++ = digits[bytes[i] & 0xf];
	}
	*dst = '\0';
}
