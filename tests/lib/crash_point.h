/* SPDX-License-Identifier: Apache-2.0 */
/* Where a process may die: around the nth commit to its ledger, and around the nth call to the
 * target or to Slack. Needs tests/lib/power.h's ledger and tests/lib/scene_provision.h's world. */
#ifndef TESTS_LIB_CRASH_POINT_H
#define TESTS_LIB_CRASH_POINT_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/lib/scene.h"

struct crash_point {
	const char *name;
	const char *call; /* as world_count() has it; NULL: a commit */
	bool before;      /* the commit; of a call: what is committed after its answer */
	enum world_fault_kind fault; /* until then, of the call */
};

enum { CRASH_POINTS = 11 };

/* Those of commits come first. */
extern const struct crash_point crash_points[CRASH_POINTS];

struct crash {
	const struct crash_point *point;
	unsigned nth;
	bool armed;
	/* By point, how often it was called before it was armed; once it is disarmed:
	 * meanwhile. */
	size_t calls[CRASH_POINTS];
};

/* Not all are, where the target is a program (tests/lib/book.h). */
bool crash_is_possible(const struct crash_point *p);

/* It dies at the nth from now. */
void crash_arm(struct scene *t, struct crash *c);
void crash_disarm(struct scene *t, struct crash *c);

/* Whether it is dead. To be asked at every turn, as it dies of calls in here. */
bool crash_is_dead(struct scene *t, struct crash *c);

#endif
