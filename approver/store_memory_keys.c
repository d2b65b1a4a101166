/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger in memory: what makes a second delivery the same request. A hash table, as
 * keys come in no order and each request brings some. What is forgotten is found no more;
 * its memory goes with that of the requests, which stay. */
#include "approver/store_memory.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { FIRST_BUCKETS = 64 };

struct key {
	struct key *next;
	uint64_t hash;
	struct memory_request *request;
	int64_t seen_ms;
	char source[sizeof(((struct request_row *)NULL)->source)];
	char text[];
};

/* FNV-1a, by 64 bits. */
static uint64_t hash_add(uint64_t h, const char *s)
{
	do {
		h = (h ^ (unsigned char)*s) * 0x100000001b3;
	} while (*s++);
	return h;
}

static uint64_t hash_of(const char *source, const char *text)
{
	return hash_add(hash_add(0xcbf29ce484222325, source), text);
}

static struct key **bucket_of(const struct memory_keys *ks, uint64_t hash)
{
	return &ks->buckets[hash & (ks->n_buckets - 1)];
}

static bool is_key(const char *text)
{
	return text && *text;
}

/* --- finding and adding ------------------------------------------------------------ */

static struct key *key_find(const struct memory_keys *ks, uint64_t hash,
			    const char *source, const char *text)
{
	struct key *k = ks->n_buckets > 0 ? *bucket_of(ks, hash) : NULL;

	while (k && (k->hash != hash || strcmp(k->text, text) != 0 ||
		     strcmp(k->source, source) != 0)) {
		k = k->next;
	}
	return k;
}

struct memory_request *memory_key_find(const struct memory_keys *ks, const char *source,
				       const char *text)
{
	const struct key *k =
		is_key(text) ? key_find(ks, hash_of(source, text), source, text) : NULL;

	return k ? k->request : NULL;
}

static void rehang(struct memory_keys *ks, struct key **from, size_t n_from)
{
	for (size_t i = 0; i < n_from; i++) {
		while (from[i]) {
			struct key *k = from[i];
			struct key **to = bucket_of(ks, k->hash);

			from[i] = k->next;
			k->next = *to;
			*to = k;
		}
	}
}

static void grow(struct memory_keys *ks)
{
	size_t n = ks->n_buckets ? 2 * ks->n_buckets : FIRST_BUCKETS;
	struct memory_keys more = { .arena = ks->arena,
				    .n = ks->n,
				    .n_buckets = n,
				    .buckets = calloc(n, sizeof(struct key *)) };

	if (!more.buckets) {
		abort();
	}
	rehang(&more, ks->buckets, ks->n_buckets);
	free(ks->buckets);
	*ks = more;
}

void memory_key_add(struct memory_keys *ks, const char *source, const char *text,
		    struct memory_request *request, int64_t seen_ms)
{
	uint64_t hash;
	size_t len;
	struct key *k;
	struct key **bucket;

	if (!is_key(text)) {
		return;
	}
	hash = hash_of(source, text);
	if (key_find(ks, hash, source, text)) {
		return; /* what is known stays as it is */
	}
	if (ks->n >= ks->n_buckets) {
		grow(ks);
	}
	len = strlen(text) + 1;
	k = arena_take(ks->arena, sizeof(*k) + len);
	if (!k) {
		abort();
	}
	k->hash = hash;
	k->request = request;
	k->seen_ms = seen_ms;
	text_copy(k->source, sizeof(k->source), source);
	memcpy(k->text, text, len);
	bucket = bucket_of(ks, hash);
	k->next = *bucket;
	*bucket = k;
	ks->n++;
}

/* --- forgetting -------------------------------------------------------------------- */

void memory_keys_forget(struct memory_keys *ks, int64_t before_ms)
{
	for (size_t i = 0; i < ks->n_buckets; i++) {
		struct key **at = &ks->buckets[i];

		while (*at) {
			if ((*at)->seen_ms >= before_ms) {
				at = &(*at)->next;
			} else {
				*at = (*at)->next;
				ks->n--;
			}
		}
	}
}

void memory_keys_finish(struct memory_keys *ks)
{
	free(ks->buckets);
}
