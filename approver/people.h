/* SPDX-License-Identifier: Apache-2.0 */
/* Who is who at a provider: what was found out about people, for a while. Pure; the desk
 * (approver/desk.h) decides what is still good. */
#ifndef APPROVER_PEOPLE_H
#define APPROVER_PEOPLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/provider.h"

enum { PEOPLE_MAX = 4096 };

/* Something that is read from the vendor: what is there, and what is under way. How old it
 * is counts from when its reading began; `drops` is the desk's count of that moment. */
struct reading {
	bool there, running;
	int64_t began_ms, next_began_ms;
	uint64_t drops, next_drops;
};

/* One person, at one provider. */
struct who {
	struct person person;
	struct reading id;         /* user and why */
	char user[VENDOR_ID_SIZE]; /* "": nobody there is them */
	const char *why;           /* then: why, a literal; never NULL */
	struct reading calls;
	char calls_of[VENDOR_ID_SIZE]; /* whose on-call rows are, or are being read */
	struct on_call *on_call;
	size_t n_on_call;
	struct on_schedule *on_schedules;
	size_t n_on_schedules;
	unsigned asks; /* that wait for it */
	struct who *next;
};

struct people;

struct people *people_create(void); /* NULL when memory ran out */
void people_destroy(struct people *p);

/* The entry of this person, made when there is none. Those that nobody waits for go when
 * there are PEOPLE_MAX. NULL: no room, or no memory. */
struct who *people_get(struct people *p, const struct person *person);

/* It turned out that they are `user` there, or "", and why: a literal. */
void who_found(struct who *w, const char *user, const char *why);

/* What somebody is on call for, as it is read. */
struct calls {
	struct on_call rows[ON_CALL_MAX];
	size_t n;
	struct on_schedule schedules[ON_SCHEDULES_MAX];
	size_t n_schedules;
};

/* Keep a copy of it. False when memory ran out: what was there stays. */
bool who_called(struct who *w, const struct calls *calls);

size_t people_count(const struct people *p);

#endif
