/* SPDX-License-Identifier: Apache-2.0 */
/* Which ledger a url means: its driver by the scheme, and where it is by the rest. */
#include "accessd/store.h"

#include <string.h>

#include "approver/reader.h"

/* One file each, and one line here. The last place is for a test's. */
extern const struct store_driver store_memory;
extern const struct store_driver store_sqlite;

static const struct store_driver *drivers[] = { &store_memory, &store_sqlite, NULL };

void store_driver_use(const struct store_driver *driver)
{
	drivers[ARRAY_LEN(drivers) - 1] = driver;
}

static const struct store_driver *driver_find(const char *scheme, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(drivers); i++) {
		const struct store_driver *d = drivers[i];

		if (d && strlen(d->scheme) == len &&
		    memcmp(d->scheme, scheme, len) == 0) {
			return d;
		}
	}
	return NULL;
}

const struct store_driver *store_driver_find(const char *url, const char **ret_where,
					     struct fail *f)
{
	size_t len = strcspn(url, ":");
	const struct store_driver *d = url[len] == ':' ? driver_find(url, len) : NULL;

	if (d) {
		*ret_where = url + len + 1;
		return d;
	}
	/* Not the whole of it: a url may hold a password. */
	fail_set(f, FAIL_INVALID,
		 "cannot open the ledger: no kind of ledger is called '%.*s'",
		 len < 32 ? (int)len : 32, url);
	fail_hint(f,
		  "write sqlite: and a path, such as sqlite:/var/lib/accessd/ledger.db.");
	return NULL;
}

bool store_open(const char *url, struct loop *l, struct metrics *metrics,
		struct store **ret_s, struct fail *f)
{
	const char *where;
	const struct store_driver *d = store_driver_find(url, &where, f);

	return d && store_open_driver(d, where, l, metrics, ret_s, f);
}

bool store_claim(const char *url, int *ret_fd, struct fail *f)
{
	const char *where;
	const struct store_driver *d = store_driver_find(url, &where, f);

	if (!d) {
		return false;
	}
	if (!d->claim) {
		*ret_fd = -1;
		return true;
	}
	return d->claim(where, ret_fd, f) ||
	       fail_wrap(f, "cannot open the ledger '%s:%s'", d->scheme, where);
}
