/* SPDX-License-Identifier: Apache-2.0 */
/* A client of the Web API whose Slack is the test. */
#ifndef TESTS_UNIT_BOT_SLACK_WEB_API_FIXTURE_H
#define TESTS_UNIT_BOT_SLACK_WEB_API_FIXTURE_H

#include "tests/unit/bot/slack/fake_transport.h"

#include "bot/slack/web_api.h"

struct call {
	struct slack_call call;
	unsigned done;
	bool had_reply;
	struct fail fail;
	int64_t done_ms;
	unsigned order;
};

static struct slack_api *api;
static struct secret token;
static unsigned order;
static bool close_in_callback;

static void on_done(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct call *c = container_of(call, struct call, call);

	c->done++;
	c->had_reply = reply != NULL;
	c->fail = *f;
	c->done_ms = fake.clock.mono;
	c->order = ++order;
	assert_has_not(f->msg, "sesame");
	if (close_in_callback) {
		slack_api_close(api);
		api = NULL;
	}
}

static int setup(void **state)
{
	struct slack_api_config conf = { .api_url = "https://slack.com/api/",
					 .token = &token,
					 .response_host = "127.0.0.1" };
	struct fail f = { 0 };

	(void)state;
	fake_open();
	order = 0;
	close_in_callback = false;
	secret_set(&token, "xoxb-secret", 11);
	conf.loop = fake.loop;
	conf.metrics = fake.metrics;
	assert_true(slack_api_open(&conf, &api, &f));
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slack_api_close(api);
	secret_finish(&token);
	assert_has_not(fake.log, "sesame");
	assert_has_not(fake.log, "xoxb");
	fake_close();
	return 0;
}

static inline void start(struct call *c, const char *method, bool form)
{
	*c = (struct call){ .call = { .method = method,
				      .form = form,
				      .body = form ? "user=U0ANA0001" : "{\"a\":1}",
				      .cb = on_done } };
	slack_call_start(api, &c->call);
	assert_int_equal(c->done, 0);
}

static inline void respond(struct call *c, const char *url)
{
	*c = (struct call){ .call = { .body = "{\"text\":\"hi\"}", .cb = on_done } };
	slack_respond_start(api, &c->call, url);
	assert_int_equal(c->done, 0);
}

#define API_TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
