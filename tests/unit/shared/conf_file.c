/* SPDX-License-Identifier: Apache-2.0 */
/* Config files that are there, and those that are not what they should be. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/buf.h"
#include "tests/lib/sample_conf.h"

struct fixture {
	char dir[64];
	char path[128];
	struct sample_conf c;
	struct fail f;
};

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	snprintf(t->dir, sizeof(t->dir), "/tmp/accessd-conf-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/accessd.conf", t->dir);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	unlink(t->path);
	rmdir(t->dir);
	free(t);
	return 0;
}

static void put(struct fixture *t, const char *text, size_t n)
{
	FILE *file = fopen(t->path, "w");

	assert_non_null(file);
	assert_int_equal(fwrite(text, 1, n, file), n);
	assert_int_equal(fclose(file), 0);
}

static bool read_it(struct fixture *t)
{
	t->f = (struct fail){ 0 };
	return conf_read(t->path, &sample_conf_table, true, &t->c, &t->f);
}

static void a_file_is_read_and_named_without_its_folder(void **state)
{
	struct fixture *t = *state;

	put(t, "count = 9;\n", 11);
	assert_true(read_it(t));
	assert_int_equal(t->c.count, 9);
	conf_finish(&sample_conf_table, &t->c);
	put(t, "\ncont = 9;\n", 11);
	assert_false(read_it(t));
	assert_string_equal(t->f.msg, "accessd.conf line 2: unknown key 'cont'");
	assert_string_equal(t->f.hint, "Did you mean 'count'?");
}

static void no_path_gives_the_defaults(void **state)
{
	struct fixture *t = *state;

	assert_true(conf_read(NULL, &sample_conf_table, true, &t->c, &t->f));
	assert_int_equal(t->c.count, 7);
	conf_finish(&sample_conf_table, &t->c);
}

static void a_file_that_is_not_there_is_not_found(void **state)
{
	struct fixture *t = *state;

	assert_false(read_it(t));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	assert_has(t->f.msg, "cannot read the config '/tmp/");
	assert_has(t->f.msg, "No such file");
}

static void what_is_no_file_is_refused(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(mkfifo(t->path, 0600), 0);
	assert_false(read_it(t)); /* and does not hang */
	assert_has(t->f.msg, "not a regular file");
	unlink(t->path);
	assert_int_equal(mkdir(t->path, 0700), 0);
	assert_false(read_it(t));
	assert_has(t->f.msg, "not a regular file");
	rmdir(t->path);
}

static void a_nul_does_not_end_it(void **state)
{
	struct fixture *t = *state;

	put(t, "count = 9;\n\0garbage", 19);
	assert_false(read_it(t));
	assert_has(t->f.msg, "NUL");
}

static void a_mebibyte_is_enough(void **state)
{
	struct fixture *t = *state;
	size_t n = 1024 * 1024;
	char *text = malloc(n + 1);

	assert_non_null(text);
	memset(text, ' ', n + 1);
	put(t, text, n + 1);
	assert_false(read_it(t));
	assert_has(t->f.msg, "longer than 1 MiB");
	put(t, text, n);
	assert_true(read_it(t));
	conf_finish(&sample_conf_table, &t->c);
	free(text);
}

/* libconfig would open what is named, as whoever runs accessd. */
static void nothing_else_is_opened(void **state)
{
	struct fixture *t = *state;
	char text[300];

	snprintf(text, sizeof(text), "@include \"%s\"\n", t->path);
	put(t, text, strlen(text));
	assert_false(read_it(t));
	assert_has(t->f.msg, "accessd.conf line 1: '@include' is not supported");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_FILE(a_file_is_read_and_named_without_its_folder),
		WITH_FILE(no_path_gives_the_defaults),
		WITH_FILE(a_file_that_is_not_there_is_not_found),
		WITH_FILE(what_is_no_file_is_refused),
		WITH_FILE(a_nul_does_not_end_it),
		WITH_FILE(a_mebibyte_is_enough),
		WITH_FILE(nothing_else_is_opened),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
