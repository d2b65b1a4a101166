/* SPDX-License-Identifier: Apache-2.0 */
/* A provisioner of type "fake" whose target is the test: each call waits until the test says
 * what becomes of it over there, and what is answered. */
#ifndef TESTS_LIB_FAKE_TARGET_H
#define TESTS_LIB_FAKE_TARGET_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/provisioner.h"

enum { FAKE_CALLS_MAX = 64, FAKE_KEYS_MAX = 64 };

struct fake_call {
	struct provision_call *call;
	char user[VENDOR_ID_SIZE];
	char target[NAME_SIZE];
	enum provision_action action;
	int64_t until_ms; /* when it is to end */
	char grant[ULID_SIZE];
};

struct fake_target {
	struct fake_call
		calls[FAKE_CALLS_MAX]; /* that wait for an answer, oldest first */
	size_t n;
	size_t most;                     /* that waited at the same time */
	size_t grants, revokes, extends; /* calls so far */
	struct {
		char user[VENDOR_ID_SIZE];
		char target[NAME_SIZE];
		bool has;
		int64_t until_ms;
		char grant[ULID_SIZE]; /* by which they have it */
	} holds[FAKE_KEYS_MAX];
	size_t n_holds;
	struct provision_list *list; /* the question that waits */
	struct fail list_fail;       /* what is answered to it, but for FAIL_NONE */
	bool only_grants;            /* it says their ids, and not who */
	size_t lists;                /* so far */
	/* Answer each call at once, in the next turn: done. */
	bool prompt;
	/* Called as a call comes in; may be NULL. */
	void (*on_call)(const struct fake_call *c, void *data);
	void *data;
};

/* There is one at a time; its ops are known by the type "fake" from then on. */
void fake_target_init(struct fake_target *t);
void fake_target_finish(struct fake_target *t);

bool fake_target_has(const struct fake_target *t, const char *user, const char *target);

/* When it ends, as the target was told last; 0: they have it not. */
int64_t fake_target_until(const struct fake_target *t, const char *user,
			  const char *target);

/* The ith waiting call: what it asks for happens (or not), and this is the answer. */
void fake_target_answer(struct fake_target *t, size_t i, bool happens,
			const struct fail *f);

/* What the ith asks for happens, and it goes on waiting. */
void fake_target_happen(struct fake_target *t, size_t i);

#endif
