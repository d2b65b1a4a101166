/* SPDX-License-Identifier: Apache-2.0 */
/* Ending what somebody holds. */
#ifndef APPROVER_END_H
#define APPROVER_END_H

#include <stddef.h>

struct deed_job;

/* End all that fits the deed, page by page, and tell them how many those were. The job's
 * `more` has end_all_size() bytes. */
void end_all(struct deed_job *j);
size_t end_all_size(void);

#endif
