/* SPDX-License-Identifier: Apache-2.0 */
/* Counters, gauges and histograms, printed as OpenMetrics text. Loop thread only.
 *
 * Names start with "accessd_" and carry their unit; a counter's name is given without
 * "_total". A metric has at most one label, or several under one name, as "hook,outcome"
 * with values as "indent,granted". Values come from our own tables, never from strangers
 * (and are capped at 64 a metric, the rest counts as "other"). */
#ifndef SHARED_METRICS_H
#define SHARED_METRICS_H

#include "shared/buf.h"

struct metrics;
struct metric;

struct metrics *metrics_create(void);
void metrics_destroy(struct metrics *m); /* its metrics too; NULL is fine */

/* Made once when a module opens; asking again for a name gives the same metric. Never
 * NULL. With m NULL, a metric that counts nowhere. Texts are borrowed and live as long as
 * m. */
struct metric *metrics_counter(struct metrics *m, const char *name, const char *help,
			       const char *label);
struct metric *metrics_gauge(struct metrics *m, const char *name, const char *help,
			     const char *label);
/* Buckets for durations in seconds, 0.5 ms to 60 s. */
struct metric *metrics_histogram(struct metrics *m, const char *name, const char *help,
				 const char *label);

/* label is NULL for a metric without one. */
void metric_add(struct metric *m, const char *label, double n);
void metric_set(struct metric *m, const char *label, double value);
void metric_observe(struct metric *m, const char *label, double seconds);

/* The whole exposition, "# EOF" included. */
void metrics_format(const struct metrics *m, struct buf *out);

#endif
