/* SPDX-License-Identifier: Apache-2.0 */
/* Whom outgoing TLS trusts. */
#include "shared/ca.h"

#include <dirent.h>
#include <stdio.h>
#include <string.h>

#include <openssl/pem.h>
#include <openssl/ssl.h>

#include "accessd/types.h"
#include "tests/lib/test.h"
#include "tests/lib/tls.h"

static X509 *cert_read(const char *dir, const char *file)
{
	char path[512];
	FILE *in;
	X509 *cert;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	in = fopen(path, "r");
	assert_non_null(in);
	cert = PEM_read_X509(in, NULL, NULL, NULL);
	fclose(in);
	return cert;
}

static bool trusted(void *ctx, X509 *cert)
{
	X509_STORE_CTX *check = X509_STORE_CTX_new();
	bool ok;

	X509_STORE_CTX_init(check, SSL_CTX_get_cert_store(ctx), cert, NULL);
	ok = X509_verify_cert(check) == 1;
	X509_STORE_CTX_free(check);
	return ok;
}

/* Any of those that the system trusts, or NULL. */
static X509 *system_cert(void)
{
	DIR *dir = opendir(CA_DIR);
	struct dirent *entry;
	X509 *cert = NULL;

	while (dir && !cert && (entry = readdir(dir))) {
		const char *dot = strrchr(entry->d_name, '.');

		if (dot && strcmp(dot, ".0") == 0) {
			cert = cert_read(CA_DIR, entry->d_name);
		}
	}
	if (dir) {
		closedir(dir);
	}
	return cert;
}

static void the_systems_cas_are_trusted(void **state)
{
	X509 *cert = system_cert();
	void *ctx = NULL;

	(void)state;
	if (!cert) {
		skip(); /* no ca-certificates here */
	}
	assert_true(ca_ssl_ctx_create("", &ctx, NULL));
	assert_true(trusted(ctx, cert));
	ca_ssl_ctx_free(ctx);
	X509_free(cert);
}

static void those_of_our_file_are_trusted_beside_them(void **state)
{
	char dir[TEST_TLS_DIR_SIZE];
	char path[TEST_TLS_DIR_SIZE + 16];
	void *with = NULL;
	void *without = NULL;
	X509 *system = system_cert();
	X509 *leaf;

	(void)state;
	assert_true(test_tls_dir(dir));
	assert_true(test_tls_make(dir, "DNS:localhost", 0));
	leaf = cert_read(dir, "cert.pem");
	snprintf(path, sizeof(path), "%s/ca.pem", dir);
	assert_true(ca_ssl_ctx_create(path, &with, NULL));
	assert_true(ca_ssl_ctx_create("", &without, NULL));
	assert_true(trusted(with, leaf));
	assert_false(trusted(without, leaf));
	assert_true(!system || trusted(with, system));
	ca_ssl_ctx_free(with);
	ca_ssl_ctx_free(without);
	X509_free(leaf);
	X509_free(system);
	test_tls_remove(dir);
}

static void a_file_without_certificates_is_refused(void **state)
{
	static const char *const files[] = { "/nonexistent/ca.pem", "/etc/passwd",
					     "/dev/null", "/tmp" };

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		struct fail f = { 0 };

		assert_row(!ca_check_file(files[i], &f), i, files[i]);
		assert_row(f.kind == FAIL_INVALID, i, files[i]);
		assert_has(f.msg, files[i]);
		assert_row(*f.hint, i, files[i]);
	}
	assert_true(ca_check_file("", NULL));
}

static void nothing_was_wrong_where_nothing_was_shown(void **state)
{
	(void)state;
	assert_null(ca_verify_error(NULL));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_systems_cas_are_trusted),
		cmocka_unit_test(those_of_our_file_are_trusted_beside_them),
		cmocka_unit_test(a_file_without_certificates_is_refused),
		cmocka_unit_test(nothing_was_wrong_where_nothing_was_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
