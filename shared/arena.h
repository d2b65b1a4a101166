/* SPDX-License-Identifier: Apache-2.0 */
/* Memory that is taken piece by piece and given back as a whole. */
#ifndef SHARED_ARENA_H
#define SHARED_ARENA_H

#include <stddef.h>

struct arena_block;

/* All zero is an empty one. */
struct arena {
	struct arena_block *blocks;
	char *at;
	size_t left; /* behind `at` */
};

/* n bytes, not cleared, aligned for anything; NULL when memory ran out. */
void *arena_take(struct arena *a, size_t n);

void arena_finish(struct arena *a); /* leaves it empty and usable */

#endif
