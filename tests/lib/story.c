/* SPDX-License-Identifier: Apache-2.0 */
/* Stories: telling them, and looking at what came of it. */
#include "tests/lib/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { TESTS_MAX = 128 };

const char *story_policy(const char *rule)
{
	static char text[1024];

	snprintf(
		text, sizeof(text),
		"  { name = \"responders\"; resources = [ \"*\" ]; any = ( { %s; } ); }\n",
		rule);
	return text;
}

static bool json_has(const json_t *json, const char *part)
{
	char *text = json ? json_dumps(json, JSON_ENCODE_ANY) : NULL;
	bool has = text && strstr(text, part);

	free(text);
	return has;
}

bool story_shows(struct scene *t, const char *part)
{
	rows_each(struct world_call, c, &t->world->calls)
	{
		if (c->body && strstr(c->body, part)) {
			return true;
		}
	}
	rows_each(struct world_envelope, e, &t->world->envelopes)
	{
		if (json_has(e->ack_payload, part)) {
			return true;
		}
	}
	return strstr(scene_log(), part) != NULL;
}

/* --- telling -------------------------------------------------------------------------- */

static bool opens_with(const char *text, const char *word)
{
	return strncmp(text, word, strlen(word)) == 0;
}

static void story_check(struct scene *t, const struct story *s, const char *said)
{
	bool granted = opens_with(s->says, "Granted");

	assert_has(said, s->says);
	assert_true(opens_with(said, granted ? "Granted: " : "Not granted: "));
	assert_int_equal(scene_grants(t), granted ? 1 : 0);
	assert_int_equal(scene_sql(t, "SELECT count(*) FROM request WHERE state IN "
				      "('granted', 'denied')"),
			 1);
	for (size_t i = 0; i < ARRAY_LEN(s->never) && s->never[i]; i++) {
		if (story_shows(t, s->never[i])) {
			fail_msg("'%s' is shown", s->never[i]);
		}
	}
}

static int story_setup(void **state)
{
	const struct story *s = *state;
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	t->data = s;
	t->policies = s->rule ? story_policy(s->rule) : NULL;
	t->more = s->more;
	return 0;
}

static void story_tell(void **state)
{
	struct scene *t = *state;
	const struct story *s = t->data;

	if (s->before) {
		s->before(t);
	}
	scene_start(t, true);
	if (s->happens) {
		s->happens(t);
	}
	story_check(
		t, s,
		scene_ask(t, s->who ? s->who : "ana", s->asks ? s->asks : "prod-db 1h"));
}

int stories_run(const char *group, const struct story *rows, size_t n_rows,
		const struct CMUnitTest *tests, size_t n_tests)
{
	static struct CMUnitTest all[TESTS_MAX];

	if (n_rows + n_tests > TESTS_MAX) {
		fprintf(stderr, "%s: more than %d stories\n", group, TESTS_MAX);
		return 1;
	}
	for (size_t i = 0; i < n_rows; i++) {
		all[i] = (struct CMUnitTest){
			.name = rows[i].name,
			.test_func = story_tell,
			.setup_func = story_setup,
			.teardown_func = watch_teardown,
			.initial_state = (void *)(uintptr_t)&rows[i],
		};
	}
	if (n_tests > 0) {
		memcpy(all + n_rows, tests, n_tests * sizeof(*tests));
	}
	return _cmocka_run_group_tests(group, all, n_rows + n_tests, NULL, NULL);
}
