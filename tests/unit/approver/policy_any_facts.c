/* SPDX-License-Identifier: Apache-2.0 */
/* What must hold for any facts: nobody is granted anything without a stand of their own. */
#include "tests/lib/test.h"

#include "shared/text.h"
#include "tests/lib/policy_test.h"

static uint32_t dice(uint32_t n)
{
	static uint64_t x = 88172645463325252u; /* xorshift: the same run every time */

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return (uint32_t)(x >> 32) % n;
}

static const char *one_of(const char *const *items, uint32_t n)
{
	return items[dice(n)];
}

static void random_world(void)
{
	static const char *const users[] = { "", FACTS_ANA_IO, FACTS_BOB_IO, "X" };
	static const char *const roles[] = { "", FACTS_LEAD, FACTS_DBA, FACTS_REPORTER };

	for (uint32_t i = dice(6); i > 0; i--) {
		struct incident *in = facts_io_incident(&w, "INC-1");

		in->is_private = dice(4) == 0;
		in->creator_known = dice(3) > 0;
		text_copy(in->creator, sizeof(in->creator), one_of(users, 4));
		for (uint32_t k = dice(4); k > 0; k--) {
			facts_stand(w.incidentio, one_of(users, 4), one_of(roles, 4),
				    "Incident Lead");
		}
	}
	text_copy(w.facts.incidentio.user, VENDOR_ID_SIZE, one_of(users, 4));
	w.any[0][0].incidentio.not_self_declared = dice(2) == 0;
	w.any[0][0].incidentio.private_incidents = dice(2) == 0;
	if (dice(5) == 0) {
		fail_set(&w.facts.incidentio.fail, FAIL_TIMEOUT, "slow");
	}
}

/* Looked up anew, without any of the code under test. */
static bool holds_a_role(void)
{
	const struct snapshot *s = w.incidentio;

	for (size_t i = 0; i < s->n_stands; i++) {
		const struct stand *st = &s->stands[i];
		const struct incident *in = &s->incidents[st->incident];

		if (st->user[0] && strcmp(st->user, w.facts.incidentio.user) == 0 &&
		    (strcmp(st->role_id, FACTS_LEAD) == 0 ||
		     strcmp(st->role_id, FACTS_DBA) == 0) &&
		    (!in->is_private || w.any[0][0].incidentio.private_incidents) &&
		    (!w.any[0][0].incidentio.not_self_declared ||
		     (in->creator_known && strcmp(in->creator, st->user) != 0))) {
			return true;
		}
	}
	return false;
}

static void no_grant_without_a_stand_of_the_same_user(void **state)
{
	size_t granted = 0;

	(void)state;
	for (size_t i = 0; i < 4000; i++) {
		bool could;

		facts_world_finish(&w);
		facts_world_init(&w);
		random_world();
		w.policies[0].any.n = 1;
		facts_decide(&w);
		could = w.facts.incidentio.fail.kind == FAIL_NONE && holds_a_role();
		assert_row((w.verdict.kind == VERDICT_GRANTED) == could, i,
			   w.verdict.why);
		granted += could;
		assert_true(w.verdict.why[0] != '\0');
		assert_true(could || w.verdict.fix[0] != '\0');
	}
	assert_true(granted > 400 && granted < 3600); /* the dice show all sides */
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		POLICY_TEST(no_grant_without_a_stand_of_the_same_user),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
