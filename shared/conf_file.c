/* SPDX-License-Identifier: Apache-2.0 */
/* Getting a config's text out of its file. */
#include "shared/conf.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/conf_value.h"

enum { FILE_MAX = 1024 * 1024 };

/* The whole file in *text. */
static bool read_fd(int fd, struct buf *text, struct fail *f)
{
	char part[8192];
	struct stat st;
	ssize_t n;

	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode)) {
		return fail_set(f, FAIL_INVALID, "not a regular file");
	}
	for (;;) {
		n = read(fd, part, sizeof(part));
		if (n < 0 && errno == EINTR) {
			continue;
		}
		if (n <= 0) {
			break;
		}
		if (!buf_add(text, part, (size_t)n)) {
			return fail_set(f, FAIL_INVALID, "longer than 1 MiB");
		}
	}
	if (n < 0) {
		return fail_set(f, FAIL_INVALID, "%s", strerror(errno));
	}
	return text->len == strlen(buf_str(text)) ||
	       fail_set(f, FAIL_INVALID, "it has a NUL in it");
}

static bool read_file(const char *path, struct buf *text, struct fail *f)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	bool ok;

	if (fd < 0) {
		return fail_set(f, errno == ENOENT ? FAIL_NOT_FOUND : FAIL_INVALID, "%s",
				strerror(errno));
	}
	ok = read_fd(fd, text, f);
	close(fd);
	return ok;
}

static bool read_whole(const char *path, struct buf *text, const char **ret_name,
		       struct fail *f)
{
	const char *slash = strrchr(path, '/');

	*ret_name = slash ? slash + 1 : path;
	buf_init(text, FILE_MAX);
	return read_file(path, text, f) ||
	       fail_wrap(f, "cannot read the config '%.150s'", path);
}

bool conf_read(const char *path, const struct conf_table *t, bool secrets, void *ret,
	       struct fail *f)
{
	struct buf text;
	const char *name;
	bool ok;

	if (!path) {
		conf_defaults(t, ret);
		return true;
	}
	ok = read_whole(path, &text, &name, f) &&
	     conf_read_text(buf_str(&text), name, t, secrets, ret, f);
	buf_finish(&text);
	return ok;
}

bool conf_each_unread(const char *path, const struct conf_table *t, conf_unread_fn *fn,
		      void *data, struct fail *f)
{
	struct buf text;
	const char *name;
	bool ok = read_whole(path, &text, &name, f) &&
		  conf_each_unread_text(buf_str(&text), name, t, fn, data, f);

	buf_finish(&text);
	return ok;
}
