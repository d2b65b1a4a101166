/* SPDX-License-Identifier: Apache-2.0 */
/* Who has posted updates to the live incidents of incident.io: part of its snapshot, read
 * only when some policy counts participants. Rules 1-9 of shared/loop.h hold. */
#ifndef APPROVER_INCIDENTIO_UPDATES_H
#define APPROVER_INCIDENTIO_UPDATES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "approver/rest.h"
#include "approver/snapshot.h"

enum {
	/* With more live ones who took part is not known: at "1200 requests a minute" for
	 * each key, a snapshot must not cost hundreds. */
	UPDATES_INCIDENTS_MAX = 50,
	UPDATES_AT_ONCE = 8,
};

struct incidentio_updates;

/* The updates of one incident. */
struct updates_read {
	struct rest_read read;
	struct incidentio_updates *all;
	size_t incident; /* index into the snapshot's incidents */
	bool running;
	char first[URL_SIZE]; /* path of the first page */
};

struct incidentio_updates {
	struct rest *rest;
	struct snapshot *snapshot;
	size_t next; /* index of the incident that is asked about next */
	struct updates_read reads[UPDATES_AT_ONCE];
	struct loop_timer deadline;
	bool running;
	/* The snapshot's participants are there, or no_participants says why not. */
	void (*done)(struct incidentio_updates *u);
};

/* Append the participants of all incidents to s, in wait_ms at most. True: nothing had to
 * be asked, and done() does not fire. s may not change until it fires. */
bool incidentio_updates_start(struct incidentio_updates *u, struct rest *rest,
			      struct snapshot *s, int64_t wait_ms);

#endif
