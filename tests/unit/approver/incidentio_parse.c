/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's replies: what counts, what does not, and what is refused. */
#include "approver/incidentio_parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/data.h"
#include "tests/lib/test.h"

#define ANA  "01JUSERANA0000000000000000"
#define BO   "01JUSERBO00000000000000000"
#define EVE  "01JUSEREVE0000000000000000"
#define LEAD "01JROLELEAD000000000000000"
#define DBA  "01JROLEDBA0000000000000000"

static struct snapshot *read_all(const char *path, char after[VENDOR_ID_SIZE])
{
	struct snapshot *s = snapshot_create();
	struct fail f = { 0 };
	size_t n;
	char *body = test_data(path, &n);

	if (!incidentio_parse_incidents(body, n, s, after, &f)) {
		fail_msg("%s", f.msg);
	}
	free(body);
	assert_true(snapshot_seal(s));
	return s;
}

static bool parses(const char *body, struct fail *f)
{
	struct snapshot *s = snapshot_create();
	char after[VENDOR_ID_SIZE];
	bool ok = incidentio_parse_incidents(body, strlen(body), s, after, f);

	snapshot_unref(s);
	return ok;
}

static const struct stand *stand_of(const struct snapshot *s, const char *user,
				    const char *ref, const char *role)
{
	size_t n;
	const struct stand *st = snapshot_stands_of(s, user, &n);

	for (size_t i = 0; i < n; i++) {
		if (text_same(s->incidents[st[i].incident].reference, ref) &&
		    text_same(st[i].role_id, role)) {
			return &st[i];
		}
	}
	return NULL;
}

/* --- incidents ----------------------------------------------------------------- */

static void only_live_incidents_of_mode_standard_count(void **state)
{
	static const char *const want[] = { "INC-432", "INC-421", "INC-433", "INC-434",
					    "INC-422" };
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);

	(void)state;
	assert_string_equal(after, "");
	assert_int_equal(s->n_incidents, ARRAY_LEN(want));
	for (size_t i = 0; i < ARRAY_LEN(want); i++) {
		assert_string_equal(s->incidents[i].reference, want[i]);
	}
	snapshot_unref(s);
}

static void an_incident_is_read_with_all_that_policies_ask_for(void **state)
{
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);
	const struct incident *in = snapshot_find(s, "INC-421");

	(void)state;
	assert_string_equal(in->id, "01JINC00000000000000000421");
	assert_string_equal(in->title, "Checkout 5xx — payments dégradés");
	assert_string_equal(in->url, "https://app.incident.io/acme/incidents/421");
	assert_int_equal(in->created_ms, 1787217243201);
	assert_false(in->is_private);
	assert_true(in->creator_known);
	assert_string_equal(in->creator, ANA);
	assert_true(in->has_severity);
	assert_string_equal(in->severity_id, "01JSEVMAJOR000000000000000");
	assert_string_equal(in->severity_name, "Major");
	assert_int_equal(in->severity_rank, 1);
	assert_string_equal(in->type_id, "01JTYPEPROD000000000000000");
	assert_string_equal(in->type_name, "Production");
	assert_string_equal(in->slack_team, "T0ACME001");
	assert_string_equal(in->slack_channel, "C0INC0421");
	snapshot_unref(s);
}

static void absent_and_null_are_alike(void **state)
{
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);
	const struct incident *in = snapshot_find(s, "INC-422");

	(void)state;
	assert_false(in->has_severity);
	assert_string_equal(in->severity_id, "");
	assert_string_equal(in->type_id, "");
	assert_string_equal(in->url, "");
	assert_string_equal(in->slack_channel, "");
	assert_string_equal(snapshot_find(s, "INC-434")->type_id, "");
	snapshot_unref(s);
}

static void what_is_not_public_is_private(void **state)
{
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);

	(void)state;
	assert_true(snapshot_find(s, "INC-422")->is_private);
	assert_true(snapshot_find(s, "INC-432")->is_private); /* a word of the future */
	snapshot_unref(s);
}

static void machines_are_known_creators_and_no_persons(void **state)
{
	static const struct {
		const char *ref;
		bool known;
	} rows[] = { { "INC-422", true },
		     { "INC-432", true },
		     { "INC-433", true },
		     { "INC-434", false } };
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct incident *in = snapshot_find(s, rows[i].ref);

		assert_row(in->creator_known == rows[i].known, i, rows[i].ref);
		assert_row(!*in->creator, i, rows[i].ref);
	}
	snapshot_unref(s);
}

