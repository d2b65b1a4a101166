/* SPDX-License-Identifier: Apache-2.0 */
/* Two questions are the same when all is that the verdict rests on. */
#include "approver/apono_key.h"

#include <stdlib.h>

#include "tests/lib/test.h"

/* No two of them are the same question. */
static const char *const questions[] = {
	"{}",
	"{\"request_id\":\"a\"}",
	"{\"requester_email\":\"a\"}",
	"{\"grantee\":\"a\"}",
	"{\"policy\":\"a\"}",
	"{\"resource\":\"a\"}",
	"{\"duration_s\":1}",
	"{\"duration_s\":2}",
	"{\"request_id\":\"a\",\"requester_email\":\"b\"}",
	"{\"request_id\":\"ab\"}",
	"{\"integration\":\"a\",\"second_integration\":\"b\"}",
	"{\"data\":{\"justification\":\"a\"}}",
	"{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"a\"}},"
	"{\"integration\":{\"name\":\"b\"}}]}}",
	"{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"a\"},"
	"\"access_units\":[{\"resource\":{\"name\":\"b\"}}]}]}}",
	"{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"b\"},"
	"\"access_units\":[{\"resource\":{\"name\":\"a\"}}]}]}}",
};

static void digest(const char *body, uint8_t ret_digest[SIG_SIZE])
{
	struct sig_key *key = apono_digests_create();
	struct apono_ask ask;

	assert_non_null(key);
	assert_true(apono_parse(body, strlen(body), &ask, NULL));
	apono_digest(key, &ask, ret_digest);
	apono_ask_finish(&ask);
	sig_key_destroy(key);
}

static void other_questions_have_other_digests(void **state)
{
	uint8_t all[ARRAY_LEN(questions)][SIG_SIZE];

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(questions); i++) {
		digest(questions[i], all[i]);
		for (size_t k = 0; k < i; k++) {
			assert_row(memcmp(all[i], all[k], SIG_SIZE) != 0, i,
				   questions[i]);
		}
	}
}

static void what_makes_no_difference_makes_none(void **state)
{
	uint8_t one[SIG_SIZE], two[SIG_SIZE];

	(void)state;
	digest("{\"request_id\":\"a\",\"duration_s\":\"60\",\"resource\":\"r\"}", one);
	digest("{\"resource\":\"r\",\"integration\":\"i\",\"flow\":\"f\",\"x\":1,"
	       "\"duration_s\":60,\"friendly_id\":\"AR-1\",\"request_id\":\" a \"}",
	       two);
	assert_memory_equal(one, two, SIG_SIZE);
}

static void the_key_of_a_digest_changes_once_a_minute(void **state)
{
	char first[APONO_KEY_SIZE], key[APONO_KEY_SIZE];
	uint8_t one[SIG_SIZE];

	(void)state;
	digest("{}", one);
	apono_key(one, 60000, first);
	apono_key(one, 119999, key);
	assert_string_equal(key, first);
	apono_key(one, 120000, key);
	assert_string_not_equal(key, first);
	apono_key(one, 59999, key);
	assert_string_not_equal(key, first);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(other_questions_have_other_digests),
		cmocka_unit_test(what_makes_no_difference_makes_none),
		cmocka_unit_test(the_key_of_a_digest_changes_once_a_minute),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
