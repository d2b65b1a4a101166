/* SPDX-License-Identifier: Apache-2.0 */
/* Whether an audit is whole: fed with its heads and its rows, each by seq, it names the
 * first thing that is wrong. Pure; keeps nothing but the row before. */
#ifndef APPROVER_AUDIT_CHECK_H
#define APPROVER_AUDIT_CHECK_H

#include "accessd/reader.h"
#include "approver/audit_chain.h"

struct audit_check {
	const struct signing_keys *keys;
	struct digest *digest;
	struct audit_link last;
	struct audit_report report;
};

void audit_check_init(struct audit_check *c, const struct signing_keys *keys);
void audit_check_finish(struct audit_check *c);

/* Each returns false when the chain is broken: that is said in c->report, and nothing more
 * is to be fed. A head comes behind the row that it names. */
bool audit_check_row(struct audit_check *c, const struct audit_row *r);
bool audit_check_head(struct audit_check *c, const struct audit_head *h);

/* All rows were fed; `newest` is the newest head of all (NULL: there is none). */
bool audit_check_end(struct audit_check *c, const struct audit_head *newest);

#endif
