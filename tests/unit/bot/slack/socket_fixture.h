/* SPDX-License-Identifier: Apache-2.0 */
/* A Socket Mode client whose Slack is the test. */
#ifndef TESTS_UNIT_BOT_SLACK_SOCKET_FIXTURE_H
#define TESTS_UNIT_BOT_SLACK_SOCKET_FIXTURE_H

#include "tests/unit/bot/slack/fake_transport.h"

#include "bot/slack/socket.h"

#define APP_TOKEN "xapp-1-A0ACCESS1-1-secret"
#define HELLO \
	"{\"type\":\"hello\",\"num_connections\":1,\"connection_info\":{\"app_id\":" \
	"\"A0ACCESS1\"},\"debug_info\":{\"approximate_connection_time\":18060}}"
#define DISCONNECT(reason) "{\"type\":\"disconnect\",\"reason\":\"" reason "\"}"
#define SLASH(id) \
	"{\"envelope_id\":\"" id "\",\"type\":\"slash_commands\"," \
	"\"accepts_response_payload\":true,\"payload\":{\"text\":\"prod-db\"}}"

static struct fixture {
	struct slack_socket *s;
	struct secret token;
	uint32_t dice;
	bool told_live;
	unsigned told;
	unsigned envelopes;
	struct slack_ack ack; /* the latest */
	bool ack_at_once, close_at_once;
	unsigned done;
} fix;

static uint32_t fix_dice(void)
{
	return fix.dice;
}

static void fix_envelope(void *data, const struct slack_ack *ack,
			 const struct envelope *e)
{
	assert_ptr_equal(data, &fix);
	assert_true(envelope_wants_ack(e->kind));
	assert_non_null(e->payload);
	fix.envelopes++;
	fix.ack = *ack;
	if (fix.ack_at_once) {
		assert_true(slack_ack_send(ack, NULL));
	}
	if (fix.close_at_once) {
		slack_socket_close(fix.s);
		fix.s = NULL;
	}
}

static void fix_live(void *data, bool live)
{
	assert_ptr_equal(data, &fix);
	assert_true(live != fix.told_live); /* changes only */
	fix.told_live = live;
	fix.told++;
	if (fix.close_at_once) {
		slack_socket_close(fix.s);
		fix.s = NULL;
	}
}

static inline void fix_done(void *data)
{
	assert_ptr_equal(data, &fix);
	fix.done++;
}

static const struct slack_socket_ops fix_ops = { .envelope = fix_envelope,
						 .live = fix_live };

static int setup(void **state)
{
	struct slack_socket_config conf = { .metrics = NULL,
					    .app_token = &fix.token,
					    .api_url = "https://slack.com/api/",
					    .app_id = "A0ACCESS1",
					    .ops = &fix_ops,
					    .data = &fix,
					    .dice = fix_dice };

	(void)state;
	fake_open();
	memset(&fix, 0, sizeof(fix));
	secret_set(&fix.token, APP_TOKEN, strlen(APP_TOKEN));
	conf.loop = fake.loop;
	conf.metrics = fake.metrics;
	fix.s = slack_socket_open(&conf);
	assert_non_null(fix.s);
	pass(0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	slack_socket_close(fix.s);
	secret_finish(&fix.token);
	assert_has_not(fake.log, "ticket=");
	assert_has_not(fake.log, "/link/");
	assert_has_not(fake.log, "xapp-1");
	fake_close();
	return 0;
}

/* Slack gives a ticket; the latest connection is dialled. */
static void give_ticket(void)
{
	static unsigned n;
	char body[256];

	snprintf(body, sizeof(body),
		 "{\"ok\":true,\"url\":\"wss://wss-primary.slack.com/link/?ticket=%u&"
		 "app_id=9c0d\"}",
		 ++n);
	answer(200, body, NULL);
}

static struct ws *latest(void)
{
	assert_true(fake.n_dialled > 0);
	return fake.dialled[fake.n_dialled - 1];
}

static void say(struct ws *w, const char *text)
{
	w->conf.ops->received(w, text, strlen(text));
	pass(0);
}

static void upgrade(struct ws *w)
{
	w->open = true;
	w->conf.ops->opened(w);
}

/* From the request for a ticket to the hello. */
static struct ws *go_live(void)
{
	assert_int_equal(fake.n_asked, 1);
	give_ticket();
	upgrade(latest());
	say(latest(), HELLO);
	return latest();
}

static inline void lose(struct ws *w)
{
	struct fail f;

	fail_set(&f, FAIL_UPSTREAM, "the peer has closed without a CLOSE");
	ws_end(w, 1006, &f);
	pass(0);
}

/* How long until a ticket is asked for, in steps of 100 ms. */
static inline int64_t asked_after(int64_t cap_ms)
{
	int64_t ms = 0;

	while (fake.n_asked == 0 && ms < cap_ms) {
		pass(100);
		ms += 100;
	}
	return ms;
}

#endif
