/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP surface as a whole: health, metrics, and the table of webhooks. A webhook whose
 * secret the config does not have is not there: 404, as for any other path. */
#include <stdlib.h>
#include <string.h>

#include "accessd/hook.h"
#include "bot/app.h"
#include "bot/version.h"
#include "shared/http_server.h"
#include "shared/log.h"

extern const struct hook_ops hook_apono, hook_incidentio, hook_indent, hook_pagerduty,
	hook_slack;

/* One file each, and one line here, in alphabetical order. */
static const struct hook_ops *const table[] = {
	&hook_apono, &hook_incidentio, &hook_indent, &hook_pagerduty, &hook_slack,
};

enum { HOOKS_MAX = ARRAY_LEN(table), HEALTH_MAX = 8 };

struct hooks {
	struct app *app;
	struct hook *open[HOOKS_MAX]; /* as in table; NULL: not configured */
	struct http_route routes[HEALTH_MAX + HOOKS_MAX];
};

static void on_post(struct http_exchange *x, void *data)
{
	const struct app *a = data;

	for (size_t i = 0; i < HOOKS_MAX; i++) {
		struct hook *h = a->hooks->open[i];

		if (h && strcmp(h->ops->path, x->path) == 0) {
			h->ops->handle(h, x);
			return;
		}
	}
	http_reply_error(x, 404, "not-found", "there is nothing here");
}

/* --- one of them --------------------------------------------------------------------- */

static void hook_open(struct hooks *h, size_t i, const struct config *c)
{
	const struct app *a = h->app;
	const struct hook_env env = { .loop = a->loop,
				      .metrics = a->metrics,
				      .approver = a->approver,
				      .config = c,
				      .version = accessd_version,
				      .app = h->app };

	h->open[i] = table[i]->open(&env);
	if (!h->open[i]) {
		abort(); /* out of memory for a few KB */
	}
	log_info("hook.open", LOG_T("path", table[i]->path));
}

static void hook_close(struct hooks *h, size_t i)
{
	table[i]->close(h->open[i]);
	h->open[i] = NULL;
	log_info("hook.closed", LOG_T("path", table[i]->path));
}

/* The server holds the routes: one whose webhook is not there matches nothing. */
static void route_set(struct hooks *h, size_t i)
{
	h->routes[health_n_routes + i] =
		(struct http_route){ "POST", h->open[i] ? table[i]->path : "", on_post,
				     table[i]->max_body };
}

void hooks_reload(struct hooks *h, const struct config *c)
{
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		struct fail why;
		bool wanted = table[i]->configured(c, &why);

		if (h->open[i] && wanted) {
			table[i]->reload(h->open[i], c);
		} else if (h->open[i]) {
			hook_close(h, i);
		} else if (wanted) {
			hook_open(h, i, c);
		}
		route_set(h, i);
	}
}

/* --- all of them --------------------------------------------------------------------- */

bool hooks_serve(struct hooks *h, struct fail *f)
{
	struct app *a = h->app;
	const struct config *c = a->config;
	struct http_server_config conf = {
		.listener = { .address = c->listen,
			      .cert = c->tls.cert,
			      .key = c->tls.key },
		.routes = h->routes,
		.n_routes = health_n_routes + HOOKS_MAX,
		.data = a,
	};

	hooks_reload(h, c);
	return http_server_open(a->loop, &conf, &a->server, f) ||
	       fail_wrap(f, "open listen = \"%s\"", c->listen);
}

void hooks_each(const struct config *c,
		void (*say)(void *data, const char *path, const struct fail *f),
		void *data)
{
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		struct fail f = { 0 };

		table[i]->configured(c, &f);
		say(data, table[i]->path, &f);
	}
}

struct hooks *hooks_create(struct app *a)
{
	struct hooks *h = calloc(1, sizeof(*h));

	if (h) {
		h->app = a;
		memcpy(h->routes, health_routes,
		       health_n_routes * sizeof(*health_routes));
	}
	return h;
}

void hooks_destroy(struct hooks *h)
{
	if (!h) {
		return;
	}
	for (size_t i = 0; i < HOOKS_MAX; i++) {
		if (h->open[i]) {
			table[i]->close(h->open[i]);
		}
	}
	free(h);
}
