/* SPDX-License-Identifier: Apache-2.0 */
/* Whom outgoing TLS trusts. */
#include "shared/ca.h"

#include <openssl/err.h>
#include <openssl/ssl.h>

/* Why OpenSSL refused, in its words; its queue is empty afterwards. */
static const char *reason(void)
{
	const char *why = ERR_reason_error_string(ERR_peek_last_error());

	ERR_clear_error();
	return why ? why : "no certificate in it";
}

static bool load_file(SSL_CTX *ctx, const char *ca_file, struct fail *f)
{
	if (*ca_file && SSL_CTX_load_verify_file(ctx, ca_file) != 1) {
		fail_set(f, FAIL_INVALID, "cannot read the CAs in '%s': %s", ca_file,
			 reason());
		return fail_hint(f, "ca_file is a PEM file with CA certificates.");
	}
	return true;
}

bool ca_ssl_ctx_create(const char *ca_file, void **ret_ctx, struct fail *f)
{
	SSL_CTX *ctx = SSL_CTX_new(TLS_client_method());

	if (!ctx) {
		return fail_set(f, FAIL_INTERNAL, "cannot set up TLS: %s", reason());
	}
	SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION);
	/* lws writes what it could not write from another place in memory. */
	SSL_CTX_set_mode(ctx,
			 SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_load_verify_dir(ctx, CA_DIR); /* reads nothing yet */
	if (!load_file(ctx, ca_file, f)) {
		SSL_CTX_free(ctx);
		return false;
	}
	*ret_ctx = ctx;
	return true;
}

void ca_ssl_ctx_free(void *ctx)
{
	SSL_CTX_free(ctx);
}

bool ca_check_file(const char *ca_file, struct fail *f)
{
	void *ctx = NULL;

	if (!*ca_file) {
		return true;
	}
	if (!ca_ssl_ctx_create(ca_file, &ctx, f)) {
		return false;
	}
	ca_ssl_ctx_free(ctx);
	return true;
}

const char *ca_verify_error(void *ssl)
{
	long error = ssl ? SSL_get_verify_result(ssl) : X509_V_OK;

	return error == X509_V_OK ? NULL : X509_verify_cert_error_string(error);
}
