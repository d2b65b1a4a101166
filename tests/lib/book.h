/* SPDX-License-Identifier: Apache-2.0 */
/* A target that is a program with a book: a small shell script that keeps who has what as
 * files of a folder, and stops in the midst of a run when it is told to. One at a time. */
#ifndef TESTS_LIB_BOOK_H
#define TESTS_LIB_BOOK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

void book_open(void);
void book_close(void); /* without one: nothing */
bool book_is_open(void);

/* The lines of the config, as provision_config() has them. */
const char *book_config(const char *keys);

/* Nobody has anything, and nothing was ever run. */
void book_reset(void);

size_t book_held(void);
int64_t book_until_ms(void); /* as the first of them was told; 0: nobody has it */
size_t book_runs(void);

/* By hand: the one who had it has it again. */
void book_put_back(void);

/* Its nth run from now (0: none) does not end: nothing of it is done, or all. */
void book_stop_at(size_t nth, bool before);
bool book_has_stopped(void);

#endif
