/* SPDX-License-Identifier: Apache-2.0 */
/* A file system of a few megabytes, really full when a neighbour fills it. It is in memory,
 * in a mount namespace of this process, which ends with it. */
#ifndef TESTS_LIB_SMALL_DISK_H
#define TESTS_LIB_SMALL_DISK_H

#include <stdbool.h>
#include <stddef.h>

/* Before there is a second thread. False: the kernel does not let us. */
bool small_disk_allowed(void);

/* Put one over the empty folder `dir`, and take it away with all that is in it. */
void small_disk_mount(const char *dir, size_t bytes);
void small_disk_unmount(const char *dir);

/* A neighbour takes what is free, to the last byte; to be called again for what has become
 * free since. And lets it go. */
void small_disk_fill(const char *dir);
void small_disk_make_room(const char *dir);

#endif
