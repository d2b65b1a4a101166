/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 keys: made, kept in files, signing and checking. */
#include "shared/signing.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include "shared/digest.h"

enum { PUBLIC_SIZE = 32 };

struct signing_key {
	EVP_PKEY *pkey;
	char id[KEY_ID_SIZE];
};

struct signing_keys {
	size_t n;
	struct signing_key keys[SIGNING_KEYS_MAX];
};

/* --- one key --------------------------------------------------------------------- */

static bool key_take(EVP_PKEY *pkey, struct signing_key *k)
{
	uint8_t raw[PUBLIC_SIZE];
	uint8_t hash[DIGEST_SIZE];
	size_t len = sizeof(raw);

	if (EVP_PKEY_get_id(pkey) != EVP_PKEY_ED25519 ||
	    EVP_PKEY_get_raw_public_key(pkey, raw, &len) != 1) {
		EVP_PKEY_free(pkey);
		return false;
	}
	digest_of(raw, len, hash);
	digest_hex(hash, (KEY_ID_SIZE - 1) / 2, k->id);
	k->pkey = pkey;
	return true;
}

static bool key_wrap(EVP_PKEY *pkey, struct signing_key **ret_k, struct fail *f)
{
	struct signing_key *k = pkey ? calloc(1, sizeof(*k)) : NULL;

	ERR_clear_error();
	if (!k || !key_take(pkey, k)) {
		free(k);
		fail_set(f, FAIL_INVALID, "it holds no private Ed25519 key");
		return fail_hint(f, "`openssl genpkey -algorithm ed25519` makes one; "
				    "without a file accessd does.");
	}
	*ret_k = k;
	return true;
}

bool signing_key_make(struct signing_key **ret_k, struct fail *f)
{
	return key_wrap(EVP_PKEY_Q_keygen(NULL, NULL, "ED25519"), ret_k, f);
}

void signing_key_close(struct signing_key *k)
{
	if (k) {
		EVP_PKEY_free(k->pkey); /* erases it */
		free(k);
	}
}

const char *signing_key_id(const struct signing_key *k)
{
	return k->id;
}

bool signing_key_sign(const struct signing_key *k, const void *data, size_t n,
		      uint8_t ret[SIGNATURE_SIZE], struct fail *f)
{
	EVP_MD_CTX *ctx = EVP_MD_CTX_new();
	size_t len = SIGNATURE_SIZE;
	bool ok = ctx && EVP_DigestSignInit(ctx, NULL, NULL, NULL, k->pkey) == 1 &&
		  EVP_DigestSign(ctx, ret, &len, data, n) == 1 && len == SIGNATURE_SIZE;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok || fail_set(f, FAIL_INTERNAL, "OpenSSL could not sign");
}

/* --- its file -------------------------------------------------------------------- */

static bool cannot(const char *what, const char *path, struct fail *f)
{
	return fail_set(f, FAIL_LEDGER, "cannot %s the key file '%s': %s", what, path,
			strerror(errno));
}

/* Wholly there, on disk, or not at all: under another name first. */
static bool file_write(const char *path, const char *tmp, const struct signing_key *k,
		       struct fail *f)
{
	int fd = open(tmp, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, 0600);
	FILE *file = fd >= 0 ? fdopen(fd, "w") : NULL;
	bool ok = file &&
		  PEM_write_PrivateKey(file, k->pkey, NULL, NULL, 0, NULL, NULL) == 1 &&
		  fflush(file) == 0 && fsync(fd) == 0;

	if (!ok) {
		cannot("write", path, f);
	}
	if (file ? fclose(file) != 0 && ok : fd >= 0 && close(fd) != 0) {
		ok = cannot("write", path, f);
	}
	if (ok && rename(tmp, path) != 0) {
		ok = cannot("write", path, f);
	}
	if (!ok) {
		unlink(tmp);
	}
	return ok;
}

