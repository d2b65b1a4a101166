/* SPDX-License-Identifier: Apache-2.0 */
/* Measuring how long something takes: real time, many runs, the middle of them. */
#ifndef TESTS_LIB_BENCH_H
#define TESTS_LIB_BENCH_H

#include <stddef.h>
#include <stdint.h>

/* Nanoseconds since an arbitrary moment. */
int64_t bench_now_ns(void);

struct bench_result {
	int64_t median_ns;
	int64_t p99_ns;
};

/* Run fn(data) `runs` times, each measured alone; the first tenth is not counted. */
struct bench_result bench_run(void (*fn)(void *data), void *data, size_t runs);

/* The middle and the 99th percentile of n values; sorts them. */
struct bench_result bench_sum_up(int64_t *ns, size_t n);

#endif
