/* SPDX-License-Identifier: Apache-2.0 */
/* The service as a whole: opens the parts in order, wires them, closes them in order. The
 * only place that sees both Slack and the approver. */
#ifndef BOT_APP_H
#define BOT_APP_H

#include <stdbool.h>

#include "accessd/approver.h"
#include "accessd/config.h"
#include "accessd/fail.h"
#include "bot/slack/socket.h"
#include "bot/slack/web_api.h"
#include "shared/http_server.h"
#include "shared/loop.h"

struct commands;
struct directory;
struct hook;
struct hooks;
struct http_client;
struct metrics;
struct notifier;
struct ops;
struct ws_client;

/* What auth.test said we are: payloads of others are refused. */
struct app_identity {
	bool known;
	char team[VENDOR_ID_SIZE];
	char app[VENDOR_ID_SIZE]; /* "" until Slack said it, at the latest in the first hello */
	char bot_user[VENDOR_ID_SIZE];
};

struct app {
	struct loop *loop;
	const struct config *config; /* borrowed, swapped by app_reload() */
	const struct config
		*first; /* for what a reload does not change; borrowed to the end */
	struct metrics *metrics;
	struct http_client *http;
	struct ws_client *ws;
	struct slack_api *api;       /* NULL without Slack */
	struct directory *directory; /* likewise */
	struct notifier *notifier;
	struct approver *approver;
	struct commands *commands; /* NULL without Slack */
	struct ops *ops;
	struct http_server *server;
	struct hooks *hooks;
	struct slack_socket *socket; /* NULL until auth.test has answered, or for ever */
	struct hook *slack_hook;     /* its own; NULL: Slack is dialled */
	struct app_identity me;
	struct slack_call auth;
	bool auth_running;
	char auth_why[256]; /* why auth.test has not answered well, or "" */
	unsigned auth_tries;
	struct loop_timer auth_timer;
	struct loop_timer stop_timer;
	bool stopping, socket_closed, server_closed;
	int64_t stop_started_ms;
	void (*stopped)(void *data); /* app_stop()'s */
	void *stopped_data;
	/* tests and the service manager: live for the first time, or, without Slack, up */
	void (*ready)(void *data);
	void *ready_data;
	bool was_ready;
};

/* Everything is set up; Slack is dialled from the loop. On failure nothing is left. a is
 * overwritten. The config was checked and is borrowed. */
bool app_open(struct app *a, struct loop *l, const struct config *c, struct fail *f);

/* At once. What was asked stays in the ledger. */
void app_close(struct app *a);

/* Graceful: nothing new is taken in, what is under way is finished, for 8 s at most; then
 * stopped(data). app_close() afterwards. */
void app_stop(struct app *a, void (*stopped)(void *data), void *data);

/* Use a new, checked config. The one before may go when this returns true, but not the one
 * that was given to app_open(). */
bool app_reload(struct app *a, const struct config *c, struct fail *f);

/* Whether people can ask in Slack; else platforms alone do, by webhooks. */
bool app_has_slack(const struct app *a);

/* The port of the HTTP surface, 0: none. */
uint16_t app_port(const struct app *a);

/* Whether Slack posts to us, in the place of the socket. */
bool app_is_posted_to(const struct app *a);

/* Whether a request made now could be decided, and if not, why (one line). */
bool app_ready(const struct app *a, char *why, size_t size);

/* --- between app.c and its neighbours -------------------------------------------------- */

/* bot/commands.c */
struct commands *commands_create(struct app *a);
void commands_destroy(struct commands *c); /* accepts NULL; no ask may be in flight */
/* Whether everybody has been answered. Accepts NULL. */
bool commands_idle(const struct commands *c);
void commands_envelope(struct commands *c, const struct slack_ack *ack,
		       const struct envelope *e);

/* bot/ops.c */
struct ops *ops_create(struct app *a);
void ops_destroy(struct ops *o); /* accepts NULL */

/* bot/health.c: GET /healthz, /metrics, /readyz */
extern const struct http_route health_routes[];
extern const size_t health_n_routes;

/* bot/hooks.c */
struct hooks *hooks_create(struct app *a);
void hooks_destroy(struct hooks *h); /* accepts NULL; the server is closed right after */
/* With health, webhooks and metrics, on `listen`. */
bool hooks_serve(struct hooks *h, struct fail *f);
void hooks_reload(struct hooks *h, const struct config *c);
/* Say of each webhook whether it is there, and if not, why. */
void hooks_each(const struct config *c,
		void (*say)(void *data, const char *path, const struct fail *f),
		void *data);

#endif
