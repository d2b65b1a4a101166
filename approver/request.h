/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are being decided. */
#ifndef APPROVER_REQUEST_H
#define APPROVER_REQUEST_H

#include "approver/service.h"

struct requests;

/* Loads what an earlier process left undecided. NULL when memory ran out. */
struct requests *requests_create(struct approver *a);

/* Questions in flight are cancelled; undecided requests stay in the ledger. Moves must have
 * ended. Accepts NULL. */
void requests_destroy(struct requests *all);

/* A row that is on disk, in `asked` or `checking`: decide on it. resumed: an earlier process,
 * or a ledger that had failed, left it there. */
void requests_start(struct requests *all, const struct request_row *row, bool resumed);

/* Rows may be on disk that nobody started, as the ledger failed when they were added or
 * looked for: look. */
void requests_reload(struct requests *all);

/* Whether this one is being decided. */
bool requests_have(const struct requests *all, const char *id);

/* Whether more can be taken in. */
bool requests_have_room(const struct requests *all);

/* Take back all questions to the providers, which are about to be closed; and ask again,
 * after they have been opened anew. */
void requests_cancel_questions(struct requests *all);
void requests_ask_again(struct requests *all);

size_t requests_count(const struct requests *all);

#endif
