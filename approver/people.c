/* SPDX-License-Identifier: Apache-2.0 */
/* The cache of people: a hash table that is emptied when it is full, of all that nobody
 * needs at the moment. Finding out anew costs one request each. */
#include "approver/people.h"

#include <stdlib.h>
#include <string.h>

#include "shared/text.h"

enum { BUCKETS = 1024 };

struct people {
	struct who *buckets[BUCKETS];
	size_t n;
};

/* FNV-1a. */
static uint32_t hash(uint32_t h, const char *s)
{
	for (; *s; s++) {
		h = (h ^ (unsigned char)*s) * 16777619u;
	}
	return h;
}

/* The ids and addresses are other systems', not a stranger's choice. Other platforms know
 * people by their e-mail. */
static size_t bucket_of(const struct person *person)
{
	return hash(hash(2166136261u, person->slack), person->email) % BUCKETS;
}

/* All of it: with another e-mail, or another map in the config, somebody else may be
 * found. */
static bool is_same(const struct person *a, const struct person *b)
{
	return strcmp(a->slack, b->slack) == 0 &&
	       strcmp(a->slack_team, b->slack_team) == 0 &&
	       strcmp(a->email, b->email) == 0 &&
	       strcmp(a->incidentio, b->incidentio) == 0 &&
	       strcmp(a->pagerduty, b->pagerduty) == 0;
}

static void who_destroy(struct who *w)
{
	free(w->on_call);
	free(w->on_schedules);
	free(w);
}

static bool is_idle(const struct who *w)
{
	return w->asks == 0 && !w->id.running && !w->calls.running;
}

static void forget_idle(struct people *p)
{
	for (size_t i = 0; i < BUCKETS; i++) {
		struct who **at = &p->buckets[i];

		while (*at) {
			struct who *w = *at;

			if (is_idle(w)) {
				*at = w->next;
				who_destroy(w);
				p->n--;
			} else {
				at = &w->next;
			}
		}
	}
}

struct people *people_create(void)
{
	return calloc(1, sizeof(struct people));
}

void people_destroy(struct people *p)
{
	for (size_t i = 0; p && i < BUCKETS; i++) {
		while (p->buckets[i]) {
			struct who *w = p->buckets[i];

			p->buckets[i] = w->next;
			who_destroy(w);
		}
	}
	free(p);
}

struct who *people_get(struct people *p, const struct person *person)
{
	struct who **bucket = &p->buckets[bucket_of(person)];
	struct who *w = *bucket;

	while (w && !is_same(&w->person, person)) {
		w = w->next;
	}
	if (w) {
		return w;
	}
	if (p->n >= PEOPLE_MAX) {
		forget_idle(p);
	}
	w = p->n < PEOPLE_MAX ? calloc(1, sizeof(*w)) : NULL;
	if (w) {
		w->person = *person;
		w->why = "";
		w->next = *bucket;
		*bucket = w;
		p->n++;
	}
	return w;
}

void who_found(struct who *w, const char *user, const char *why)
{
	if (strcmp(w->user, user) != 0) {
		w->calls.there = false; /* somebody else's */
		text_copy(w->user, sizeof(w->user), user);
	}
	w->why = why;
}

/* n > 0 items of `size` bytes; NULL when memory ran out. */
static void *copy_of(const void *items, size_t n, size_t size)
{
	void *copy = reallocarray(NULL, n, size);

	return copy ? memcpy(copy, items, n * size) : NULL;
}

bool who_called(struct who *w, const struct calls *calls)
{
	struct on_call *rows = NULL;
	struct on_schedule *schedules = NULL;

	if (calls->n > 0) {
		rows = copy_of(calls->rows, calls->n, sizeof(*rows));
	}
	if (calls->n_schedules > 0) {
		schedules =
			copy_of(calls->schedules, calls->n_schedules, sizeof(*schedules));
	}
	if ((calls->n > 0 && !rows) || (calls->n_schedules > 0 && !schedules)) {
		free(rows);
		free(schedules);
		return false;
	}
	free(w->on_call);
	free(w->on_schedules);
	w->on_call = rows;
	w->n_on_call = calls->n;
	w->on_schedules = schedules;
	w->n_on_schedules = calls->n_schedules;
	return true;
}

size_t people_count(const struct people *p)
{
	return p->n;
}
