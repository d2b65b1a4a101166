/* SPDX-License-Identifier: Apache-2.0 */
/* What strangers send to Apono's webhook, and what Apono would not: refused before it is
 * read, or read and refused by its place; the next who asks is answered. What is tried on
 * every webhook is in tests/contract/hook_bad_input.c. */
#include <stdio.h>
#include <stdlib.h>

#include "tests/lib/apono_scene.h"

#define GOOD "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\"}"

static int64_t recorded(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM request WHERE source = 'apono'");
}

static int post_with(struct scene *t, const char *head, const char *body, size_t n)
{
	struct wire w = { 0 };

	apono_send(t, &w, head, body, n);
	return apono_reply(&w);
}

static const char *error_text(const char *name)
{
	const char *text = json_string_value(
		json_object_get(json_object_get(apono_json(), "error"), name));

	return text ? text : "";
}

/* --- who -------------------------------------------------------------------------------------- */

#define AUTH(value) "Authorization: " value "\r\n"

static void only_who_has_a_token_is_heard(void **state)
{
	static const struct {
		const char *headers;
		int status;
	} rows[] = {
		{ AUTH("Bearer " APONO_TOKEN), 200 },
		{ AUTH("Bearer " APONO_OLD_TOKEN), 200 },
		{ AUTH("bearer " APONO_TOKEN), 200 },
		{ AUTH("BEARER   " APONO_TOKEN), 200 },
		{ "aUTHORIZATION: Bearer " APONO_TOKEN "\r\n", 200 },
		{ "", 401 },
		{ AUTH(""), 401 },
		{ AUTH("Bearer"), 401 },
		{ AUTH("Bearer "), 401 },
		{ AUTH("Bearer\t" APONO_TOKEN), 401 },
		{ AUTH("Bearer" APONO_TOKEN), 401 },
		{ AUTH(APONO_TOKEN), 401 },
		{ AUTH("Basic " APONO_TOKEN), 401 },
		{ AUTH("Bearer: " APONO_TOKEN), 401 },
		{ AUTH("Bearer " APONO_TOKEN "x"), 401 },
		{ AUTH("Bearer APONO-TOKEN-OF-THE-SCENE"), 401 },
		{ AUTH("Bearer apono-token-of-the-scen"), 401 },
		{ AUTH("Bearer \"" APONO_TOKEN "\""), 401 },
		{ AUTH("Bearer " APONO_TOKEN ", " APONO_TOKEN), 401 },
		{ AUTH("Bearer " APONO_TOKEN " " APONO_TOKEN), 401 },
		{ AUTH("Bearer " APONO_TOKEN) AUTH("Bearer " APONO_TOKEN), 401 },
		{ AUTH("Bearer x") AUTH("Bearer " APONO_TOKEN), 401 },
		{ AUTH("Bearer " APONO_TOKEN) AUTH("Bearer x"), 401 },
		{ "Proxy-Authorization: Bearer " APONO_TOKEN "\r\n", 401 },
		{ "X-Api-Key: " APONO_TOKEN "\r\n", 401 },
	};
	struct scene *t = *state;
	int64_t heard = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char head[512];

		snprintf(head, sizeof(head), APONO_POST "%s", rows[i].headers);
		assert_row(post_with(t, head, GOOD, strlen(GOOD)) == rows[i].status, i,
			   rows[i].headers);
		heard += rows[i].status == 200;
		assert_row(recorded(t) == heard, i, rows[i].headers);
		if (rows[i].status == 401) {
			assert_string_equal(error_text("code"), "unauthorized");
			assert_has(apono_head(), "WWW-Authenticate: Bearer\r\n");
		}
	}
}

static void who_has_no_token_is_not_even_told_that_it_is_no_json(void **state)
{
	struct scene *t = *state;

	assert_int_equal(post_with(t, APONO_POST, "{", 1), 401);
	assert_int_equal(post_with(t, APONO_POST APONO_AUTH, "{", 1), 400);
}

static void a_token_that_was_taken_out_is_of_no_use(void **state)
{
	struct scene *t = *state;

	t->more = "apono = { bearer = \"env:SCENE_APONO\"; };\n";
	scene_reload(t);
	assert_int_equal(post_with(t, APONO_POST AUTH("Bearer " APONO_OLD_TOKEN), GOOD,
				   strlen(GOOD)),
			 401);
	assert_int_equal(post_with(t, APONO_POST AUTH("Bearer "), GOOD, strlen(GOOD)),
			 401);
	apono_post(t, GOOD, 200);
}

static void without_a_token_in_the_config_there_is_no_webhook(void **state)
{
	struct scene *t = *state;

	t->more = NULL;
	scene_reload(t);
	apono_post(t, GOOD, 404);
	assert_int_equal(post_with(t, APONO_POST AUTH("Bearer "), GOOD, strlen(GOOD)),
			 404);
	t->more = APONO_CONF;
	scene_reload(t);
	apono_post(t, GOOD, 200);
}

