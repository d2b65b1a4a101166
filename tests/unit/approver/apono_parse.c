/* SPDX-License-Identifier: Apache-2.0 */
/* Apono's two bodies: what is read out of them, and what the template that we publish
 * makes of an event. What is refused is in tests/scene/apono_strangers.c. */
#include "approver/apono_parse.h"

#include <stdio.h>
#include <stdlib.h>

#include "approver/apono_value.h"
#include "shared/buf.h"
#include "shared/jx.h"
#include "tests/lib/data.h"
#include "tests/lib/test.h"

static void must_parse(const char *text, struct apono_ask *ask)
{
	struct fail f = { 0 };

	if (!apono_parse(text, strlen(text), ask, &f)) {
		fail_msg("%s: %s", f.msg, text);
	}
}

/* "a/b/c": a target's names, the closest first; targets are parted by blanks. */
static const char *targets_text(const struct apono_ask *ask)
{
	static char text[1024];
	size_t n = 0;

	text[0] = '\0';
	for (size_t i = 0; i < ask->n_targets; i++) {
		n += (size_t)snprintf(text + n, sizeof(text) - n, "%s", i ? " " : "");
		for (size_t k = 0; k < ask->targets[i].n; k++) {
			n += (size_t)snprintf(text + n, sizeof(text) - n, "%s%s",
					      k ? "/" : "", ask->targets[i].names[k]);
		}
	}
	return text;
}

/* --- what is asked for -------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *body, *targets; bool partial; } targets[] = {
	{ "{}", "", false },
	{ "{\"resource\":\"r\",\"integration\":\"i\",\"bundle\":\"b\"}", "r", false },
	{ "{\"resource\":\"\",\"integration\":\"i\",\"bundle\":\"b\"}", "i", false },
	{ "{\"integration\":\"\",\"bundle\":\"b\"}", "b", false },
	{ "{\"resource\":null,\"bundle\":\"b\"}", "b", false },
	{ "{\"integration\":\"i\",\"second_integration\":\"\"}", "i", false },
	{ "{\"integration\":\"i\",\"second_integration\":\"k\"}", "i", true },
	{ "{\"resource\":\"r\",\"second_integration\":\"k\"}", "r", false },
	{ "{\"data\":{\"access_bundle\":{\"name\":\"b\"}}}", "b", false },
	{ "{\"data\":{\"access_bundle\":{\"name\":\"b\"},\"access_groups\":[]}}", "b", false },
	{ "{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"i\"}}]}}", "i", false },
	{ "{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"i\"}},"
	  "{\"integration\":{\"name\":\"k\"}}]}}", "i k", false },
	{ "{\"data\":{\"access_bundle\":{\"name\":\"b\"},\"access_groups\":["
	  "{\"integration\":{\"name\":\"i\"},\"access_units\":["
	  "{\"resource\":{\"name\":\"r\",\"path\":\"i/r\"}},{\"resource\":{\"name\":\"s\"}},{}]}]}}",
	  "i/r/r/i/b s/i/b i/b", false },
	{ "{\"data\":{\"access_groups\":[{\"integration\":{\"name\":\"i\"}},{}]}}", "i ", false },
};
/* clang-format on */

static void targets_go_by_their_closest_names(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(targets); i++) {
		struct apono_ask ask = { 0 };

		must_parse(targets[i].body, &ask);
		assert_string_equal(targets_text(&ask), targets[i].targets);
		assert_row(ask.partial == targets[i].partial, i, targets[i].body);
		apono_ask_finish(&ask);
	}
}

static void more_targets_than_anybody_needs_are_refused(void **state)
{
	struct apono_ask ask = { 0 };
	struct fail f = { 0 };
	struct buf text;

	(void)state;
	buf_init(&text, 1 << 20);
	buf_add_str(&text, "{\"data\":{\"access_groups\":[{\"access_units\":[{}");
	for (int i = 1; i < APONO_TARGETS_MAX; i++) {
		buf_add_str(&text, ",{}");
	}
	buf_add_str(&text, "]},{}]}}");
	assert_false(apono_parse(buf_str(&text), text.len, &ask, &f));
	assert_has(f.msg, "more than 4096 things");
	buf_finish(&text);
}

