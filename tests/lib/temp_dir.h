/* SPDX-License-Identifier: Apache-2.0 */
/* A folder of a test's own, gone with all that is in it when the test is. */
#ifndef TESTS_LIB_TEMP_DIR_H
#define TESTS_LIB_TEMP_DIR_H

struct temp_dir {
	char path[64];
};

/* Stops the test when it cannot be made. */
void temp_dir_make(struct temp_dir *d);
void temp_dir_remove(struct temp_dir *d);

/* The path of a file in it. Good for the next three calls, too. */
const char *temp_dir_file(const struct temp_dir *d, const char *name);

#endif
