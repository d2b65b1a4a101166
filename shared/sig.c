/* SPDX-License-Identifier: Apache-2.0 */
/* HMAC-SHA256 by a context that stays keyed. */
#include "shared/sig.h"

#include <stdlib.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/params.h>

struct sig_key {
	EVP_MAC_CTX *ctx;
};

struct sig_key *sig_key_create(const void *key, size_t len)
{
	char digest[] = "SHA256";
	const OSSL_PARAM params[] = {
		OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest, 0),
		OSSL_PARAM_construct_end(),
	};
	EVP_MAC *mac = len > 0 ? EVP_MAC_fetch(NULL, "HMAC", NULL) : NULL;
	struct sig_key *k = mac ? calloc(1, sizeof(*k)) : NULL;

	if (k) {
		k->ctx = EVP_MAC_CTX_new(mac); /* takes a reference of its own */
	}
	EVP_MAC_free(mac);
	if (k && (!k->ctx || !EVP_MAC_init(k->ctx, key, len, params))) {
		sig_key_destroy(k);
		return NULL;
	}
	return k;
}

void sig_key_destroy(struct sig_key *k)
{
	if (k) {
		EVP_MAC_CTX_free(k->ctx);
		free(k);
	}
}

/* OpenSSL fails here only when it is out of memory: a wrong mac would be worse. */
void sig_hmac(struct sig_key *k, const struct sig_part *parts, size_t n,
	      uint8_t ret_mac[SIG_SIZE])
{
	size_t len = 0;
	bool ok = EVP_MAC_init(k->ctx, NULL, 0, NULL);

	for (size_t i = 0; ok && i < n; i++) {
		ok = EVP_MAC_update(k->ctx, parts[i].data, parts[i].len);
	}
	if (!ok || !EVP_MAC_final(k->ctx, ret_mac, &len, SIG_SIZE) || len != SIG_SIZE) {
		abort();
	}
}

void sig_hex(const uint8_t mac[SIG_SIZE], char ret_hex[SIG_HEX_SIZE])
{
	static const char digits[] = "0123456789abcdef";

	for (size_t i = 0; i < SIG_SIZE; i++) {
		ret_hex[2 * i] = digits[mac[i] >> 4];
		ret_hex[2 * i + 1] = digits[mac[i] & 15];
	}
	ret_hex[SIG_HEX_SIZE - 1] = '\0';
}

bool sig_is_hex(const uint8_t mac[SIG_SIZE], const char *text, size_t n)
{
	char hex[SIG_HEX_SIZE];

	sig_hex(mac, hex);
	return n == SIG_HEX_SIZE - 1 && CRYPTO_memcmp(hex, text, n) == 0;
}

bool sig_is_base64(const uint8_t mac[SIG_SIZE], const char *text, size_t n)
{
	unsigned char base64[SIG_BASE64_SIZE];

	EVP_EncodeBlock(base64, mac, SIG_SIZE);
	return n == SIG_BASE64_SIZE - 1 && CRYPTO_memcmp(base64, text, n) == 0;
}

static bool is_base64(const char *text, size_t n)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t pad = 0;

	while (pad < 2 && pad < n && text[n - pad - 1] == '=') {
		pad++;
	}
	for (size_t i = 0; i < n - pad; i++) {
		if (text[i] == '\0' || !strchr(digits, text[i])) {
			return false;
		}
	}
	return n > 0 && n % 4 == 0;
}

bool sig_base64_read(const char *text, size_t n, uint8_t *dst, size_t size,
		     size_t *ret_len)
{
	unsigned char room[192];
	size_t len = n / 4 * 3;

	if (!is_base64(text, n) || len > sizeof(room) ||
	    EVP_DecodeBlock(room, (const unsigned char *)text, (int)n) < 0) {
		return false;
	}
	len -= (size_t)(text[n - 1] == '=') + (size_t)(text[n - 2] == '=');
	if (len <= size) {
		memcpy(dst, room, len);
		*ret_len = len;
	}
	OPENSSL_cleanse(room, sizeof(room));
	return len <= size;
}