/* --- values --------------------------------------------------------------------------------- */

/* clang-format off */
static const struct { const char *json; int64_t s; } seconds[] = {
	{ "null", 0 }, { "\"\"", 0 }, { "\"  \"", 0 },
	{ "3600", 3600 }, { "\"3600\"", 3600 }, { "\" 3600 \"", 3600 },
	{ "3600.0", 3600 }, { "\"3600.000\"", 3600 }, { "3.6e3", 3600 },
	{ "3600.25", 3601 }, { "\"3600.001\"", 3601 }, { "\"0.5\"", 1 },
	{ "\"007\"", 7 },
	{ "0", APONO_FOREVER_S }, { "\"0\"", APONO_FOREVER_S }, { "-1", APONO_FOREVER_S },
	{ "\"-1\"", APONO_FOREVER_S }, { "\"-0.5\"", APONO_FOREVER_S },
	{ "9223372036854775807", APONO_FOREVER_S }, { "1e300", APONO_FOREVER_S },
	{ "\"99999999999999999999999999\"", APONO_FOREVER_S },
};

static const struct { const char *escaped, *text; } entities[] = {
	{ "", "" },
	{ "o&#x27;neil@acme.example", "o'neil@acme.example" },
	{ "&amp;&lt;&gt;&quot;&#x27;&#x3D;&#x60;", "&<>\"'=`" },
	{ "&amp;#x27;", "&#x27;" }, /* once */
	{ "&amp;amp;", "&amp;" },
	{ "&AMP;&#X27;&#39;&apos;&nbsp;&#x3d;", "&AMP;&#X27;&#39;&apos;&nbsp;&#x3d;" },
	{ "&amp&", "&amp&" },
	{ "a&b", "a&b" },
};
/* clang-format on */

static void seconds_come_as_numbers_and_as_text(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(seconds); i++) {
		char body[128];
		struct apono_ask ask = { 0 };

		snprintf(body, sizeof(body), "{\"duration_s\":%s}", seconds[i].json);
		must_parse(body, &ask);
		assert_row(ask.for_s == seconds[i].s, i, body);
		apono_ask_finish(&ask);
	}
}

static void entities_are_undone_once(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(entities); i++) {
		char text[128];

		snprintf(text, sizeof(text), "%s", entities[i].escaped);
		apono_unescape(text);
		assert_row(strcmp(text, entities[i].text) == 0, i, entities[i].escaped);
	}
}

static void they_are_undone_in_who_somebody_is_and_nowhere_else(void **state)
{
	struct apono_ask ask = { 0 };

	(void)state;
	must_parse(
		"{\"grantee\":\" o&#x27;neil@a.example \",\"requester_email\":"
		"\"r&amp;d@a.example\",\"resource\":\"r&amp;d\",\"policy\":\"p&amp;q\"}",
		&ask);
	assert_string_equal(ask.grantee, "o'neil@a.example");
	assert_string_equal(ask.requester, "r&d@a.example");
	assert_string_equal(targets_text(&ask), "r&amp;d");
	assert_string_equal(ask.policy, "p&amp;q");
	apono_ask_finish(&ask);
}

