/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/small_disk.h"

#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/lib/test.h"

static void write_to(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);

	if (fd >= 0) {
		assert_true(write(fd, text, strlen(text)) >= 0);
		close(fd);
	}
}

/* Who is not root here is root in a world of their own. */
static bool become_root(void)
{
	char map[64];
	uid_t uid = geteuid();
	gid_t gid = getegid();

	if (unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0) {
		return false;
	}
	write_to("/proc/self/setgroups", "deny");
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)uid);
	write_to("/proc/self/uid_map", map);
	snprintf(map, sizeof(map), "0 %u 1", (unsigned)gid);
	write_to("/proc/self/gid_map", map);
	return true;
}

bool small_disk_allowed(void)
{
	return (unshare(CLONE_NEWNS) == 0 || become_root()) &&
	       mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0;
}

void small_disk_mount(const char *dir, size_t bytes)
{
	char options[64];

	snprintf(options, sizeof(options), "mode=0755,size=%zu", bytes);
	assert_int_equal(mount("small", dir, "tmpfs", 0, options), 0);
}

void small_disk_unmount(const char *dir)
{
	assert_int_equal(umount2(dir, MNT_DETACH), 0);
}

static void filler(const char *dir, char *path, size_t size)
{
	snprintf(path, size, "%s/filler", dir);
}

void small_disk_fill(const char *dir)
{
	static const char block[1 << 16];
	char path[160];
	int fd;

	filler(dir, path, sizeof(path));
	fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	assert_true(fd >= 0);
	for (size_t n = sizeof(block); n > 0;) {
		n = write(fd, block, n) > 0 ? n : n / 2;
	}
	close(fd);
}

void small_disk_make_room(const char *dir)
{
	char path[160];

	filler(dir, path, sizeof(path));
	assert_int_equal(unlink(path), 0);
}
