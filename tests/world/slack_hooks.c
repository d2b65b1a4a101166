/* SPDX-License-Identifier: Apache-2.0 */
/* response_urls of the faked Slack: no token, five uses within 30 minutes, and the only
 * way to change an ephemeral message. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { USES_MAX = 5, LIFE_MS = 30 * 60 * 1000 };

static void hooks_name(const char *method, const char *path, char *dst, size_t size)
{
	(void)path;
	snprintf(dst, size,
		 strcmp(method, "POST") == 0 ? "response_url" : "GET response_url");
}

static void say(struct answer *a, int status, const char *text)
{
	a->status = status;
	a->type = "text/html";
	a->text = strdup(text);
}

static struct slack_hook *hook_find(struct world *w, const char *path)
{
	rows_each(struct slack_hook, h, &w->slack->hooks)
	{
		if (strcmp(h->path, path + 1) == 0) {
			return h;
		}
	}
	return NULL;
}

/* The message that replace_original means: the one with the button, or the last one that
 * came by this URL. */
static struct world_message *original(struct world *w, const struct slack_hook *h)
{
	struct world_message *m = world_message(w, h->channel, h->message_ts);

	return m && !m->deleted ? m : NULL;
}

static const char *hook_post(struct world *w, struct slack_hook *h, const json_t *body)
{
	bool shared = strcmp(jx_str(body, "response_type"), "in_channel") == 0;
	bool thread = shared && json_is_false(json_object_get(body, "replace_original"));
	char *hint = NULL;
	const char *error = slack_words_check(body, &hint);

	free(hint);
	if (error) {
		return error;
	}
	const struct world_message *m = slack_post(
		w, &(struct slack_words){ .channel = h->channel,
					  .to = shared ? "" : h->user,
					  .via = "response_url",
					  .thread_ts =
						  thread ? jx_str(body, "thread_ts") : "",
					  .args = body,
					  .envelope = h->envelope });

	text_copy(h->message_ts, sizeof(h->message_ts), m->ts);
	return NULL;
}

static const char *hook_use(struct world *w, struct slack_hook *h, const json_t *body)
{
	struct world_message *m = original(w, h);

	if (jx_bool(body, "delete_original")) {
		if (m) {
			m->deleted = true;
			m->version = w->version + 1;
			world_touch(w);
		}
		return NULL;
	}
	if (jx_bool(body, "replace_original") && m) {
		char *hint = NULL;
		const char *error = slack_words_check(body, &hint);

		free(hint);
		if (!error) {
			slack_edit(w, m, body);
		}
		return error;
	}
	return hook_post(w, h, body);
}

static void hooks_answer(struct world *w, const struct call *c, struct answer *a)
{
	struct slack_hook *h = hook_find(w, c->request->path);
	int64_t now = clock_mono_ms(loop_clock(w->loop));
	json_t *body = json_loadb(c->request->body, c->request->body_len, 0, NULL);

	if (!h || strcmp(c->request->method, "POST") != 0) {
		say(a, 404, "no_service");
	} else if (now - h->at_ms > LIFE_MS) {
		say(a, 404, "expired_url");
	} else if (h->uses >= USES_MAX) {
		say(a, 404, "used_url");
	} else if (!json_is_object(body)) {
		say(a, 400, "invalid_payload");
	} else {
		h->uses++;
		const char *error = hook_use(w, h, body);

		say(a, error ? 400 : 200, error ? error : "ok");
	}
	json_decref(body);
}

static void hooks_refuse(struct world *w, int status, struct answer *a)
{
	(void)w;
	say(a, status, status == 429 ? "rate_limited" : "error");
}

const struct vendor vendor_hooks_commands = {
	.prefix = "/commands/",
	.name = hooks_name,
	.answer = hooks_answer,
	.refuse = hooks_refuse,
};

const struct vendor vendor_hooks_actions = {
	.prefix = "/actions/",
	.name = hooks_name,
	.answer = hooks_answer,
	.refuse = hooks_refuse,
};
