/* SPDX-License-Identifier: Apache-2.0 */
/* A webhook: proof of the sender -> parse -> a question or an event -> the wording of the
 * reply. One file is one hook (approver/hook_*.c, bot/hook_slack.c); bot/hooks.c has the
 * table of all. Rules 1-9 of shared/loop.h hold.
 *
 * The sender is proved over the raw bytes of the body, in constant time, before anything
 * is parsed. Every question is a request in the ledger; nothing is answered, and no event
 * acknowledged, before that is durable. */
#ifndef ACCESSD_HOOK_H
#define ACCESSD_HOOK_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/config.h"
#include "accessd/fail.h"

struct approver;
struct http_exchange;
struct loop;
struct metrics;

/* Everything a hook needs; borrowed for its life. */
struct hook_env {
	struct loop *loop;
	struct metrics *metrics; /* may be NULL */
	struct approver *approver;
	const struct config *config;
	const char *version; /* of accessd, for who asks */
	void *app;           /* for the hook that is bot/'s own */
};

struct hook {
	const struct hook_ops *ops;
};

/* Every member is mandatory. */
struct hook_ops {
	const char *name; /* in logs and metrics, and the source of its requests */
	const char *path;
	size_t max_body; /* bytes */

	/* Whether the config has its secret. If not, the path answers 404, and *f says
	 * what is missing, for `accessd check`. */
	bool (*configured)(const struct config *c, struct fail *f);

	/* Only when configured(). NULL: out of memory. */
	struct hook *(*open)(const struct hook_env *env);

	/* Exchanges that were not answered yet are forgotten. Accepts NULL. */
	void (*close)(struct hook *h);

	/* Use another, checked config from now on, for which it is configured() as well;
	 * the old one may go when this returns. */
	void (*reload)(struct hook *h, const struct config *c);

	/* A POST to the path came in whole. Answer x now or later, once, or set x->gone
	 * and forget it when that fires. */
	void (*handle)(struct hook *h, struct http_exchange *x);
};

#endif
