/* SPDX-License-Identifier: Apache-2.0 */
/* Posting as Apono does. */
#include "tests/lib/apono_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

enum { STEP_MS = 250 };

static json_t *json;
static char head[8192];

int apono_setup_stopped(void **state)
{
	watch_setup_stopped(state);
	((struct scene *)*state)->more = APONO_CONF;
	setenv("SCENE_APONO", APONO_TOKEN, 1);
	setenv("SCENE_APONO_OLD", APONO_OLD_TOKEN, 1);
	return 0;
}

int apono_setup(void **state)
{
	apono_setup_stopped(state);
	scene_start(*state, true);
	return 0;
}

int apono_teardown(void **state)
{
	json_decref(json);
	json = NULL;
	assert_null(strstr(scene_log(), APONO_TOKEN));
	assert_null(strstr(scene_log(), APONO_OLD_TOKEN));
	return watch_teardown(state);
}

void apono_send(struct scene *t, struct wire *w, const char *lines, const char *body,
		size_t n)
{
	char length[64];

	assert_true(wire_open(w, t->loop, app_port(&t->app), NULL));
	snprintf(length, sizeof(length), "Content-Length: %zu\r\n\r\n", n);
	assert_true(wire_send_text(w, lines));
	assert_true(wire_send_text(w, length));
	assert_true(wire_send(w, body, n));
}

int apono_reply(struct wire *w)
{
	const char *body = NULL;
	int status = wire_await_reply(w, head, sizeof(head), &body);

	json_decref(json);
	json = body ? json_loads(body, 0, NULL) : NULL;
	wire_close(w);
	return status;
}

const json_t *apono_json(void)
{
	return json;
}

const char *apono_head(void)
{
	return head;
}

static void status_check(const char *body, int found, int wanted)
{
	char *text = json_dumps(json, 0);

	if (found != wanted) {
		fail_msg("%d, not %d, for %.200s: %s", found, wanted, body,
			 text ? text : "");
	}
	free(text);
}

const json_t *apono_post(struct scene *t, const char *body, int status)
{
	struct wire w = { 0 };

	apono_send(t, &w, APONO_POST APONO_AUTH, body, strlen(body));
	status_check(body, apono_reply(&w), status);
	return json;
}

static bool has_reply(struct scene *t, void *data)
{
	const struct wire *w = data;

	(void)t;
	return strstr(wire_text(w), "\r\n\r\n") != NULL;
}

const json_t *apono_post_slow(struct scene *t, const char *body, int status, int64_t ms)
{
	struct wire w = { 0 };

	apono_send(t, &w, APONO_POST APONO_AUTH, body, strlen(body));
	scene_settle(t);
	for (; ms > 0 && !scene_until(t, has_reply, &w, 20); ms -= STEP_MS) {
		fake_clock_advance(&t->clock, STEP_MS);
		loop_run_once(t->loop);
	}
	assert_true(scene_until(t, has_reply, &w, 200));
	status_check(body, apono_reply(&w), status);
	return json;
}

const char *apono_text(const char *name)
{
	static char room[16][1024];
	static unsigned next;
	char *dst = room[next++ % 16];

	text_copy(dst, sizeof(room[0]), jx_str(json, name));
	return dst;
}
