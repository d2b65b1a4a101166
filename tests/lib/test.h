/* SPDX-License-Identifier: Apache-2.0 */
/* What every test includes instead of cmocka itself, whose header needs others before
 * it, in this order. */
#ifndef TESTS_LIB_TEST_H
#define TESTS_LIB_TEST_H

/* clang-format off */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

/* Like assert_true(), for tables: names the row that is wrong. `label` is a text. */
#define assert_row(cond, i, label) \
	do { \
		if (!(cond)) { \
			fail_msg("row %zu, '%s': %s", (size_t)(i), (label), #cond); \
		} \
	} while (0)

/* What `text` holds somewhere. */
#define assert_has(text, part) \
	do { \
		const char *has_text = (text); \
		const char *has_part = (part); \
		if (!strstr(has_text, has_part)) { \
			fail_msg("'%s' is not in '%s'", has_part, has_text); \
		} \
	} while (0)

#define assert_has_not(text, part) \
	do { \
		const char *has_text = (text); \
		const char *has_part = (part); \
		if (strstr(has_text, has_part)) { \
			fail_msg("'%s' is in '%s'", has_part, has_text); \
		} \
	} while (0)

#include <string.h>

#endif
