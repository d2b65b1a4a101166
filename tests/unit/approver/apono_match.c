/* SPDX-License-Identifier: Apache-2.0 */
/* Which resources a request of Apono's is about. */
#include "approver/apono_match.h"

#include <stdio.h>

#include "tests/lib/test.h"

static char k_apono[] = "apono", k_env[] = "env", v_prod[] = "prod",
	    v_path[] = "pg/payments", v_bundle[] = "Everything of payments";
static char n_db[] = "prod-db", n_shell[] = "prod-shell", n_cache[] = "prod-cache";

static struct str_pair db_labels[] = { { k_env, v_prod }, { k_apono, v_path } };
static struct str_pair shell_labels[] = { { k_apono, v_bundle } };
static struct str_pair cache_labels[] = { { k_apono, v_bundle } };

static struct resource resources[] = {
	{ .name = n_db, .labels = { db_labels, 2 } },
	{ .name = n_shell, .labels = { shell_labels, 1 } },
	{ .name = n_cache, .labels = { cache_labels, 1 } },
};
static const struct config config = { .resources = { resources, ARRAY_LEN(resources) } };

/* clang-format off */
static const struct {
	struct apono_target targets[3];
	size_t n;
	const char *found; /* names, parted by blanks */
} rows[] = {
	{ { { { "prod-db" }, 1 } }, 1, "prod-db" },
	{ { { { "pg/payments" }, 1 } }, 1, "prod-db" },
	{ { { { "Everything of payments" }, 1 } }, 1, "prod-shell prod-cache" },
	{ { { { "pg/orders", "orders", "prod-shell" }, 3 } }, 1, "prod-shell" },
	{ { { { "pg/payments", "payments", "prod-shell" }, 3 } }, 1, "prod-db" },
	{ { { { "prod-db" }, 1 }, { { "prod-db" }, 1 } }, 2, "prod-db" },
	{ { { { "prod-db" }, 1 }, { { "prod-shell" }, 1 } }, 2, "prod-db prod-shell" },
	{ { { { "prod-db" }, 1 }, { { "nope", "never" }, 2 } }, 2, "nope" },
	{ { { { "nope" }, 1 }, { { "prod-db" }, 1 } }, 2, "nope" },
	{ { { { "prod-db" }, 1 }, { { NULL }, 0 } }, 2, "?" },
	{ { { { "PROD-DB" }, 1 } }, 1, "PROD-DB" },
	{ { { { "prod" }, 1 } }, 1, "prod" }, /* env = "prod" is no name */
	{ { { { NULL }, 0 } }, 0, "" },
};
/* clang-format on */

static void a_target_goes_by_name_or_label(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct apono_target targets[3];
		struct apono_ask ask = { .targets = targets, .n_targets = rows[i].n };
		struct apono_resources found;
		char text[512] = "";
		size_t n = 0;

		memcpy(targets, rows[i].targets, sizeof(targets));
		apono_match(&config, &ask, &found);
		for (size_t k = 0; k < found.n; k++) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      k ? " " : "", found.names[k]);
		}
		assert_string_equal(text, rows[i].found);
		assert_false(found.over);
	}
}

/* Cut, it would be the name of one that is known. */
static void a_long_name_is_not_cut_to_a_known_one(void **state)
{
	char known[NAME_SIZE], longer[NAME_SIZE + 2];
	struct resource one = { .name = known };
	const struct config c = { .resources = { &one, 1 } };
	struct apono_target target = { { longer }, 1 };
	struct apono_ask ask = { .targets = &target, .n_targets = 1 };
	struct apono_resources found;

	(void)state;
	memset(known, 'a', sizeof(known) - 1);
	known[sizeof(known) - 1] = '\0';
	memset(longer, 'a', sizeof(longer) - 1);
	longer[sizeof(longer) - 1] = '\0';
	apono_match(&c, &ask, &found);
	assert_int_equal(found.n, 1);
	assert_string_not_equal(found.names[0], known);
	assert_has(found.names[0], "aaaa\xe2\x80\xa6");
	target.names[0] = known;
	apono_match(&c, &ask, &found);
	assert_string_equal(found.names[0], known);
}

static void more_resources_than_fit_are_said_to_be(void **state)
{
	static char names[DECISION_RESOURCES_MAX + 1][8];
	struct resource many[ARRAY_LEN(names)] = { 0 };
	struct apono_target targets[ARRAY_LEN(names)] = { 0 };
	struct apono_ask ask = { .targets = targets };
	const struct config c = { .resources = { many, ARRAY_LEN(many) } };
	struct apono_resources found;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(names[i], sizeof(names[i]), "r%zu", i);
		many[i].name = names[i];
		targets[i] = (struct apono_target){ { names[i] }, 1 };
	}
	ask.n_targets = DECISION_RESOURCES_MAX;
	apono_match(&c, &ask, &found);
	assert_int_equal(found.n, DECISION_RESOURCES_MAX);
	assert_false(found.over);
	ask.n_targets++;
	apono_match(&c, &ask, &found);
	assert_true(found.over);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_target_goes_by_name_or_label),
		cmocka_unit_test(a_long_name_is_not_cut_to_a_known_one),
		cmocka_unit_test(more_resources_than_fit_are_said_to_be),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
