/* SPDX-License-Identifier: Apache-2.0 */
/* Routes and parameters of the faked REST vendors. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "tests/world/vendor.h"

static bool pattern_matches(const char *pattern, const char *path)
{
	const char *id = strstr(pattern, ":id");
	size_t n = id ? (size_t)(id - pattern) : 0;

	if (!id) {
		return strcmp(pattern, path) == 0;
	}
	return strncmp(pattern, path, n) == 0 && path[n] != '\0' &&
	       !strchr(path + n, '/');
}

const struct rest_route *rest_find(const struct rest_route *routes, size_t n,
				   const char *path)
{
	for (size_t i = 0; i < n; i++) {
		if (pattern_matches(routes[i].pattern, path)) {
			return &routes[i];
		}
	}
	return NULL;
}

void rest_name(const struct rest_route *routes, size_t n, const char *method,
	       const char *path, char *dst, size_t size)
{
	const struct rest_route *r = rest_find(routes, n, path);

	snprintf(dst, size, "%s /%s", method, r ? r->pattern : path);
}

const char *rest_id(const struct call *c)
{
	const char *slash = strrchr(c->path, '/');

	return slash ? slash + 1 : c->path;
}

bool rest_has(const struct call *c, const char *param, const char *value)
{
	char got[256];

	for (size_t i = 0; web_query(c->request->query, param, i, got, sizeof(got));
	     i++) {
		if (strcmp(got, value) == 0) {
			return true;
		}
	}
	return false;
}

bool rest_filter(const struct call *c, const char *param, const char *value)
{
	char got[256];

	return !web_query(c->request->query, param, 0, got, sizeof(got)) ||
	       rest_has(c, param, value);
}

long rest_number(const struct call *c, const char *param, long otherwise)
{
	char got[32];

	if (!web_query(c->request->query, param, 0, got, sizeof(got))) {
		return otherwise;
	}
	return strtol(got, NULL, 10);
}
