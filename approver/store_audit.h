/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit keeps of a change, as JSON text. Pure. The members and their order are
 * the same whichever database keeps them, so that trails can be compared. It never holds
 * a reply_url: that is a way to speak in somebody's channel. */
#ifndef APPROVER_STORE_AUDIT_H
#define APPROVER_STORE_AUDIT_H

#include "accessd/store.h"
#include "shared/buf.h"

enum { AUDIT_DATA_MAX = 1 << 20 };

/* All write into *out, which they clear; false when it would pass the cap of out. Text
 * that is not UTF-8 is kept with U+FFFD in its place. A trace is taken as it is: its
 * maker answers for it being JSON. */
/* trace: of one that comes in decided, else NULL. */
bool audit_request_added(const struct request_row *r, const char *trace, struct buf *out);
bool audit_request_moved(const char *policy, const char *trace, struct buf *out);
bool audit_grant_added(const struct grant_row *g, struct buf *out);
bool audit_grant_moved(const char *cause, const char *why, const char *by,
		       struct buf *out);
/* What of it has changed, and by whom. */
bool audit_grant_set(const struct store_op *op, struct buf *out);
bool audit_freeze(const struct freeze_row *z, struct buf *out);

#endif
