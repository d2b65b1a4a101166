/* SPDX-License-Identifier: Apache-2.0 */
/* The approver alone, on a ledger in a file, with a fake target and nobody to talk to: for
 * what becomes of grants, however they came to be. The clock stands still. */
#ifndef TESTS_LIB_GRANTS_TEST_H
#define TESTS_LIB_GRANTS_TEST_H

#include "accessd/approver.h"
#include "accessd/notifier.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_target.h"
#include "tests/lib/temp_dir.h"

struct grants_test {
	struct temp_dir dir;
	struct fake_clock clock;
	struct loop *loop;
	struct fake_target target;
	struct notifier notifier;
	struct config config;
	char ledger[160];
	struct provisioner_config provisioner;
	struct resource resources[2]; /* prod-db at g1, prod-shell at g2 */
	struct approver *approver;
	size_t said[NOTICE_KIND_MAX]; /* how often each kind of notice was sent */
	unsigned next;                /* number of the next grant */
};

void grants_open(struct grants_test *t, const struct clock *clock);
void grants_close(struct grants_test *t);

/* As a process that is killed and started again: calls in flight are forgotten. */
void grants_restart(struct grants_test *t);

/* A request that was asked and is granted now, as a decision would; its number. */
unsigned grants_add(struct grants_test *t, const char *user, const char *target,
		    int64_t for_s);

/* Until the ledger has done all that was asked of it, and what follows from that. */
void grants_settle(struct grants_test *t);

/* A number from the ledger. */
int64_t grants_sql(const struct grants_test *t, const char *sql);

#endif
