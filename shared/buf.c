/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes that grow up to a cap. */
#include "shared/buf.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { FIRST_ROOM = 64 };

void buf_init(struct buf *b, size_t max)
{
	*b = (struct buf){ .max = max };
}

void buf_finish(struct buf *b)
{
	if (!b) {
		return;
	}
	free(b->data);
	buf_init(b, b->max);
}

void buf_clear(struct buf *b)
{
	b->len = 0;
	b->over = false;
	if (b->data) {
		b->data[0] = '\0';
	}
}

void buf_rest(struct buf *b, size_t most)
{
	if (b->room > most) {
		buf_finish(b);
	} else {
		buf_clear(b);
	}
}

/* By half as much again at least; and for what comes in one piece, by no more than it
 * needs: malloc() has to look for pieces of 1 KB and more, and tidies up before it does. */
static bool grow(struct buf *b, size_t need)
{
	size_t room = b->room > SIZE_MAX / 2 ? need : b->room + b->room / 2;
	char *data;

	room = room > need ? room : need;
	room = room > FIRST_ROOM ? room : FIRST_ROOM;
	data = realloc(b->data, room);
	if (!data) {
		return false;
	}
	b->data = data;
	b->room = room;
	return true;
}

/* `n < SIZE_MAX - len` cannot be false for what fits into an address space, but a cap of
 * SIZE_MAX is allowed, and the NUL needs its place. */
static bool fits(const struct buf *b, size_t n)
{
	return n <= b->max - b->len && n < SIZE_MAX - b->len;
}

/* Make place for n more bytes and the NUL behind them. */
static inline bool reserve(struct buf *b, size_t n)
{
	return fits(b, n) && (n < b->room - b->len || grow(b, b->len + n + 1));
}

bool buf_reserve(struct buf *b, size_t n)
{
	if (!reserve(b, n)) {
		b->over = true;
		return false;
	}
	b->data[b->len] = '\0';
	return true;
}

bool buf_add(struct buf *b, const void *data, size_t n)
{
	char *at = buf_extend(b, n);

	if (at && n > 0) {
		memcpy(at, data, n);
	}
	return at != NULL;
}

bool buf_add_str(struct buf *b, const char *s)
{
	return buf_add(b, s, strlen(s));
}

bool buf_add_int(struct buf *b, int64_t n)
{
	char digits[TEXT_INT_SIZE];

	return buf_add(b, digits, text_put_int(digits, n));
}

bool buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list ap;
	bool ok;

	va_start(ap, fmt);
	ok = buf_addv(b, fmt, ap);
	va_end(ap);
	return ok;
}

/* Mostly there is room for it already: then once is enough. */
bool buf_addv(struct buf *b, const char *fmt, va_list ap)
{
	size_t room = b->room - b->len;
	va_list twice;
	int n;

	va_copy(twice, ap);
	n = vsnprintf(room > 0 ? b->data + b->len : NULL, room, fmt, twice);
	va_end(twice);
	if (n < 0 || !reserve(b, (size_t)n)) {
		b->over = true;
		if (b->data) {
			b->data[b->len] = '\0';
		}
		return false;
	}
	if ((size_t)n >= room) {
		vsnprintf(b->data + b->len, (size_t)n + 1, fmt, ap);
	}
	b->len += (size_t)n;
	return true;
}

void buf_drop(struct buf *b, size_t n)
{
	if (n >= b->len) {
		b->len = 0;
	} else {
		b->len -= n;
		memmove(b->data, b->data + n, b->len);
	}
	if (b->data) {
		b->data[b->len] = '\0';
	}
}

const char *buf_str(const struct buf *b)
{
	return b->data ? b->data : "";
}
