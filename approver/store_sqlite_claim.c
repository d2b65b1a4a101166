/* SPDX-License-Identifier: Apache-2.0 */
/* One service at a time on an embedded ledger: two would both send what is unsent, and
 * each would know half of what is being decided.
 *
 * The lock is on a file of its own beside the ledger. Not on the ledger itself: SQLite's
 * locks on that are POSIX ones, and "if a process closes any file descriptor referring to
 * a file, all of the process's locks on that file are released". The kernel gives the
 * lock up when the process ends, however it ends; the file stays, as to delete it would
 * let two processes each lock one of that name. */
#include "approver/store_sqlite.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

/* By whatever name the ledger is called, it is the same file: links are followed. */
static bool lock_path(const char *where, char ret_path[PATH_MAX + 8])
{
	char real[PATH_MAX];
	char *dir = strdup(where);
	char *name = strdup(where);
	bool ok = dir && name;

	if (ok && realpath(where, real)) {
		snprintf(ret_path, PATH_MAX + 8, "%s.lock", real);
	} else if (ok && realpath(dirname(dir), real)) {
		int n = snprintf(ret_path, PATH_MAX + 8, "%s/%s.lock", real,
				 basename(name));

		ok = n < PATH_MAX + 8;
	} else {
		ok = false;
	}
	free(dir);
	free(name);
	return ok;
}

static bool cannot_make(const char *why, struct fail *f)
{
	fail_set(f, FAIL_LEDGER, "cannot open or make its lock file: %s", why);
	return fail_hint(f, "the directory must exist, and with the file belong to the "
			    "user that runs accessd.");
}

/* For the operator only: what the file says decides nothing. */
static void say_who(int fd)
{
	char text[24];
	int n = snprintf(text, sizeof(text), "%ld\n", (long)getpid());

	if (ftruncate(fd, 0) == 0 && pwrite(fd, text, (size_t)n, 0) < 0) {
		return; /* a full disk: the lock holds all the same */
	}
}

static bool is_taken(int fd, struct fail *f)
{
	char text[24] = "";
	ssize_t n = pread(fd, text, sizeof(text) - 1, 0);

	text[n > 0 ? strspn(text, "0123456789") : 0] = '\0';
	fail_set(f, FAIL_LEDGER, "another accessd serves from it%s%s%s",
		 text[0] ? " (process " : "", text, text[0] ? ")" : "");
	return fail_hint(f, "stop that one first, or give this one a ledger of its own.");
}

bool sqlite_claim(const char *where, int *ret_fd, struct fail *f)
{
	char path[PATH_MAX + 8];
	int fd;

	if (where[0] == '\0' || strcmp(where, ":memory:") == 0) {
		*ret_fd = -1; /* open() says what is wrong with it */
		return true;
	}
	if (!lock_path(where, path)) {
		return cannot_make(strerror(errno), f);
	}
	fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, 0600);
	if (fd < 0) {
		return cannot_make(strerror(errno), f);
	}
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		bool taken = errno == EWOULDBLOCK;
		const char *why = strerror(errno);

		taken ? is_taken(fd, f) : cannot_make(why, f);
		close(fd);
		return false;
	}
	say_who(fd);
	*ret_fd = fd;
	return true;
}
