/* SPDX-License-Identifier: Apache-2.0 */
/* A story in a row: what is the case, what happens, who asks, and what they are told. Each
 * row is a test of its own, in a world of its own, under the watch of scene_watch.h. */
#ifndef TESTS_LIB_STORY_H
#define TESTS_LIB_STORY_H

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"

/* What a policy may ask for, the values of a story's `rule`. */
#define RULE_LEAD "incidentio = { roles = [ \"Incident Lead\" ]; }"
#define RULE_ACK  "pagerduty = { acknowledged = true; }"

struct story {
	const char *name; /* a sentence: what comes of it */
	const char *rule; /* what the one policy asks for, or NULL: the usual policies */
	const char *more; /* further lines of the config, or NULL */
	void (*before)(struct scene *t);  /* accessd is not there yet; may be NULL */
	void (*happens)(struct scene *t); /* may be NULL */
	const char *who;                  /* NULL: ana */
	const char *asks;                 /* NULL: "prod-db 1h" */
	/* What the answer holds. They are granted exactly if this opens with "Granted". */
	const char *says;
	const char *never[2]; /* what nothing that is said or logged may hold, or NULL */
};

/* The value of struct scene's `policies` for one policy that asks for `rule`. Lives until
 * the next call. */
const char *story_policy(const char *rule);

/* Whether anything that went to Slack or into the log holds `part`. */
bool story_shows(struct scene *t, const char *part);

/* For main(): tell the rows, then run the tests. */
int stories_run(const char *group, const struct story *rows, size_t n_rows,
		const struct CMUnitTest *tests, size_t n_tests);

#endif
