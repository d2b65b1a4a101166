/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioner under test, called "target": what its target will do is said before each
 * call, in the words of the contract; each kind knows how to bring that about. */
#ifndef TESTS_LIB_PROVISIONER_TEST_H
#define TESTS_LIB_PROVISIONER_TEST_H

#include "accessd/provisioner.h"
#include "shared/loop.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/fake_target.h"
#include "tests/lib/temp_dir.h"
#include "tests/world/world.h"

enum { PROVISIONER_TIMEOUT_MS = 100 * 1000, PROVISIONER_MANY = 16 };

enum will {
	WILL_DO,
	WILL_REFUSE, /* for good: "no such user" */
	WILL_FAIL,   /* this time */
	WILL_BE_GONE,
	WILL_HANG,
};

struct provisioner_test;

struct test_kind {
	const struct provisioner_ops *ops;
	void (*config)(struct provisioner_test *t, struct provisioner_config *c);
	/* False: it has no way to do that. */
	bool (*will)(struct provisioner_test *t, enum will w);
	/* Whether the call has reached the target. */
	bool (*arrived)(struct provisioner_test *t);
};

extern const struct test_kind test_command, test_fake, test_indent, test_none;

struct provisioner_test {
	const struct test_kind *kind;
	struct fake_clock clock;
	struct loop *loop;
	struct http_client *http;
	struct temp_dir dir;
	struct world *world;
	struct fake_target target;
	enum will fake_will;
	struct loop_timer fake_timer;
	struct provisioner *p;
	struct target at;
	struct provision what;
	struct provision_call call;
	struct provision_list list;
	struct provision_call more[PROVISIONER_MANY];
	size_t n_more;
	bool done;
	struct fail fail; /* of the last answer */
	char *argv[4];
	char path[160];
};

/* *state is the kind before. */
int provisioner_setup(void **state);
int provisioner_teardown(void **state);

#define EACH(kind, test) \
	cmocka_unit_test_prestate_setup_teardown(test, provisioner_setup, \
						 provisioner_teardown, \
						 (void *)(uintptr_t) & (kind))

void provisioner_start(struct provisioner_test *t, enum provision_action action);

/* What is in force: t->list. */
void provisioner_ask(struct provisioner_test *t);
bool provisioner_wait(struct provisioner_test *t); /* for the answer */
bool provisioner_arrived(struct provisioner_test *t);
enum fail_kind provisioner_do(struct provisioner_test *t, enum provision_action action);

/* n at the same time; how many were done. */
size_t provisioner_do_many(struct provisioner_test *t, size_t n);
void provisioner_settle(struct provisioner_test *t);

#endif
