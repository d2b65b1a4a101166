/* SPDX-License-Identifier: Apache-2.0 */
/* Signing as the vendors do, by a way of its own: openssl's one-shot HMAC. */
#ifndef TESTS_LIB_SIGN_H
#define TESTS_LIB_SIGN_H

#include <stddef.h>
#include <stdint.h>

enum { SIGNED_SIZE = 128 };

/* "v1=HEX" over the body. */
void sign_pagerduty(const char *secret, const void *body, size_t n,
		    char ret_header[SIGNED_SIZE]);

/* "v0=HEX" over "v0:timestamp:body". */
void sign_slack(const char *secret, const char *timestamp, const void *body, size_t n,
		char ret_header[SIGNED_SIZE]);

/* "v1,BASE64" over "id.timestamp.body", with a key of so many bytes. */
void sign_svix(const void *key, size_t key_len, const char *id, const char *timestamp,
	       const void *body, size_t n, char ret_header[SIGNED_SIZE]);

#endif
