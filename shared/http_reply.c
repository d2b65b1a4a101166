/* SPDX-License-Identifier: Apache-2.0 */
/* Status line, headers, body, and the words for them. */
#include "shared/http_reply.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jansson.h>

/* clang-format off */
static const struct {
	int status;
	const char *reason; /* RFC 9110, 15 */
	const char *code;   /* in our errors */
} statuses[] = {
	{ 100, "Continue",                        "continue" },
	{ 101, "Switching Protocols",             "switching-protocols" },
	{ 200, "OK",                              "ok" },
	{ 201, "Created",                         "created" },
	{ 202, "Accepted",                        "accepted" },
	{ 204, "No Content",                      "no-content" },
	{ 301, "Moved Permanently",               "moved" },
	{ 302, "Found",                           "found" },
	{ 303, "See Other",                       "see-other" },
	{ 304, "Not Modified",                    "not-modified" },
	{ 400, "Bad Request",                     "bad-request" },
	{ 401, "Unauthorized",                    "unauthorized" },
	{ 403, "Forbidden",                       "forbidden" },
	{ 404, "Not Found",                       "not-found" },
	{ 405, "Method Not Allowed",              "method-not-allowed" },
	{ 406, "Not Acceptable",                  "not-acceptable" },
	{ 408, "Request Timeout",                 "request-timeout" },
	{ 409, "Conflict",                        "conflict" },
	{ 410, "Gone",                            "gone" },
	{ 411, "Length Required",                 "length-required" },
	{ 413, "Content Too Large",               "body-too-large" },
	{ 415, "Unsupported Media Type",          "unsupported-media-type" },
	{ 417, "Expectation Failed",              "expectation-failed" },
	{ 422, "Unprocessable Content",           "unprocessable" },
	{ 429, "Too Many Requests",               "too-many-requests" },
	{ 431, "Request Header Fields Too Large", "headers-too-large" },
	{ 500, "Internal Server Error",           "internal" },
	{ 501, "Not Implemented",                 "not-implemented" },
	{ 502, "Bad Gateway",                     "bad-gateway" },
	{ 503, "Service Unavailable",             "unavailable" },
	{ 504, "Gateway Timeout",                 "gateway-timeout" },
	{ 505, "HTTP Version Not Supported",      "version-not-supported" },
};
/* clang-format on */

static size_t status_find(int status)
{
	size_t n = sizeof(statuses) / sizeof(statuses[0]);
	size_t i = 0;

	while (i < n - 1 && statuses[i].status != status) {
		i++;
	}
	return i;
}

const char *http_reply_code(int status)
{
	return statuses[status_find(status)].code;
}

static const char *reason(int status)
{
	size_t i = status_find(status);

	/* "The reason phrase is optional"; the space before it is not. */
	return statuses[i].status == status ? statuses[i].reason : "";
}

static void date_add(struct buf *out, int64_t wall_ms)
{
	time_t s = (time_t)(wall_ms / 1000);
	struct tm tm;
	char text[40];

	/* Ours is the C locale: these are English names. */
	if (gmtime_r(&s, &tm) &&
	    strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &tm) > 0) {
		buf_addf(out, "Date: %s\r\n", text);
	}
}

static void headers_add(struct buf *out, const char *const *headers)
{
	for (; headers && *headers; headers++) {
		if (!strpbrk(*headers, "\r\n")) {
			buf_addf(out, "%s\r\n", *headers);
		}
	}
}

bool http_reply_format(struct buf *out, const struct http_reply *r)
{
	/* RFC 9110 8.6: "A server MUST NOT send a Content-Length header field in any
	 * response with a status code of 1xx (Informational) or 204 (No Content)." */
	bool bare = r->status < 200 || r->status == 204 || r->status == 304;

	buf_addf(out, "HTTP/1.1 %d %s\r\n", r->status, reason(r->status));
	date_add(out, r->wall_ms);
	if (r->content_type && !bare && !strpbrk(r->content_type, "\r\n")) {
		buf_addf(out, "Content-Type: %s\r\n", r->content_type);
	}
	if (!bare) {
		buf_addf(out, "Content-Length: %zu\r\n", r->body_len);
	}
	headers_add(out, r->headers);
	if (r->close) {
		buf_add_str(out, "Connection: close\r\n");
	}
	buf_add_str(out, "\r\n");
	if (!bare && !r->head && r->body_len > 0) {
		buf_add(out, r->body, r->body_len);
	}
	return !out->over;
}

void http_reply_error_body(struct buf *out, const char *code, const char *message,
			   const char *id)
{
	json_auto_t *error = json_object();
	json_auto_t *whole = json_object();
	char *text;

	json_object_set_new(error, "code", json_string(code));
	json_object_set_new(error, "message", json_string(message));
	json_object_set_new(error, "id", json_string(id));
	json_object_set(whole, "error", error);
	text = json_dumps(whole, JSON_COMPACT);
	if (text) {
		buf_add_str(out, text);
		buf_add_char(out, '\n');
		free(text);
	}
}
