/* SPDX-License-Identifier: Apache-2.0 */
/* A place that the audit is delivered to, row after row and at least once: what such a
 * place implements. sinks.c feeds them. Rules 1-9 of shared/loop.h hold. */
#ifndef APPROVER_SINK_H
#define APPROVER_SINK_H

#include "accessd/config.h"
#include "accessd/fail.h"
#include "shared/loop.h"

struct http_client;

struct sink_env {
	struct loop *loop;
	struct http_client *http;
	const struct audit_config *config; /* borrowed for the sink's life */
};

struct sink_batch;

/* FAIL_NONE: it has all of it, durably. Else it may have all, some or nothing of it. */
typedef void sink_cb(struct sink_batch *b, const struct fail *f);

struct sink_batch {
	const char *lines; /* JSON, each with its end; borrowed until cb */
	size_t len;
	int64_t first, last; /* the rows that they are */
	sink_cb *cb;
};

struct sink {
	const struct sink_ops *ops;
};

/* All members are mandatory. */
struct sink_ops {
	const char *name; /* the word in the ledger, metrics and logs */

	/* Whether the config asks for it. */
	bool (*wanted)(const struct audit_config *c);

	/* NULL: memory ran out. What is wrong with the place, deliver() says. */
	struct sink *(*open)(const struct sink_env *env);

	/* One batch at a time. */
	void (*deliver)(struct sink *s, struct sink_batch *b);

	/* The batch in flight is forgotten. May take a turn of the loop. */
	void (*close)(struct sink *s);
};

extern const struct sink_ops sink_file;
extern const struct sink_ops sink_http;

#endif
