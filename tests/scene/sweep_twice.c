/* SPDX-License-Identifier: Apache-2.0 */
/* The process dies at any step of any story, and once more while it recovers. Of each
 * story the longer one, with a target. */
#include "tests/lib/sweep.h"
#include "tests/lib/test.h"

#define SWEEP(name, from, to) \
	static void name(void **state) \
	{ \
		sweep_twice(*state, from, to); \
	}

SWEEP(a_grant_survives_two_crashes, SWEEP_GRANT_LAST, SWEEP_GRANT_LAST)
SWEEP(a_denial_survives_two_crashes, SWEEP_DENIAL, SWEEP_DENIAL)
SWEEP(an_expiry_survives_two_crashes, SWEEP_EXPIRY_LAST, SWEEP_EXPIRY_LAST)
SWEEP(a_release_survives_two_crashes, SWEEP_RELEASE_LAST, SWEEP_RELEASE_LAST)
SWEEP(a_revocation_survives_two_crashes, SWEEP_REVOCATION_LAST, SWEEP_REVOCATION_LAST)
SWEEP(the_end_of_an_incident_survives_two_crashes, SWEEP_INCIDENT_LAST,
      SWEEP_INCIDENT_LAST)

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, sweep_setup, sweep_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_survives_two_crashes),
		SCENE(a_denial_survives_two_crashes),
		SCENE(an_expiry_survives_two_crashes),
		SCENE(a_release_survives_two_crashes),
		SCENE(a_revocation_survives_two_crashes),
		SCENE(the_end_of_an_incident_survives_two_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
