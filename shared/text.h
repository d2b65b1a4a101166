/* SPDX-License-Identifier: Apache-2.0 */
/* Text as strangers send it: UTF-8 checks, cutting at code points, comparing as the
 * vendors' rules say, globs, and the nearest of a list of names. Pure. */
#ifndef SHARED_TEXT_H
#define SHARED_TEXT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/types.h"

/* Copy s into dst, cut at a code point when it does not fit, always NUL-terminated.
 * Returns false when it was cut. s NULL is "". */
bool text_copy(char *dst, size_t size, const char *s);
bool text_copy_n(char *dst, size_t size, const char *s, size_t n);

bool text_is_utf8(const char *s, size_t n);

/* How many code points a valid UTF-8 string has. */
size_t text_chars(const char *s);

/* The byte length of the first `chars` code points of s (or of all of it). */
size_t text_cut(const char *s, size_t chars);

/* The code point at *s, and *s moved past it; U+FFFD and one byte for what is not UTF-8.
 * 0 at the end. */
uint32_t text_next(const char **s);

/* Append code point c to dst, which has `room` bytes; returns how many it took, 0:
 * none. */
size_t text_put(char *dst, size_t room, uint32_t c);

/* The decimal digits of n, behind a minus if need be, into dst, NUL-terminated; returns how
 * many bytes, without the NUL. */
enum { TEXT_INT_SIZE = 21 };
size_t text_put_int(char dst[TEXT_INT_SIZE], int64_t n);

/* Whether both are set, not "", and equal. Absent never equals absent: an unassigned role
 * has no e-mail, and so have many requesters. */
bool text_same(const char *a, const char *b);

/* The same, and ASCII letters in either case match: e-mail addresses. */
bool text_same_nocase(const char *a, const char *b);

/* s without white space at either end, copied into dst. */
bool text_trim(char *dst, size_t size, const char *s);

/* Does the name match a glob with * and ?, as a whole? Linear in both. */
bool text_glob(const char *glob, const char *name);

/* The Levenshtein distance, at most `cap`, of two short names. */
size_t text_distance(const char *a, const char *b, size_t cap);

/* Whether a resource may be called this: [a-z0-9][a-z0-9._-]{0,126}. */
bool text_is_name(const char *s);

/* `Retry-After` in its three forms: seconds, an HTTP date (IMF-fixdate, RFC 850, asctime;
 * zone GMT or UTC), RFC 3339. Seconds from now_ms on, clamped to 1..max_s; 0 when it is
 * not readable or absent (NULL). */
uint32_t text_retry_after_s(const char *value, int64_t now_ms, uint32_t max_s);

/* RFC 3339 with any fraction and offset -> milliseconds since 1970. False when it is
 * not. */
bool text_parse_time(const char *s, int64_t *ret_ms);

/* Milliseconds since 1970 -> "2026-01-15T09:31:02.417Z". */
enum { TIME_SIZE = 32 };
void text_format_time(int64_t ms, char dst[TIME_SIZE]);

#endif
