/* SPDX-License-Identifier: Apache-2.0 */
/* A block is mapped with all its pages at once: each would cost a fault of its own when it
 * is first written to, and they will all be. */
#include "shared/arena.h"

#include <stdint.h>
#include <sys/mman.h>

enum {
	BLOCK_SIZE = 256 * 1024,
	OWN_SIZE = 32 * 1024, /* from here on a piece gets a block of its own */
	ALIGN = _Alignof(max_align_t),
};

struct arena_block {
	struct arena_block *next;
	size_t size; /* with this head */
	_Alignas(max_align_t) char bytes[];
};

static char *block_add(struct arena *a, size_t n)
{
	size_t size = sizeof(struct arena_block) + n;
	struct arena_block *b;

	if (size < n) {
		return NULL;
	}
	b = mmap(NULL, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
	if (b == MAP_FAILED) {
		return NULL;
	}
	b->size = size;
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
		at = block_add(a, BLOCK_SIZE - sizeof(struct arena_block));
		if (!at) {
			return NULL;
		}
		a->at = at;
		a->left = BLOCK_SIZE - sizeof(struct arena_block);
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
		munmap(b, b->size);
	}
	*a = (struct arena){ 0 };
}