static void it_is_about_the_grantee_if_there_is_one(void **state)
{
	/* clang-format off */
	static const struct { const char *body, *who; } rows[] = {
		{ "{\"grantee\":\"g@a\",\"requester_email\":\"r@a\"}", "g@a" },
		{ "{\"grantee\":\"\",\"requester_email\":\"r@a\"}", "r@a" },
		{ "{\"grantee\":\" \",\"requester_email\":\"r@a\"}", "r@a" },
		{ "{\"grantee\":null,\"requester_email\":\"r@a\"}", "r@a" },
		{ "{\"requester_email\":\"r@a\"}", "r@a" },
		{ "{}", "" },
		{ "{\"data\":{\"grantee\":{\"source_id\":\"g@a\"},\"requester\":{\"email\":\"r@a\"}}}", "g@a" },
		{ "{\"data\":{\"grantee\":{\"id\":\"x\"},\"requester\":{\"email\":\"r@a\"}}}", "r@a" },
		{ "{\"data\":{\"grantee\":{},\"requester\":{\"email\":\"r@a\"}}}", "r@a" },
		{ "{\"data\":{\"grantee\":null,\"requester\":null}}", "" },
	};
	/* clang-format on */

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct apono_ask ask = { 0 };

		must_parse(rows[i].body, &ask);
		assert_row(strcmp(apono_subject(&ask), rows[i].who) == 0, i,
			   rows[i].body);
		apono_ask_finish(&ask);
	}
}

/* --- the template ----------------------------------------------------------------------------- */

static char *file_text(const char *path)
{
	char *text = calloc(1, 8192);
	FILE *file = fopen(path, "r");

	assert_non_null(text);
	assert_non_null(file);
	assert_true(fread(text, 1, 8191, file) > 0);
	fclose(file);
	return text;
}

/* "data.access_groups.[0].integration.name" */
static const json_t *look_up(const json_t *at, const char *path, size_t n)
{
	char part[64];

	while (n > 0 && at) {
		size_t len = strcspn(path, ".}");

		snprintf(part, sizeof(part), "%.*s", (int)len, path);
		at = *part == '[' ? json_array_get(at, strtoul(part + 1, NULL, 10))
				  : json_object_get(at, part);
		n -= len;
		path += len;
		if (n > 0) {
			path++;
			n--;
		}
	}
	return at;
}

static void value_add(struct buf *out, const json_t *v, bool escape)
{
	const char *text = json_string_value(v);

	if (json_is_integer(v)) {
		buf_addf(out, "%lld", (long long)json_integer_value(v));
	}
	for (; text && *text; text++) {
		if (escape && *text == '\'') {
			buf_add_str(out, "&#x27;");
		} else {
			buf_add_char(out, *text);
		}
	}
}

/* As much of Handlebars as the template uses: {{{path}}}, and {{path}} that escapes. */
static void render(const char *template, const json_t *event, struct buf *out)
{
	const char *at;

	buf_init(out, 1 << 16);
	while ((at = strstr(template, "{{"))) {
		bool triple = at[2] == '{';
		const char *path = at + (triple ? 3 : 2);
		size_t n = strcspn(path, "}");

		buf_add(out, template, (size_t)(at - template));
		value_add(out, look_up(event, path, n), !triple);
		template = path + n + (triple ? 3 : 2);
	}
	buf_add_str(out, template);
}

static void render_event(const char *changes, struct buf *out)
{
	char *template = file_text("config/apono/apono-body.json");
	char *text = test_data("apono/event.json", NULL);
	json_t *event = json_loads(text, 0, NULL);
	json_t *more = json_loads(changes, 0, NULL);

	assert_non_null(event);
	assert_non_null(more);
	json_object_update(json_object_get(event, "data"), more);
	render(template, event, out);
	json_decref(more);
	json_decref(event);
	free(template);
	free(text);
}

static void the_template_is_read(void **state)
{
	struct apono_ask ask = { 0 };
	struct buf body;

	(void)state;
	render_event("{}", &body);
	must_parse(buf_str(&body), &ask);
	assert_string_equal(ask.request_id, "5b0c7c1e-req");
	assert_string_equal(ask.friendly_id, "AR-1042");
	assert_string_equal(ask.requester, "zoe@acme.example");
	assert_string_equal(ask.grantee, "o'neil@acme.example");
	assert_string_equal(ask.flow, "Prod DB on incident");
	assert_string_equal(ask.policy, "");
	assert_string_equal(ask.reason, "");
	assert_string_equal(targets_text(&ask), "prod db");
	assert_int_equal(ask.for_s, 3600);
	assert_false(ask.partial);
	apono_ask_finish(&ask);
	buf_finish(&body);
}

