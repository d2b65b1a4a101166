/* SPDX-License-Identifier: Apache-2.0 */
#include "shared/arena.h"

#include <stdint.h>
#include <stdlib.h>

enum {
	BLOCK_SIZE = 256 * 1024,
	OWN_SIZE = 32 * 1024, /* from here on a piece gets a block of its own */
	ALIGN = _Alignof(max_align_t),
};

struct arena_block {
	struct arena_block *next;
	_Alignas(max_align_t) char bytes[];
};

static char *block_add(struct arena *a, size_t n)
{
	struct arena_block *b = n < SIZE_MAX - sizeof(*b) ? malloc(sizeof(*b) + n) : NULL;

	if (!b) {
		return NULL;
	}
	b->next = a->blocks;
	a->blocks = b;
	return b->bytes;
}

void *arena_take(struct arena *a, size_t n)
{
	size_t whole = n <= OWN_SIZE ? (n + ALIGN - 1) / ALIGN * ALIGN : n;
	char *at;

	if (whole > OWN_SIZE) {
		return block_add(a, n);
	}
	if (whole > a->left) {
		at = block_add(a, BLOCK_SIZE);
		if (!at) {
			return NULL;
		}
		a->at = at;
		a->left = BLOCK_SIZE;
	}
	at = a->at;
	a->at += whole;
	a->left -= whole;
	return at;
}

void arena_finish(struct arena *a)
{
	while (a->blocks) {
		struct arena_block *b = a->blocks;

		a->blocks = b->next;
		free(b);
	}
	*a = (struct arena){ 0 };
}
