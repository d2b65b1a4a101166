/* SPDX-License-Identifier: Apache-2.0 */
/* Failures keep their reason however they are wrapped, and their text stays UTF-8. */
#include "tests/lib/test.h"

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/text.h"

static void a_failure_starts_clean(void **state)
{
	struct fail f = { .kind = FAIL_BUSY, .retry_after_s = 9, .hint = "Old." };

	(void)state;
	assert_false(fail_set(&f, FAIL_TIMEOUT, "no reply in %d ms", 3000));
	assert_int_equal(f.kind, FAIL_TIMEOUT);
	assert_int_equal(f.retry_after_s, 0);
	assert_string_equal(f.msg, "no reply in 3000 ms");
	assert_string_equal(f.hint, "");
}

static void a_wrap_puts_the_step_in_front_and_keeps_the_rest(void **state)
{
	struct fail f = { 0 };

	(void)state;
	fail_set(&f, FAIL_UPSTREAM, "HTTP 503");
	fail_hint(&f, "Wait %d s.", 5);
	f.retry_after_s = 5;
	assert_false(fail_wrap(&f, "%s: cannot list", "incident.io"));
	assert_string_equal(f.msg, "incident.io: cannot list: HTTP 503");
	assert_string_equal(f.hint, "Wait 5 s.");
	assert_int_equal(f.kind, FAIL_UPSTREAM);
	assert_int_equal(f.retry_after_s, 5);
}

static void arguments_may_come_from_the_failure_itself(void **state)
{
	struct fail f = { 0 };

	(void)state;
	fail_set(&f, FAIL_INVALID, "bad");
	fail_set(&f, FAIL_INVALID, "still %s", f.msg);
	assert_string_equal(f.msg, "still bad");
	fail_wrap(&f, "not %s", f.msg);
	assert_string_equal(f.msg, "not still bad: still bad");
	fail_hint(&f, "%s.", f.msg);
	assert_string_equal(f.hint, "not still bad: still bad.");
}

static void what_is_too_long_is_cut_between_code_points(void **state)
{
	/* "é" is two bytes, so that every odd size cuts one in half. */
	char text[601];
	struct fail f = { 0 };

	(void)state;
	for (size_t i = 0; i < 600; i += 2) {
		memcpy(text + i, "\xc3\xa9", 2);
	}
	text[600] = '\0';
	for (int lead = 0; lead < 4; lead++) {
		fail_set(&f, FAIL_INVALID, "%.*s%s", lead, "xxxx", text);
		assert_true(text_is_utf8(f.msg, strlen(f.msg)));
		assert_true(strlen(f.msg) >= sizeof(f.msg) - 2);
		fail_hint(&f, "%.*s%s", lead, "xxxx", text);
		assert_true(text_is_utf8(f.hint, strlen(f.hint)));
		fail_wrap(&f, "%.*s%s", lead, "xxxx", text);
		assert_true(text_is_utf8(f.msg, strlen(f.msg)));
	}
}

static void nobody_has_to_want_to_know(void **state)
{
	(void)state;
	assert_false(fail_set(NULL, FAIL_INVALID, "x"));
	assert_false(fail_wrap(NULL, "x"));
	assert_false(fail_hint(NULL, "x"));
}

static void every_kind_has_a_word_and_only_some_help_to_retry(void **state)
{
	static const enum fail_kind again[] = { FAIL_BUSY, FAIL_TIMEOUT, FAIL_UPSTREAM,
						FAIL_LEDGER };

	(void)state;
	for (int k = 0; k < FAIL_MAX; k++) {
		bool want = false;

		for (size_t i = 0; i < ARRAY_LEN(again); i++) {
			want |= again[i] == (enum fail_kind)k;
		}
		assert_true(strlen(fail_word((enum fail_kind)k)) > 0);
		assert_row(fail_retryable((enum fail_kind)k) == want, k,
			   fail_word((enum fail_kind)k));
	}
	assert_string_equal(fail_word(FAIL_MAX), "unknown");
	assert_false(fail_retryable(FAIL_MAX));
	/* The trap of this domain: nobody knows whether it happened. */
	assert_false(fail_retryable(FAIL_UNCERTAIN));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_failure_starts_clean),
		cmocka_unit_test(a_wrap_puts_the_step_in_front_and_keeps_the_rest),
		cmocka_unit_test(arguments_may_come_from_the_failure_itself),
		cmocka_unit_test(what_is_too_long_is_cut_between_code_points),
		cmocka_unit_test(nobody_has_to_want_to_know),
		cmocka_unit_test(every_kind_has_a_word_and_only_some_help_to_retry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
