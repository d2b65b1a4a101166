/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets: where they come from, how they are compared, how they go. Knows OpenSSL. */
#ifndef SHARED_SECRET_H
#define SHARED_SECRET_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "accessd/types.h"

/* Read "env:NAME" or "file:PATH" (mode checked: readable by group only if root owns it,
 * never by others; at most 64 KiB; one trailing newline dropped). Anything else is
 * refused without repeating it: it may be the secret itself. An empty or unset secret is
 * FAIL_NOT_FOUND. */
bool secret_read(const char *spec, struct secret *ret_s, struct fail *f);

void secret_set(struct secret *s, const char *text, size_t len);
void secret_finish(struct secret *s); /* erases it; NULL and unset are fine */
bool secret_is_set(const struct secret *s);

/* Whether the config names it: set, or not read because nobody wanted it read. */
bool secret_is_named(const struct secret *s);

/* The text, for the one place that sends it. Never log it. "" when unset. */
const char *secret_text(const struct secret *s);

/* In constant time. Two unset secrets are not equal. */
bool secret_equal(const struct secret *s, const void *other, size_t len);

/* Fill dst with random bytes. Aborts when the system has none: nothing is safe then. */
void secret_random(void *dst, size_t n);

#endif