static void folder_sync(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static bool file_make(const char *path, struct signing_key **ret_k, struct fail *f)
{
	struct signing_key *k;
	char tmp[PATH_MAX];
	int n = snprintf(tmp, sizeof(tmp), "%s.new", path);

	if (n < 0 || (size_t)n >= sizeof(tmp)) {
		errno = ENAMETOOLONG;
		return cannot("make", path, f);
	}
	if (!signing_key_make(&k, f)) {
		return false;
	}
	if (!file_write(path, tmp, k, f)) {
		signing_key_close(k);
		return false;
	}
	folder_sync(path);
	*ret_k = k;
	return true;
}

static bool mode_check(int fd, const char *path, struct fail *f)
{
	struct stat st;

	if (fstat(fd, &st) != 0 || !S_ISREG(st.st_mode)) {
		return fail_set(f, FAIL_INVALID, "the key file '%s' is no plain file",
				path);
	}
	if (st.st_mode & 077) {
		fail_set(f, FAIL_INVALID, "others can read the key file '%s'", path);
		return fail_hint(f, "chmod 600 it; whoever has read it can sign.");
	}
	return true;
}

bool signing_key_open(const char *path, struct signing_key **ret_k, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	FILE *file;
	bool ok;

	if (fd < 0) {
		return errno == ENOENT ? file_make(path, ret_k, f)
				       : cannot("open", path, f);
	}
	if (!mode_check(fd, path, f) || !(file = fdopen(fd, "r"))) {
		close(fd);
		return false;
	}
	ok = key_wrap(PEM_read_PrivateKey(file, NULL, NULL, (void *)(uintptr_t) ""),
		      ret_k, f);
	fclose(file);
	return ok || fail_wrap(f, "the key file '%s'", path);
}

/* --- keys that check ------------------------------------------------------------- */

static EVP_PKEY *public_read(BIO *bio)
{
	char *name = NULL;
	char *header = NULL;
	unsigned char *data = NULL;
	const unsigned char *p;
	long len;
	EVP_PKEY *pkey = NULL;

	if (PEM_read_bio(bio, &name, &header, &data, &len) != 1) {
		return NULL;
	}
	p = data;
	if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		pkey = d2i_PUBKEY(NULL, &p, len);
	} else if (strcmp(name, PEM_STRING_PKCS8INF) == 0) {
		pkey = d2i_AutoPrivateKey(NULL, &p, len);
	}
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_clear_free(data, (size_t)len);
	return pkey;
}

static void keys_read(BIO *bio, struct signing_keys *k)
{
	EVP_PKEY *pkey;

	while (k->n < SIGNING_KEYS_MAX && (pkey = public_read(bio))) {
		k->n += key_take(pkey, &k->keys[k->n]);
	}
	ERR_clear_error();
}

bool signing_keys_read(const char *path, struct signing_keys **ret_k, struct fail *f)
{
	struct signing_keys *k = calloc(1, sizeof(*k));
	BIO *bio = k ? BIO_new_file(path, "r") : NULL;

	if (!bio) {
		free(k);
		ERR_clear_error();
		cannot("read", path, f);
		f->kind = FAIL_NOT_FOUND;
		return false;
	}
	keys_read(bio, k);
	BIO_free(bio);
	if (k->n == 0) {
		signing_keys_close(k);
		fail_set(f, FAIL_INVALID, "'%s' holds no Ed25519 key", path);
		return fail_hint(f, "`accessd audit key` prints the public one in PEM.");
	}
	*ret_k = k;
	return true;
}

bool signing_keys_of(const struct signing_key *of, struct signing_keys **ret_k,
		     struct fail *f)
{
	struct signing_keys *k = calloc(1, sizeof(*k));

	if (!k || EVP_PKEY_up_ref(of->pkey) != 1) {
		free(k);
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	k->keys[k->n++] = *of;
	*ret_k = k;
	return true;
}

void signing_keys_close(struct signing_keys *k)
{
	for (size_t i = 0; k && i < k->n; i++) {
		EVP_PKEY_free(k->keys[i].pkey);
	}
	free(k);
}

static const struct signing_key *key_find(const struct signing_keys *k, const char *id)
{
	for (size_t i = 0; i < k->n; i++) {
		if (strcmp(k->keys[i].id, id) == 0) {
			return &k->keys[i];
		}
	}
	return NULL;
}

bool signing_keys_have(const struct signing_keys *k, const char *id)
{
	return key_find(k, id) != NULL;
}

bool signing_keys_check(const struct signing_keys *k, const char *id, const void *data,
			size_t n, const uint8_t *signature, size_t signature_len)
{
	const struct signing_key *key = key_find(k, id);
	EVP_MD_CTX *ctx = key ? EVP_MD_CTX_new() : NULL;
	bool ok = ctx && EVP_DigestVerifyInit(ctx, NULL, NULL, NULL, key->pkey) == 1 &&
		  EVP_DigestVerify(ctx, signature, signature_len, data, n) == 1;

	EVP_MD_CTX_free(ctx);
	ERR_clear_error();
	return ok;
}

bool signing_keys_format(const struct signing_keys *k, struct buf *out, struct fail *f)
{
	BIO *bio = BIO_new(BIO_s_mem());
	bool ok = bio != NULL;
	char *text;
	long len;

	for (size_t i = 0; ok && i < k->n; i++) {
		ok = PEM_write_bio_PUBKEY(bio, k->keys[i].pkey) == 1;
	}
	len = ok ? BIO_get_mem_data(bio, &text) : 0;
	ok = ok && buf_add(out, text, (size_t)len);
	BIO_free(bio);
	return ok || fail_set(f, FAIL_INTERNAL, "cannot write the key as PEM");
}
