/* SPDX-License-Identifier: Apache-2.0 */
/* Small things that every part of accessd uses: sizes of identifiers, lists of strings,
 * secrets, and the two macros that C forgot. */
#ifndef ACCESSD_TYPES_H
#define ACCESSD_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define container_of(ptr, type, member) \
	((type *)((uintptr_t)(ptr)-offsetof(type, member)))

/* Sizes are in bytes and count the terminating NUL. A text that does not fit is refused
 * where it enters, never cut silently; title texts of vendors are cut at a code point. */
enum {
	ULID_SIZE = 27,         /* our own ids: 26 characters of Crockford's base 32 */
	VENDOR_ID_SIZE = 64,    /* ids of Slack, incident.io, PagerDuty: opaque text */
	NAME_SIZE = 128,        /* resources, policies, roles, severities */
	TITLE_SIZE = 256,       /* titles of incidents and services */
	EMAIL_SIZE = 256,       /* RFC 5321 allows 254 */
	URL_SIZE = 1024,        /* a URL that we keep, such as Slack's response_url */
	REASON_CHARS_MAX = 500, /* code points in the reason that a person gives */
	REASON_SIZE = 2048,     /* room for these */
	CAUSE_SIZE = 256,       /* one line: why something ended or failed */
	LANE_SIZE = 640, /* what runs in order: a request, or one person at one target */
};

/* A list of strings that its owner frees. */
struct str_list {
	char **items;
	size_t n;
};

struct str_pair {
	char *key;
	char *value;
};

struct str_map {
	struct str_pair *items;
	size_t n;
};

/* Something that nobody may see. Only shared/secret.h looks inside; log, config and error
 * texts never print it. An unset secret has a NULL text. */
struct secret {
	char *text;
	size_t len;
};

#endif
