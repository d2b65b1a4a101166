/* SPDX-License-Identifier: Apache-2.0 */
/* The fixture of the tests of the decision. */
#include "tests/lib/policy_test.h"

struct facts_world w;

int policy_set_up(void **state)
{
	(void)state;
	facts_world_init(&w);
	return 0;
}

int policy_tear_down(void **state)
{
	(void)state;
	facts_world_finish(&w);
	return 0;
}

void ana_leads(const char *reference)
{
	facts_io_incident(&w, reference);
	facts_stand(w.incidentio, FACTS_ANA_IO, FACTS_LEAD, "Incident Lead");
}

void ana_acknowledged(const char *reference)
{
	facts_pd_incident(&w, reference);
	facts_stand(w.pagerduty, FACTS_ANA_PD, "", "");
}

void second_policy(const char *role)
{
	w.policies[1].name = facts_text("second");
	w.policies[1].resources = facts_list("*", NULL, NULL);
	w.policies[1].any.n = 1;
	w.any[1][0].incidentio.where.present = true;
	w.any[1][0].incidentio.roles = facts_list(role, NULL, NULL);
	w.config.policies.n = 2;
}
