/* SPDX-License-Identifier: Apache-2.0 */
/* Golden files under tests/data/: what came out once, was read by a person, and is to
 * come out again. With GOLDEN=write in the environment they are written instead. */
#ifndef TESTS_LIB_GOLDEN_H
#define TESTS_LIB_GOLDEN_H

#include <stdbool.h>
#include <stddef.h>

/* Whether text is what the file under tests/data/ holds; if not, says where they part. */
bool golden_same(const char *file, const char *text);

/* The whole file, path from the root of the project; NULL: cannot be read. free() it. */
char *golden_read(const char *path);

#endif
