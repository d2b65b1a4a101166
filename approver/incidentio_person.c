/* SPDX-License-Identifier: Apache-2.0 */
/* Who somebody is at incident.io:
 *
 *   the config's map -> GET v2/users?slack_user_id= -> GET v2/users?email=
 *                    -> the same in small letters -> GET v2/users, all pages
 *
 * Whoever is vouched for by another platform may have no Slack id: then by e-mail alone.
 * The first that has exactly one active user decides. Nobody, or several: no standing, and
 * the person is told why.
 *
 * Whether incident.io's filter minds the letters of an e-mail is not said, and its letters
 * may be neither ours nor small ones: who is not found is looked for among all. So is
 * who has another e-mail there, or none; but those are few, as people who use incident.io
 * in Slack have their Slack id there. Small letters are asked about if somebody was found,
 * too: two users may have the same e-mail in different ones. */
#include "approver/incidentio_person.h"

#include <stdlib.h>

#include "approver/incidentio_parse.h"
#include "shared/buf.h"
#include "shared/text.h"
#include "shared/url.h"

#define USERS "v2/users?page_size="
#define FEW   "250"
#define MANY  "1000" /* "page_size (<= 10000)"; of 1000 some 500 KB come */

/* Of all users: more take longer than a person waits, and there is people.incidentio. */
enum { ALL_PAGES_MAX = 5 };

/* What was asked last. */
enum question { BY_SLACK, BY_EMAIL, BY_SMALL_EMAIL, ALL };

bool incidentio_next_page(struct rest_read *read, const char *first, const char *after)
{
	struct buf b;
	bool fits;

	buf_init(&b, sizeof(read->path) - 1);
	if (*after) {
		buf_add_str(&b, first);
		buf_add_str(&b, "&after=");
		url_encode(&b, after); /* ids are opaque: it may hold anything */
	}
	fits = !b.over;
	text_copy(read->path, sizeof(read->path), buf_str(&b));
	buf_finish(&b);
	return fits;
}

/* Somebody who is looked for. */
struct lookup {
	struct rest_read read;
	struct desk *desk;
	struct who *who;
	struct incidentio_match match;
	enum question asked;
	unsigned pages;         /* of all users, so far */
	bool unseen;            /* and there are more than those */
	char small[EMAIL_SIZE]; /* their e-mail in small letters */
	char first[URL_SIZE];   /* path of the first page */
};

static bool on_users(struct rest_read *read, const char *body, size_t n, struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);
	char after[VENDOR_ID_SIZE];

	if (!incidentio_parse_users(body, n, &l->match, after, f)) {
		return false;
	}
	if (l->asked == ALL && ++l->pages == ALL_PAGES_MAX && *after) {
		l->unseen = true;
		after[0] = '\0';
	}
	return incidentio_next_page(read, l->first, after) || rest_endless(read, f);
}

static void on_users_done(struct rest_read *read, const struct fail *f);

/* key "": everybody. */
static void lookup_start(struct lookup *l, enum question q, const char *key,
			 const char *value)
{
	struct buf b;

	l->asked = q;
	buf_init(&b, sizeof(l->first) - 1);
	buf_add_str(&b, q == ALL ? USERS MANY : USERS FEW);
	if (*key) {
		buf_addf(&b, "&%s=", key);
		url_encode(&b, value);
	}
	text_copy(l->first, sizeof(l->first), buf_str(&b));
	buf_finish(&b);
	l->read = (struct rest_read){ .what = "the list of users",
				      .max_pages = INCIDENTIO_PAGES_MAX,
				      .page = on_users,
				      .done = on_users_done };
	text_copy(l->read.path, sizeof(l->read.path), l->first);
	rest_read_start(&l->desk->rest, &l->read);
}

static void lookup_by_slack(struct lookup *l)
{
	l->match =
		(struct incidentio_match){ .slack = l->who->person.slack, .email = "" };
	lookup_start(l, BY_SLACK, "slack_user_id", l->match.slack);
}

static void lookup_by_email(struct lookup *l)
{
	l->match =
		(struct incidentio_match){ .slack = "", .email = l->who->person.email };
	text_copy(l->small, sizeof(l->small), l->match.email);
	text_lower(l->small);
	lookup_start(l, BY_EMAIL, "email", l->match.email);
}

/* False: there is nothing left to ask. What was found stays found. */
static bool lookup_next(struct lookup *l)
{
	bool nobody = l->match.found == 0;

	if (l->asked == BY_SLACK) {
		if (!nobody || !*l->who->person.email) {
			return false;
		}
		lookup_by_email(l);
	} else if (l->asked == BY_EMAIL && !text_same(l->small, l->match.email)) {
		lookup_start(l, BY_SMALL_EMAIL, "email", l->small);
	} else if (l->asked != ALL && nobody) {
		lookup_start(l, ALL, "", "");
	} else {
		return false;
	}
	return true;
}

/* Of all whom there may be, one can only be told from several if all were seen. */
static bool is_found(const struct lookup *l)
{
	return l->match.found == 1 && !l->unseen;
}

static const char *why_nobody(const struct lookup *l)
{
	if (l->unseen) {
		return "incident.io has no user with your e-mail in these letters, and too "
		       "many users to look at all: people.incidentio can name yours";
	}
	if (l->match.found > 1) {
		return *l->match.slack
			       ? "several active users of incident.io have your Slack account"
			       : "several active users of incident.io have your e-mail";
	}
	if (!*l->who->person.slack) {
		return "incident.io has no active user with your e-mail";
	}
	return *l->who->person.email
		       ? "incident.io has no active user with your Slack account or e-mail"
		       : "incident.io has no active user with your Slack account, and Slack "
			 "has no confirmed e-mail of yours";
}

static void lookup_end(struct lookup *l, const struct fail *f)
{
	struct who *w = l->who;
	struct desk *d = l->desk;
	struct fail why = *f;

	if (f->kind == FAIL_NONE) {
		who_found(w, is_found(l) ? l->match.id : "", why_nobody(l));
	}
	free(l);
	desk_identified(d, w, &why);
}

static void on_users_done(struct rest_read *read, const struct fail *f)
{
	struct lookup *l = container_of(read, struct lookup, read);

	if (f->kind != FAIL_NONE || !lookup_next(l)) {
		lookup_end(l, f);
	}
}

bool incidentio_identify(struct desk *d, struct who *w)
{
	struct lookup *l;

	if (*w->person.incidentio) {
		who_found(w, w->person.incidentio, "");
		return true;
	}
	if (!*w->person.slack && !*w->person.email) {
		who_found(w, "", "nobody is named"); /* an empty filter would match all */
		return true;
	}
	l = calloc(1, sizeof(*l));
	if (!l) {
		who_found(w, "", "accessd is out of memory");
		return true;
	}
	l->desk = d;
	l->who = w;
	if (*w->person.slack) {
		lookup_by_slack(l);
	} else {
		lookup_by_email(l);
	}
	return false;
}
