/* SPDX-License-Identifier: Apache-2.0 */
/* What Indent's platform is answered. Pure.
 *
 * At the top there is nothing but `status`, `claims` and `resources`: the other side reads
 * protobuf JSON, which refuses what it does not know. HTTP says 200 where status.code is 0
 * or absent, and 500 everywhere else. Codes are gRPC's. */
#ifndef APPROVER_INDENT_WORDS_H
#define APPROVER_INDENT_WORDS_H

#include <stdint.h>

#include "accessd/config.h"
#include "shared/buf.h"
#include "shared/jx.h"

enum { INDENT_REPLY_MAX = 4 << 20 }; /* it holds what was asked, perhaps escaped */

enum indent_code {
	INDENT_OK = 0,
	INDENT_NOT_FOUND = 5,           /* nobody here does that */
	INDENT_FAILED_PRECONDITION = 9, /* not proved, or not now */
	INDENT_ABORTED = 10,            /* unreadable, or it could not be found out */
};

/* All of these write behind what is in out; what does not fit, or memory, is out->over. */

/* GetInfo. */
void indent_say_info(struct buf *out, const char *version);

/* PullUpdate: the bot, whom Indent's reviewers are chosen from. */
void indent_say_bot(struct buf *out, const struct indent_bot_config *bot);

/* Not approved. Never a denial: Indent asks people then. */
void indent_say_nothing(struct buf *out);

/* What a claim echoes of the request, as it came: its labels, but for whatever they say of
 * time; who asks, and what for. Written down before it is decided, so that nobody has to
 * keep the request, which takes many times the memory. */
void indent_echo_labels(struct buf *out, const json_t *labels);
void indent_echo_resources(struct buf *out, const json_t *actor, const json_t *targets);

struct indent_claim {
	const struct indent_bot_config *bot;
	const struct buf *labels, *resources; /* the echo */
	int64_t decided_ms;
	int64_t for_s;
	const char *reason;
};

/* Approved. */
void indent_say_claim(struct buf *out, const struct indent_claim *c);

/* `message` is for programs that compare it, `detail` for people, with the id that the log
 * has. */
void indent_say_failure(struct buf *out, enum indent_code code, const char *message,
			const char *detail, const char *id);

#endif
