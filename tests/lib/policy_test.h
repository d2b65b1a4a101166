/* SPDX-License-Identifier: Apache-2.0 */
/* For the tests of the decision: each begins with the small world of facts.h, and changes
 * what it is about. */
#ifndef TESTS_LIB_POLICY_TEST_H
#define TESTS_LIB_POLICY_TEST_H

#include "tests/lib/facts.h"

extern struct facts_world w;

/* For cmocka: w is as facts_world_init() leaves it, and gone afterwards. */
int policy_set_up(void **state);
int policy_tear_down(void **state);

#define POLICY_TEST(test) \
	cmocka_unit_test_setup_teardown(test, policy_set_up, policy_tear_down)

/* She is Incident Lead of it; she has acknowledged it. */
void ana_leads(const char *reference);
void ana_acknowledged(const char *reference);

/* Policy 1: everything, for whoever has this role. */
void second_policy(const char *role);

#endif
