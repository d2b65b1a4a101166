/* SPDX-License-Identifier: Apache-2.0 */
/* The words for states: what stands in the ledger's columns, the audit and the logs. */
#include "accessd/record.h"

#include <assert.h>
#include <string.h>

static const char *const request_words[REQUEST_STATE_MAX] = {
	[REQUEST_ASKED] = "asked",
	[REQUEST_CHECKING] = "checking",
	[REQUEST_GRANTED] = "granted",
	[REQUEST_DENIED] = "denied",
};

static const char *const grant_words[GRANT_STATE_MAX] = {
	[GRANT_GRANTING] = "granting", [GRANT_ACTIVE] = "active",
	[GRANT_REVOKING] = "revoking", [GRANT_CLOSED] = "closed",
	[GRANT_FAILED] = "failed",
};

static const char *const effect_words[EFFECT_STATE_MAX] = {
	[EFFECT_PENDING] = "pending",
	[EFFECT_DONE] = "done",
	[EFFECT_FAILED] = "failed",
};

static size_t word_find(const char *const *words, size_t n, const char *word)
{
	size_t i = 0;

	while (i < n && strcmp(words[i], word) != 0) {
		i++;
	}
	return i;
}

const char *request_state_word(enum request_state s)
{
	assert(s < REQUEST_STATE_MAX);
	return request_words[s];
}

const char *grant_state_word(enum grant_state s)
{
	assert(s < GRANT_STATE_MAX);
	return grant_words[s];
}

const char *effect_state_word(enum effect_state s)
{
	assert(s < EFFECT_STATE_MAX);
	return effect_words[s];
}

enum request_state request_state_parse(const char *word)
{
	return (enum request_state)word_find(request_words, REQUEST_STATE_MAX, word);
}

enum grant_state grant_state_parse(const char *word)
{
	return (enum grant_state)word_find(grant_words, GRANT_STATE_MAX, word);
}

enum effect_state effect_state_parse(const char *word)
{
	return (enum effect_state)word_find(effect_words, EFFECT_STATE_MAX, word);
}

bool grant_state_over(enum grant_state s)
{
	return s == GRANT_CLOSED || s == GRANT_FAILED;
}

bool request_state_decided(enum request_state s)
{
	return s == REQUEST_GRANTED || s == REQUEST_DENIED;
}
