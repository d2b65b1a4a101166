/* SPDX-License-Identifier: Apache-2.0 */
/* The table of webhooks by itself: which are there, for which config, and what is said of
 * the others. Behind it is no approver: nobody here proves who they are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/hook.h"
#include "bot/app.h"
#include "bot/config.h"
#include "shared/buf.h"
#include "shared/http_server.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/metrics.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

#define LISTEN "listen = \"127.0.0.1:0\";\n"

extern const struct hook_ops hook_apono, hook_incidentio, hook_indent, hook_pagerduty,
	hook_slack;

/* Of each: what makes it be there, what is said when it is not, and what a stranger is
 * told. */
static const struct {
	const struct hook_ops *ops;
	const char *conf, *missing;
	int stranger;
} all[] = {
	{ &hook_apono, "apono = { bearer = \"env:HOOKS_SECRET\"; };\n", "apono.bearer",
	  401 },
	{ &hook_incidentio,
	  "incidentio = { api_key = \"env:HOOKS_SECRET\"; "
	  "webhook_secret = \"env:HOOKS_SECRET\"; };\n",
	  "incidentio.webhook_secret", 401 },
	{ &hook_indent, "indent = { webhook_secret = \"env:HOOKS_SECRET\"; };\n",
	  "indent.webhook_secret", 500 },
	{ &hook_pagerduty,
	  "pagerduty = { api_key = \"env:HOOKS_SECRET\"; "
	  "webhook_secret = \"env:HOOKS_SECRET\"; };\n",
	  "pagerduty.webhook_secret", 401 },
	{ &hook_slack,
	  "slack = { bot_token = \"env:HOOKS_SECRET\"; mode = \"http\"; "
	  "signing_secret = \"env:HOOKS_SECRET\"; };\n",
	  "slack.mode", 401 },
};

struct table {
	struct fake_clock clock;
	struct app app;
	struct config *config; /* in use */
	struct wire wire;
};

/* --- fixture ---------------------------------------------------------------------- */

/* A config that has the webhooks whose bit is set. */
static struct config *config_with(unsigned which)
{
	struct config *c = calloc(1, sizeof(*c));
	struct buf text;
	struct fail f = { 0 };

	assert_non_null(c);
	buf_init(&text, 1 << 16);
	buf_add_str(&text, LISTEN);
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		buf_add_str(&text, which & (1u << i) ? all[i].conf : "");
	}
	if (!conf_read_text(buf_str(&text), "t.conf", &config_table, true, c, &f)) {
		fail_msg("%s", f.msg);
	}
	buf_finish(&text);
	return c;
}

static void config_use(struct table *t, unsigned which)
{
	struct config *before = t->config;

	t->config = config_with(which);
	t->app.config = t->config;
	if (t->app.server) {
		hooks_reload(t->app.hooks, t->config);
	}
	if (before) {
		config_finish(before);
		free(before);
	}
}

static void hush(const char *line, void *data)
{
	(void)line;
	(void)data;
}

static int set_up(void **state)
{
	struct table *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	assert_non_null(t);
	log_divert(hush, NULL);
	setenv("HOOKS_SECRET", "a secret of the table's test", 1);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->app.loop, &f));
	t->app.metrics = metrics_create();
	t->app.hooks = hooks_create(&t->app);
	assert_non_null(t->app.hooks);
	config_use(t, 0);
	assert_true(hooks_serve(t->app.hooks, &f));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct table *t = *state;

	wire_close(&t->wire);
	hooks_destroy(t->app.hooks);
	http_server_close(t->app.server);
	metrics_destroy(t->app.metrics);
	loop_destroy(t->app.loop);
	config_finish(t->config);
	free(t->config);
	free(t);
	log_divert(NULL, NULL);
	return 0;
}

/* A request with a body of two bytes; its status. */
static int ask(struct table *t, const char *method, const char *path)
{
	char request[256], head[4096] = "";
	int status;

	snprintf(request, sizeof(request),
		 "%s %s HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}", method,
		 path);
	assert_true(
		wire_open(&t->wire, t->app.loop, http_server_port(t->app.server), NULL));
	assert_true(wire_send_text(&t->wire, request));
	status = wire_await_reply(&t->wire, head, sizeof(head), NULL);
	wire_close(&t->wire);
	return status;
}