static void the_template_shows_when_there_is_more(void **state)
{
	struct apono_ask ask = { 0 };
	struct buf body;

	(void)state;
	render_event("{\"access_groups\":[{\"integration\":{\"name\":\"a\"}},"
		     "{\"integration\":{\"name\":\"b\"}}]}",
		     &body);
	must_parse(buf_str(&body), &ask);
	assert_true(ask.partial);
	apono_ask_finish(&ask);
	buf_finish(&body);
}

/* All that may be missing is, and the rest renders as nothing. */
static void the_template_of_nothing_asks_for_nothing(void **state)
{
	struct apono_ask ask = { 0 };
	struct buf body;

	(void)state;
	render_event("{\"id\":null,\"friendly_id\":null,\"requester\":null,\"grantee\":"
		     "null,\"access_groups\":null,\"access_bundle\":null,\"access_flow\":"
		     "null,\"access_duration_in_seconds\":null}",
		     &body);
	must_parse(buf_str(&body), &ask);
	assert_string_equal(apono_subject(&ask), "");
	assert_int_equal(ask.n_targets, 0);
	assert_int_equal(ask.for_s, 0);
	apono_ask_finish(&ask);
	buf_finish(&body);
}

/* Handlebars does not escape for JSON: a quote in a name must not become a key. */
static void a_quote_in_a_name_breaks_the_body_or_nothing(void **state)
{
	static const char *const names[] = {
		"x\\\",\\\"grantee\\\":\\\"ana@acme.example",
		"x\\\",\\\"resource\\\":\\\"easy",
		"x\\\",\\\"policy\\\":\\\"easy",
		"x\\\",\\\"data\\\":{},\\\"y\\\":\\\"",
		"x\\\"} {\\\"",
		"x\\\\",
		"x\\n",
	};

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		struct apono_ask ask = { 0 };
		struct fail f = { 0 };
		char changes[256];
		struct buf body;

		snprintf(changes, sizeof(changes), "{\"access_flow\":{\"name\":\"%s\"}}",
			 names[i]);
		render_event(changes, &body);
		assert_row(!apono_parse(buf_str(&body), body.len, &ask, &f), i, names[i]);
		buf_finish(&body);
	}
}

static void the_event_itself_is_read_as_well(void **state)
{
	char *text = test_data("apono/event.json", NULL);
	struct apono_ask ask = { 0 };

	(void)state;
	must_parse(text, &ask);
	assert_string_equal(ask.request_id, "5b0c7c1e-req");
	assert_string_equal(ask.grantee, "o'neil@acme.example");
	assert_string_equal(ask.flow, "Prod DB on incident");
	assert_string_equal(ask.reason, "INC-512 \"replica\" lag");
	assert_string_equal(targets_text(&ask),
			    "prod db/payments/payments/prod db/prod-db");
	assert_int_equal(ask.for_s, 3600);
	apono_ask_finish(&ask);
	free(text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(targets_go_by_their_closest_names),
		cmocka_unit_test(more_targets_than_anybody_needs_are_refused),
		cmocka_unit_test(seconds_come_as_numbers_and_as_text),
		cmocka_unit_test(entities_are_undone_once),
		cmocka_unit_test(they_are_undone_in_who_somebody_is_and_nowhere_else),
		cmocka_unit_test(it_is_about_the_grantee_if_there_is_one),
		cmocka_unit_test(the_template_is_read),
		cmocka_unit_test(the_template_shows_when_there_is_more),
		cmocka_unit_test(the_template_of_nothing_asks_for_nothing),
		cmocka_unit_test(a_quote_in_a_name_breaks_the_body_or_nothing),
		cmocka_unit_test(the_event_itself_is_read_as_well),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
