/* SPDX-License-Identifier: Apache-2.0 */
/* Text that is safe on a terminal. */
#include "bot/cli/plain.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>

#include "accessd/types.h"
#include "shared/text.h"

/* Ranges, in order: controls, invisible ones, directions, separators, tags. */
static const struct {
	uint32_t first, last;
} hostile[] = {
	{ 0x00, 0x1f },       { 0x7f, 0x9f },     { 0xad, 0xad },     { 0x34f, 0x34f },
	{ 0x61c, 0x61c },     { 0x180e, 0x180e }, { 0x200b, 0x200f }, { 0x2028, 0x202e },
	{ 0x2060, 0x206f },   { 0xfe00, 0xfe0f }, { 0xfeff, 0xfeff }, { 0xfff9, 0xfffb },
	{ 0xe0000, 0xe0fff },
};

static bool is_hostile(uint32_t c)
{
	for (size_t i = 0; i < ARRAY_LEN(hostile) && c >= hostile[i].first; i++) {
		if (c <= hostile[i].last) {
			return true;
		}
	}
	return false;
}

size_t plain_add(struct buf *out, const char *s)
{
	size_t columns = 0;

	while (*s) {
		uint32_t c = text_next(&s);
		char utf8[4];
		size_t before = out->len;

		if (is_hostile(c)) {
			buf_addf(out, "\\u{%" PRIx32 "}", c);
			columns += out->len - before;
		} else {
			buf_add(out, utf8, text_put(utf8, sizeof(utf8), c));
			columns++;
		}
	}
	return columns;
}