static void every_role_of_every_person_is_there(void **state)
{
	char after[VENDOR_ID_SIZE];
	struct snapshot *s = read_all("incidentio/incidents.json", after);
	const struct stand *lead = stand_of(s, BO, "INC-421", LEAD);
	const struct stand *reporter =
		stand_of(s, ANA, "INC-421", "01JROLEREPORTER00000000000");
	const struct stand *shadow =
		stand_of(s, ANA, "INC-432", "01JROLENEW0000000000000000");

	(void)state;
	assert_non_null(lead);
	assert_string_equal(lead->role_name, "Incident Lead");
	assert_false(lead->reporter);
	assert_int_equal(lead->since_ms, 0);
	assert_true(reporter && reporter->reporter);
	/* A type that we do not know: as if it had come by itself. */
	assert_true(shadow && shadow->reporter);
	assert_non_null(stand_of(s, BO, "INC-422", LEAD));
	assert_non_null(stand_of(s, BO, "INC-422", DBA));
	assert_non_null(stand_of(s, EVE, "INC-422", DBA));
	/* Unassigned roles, absent and null, give nobody anything. */
	assert_int_equal(s->n_stands, 6);
	snapshot_unref(s);
}

static void the_cursor_is_taken_until_a_page_is_empty(void **state)
{
	char after[VENDOR_ID_SIZE];

	(void)state;
	snapshot_unref(read_all("incidentio/incidents_page_1.json", after));
	assert_string_equal(after, "01JINC00000000000000000421");
	snapshot_unref(read_all("incidentio/incidents_page_2.json", after));
	assert_string_equal(after, "");
	snapshot_unref(read_all("incidentio/incidents_none.json", after));
	assert_string_equal(after, "");
}

#define ROW(more) \
	"{\"incidents\":[{\"id\":\"I1\",\"created_at\":\"2026-08-20T09:14:03Z\"," \
	"\"mode\":\"standard\",\"visibility\":\"public\"," \
	"\"incident_status\":{\"category\":\"live\"}," more "}]}"

static void what_has_another_form_is_refused_and_named(void **state)
{
	static const struct {
		const char *body;
		const char *says; /* NULL: fine */
	} rows[] = {
		{ "", "cannot read JSON" },
		{ "<html><body>502</body></html>", "cannot read JSON" },
		{ "[]", "not an object" },
		{ "{\"incidents\":[", "ends too early" },
		{ "{}", "'incidents' is missing" },
		{ "{\"incidents\":null}", "'incidents' must be an array, not null" },
		{ "{\"incidents\":{}}", "'incidents' must be an array, not an object" },
		{ "{\"incidents\":[7]}", "'incidents' row 1 must be an object" },
		{ "{\"incidents\":[{}]}", "'incidents' row 1: 'created_at' is missing" },
		{ "{\"incidents\":[]}", NULL },
		{ "{\"incidents\":[],\"pagination_meta\":null}", NULL },
		{ "{\"incidents\":[],\"pagination_meta\":{\"after\":7}}", NULL },
		{ ROW("\"incident_role_assignments\":[]"), NULL },
		{ ROW("\"incident_role_assignments\":null"),
		  "'incident_role_assignments' must be an array" },
		{ ROW("\"incident_role_assignments\":[null]"),
		  "'incident_role_assignments' row 1 must be an object" },
		{ ROW("\"incident_role_assignments\":[{\"assignee\":{\"id\":\"U\"}}]"),
		  "'role' is missing" },
		{ ROW("\"incident_role_assignments\":[{\"role\":{\"id\":\"R\"},"
		      "\"assignee\":{\"id\":\"\"}}]"),
		  "'id' must be a text that is not empty" },
		{ ROW("\"incident_role_assignments\":[{\"role\":{\"id\":\"R\"},"
		      "\"assignee\":{}}]"),
		  "'id' must be a text that is not empty" },
		{ ROW("\"incident_role_assignments\":[{\"role\":{\"id\":9},"
		      "\"assignee\":{\"id\":\"U\"}}]"),
		  "'role': 'id' must be a string" },
		{ ROW("\"incident_role_assignments\":[],\"severity\":{\"id\":\"S\"}"),
		  "'severity': 'rank' is missing" },
		{ ROW("\"incident_role_assignments\":[],\"severity\":{\"id\":\"S\","
		      "\"rank\":\"3\"}"),
		  "'rank' must be an integer" },
		{ ROW("\"incident_role_assignments\":[],\"creator\":[]"),
		  "'creator' must be an object" },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fail f = { 0 };
		bool ok = parses(rows[i].body, &f);

		assert_row(ok == !rows[i].says, i, rows[i].body);
		if (!ok) {
			assert_int_equal(f.kind, FAIL_INVALID);
			assert_has(f.msg, rows[i].says);
		}
	}
}

