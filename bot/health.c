/* SPDX-License-Identifier: Apache-2.0 */
/* GET /healthz (alive), /readyz (can decide) and /metrics. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/app.h"
#include "shared/http_server.h"
#include "shared/jx.h"
#include "shared/metrics.h"
#include "shared/text.h"

#define JSON_TYPE        "application/json"
#define OPENMETRICS_TYPE "application/openmetrics-text; version=1.0.0; charset=utf-8"

enum { METRICS_MAX = 1 << 20 };

static void on_healthz(struct http_exchange *x, void *data)
{
	static const char body[] = "{\"status\":\"ok\"}\n";

	(void)data;
	http_reply(x, 200, JSON_TYPE, body, sizeof(body) - 1, NULL);
}

/* {"ready":false,"checks":{"ledger":{"ok":true},"slack":{"ok":false,"why":"..."}}} */
static void check_add(json_t *checks, const char *name, bool ok, const char *why)
{
	json_t *check = json_pack("{s:b}", "ok", ok);

	if (check && !ok) {
		json_object_set_new(check, "why", json_string(why));
	}
	json_object_set_new(checks, name, check);
}

/* Where Slack posts to us there is no connection to have: knowing who we are is all. */
static bool slack_ok(const struct app *a, const char **ret_why)
{
	if (app_is_posted_to(a) || !a->socket) {
		*ret_why = a->auth_why;
		return app_is_posted_to(a) && a->me.known;
	}
	*ret_why = slack_socket_why(a->socket);
	return slack_socket_live(a->socket);
}

static json_t *checks_make(const struct app *a, bool *ret_ready)
{
	struct approver_health h;
	json_t *checks = json_object();

	approver_health(a->approver, &h);
	check_add(checks, "ledger", h.ledger_ok, h.ledger_why);
	check_add(checks, "audit", h.audit_ok, h.audit_why);
	*ret_ready = h.ledger_ok && h.audit_ok && !a->stopping;
	if (app_has_slack(a)) {
		const char *why;
		bool live = slack_ok(a, &why);

		check_add(checks, "slack", live, why);
		*ret_ready = *ret_ready && live;
	}
	for (size_t i = 0; i < h.n_providers; i++) {
		const struct provider_health *p = &h.providers[i].health;

		check_add(checks, h.providers[i].key, p->ok,
			  p->asked ? p->why : "not asked yet");
		*ret_ready = *ret_ready && p->ok;
	}
	return checks;
}

static void on_readyz(struct http_exchange *x, void *data)
{
	const struct app *a = data;
	bool ready = false;
	json_t *checks = checks_make(a, &ready);
	json_auto_t *body = json_pack("{s:b,s:o}", "ready", ready, "checks", checks);
	char *text = body ? jx_dump(body) : NULL;

	if (!text) {
		http_reply_error(x, 503, "out_of_memory", "out of memory");
		return;
	}
	http_reply(x, ready ? 200 : 503, JSON_TYPE, text, strlen(text), NULL);
	free(text);
}

bool app_ready(const struct app *a, char *why, size_t size)
{
	bool ready = false;
	json_auto_t *checks = checks_make(a, &ready);
	const char *name;
	json_t *check;

	why[0] = '\0';
	json_object_foreach (checks, name, check) {
		if (!jx_bool(check, "ok")) {
			snprintf(why, size, "%s: %s", name, jx_str(check, "why"));
			break;
		}
	}
	return ready;
}

static void on_metrics(struct http_exchange *x, void *data)
{
	const struct app *a = data;
	struct buf out;

	buf_init(&out, METRICS_MAX);
	metrics_format(a->metrics, &out);
	http_reply(x, 200, OPENMETRICS_TYPE, buf_str(&out), out.len, NULL);
	buf_finish(&out);
}

const struct http_route health_routes[] = {
	{ "GET", "/healthz", on_healthz, 0 },
	{ "GET", "/metrics", on_metrics, 0 },
	{ "GET", "/readyz", on_readyz, 0 },
};
const size_t health_n_routes = ARRAY_LEN(health_routes);
