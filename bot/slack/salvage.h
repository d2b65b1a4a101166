/* SPDX-License-Identifier: Apache-2.0 */
/* What can still be had from what Slack sends when it is not good JSON. Pure. */
#ifndef BOT_SLACK_SALVAGE_H
#define BOT_SLACK_SALVAGE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "shared/buf.h"

/* Append a copy in which U+FFFD stands for all that people can type or clients can send
 * and a strict parser refuses inside of strings: \u0000, lone surrogates, control
 * characters, bytes that are not UTF-8. False: out is full. */
bool salvage_clean(const char *text, size_t n, struct buf *out);

/* The same for plain text, where a NUL and bytes that are not UTF-8 are refused. */
bool salvage_clean_text(const char *text, size_t n, struct buf *out);

/* Parse an object as it is; if that cannot be, parse it cleaned. A new reference, or NULL;
 * f says what was wrong with it as it was. */
json_t *salvage_parse(const char *text, size_t n, struct fail *f);

/* The text of a string member of the outermost object, without looking into the others:
 * it is found in front of a truncated or overly deep payload too. False when it is not
 * there, has escapes, is not UTF-8 or does not fit. */
bool salvage_member(const char *text, size_t n, const char *name, char *dst, size_t size);

#endif
