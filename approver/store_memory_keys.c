/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger in memory: what makes a second delivery the same request. A hash table, as
 * keys come in no order and each request brings some: open addressing, with the hashes in
 * the slots, so that neither a search nor growing has to look at keys of others. What is
 * forgotten is found no more; its memory goes with that of the requests, which stay. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { FIRST_SLOTS = 64 };

struct key {
	struct memory_request *request;
	char source[sizeof(((struct request_row *)NULL)->source)];
	char text[];
};

struct memory_key_slot {
	const struct key *key; /* NULL: free */
	uint64_t hash;
	int64_t seen_ms;
};

/* FNV-1a, but for eight bytes at a time. With its NUL: what is added next is another text. */
static uint64_t hash_add(uint64_t h, const char *s)
{
	uint64_t w;

	for (size_t n = strlen(s) + 1; n > 0;) {
		size_t part = n < sizeof(w) ? n : sizeof(w);

		w = 0;
		memcpy(&w, s, part);
		h = (h ^ w) * 0x100000001b3;
		h ^= h >> 32; /* a product's low bits know nothing of its high ones */
		s += part;
		n -= part;
	}
	return h;
}

static uint64_t hash_of(const char *source, const char *text)
{
	return hash_add(hash_add(0xcbf29ce484222325, source), text);
}

static bool is_key(const char *text)
{
	return text && *text;
}

/* --- finding and adding ------------------------------------------------------------ */

/* Where it is, or where it would be; at least one slot is free. */
static struct memory_key_slot *slot_find(const struct memory_keys *ks, uint64_t hash,
					 const char *source, const char *text)
{
	size_t i = hash & (ks->n_slots - 1);
	struct memory_key_slot *s;

	while ((s = &ks->slots[i])->key &&
	       (s->hash != hash || strcmp(s->key->text, text) != 0 ||
		strcmp(s->key->source, source) != 0)) {
		i = (i + 1) & (ks->n_slots - 1);
	}
	return s;
}

struct memory_request *memory_key_find(const struct memory_keys *ks, const char *source,
				       const char *text)
{
	const struct memory_key_slot *s;

	if (!is_key(text) || ks->n_slots == 0) {
		return NULL;
	}
	s = slot_find(ks, hash_of(source, text), source, text);
	return s->key ? s->key->request : NULL;
}

/* Into a table of n slots go those that were seen since then. */
static void rebuild(struct memory_keys *ks, size_t n, int64_t since_ms)
{
	struct memory_keys next = { .arena = ks->arena,
				    .n_slots = n,
				    .slots = calloc(n, sizeof(*next.slots)) };

	if (!next.slots) {
		abort();
	}
	for (size_t i = 0; i < ks->n_slots; i++) {
		const struct memory_key_slot *s = &ks->slots[i];
		size_t to = s->hash & (n - 1);

		if (!s->key || s->seen_ms < since_ms) {
			continue;
		}
		while (next.slots[to].key) {
			to = (to + 1) & (n - 1);
		}
		next.slots[to] = *s;
		next.n++;
	}
	free(ks->slots);
	*ks = next;
}

static const struct key *key_make(struct arena *arena, const char *source,
				  const char *text, struct memory_request *request)
{
	size_t size = strlen(text) + 1;
	struct key *k = arena_take(arena, sizeof(*k) + size);

	if (!k) {
		abort();
	}
	k->request = request;
	text_copy(k->source, sizeof(k->source), source);
	memcpy(k->text, text, size);
	return k;
}

void memory_key_add(struct memory_keys *ks, const char *source, const char *text,
		    struct memory_request *request, int64_t seen_ms)
{
	struct memory_key_slot *s;
	uint64_t hash;

	if (!is_key(text)) {
		return;
	}
	if (2 * ks->n >= ks->n_slots) {
		rebuild(ks, ks->n_slots ? 2 * ks->n_slots : FIRST_SLOTS, INT64_MIN);
	}
	hash = hash_of(source, text);
	s = slot_find(ks, hash, source, text);
	if (s->key) {
		return; /* what is known stays as it is */
	}
	s->key = key_make(ks->arena, source, text, request);
	s->hash = hash;
	s->seen_ms = seen_ms;
	ks->n++;
}

/* --- forgetting -------------------------------------------------------------------- */

void memory_keys_forget(struct memory_keys *ks, int64_t before_ms)
{
	for (size_t i = 0; i < ks->n_slots; i++) {
		if (ks->slots[i].key && ks->slots[i].seen_ms < before_ms) {
			rebuild(ks, ks->n_slots, before_ms);
			return;
		}
	}
}

void memory_keys_finish(struct memory_keys *ks)
{
	free(ks->slots);
}
