/* SPDX-License-Identifier: Apache-2.0 */
/* Who may ask at all, and as whom the providers know them. */
#include "approver/identity.h"

#include <stdio.h>

#include "shared/text.h"
#include "tests/lib/test.h"

static char nothing[] = "";
static char ana[] = "U0ANA0001", ana_io[] = "01JUANA", ana_pd[] = "PUSER01";
static char ana_mail[] = "ana@acme.example", bob[] = "U0BOB0001";

static struct person_map people[3];

static struct config config(size_t n)
{
	people[0] = (struct person_map){ .where = { true, 11 },
					 .slack = ana,
					 .incidentio = ana_io,
					 .pagerduty = ana_pd,
					 .email = ana_mail };
	people[1] = (struct person_map){ .where = { true, 12 },
					 .slack = bob,
					 .incidentio = nothing,
					 .pagerduty = nothing,
					 .email = nothing };
	people[2] = people[1];
	people[2].where.line = 13;
	return (struct config){ .people = { people, n } };
}

static struct member member(const char *email, bool confirmed)
{
	struct member m = { .email_confirmed = confirmed };

	text_copy(m.email, sizeof(m.email), email);
	return m;
}

static void those_who_are_not_full_members_are_refused(void **state)
{
	static const struct {
		struct member m;
		const char *says;
	} rows[] = {
		{ { .deleted = true }, "deactivated" },
		{ { .bot = true }, "bot" },
		{ { .guest = true }, "guest" },
		{ { .external = true }, "another Slack workspace" },
		{ { .deleted = true, .guest = true }, "deactivated" },
		{ { .external = true, .guest = true }, "another Slack workspace" },
	};
	struct config c = config(2);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct person p = { .slack = "untouched" };
		struct fail f = { 0 };

		/* The map does not help either. */
		assert_row(!identity_find(&c, "T1", ana, &rows[i].m, &p, &f), i,
			   rows[i].says);
		assert_row(f.kind == FAIL_DENIED, i, rows[i].says);
		assert_has(f.msg, rows[i].says);
		assert_string_equal(p.slack, "untouched");
	}
}

static void an_unknown_user_is_nobody(void **state)
{
	struct config c = config(2);
	struct fail f = { 0 };
	struct person p;

	(void)state;
	assert_false(identity_find(&c, "T1", ana, NULL, &p, &f));
	assert_int_equal(f.kind, FAIL_NOT_FOUND);
	assert_has(f.msg, "no such user");
}

static void an_email_counts_only_when_it_is_confirmed(void **state)
{
	struct config c = config(0);
	struct member m = member(" Bob@acme.example ", true);
	struct fail f = { 0 };
	struct person p;

	(void)state;
	assert_true(identity_find(&c, "T1", bob, &m, &p, &f));
	assert_int_equal(f.kind, FAIL_NONE);
	assert_string_equal(p.slack_team, "T1");
	assert_string_equal(p.slack, bob);
	assert_string_equal(p.email, "Bob@acme.example");
	m.email_confirmed = false;
	assert_true(identity_find(&c, "T1", bob, &m, &p, &f));
	assert_string_equal(p.email, "");
}

static void the_map_wins_over_slack(void **state)
{
	struct config c = config(2);
	struct member m = member("other@acme.example", true);
	struct fail f = { 0 };
	struct person p;

	(void)state;
	assert_true(identity_find(&c, "T1", ana, &m, &p, &f));
	assert_string_equal(p.email, ana_mail);
	assert_string_equal(p.incidentio, ana_io);
	assert_string_equal(p.pagerduty, ana_pd);
	/* What the map leaves open is Slack's to say. */
	assert_true(identity_find(&c, "T1", bob, &m, &p, &f));
	assert_string_equal(p.email, "other@acme.example");
	assert_string_equal(p.incidentio, "");
	/* Ids are compared in whole and in their case. */
	assert_true(identity_find(&c, "T1", "u0ana0001", &m, &p, &f));
	assert_string_equal(p.incidentio, "");
}

static void what_does_not_fit_is_nobodys(void **state)
{
	struct config c = config(0);
	struct member m = member("a@b.example", true);
	char longest[VENDOR_ID_SIZE + 8];
	struct fail f = { 0 };
	struct person p;

	(void)state;
	memset(longest, 'U', sizeof(longest));
	longest[sizeof(longest) - 1] = '\0';
	assert_false(identity_find(&c, "T1", longest, &m, &p, &f));
	assert_false(identity_find(&c, longest, "U1", &m, &p, &f));
	assert_false(identity_find(&c, "T1", "", &m, &p, &f));
	assert_int_equal(f.kind, FAIL_INVALID);
}

static void a_map_with_two_entries_for_one_account_is_refused(void **state)
{
	struct config c = config(2);
	struct fail f = { 0 };

	(void)state;
	assert_true(identity_check(&c, &f));
	c = config(3);
	assert_false(identity_check(&c, &f));
	assert_has(f.msg, "line 13");
	assert_has(f.msg, "line 12");
	assert_has(f.msg, bob);
}

static void a_person_with_two_accounts_is_fine(void **state)
{
	struct config c = config(2);
	struct fail f = { 0 };

	(void)state;
	people[1].incidentio = ana_io;
	people[1].email = ana_mail;
	assert_true(identity_check(&c, &f));
}

static void entries_that_mean_nobody_are_refused(void **state)
{
	static char long_id[VENDOR_ID_SIZE + 1];
	static char no_mail[] = "ana";
	struct config c = config(2);
	struct fail f = { 0 };

	(void)state;
	memset(long_id, 'x', sizeof(long_id) - 1);
	people[1].slack = nothing;
	assert_false(identity_check(&c, &f));
	assert_has(f.msg, "people: line 12: 'slack' is empty");
	c = config(2);
	people[0].pagerduty = long_id;
	assert_false(identity_check(&c, &f));
	assert_has(f.msg, "people: line 11: 'pagerduty' is longer than 63 bytes");
	c = config(2);
	people[0].email = no_mail;
	assert_false(identity_check(&c, &f));
	assert_has(f.msg, "'email' is no e-mail address");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(those_who_are_not_full_members_are_refused),
		cmocka_unit_test(an_unknown_user_is_nobody),
		cmocka_unit_test(an_email_counts_only_when_it_is_confirmed),
		cmocka_unit_test(the_map_wins_over_slack),
		cmocka_unit_test(what_does_not_fit_is_nobodys),
		cmocka_unit_test(a_map_with_two_entries_for_one_account_is_refused),
		cmocka_unit_test(a_person_with_two_accounts_is_fine),
		cmocka_unit_test(entries_that_mean_nobody_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