static void assert_there(struct table *t, unsigned which)
{
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		bool is_there = (which & (1u << i)) != 0;
		const char *path = all[i].ops->path;

		assert_row(ask(t, "POST", path) == (is_there ? all[i].stranger : 404), i,
			   path);
		assert_row(ask(t, "PUT", path) == (is_there ? 405 : 404), i, path);
	}
}

/* --- the table itself ------------------------------------------------------------- */

static void each_has_all_that_a_hook_needs(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		const struct hook_ops *ops = all[i].ops;
		char path[64];

		snprintf(path, sizeof(path), "/webhooks/%s", ops->name);
		assert_row(strcmp(ops->path, path) == 0, i, ops->name);
		assert_row(ops->max_body > 0 && ops->max_body <= 1 << 20, i, ops->name);
		assert_row(ops->configured && ops->open && ops->close && ops->reload &&
				   ops->handle,
			   i, ops->name);
		ops->close(NULL);
	}
}

struct said {
	size_t n;
	bool there[ARRAY_LEN(all)];
	char why[ARRAY_LEN(all)][256];
};

static void say(void *data, const char *path, const struct fail *f)
{
	struct said *s = data;

	assert_true(s->n < ARRAY_LEN(all));
	assert_string_equal(path, all[s->n].ops->path); /* once, in their order */
	s->there[s->n] = f->kind == FAIL_NONE;
	snprintf(s->why[s->n], sizeof(s->why[0]), "%s", f->msg);
	s->n++;
}

static void each_is_said_to_be_there_or_why_not(void **state)
{
	(void)state;
	for (unsigned which = 0; which < 1u << ARRAY_LEN(all); which++) {
		struct config *c = config_with(which);
		struct said s = { 0 };

		hooks_each(c, say, &s);
		assert_int_equal(s.n, ARRAY_LEN(all));
		for (size_t i = 0; i < ARRAY_LEN(all); i++) {
			bool is_there = (which & (1u << i)) != 0;

			assert_row(s.there[i] == is_there, i, all[i].ops->name);
			assert_row(is_there || strstr(s.why[i], all[i].missing), i,
				   s.why[i]);
		}
		config_finish(c);
		free(c);
	}
}

/* --- what is served --------------------------------------------------------------- */

static void without_secrets_there_is_none(void **state)
{
	assert_there(*state, 0);
	assert_int_equal(ask(*state, "POST", ""), 400);
	assert_int_equal(ask(*state, "POST", "/"), 404);
	assert_int_equal(ask(*state, "POST", "/webhooks"), 404);
}

static void each_is_there_for_its_own_secret(void **state)
{
	struct table *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(all); i++) {
		config_use(t, 1u << i);
		assert_there(t, 1u << i);
	}
}

static void a_reload_brings_and_takes_them(void **state)
{
	static const unsigned steps[] = { 0x1f, 0x15, 0x0a, 0x0a, 0, 0x1f };
	struct table *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		config_use(t, steps[i]);
		assert_there(t, steps[i]);
	}
}

/* The hook that is the bot's own is known to it while it is there. */
static void the_bot_knows_its_own(void **state)
{
	struct table *t = *state;

	assert_null(t->app.slack_hook);
	config_use(t, 0x10);
	assert_non_null(t->app.slack_hook);
	config_use(t, 0);
	assert_null(t->app.slack_hook);
}

static void health_is_beside_them(void **state)
{
	struct table *t = *state;

	config_use(t, 0x1f);
	assert_int_equal(ask(t, "POST", "/healthz"), 405);
	assert_int_equal(ask(t, "POST", "/metrics"), 405);
}

static void none_at_all_is_fine(void **state)
{
	(void)state;
	hooks_destroy(NULL);
}

int main(void)
{
#define TABLE(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_all_that_a_hook_needs),
		TABLE(each_is_said_to_be_there_or_why_not),
		TABLE(without_secrets_there_is_none),
		TABLE(each_is_there_for_its_own_secret),
		TABLE(a_reload_brings_and_takes_them),
		TABLE(the_bot_knows_its_own),
		TABLE(health_is_beside_them),
		cmocka_unit_test(none_at_all_is_fine),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
