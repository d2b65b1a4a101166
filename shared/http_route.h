/* SPDX-License-Identifier: Apache-2.0 */
/* Which handler a request is for, and what it could have asked instead. Pure. Only
 * shared/http_conn.c uses it. */
#ifndef SHARED_HTTP_ROUTE_H
#define SHARED_HTTP_ROUTE_H

#include <stddef.h>

#include "shared/http_server.h"

enum http_route_result {
	HTTP_ROUTE_FOUND,
	HTTP_ROUTE_OPTIONS,   /* answer with Allow */
	HTTP_ROUTE_NO_METHOD, /* 405, with Allow */
	HTTP_ROUTE_NO_PATH    /* 404 */
};

enum { HTTP_ALLOW_SIZE = 128 };

/* ret_route is set when FOUND; allow, "Allow: GET, HEAD, OPTIONS", when it is to be
 * sent. */
enum http_route_result http_route_find(const struct http_route *routes, size_t n,
				       const char *method, const char *path,
				       const struct http_route **ret_route,
				       char allow[HTTP_ALLOW_SIZE]);

#endif
