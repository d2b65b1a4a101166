/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow up to a cap. There is no default for the cap: whoever makes one decides
 * how much a stranger may make us hold. */
#ifndef SHARED_BUF_H
#define SHARED_BUF_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct buf {
	char *data; /* NUL-terminated once something was added; NULL before */
	size_t len;
	size_t room; /* private */
	size_t max;
	bool over; /* something did not fit: what is here is not the whole */
};

void buf_init(struct buf *b, size_t max);
void buf_finish(struct buf *b); /* leaves it empty and usable; NULL is fine */
void buf_clear(struct buf *b);  /* keeps the memory and the cap */

/* Clear it, and keep its memory only if that is no more than `most`. */
void buf_rest(struct buf *b, size_t most);

/* Have room for n more bytes at once. */
bool buf_reserve(struct buf *b, size_t n);

/* n more bytes, to be written by the caller at once; NULL when they do not fit. */
static inline char *buf_extend(struct buf *b, size_t n)
{
	char *at;

	if ((n >= b->room - b->len || n > b->max - b->len) && !buf_reserve(b, n)) {
		return NULL;
	}
	at = b->data + b->len;
	b->len += n;
	b->data[b->len] = '\0';
	return at;
}

/* False, and `over`, when it would pass the cap (or memory ran out): nothing is added. */
bool buf_add(struct buf *b, const void *data, size_t n);
bool buf_add_str(struct buf *b, const char *s);
static inline bool buf_add_char(struct buf *b, char c)
{
	char *at = buf_extend(b, 1);

	if (at) {
		*at = c;
	}
	return at != NULL;
}
bool buf_add_int(struct buf *b, int64_t n);
bool buf_addf(struct buf *b, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
bool buf_addv(struct buf *b, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));

/* Forget the first n bytes. */
void buf_drop(struct buf *b, size_t n);

/* The text so far, "" when empty. Valid until the next change. */
const char *buf_str(const struct buf *b);

#endif
