/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: read from the environment or a file that others cannot read, compared in
 * constant time, erased at the end. */
#include "shared/secret.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>

enum { SECRET_MAX = 64 * 1024, GETENTROPY_MAX = 256 };

/* --- the type ------------------------------------------------------------------ */

void secret_set(struct secret *s, const char *text, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy) {
		abort(); /* running on with another secret than was meant is worse */
	}
	if (len > 0) {
		memcpy(copy, text, len);
	}
	copy[len] = '\0';
	secret_finish(s);
	*s = (struct secret){ .text = copy, .len = len };
}

void secret_finish(struct secret *s)
{
	if (!s) {
		return;
	}
	if (s->text) {
		OPENSSL_cleanse(s->text, s->len);
		free(s->text);
	}
	*s = (struct secret){ 0 };
}

bool secret_is_set(const struct secret *s)
{
	return s->text && s->len > 0;
}

bool secret_is_named(const struct secret *s)
{
	return s->len > 0;
}

const char *secret_text(const struct secret *s)
{
	return s->text ? s->text : "";
}

/* The length is no secret: it is known from the vendor's docs. */
bool secret_equal(const struct secret *s, const void *other, size_t len)
{
	return secret_is_set(s) && s->len == len &&
	       CRYPTO_memcmp(s->text, other, len) == 0;
}

/* The kernel's own, which OpenSSL takes its from as well: every id needs a few bytes while
 * Slack waits, and this takes a quarter of the time. */
void secret_random(void *dst, size_t n)
{
	unsigned char *p = dst;

	while (n > 0) {
		size_t some = n > GETENTROPY_MAX ? GETENTROPY_MAX : n;

		if (getentropy(p, some) != 0) {
			abort();
		}
		p += some;
		n -= some;
	}
}

/* --- reading ------------------------------------------------------------------- */

/* One newline at the end is an editor's. Any other control character is a mistake, and in
 * a header it would start a line of its own. */
static bool take_text(const char *spec, const char *text, size_t len,
		      struct secret *ret_s, struct fail *f)
{
	if (len > 0 && text[len - 1] == '\n') {
		len -= len > 1 && text[len - 2] == '\r' ? 2 : 1;
	}
	if (len == 0) {
		return fail_set(f, FAIL_NOT_FOUND, "the secret '%s' is empty", spec);
	}
	for (size_t i = 0; i < len; i++) {
		if ((unsigned char)text[i] < 0x20 || text[i] == 0x7f) {
			fail_set(f, FAIL_INVALID,
				 "the secret '%s' has a control character in it", spec);
			return fail_hint(f, "It must be one line, and nothing else.");
		}
	}
	*ret_s = (struct secret){ 0 };
	secret_set(ret_s, text, len);
	return true;
}

static bool is_env_name(const char *s)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";

	return *s && !strchr("0123456789", *s) && s[strspn(s, letters)] == '\0';
}

static bool read_env(const char *spec, const char *name, struct secret *ret_s,
		     struct fail *f)
{
	const char *value;

	if (!is_env_name(name)) {
		/* Somebody may have put the secret where its name belongs. */
		fail_set(f, FAIL_INVALID, "what follows 'env:' is no variable's name");
		return fail_hint(f, "Write \"env:NAME\" and set NAME to the secret.");
	}
	value = getenv(name);
	if (!value) {
		fail_set(f, FAIL_NOT_FOUND, "the environment has no '%s'", name);
		return fail_hint(f, "Set it where accessd is started, such as in the "
				    "unit's EnvironmentFile.");
	}
	return take_text(spec, value, strlen(value), ret_s, f);
}

/* Root may share a file with the group that accessd runs as; nobody else may share. */
static bool check_mode(const struct stat *st, const char *path, struct fail *f)
{
	if (!S_ISREG(st->st_mode)) {
		return fail_set(f, FAIL_INVALID, "'%s' is not a regular file", path);
	}
	if (st->st_mode & S_IRWXO) {
		fail_set(f, FAIL_INVALID, "'%s' is open to others (mode %03o)", path,
			 (unsigned)st->st_mode & 0777u);
		return fail_hint(f, "Run chmod 640 on it (600 if root does not own it).");
	}
	if ((st->st_mode & S_IRWXG) && st->st_uid != 0) {
		fail_set(f, FAIL_INVALID, "'%s' is open to its group (mode %03o)", path,
			 (unsigned)st->st_mode & 0777u);
		return fail_hint(f, "Run chmod 600 on it, or chown it to root.");
	}
	return true;
}

/* The whole of fd into data; false with errno. */
static bool read_all(int fd, char *data, size_t room, size_t *ret_n)
{
	size_t n = 0;

	while (n < room) {
		ssize_t got = read(fd, data + n, room - n);

		if (got < 0 && errno == EINTR) {
			continue;
		}
		if (got < 0) {
			return false;
		}
		if (got == 0) {
			break;
		}
		n += (size_t)got;
	}
	*ret_n = n;
	return true;
}

static bool read_fd(int fd, const char *spec, const char *path, struct secret *ret_s,
		    struct fail *f)
{
	struct stat st;
	size_t n = 0;
	char *data;
	bool ok;

	if (fstat(fd, &st) < 0) {
		return fail_set(f, FAIL_INVALID, "'%s': %s", path, strerror(errno));
	}
	if (!check_mode(&st, path, f)) {
		return false;
	}
	data = malloc(SECRET_MAX + 1);
	if (!data) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!read_all(fd, data, SECRET_MAX + 1, &n)) {
		ok = fail_set(f, FAIL_INVALID, "cannot read '%s': %s", path,
			      strerror(errno));
	} else if (n > SECRET_MAX) {
		ok = fail_set(f, FAIL_INVALID, "'%s' is longer than 64 KiB", path);
	} else {
		ok = take_text(spec, data, n, ret_s, f);
	}
	OPENSSL_cleanse(data, SECRET_MAX + 1);
	free(data);
	return ok;
}

/* O_NONBLOCK, lest a FIFO of that name holds up the start; the mode is checked on what
 * was opened, which cannot be swapped any more. */
static bool read_file(const char *spec, const char *path, struct secret *ret_s,
		      struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool ok;

	if (fd < 0) {
		return fail_set(f, errno == ENOENT ? FAIL_NOT_FOUND : FAIL_INVALID,
				"cannot open '%s': %s", path, strerror(errno));
	}
	ok = read_fd(fd, spec, path, ret_s, f);
	close(fd);
	return ok;
}

bool secret_read(const char *spec, struct secret *ret_s, struct fail *f)
{
	if (!spec || !*spec) {
		return fail_set(f, FAIL_NOT_FOUND, "there is no secret");
	}
	if (strncmp(spec, "env:", 4) == 0) {
		return read_env(spec, spec + 4, ret_s, f);
	}
	if (strncmp(spec, "file:", 5) == 0) {
		return read_file(spec, spec + 5, ret_s, f);
	}
	fail_set(f, FAIL_INVALID, "a secret does not stand in the file itself");
	return fail_hint(f, "Write \"env:NAME\" or \"file:PATH\", and put it there.");
}