/* --- what --------------------------------------------------------------------------------------- */

#define ANA "\"grantee\":\"ana@acme.example\""

static void what_cannot_be_read_is_refused_by_its_place(void **state)
{
	static const struct {
		const char *body;
		const char *says;
	} rows[] = {
		{ "", "ends too early" },
		{ " ", "ends too early" },
		{ "{", "" },
		{ "null", "not" },
		{ "[]", "not an object" },
		{ "\"x\"", "not" },
		{ "7", "not" },
		{ "grantee=ana%40acme.example&resource=prod-db", "not JSON" },
		{ GOOD " x", "something follows" },
		{ GOOD GOOD, "something follows" },
		{ "{" ANA "," ANA "}", "stands twice" },
		{ "{\"data\":{\"id\":\"1\",\"id\":\"2\"}}", "stands twice" },
		{ "{\"grantee\":\"ana\xff@acme.example\"}", "not UTF-8" },
		{ "{\"grantee\":\"ana\xc0\x80@acme.example\"}", "not UTF-8" },
		{ "{\"grantee\":\"ana\\ud800@acme.example\"}", "" },
		{ "{\"grantee\":\"ana\\u0000@acme.example\"}", "NUL" },
		{ "{\"duration_s\":1e999}", "too large" },
		{ "{\"duration_s\":99999999999999999999}", "too large" },
		{ "{\"duration_s\":\"1h\"}", "'duration_s' must be a number" },
		{ "{\"duration_s\":\"1e3\"}", "'duration_s' must be a number" },
		{ "{\"duration_s\":\"0x10\"}", "'duration_s' must be a number" },
		{ "{\"duration_s\":\"nan\"}", "'duration_s' must be a number" },
		{ "{\"duration_s\":true}", "'duration_s' must be a number" },
		{ "{\"duration_s\":{}}", "'duration_s' must be a number" },
		{ "{\"grantee\":7}", "'grantee' must be a string, not an integer" },
		{ "{\"grantee\":[\"ana@acme.example\"]}", "'grantee' must be a string" },
		{ "{\"resource\":{\"name\":\"prod-db\"}}",
		  "'resource' must be a string" },
		{ "{\"policy\":true}", "'policy' must be a string" },
		{ "{\"request_id\":{}}", "'request_id' must be a string" },
		{ "{\"data\":null}", "'data' must be an object" },
		{ "{\"data\":[]}", "'data' must be an object" },
		{ "{\"data\":{\"grantee\":\"x\"}}",
		  "'data': 'grantee' must be an object" },
		{ "{\"data\":{\"access_groups\":{}}}", "must be an array" },
		{ "{\"data\":{\"access_groups\":[7]}}", "not an object" },
		{ "{\"data\":{\"access_groups\":[{\"access_units\":[null]}]}}",
		  "not an object" },
		{ "{\"data\":{},\"policy\":7}", "'policy' must be a string" },
		/* Somebody's name ended its string, and went on. */
		{ "{\"grantee\":\"bob@acme.example\",\"resource\":\"x\",\"data\":"
		  "{\"grantee\":{\"source_id\":\"ana@acme.example\"}}}",
		  "stand beside each other" },
	};
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		apono_post(t, rows[i].body, 400);
		assert_string_equal(error_text("code"), "unreadable");
		assert_has(error_text("message"), rows[i].says);
		assert_has_not(error_text("message"), "acme");
	}
	assert_int_equal(recorded(t), 0);
	apono_post(t, GOOD, 200);
}

static char *repeated(const char *what, size_t n)
{
	size_t len = strlen(what);
	char *text = malloc(n * len + 1);

	assert_non_null(text);
	for (size_t i = 0; i < n; i++) {
		memcpy(text + i * len, what, len);
	}
	text[n * len] = '\0';
	return text;
}

static void names_that_are_too_long_are_refused(void **state)
{
	static const char *const names[] = { "grantee", "requester_email", "request_id",
					     "friendly_id" };
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char *name = repeated("x", 300);
		char body[512];

		snprintf(body, sizeof(body), "{\"%s\":\"%s\"}", names[i], name);
		apono_post(t, body, 400);
		assert_has(error_text("message"), "is longer than");
		free(name);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define TEST(fn) cmocka_unit_test_setup_teardown(fn, apono_setup, apono_teardown)
		TEST(only_who_has_a_token_is_heard),
		TEST(who_has_no_token_is_not_even_told_that_it_is_no_json),
		TEST(a_token_that_was_taken_out_is_of_no_use),
		TEST(without_a_token_in_the_config_there_is_no_webhook),
		TEST(what_cannot_be_read_is_refused_by_its_place),
		TEST(names_that_are_too_long_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
