/* SPDX-License-Identifier: Apache-2.0 */
/* Finding people at incident.io, and its cursors. */
#ifndef APPROVER_INCIDENTIO_PERSON_H
#define APPROVER_INCIDENTIO_PERSON_H

#include <stdbool.h>

#include "approver/desk.h"

enum { INCIDENTIO_PAGES_MAX = 20 };

/* See struct desk_ops. */
bool incidentio_identify(struct desk *d, struct who *w);

/* Write the path of the page behind the cursor, "" when that is "". `first` is the path of
 * the first page. False when it does not fit. */
bool incidentio_next_page(struct rest_read *read, const char *first, const char *after);

#endif
