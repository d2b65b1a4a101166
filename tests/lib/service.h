/* SPDX-License-Identifier: Apache-2.0 */
/* The real program against the faked world: the world is on the test's loop, under the
 * real clock; accessd is a process with a config file, a ledger and a log of its own. */
#ifndef TESTS_LIB_SERVICE_H
#define TESTS_LIB_SERVICE_H

#include <stdbool.h>
#include <stdint.h>

#include "shared/loop.h"
#include "tests/lib/child.h"
#include "tests/world/world.h"

/* Beside prod-db there are db-0, db-1, ...: what is held is not granted again. */
enum { SERVICE_RESOURCES = 64 };

struct service_test {
	struct loop *loop;
	struct world *world;
	struct child child;
	char dir[64];
	char conf[96];
	char log[96];
	char ledger[96];
	uint16_t port;         /* of its HTTP surface, fixed for the test */
	uint64_t limit_bytes;  /* RLIMIT_FSIZE of the process; 0: none */
	const char *app_token; /* in place of the world's, or NULL */
	const char *bot_token;
	bool as_nobody;         /* when the test is root, to whom nothing is read-only */
	bool http;              /* Slack posts to it */
	const char *io_more;    /* further keys of incidentio, or NULL */
	const char *pd_more;    /* of pagerduty, likewise */
	const char *db_more;    /* of the resource prod-db, likewise */
	const char *const *env; /* further variables, NULL after the last; or NULL */
	const char *notify;     /* NOTIFY_SOCKET, with a watchdog of 200 ms; NULL: none */
};

int service_setup(void **state); /* the world and the config file, no process yet */
int service_teardown(void **state);

/* Write the config file anew; more: further lines, or NULL. */
void service_config(struct service_test *t, const char *more);

void service_start(struct service_test *t);
int service_exit(
	struct service_test *t); /* its code when it has ended, 10 s at most; or -1 */
bool service_is_live(struct service_test *t); /* wait for it, 10 s at most */

/* SIGKILL, and wait until the world has seen its sockets go. */
void service_kill(struct service_test *t);

bool service_until(struct service_test *t,
		   bool (*cond)(struct service_test *t, void *data), void *data,
		   int64_t cap_ms);

/* GET a path of its HTTP surface; the status, 0: nobody there. body may be NULL. */
long service_get(struct service_test *t, const char *path, char *body, size_t size);

/* Wait for a message that holds part; NULL when none comes. */
struct world_message *service_message(struct service_test *t, const char *part);

/* Wait until its log holds part. */
bool service_logs(struct service_test *t, const char *part);

/* The first column of the first row: a number, -1: it cannot be read; an id, "": none. */
int64_t service_sql(struct service_test *t, const char *sql);
void service_sql_id(struct service_test *t, const char *sql, char ret_id[ULID_SIZE]);

#endif
