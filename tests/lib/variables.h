/* SPDX-License-Identifier: Apache-2.0 */
/* A process environment for the tests of bot/config_environment.h, and the config that it
 * comes to. */
#ifndef TESTS_LIB_VARIABLES_H
#define TESTS_LIB_VARIABLES_H

#include <stdbool.h>

#include "accessd/config.h"
#include "accessd/fail.h"

/* "NAME=value" texts; the usual ones stand behind, so that a row can override them. */
enum { VARIABLES_MAX = 8 };

struct variables {
	const char *own[VARIABLES_MAX];
	const char *usual[VARIABLES_MAX];
};

#define SECRET    "INDENT_WEBHOOK_SECRET=shh"
#define IO_KEY    "INCIDENTIO_API_KEY=io-key"
#define PD_KEY    "PAGERDUTY_KEY=pd-key"
#define SCHEDULES "AUTO_APPROVAL_PAGERDUTY_SCHEDULES=PSCHED1"

/* The get() of a struct environment whose data is a struct variables. */
const char *variables_get(const char *name, void *v);

/* Read them beside a file that says nothing, or this. False: one of them is refused, and
 * there is no config. Anything else that is wrong stops the test. */
bool variables_read(struct variables *v, struct config *ret_c, struct fail *f);
bool variables_read_beside(const char *file, struct variables *v, struct config *ret_c,
			   struct fail *f);

#endif
