/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring by the real clock, which no test may do. */
#include "tests/lib/bench.h"

#include <stdlib.h>
#include <time.h>

int64_t bench_now_ns(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

static int by_size(const void *a, const void *b)
{
	int64_t x = *(const int64_t *)a;
	int64_t y = *(const int64_t *)b;

	return (x > y) - (x < y);
}

struct bench_result bench_sum_up(int64_t *ns, size_t n)
{
	qsort(ns, n, sizeof(*ns), by_size);
	return (struct bench_result){ .median_ns = n ? ns[n / 2] : 0,
				      .p99_ns = n ? ns[n * 99 / 100] : 0 };
}

struct bench_result bench_run(void (*fn)(void *data), void *data, size_t runs)
{
	int64_t *ns = calloc(runs, sizeof(*ns));
	struct bench_result r;

	if (!ns) {
		abort();
	}
	for (size_t i = 0; i < runs + runs / 10; i++) {
		int64_t from = bench_now_ns();

		fn(data);
		if (i >= runs / 10) {
			ns[i - runs / 10] = bench_now_ns() - from;
		}
	}
	r = bench_sum_up(ns, runs);
	free(ns);
	return r;
}
