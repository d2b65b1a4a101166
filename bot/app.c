/* SPDX-License-Identifier: Apache-2.0 */
/* The service as a whole.
 *
 * Start: loop, HTTP client, Slack's Web API, ledger and providers, HTTP surface; then
 * auth.test says which team and app we are, and Socket Mode is dialled (unless Slack posts
 * to us: then that is all). A token that is wrong does not end the service: it says so in
 * the log and at /readyz, and tries again. Without Slack there is nothing to dial:
 * platforms ask by their webhooks.
 *
 * Stop: sockets closed (what still comes is acked), requests that are being decided get
 * their answer, messages under way are sent; what is left stays in the ledger. */
#include "bot/app.h"

#include <stdio.h>
#include <string.h>

#include "bot/directory.h"
#include "bot/notifier.h"
#include "bot/notifier_none.h"
#include "bot/version.h"
#include "shared/http_client.h"
#include "shared/http_server.h"
#include "shared/jx.h"
#include "shared/log.h"
#include "shared/metrics.h"
#include "shared/retry.h"
#include "shared/secret.h"
#include "shared/text.h"
#include "shared/url.h"
#include "shared/ws_client.h"

enum {
	STOP_MS = 8000,
	STOP_LOOK_MS = 20,
	AUTH_CONFIG_MS = 5 * 60 * 1000, /* a wrong token: somebody has to mend it */
};

static const struct retry auth_retry = { .first_ms = 1000, .max_ms = 60 * 1000 };

/* --- Slack: who are we, and the socket ------------------------------------------------- */

static void on_envelope(void *data, const struct slack_ack *ack, const struct envelope *e)
{
	struct app *a = data;

	commands_envelope(a->commands, ack, e);
}

static void tell_ready(struct app *a)
{
	if (a->was_ready) {
		return;
	}
	a->was_ready = true;
	if (a->ready) {
		a->ready(a->ready_data);
	}
}

static void on_live(void *data, bool live)
{
	struct app *a = data;

	if (live && !*a->me.app) {
		text_copy(a->me.app, sizeof(a->me.app), slack_socket_app_id(a->socket));
	}
	if (live) {
		tell_ready(a);
	}
}

static const struct slack_socket_ops socket_ops = { .envelope = on_envelope,
						    .live = on_live };

static void socket_open(struct app *a)
{
	struct slack_socket_config conf = { .loop = a->loop,
					    .http = a->http,
					    .ws = a->ws,
					    .metrics = a->metrics,
					    .app_token = &a->first->slack.app_token,
					    .api_url = a->first->slack.api_url,
					    .app_id = a->me.app,
					    .ops = &socket_ops,
					    .data = a };

	a->socket = slack_socket_open(&conf);
}

bool app_is_posted_to(const struct app *a)
{
	return strcmp(a->first->slack.mode, "http") == 0;
}

static void auth_start(struct app *a);

/* Without Slack it is ready as it is. */
static void on_auth_timer(struct loop_timer *t)
{
	struct app *a = container_of(t, struct app, auth_timer);

	if (app_has_slack(a)) {
		auth_start(a);
	} else {
		tell_ready(a);
	}
}

static void auth_failed(struct app *a, const struct fail *f)
{
	uint32_t dice;
	int64_t wait_ms = AUTH_CONFIG_MS;

	secret_random(&dice, sizeof(dice));
	a->auth_tries++;
	if (fail_retryable(f->kind) || f->kind == FAIL_UNCERTAIN) {
		struct fail again = *f;

		again.kind = FAIL_UPSTREAM;
		wait_ms = retry_wait_ms(&auth_retry, &again, a->auth_tries, dice);
	}
	text_copy(a->auth_why, sizeof(a->auth_why), f->msg);
	log_error("slack.auth_failed", LOG_F(f), LOG_N("wait_ms", wait_ms),
		  LOG_T("then", "try-again"));
	loop_timer_start(a->loop, &a->auth_timer, wait_ms);
}

