/* SPDX-License-Identifier: Apache-2.0 */
/* The directory that knows as many people as it keeps: whoever is asked about next takes
 * somebody's place, also when that is asked from within an answer. */
#include <stdio.h>
#include <stdlib.h>

#include "accessd/directory.h"
#include "bot/directory.h"
#include "shared/text.h"
#include "tests/lib/scene.h"
#include "tests/lib/test.h"

enum { KEPT = 1024, STEP = 64 };

struct asker {
	struct directory_ask ask;
	struct directory *directory;
	struct asker *then; /* whom to ask about next, from within the answer; or NULL */
	size_t *answers;
};

static void ask(struct asker *a)
{
	a->directory->ops->ask(a->directory, &a->ask);
}

static void on_member(struct directory_ask *of, const struct fail *f)
{
	struct asker *a = container_of(of, struct asker, ask);

	assert_int_equal(f->kind, FAIL_NOT_FOUND);
	++*a->answers;
	if (a->then) {
		ask(a->then);
	}
}

struct hoped {
	const size_t *answers;
	size_t n;
};

static bool are_answered(struct scene *t, void *data)
{
	const struct hoped *h = data;

	(void)t;
	return *h->answers == h->n;
}

static void asker_init(struct asker *a, struct directory *d, size_t number,
		       size_t *answers)
{
	*a = (struct asker){ .directory = d, .answers = answers, .ask.cb = on_member };
	text_copy(a->ask.team, sizeof(a->ask.team), "T0ACME001");
	snprintf(a->ask.user, sizeof(a->ask.user), "U9X%05zu", number);
}

static void an_answer_outlives_its_place(void **state)
{
	struct scene *t = *state;
	struct directory *d = directory_create(t->loop, t->app.api);
	struct asker *all = calloc(KEPT + 1, sizeof(*all));
	size_t answers = 0;

	assert_non_null(d);
	assert_non_null(all);
	for (size_t i = 0; i <= KEPT; i++) {
		asker_init(&all[i], d, i, &answers);
	}
	for (size_t i = 0; i < KEPT; i++) {
		ask(&all[i]);
		if ((i + 1) % STEP == 0) {
			assert_true(scene_until(t, are_answered,
						&(struct hoped){ &answers, i + 1 },
						5000));
		}
	}
	all[0].then = &all[KEPT];
	ask(&all[0]);
	assert_true(scene_until(t, are_answered, &(struct hoped){ &answers, KEPT + 2 },
				5000));
	directory_destroy(d);
	free(all);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(an_answer_outlives_its_place, scene_setup,
						scene_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
