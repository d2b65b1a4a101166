/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: their order, a person's stands, what is found and what is not. */
#include "approver/snapshot.h"

#include <stdio.h>

#include "shared/text.h"
#include "tests/lib/test.h"

static size_t add(struct snapshot *s, const char *id, const char *ref, int64_t created_ms,
		  int64_t rank)
{
	struct incident *in = snapshot_add_incident(s);

	assert_non_null(in);
	text_copy(in->id, sizeof(in->id), id);
	text_copy(in->reference, sizeof(in->reference), ref);
	in->created_ms = created_ms;
	in->has_severity = rank >= 0;
	in->severity_rank = rank;
	return s->n_incidents - 1;
}

static void stand(struct snapshot *s, const char *user, size_t incident, const char *role)
{
	struct stand *st = snapshot_add_stand(s, incident);

	assert_non_null(st);
	text_copy(st->user, sizeof(st->user), user);
	text_copy(st->role_id, sizeof(st->role_id), role);
}

static void incidents_come_severest_then_oldest_then_by_id(void **state)
{
	static const char *const want[] = { "sev2", "old", "a", "b", "none" };
	struct snapshot *s = snapshot_create();

	(void)state;
	add(s, "none", "", 1, -1);
	add(s, "b", "", 20, 1);
	add(s, "a", "", 20, 1);
	add(s, "sev2", "", 90, 2);
	add(s, "old", "", 10, 1);
	assert_true(snapshot_seal(s));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_row(strcmp(s->incidents[i].id, want[i]) == 0, i, want[i]);
	}
	snapshot_unref(s);
}

static void stands_keep_pointing_at_their_incident(void **state)
{
	struct snapshot *s = snapshot_create();
	const struct stand *of;
	char user[16];
	size_t n;

	(void)state;
	for (int i = 0; i < 100; i++) {
		char id[16];

		snprintf(id, sizeof(id), "I%02d", i);
		add(s, id, "", 1000 - i, i % 3);
		snprintf(user, sizeof(user), "U%02d", i % 7);
		stand(s, user, (size_t)i, id);
	}
	assert_true(snapshot_seal(s));
	for (int u = 0; u < 7; u++) {
		snprintf(user, sizeof(user), "U%02d", u);
		of = snapshot_stands_of(s, user, &n);
		assert_int_equal(n, u < 2 ? 15 : 14);
		for (size_t i = 0; i < n; i++) {
			assert_string_equal(of[i].user, user);
			assert_string_equal(of[i].role_id,
					    s->incidents[of[i].incident].id);
			assert_true(i == 0 || of[i - 1].incident < of[i].incident);
		}
	}
	snapshot_unref(s);
}

static void nobody_has_the_stands_of_nobody(void **state)
{
	struct snapshot *s = snapshot_create();
	size_t n = 7;

	(void)state;
	assert_null(snapshot_stands_of(s, "U1", &n));
	assert_int_equal(n, 0);
	add(s, "I1", "", 1, 1);
	stand(s, "", 0, "R"); /* no parser makes one: even so */
	stand(s, "U2", 0, "R");
	assert_true(snapshot_seal(s));
	assert_null(snapshot_stands_of(s, "", &n));
	assert_null(snapshot_stands_of(s, NULL, &n));
	assert_null(snapshot_stands_of(s, "U", &n));
	assert_null(snapshot_stands_of(s, "U22", &n));
	assert_null(snapshot_stands_of(s, "u2", &n));
	assert_int_equal(n, 0);
	assert_non_null(snapshot_stands_of(s, "U2", &n));
	assert_int_equal(n, 1);
	snapshot_unref(s);
}

static void incidents_are_found_by_id_or_reference(void **state)
{
	static const struct {
		const char *text;
		const char *id; /* NULL: not found */
	} rows[] = {
		{ "01JINC1", "01JINC1" },
		{ "INC-204", "01JINC1" },
		{ "inc-204", "01JINC1" },
		{ "#512", "Q512" },
		{ "512", "Q512" },
		{ "Q512", "Q512" },
		{ "q512", NULL },
		{ "INC-20", NULL },
		{ "INC-2044", NULL },
		{ "204", NULL },
		{ "51", NULL },
		{ "##512", NULL },
		{ "", NULL },
		{ "#", NULL },
	};
	struct snapshot *s = snapshot_create();

	(void)state;
	add(s, "01JINC1", "INC-204", 1, 1);
	add(s, "Q512", "#512", 2, -1);
	add(s, "QNOREF", "", 3, -1);
	assert_true(snapshot_seal(s));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct incident *in = snapshot_find(s, rows[i].text);

		assert_row(!in == !rows[i].id, i, rows[i].text);
		assert_row(!in || strcmp(in->id, rows[i].id) == 0, i, rows[i].text);
	}
	assert_null(snapshot_find(s, NULL));
	snapshot_unref(s);
}

static void item(struct catalog *c, const char *id, const char *name)
{
	struct catalog_item *it = catalog_add(c);

	assert_non_null(it);
	text_copy(it->id, sizeof(it->id), id);
	text_copy(it->name, sizeof(it->name), name);
}

static void a_name_means_an_item_only_when_one_has_it(void **state)
{
	static const struct {
		const char *text;
		const char *id;
		size_t n;
	} rows[] = {
		{ "R1", "R1", 1 },
		{ "Incident Lead", "R1", 1 },
		{ " Incident Lead ", "R1", 1 },
		{ "incident lead", NULL, 0 },
		{ "DBA", NULL, 2 },
		{ "R2", "R2", 1 },
		{ "Comms", "R4", 1 },
		{ "", NULL, 0 },
		{ "  ", NULL, 0 },
		{ "R6", "R6", 1 },
	};
	struct catalog c = { 0 };
	struct catalog copy = { 0 };

	(void)state;
	item(&c, "R1", "Incident Lead");
	item(&c, "R2", "DBA");
	item(&c, "R3", "DBA");
	item(&c, "R4", " Comms\t");
	item(&c, "R5", "");
	item(&c, "R6", "R1"); /* somebody's id as a name: the id wins */
	assert_true(catalog_copy(&copy, &c));
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		size_t n;
		const struct catalog_item *it =
			catalog_find(&copy, rows[i].text, false, &n);

		assert_row(!it == !rows[i].id, i, rows[i].text);
		assert_row(!it || strcmp(it->id, rows[i].id) == 0, i, rows[i].text);
		assert_row(n == rows[i].n, i, rows[i].text);
	}
	catalog_finish(&c);
	catalog_finish(&copy);
}

static void a_snapshot_lives_as_long_as_its_last_reference(void **state)
{
	struct snapshot *s = snapshot_create();
	const struct snapshot *other = snapshot_ref(s);

	(void)state;
	add(s, "I1", "INC-1", 1, 1);
	snapshot_unref(s);
	assert_string_equal(other->incidents[0].id, "I1");
	snapshot_unref(other);
	snapshot_unref(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(incidents_come_severest_then_oldest_then_by_id),
		cmocka_unit_test(stands_keep_pointing_at_their_incident),
		cmocka_unit_test(nobody_has_the_stands_of_nobody),
		cmocka_unit_test(incidents_are_found_by_id_or_reference),
		cmocka_unit_test(a_name_means_an_item_only_when_one_has_it),
		cmocka_unit_test(a_snapshot_lives_as_long_as_its_last_reference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
