/* SPDX-License-Identifier: Apache-2.0 */
/* A CA, a leaf that it signed, and their PEM files. */
#include "tests/lib/tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

enum { DAY_S = 24 * 60 * 60 };

/* A certificate and the key that belongs to it. */
struct signer {
	X509 *cert;
	EVP_PKEY *key;
};

static bool extension_add(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *ext;
	bool ok;

	X509V3_set_ctx_nodb(&ctx);
	X509V3_set_ctx(&ctx, issuer, cert, NULL, NULL, 0);
	ext = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	ok = ext && X509_add_ext(cert, ext, -1) == 1;
	X509_EXTENSION_free(ext);
	return ok;
}

static bool name_set(X509 *cert, X509 *issuer, const char *cn)
{
	X509_NAME *name = X509_get_subject_name(cert);

	return X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
					  (const unsigned char *)cn, -1, -1, 0) == 1 &&
	       X509_set_issuer_name(cert, X509_get_subject_name(issuer)) == 1;
}

/* A certificate for a new key; by `by`, or by itself. */
static bool cert_make(struct signer *made, const struct signer *by, const char *cn,
		      const char *names, bool expired)
{
	static long serial;
	X509 *cert = X509_new();
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *issuer = by ? by->cert : cert;

	made->cert = cert;
	made->key = key;
	return cert && key && X509_set_version(cert, 2) == 1 &&
	       ASN1_INTEGER_set(X509_get_serialNumber(cert), ++serial) == 1 &&
	       X509_gmtime_adj(X509_getm_notBefore(cert), -2 * DAY_S) &&
	       X509_gmtime_adj(X509_getm_notAfter(cert), expired ? -DAY_S : DAY_S) &&
	       X509_set_pubkey(cert, key) == 1 && name_set(cert, issuer, cn) &&
	       extension_add(cert, issuer, NID_basic_constraints,
			     by ? "CA:FALSE" : "critical,CA:TRUE") &&
	       (!names || extension_add(cert, issuer, NID_subject_alt_name, names)) &&
	       X509_sign(cert, by ? by->key : key, EVP_sha256()) > 0;
}

static void signer_finish(struct signer *s)
{
	X509_free(s->cert);
	EVP_PKEY_free(s->key);
}

static bool pem_write(const char *dir, const char *file, X509 *cert, EVP_PKEY *key)
{
	char path[TEST_TLS_DIR_SIZE + 16];
	FILE *out;
	bool ok;

	snprintf(path, sizeof(path), "%s/%s", dir, file);
	out = fopen(path, "w");
	if (!out) {
		return false;
	}
	ok = cert ? PEM_write_X509(out, cert) == 1
		  : PEM_write_PrivateKey(out, key, NULL, NULL, 0, NULL, NULL) == 1;
	return fclose(out) == 0 && ok;
}

bool test_tls_dir(char dir[TEST_TLS_DIR_SIZE])
{
	snprintf(dir, TEST_TLS_DIR_SIZE, "/tmp/accessd-tls-XXXXXX");
	return mkdtemp(dir) != NULL;
}

bool test_tls_make(const char *dir, const char *names, unsigned flags)
{
	struct signer ca = { 0 };
	struct signer other = { 0 };
	struct signer leaf = { 0 };
	bool stranger = (flags & TEST_TLS_STRANGER) != 0;
	bool ok = cert_make(&ca, NULL, "accessd test CA", NULL, false) &&
		  cert_make(&other, NULL, "accessd other CA", NULL, false) &&
		  cert_make(&leaf, stranger ? &other : &ca, "accessd test", names,
			    (flags & TEST_TLS_EXPIRED) != 0) &&
		  pem_write(dir, "ca.pem", ca.cert, NULL) &&
		  pem_write(dir, "cert.pem", leaf.cert, NULL) &&
		  pem_write(dir, "key.pem", NULL, leaf.key);

	signer_finish(&ca);
	signer_finish(&other);
	signer_finish(&leaf);
	return ok;
}

void test_tls_remove(const char *dir)
{
	static const char *const files[] = { "ca.pem", "cert.pem", "key.pem" };
	char path[TEST_TLS_DIR_SIZE + 16];

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, files[i]);
		unlink(path);
	}
	rmdir(dir);
}