static void on_auth(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct app *a = container_of(call, struct app, auth);

	a->auth_running = false;
	if (f->kind != FAIL_NONE) {
		auth_failed(a, f);
		return;
	}
	text_copy(a->me.team, sizeof(a->me.team), jx_str(reply, "team_id"));
	text_copy(a->me.app, sizeof(a->me.app), jx_str(reply, "app_id"));
	text_copy(a->me.bot_user, sizeof(a->me.bot_user), jx_str(reply, "user_id"));
	if (!*a->me.team) {
		struct fail none;

		fail_set(&none, FAIL_UPSTREAM,
			 "auth.test did not say which team this is");
		auth_failed(a, &none);
		return;
	}
	a->me.known = true;
	a->auth_why[0] = '\0';
	log_info("slack.authorized", LOG_T("team", a->me.team),
		 LOG_T("bot", a->me.bot_user), LOG_T("scopes", call->scopes));
	if (app_is_posted_to(a)) {
		tell_ready(a);
	} else {
		socket_open(a);
	}
}

static void auth_start(struct app *a)
{
	a->auth = (struct slack_call){
		.method = "auth.test", .form = true, .body = "", .cb = on_auth
	};
	a->auth_running = true;
	slack_call_start(a->api, &a->auth);
}

/* --- opening ------------------------------------------------------------------------------ */

static bool transport_open(struct app *a, struct fail *f)
{
	const struct config *c = a->config;
	struct http_client_config http = { .ca_file = c->ca_file,
					   .proxy = c->proxy,
					   .user_agent = accessd_agent,
					   .max_connections = 64 };
	struct ws_client_config ws = { .ca_file = c->ca_file, .proxy = c->proxy };

	return http_client_open(a->loop, &http, &a->http, f) &&
	       ws_client_open(a->loop, &ws, &a->ws, f);
}

bool app_has_slack(const struct app *a)
{
	return a->first && a->first->slack.where.present;
}

static bool slack_open(struct app *a, struct fail *f)
{
	static const char *const loopback[] = { "", "127.0.0.1" };
	struct url url;

	if (!app_has_slack(a)) {
		return true;
	}
	if (!url_parse(a->config->slack.api_url, &url, f)) {
		return false;
	}
	struct slack_api_config conf = {
		.loop = a->loop,
		.http = a->http,
		.metrics = a->metrics,
		.api_url = a->config->slack.api_url,
		.token = &a->config->slack.bot_token,
		.response_host = loopback[url_host_is_loopback(url.host)]
	};

	return slack_api_open(&conf, &a->api, f);
}

