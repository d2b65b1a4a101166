/* SPDX-License-Identifier: Apache-2.0 */
/* Measured in CPU time: a busy machine makes no difference. */
#include "tests/lib/idle.h"

#include <sys/resource.h>

#include "tests/lib/test.h"

long cpu_us(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return (u.ru_utime.tv_sec + u.ru_stime.tv_sec) * 1000000L + u.ru_utime.tv_usec +
	       u.ru_stime.tv_usec;
}

void assert_idle(struct loop *l)
{
	const bool never = false;
	long before;

	for (int i = 0; i < 20; i++) {
		loop_run_once(l); /* what there is to do */
	}
	before = cpu_us();
	loop_run_until(l, &never, 200);
	assert_in_range(cpu_us() - before, 0, 66000);
}
