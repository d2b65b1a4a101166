/* SPDX-License-Identifier: Apache-2.0 */
/* Metrics, and how OpenMetrics 1.0 wants them printed. */
#include "shared/metrics.h"

#include <assert.h>
#include <float.h>
#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"

enum { LABELS_MAX = 64 };

enum metric_type { COUNTER, GAUGE, HISTOGRAM };

static const char *const type_words[] = {
	[COUNTER] = "counter",
	[GAUGE] = "gauge",
	[HISTOGRAM] = "histogram",
};

/* Spelt out, since the standard wants 'le' in one spelling: "1.0", never "1". */
/* clang-format off */
static const struct {
	double upto;
	const char *le;
} buckets[] = {
	{ 0.0005, "0.0005" }, { 0.001, "0.001" }, { 0.0025, "0.0025" }, { 0.005, "0.005" },
	{ 0.01, "0.01" },     { 0.025, "0.025" }, { 0.05, "0.05" },     { 0.1, "0.1" },
	{ 0.25, "0.25" },     { 0.5, "0.5" },     { 1, "1.0" },         { 2.5, "2.5" },
	{ 5, "5.0" },         { 10, "10.0" },     { 30, "30.0" },       { 60, "60.0" },
};
/* clang-format on */

/* One value of the label. */
struct series {
	char *label;      /* NULL for a metric without one */
	double value;     /* a histogram's sum */
	uint64_t *counts; /* a histogram's: of each bucket alone, the last beyond all */
	struct series *next;
};

struct metric {
	enum metric_type type;
	const char *name, *help, *label;
	struct series *series;
	size_t n_series;
	struct metric *next;
};

struct metrics {
	struct metric *first;
};

/* For modules that were given no metrics: nothing is ever written to it. */
static struct metric nowhere;

/* Metrics are few and made at the start: without memory for them nothing else goes. */
static void *must_calloc(size_t n, size_t size)
{
	void *p = calloc(n, size);

	if (!p) {
		abort();
	}
	return p;
}

/* --- life ---------------------------------------------------------------------- */

struct metrics *metrics_create(void)
{
	return must_calloc(1, sizeof(struct metrics));
}

static void metric_destroy(struct metric *m)
{
	while (m->series) {
		struct series *s = m->series;

		m->series = s->next;
		free(s->label);
		free(s->counts);
		free(s);
	}
	free(m);
}

void metrics_destroy(struct metrics *m)
{
	while (m && m->first) {
		struct metric *first = m->first;

		m->first = first->next;
		metric_destroy(first);
	}
	free(m);
}

static struct series *series_add(struct metric *m, const char *label)
{
	struct series **at = &m->series;
	struct series *s = must_calloc(1, sizeof(*s));

	while (*at) {
		at = &(*at)->next;
	}
	if (label) {
		size_t n = strlen(label) + 1;

		s->label = memcpy(must_calloc(1, n), label, n);
	}
	if (m->type == HISTOGRAM) {
		s->counts = must_calloc(ARRAY_LEN(buckets) + 1, sizeof(*s->counts));
	}
	m->n_series++;
	*at = s;
	return s;
}

static struct metric *metric_get(struct metrics *m, enum metric_type type,
				 const char *name, const char *help, const char *label)
{
	struct metric **at;

	if (!m) {
		return &nowhere;
	}
	for (at = &m->first; *at; at = &(*at)->next) {
		if (strcmp((*at)->name, name) == 0) {
			assert((*at)->type == type && !(*at)->label == !label);
			return *at;
		}
	}
	*at = must_calloc(1, sizeof(**at));
	**at = (struct metric){
		.type = type, .name = name, .help = help, .label = label
	};
	if (!label) {
		series_add(*at, NULL); /* printed as 0 from the start */
	}
	return *at;
}

struct metric *metrics_counter(struct metrics *m, const char *name, const char *help,
			       const char *label)
{
	return metric_get(m, COUNTER, name, help, label);
}

struct metric *metrics_gauge(struct metrics *m, const char *name, const char *help,
			     const char *label)
{
	return metric_get(m, GAUGE, name, help, label);
}

struct metric *metrics_histogram(struct metrics *m, const char *name, const char *help,
				 const char *label)
{
	return metric_get(m, HISTOGRAM, name, help, label);
}

/* --- counting ------------------------------------------------------------------ */

static struct series *series_find(const struct metric *m, const char *label)
{
	struct series *s = m->series;

	while (s && strcmp(s->label, label) != 0) {
		s = s->next;
	}
	return s;
}

static struct series *series_get(struct metric *m, const char *label)
{
	struct series *s;

	if (!m->label) {
		return m->series;
	}
	label = label ? label : "";
	s = series_find(m, label);
	if (!s && m->n_series >= LABELS_MAX) {
		label = "other";
		s = series_find(m, label);
	}
	return s ? s : series_add(m, label);
}

void metric_add(struct metric *m, const char *label, double n)
{
	if (m == &nowhere || isnan(n)) {
		return;
	}
	assert(m->type != HISTOGRAM);
	if (m->type == GAUGE || n >= 0) {
		series_get(m, label)->value += n;
	}
}

