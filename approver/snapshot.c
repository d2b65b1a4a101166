/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots: rows that grow, an order that is the same for the same rows, and searching
 * in them. A decision is to take microseconds, so a person's stands lie side by side. */
#include "approver/snapshot.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

/* --- making -------------------------------------------------------------------- */

/* Room for one more of n: doubled when n is a power of two, so that no capacity has to be
 * kept beside it. The new item is zeroed. */
static void *grow(void **items, size_t n, size_t size)
{
	if ((n & (n - 1)) == 0) {
		void *more = reallocarray(*items, n ? 2 * n : 1, size);

		if (!more) {
			return NULL;
		}
		*items = more;
	}
	return memset((char *)*items + n * size, 0, size);
}

struct snapshot *snapshot_create(void)
{
	struct snapshot *s = calloc(1, sizeof(*s));

	if (s) {
		s->refs = 1;
	}
	return s;
}

/* What was handed out never changes but for its count, which is nobody else's. */
static struct snapshot *counted(const struct snapshot *s)
{
	return (struct snapshot *)(uintptr_t)s;
}

const struct snapshot *snapshot_ref(const struct snapshot *s)
{
	assert(s->refs > 0);
	counted(s)->refs++;
	return s;
}

void snapshot_unref(const struct snapshot *s)
{
	struct snapshot *own = counted(s);

	if (!own) {
		return;
	}
	assert(own->refs > 0);
	if (--own->refs > 0) {
		return;
	}
	catalog_finish(&own->roles);
	catalog_finish(&own->severities);
	free(own->stands);
	free(own->incidents);
	free(own);
}

struct incident *snapshot_add_incident(struct snapshot *s)
{
	void *items = s->incidents;
	struct incident *i = grow(&items, s->n_incidents, sizeof(*i));

	s->incidents = items;
	if (i) {
		s->n_incidents++;
	}
	return i;
}

struct stand *snapshot_add_stand(struct snapshot *s, size_t incident)
{
	void *items = s->stands;
	struct stand *st = grow(&items, s->n_stands, sizeof(*st));

	assert(incident < s->n_incidents);
	s->stands = items;
	if (st) {
		st->incident = (uint32_t)incident;
		s->n_stands++;
	}
	return st;
}

/* --- catalogs ------------------------------------------------------------------ */

struct catalog_item *catalog_add(struct catalog *c)
{
	void *items = c->items;
	struct catalog_item *item = grow(&items, c->n, sizeof(*item));

	c->items = items;
	if (item) {
		c->n++;
	}
	return item;
}

void catalog_finish(struct catalog *c)
{
	free(c->items);
	*c = (struct catalog){ 0 };
}

bool catalog_copy(struct catalog *dst, const struct catalog *src)
{
	for (size_t i = 0; i < src->n; i++) {
		struct catalog_item *item = catalog_add(dst);

		if (!item) {
			return false;
		}
		*item = src->items[i];
	}
	return true;
}

/* `want` is trimmed. */
static bool is_called(const char *name, const char *want)
{
	char have[NAME_SIZE];

	if (name[0] > ' ' && name[0] != want[0]) {
		return false; /* trimming is slow, and most are another name */
	}
	text_trim(have, sizeof(have), name);
	return text_same(have, want);
}

const struct catalog_item *catalog_find(const struct catalog *c, const char *id_or_name,
					bool shortforms, size_t *ret_n)
{
	const struct catalog_item *found = NULL;
	char want[NAME_SIZE];

	*ret_n = 0;
	if (!text_trim(want, sizeof(want), id_or_name)) {
		return NULL; /* longer than any name that is kept */
	}
	for (size_t i = 0; i < c->n; i++) {
		if (text_same(c->items[i].id, want)) {
			*ret_n = 1;
			return &c->items[i];
		}
		if (is_called(c->items[i].name, want) ||
		    (shortforms && is_called(c->items[i].shortform, want))) {
			found = &c->items[i];
			++*ret_n;
		}
	}
	return *ret_n == 1 ? found : NULL;
}

/* --- order --------------------------------------------------------------------- */

static int by_number(int64_t a, int64_t b)
{
	return (a > b) - (a < b);
}

static int incident_order(const void *a, const void *b, void *data)
{
	const struct incident *all = data;
	const struct incident *x = &all[*(const uint32_t *)a];
	const struct incident *y = &all[*(const uint32_t *)b];
	int order = (int)y->has_severity - (int)x->has_severity;

	if (order == 0 && x->has_severity) {
		order = by_number(y->severity_rank, x->severity_rank);
	}
	if (order == 0) {
		order = by_number(x->created_ms, y->created_ms);
	}
	return order ? order : strcmp(x->id, y->id);
}

static int stand_order(const void *a, const void *b)
{
	const struct stand *x = a;
	const struct stand *y = b;
	int order = strcmp(x->user, y->user);

	if (order == 0) {
		order = by_number(x->incident, y->incident);
	}
	return order ? order : strcmp(x->role_id, y->role_id);
}

/* order[i]: which of the present incidents comes i-th; place[]: the inverse. */
static void incidents_arrange(struct snapshot *s, struct incident *sorted,
			      uint32_t *order, uint32_t *place)
{
	for (uint32_t i = 0; i < s->n_incidents; i++) {
		order[i] = i;
	}
	qsort_r(order, s->n_incidents, sizeof(*order), incident_order, s->incidents);
	for (uint32_t i = 0; i < s->n_incidents; i++) {
		sorted[i] = s->incidents[order[i]];
		place[order[i]] = i;
	}
	for (size_t i = 0; i < s->n_stands; i++) {
		s->stands[i].incident = place[s->stands[i].incident];
	}
	free(s->incidents);
	s->incidents = sorted;
}

bool snapshot_seal(struct snapshot *s)
{
	size_t n = s->n_incidents;

	if (n > 0) {
		struct incident *sorted = calloc(n, sizeof(*sorted));
		uint32_t *order = calloc(2 * n, sizeof(*order));

		if (!sorted || !order) {
			free(sorted);
			free(order);
			return false;
		}
		incidents_arrange(s, sorted, order, order + n);
		free(order);
	}
	if (s->n_stands > 0) {
		qsort(s->stands, s->n_stands, sizeof(*s->stands), stand_order);
	}
	return true;
}

/* --- searching ----------------------------------------------------------------- */

const struct stand *snapshot_stands_of(const struct snapshot *s, const char *user,
				       size_t *ret_n)
{
	size_t low = 0;
	size_t high = s->n_stands;
	size_t n = 0;

	*ret_n = 0;
	if (!user || !*user) {
		return NULL;
	}
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(s->stands[mid].user, user) < 0) {
			low = mid + 1;
		} else {
			high = mid;
		}
	}
	while (low + n < s->n_stands && strcmp(s->stands[low + n].user, user) == 0) {
		n++;
	}
	*ret_n = n;
	return n ? &s->stands[low] : NULL;
}

const struct incident *snapshot_find(const struct snapshot *s, const char *text)
{
	if (!text || !*text) {
		return NULL;
	}
	for (size_t i = 0; i < s->n_incidents; i++) {
		const struct incident *in = &s->incidents[i];
		/* PagerDuty's numbers: "#512" and "512" are the same. */
		const char *number = in->reference[0] == '#' ? in->reference + 1 : NULL;

		if (text_same(in->id, text) || text_same_nocase(in->reference, text) ||
		    text_same(number, text)) {
			return in;
		}
	}
	return NULL;
}
