/* SPDX-License-Identifier: Apache-2.0 */
/* Speaks of the service's own trouble in `slack.ops_channel`: once when a part has been
 * failing for a minute, and once when it works again. Best effort: it cannot be said in
 * Slack that Slack is gone; /readyz and the log say it in any case. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/app.h"
#include "bot/render.h"
#include "shared/log.h"
#include "shared/text.h"

enum {
	LOOK_MS = 5 * 1000,
	TROUBLE_MS = 60 * 1000,
	PARTS_MAX = APPROVER_PROVIDERS_MAX + 2,
};

struct part {
	char name[32];
	int64_t failing_since_ms; /* mono; 0: it works */
	bool told;
};

struct ops {
	struct app *app;
	struct loop_timer timer;
	struct part parts[PARTS_MAX];
	bool stuck_told, differs_told;
	struct slack_call call;
	bool calling;
	char *body;
};

static void on_posted(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct ops *o = container_of(call, struct ops, call);

	(void)reply;
	o->calling = false;
	free(o->body);
	o->body = NULL;
	if (f->kind != FAIL_NONE) {
		log_warn("ops.unsaid", LOG_F(f), LOG_T("then", "given-up"));
	}
}

/* One at a time; what cannot be said now is tried at the next look. */
static bool say(struct ops *o, const char *text)
{
	if (o->calling) {
		return false;
	}
	o->body = render_ops(text, o->app->config->slack.ops_channel);
	if (!o->body) {
		return false;
	}
	o->call = (struct slack_call){ .method = "chat.postMessage",
				       .body = o->body,
				       .cb = on_posted };
	o->calling = true;
	slack_call_start(o->app->api, &o->call);
	return true;
}

static struct part *part_get(struct ops *o, const char *name)
{
	struct part *p = o->parts;

	while (p->name[0] && strcmp(p->name, name) != 0) {
		p++;
	}
	text_copy(p->name, sizeof(p->name), name);
	return p;
}

static void part_look(struct ops *o, const char *name, bool ok, const char *why)
{
	struct part *p = part_get(o, name);
	int64_t now_ms = clock_mono_ms(loop_clock(o->app->loop));
	char text[512];

	if (ok) {
		snprintf(text, sizeof(text), "accessd: %s works again.", name);
		if (!p->told || say(o, text)) {
			p->told = false;
			p->failing_since_ms = 0;
		}
		return;
	}
	if (p->failing_since_ms == 0) {
		p->failing_since_ms = now_ms;
	}
	if (!p->told && now_ms - p->failing_since_ms >= TROUBLE_MS) {
		snprintf(
			text, sizeof(text),
			"accessd: %s has been failing for a minute: %s. What needs it is not granted.",
			name, why);
		p->told = say(o, text);
	}
}

/* Said once per episode: it has been a minute already when the approver counts it. */
static void stuck_look(struct ops *o, const struct approver_health *h)
{
	char text[768];

	if (h->stuck > 0 && !o->stuck_told) {
		snprintf(
			text, sizeof(text),
			"accessd: %zu grant%s could not be taken back for more than a "
			"minute, so access may still be live. The oldest: %s for %s. %s. "
			"It is tried again until it is confirmed.",
			h->stuck, h->stuck == 1 ? "" : "s", h->stuck_resource,
			h->stuck_user, h->stuck_why);
		o->stuck_told = say(o, text);
	} else if (h->stuck == 0 && o->stuck_told) {
		o->stuck_told =
			!say(o, "accessd: all that had ended could be taken back.");
	}
}

/* Once when targets have something else than the ledger, and once when they agree. */
static void differs_look(struct ops *o, const struct approver_health *h)
{
	size_t n = h->left + h->missing + h->unknown;
	char text[768];

	if (n > 0 && !o->differs_told) {
		snprintf(
			text, sizeof(text),
			"accessd: targets differ from the ledger in %zu grant%s: %zu had "
			"ended and are taken back once more, %zu are granted and not "
			"there, %zu are not known here. One of them: %s.",
			n, n == 1 ? "" : "s", h->left, h->missing, h->unknown,
			h->differs_first);
		o->differs_told = say(o, text);
	} else if (n == 0 && o->differs_told) {
		o->differs_told = !say(o, "accessd: targets and the ledger agree again.");
	}
}

static void on_look(struct loop_timer *t)
{
	struct ops *o = container_of(t, struct ops, timer);
	struct approver_health h;

	loop_timer_start(o->app->loop, t, LOOK_MS);
	if (!*o->app->config->slack.ops_channel) {
		return;
	}
	approver_health(o->app->approver, &h);
	stuck_look(o, &h);
	differs_look(o, &h);
	part_look(o, "the ledger", h.ledger_ok, h.ledger_why);
	part_look(o, "the audit", h.audit_ok, h.audit_why);
	for (size_t i = 0; i < h.n_providers; i++) {
		const struct provider_health *p = &h.providers[i].health;

		part_look(o, h.providers[i].key, p->ok || !p->asked, p->why);
	}
}

struct ops *ops_create(struct app *a)
{
	struct ops *o = calloc(1, sizeof(*o));

	if (o) {
		o->app = a;
		o->timer.cb = on_look;
		loop_timer_start(a->loop, &o->timer, LOOK_MS);
	}
	return o;
}

void ops_destroy(struct ops *o)
{
	if (!o) {
		return;
	}
	loop_timer_cancel(&o->timer);
	if (o->calling) {
		slack_call_cancel(&o->call);
	}
	free(o->body);
	free(o);
}
