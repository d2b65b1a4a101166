/* SPDX-License-Identifier: Apache-2.0 */
/* Failures: how a message is started, wrapped on the way up, and given a hint. */
#include "accessd/fail.h"

#include <stdarg.h>
#include <stdio.h>

#include "accessd/types.h"
#include "shared/text.h"

/* Room for a new message and the old one behind it, before they are cut. */
enum { DRAFT_SIZE = 2 * sizeof(((struct fail *)0)->msg) + sizeof(": ") };

static const struct {
	const char *word;
	bool again;
} kinds[] = {
#define FAIL_ROW(symbol, word, again) [symbol] = { word, again },
	FAIL_KINDS(FAIL_ROW)
#undef FAIL_ROW
};

/* The arguments may point into the failure itself, hence the drafts. */
static __attribute__((format(printf, 2, 0))) void draft(char dst[DRAFT_SIZE],
							const char *fmt, va_list ap)
{
	if (vsnprintf(dst, DRAFT_SIZE, fmt, ap) < 0) {
		text_copy(dst, DRAFT_SIZE, fmt);
	}
}

bool fail_set(struct fail *f, enum fail_kind kind, const char *fmt, ...)
{
	char text[DRAFT_SIZE];
	va_list ap;

	if (!f) {
		return false;
	}
	va_start(ap, fmt);
	draft(text, fmt, ap);
	va_end(ap);
	*f = (struct fail){ .kind = kind };
	text_copy(f->msg, sizeof(f->msg), text);
	return false;
}

bool fail_wrap(struct fail *f, const char *fmt, ...)
{
	char text[DRAFT_SIZE];
	char msg[DRAFT_SIZE];
	va_list ap;

	if (!f) {
		return false;
	}
	va_start(ap, fmt);
	draft(text, fmt, ap);
	va_end(ap);
	/* The step is cut first, else it could push the reason out altogether. */
	text_copy(msg, sizeof(f->msg) - sizeof(": "), text);
	if (snprintf(text, sizeof(text), "%s: %s", msg, f->msg) > 0) {
		text_copy(f->msg, sizeof(f->msg), text);
	}
	return false;
}

bool fail_hint(struct fail *f, const char *fmt, ...)
{
	char text[DRAFT_SIZE];
	va_list ap;

	if (!f) {
		return false;
	}
	va_start(ap, fmt);
	draft(text, fmt, ap);
	va_end(ap);
	text_copy(f->hint, sizeof(f->hint), text);
	return false;
}

const char *fail_word(enum fail_kind kind)
{
	return (size_t)kind < ARRAY_LEN(kinds) ? kinds[kind].word : "unknown";
}

bool fail_retryable(enum fail_kind kind)
{
	return (size_t)kind < ARRAY_LEN(kinds) && kinds[kind].again;
}
