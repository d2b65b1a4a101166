/* SPDX-License-Identifier: Apache-2.0 */
/* Whom outgoing TLS trusts: the system's CAs and those of one file of our own. Knows
 * OpenSSL. */
#ifndef SHARED_CA_H
#define SHARED_CA_H

#include <stdbool.h>

#include "accessd/fail.h"

/* The system's CAs, each under the hash of its name, so that a connection reads the one
 * that it needs. The bundle beside them is 200 kB of PEM: 20 ms and 2 MB for each who
 * parses it. */
#define CA_DIR "/etc/ssl/certs"

/* The hint for a certificate that is not good. */
#define CA_HINT "Trusted are the CAs in " CA_DIR " and those in the file of ca_file."

/* Whether the PEM file can be read and holds at least one certificate. "" is fine. */
bool ca_check_file(const char *ca_file, struct fail *f);

/* An SSL_CTX * for outgoing connections that trusts both; free it with
 * ca_ssl_ctx_free(). */
bool ca_ssl_ctx_create(const char *ca_file, void **ret_ctx, struct fail *f);
void ca_ssl_ctx_free(void *ctx);

/* What was wrong with the certificate that the peer of this SSL * showed, or NULL when
 * nothing was or it did not come to that. ssl may be NULL. */
const char *ca_verify_error(void *ssl);

#endif
