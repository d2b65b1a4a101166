/* SPDX-License-Identifier: Apache-2.0 */
/* Acks, and how long they took. */
#include "bot/slack/ack.h"

#include <stddef.h>

#include "shared/log.h"
#include "shared/metrics.h"

enum { ACK_LATE_MS = 3000 }; /* then people see an error */

bool slack_ack_send(const struct slack_ack *ack, const char *payload)
{
	return ack->send(ack->where, ack, payload);
}

void ack_meter_init(struct ack_meter *m, struct metrics *metrics)
{
	m->late = metrics_counter(metrics, "accessd_slack_acks_late",
				  "Acks that came after the 3 s that Slack gives.", NULL);
	m->seconds = metrics_histogram(metrics, "accessd_slack_ack_seconds",
				       "From an envelope to its ack.", NULL);
}

void ack_meter_note(const struct ack_meter *m, const struct slack_ack *ack,
		    int64_t now_ms)
{
	int64_t took_ms = now_ms - ack->received_ms;

	metric_observe(m->seconds, NULL, (double)took_ms / 1000);
	if (took_ms > ACK_LATE_MS) {
		metric_add(m->late, NULL, 1);
		log_warn("slack.ack_late", LOG_T("envelope", ack->envelope_id),
			 LOG_N("took_ms", took_ms));
	}
}
