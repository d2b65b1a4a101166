/* SPDX-License-Identifier: Apache-2.0 */
/* A scene: the whole of accessd and the faked world on one loop, under a clock that stands
 * still until the test moves it. The ledger is a real file in a folder of its own. */
#ifndef TESTS_LIB_SCENE_H
#define TESTS_LIB_SCENE_H

#include <stdbool.h>
#include <stdint.h>

#include "bot/app.h"
#include "bot/config_environment.h"
#include "tests/lib/fake_clock.h"
#include "tests/world/world.h"

struct scene {
	struct fake_clock clock;
	struct loop *loop;
	struct world *world;
	struct config config;
	struct config *later; /* the one in use since a reload, or NULL */
	struct app app;
	bool app_open;
	char dir[64];
	char ledger[128]; /* path of the file */
	const char *
		policies; /* what scene_start() writes for `policies`, or NULL: the usual */
	const char *more;      /* further lines of the config, or NULL */
	const char *io_url;    /* incidentio.api_url, or NULL: the world's */
	const char *pd_url;    /* pagerduty.api_url, likewise */
	const char *patience;  /* "max_age = ...; timeout = ...;" of both, or NULL: 1 s */
	bool http;             /* Slack posts to accessd instead of being dialled */
	const char *io_more;   /* further keys of incidentio, or NULL */
	const char *pd_more;   /* of pagerduty, likewise */
	const char *resources; /* in the place of the usual ones, or NULL */
	const char *slack;     /* further keys of its group, or NULL */
	bool no_slack; /* leave the group out: platforms ask, by Indent's webhook */
	const struct environment
		*environment; /* in the place of policies and resources */
	const char *driver; /* "fault:" puts tests/lib/store_fault.h before the ledger */
	const void *data;   /* of the test */
};

/* 2026-08-24T10:00:00Z, a Monday. */
#define SCENE_START_MS ((int64_t)1787565600000)

/* The world is there, accessd is not yet: change knobs, then scene_start(). */
void scene_open(struct scene *t);

/* Start accessd, and wait until it is live (`live`: with Slack, if it has that) or just
 * until it runs. */
void scene_start(struct scene *t, bool live);

/* Read the config again, with what `policies` and `more` say now, as SIGHUP does; the one
 * that was in use is freed. */
void scene_reload(struct scene *t);

/* As if the process were killed between two turns, or ended in order; the ledger stays. */
void scene_stop(struct scene *t);

void scene_close(struct scene *t);

/* For cmocka: set *state to a scene that is started and live; and end it. */
int scene_setup(void **state);
int scene_setup_http(void **state);    /* Slack posts */
int scene_setup_stopped(void **state); /* scene_open() alone */
int scene_teardown(void **state);

/* Run the loop until cond(t, data), for `cap_ms` of real time at most; what cond() said. */
bool scene_until(struct scene *t, bool (*cond)(struct scene *t, void *data), void *data,
		 int64_t cap_ms);

/* Run the loop for a while, in which nothing of interest should happen: 60 ms of real time,
 * or as much more as it takes to get so many turns on a busy machine. */
void scene_settle(struct scene *t);

/* Time passes, step by step, and what is due happens. */
void scene_advance(struct scene *t, int64_t ms);

/* Type `/access text` in #inc-room as `who`, and wait for the ack. */
struct world_envelope *scene_type(struct scene *t, const char *who, const char *text);

/* The same, and wait for what is decided: the text of the newest message that opens with
 * "Granted" or "Not granted" and names the envelope's user; "" when none comes. */
const char *scene_ask(struct scene *t, const char *who, const char *text);

/* Its second half: messages before the one numbered `from` are older. */
const char *scene_decision(struct scene *t, const char *who, size_t from);

/* Wait for a message whose text holds `part`; NULL when none comes in 5 s. */
struct world_message *scene_message(struct scene *t, const char *part);

/* How many messages hold `part`. */
size_t scene_count(struct scene *t, const char *part);

/* The text of an envelope's ack payload, "" when it carried none. */
const char *scene_ack_text(const struct world_envelope *e);

/* Wait until the world has had a call (see world_count()) n times. */
bool scene_called(struct scene *t, const char *call, size_t n);

/* An integer from the ledger's file: "SELECT count(*) FROM ...". -1: it cannot be read. */
int64_t scene_sql(struct scene *t, const char *sql);

/* What anybody holds is over, and nobody is told: for scenes in which the same is asked for
 * again and again. */
void scene_let_go(struct scene *t);

/* How many grants are alive, by the ledger. */
int64_t scene_grants(struct scene *t);

#endif
