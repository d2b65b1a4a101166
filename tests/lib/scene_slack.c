/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes at Slack: what people type, how the socket does, and time that passes. */
#include "tests/lib/scene_slack.h"

#include <stdlib.h>
#include <string.h>

#include "accessd/store.h"
#include "approver/service.h"
#include "shared/text.h"
#include "tests/lib/test.h"
#include "tests/world/slack.h"

enum {
	PATIENCE_MS = 8000,
	STEP_MS = 500,
	LONG_MS = 10 * 60 * 1000,
	TURNS = 4,
	ANSWER_MS = 5000, /* of real time */
	NEWS_MS = 1100,   /* more than max_age */
};

/* --- how it does -------------------------------------------------------------------------- */

const char *scene_why(struct scene *t)
{
	static char why[512];

	return app_ready(&t->app, why, sizeof(why)) ? "" : why;
}

bool scene_live(struct scene *t)
{
	return t->app.socket && slack_socket_live(t->app.socket);
}

static bool is_live(struct scene *t, void *data)
{
	return scene_live(t) == *(bool *)data;
}

bool scene_until_live(struct scene *t)
{
	bool live = true;

	return scene_until(t, is_live, &live, PATIENCE_MS);
}

bool scene_until_dark(struct scene *t)
{
	bool live = false;

	return scene_until(t, is_live, &live, PATIENCE_MS);
}

static bool has_sockets(struct scene *t, void *data)
{
	return world_sockets(t->world) == *(size_t *)data;
}

bool scene_until_sockets(struct scene *t, size_t n)
{
	return scene_until(t, has_sockets, &n, PATIENCE_MS);
}

static bool has_streams(struct scene *t, void *data)
{
	return world_streams(t->world) == *(size_t *)data;
}

bool scene_until_streams(struct scene *t, size_t n)
{
	return scene_until(t, has_streams, &n, PATIENCE_MS);
}

size_t scene_dials(struct scene *t)
{
	return world_count(t->world, "apps.connections.open");
}

static bool has_dialled(struct scene *t, void *data)
{
	return scene_dials(t) >= *(size_t *)data;
}

bool scene_until_dials(struct scene *t, size_t n)
{
	return scene_until(t, has_dialled, &n, PATIENCE_MS) && scene_dials(t) == n;
}

/* --- time --------------------------------------------------------------------------- */

static bool caught_up;

static void on_caught_up(struct store_op *op, const struct fail *f)
{
	(void)op;
	(void)f;
	caught_up = true;
}

/* The store's thread lives in real time: what was submitted before is done after. */
static void ledger_catch_up(struct scene *t)
{
	static struct grant_row row;
	static struct store_op op;

	op = (struct store_op){ .kind = STORE_GRANTS_OF, .cb = on_caught_up };
	op.grants_of.team = op.grants_of.user = "nobody";
	op.grants_of.rows = &row;
	op.grants_of.max = 1;
	caught_up = false;
	store_submit(t->app.approver->store, &op);
	assert_true(loop_run_until(t->loop, &caught_up, PATIENCE_MS));
}

void scene_pass(struct scene *t, int64_t ms)
{
	int64_t step_ms = ms < LONG_MS ? STEP_MS : 2 * STEP_MS;

	for (int64_t left = ms; left > 0; left -= step_ms) {
		fake_clock_advance(&t->clock, left < step_ms ? left : step_ms);
		for (int i = 0; i < TURNS; i++) {
			loop_run_once(t->loop);
		}
		ledger_catch_up(t);
	}
}

/* --- what people type --------------------------------------------------------------- */

struct world_envelope *scene_type_in(struct scene *t, const char *who,
				     const char *channel, const char *text)
{
	return world_command(t->world, who, channel, text);
}

static struct world_envelope *envelope_make(struct world *w, const char *who)
{
	struct world_envelope *e = slack_envelope(w, ENV_COMMAND, "slash_commands", true);

	text_copy(e->user, sizeof(e->user), world_person(w, who)->slack);
	text_copy(e->channel, sizeof(e->channel), world_channel(w, "inc-room")->id);
	slack_trigger_make(w, e->user, e->trigger_id, sizeof(e->trigger_id));
	slack_hook_make(w, e, "commands");
	return e;
}

