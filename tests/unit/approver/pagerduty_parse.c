/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's replies: what counts, what does not, and what is refused. */
#include "approver/pagerduty_parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/data.h"
#include "tests/lib/test.h"

/* 2026-08-20T12:00:00Z, in the middle of the shifts of oncalls.json. */
#define NOON INT64_C(1787227200000)

static struct snapshot *read_all(void)
{
	struct snapshot *s = snapshot_create();
	struct pagerduty_page page;
	struct fail f = { 0 };
	size_t n;
	char *body = test_data("pagerduty/incidents.json", &n);

	if (!pagerduty_parse_incidents(body, n, s, &page, &f)) {
		fail_msg("%s", f.msg);
	}
	free(body);
	assert_false(page.more);
	assert_int_equal(page.rows, 10);
	assert_true(snapshot_seal(s));
	return s;
}

/* --- incidents ----------------------------------------------------------------- */

static void only_open_incidents_count(void **state)
{
	struct snapshot *s = read_all();

	(void)state;
	assert_int_equal(s->n_incidents, 8);
	assert_non_null(snapshot_find(s, "#512"));
	assert_non_null(snapshot_find(s, "514"));
	assert_null(snapshot_find(s, "515")); /* resolved */
	assert_null(snapshot_find(s, "516")); /* a status of the future */
	snapshot_unref(s);
}

static void an_incident_is_read_with_all_that_policies_ask_for(void **state)
{
	struct snapshot *s = read_all();
	const struct incident *in = snapshot_find(s, "512");

	(void)state;
	assert_string_equal(in->id, "Q000000000512");
	assert_string_equal(in->reference, "#512");
	assert_string_equal(in->title, "payments-db replica lag — très lent");
	assert_string_equal(in->url,
			    "https://acme.pagerduty.com/incidents/Q000000000512");
	assert_int_equal(in->created_ms, 1787218244000);
	assert_string_equal(in->service_id, "PSVC001");
	assert_string_equal(in->service_name, "payments-db");
	assert_string_equal(in->urgency, "high");
	assert_string_equal(in->escalation_policy, "PEP0001");
	assert_false(in->has_severity);
	assert_false(in->is_private);
	snapshot_unref(s);
}

static void only_people_who_hold_an_acknowledgement_have_standing(void **state)
{
	struct snapshot *s = read_all();
	const struct stand *st;
	size_t n;

	(void)state;
	st = snapshot_stands_of(s, "PUSER01", &n);
	assert_int_equal(n, 2); /* 512, and 517 with the user included */
	assert_string_equal(s->incidents[st[0].incident].reference, "#512");
	assert_string_equal(s->incidents[st[1].incident].reference, "#517");
	assert_int_equal(st[0].since_ms, 1787218262000);
	assert_string_equal(st[0].role_id, "");
	st = snapshot_stands_of(s, "PUSER02", &n);
	assert_int_equal(n, 1);
	assert_int_equal(st->since_ms, 1787219100500); /* written with +02:00 */
	/* Neither services nor what is called like one, nor a triggered incident. */
	assert_null(snapshot_stands_of(s, "PSVC001", &n));
	assert_null(snapshot_stands_of(s, "PX1", &n));
	assert_int_equal(s->n_stands, 3);
	snapshot_unref(s);
}

static void who_made_it_is_a_person_a_machine_or_not_known(void **state)
{
	static const struct {
		const char *number;
		bool known;
		const char *creator;
	} rows[] = {
		{ "512", true, "" }, { "517", true, "PUSER01" },     { "518", false, "" },
		{ "519", true, "" }, { "Q000000000520", false, "" }, { "521", false, "" },
	};
	struct snapshot *s = read_all();

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct incident *in = snapshot_find(s, rows[i].number);

		assert_row(in, i, rows[i].number);
		assert_row(in->creator_known == rows[i].known, i, rows[i].number);
		assert_row(strcmp(in->creator, rows[i].creator) == 0, i, rows[i].number);
	}
	snapshot_unref(s);
}

static void nulls_are_empty(void **state)
{
	struct snapshot *s = read_all();
	const struct incident *in = snapshot_find(s, "519");

	(void)state;
	assert_string_equal(in->service_id, "");
	assert_string_equal(in->escalation_policy, "");
	assert_string_equal(in->urgency, ""); /* too long to be one that we know */
	in = snapshot_find(s, "Q000000000520");
	assert_string_equal(in->reference, "");
	assert_string_equal(in->title, "");
	snapshot_unref(s);
}

#define PAGE(row) "{\"incidents\":[" row "],\"more\":false}"
#define ROW(more) \
	PAGE("{\"id\":\"Q1\",\"created_at\":\"2026-08-20T09:30:44Z\"," \
	     "\"status\":\"acknowledged\"" more "}")
