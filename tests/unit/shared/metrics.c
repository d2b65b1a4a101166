/* SPDX-License-Identifier: Apache-2.0 */
/* What is counted is printed as OpenMetrics wants it. */
#include "tests/lib/test.h"

#include <math.h>
#include <stdio.h>

#include "shared/metrics.h"

struct fixture {
	struct metrics *m;
	struct buf out;
};

static struct fixture fixture;

static int setup(void **state)
{
	struct fixture *t = *state = &fixture;

	t->m = metrics_create();
	buf_init(&t->out, 1 << 20);
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	metrics_destroy(t->m);
	buf_finish(&t->out);
	return 0;
}

static const char *printed(struct fixture *t)
{
	buf_clear(&t->out);
	metrics_format(t->m, &t->out);
	return buf_str(&t->out);
}

static void nothing_is_a_valid_exposition(void **state)
{
	assert_string_equal(printed(*state), "# EOF\n");
}

static void counters_end_in_total_and_start_at_zero(void **state)
{
	struct fixture *t = *state;
	struct metric *m =
		metrics_counter(t->m, "accessd_requests", "Requests made", NULL);

	assert_string_equal(printed(t), "# TYPE accessd_requests counter\n"
					"# HELP accessd_requests Requests made\n"
					"accessd_requests_total 0\n"
					"# EOF\n");
	metric_add(m, NULL, 1);
	metric_add(m, NULL, 1.5);
	metric_add(m, NULL, 0.5);
	metric_add(m, NULL, -5); /* a counter never goes back */
	metric_add(m, NULL, NAN);
	assert_has(printed(t), "\naccessd_requests_total 3\n");
}

static void gauges_go_up_and_down(void **state)
{
	struct fixture *t = *state;
	struct metric *m = metrics_gauge(t->m, "accessd_open_grants", "Open", NULL);

	metric_set(m, NULL, 5);
	metric_add(m, NULL, -2);
	assert_has(printed(t), "# TYPE accessd_open_grants gauge\n");
	assert_has(printed(t), "\naccessd_open_grants 3\n");
	metric_set(m, NULL, 0.1);
	assert_has(printed(t), "\naccessd_open_grants 0.1\n");
	metric_set(m, NULL, 1234567.0);
	assert_has(printed(t), "\naccessd_open_grants 1234567\n");
	metric_set(m, NULL, 1.0 / 3);
	assert_has(printed(t), "\naccessd_open_grants 0.3333333333333333\n");
	metric_set(m, NULL, -INFINITY);
	assert_has(printed(t), "\naccessd_open_grants -Inf\n");
	metric_set(m, NULL, NAN);
	assert_has(printed(t), "\naccessd_open_grants NaN\n");
}

static void labels_and_help_are_escaped(void **state)
{
	struct fixture *t = *state;
	struct metric *m = metrics_counter(t->m, "accessd_x", "a\\b\n\"c\"", "kind");

	assert_string_equal(printed(t), "# TYPE accessd_x counter\n"
					"# HELP accessd_x a\\\\b\\n\\\"c\\\"\n"
					"# EOF\n");
	metric_add(m, "q\"\\\n", 1);
	metric_add(m, "plain", 2);
	metric_add(m, NULL, 4);
	assert_has(printed(t), "\naccessd_x_total{kind=\"q\\\"\\\\\\n\"} 1\n");
	assert_has(printed(t), "\naccessd_x_total{kind=\"plain\"} 2\n");
	assert_has(printed(t), "\naccessd_x_total{kind=\"\"} 4\n");
}

