/* SPDX-License-Identifier: Apache-2.0 */
/* Something of Slack's that waits for its ack. Whoever answers it neither knows nor cares
 * whether it came in on a socket or as an HTTP request: an ack goes back the way it came
 * in, or is refused because that way is gone. */
#ifndef BOT_SLACK_ACK_H
#define BOT_SLACK_ACK_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/types.h"

struct metric;
struct metrics;
struct slack_ack;

/* See slack_ack_send(). */
typedef bool slack_ack_fn(void *where, const struct slack_ack *ack, const char *payload);

/* Copy it freely, for as long as `where` is there. */
struct slack_ack {
	slack_ack_fn *send;
	void *where;         /* send's own */
	uint64_t connection; /* on which it came in: a number that is never used twice */
	int64_t received_ms; /* monotonic */
	char envelope_id[VENDOR_ID_SIZE];
	bool accepts_payload;
};

/* Once, within 3 s of its receipt. payload: JSON text of an answer, or NULL. False: the
 * answer did not go with it, as it is too long for an ack, not accepted by what came in,
 * or nobody is there any more; it must go another way. */
bool slack_ack_send(const struct slack_ack *ack, const char *payload);

/* How long acks take; for those who send them. */
struct ack_meter {
	struct metric *seconds;
	struct metric *late;
};

void ack_meter_init(struct ack_meter *m, struct metrics *metrics); /* may be NULL */
void ack_meter_note(const struct ack_meter *m, const struct slack_ack *ack,
		    int64_t now_ms);

#endif