#define ACK(ack) ROW(",\"acknowledgements\":[" ack "]")

static void what_has_another_form_is_refused_and_named(void **state)
{
	static const struct {
		const char *body;
		const char *says; /* NULL: fine */
	} rows[] = {
		{ "", "cannot read JSON" },
		{ "<html><body>502</body></html>", "cannot read JSON" },
		{ "{\"incidents\":[],\"more\":fal", "cannot read JSON" },
		{ "{\"incidents\":[]}", "'more' is missing" },
		{ "{\"incidents\":[],\"more\":null}", "'more' must be true or false" },
		{ "{\"incidents\":[],\"more\":\"false\"}",
		  "'more' must be true or false" },
		{ "{\"incidents\":[],\"more\":false,\"offset\":\"0\"}",
		  "'offset' must be" },
		{ "{\"incidents\":\"\",\"more\":false}", "'incidents' must be an array" },
		{ "{\"incidents\":[],\"more\":false}", NULL },
		{ ROW(""), NULL },
		{ PAGE("{\"id\":\"Q1\",\"created_at\":\"yesterday\",\"status\":\"triggered\"}"),
		  "'created_at' must be a time" },
		{ ACK("null"), "'acknowledgements' row 1 must be an object" },
		{ ACK("{\"at\":\"2026-08-20T09:30:44Z\"}"), "'acknowledger' is missing" },
		{ ACK("{\"acknowledger\":{\"id\":\"P\",\"type\":\"user\"}}"),
		  "'at' is missing" },
		{ ACK("{\"at\":\"x\",\"acknowledger\":{\"id\":\"P\",\"type\":\"user\"}}"),
		  "'at' must be a time" },
		{ ACK("{\"at\":\"2026-08-20T09:30:44Z\",\"acknowledger\":{\"id\":\"P\"}}"),
		  "'acknowledger': 'type' is missing" },
		{ ACK("{\"at\":\"2026-08-20T09:30:44Z\",\"acknowledger\":{\"id\":\"\","
		      "\"type\":\"user\"}}"),
		  "'id' must be a text that is not empty" },
		{ ACK("{\"at\":\"2026-08-20T09:30:44Z\",\"acknowledger\":{\"id\":\"P\","
		      "\"type\":\"User\"}}"),
		  NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct snapshot *s = snapshot_create();
		struct pagerduty_page page;
		struct fail f = { 0 };
		bool ok = pagerduty_parse_incidents(rows[i].body, strlen(rows[i].body), s,
						    &page, &f);

		assert_row(ok == !rows[i].says, i, rows[i].body);
		if (!ok) {
			assert_int_equal(f.kind, FAIL_INVALID);
			assert_has(f.msg, rows[i].says);
		} else {
			assert_row(s->n_stands == 0, i, rows[i].body);
		}
		snapshot_unref(s);
	}
}

static void a_page_says_where_it_lies(void **state)
{
	static const char body[] =
		"{\"incidents\":[],\"more\":true,\"limit\":25,\"offset\":50}";
	struct snapshot *s = snapshot_create();
	struct pagerduty_page page;
	struct fail f = { 0 };

	(void)state;
	assert_true(pagerduty_parse_incidents(body, strlen(body), s, &page, &f));
	assert_true(page.more);
	assert_int_equal(page.limit, 25);
	assert_int_equal(page.offset, 50);
	assert_int_equal(page.rows, 0);
	snapshot_unref(s);
}

/* --- users --------------------------------------------------------------------- */

static void a_person_is_who_has_the_very_email(void **state)
{
	static const struct {
		const char *path;
		const char *email;
		unsigned found;
		const char *id;
	} rows[] = {
		{ "users_fuzzy", "ana@acme.example", 1, "PUSER01" },
		{ "users_fuzzy", "ANA@ACME.EXAMPLE", 1, "PUSER01" },
		{ "users_fuzzy", "na@acme.example", 0, NULL },
		{ "users_fuzzy", "", 0, NULL },
		{ "users_none", "ana@acme.example", 0, NULL },
		{ "users_twins", "ana@acme.example", 2, NULL },
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pagerduty_match m = { .email = rows[i].email };
		struct pagerduty_page page;
		struct fail f = { 0 };
		char path[64];
		size_t n;
		char *body;

		snprintf(path, sizeof(path), "pagerduty/%s.json", rows[i].path);
		body = test_data(path, &n);
		assert_true(pagerduty_parse_users(body, n, &m, &page, &f));
		free(body);
		assert_row(m.found == rows[i].found, i, rows[i].email);
		assert_row(!rows[i].id || strcmp(m.id, rows[i].id) == 0, i,
			   rows[i].email);
	}
}

static void a_user_without_an_email_is_nobody(void **state)
{
	static const char body[] =
		"{\"users\":[{\"id\":\"P1\"},{\"id\":\"P2\",\"email\":"
		"null},{\"id\":\"P3\",\"email\":\"\"}],\"more\":false}";
	struct pagerduty_match m = { .email = "" };
	struct pagerduty_page page;
	struct fail f = { 0 };

	(void)state;
	assert_true(pagerduty_parse_users(body, strlen(body), &m, &page, &f));
	assert_int_equal(m.found, 0);
}

/* --- on call ------------------------------------------------------------------- */

static struct pagerduty_calls calls_at(const char *user, int64_t now_ms)
{
	struct pagerduty_calls c = { .user = user, .now_ms = now_ms };
	struct pagerduty_page page;
	struct fail f = { 0 };
	size_t n;
	char *body = test_data("pagerduty/oncalls.json", &n);

	if (!pagerduty_parse_oncalls(body, n, &c, &page, &f)) {
		fail_msg("%s", f.msg);
	}
	free(body);
	return c;
}

static int64_t level_of(const struct pagerduty_calls *c, const char *policy)
{
	for (size_t i = 0; i < c->calls.n; i++) {
		if (text_same(c->calls.rows[i].escalation_policy, policy)) {
			return c->calls.rows[i].level;
		}
	}
	return 0;
}

static void each_policy_counts_once_with_its_lowest_level(void **state)
{
	struct pagerduty_calls c = calls_at("PUSER01", NOON);

	(void)state;
	assert_int_equal(c.calls.n, 2);
	assert_int_equal(level_of(&c, "PEP0001"), 1);
	assert_int_equal(level_of(&c, "PEP0004"), 4); /* always, without a schedule */
	/* Not: ended, to come, somebody else's, half open, below the first level. */
}

static void a_shift_begins_at_its_start_and_is_over_at_its_end(void **state)
{
	const int64_t start = INT64_C(1787216400000); /* 2026-08-20T09:00Z */
	const int64_t end = start + INT64_C(12) * 3600 * 1000;
	struct pagerduty_calls c;

	(void)state;
	c = calls_at("PUSER01", start - 1);
	assert_int_equal(level_of(&c, "PEP0001"), 2);
	assert_int_equal(level_of(&c, "PEP0002"), 1);
	c = calls_at("PUSER01", start);
	assert_int_equal(level_of(&c, "PEP0001"), 1);
	assert_int_equal(level_of(&c, "PEP0002"), 0);
	c = calls_at("PUSER01", end - 1);
	assert_int_equal(level_of(&c, "PEP0001"), 1);
	c = calls_at("PUSER01", end);
	assert_int_equal(level_of(&c, "PEP0001"), 2);
}

static void nobody_is_on_call_for_nobody(void **state)
{
	struct pagerduty_calls c = calls_at("", NOON);

	(void)state;
	assert_int_equal(c.calls.n, 0);
	c = calls_at("PUSER99", NOON);
	assert_int_equal(c.calls.n, 0);
}

static const struct on_schedule *shift_of(const struct pagerduty_calls *c, const char *id)
{
	for (size_t i = 0; i < c->calls.n_schedules; i++) {
		if (text_same(c->calls.schedules[i].id, id)) {
			return &c->calls.schedules[i];
		}
	}
	return NULL;
}

static void read_schedules(struct pagerduty_calls *c)
{
	struct pagerduty_page page;
	struct fail f = { 0 };
	size_t n;
	char *body = test_data("pagerduty/oncalls_schedules.json", &n);

	if (!pagerduty_parse_oncalls(body, n, c, &page, &f)) {
		fail_msg("%s", f.msg);
	}
	free(body);
}

static void shifts_that_are_on_now_are_read(void **state)
{
	struct pagerduty_calls c = { .user = "PUSER01",
				     .want_schedules = true,
				     .now_ms = NOON,
				     .since_ms = NOON,
				     .until_ms = NOON };

	(void)state;
	read_schedules(&c);
	assert_int_equal(c.calls.n_schedules, 4);
	assert_string_equal(shift_of(&c, "PSCH001")->name, "SRE primary");
	assert_int_equal(shift_of(&c, "PSCH002")->start_ms,
			 NOON); /* an offset of -06:00 */
	assert_string_equal(shift_of(&c, "PSCH005")->name, "");
	assert_int_equal(shift_of(&c, "PSCH005")->end_ms, 0);
	assert_int_equal(shift_of(&c, "PSCH006")->start_ms, 0);
}

static void with_a_window_those_about_it_are_read_as_well(void **state)
{
	struct pagerduty_calls c = { .user = "PUSER01",
				     .want_schedules = true,
				     .now_ms = NOON,
				     .since_ms = NOON - 61 * 1000,
				     .until_ms = NOON + 300 * 1000 };

	(void)state;
	read_schedules(&c);
	assert_int_equal(c.calls.n_schedules, 6);
	assert_non_null(shift_of(&c, "PSCH003"));
	assert_non_null(shift_of(&c, "PSCH004"));
	/* For levels it is now that counts. */
	assert_int_equal(level_of(&c, "PEP0001"), 1);
}

static void too_many_shifts_are_refused_and_not_cut(void **state)
{
	static char body[64 * 1024];
	struct pagerduty_calls c = { .user = "P1",
				     .want_schedules = true,
				     .now_ms = NOON };
	struct pagerduty_page page;
	struct fail f = { 0 };
	size_t len = 0;

	(void)state;
	for (int i = 0; i <= ON_SCHEDULES_MAX; i++) {
		len += (size_t)snprintf(
			body + len, sizeof(body) - len,
			"%s{\"user\":{\"id\":\"P1\"},\"escalation_policy\":"
			"{\"id\":\"EP\"},\"escalation_level\":1,\"schedule\":{\"id\":"
			"\"S%d\"},\"start\":null,\"end\":null}",
			i ? "," : "{\"oncalls\":[", i);
	}
	snprintf(body + len, sizeof(body) - len, "],\"more\":false}");
	assert_false(pagerduty_parse_oncalls(body, strlen(body), &c, &page, &f));
	assert_int_equal(f.kind, FAIL_BUSY);
	assert_has(f.msg, "more than 32 schedules");
	/* They do no harm when nobody wants them. */
	c = (struct pagerduty_calls){ .user = "P1", .now_ms = NOON };
	assert_true(pagerduty_parse_oncalls(body, strlen(body), &c, &page, &f));
	assert_int_equal(c.calls.n_schedules, 0);
	assert_int_equal(c.calls.n, 1);
}

static void too_many_policies_are_refused_and_not_cut(void **state)
{
	static char body[64 * 1024];
	struct pagerduty_calls c = { .user = "P1", .now_ms = NOON };
	struct pagerduty_page page;
	struct fail f = { 0 };
	size_t len = 0;

	(void)state;
	for (int i = 0; i <= ON_CALL_MAX; i++) {
		len += (size_t)snprintf(
			body + len, sizeof(body) - len,
			"%s{\"user\":{\"id\":\"P1\"},\"escalation_policy\":"
			"{\"id\":\"EP%d\"},\"escalation_level\":1,"
			"\"start\":null,\"end\":null}",
			i ? "," : "{\"oncalls\":[", i);
	}
	snprintf(body + len, sizeof(body) - len, "],\"more\":false}");
	assert_false(pagerduty_parse_oncalls(body, strlen(body), &c, &page, &f));
	assert_int_equal(f.kind, FAIL_BUSY);
	assert_has(f.msg, "more than 64 policies");
}

/* --- errors -------------------------------------------------------------------- */

static void of_an_error_only_its_code_is_repeated(void **state)
{
	static const char *const bodies[] = { "", "<html>", "{}", "{\"error\":7}",
					      "{\"error\":{\"code\":\"2010\"}}" };
	char note[REPLY_NOTE_SIZE];
	char *body;
	size_t n;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		pagerduty_parse_error(bodies[i], strlen(bodies[i]), note);
		assert_string_equal(note, "");
	}
	body = test_data("pagerduty/error_403.json", &n);
	pagerduty_parse_error(body, n, note);
	assert_string_equal(note, "code 2010");
	free(body);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_open_incidents_count),
		cmocka_unit_test(an_incident_is_read_with_all_that_policies_ask_for),
		cmocka_unit_test(only_people_who_hold_an_acknowledgement_have_standing),
		cmocka_unit_test(who_made_it_is_a_person_a_machine_or_not_known),
		cmocka_unit_test(nulls_are_empty),
		cmocka_unit_test(what_has_another_form_is_refused_and_named),
		cmocka_unit_test(a_page_says_where_it_lies),
		cmocka_unit_test(a_person_is_who_has_the_very_email),
		cmocka_unit_test(a_user_without_an_email_is_nobody),
		cmocka_unit_test(each_policy_counts_once_with_its_lowest_level),
		cmocka_unit_test(a_shift_begins_at_its_start_and_is_over_at_its_end),
		cmocka_unit_test(nobody_is_on_call_for_nobody),
		cmocka_unit_test(too_many_policies_are_refused_and_not_cut),
		cmocka_unit_test(shifts_that_are_on_now_are_read),
		cmocka_unit_test(with_a_window_those_about_it_are_read_as_well),
		cmocka_unit_test(too_many_shifts_are_refused_and_not_cut),
		cmocka_unit_test(of_an_error_only_its_code_is_repeated),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
