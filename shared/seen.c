/* SPDX-License-Identifier: Apache-2.0 */
/* An open-addressed table, twice as large as what it may hold. Digests are as good as
 * random, and strangers cannot choose them without the key, so their first bytes are the
 * hash. What is over is swept when the table is full, and at least every `max`
 * additions. */
#include "shared/seen.h"

#include <stdlib.h>
#include <string.h>

struct slot {
	uint8_t digest[SEEN_DIGEST_SIZE];
	int64_t until_ms; /* 0: empty */
};

struct seen {
	size_t max, n, added; /* added: since the last sweep */
	size_t mask;          /* slots - 1 */
	int64_t soonest_ms;   /* nothing is over before; to sweep a full table is dear */
	struct slot *slots;
};

struct seen *seen_create(size_t max)
{
	struct seen *s = calloc(1, sizeof(*s));
	size_t slots = 2;

	while (slots < 2 * max) {
		slots *= 2;
	}
	if (!s || !(s->slots = calloc(slots, sizeof(*s->slots)))) {
		free(s);
		return NULL;
	}
	s->max = max;
	s->mask = slots - 1;
	s->soonest_ms = INT64_MAX;
	return s;
}

void seen_destroy(struct seen *s)
{
	if (s) {
		free(s->slots);
		free(s);
	}
}

static size_t home_of(const struct seen *s, const uint8_t *digest)
{
	size_t hash;

	memcpy(&hash, digest, sizeof(hash));
	return hash & s->mask;
}

/* Where it is, or the empty slot where it would be. */
static struct slot *slot_find(const struct seen *s, const uint8_t *digest)
{
	size_t i = home_of(s, digest);

	while (s->slots[i].until_ms != 0 &&
	       memcmp(s->slots[i].digest, digest, SEEN_DIGEST_SIZE) != 0) {
		i = (i + 1) & s->mask;
	}
	return &s->slots[i];
}

/* Move back what stands behind a slot that became empty and was pushed past it. */
static void slot_clear(struct seen *s, struct slot *slot)
{
	size_t hole = (size_t)(slot - s->slots);

	s->n--;
	s->slots[hole].until_ms = 0;
	for (size_t i = (hole + 1) & s->mask; s->slots[i].until_ms != 0;
	     i = (i + 1) & s->mask) {
		size_t home = home_of(s, s->slots[i].digest);

		if (((i - home) & s->mask) >= ((i - hole) & s->mask)) {
			s->slots[hole] = s->slots[i];
			s->slots[i].until_ms = 0;
			hole = i;
		}
	}
}

static void sweep(struct seen *s, int64_t now_ms)
{
	s->added = 0;
	if (now_ms < s->soonest_ms) {
		return;
	}
	s->soonest_ms = INT64_MAX;
	for (size_t i = 0; i <= s->mask;) {
		int64_t until_ms = s->slots[i].until_ms;

		if (until_ms != 0 && until_ms <= now_ms) {
			slot_clear(s, &s->slots[i]); /* another one may be here now */
			continue;
		}
		if (until_ms != 0 && until_ms < s->soonest_ms) {
			s->soonest_ms = until_ms;
		}
		i++;
	}
}

enum seen_result seen_add(struct seen *s, const uint8_t digest[SEEN_DIGEST_SIZE],
			  int64_t now_ms, int64_t until_ms)
{
	struct slot *slot = slot_find(s, digest);

	if (slot->until_ms > now_ms) {
		return SEEN_BEFORE;
	}
	if (slot->until_ms == 0) {
		if (s->n >= s->max || s->added >= s->max) {
			sweep(s, now_ms);
			slot = slot_find(s, digest);
		}
		if (s->n >= s->max) {
			return SEEN_FULL;
		}
		s->n++;
		s->added++;
		memcpy(slot->digest, digest, SEEN_DIGEST_SIZE);
	}
	slot->until_ms = until_ms > now_ms ? until_ms : now_ms;
	if (slot->until_ms < s->soonest_ms) {
		s->soonest_ms = slot->until_ms;
	}
	return SEEN_NEW;
}

void seen_remove(struct seen *s, const uint8_t digest[SEEN_DIGEST_SIZE])
{
	struct slot *slot = slot_find(s, digest);

	if (slot->until_ms != 0) {
		slot_clear(s, slot);
	}
}

size_t seen_count(const struct seen *s)
{
	return s->n;
}
