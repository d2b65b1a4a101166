/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's updates: who took part by one, who did not, and what is refused. */
#include "approver/incidentio_parse.h"

#include <stdlib.h>

#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/data.h"
#include "tests/lib/test.h"

#define INCIDENT "01JINC00000000000000000421"
#define ANA      "01JUSERANA0000000000000000"
#define BO       "01JUSERBO00000000000000000"
#define EVE      "01JUSEREVE0000000000000000"

static struct snapshot *s;
static char after[VENDOR_ID_SIZE];

static int set_up(void **state)
{
	(void)state;
	s = snapshot_create();
	text_copy(snapshot_add_incident(s)->id, VENDOR_ID_SIZE, "01JINCOTHER");
	text_copy(snapshot_add_incident(s)->id, VENDOR_ID_SIZE, INCIDENT);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	snapshot_unref(s);
	return 0;
}

static void read_file(const char *path)
{
	struct fail f = { 0 };
	size_t n;
	char *body = test_data(path, &n);

	if (!incidentio_parse_updates(body, n, s, 1, after, &f)) {
		fail_msg("%s", f.msg);
	}
	free(body);
}

static size_t stands_of(const char *user)
{
	size_t n;

	snapshot_stands_of(s, user, &n);
	return n;
}

static void each_person_who_posted_takes_part_once(void **state)
{
	const struct stand *ana;
	size_t n;

	(void)state;
	read_file("incidentio/incident_updates.json");
	assert_string_equal(after, "");
	assert_true(snapshot_seal(s));
	assert_int_equal(s->n_stands, 2);
	ana = snapshot_stands_of(s, ANA, &n);
	assert_int_equal(n, 1);
	assert_true(ana->participant);
	assert_string_equal(ana->role_id, "");
	assert_string_equal(s->incidents[ana->incident].id, INCIDENT);
	assert_int_equal(stands_of(BO), 1);  /* without e-mail and Slack id */
	assert_int_equal(stands_of(EVE), 0); /* of another incident */
}

static void pages_are_taken_in_one_after_the_other(void **state)
{
	(void)state;
	read_file("incidentio/incident_updates_page_1.json");
	assert_string_equal(after, "01JUPD00000000000000000006");
	read_file("incidentio/incident_updates_page_2.json");
	assert_string_equal(after, "");
	assert_true(snapshot_seal(s));
	assert_int_equal(stands_of(ANA) + stands_of(BO), 2);
}

static void a_role_and_an_update_are_two_stands(void **state)
{
	struct stand *lead = snapshot_add_stand(s, 1);

	(void)state;
	text_copy(lead->user, VENDOR_ID_SIZE, ANA);
	text_copy(lead->role_id, VENDOR_ID_SIZE, "01JROLELEAD000000000000000");
	read_file("incidentio/incident_updates.json");
	assert_true(snapshot_seal(s));
	assert_int_equal(stands_of(ANA), 2);
}

#define ROWS(text) "{\"incident_updates\":[" text "]}"
#define OF         "\"incident_id\":\"" INCIDENT "\""

/* clang-format off */
static const struct {
	const char *label;
	const char *body;
	const char *msg; /* NULL: it is fine, and nobody took part */
} rows[] = {
	{ "none", ROWS(""), NULL },
	{ "no updater", ROWS("{" OF "}"), NULL },
	{ "a null updater", ROWS("{" OF ",\"updater\":null}"), NULL },
	{ "an empty updater", ROWS("{" OF ",\"updater\":{}}"), NULL },
	{ "a null user", ROWS("{" OF ",\"updater\":{\"user\":null}}"), NULL },
	{ "an actor of a new kind", ROWS("{" OF ",\"updater\":{\"agent\":{\"id\":\"A\"}}}"), NULL },
	{ "another incident's, whatever it is", ROWS("{\"incident_id\":\"X\",\"updater\":{\"user\":7}}"), NULL },
	{ "an incident of the empty id", ROWS("{\"incident_id\":\"\",\"updater\":{\"user\":{\"id\":\"U\"}}}"), NULL },
	{ "no list", "{}", "'incident_updates'" },
	{ "no object", "[]", "" },
	{ "no JSON", "<html>", "" },
	{ "a row that is none", ROWS("7"), "'incident_updates' row 1 must be an object" },
	{ "no incident", ROWS("{}"), "'incident_updates' row 1: 'incident_id'" },
	{ "an updater that is a text", ROWS("{" OF ",\"updater\":\"ana\"}"), "'updater'" },
	{ "a user that is a text", ROWS("{" OF ",\"updater\":{\"user\":\"ana\"}}"), "'incident_updates' row 1: 'updater': 'user'" },
	{ "a user without an id", ROWS("{" OF ",\"updater\":{\"user\":{\"email\":\"a@b.example\"}}}"), "'incident_updates' row 1: 'user': 'id'" },
	{ "a user of the empty id", ROWS("{" OF ",\"updater\":{\"user\":{\"id\":\"\"}}}"), "'user': 'id'" },
};
/* clang-format on */

static void what_has_another_form_is_refused_and_named(void **state)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = { 0 };
		bool ok;

		set_up(state);
		ok = incidentio_parse_updates(rows[i].body, strlen(rows[i].body), s, 1,
					      after, &f);
		assert_row(ok == !rows[i].msg, i, rows[i].label);
		assert_row(s->n_stands == 0, i, rows[i].label);
		assert_row(ok || f.kind == FAIL_INVALID, i, rows[i].label);
		if (rows[i].msg) {
			assert_has(f.msg, rows[i].msg);
		}
		tear_down(state);
	}
}

#define ROW(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
	static const struct CMUnitTest tests[] = {
		ROW(each_person_who_posted_takes_part_once),
		ROW(pages_are_taken_in_one_after_the_other),
		ROW(a_role_and_an_update_are_two_stands),
		cmocka_unit_test(what_has_another_form_is_refused_and_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