void metric_set(struct metric *m, const char *label, double value)
{
	if (m == &nowhere) {
		return;
	}
	assert(m->type == GAUGE);
	series_get(m, label)->value = value;
}

void metric_observe(struct metric *m, const char *label, double seconds)
{
	struct series *s;
	size_t i = 0;

	if (m == &nowhere || isnan(seconds)) {
		return;
	}
	assert(m->type == HISTOGRAM);
	/* A clock that went back took no time. */
	seconds = seconds > 0 ? seconds : 0;
	while (i < ARRAY_LEN(buckets) && seconds > buckets[i].upto) {
		i++;
	}
	s = series_get(m, label);
	s->counts[i]++;
	s->value += seconds;
}

/* --- printing ------------------------------------------------------------------ */

static void add_escaped(struct buf *out, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (s[i] == '\n') {
			buf_add_str(out, "\\n");
		} else {
			buf_add_str(out, s[i] == '\\' || s[i] == '"' ? "\\" : "");
			buf_add_char(out, s[i]);
		}
	}
}

/* The fewest digits that give the same number back. */
static void add_value(struct buf *out, double v)
{
	char text[32];

	if (isnan(v) || isinf(v)) {
		buf_add_str(out, isnan(v) ? "NaN" : v > 0 ? "+Inf" : "-Inf");
		return;
	}
	for (int digits = 6; digits <= DBL_DECIMAL_DIG; digits++) {
		snprintf(text, sizeof(text), "%.*g", digits, v);
		if (strtod(text, NULL) == v) {
			break;
		}
	}
	buf_add_str(out, text);
}

/* label="value", and of several as many as have both. */
static void add_labels(struct buf *out, const char *names, const char *values)
{
	bool more = true;

	while (more) {
		size_t n_name = strcspn(names, ",");
		size_t n_value = names[n_name] ? strcspn(values, ",") : strlen(values);

		buf_add(out, names, n_name);
		buf_add_str(out, "=\"");
		add_escaped(out, values, n_value);
		more = names[n_name] && values[n_value];
		buf_add_str(out, more ? "\"," : "\"");
		names += n_name + more;
		values += n_value + more;
	}
}

/* name_suffix{label="value",le="0.5"} */
static void add_sample(struct buf *out, const struct metric *m, const char *suffix,
		       const struct series *s, const char *le)
{
	buf_addf(out, "%s%s", m->name, suffix);
	if (s->label || le) {
		buf_add_char(out, '{');
	}
	if (s->label) {
		add_labels(out, m->label, s->label);
		buf_add_str(out, le ? "," : "");
	}
	if (le) {
		buf_addf(out, "le=\"%s\"", le);
	}
	buf_add_str(out, s->label || le ? "} " : " ");
}

static void add_count(struct buf *out, const struct metric *m, const char *suffix,
		      const struct series *s, const char *le, uint64_t n)
{
	add_sample(out, m, suffix, s, le);
	buf_addf(out, "%llu\n", (unsigned long long)n);
}

static void add_histogram(struct buf *out, const struct metric *m, const struct series *s)
{
	uint64_t n = 0;

	for (size_t i = 0; i < ARRAY_LEN(buckets); i++) {
		n += s->counts[i];
		add_count(out, m, "_bucket", s, buckets[i].le, n);
	}
	n += s->counts[ARRAY_LEN(buckets)];
	add_count(out, m, "_bucket", s, "+Inf", n);
	add_count(out, m, "_count", s, NULL, n);
	add_sample(out, m, "_sum", s, NULL);
	add_value(out, s->value);
	buf_add_char(out, '\n');
}

/* "If the unit is set, it MUST be a suffix of the MetricFamily name." */
static const char *unit_of(const char *name)
{
	static const char *const units[] = { "bytes", "seconds" };
	const char *last = strrchr(name, '_');

	for (size_t i = 0; last && i < ARRAY_LEN(units); i++) {
		if (strcmp(last + 1, units[i]) == 0) {
			return units[i];
		}
	}
	return NULL;
}

static void add_metric(struct buf *out, const struct metric *m)
{
	const char *unit = unit_of(m->name);

	buf_addf(out, "# TYPE %s %s\n", m->name, type_words[m->type]);
	if (unit) {
		buf_addf(out, "# UNIT %s %s\n", m->name, unit);
	}
	buf_addf(out, "# HELP %s ", m->name);
	add_escaped(out, m->help, strlen(m->help));
	buf_add_char(out, '\n');
	for (const struct series *s = m->series; s; s = s->next) {
		if (m->type == HISTOGRAM) {
			add_histogram(out, m, s);
			continue;
		}
		add_sample(out, m, m->type == COUNTER ? "_total" : "", s, NULL);
		add_value(out, s->value);
		buf_add_char(out, '\n');
	}
}

void metrics_format(const struct metrics *m, struct buf *out)
{
	for (const struct metric *one = m->first; one; one = one->next) {
		add_metric(out, one);
	}
	buf_add_str(out, "# EOF\n");
}