static json_t *payload_make(const struct world *w, const struct world_envelope *e,
			    const char *text)
{
	return json_pack("{s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s}", "team_id", w->team,
			 "channel_id", e->channel, "user_id", e->user, "command",
			 w->command, "text", text, "api_app_id", w->app_id,
			 "response_url", e->response_url, "trigger_id", e->trigger_id);
}

struct world_envelope *scene_type_json(struct scene *t, const char *who,
				       const char *json_text)
{
	struct world *w = t->world;
	struct world_envelope *e = envelope_make(w, who);
	struct buf frame;

	e->payload = payload_make(w, e, "@@");
	char *payload = json_dumps(e->payload, JSON_COMPACT);
	char *at = strstr(payload, "@@");

	buf_init(&frame, 1 << 20);
	buf_addf(&frame,
		 "{\"envelope_id\":\"%s\",\"type\":\"slash_commands\","
		 "\"accepts_response_payload\":true,\"payload\":",
		 e->id);
	buf_add(&frame, payload, (size_t)(at - payload));
	buf_add_str(&frame, json_text);
	buf_addf(&frame, "%s}", at + 2);
	e->sent = 1;
	e->socket = slack_route(w, buf_str(&frame), frame.len);
	buf_finish(&frame);
	free(payload);
	return e;
}

struct world_envelope *scene_send_command(struct scene *t, json_t *changes)
{
	struct world *w = t->world;
	struct world_envelope *e = envelope_make(w, "ana");
	json_t *payload = payload_make(w, e, "prod-db 2h");
	const char *key;
	json_t *value;

	json_object_foreach (changes, key, value) {
		if (json_is_null(value)) {
			json_object_del(payload, key);
		} else {
			json_object_set(payload, key, value);
		}
	}
	json_decref(changes);
	slack_deliver(w, e, payload);
	return e;
}

struct acking {
	const struct world_envelope *e;
	unsigned n;
};

static bool is_acked(struct scene *t, void *data)
{
	const struct acking *a = data;

	(void)t;
	return a->e->acks >= a->n;
}

bool scene_acked_times(struct scene *t, const struct world_envelope *e, unsigned n)
{
	struct acking a = { .e = e, .n = n };

	return scene_until(t, is_acked, &a, PATIENCE_MS);
}

bool scene_acked(struct scene *t, const struct world_envelope *e)
{
	return scene_acked_times(t, e, 1);
}

struct counting {
	const char *part;
	size_t n;
};

static bool is_counted(struct scene *t, void *data)
{
	const struct counting *c = data;

	return scene_count(t, c->part) >= c->n;
}

size_t scene_count_settled(struct scene *t, const char *part, size_t n)
{
	struct counting c = { .part = part, .n = n };

	scene_until(t, is_counted, &c, PATIENCE_MS);
	scene_settle(t);
	return scene_count(t, part);
}

struct world_incident *scene_incident(struct scene *t, const char *who)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", who));
	fake_clock_advance(&t->clock, NEWS_MS);
	return i;
}

/* --- buttons --------------------------------------------------------------------------- */

struct world_envelope *scene_press(struct scene *t, const char *who, const char *part,
				   const char *action)
{
	struct world_message *m = scene_message(t, part);
	struct world_envelope *e;

	fake_clock_advance(&t->clock, NEWS_MS);
	e = m ? world_press(t->world, who, m->ts, action, "") : NULL;
	return e && scene_acked(t, e) ? e : NULL;
}

static bool is_answered(struct scene *t, void *data)
{
	const struct world_envelope *e = data;

	return *world_answer(t->world, e) != '\0';
}

const char *scene_answer(struct scene *t, const struct world_envelope *e)
{
	scene_until(t, is_answered, (void *)(uintptr_t)e, ANSWER_MS);
	return world_answer(t->world, e);
}

const char *scene_press_says(struct scene *t, const char *who, const char *part,
			     const char *action)
{
	struct world_envelope *e = scene_press(t, who, part, action);

	return e ? scene_answer(t, e) : "";
}

const char *scene_tell(struct scene *t, const char *who, const char *text)
{
	return scene_answer(t, scene_type(t, who, text));
}
