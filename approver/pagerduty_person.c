/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is at PagerDuty, and what they are on call for:
 *
 *   the config's map -> GET users?query=<e-mail>     exactly one has this e-mail
 *   GET oncalls?user_ids[]=<id>                      now, each policy's lowest level, and
 *                                                    shifts on schedules
 *
 * Nobody, or several: no standing, and the person is told why. */
#include "approver/pagerduty_person.h"

#include <stdlib.h>

#include "accessd/clock.h"
#include "approver/pagerduty_pages.h"
#include "approver/pagerduty_parse.h"
#include "shared/buf.h"
#include "shared/text.h"
#include "shared/url.h"

/* Something that is looked for. */
struct lookup {
	struct rest_read read;
	struct pagerduty_pages pages;
	struct desk *desk;
	struct who *who;
	struct pagerduty_match match;
	struct pagerduty_calls calls;
};

/* NULL when memory ran out. */
static struct lookup *lookup_create(struct desk *d, struct who *w, const char *list,
				    const char *value)
{
	struct lookup *l = calloc(1, sizeof(*l));
	struct buf b;

	if (!l) {
		return NULL;
	}
	l->desk = d;
	l->who = w;
	l->read.max_pages = PAGERDUTY_PAGES_MAX;
	buf_init(&b, sizeof(l->pages.list) - 1);
	buf_add_str(&b, list);
	url_encode(&b, value); /* "+ must be encoded" */
	text_copy(l->pages.list, sizeof(l->pages.list), buf_str(&b));
	buf_finish(&b);
	pagerduty_pages_first(&l->pages, &l->read);
	return l;
}

/* --- who is it? ---------------------------------------------------------------- */

static bool on_users(struct rest_read *read, const char *body, size_t n, struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);
	struct pagerduty_page page;

	return pagerduty_parse_users(body, n, &l->match, &page, f) &&
	       pagerduty_pages_next(&l->pages, read, &page, f);
}

static void on_users_done(struct rest_read *read, const struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);
	struct who *w = l->who;
	struct desk *d = l->desk;

	if (f->kind == FAIL_NONE) {
		who_found(w, l->match.found == 1 ? l->match.id : "",
			  l->match.found > 1
				  ? "several users of PagerDuty have your e-mail"
				  : "PagerDuty has no user with your e-mail");
	}
	free(l);
	desk_identified(d, w, f);
}

bool pagerduty_identify(struct desk *d, struct who *w)
{
	const struct person *p = &w->person;
	struct lookup *l;

	if (*p->pagerduty || !*p->email) {
		who_found(w, p->pagerduty,
			  "PagerDuty knows people by e-mail, and Slack has no confirmed "
			  "e-mail of yours");
		return true;
	}
	l = lookup_create(d, w, "users?query=", p->email);
	if (!l) {
		who_found(w, "", "accessd is out of memory");
		return true;
	}
	l->match.email = p->email;
	l->read.what = "the list of users";
	l->read.page = on_users;
	l->read.done = on_users_done;
	rest_read_start(&d->rest, &l->read);
	return false;
}

/* --- on call ------------------------------------------------------------------- */

/* What counts is what is so when the answer comes. */
static void calls_at(struct pagerduty_calls *c, const struct desk *d)
{
	c->want_schedules = d->env.want_schedules;
	c->now_ms = clock_wall_ms(loop_clock(d->env.loop));
	c->since_ms = c->now_ms - d->env.window_before_s * 1000;
	c->until_ms = c->now_ms + d->env.window_after_s * 1000;
}

static bool on_oncalls(struct rest_read *read, const char *body, size_t n, struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);
	struct pagerduty_page page;

	calls_at(&l->calls, l->desk);
	return pagerduty_parse_oncalls(body, n, &l->calls, &page, f) &&
	       pagerduty_pages_next(&l->pages, read, &page, f);
}

static void on_oncalls_done(struct rest_read *read, const struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);
	struct who *w = l->who;
	struct desk *d = l->desk;
	struct fail why = *f;

	if (f->kind == FAIL_NONE && !who_called(w, &l->calls.calls)) {
		fail_set(&why, FAIL_INTERNAL, "PagerDuty: out of memory");
	}
	free(l);
	desk_called(d, w, &why);
}

/* "since and until default to now"; "/oncalls renders in the account's time zone unless
 * time_zone=UTC is sent". */
static void oncalls_path(const struct desk *d, struct buf *b)
{
	struct pagerduty_calls at;
	char text[TIME_SIZE];

	calls_at(&at, d);
	buf_add_str(b, "oncalls?time_zone=UTC");
	if (at.since_ms != at.until_ms) {
		text_format_time(at.since_ms, text);
		buf_add_str(b, "&since=");
		url_encode(b, text);
		text_format_time(at.until_ms, text);
		buf_add_str(b, "&until=");
		url_encode(b, text);
	}
	buf_add_str(b, "&user_ids%5B%5D=");
}

void pagerduty_on_call(struct desk *d, struct who *w)
{
	struct lookup *l;
	struct buf path;

	buf_init(&path, URL_SIZE - 1);
	oncalls_path(d, &path);
	l = lookup_create(d, w, buf_str(&path), w->user);
	buf_finish(&path);

	/* A question without an answer runs out of time; there is no memory for more. */
	if (!l) {
		abort();
	}
	l->calls.user = w->calls_of;
	l->read.what = "the list of who is on call";
	l->read.page = on_oncalls;
	l->read.done = on_oncalls_done;
	rest_read_start(&d->rest, &l->read);
}