static void an_id_that_does_not_fit_is_refused_and_not_cut(void **state)
{
	char body[1024];
	char id[VENDOR_ID_SIZE + 1];
	struct fail f = { 0 };

	(void)state;
	memset(id, 'x', sizeof(id) - 1);
	id[sizeof(id) - 1] = '\0';
	snprintf(body, sizeof(body),
		 ROW("\"incident_role_assignments\":[{\"role\":{\"id\":\"R\"},"
		     "\"assignee\":{\"id\":\"%s\"}}]"),
		 id);
	assert_false(parses(body, &f));
	assert_has(f.msg, "longer than 63 bytes");
	assert_has_not(f.msg, "xxx");
}

static void a_name_that_does_not_fit_is_no_name(void **state)
{
	struct snapshot *s = snapshot_create();
	char after[VENDOR_ID_SIZE];
	struct fail f = { 0 };
	char body[2048];
	char name[NAME_SIZE + 1];

	(void)state;
	memset(name, 'n', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	snprintf(body, sizeof(body),
		 ROW("\"incident_role_assignments\":[{\"role\":{\"id\":\"R\",\"name\":"
		     "\"%s\"},\"assignee\":{\"id\":\"U\"}}],\"name\":\"%s%s%s\""),
		 name, name, name, name);
	assert_true(incidentio_parse_incidents(body, strlen(body), s, after, &f));
	assert_string_equal(s->stands[0].role_name, "");
	assert_string_equal(s->stands[0].role_id, "R");
	/* Titles are only read by people. */
	assert_int_equal(strlen(s->incidents[0].title), TITLE_SIZE - 1);
	snapshot_unref(s);
}

/* --- catalogs ------------------------------------------------------------------ */

static void roles_and_severities_are_read(void **state)
{
	struct catalog roles = { 0 };
	struct catalog severities = { 0 };
	struct fail f = { 0 };
	const struct catalog_item *item;
	size_t n;
	char *body = test_data("incidentio/incident_roles.json", &n);

	(void)state;
	assert_true(incidentio_parse_roles(body, n, &roles, &f));
	assert_int_equal(roles.n, 4);
	free(body);
	body = test_data("incidentio/severities.json", &n);
	assert_true(incidentio_parse_severities(body, n, &severities, &f));
	assert_false(incidentio_parse_roles(body, n, &roles, &f));
	free(body);
	item = catalog_find(&roles, "Incident Lead", false, &n);
	assert_string_equal(item->id, LEAD);
	assert_string_equal(item->shortform, "lead");
	assert_false(item->reporter);
	assert_true(catalog_find(&roles, "Reporter", false, &n)->reporter);
	assert_string_equal(catalog_find(&roles, "Reporter", false, &n)->shortform, "");
	assert_null(catalog_find(&roles, "dba", false, &n));
	assert_string_equal(catalog_find(&roles, "dba", true, &n)->name, "DBA");
	assert_int_equal(catalog_find(&severities, "Critical", false, &n)->rank, 2);
	catalog_finish(&roles);
	catalog_finish(&severities);
}

/* --- users --------------------------------------------------------------------- */

static void a_person_is_who_is_active_and_equal(void **state)
{
	static const struct {
		const char *path;
		const char *slack;
		const char *email;
		unsigned found;
		const char *id;
	} rows[] = {
		{ "users_all", "U0ANA0001", "", 1, ANA },
		{ "users_all", "u0ana0001", "", 0, NULL },
		{ "users_all", "U0ANA000", "", 0, NULL },
		{ "users_all", "U0NOBODY1", "", 0, NULL },
		/* By Slack id an equal e-mail does not count. */
		{ "users_all", "U0NOBODY1", "ana@acme.example", 0, NULL },
		{ "users_all", "", "ANA@acme.EXAMPLE", 1, ANA },
		{ "users_all", "", "na@acme.example", 0, NULL },
		{ "users_all", "", "", 0, NULL },
		{ "users_ana", "", "ana@acme.example", 1, ANA },
		{ "users_none", "U0ANA0001", "", 0, NULL },
		{ "users_twins", "", "kim@acme.example", 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct incidentio_match m = { .slack = rows[i].slack,
					      .email = rows[i].email };
		char after[VENDOR_ID_SIZE];
		struct fail f = { 0 };
		char path[64];
		size_t n;
		char *body;

		snprintf(path, sizeof(path), "incidentio/%s.json", rows[i].path);
		body = test_data(path, &n);
		assert_true(incidentio_parse_users(body, n, &m, after, &f));
		free(body);
		assert_row(m.found == rows[i].found, i, rows[i].path);
		assert_row(!rows[i].id || strcmp(m.id, rows[i].id) == 0, i, rows[i].path);
	}
}

static void users_without_an_active_flag_are_not_active(void **state)
{
	static const char *const bodies[] = {
		"{\"users\":[{\"id\":\"1\",\"slack_user_id\":\"U1\"}]}",
		"{\"users\":[{\"id\":\"1\",\"slack_user_id\":\"U1\",\"is_active\":null}]}",
		"{\"users\":[{\"id\":\"1\",\"slack_user_id\":\"U1\",\"is_active\":false}]}",
		"{\"users\":[{\"id\":\"1\",\"is_active\":true}]}",
		"{\"users\":[{\"id\":\"1\",\"is_active\":true,\"slack_user_id\":null}]}",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct incidentio_match m = { .slack = "U1", .email = "" };
		char after[VENDOR_ID_SIZE];
		struct fail f = { 0 };

		assert_true(incidentio_parse_users(bodies[i], strlen(bodies[i]), &m,
						   after, &f));
		assert_row(m.found == 0, i, bodies[i]);
	}
}

/* --- errors -------------------------------------------------------------------- */

static void of_an_error_only_its_codes_are_repeated(void **state)
{
	static const struct {
		const char *body;
		const char *note;
	} rows[] = {
		{ "", "" },
		{ "<html>", "" },
		{ "{\"message\":\"no\"}", "" },
		{ "{\"errors\":[]}", "" },
		{ "{\"errors\":[7],\"request_id\":8}", "" },
		{ "{\"errors\":[{\"code\":\"a b\"}],\"request_id\":\"<!channel>\"}", "" },
		{ "{\"errors\":[{\"code\":\"forbidden\"}]}", "code forbidden" },
		{ "{\"errors\":[],\"request_id\":\"g329NK8-\"}", "request g329NK8-" },
	};
	char note[REPLY_NOTE_SIZE];
	char *body;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		incidentio_parse_error(rows[i].body, strlen(rows[i].body), note);
		assert_string_equal(note, rows[i].note);
	}
	body = test_data("incidentio/error_422.json", &n);
	incidentio_parse_error(body, n, note);
	assert_string_equal(note, "code is_required, request g329NK8-");
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_live_incidents_of_mode_standard_count),
		cmocka_unit_test(an_incident_is_read_with_all_that_policies_ask_for),
		cmocka_unit_test(absent_and_null_are_alike),
		cmocka_unit_test(what_is_not_public_is_private),
		cmocka_unit_test(machines_are_known_creators_and_no_persons),
		cmocka_unit_test(every_role_of_every_person_is_there),
		cmocka_unit_test(the_cursor_is_taken_until_a_page_is_empty),
		cmocka_unit_test(what_has_another_form_is_refused_and_named),
		cmocka_unit_test(an_id_that_does_not_fit_is_refused_and_not_cut),
		cmocka_unit_test(a_name_that_does_not_fit_is_no_name),
		cmocka_unit_test(roles_and_severities_are_read),
		cmocka_unit_test(a_person_is_who_is_active_and_equal),
		cmocka_unit_test(users_without_an_active_flag_are_not_active),
		cmocka_unit_test(of_an_error_only_its_codes_are_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
