/* SPDX-License-Identifier: Apache-2.0 */
/* What roles and severities are called at incident.io. */
#include "accessd/provider.h"

#include <stdio.h>

#include "approver/snapshot.h"
#include "tests/lib/provider_test.h"

static size_t n_roles, n_severities;

static void on_catalog(struct standing_ask *ask, const struct fail *f)
{
	struct probe *p = container_of(ask, struct probe, ask);

	p->done = true;
	p->fired++;
	p->fail = *f;
	n_roles = n_severities = 0;
	if (f->kind == FAIL_NONE) {
		n_roles = ask->snapshot->roles.n;
		n_severities = ask->snapshot->severities.n;
		snapshot_unref(ask->snapshot);
	}
}

static bool ask_catalog(struct provider_test *t, struct probe *p)
{
	probe_start(t, p, &t->ana);
	p->ask.cb = on_catalog;
	assert_true(probe_wait(p));
	return p->fail.kind == FAIL_NONE;
}

static unsigned catalogs(const struct provider_test *t)
{
	return rest_peer_count(t->peer, "v2/incident_roles", "");
}

static void roles_and_severities_come_with_the_snapshot(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(ask_catalog(t, &p));
	assert_int_equal(n_roles, 4);
	assert_int_equal(n_severities, 3);
	fake_clock_advance(&t->clock, 5 * 60 * 1000);
	assert_true(ask_catalog(t, &p));
	assert_int_equal(catalogs(t), 1);
	fake_clock_advance(&t->clock, 5001);
	assert_true(ask_catalog(t, &p));
	assert_true(peer_hears(t, "v2/incident_roles", 2));
	assert_int_equal(rest_peer_count(t->peer, "v1/severities", ""), 2);
	assert_int_equal(rest_peer_count(t->peer, "v2/incidents", ""), 3);
}

static void without_roles_and_severities_there_is_no_snapshot(void **state)
{
	static const char *const paths[] = { "v2/incident_roles", "v1/severities" };
	struct provider_test *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		struct probe p = { 0 };

		rest_peer_say(t->peer, paths[i], "", 403, "", "");
		assert_false(ask_catalog(t, &p));
		assert_string_equal(p.fail.msg, "incident.io: HTTP 403");
		rest_peer_say(t->peer, paths[i], "", 200, "", "{\"no\":1}");
		assert_false(ask_catalog(t, &p));
		assert_has(p.fail.msg,
			   i ? "the list of severities could not be understood"
			     : "the list of roles could not be understood");
		rest_peer_say_file(t->peer, paths[i], "",
				   i ? "incidentio/severities.json"
				     : "incidentio/incident_roles.json");
	}
}

static void for_a_quarter_of_an_hour_the_old_ones_do(void **state)
{
	struct provider_test *t = *state;
	struct probe p = { 0 };

	assert_true(ask_catalog(t, &p));
	rest_peer_say(t->peer, "v2/incident_roles", "", 503, "", "");
	fake_clock_advance(&t->clock, 14 * 60 * 1000);
	assert_true(ask_catalog(t, &p));
	assert_int_equal(n_roles, 4);
	fake_clock_advance(&t->clock, 60 * 1000 + 1);
	assert_false(ask_catalog(t, &p));
	assert_has(p.fail.msg, "HTTP 503");
	/* What changed over there is seen with the next ones. */
	rest_peer_say(t->peer, "v2/incident_roles", "", 200, "",
		      "{\"incident_roles\":[]}");
	assert_true(ask_catalog(t, &p));
	assert_int_equal(n_roles, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		ONLY(test_incidentio, roles_and_severities_come_with_the_snapshot),
		ONLY(test_incidentio, without_roles_and_severities_there_is_no_snapshot),
		ONLY(test_incidentio, for_a_quarter_of_an_hour_the_old_ones_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
