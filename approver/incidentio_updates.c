/* SPDX-License-Identifier: Apache-2.0 */
/* Who has posted updates:
 *
 *   each live incident, a few at once: GET v2/incident_updates?incident_id=, all pages
 *       -> a stand for each person who posted one
 *
 * The first that fails ends it all: half of the participants are none. Roles are known all
 * the same, so that the snapshot is good without them, and says why they are missing. */
#include "approver/incidentio_updates.h"

#include "approver/incidentio_parse.h"
#include "approver/incidentio_person.h"
#include "shared/buf.h"
#include "shared/text.h"
#include "shared/url.h"

#define UPDATES "v2/incident_updates?page_size=250&incident_id="

static void stop(struct incidentio_updates *u)
{
	loop_timer_cancel(&u->deadline);
	for (size_t i = 0; i < UPDATES_AT_ONCE; i++) {
		if (u->reads[i].running) {
			rest_read_cancel(&u->reads[i].read);
			u->reads[i].running = false;
		}
	}
	u->running = false;
}

static void end(struct incidentio_updates *u, const struct fail *f)
{
	stop(u);
	u->snapshot->participants_known = f->kind == FAIL_NONE;
	u->snapshot->no_participants = *f;
	u->done(u);
}

static void on_deadline(struct loop_timer *t)
{
	struct incidentio_updates *u =
		container_of(t, struct incidentio_updates, deadline);
	struct fail f;

	fail_set(&f, FAIL_TIMEOUT,
		 "incident.io: it takes too long to read who has posted updates");
	end(u, &f);
}

static bool on_page(struct rest_read *read, const char *body, size_t n, struct fail *f)
{
	struct updates_read *r = container_of(read, struct updates_read, read);
	char after[VENDOR_ID_SIZE];

	if (!incidentio_parse_updates(body, n, r->all->snapshot, r->incident, after, f)) {
		return false;
	}
	return incidentio_next_page(read, r->first, after) || rest_endless(read, f);
}

static bool read_next(struct updates_read *r);

static bool is_busy(const struct incidentio_updates *u)
{
	for (size_t i = 0; i < UPDATES_AT_ONCE; i++) {
		if (u->reads[i].running) {
			return true;
		}
	}
	return false;
}

static void on_done(struct rest_read *read, const struct fail *f)
{
	struct updates_read *r = container_of(read, struct updates_read, read);

	r->running = false;
	if (f->kind != FAIL_NONE || (!read_next(r) && !is_busy(r->all))) {
		end(r->all, f);
	}
}

/* Ask about the next incident, if there is one. */
static bool read_next(struct updates_read *r)
{
	struct incidentio_updates *u = r->all;
	struct buf b;

	if (u->next == u->snapshot->n_incidents) {
		return false;
	}
	r->incident = u->next++;
	buf_init(&b, sizeof(r->first) - 1);
	buf_add_str(&b, UPDATES);
	url_encode(&b, u->snapshot->incidents[r->incident].id);
	text_copy(r->first, sizeof(r->first), buf_str(&b));
	buf_finish(&b);
	r->read = (struct rest_read){ .what = "the list of updates",
				      .max_pages = INCIDENTIO_PAGES_MAX,
				      .page = on_page,
				      .done = on_done };
	text_copy(r->read.path, sizeof(r->read.path), r->first);
	r->running = true;
	rest_read_start(u->rest, &r->read);
	return true;
}

bool incidentio_updates_start(struct incidentio_updates *u, struct rest *rest,
			      struct snapshot *s, int64_t wait_ms)
{
	u->rest = rest;
	u->snapshot = s;
	u->next = 0;
	if (s->n_incidents > UPDATES_INCIDENTS_MAX) {
		fail_set(&s->no_participants, FAIL_INVALID,
			 "incident.io: more than %d incidents are live, too many to read "
			 "who has posted updates",
			 UPDATES_INCIDENTS_MAX);
		return true;
	}
	if (s->n_incidents == 0) {
		s->participants_known = true;
		return true;
	}
	u->running = true;
	u->deadline.cb = on_deadline;
	loop_timer_start(rest->env->loop, &u->deadline, wait_ms > 0 ? wait_ms : 0);
	for (size_t i = 0; i < UPDATES_AT_ONCE; i++) {
		u->reads[i].all = u;
		u->reads[i].running = false;
		read_next(&u->reads[i]);
	}
	return false;
}
