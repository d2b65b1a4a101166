/* SPDX-License-Identifier: Apache-2.0 */
/* What went wrong: a kind for programs, a message that grows on the way up, and a hint.
 *
 * A function that can fail returns bool and takes `struct fail *f` last. It writes *f on
 * failure only, and its ret_ parameters on success only. */
#ifndef ACCESSD_FAIL_H
#define ACCESSD_FAIL_H

#include <stdbool.h>
#include <stdint.h>

/* One line per kind: the symbol, the word used in logs, metrics and JSON, and whether
 * trying the same call again can help. */
/* clang-format off */
#define FAIL_KINDS(X)                             \
	X(FAIL_NONE,      "ok",        false)     \
	X(FAIL_INVALID,   "invalid",   false)     \
	X(FAIL_DENIED,    "denied",    false)     \
	X(FAIL_NOT_FOUND, "not-found", false)     \
	X(FAIL_BUSY,      "busy",      true)      \
	X(FAIL_CANCELLED, "cancelled", false)     \
	X(FAIL_TIMEOUT,   "timeout",   true)      \
	X(FAIL_UNCERTAIN, "uncertain", false)     \
	X(FAIL_UPSTREAM,  "upstream",  true)      \
	X(FAIL_CONFLICT,  "conflict",  false)     \
	X(FAIL_LEDGER,    "ledger",    true)      \
	X(FAIL_INTERNAL,  "internal",  false)
/* clang-format on */

enum fail_kind {
#define FAIL_ENUM(symbol, word, again) symbol,
	FAIL_KINDS(FAIL_ENUM)
#undef FAIL_ENUM
		FAIL_MAX
};

struct fail {
	enum fail_kind kind;
	uint32_t retry_after_s; /* what the other side asked us to wait, or 0 */
	char msg[256];          /* what went wrong, outermost step first */
	char hint[160];         /* what the operator can do about it, or "" */
};

/* All three return false, so that a function can end with its failure. A message that is
 * too long is cut at a code point. f may be NULL: the caller does not want to know. */

/* Start a failure; an earlier one in *f is forgotten. */
bool fail_set(struct fail *f, enum fail_kind kind, const char *fmt, ...)
	__attribute__((format(printf, 3, 4)));

/* Put the step under way in front: "open the ledger" + ": " + what was there. */
bool fail_wrap(struct fail *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* Say what can be done about it: a whole sentence, with its full stop. */
bool fail_hint(struct fail *f, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The word for a kind, such as "timeout". Never NULL. */
const char *fail_word(enum fail_kind kind);

/* Whether the same call can succeed when it is made again. */
bool fail_retryable(enum fail_kind kind);

#endif
