/* SPDX-License-Identifier: Apache-2.0 */
/* What Apono posts, in either form: the flat body that config/apono/ renders, or the event
 * as Apono has it. Pure.
 *
 * A Handlebars template renders "" for what is missing, so that what is empty is absent;
 * numbers come as text. Handlebars does not know JSON either: a quote in somebody's text
 * can end a string and begin a key. Hence no key may stand twice, nothing may follow, and
 * one body may not be of both forms. */
#ifndef APPROVER_APONO_PARSE_H
#define APPROVER_APONO_PARSE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"

enum { APONO_TARGET_NAMES = 4, APONO_TARGETS_MAX = 4096 };

/* Longer than any policy allows: what an access without an end asks for. */
#define APONO_FOREVER_S ((int64_t)100 * 365 * 86400)

/* One thing that is asked for, by all its names, the closest first. */
struct apono_target {
	const char *names[APONO_TARGET_NAMES];
	size_t n; /* 0: nobody says what it is */
};

/* Texts are "" when absent, and borrowed from `body` where they are pointers. */
struct apono_ask {
	json_t *body;
	char request_id[NAME_SIZE];
	char friendly_id[VENDOR_ID_SIZE]; /* "AR-1042" */
	char requester[EMAIL_SIZE];       /* who asked */
	char grantee[EMAIL_SIZE];         /* who is to have it */
	const char *policy;
	const char *flow;
	const char *reason;
	int64_t for_s; /* 0: not said */
	struct apono_target *targets;
	size_t n_targets;
	bool partial; /* there is more in it than the template shows */
};

/* FAIL_INVALID names the place, never the content. */
bool apono_parse(const char *data, size_t n, struct apono_ask *ret_ask, struct fail *f);

void apono_ask_finish(struct apono_ask *ask); /* all zero is fine */

/* Whose access it is about: the grantee, else who asked. */
const char *apono_subject(const struct apono_ask *ask);

#endif
