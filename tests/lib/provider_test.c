/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of the provider suites. */
#include "tests/lib/provider_test.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/providers.h"
#include "approver/snapshot.h"
#include "shared/http_client.h"
#include "shared/log.h"
#include "shared/text.h"

enum { REAL_MS = 3000 };

const struct test_vendor test_incidentio = {
	.key = "incidentio",
	.name = "incident.io: ",
	.list = "v2/incidents",
	.users = "v2/users",
	.file = "incidentio/incidents.json",
	.users_file = "incidentio/users_ana.json",
	.ana = "01JUSERANA0000000000000000",
	.empty = "{\"incidents\":[]}",
	.no_users = "{\"users\":[]}",
	.next = "after=",
};

const struct test_vendor test_pagerduty = {
	.key = "pagerduty",
	.name = "PagerDuty: ",
	.list = "incidents",
	.users = "users",
	.file = "pagerduty/incidents.json",
	.users_file = "pagerduty/users_fuzzy.json",
	.ana = "PUSER01",
	.empty = "{\"incidents\":[],\"more\":false}",
	.no_users = "{\"users\":[],\"more\":false}",
	.next = "offset=100",
};

static void no_log(const char *line, void *data)
{
	(void)line;
	(void)data;
}

static void script(struct provider_test *t)
{
	rest_peer_say_file(t->peer, t->vendor->list, "", t->vendor->file);
	rest_peer_say_file(t->peer, t->vendor->users, "", t->vendor->users_file);
	rest_peer_say_file(t->peer, "v2/incident_roles", "",
			   "incidentio/incident_roles.json");
	rest_peer_say_file(t->peer, "v1/severities", "", "incidentio/severities.json");
	rest_peer_say_file(t->peer, "oncalls", "", "pagerduty/oncalls.json");
}

static void open_provider(struct provider_test *t)
{
	struct fail f = { 0 };

	if (!provider_find(t->vendor->key)->open(&t->env, &t->provider, &f)) {
		fail_msg("%s", f.msg);
	}
}

int provider_setup(void **state)
{
	static const struct http_client_config http = { .ca_file = "",
							.proxy = "",
							.user_agent = "accessd-test" };
	struct provider_test *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	assert_non_null(t);
	log_divert(no_log, NULL);
	t->vendor = *state;
	fake_clock_init(&t->clock, TEST_NOON);
	assert_true(loop_create(&t->clock.clock, &t->loop, &f));
	assert_true(http_client_open(t->loop, &http, &t->http, &f));
	t->peer = rest_peer_open(t->loop);
	script(t);
	text_copy(t->url, sizeof(t->url), rest_peer_url(t->peer));
	text_copy(t->key, sizeof(t->key), "a-key-for-tests");
	t->config = (struct provider_config){ .where = { .present = true },
					      .api_key = { t->key, strlen(t->key) },
					      .api_url = t->url,
					      .max_age_s = 5,
					      .timeout_ms = 5000 };
	t->env = (struct provider_env){ .loop = t->loop,
					.http = t->http,
					.config = &t->config };
	text_copy(t->ana.slack_team, sizeof(t->ana.slack_team), "T0ACME001");
	text_copy(t->ana.slack, sizeof(t->ana.slack), "U0ANA0001");
	text_copy(t->ana.email, sizeof(t->ana.email), "ana@acme.example");
	open_provider(t);
	*state = t;
	return 0;
}

int provider_teardown(void **state)
{
	struct provider_test *t = *state;

	if (t->provider) {
		t->provider->ops->close(t->provider);
	}
	http_client_close(t->http);
	rest_peer_close(t->peer);
	loop_destroy(t->loop);
	log_divert(NULL, NULL);
	free(t);
	return 0;
}

void provider_again(struct provider_test *t)
{
	t->provider->ops->close(t->provider);
	open_provider(t);
}

/* --- questions ----------------------------------------------------------------- */

static void on_answer(struct standing_ask *ask, const struct fail *f)
{
	struct probe *p = container_of(ask, struct probe, ask);

	p->fired++;
	p->done = true;
	p->fail = *f;
	if (f->kind != FAIL_NONE) {
		assert_null(ask->snapshot);
		return;
	}
	p->incidents = ask->snapshot->n_incidents;
	p->fetched_mono_ms = ask->snapshot->fetched_mono_ms;
	snapshot_stands_of(ask->snapshot, ask->user, &p->stands);
	snapshot_unref(ask->snapshot);
	for (size_t i = 0; i < ask->n_on_call; i++) {
		p->on_call[i] = ask->on_call[i];
	}
	free(ask->on_call);
	ask->on_call = p->on_call;
	for (size_t i = 0; i < ask->n_on_schedules; i++) {
		p->on_schedules[i] = ask->on_schedules[i];
	}
	free(ask->on_schedules);
	ask->on_schedules = p->on_schedules;
}

void probe_start(struct provider_test *t, struct probe *p, const struct person *who)
{
	bool on_call = p->ask.want_on_call;

	*p = (struct probe){ .t = t };
	p->ask.who = who;
	p->ask.want_on_call = on_call;
	p->ask.cb = on_answer;
	t->provider->ops->ask(t->provider, &p->ask);
	assert_int_equal(p->fired, 0);
}

bool probe_wait(struct probe *p)
{
	return loop_run_until(p->t->loop, &p->done, REAL_MS);
}

bool probe_ask(struct provider_test *t, struct probe *p, const struct person *who)
{
	probe_start(t, p, who);
	assert_true(probe_wait(p));
	assert_int_equal(p->fired, 1);
	return p->fail.kind == FAIL_NONE;
}

void turn(struct provider_test *t)
{
	for (int i = 0; i < 8; i++) {
		loop_run_once(t->loop);
	}
}

bool peer_hears(struct provider_test *t, const char *path, unsigned n)
{
	const struct clock *real = clock_system();
	int64_t end_ms = clock_mono_ms(real) + REAL_MS;

	while (rest_peer_count(t->peer, path, "") < n) {
		if (clock_mono_ms(real) > end_ms) {
			return false;
		}
		loop_run_once(t->loop);
	}
	return true;
}
