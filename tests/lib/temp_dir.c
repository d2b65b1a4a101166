/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own. */
#include "tests/lib/temp_dir.h"

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* In memory where there is such a place: nothing here outlives its test, and many files
 * that are synced make a slow suite. */
void temp_dir_make(struct temp_dir *d)
{
	const char *where = access("/dev/shm", W_OK) == 0 ? "/dev/shm" : "/tmp";

	snprintf(d->path, sizeof(d->path), "%s/accessd-test-XXXXXX", where);
	if (!mkdtemp(d->path)) {
		perror(d->path);
		abort();
	}
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	(void)st;
	(void)type;
	(void)ftw;
	return remove(path);
}

void temp_dir_remove(struct temp_dir *d)
{
	chmod(d->path, 0700);
	nftw(d->path, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

const char *temp_dir_file(const struct temp_dir *d, const char *name)
{
	static char paths[4][160];
	static unsigned next;
	char *path = paths[next++ % 4];

	snprintf(path, sizeof(paths[0]), "%s/%s", d->path, name);
	return path;
}
