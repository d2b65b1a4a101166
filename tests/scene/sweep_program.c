/* SPDX-License-Identifier: Apache-2.0 */
/* The process dies at any step of any story whose target is a program that keeps a book, and
 * once more while it recovers. */
#include "tests/lib/sweep.h"
#include "tests/lib/test.h"

#define SWEEP(name, from, to) \
	static void name(void **state) \
	{ \
		sweep_twice(*state, from, to); \
	}

SWEEP(a_grant_by_a_program_survives_two_crashes, SWEEP_GRANT_LAST, SWEEP_GRANT_LAST)
SWEEP(an_extension_by_a_program_survives_two_crashes, SWEEP_EXTENSION_LAST,
      SWEEP_EXTENSION_LAST)
SWEEP(an_expiry_by_a_program_survives_two_crashes, SWEEP_EXPIRY_LAST, SWEEP_EXPIRY_LAST)
SWEEP(a_release_by_a_program_survives_two_crashes, SWEEP_RELEASE_LAST, SWEEP_RELEASE_LAST)
SWEEP(a_revocation_by_a_program_survives_two_crashes, SWEEP_REVOCATION_LAST,
      SWEEP_REVOCATION_LAST)
SWEEP(the_end_of_an_incident_by_a_program_survives_two_crashes, SWEEP_INCIDENT_LAST,
      SWEEP_INCIDENT_LAST)
SWEEP(what_is_put_back_by_hand_is_found_after_two_crashes, SWEEP_INVENTORY,
      SWEEP_INVENTORY)

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, sweep_setup_program, sweep_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(a_grant_by_a_program_survives_two_crashes),
		SCENE(an_extension_by_a_program_survives_two_crashes),
		SCENE(an_expiry_by_a_program_survives_two_crashes),
		SCENE(a_release_by_a_program_survives_two_crashes),
		SCENE(a_revocation_by_a_program_survives_two_crashes),
		SCENE(the_end_of_an_incident_by_a_program_survives_two_crashes),
		SCENE(what_is_put_back_by_hand_is_found_after_two_crashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