/* Who people are, where they are told, what they type. */
static bool people_open(struct app *a, struct fail *f)
{
	if (!app_has_slack(a)) {
		a->notifier = notifier_none_create(a->loop);
		return a->notifier || fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	a->directory = directory_create(a->loop, a->api);
	a->notifier = notifier_create(a->loop, a->api);
	a->commands = commands_create(a);
	if (!a->directory || !a->notifier || !a->commands) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	notifier_set_private_denials(a->notifier,
				     strcmp(a->config->slack.denials, "private") == 0);
	return true;
}

static void people_close(struct app *a)
{
	commands_destroy(a->commands);
	slack_socket_close(a->socket);
	directory_destroy(a->directory);
	if (app_has_slack(a)) {
		notifier_destroy(a->notifier);
	} else {
		notifier_none_destroy(a->notifier);
	}
	slack_api_close(a->api);
}

static bool parts_open(struct app *a, struct fail *f)
{
	if (!people_open(a, f)) {
		return false;
	}
	struct approver_env env = { .loop = a->loop,
				    .http = a->http,
				    .metrics = a->metrics,
				    .notifier = a->notifier,
				    .directory = a->directory,
				    .config = a->config };

	return approver_open(&env, &a->approver, f);
}

static bool server_open(struct app *a, struct fail *f)
{
	a->hooks = hooks_create(a);
	if (!a->hooks) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return !*a->config->listen || hooks_serve(a->hooks, f);
}

bool app_open(struct app *a, struct loop *l, const struct config *c, struct fail *f)
{
	*a = (struct app){ .loop = l, .config = c, .first = c };
	a->auth_timer.cb = on_auth_timer;
	a->metrics = metrics_create();
	if (!transport_open(a, f) || !slack_open(a, f) || !parts_open(a, f) ||
	    !server_open(a, f)) {
		app_close(a);
		return false;
	}
	text_copy(a->auth_why, sizeof(a->auth_why), "not connected yet");
	a->ops = ops_create(a);
	if (app_has_slack(a)) {
		auth_start(a);
	} else {
		loop_timer_start(l, &a->auth_timer, 0);
	}
	approver_warm(a->approver);
	return true;
}

void app_close(struct app *a)
{
	loop_timer_cancel(&a->auth_timer);
	loop_timer_cancel(&a->stop_timer);
	if (a->auth_running) {
		slack_call_cancel(&a->auth);
	}
	/* Hooks let go of exchanges that the server still has. */
	hooks_destroy(a->hooks);
	http_server_close(a->server);
	ops_destroy(a->ops);
	/* Its last callbacks answer commands on sockets that are still there. */
	approver_close(a->approver);
	people_close(a);
	ws_client_close(a->ws);
	http_client_close(a->http);
	metrics_destroy(a->metrics);
	*a = (struct app){ 0 };
}

/* --- stopping and reloading ---------------------------------------------------------------- */

static void on_socket_drained(void *data)
{
	struct app *a = data;

	a->socket_closed = true;
}

static void on_server_drained(void *data)
{
	struct app *a = data;

	a->server_closed = true;
}

static int64_t stop_left_ms(const struct app *a, int64_t started_ms)
{
	return started_ms + STOP_MS - clock_mono_ms(loop_clock(a->loop));
}

static void on_stop_look(struct loop_timer *t)
{
	struct app *a = container_of(t, struct app, stop_timer);
	bool idle = a->socket_closed && a->server_closed && approver_idle(a->approver) &&
		    commands_idle(a->commands);

	if (idle || stop_left_ms(a, a->stop_started_ms) <= 0) {
		log_info("service.drained", LOG_B("whole", idle));
		a->stopped(a->stopped_data);
		return;
	}
	loop_timer_start(a->loop, t, STOP_LOOK_MS);
}

void app_stop(struct app *a, void (*stopped)(void *data), void *data)
{
	if (a->stopping) {
		return;
	}
	a->stopping = true;
	a->stopped = stopped;
	a->stopped_data = data;
	a->stop_started_ms = clock_mono_ms(loop_clock(a->loop));
	loop_timer_cancel(&a->auth_timer);
	if (a->auth_running) {
		slack_call_cancel(&a->auth);
		a->auth_running = false;
	}
	a->socket_closed = !a->socket;
	a->server_closed = !a->server;
	if (a->socket) {
		slack_socket_drain(a->socket, on_socket_drained, a);
	}
	if (a->server) {
		http_server_drain(a->server, STOP_MS, on_server_drained, a);
	}
	a->stop_timer.cb = on_stop_look;
	loop_timer_start(a->loop, &a->stop_timer, STOP_LOOK_MS);
}

bool app_reload(struct app *a, const struct config *c, struct fail *f)
{
	if (!approver_reload(a->approver, c, f)) {
		return false;
	}
	hooks_reload(a->hooks, c);
	if (app_has_slack(a)) {
		notifier_set_private_denials(a->notifier,
					     strcmp(c->slack.denials, "private") == 0);
	}
	a->config = c;
	return true;
}

uint16_t app_port(const struct app *a)
{
	return a->server ? http_server_port(a->server) : 0;
}
