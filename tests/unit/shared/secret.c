/* SPDX-License-Identifier: Apache-2.0 */
/* Secrets come from where others cannot look, and no message repeats one. */
#include "tests/lib/test.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "shared/secret.h"

struct fixture {
	char dir[64];
	char path[128];
	char spec[160];
	struct secret s;
	struct fail f;
};

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	snprintf(t->dir, sizeof(t->dir), "/tmp/accessd-secret-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->path, sizeof(t->path), "%s/token", t->dir);
	snprintf(t->spec, sizeof(t->spec), "file:%s", t->path);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	unlink(t->path);
	rmdir(t->dir);
	secret_finish(&t->s);
	unsetenv("ACCESSD_TEST_SECRET");
	free(t);
	return 0;
}

static void put(struct fixture *t, const char *text, size_t n, mode_t mode)
{
	int fd = open(t->path, O_CREAT | O_TRUNC | O_WRONLY, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, n), n);
	assert_int_equal(fchmod(fd, mode), 0);
	close(fd);
}

static void the_environment_gives_one(void **state)
{
	struct fixture *t = *state;

	setenv("ACCESSD_TEST_SECRET", "xoxb-1", 1);
	assert_true(secret_read("env:ACCESSD_TEST_SECRET", &t->s, &t->f));
	assert_string_equal(secret_text(&t->s), "xoxb-1");
	assert_int_equal(t->s.len, 6);
}

static void unset_and_empty_are_not_found(void **state)
{
	struct fixture *t = *state;

	assert_false(secret_read("env:ACCESSD_TEST_SECRET", &t->s, &t->f));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	assert_has(t->f.msg, "'ACCESSD_TEST_SECRET'");
	setenv("ACCESSD_TEST_SECRET", "", 1);
	assert_false(secret_read("env:ACCESSD_TEST_SECRET", &t->s, &t->f));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	put(t, "\n", 1, 0600);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	unlink(t->path);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	assert_has(t->f.msg, t->path);
	assert_false(secret_read("", &t->s, &t->f));
	assert_int_equal(t->f.kind, FAIL_NOT_FOUND);
	assert_false(secret_is_set(&t->s));
}

static void a_file_gives_one_without_its_newline(void **state)
{
	struct fixture *t = *state;

	put(t, "s3cret\n", 7, 0600);
	assert_true(secret_read(t->spec, &t->s, &t->f));
	assert_string_equal(secret_text(&t->s), "s3cret");
	secret_finish(&t->s);
	put(t, "s3cret\r\n", 8, 0400);
	assert_true(secret_read(t->spec, &t->s, &t->f));
	assert_string_equal(secret_text(&t->s), "s3cret");
	secret_finish(&t->s);
	put(t, " s3 cret ", 9, 0600);
	assert_true(secret_read(t->spec, &t->s, &t->f));
	assert_string_equal(secret_text(&t->s), " s3 cret ");
}

static void a_file_open_to_others_is_refused(void **state)
{
	static const mode_t modes[] = { 0604, 0644, 0602, 0601, 0666, 0777 };
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		put(t, "s3cret", 6, modes[i]);
		assert_false(secret_read(t->spec, &t->s, &t->f));
		assert_has(t->f.msg, "open to others");
		assert_has(t->f.hint, "chmod 640");
		assert_has_not(t->f.msg, "s3cret");
	}
}

static void only_root_may_share_with_a_group(void **state)
{
	struct fixture *t = *state;

	put(t, "s3cret", 6, 0640);
	if (geteuid() != 0) {
		assert_false(secret_read(t->spec, &t->s, &t->f));
		assert_has(t->f.hint, "chmod 600");
		return;
	}
	assert_true(secret_read(t->spec, &t->s, &t->f));
	secret_finish(&t->s);
	assert_int_equal(chown(t->path, 65534, 65534), 0);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	assert_has(t->f.msg, "open to its group");
	assert_has(t->f.hint, "chmod 600");
}

