/* SPDX-License-Identifier: Apache-2.0 */
/* One telling of a story, to its end or until the process dies; the next life goes on where
 * it was. For tests/lib/sweep.c, which says what must hold then. */
#ifndef TESTS_LIB_TELLING_H
#define TESTS_LIB_TELLING_H

#include "tests/lib/crash_point.h"
#include "tests/lib/sweep.h"

enum { TELLING_OUTCOMES = 5 };

struct telling {
	const struct plot *plot;
	struct crash crash;
	bool asked, ended, put_back;     /* what people do is done */
	struct world_envelope *extended; /* likewise */
	unsigned falls;
	size_t doubtful[TELLING_OUTCOMES]; /* Slack had it so often, the ledger not */
	struct world_incident *incident;
};

/* To its end, or until it dies; the second time anywhere from its start on. */
void tell(struct scene *t, struct telling *x);

/* How many have access at the target, and until when the first of them, by what it was told;
 * 0: nobody has, or it was not told. */
size_t telling_held(struct scene *t);
int64_t telling_held_until_ms(struct scene *t);

/* Nobody has access without a grant that is alive, but by hand. */
void telling_check_access(struct scene *t, const struct telling *x);

#endif
