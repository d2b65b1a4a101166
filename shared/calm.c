/* SPDX-License-Identifier: Apache-2.0 */
/* A counter and a time. */
#include "shared/calm.h"

bool calm_may(struct calm *c, int64_t now_ms, int64_t *ret_n)
{
	c->held++;
	if (c->until_ms != 0 && now_ms < c->until_ms) {
		return false;
	}
	*ret_n = c->held;
	c->held = 0;
	c->until_ms = now_ms + CALM_MS;
	return true;
}