static void what_is_not_one_line_is_refused(void **state)
{
	struct fixture *t = *state;
	char *big = malloc(65 * 1024);

	assert_non_null(big);
	put(t, "one\ntwo\n", 8, 0600);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	assert_has(t->f.msg, "control character");
	assert_has_not(t->f.msg, "two");
	put(t, "a\0b", 3, 0600);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	memset(big, 'x', 65 * 1024);
	put(t, big, 64 * 1024 + 1, 0600);
	assert_false(secret_read(t->spec, &t->s, &t->f));
	assert_has(t->f.msg, "64 KiB");
	put(t, big, 64 * 1024, 0600);
	assert_true(secret_read(t->spec, &t->s, &t->f));
	assert_int_equal(t->s.len, 64 * 1024);
	free(big);
}

static void only_a_regular_file_will_do(void **state)
{
	struct fixture *t = *state;

	assert_int_equal(mkfifo(t->path, 0600), 0);
	assert_false(secret_read(t->spec, &t->s, &t->f)); /* and does not hang */
	assert_has(t->f.msg, "regular");
	assert_false(secret_read("file:/dev/null", &t->s, &t->f));
	assert_false(secret_read("file:/tmp", &t->s, &t->f));
	assert_false(secret_read("file:", &t->s, &t->f));
}

/* People put the secret where its place belongs; the message must not show it. */
static void a_message_never_repeats_what_may_be_the_secret(void **state)
{
	static const char *const specs[] = { "xoxb-HUSH", "env:xoxb-HUSH", "ENV:HUSH",
					     "env:1HUSH", "env:HUSH HUSH", "file HUSH" };
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(specs); i++) {
		assert_row(!secret_read(specs[i], &t->s, &t->f), i, specs[i]);
		assert_has_not(t->f.msg, "HUSH");
		assert_has_not(t->f.hint, "HUSH");
		assert_int_equal(t->f.kind, FAIL_INVALID);
	}
	assert_false(secret_read("env:", &t->s, &t->f));
}

static void equal_is_the_whole_and_unset_equals_nothing(void **state)
{
	struct secret unset = { 0 };
	struct fixture *t = *state;

	secret_set(&t->s, "abc", 3);
	assert_true(secret_equal(&t->s, "abc", 3));
	assert_false(secret_equal(&t->s, "abd", 3));
	assert_false(secret_equal(&t->s, "ab", 2));
	assert_false(secret_equal(&t->s, "abcd", 4));
	assert_false(secret_equal(&unset, "", 0));
	secret_set(&t->s, "", 0);
	assert_false(secret_equal(&t->s, "", 0));
	assert_false(secret_is_set(&t->s));
}

static void it_can_be_set_anew_and_finished_twice(void **state)
{
	struct fixture *t = *state;

	secret_set(&t->s, "abc", 3);
	secret_set(&t->s, t->s.text, 2); /* from itself */
	assert_string_equal(secret_text(&t->s), "ab");
	secret_finish(&t->s);
	secret_finish(&t->s);
	secret_finish(NULL);
	assert_string_equal(secret_text(&t->s), "");
}

static void random_bytes_fill_all_and_differ(void **state)
{
	unsigned char a[9000] = { 0 }, b[9000] = { 0 };
	size_t zeros = 0;

	(void)state;
	secret_random(a, sizeof(a));
	secret_random(b, sizeof(b));
	assert_memory_not_equal(a, b, sizeof(a));
	for (size_t i = 0; i < sizeof(a); i++) {
		zeros += a[i] == 0;
	}
	assert_true(zeros < 200); /* 35 on average */
	secret_random(a, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_FILE(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_FILE(the_environment_gives_one),
		WITH_FILE(unset_and_empty_are_not_found),
		WITH_FILE(a_file_gives_one_without_its_newline),
		WITH_FILE(a_file_open_to_others_is_refused),
		WITH_FILE(only_root_may_share_with_a_group),
		WITH_FILE(what_is_not_one_line_is_refused),
		WITH_FILE(only_a_regular_file_will_do),
		WITH_FILE(a_message_never_repeats_what_may_be_the_secret),
		WITH_FILE(equal_is_the_whole_and_unset_equals_nothing),
		WITH_FILE(it_can_be_set_anew_and_finished_twice),
		cmocka_unit_test(random_bytes_fill_all_and_differ),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
