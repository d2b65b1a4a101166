/* SPDX-License-Identifier: Apache-2.0 */
/* A ring: the oldest is overwritten. It is small enough to be searched from end to end. */
#include "approver/apono_answers.h"

#include <stdlib.h>
#include <string.h>

struct answer {
	uint8_t digest[SIG_SIZE];
	int64_t at_ms;
	char *text; /* NULL: empty */
};

struct apono_answers {
	struct answer ring[APONO_ANSWERS_MAX];
	size_t next;
};

struct apono_answers *apono_answers_create(void)
{
	return calloc(1, sizeof(struct apono_answers));
}

void apono_answers_clear(struct apono_answers *all)
{
	for (size_t i = 0; i < APONO_ANSWERS_MAX; i++) {
		free(all->ring[i].text);
		all->ring[i].text = NULL;
	}
}

void apono_answers_destroy(struct apono_answers *all)
{
	if (all) {
		apono_answers_clear(all);
		free(all);
	}
}

const char *apono_answers_find(const struct apono_answers *all,
			       const uint8_t digest[SIG_SIZE], int64_t now_ms)
{
	for (size_t i = 0; i < APONO_ANSWERS_MAX; i++) {
		const struct answer *a = &all->ring[i];

		if (a->text && now_ms - a->at_ms < APONO_ANSWERS_MS &&
		    memcmp(a->digest, digest, SIG_SIZE) == 0) {
			return a->text;
		}
	}
	return NULL;
}

void apono_answers_add(struct apono_answers *all, const uint8_t digest[SIG_SIZE],
		       const char *text, int64_t now_ms)
{
	struct answer *a = &all->ring[all->next];

	all->next = (all->next + 1) % APONO_ANSWERS_MAX;
	free(a->text);
	a->text = strdup(text);
	a->at_ms = now_ms;
	memcpy(a->digest, digest, SIG_SIZE);
}
