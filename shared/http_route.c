/* SPDX-License-Identifier: Apache-2.0 */
/* A table and a loop. */
#include "shared/http_route.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

static bool path_match(const char *pattern, const char *path)
{
	size_t n = strlen(pattern);

	if (strcmp(path, "*") == 0) {
		return true; /* OPTIONS for the server as a whole */
	}
	if (n > 0 && pattern[n - 1] == '*') {
		return strncmp(pattern, path, n - 1) == 0;
	}
	return strcmp(pattern, path) == 0;
}

static void allow_add(char allow[HTTP_ALLOW_SIZE], const char *method)
{
	size_t len = strlen(allow);

	if (!strstr(allow, method)) {
		snprintf(allow + len, HTTP_ALLOW_SIZE - len, "%s, ", method);
	}
}

enum http_route_result http_route_find(const struct http_route *routes, size_t n,
				       const char *method, const char *path,
				       const struct http_route **ret_route,
				       char allow[HTTP_ALLOW_SIZE])
{
	/* RFC 9110 9.3.2: HEAD is GET without the body. */
	const char *wanted = strcmp(method, "HEAD") == 0 ? "GET" : method;
	bool known = strcmp(path, "*") == 0;

	snprintf(allow, HTTP_ALLOW_SIZE, "Allow: ");
	for (size_t i = 0; i < n; i++) {
		if (!path_match(routes[i].path, path)) {
			continue;
		}
		if (strcmp(routes[i].method, wanted) == 0) {
			*ret_route = &routes[i];
			return HTTP_ROUTE_FOUND;
		}
		known = true;
		allow_add(allow, routes[i].method);
		if (strcmp(routes[i].method, "GET") == 0) {
			allow_add(allow, "HEAD");
		}
	}
	if (!known) {
		return HTTP_ROUTE_NO_PATH;
	}
	snprintf(allow + strlen(allow), HTTP_ALLOW_SIZE - strlen(allow), "OPTIONS");
	return strcmp(method, "OPTIONS") == 0 ? HTTP_ROUTE_OPTIONS : HTTP_ROUTE_NO_METHOD;
}
