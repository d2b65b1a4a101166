/* SPDX-License-Identifier: Apache-2.0 */
/* The sweep: the process dies at any step of a story, and the next one carries on with what
 * was on disk. What counts is what the world sees: nobody has access without a grant that is
 * alive, everything is decided once and has its end. All is said once; but what Slack has
 * taken without our having recorded it once more, as nobody can know. */
#ifndef TESTS_LIB_SWEEP_H
#define TESTS_LIB_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/lib/scene.h"

/* On the way to what it dies. */
enum stage { TO_DECISION, TO_EXTENSION, TO_END, TO_FINDING };

/* Who asks for what, and how it ends: `ends` types `how`, the incident is over, or the time
 * is up. */
struct plot {
	const char *asks, *what;
	int64_t for_ms; /* in all */
	enum stage dies;
	const char *extends; /* they type that, once they have it; or NULL */
	const char *ends, *how;
	bool resolved;
	const char
		*cause; /* of the end, as the ledger has it; NULL: nothing is granted */
	bool put_back;  /* somebody gives it once more by hand, and that is found */
	const char *actions; /* of the target, as the config has them; or NULL */
};

/* The stories, by what they are about: first and last of each. */
enum {
	SWEEP_GRANT,
	SWEEP_GRANT_LAST,
	SWEEP_DENIAL,
	SWEEP_EXTENSION,
	SWEEP_EXTENSION_LAST,
	SWEEP_EXPIRY,
	SWEEP_EXPIRY_LAST,
	SWEEP_RELEASE,
	SWEEP_RELEASE_LAST,
	SWEEP_REVOCATION,
	SWEEP_REVOCATION_LAST,
	SWEEP_INCIDENT,
	SWEEP_INCIDENT_LAST,
	SWEEP_INVENTORY, /* of a program only */
	SWEEP_PLOTS
};

extern const struct plot sweep_plots[SWEEP_PLOTS];

/* Dead at each of its steps, the stories from ... to; the second: and once more at some step
 * of the recovery. */
void sweep_once(struct scene *t, size_t from, size_t to);
void sweep_twice(struct scene *t, size_t from, size_t to);

/* For cmocka. The target is Indent's integration, or a program (tests/lib/book.h). */
int sweep_setup(void **state);
int sweep_setup_program(void **state);
int sweep_teardown(void **state);

#endif
