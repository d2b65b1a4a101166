/* SPDX-License-Identifier: Apache-2.0 */
/* The process dies at any step of any story. What must hold then: tests/lib/sweep.h. */
#include "tests/lib/sweep.h"
#include "tests/lib/test.h"

#define SWEEP(name, from, to) \
	static void name(void **state) \
	{ \
		sweep_once(*state, from, to); \
	}

SWEEP(a_grant_survives_any_crash, SWEEP_GRANT, SWEEP_GRANT_LAST)
SWEEP(a_denial_survives_any_crash, SWEEP_DENIAL, SWEEP_DENIAL)
SWEEP(an_extension_survives_any_crash, SWEEP_EXTENSION, SWEEP_EXTENSION_LAST)
SWEEP(an_expiry_survives_any_crash, SWEEP_EXPIRY, SWEEP_EXPIRY_LAST)
SWEEP(a_release_survives_any_crash, SWEEP_RELEASE, SWEEP_RELEASE_LAST)
SWEEP(a_revocation_survives_any_crash, SWEEP_REVOCATION, SWEEP_REVOCATION_LAST)
SWEEP(the_end_of_an_incident_survives_any_crash, SWEEP_INCIDENT, SWEEP_INCIDENT_LAST)

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, sweep_setup, sweep_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_survives_any_crash),
		SCENE(a_denial_survives_any_crash),
		SCENE(an_extension_survives_any_crash),
		SCENE(an_expiry_survives_any_crash),
		SCENE(a_release_survives_any_crash),
		SCENE(a_revocation_survives_any_crash),
		SCENE(the_end_of_an_incident_survives_any_crash),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
