/* SPDX-License-Identifier: Apache-2.0 */
/* The payloads in tests/data/. */
#ifndef TESTS_LIB_DATA_H
#define TESTS_LIB_DATA_H

#include <stddef.h>

/* The whole file tests/data/<path>, NUL-terminated; aborts when it is not there. The
 * caller frees it. ret_n may be NULL. */
char *test_data(const char *path, size_t *ret_n);

#endif