static void histograms_are_cumulative_and_name_their_unit(void **state)
{
	struct fixture *t = *state;
	struct metric *m = metrics_histogram(t->m, "accessd_http_seconds", "Took", NULL);

	metric_observe(m, NULL, 0.0005); /* on the edge: within */
	metric_observe(m, NULL, 0.3);
	metric_observe(m, NULL, 1);
	metric_observe(m, NULL, 61);
	metric_observe(m, NULL, -1); /* a clock that went back */
	metric_observe(m, NULL, NAN);
	assert_string_equal(printed(t), "# TYPE accessd_http_seconds histogram\n"
					"# UNIT accessd_http_seconds seconds\n"
					"# HELP accessd_http_seconds Took\n"
					"accessd_http_seconds_bucket{le=\"0.0005\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.001\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.0025\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.005\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.01\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.025\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.05\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.1\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.25\"} 2\n"
					"accessd_http_seconds_bucket{le=\"0.5\"} 3\n"
					"accessd_http_seconds_bucket{le=\"1.0\"} 4\n"
					"accessd_http_seconds_bucket{le=\"2.5\"} 4\n"
					"accessd_http_seconds_bucket{le=\"5.0\"} 4\n"
					"accessd_http_seconds_bucket{le=\"10.0\"} 4\n"
					"accessd_http_seconds_bucket{le=\"30.0\"} 4\n"
					"accessd_http_seconds_bucket{le=\"60.0\"} 4\n"
					"accessd_http_seconds_bucket{le=\"+Inf\"} 5\n"
					"accessd_http_seconds_count 5\n"
					"accessd_http_seconds_sum 62.3005\n"
					"# EOF\n");
}

static void a_histogram_may_have_a_label(void **state)
{
	struct fixture *t = *state;
	struct metric *m =
		metrics_histogram(t->m, "accessd_http_seconds", "Took", "host");

	metric_observe(m, "a", 2);
	assert_has(printed(t),
		   "\naccessd_http_seconds_bucket{host=\"a\",le=\"+Inf\"} 1\n");
	assert_has(printed(t), "\naccessd_http_seconds_count{host=\"a\"} 1\n");
	assert_has(printed(t), "\naccessd_http_seconds_sum{host=\"a\"} 2\n");
}

static void the_same_name_is_the_same_metric(void **state)
{
	struct fixture *t = *state;
	struct metric *a = metrics_counter(t->m, "accessd_x", "X", NULL);

	metrics_counter(t->m, "accessd_y", "Y", NULL);
	assert_ptr_equal(a, metrics_counter(t->m, "accessd_x", "X", NULL));
	metric_add(a, NULL, 1);
	assert_has(printed(t), "accessd_x_total 1\n# TYPE accessd_y counter\n");
}

static void too_many_labels_count_as_other(void **state)
{
	struct fixture *t = *state;
	struct metric *m = metrics_counter(t->m, "accessd_x", "X", "who");
	const char *at;
	int lines = 0;

	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < 1000; i++) {
			char who[16];

			snprintf(who, sizeof(who), "w%d", i);
			metric_add(m, who, 1);
		}
	}
	for (at = printed(t); (at = strstr(at, "_total{")); at++) {
		lines++;
	}
	assert_int_equal(lines, 65);
	assert_has(printed(t), "{who=\"w63\"} 2\n");
	assert_has(printed(t), "{who=\"other\"} 1872\n");
}

static void without_metrics_nothing_is_counted_and_nothing_breaks(void **state)
{
	struct metric *m = metrics_counter(NULL, "accessd_x", "X", NULL);

	(void)state;
	assert_non_null(m);
	metric_add(m, NULL, 1);
	metric_add(m, "a", 1);
	metric_set(metrics_gauge(NULL, "accessd_y", "Y", "l"), "a", 1);
	metric_observe(metrics_histogram(NULL, "accessd_z", "Z", NULL), NULL, 1);
	metrics_destroy(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define WITH_METRICS(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		WITH_METRICS(nothing_is_a_valid_exposition),
		WITH_METRICS(counters_end_in_total_and_start_at_zero),
		WITH_METRICS(gauges_go_up_and_down),
		WITH_METRICS(labels_and_help_are_escaped),
		WITH_METRICS(histograms_are_cumulative_and_name_their_unit),
		WITH_METRICS(a_histogram_may_have_a_label),
		WITH_METRICS(the_same_name_is_the_same_metric),
		WITH_METRICS(too_many_labels_count_as_other),
		cmocka_unit_test(without_metrics_nothing_is_counted_and_nothing_breaks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
