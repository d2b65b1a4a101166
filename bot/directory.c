/* SPDX-License-Identifier: Apache-2.0 */
/* The directory: one users.info for all who ask about the same user at the same time, kept
 * for a minute. Slack's rule for actors: check each time "with users.info (cache <= 60 s):
 * team ours, not deleted, not is_bot, not is_restricted". */
#include "bot/directory.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "bot/groups.h"
#include "bot/slack/web_api.h"
#include "shared/jx.h"
#include "shared/loop.h"
#include "shared/text.h"
#include "shared/url.h"

enum {
	KEEP_MS = 60 * 1000,
	ENTRIES_MAX = 1024,
	CALL_MS = 4000,
};

struct entry {
	struct slack_directory *all;
	struct entry *next;
	char team[VENDOR_ID_SIZE];
	char user[VENDOR_ID_SIZE];
	int64_t known_mono_ms; /* when the answer came; 0: it has not */
	struct fail fail;
	struct member member;
	struct directory_ask *waiting;
	struct directory_ask *answering; /* taken from waiting: their turn is now */
	bool is_answering;               /* until the last of them has returned */
	struct slack_call call;
	struct buf body;
	bool calling;
	struct loop_timer soon; /* an answer from memory comes in the next turn, too */
};

struct slack_directory {
	struct directory base;
	struct loop *loop;
	struct slack_api *api;
	struct groups *groups;
	struct entry *entries;
	size_t n;
};

static void entry_destroy(struct slack_directory *d, struct entry *e)
{
	for (struct entry **at = &d->entries; *at; at = &(*at)->next) {
		if (*at == e) {
			*at = e->next;
			break;
		}
	}
	loop_timer_cancel(&e->soon);
	buf_finish(&e->body);
	free(e);
	d->n--;
}

/* Answer all who wait now. An asker may ask again from its callback, which is for the next
 * time, or take back another's question. */
static void entry_answer(struct entry *e)
{
	e->answering = e->waiting;
	e->waiting = NULL;
	e->is_answering = true;
	while (e->answering) {
		struct directory_ask *ask = e->answering;
		struct fail f = e->fail;

		e->answering = ask->next;
		ask->next = NULL;
		ask->member = e->member;
		ask->cb(ask, &f);
	}
	e->is_answering = false;
}

static bool is_true(const json_t *obj, const char *name)
{
	return json_is_true(json_object_get(obj, name));
}

/* What Slack does not say is taken for the worse. */
static void member_read(struct entry *e, const json_t *user)
{
	const json_t *profile = jx_obj(user, "profile");
	struct member *m = &e->member;

	*m = (struct member){ 0 };
	m->deleted = is_true(user, "deleted");
	m->bot = is_true(user, "is_bot") || is_true(user, "is_workflow_bot") ||
		 strcmp(e->user, "USLACKBOT") == 0; /* which says is_bot: false */
	m->guest = is_true(user, "is_restricted") || is_true(user, "is_ultra_restricted");
	m->external = is_true(user, "is_stranger") ||
		      !text_same(jx_str(user, "team_id"), e->team);
	m->email_confirmed = is_true(user, "is_email_confirmed");
	if (!text_copy(m->email, sizeof(m->email), jx_str(profile, "email"))) {
		m->email[0] = '\0'; /* half an address is nobody's */
	}
}

static void on_user(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct entry *e = container_of(call, struct entry, call);
	const json_t *user = reply ? jx_obj(reply, "user") : NULL;

	e->calling = false;
	e->fail = *f;
	if (f->kind == FAIL_NONE && !text_same(jx_str(user, "id"), e->user)) {
		fail_set(&e->fail, FAIL_UPSTREAM,
			 "users.info answered about somebody else");
	}
	if (e->fail.kind == FAIL_NONE) {
		member_read(e, user);
	}
	if (e->fail.kind == FAIL_NONE || e->fail.kind == FAIL_NOT_FOUND) {
		e->known_mono_ms = clock_mono_ms(loop_clock(e->all->loop));
	}
	entry_answer(e);
}

static void on_soon(struct loop_timer *t)
{
	entry_answer(container_of(t, struct entry, soon));
}

static void entry_call(struct entry *e)
{
	buf_clear(&e->body);
	buf_add_str(&e->body, "user=");
	url_encode(&e->body, e->user);
	e->call = (struct slack_call){ .method = "users.info",
				       .form = true,
				       .body = buf_str(&e->body),
				       .timeout_ms = CALL_MS,
				       .cb = on_user };
	e->calling = true;
	slack_call_start(e->all->api, &e->call);
}

static bool is_fresh(const struct entry *e, int64_t now_ms)
{
	return e->known_mono_ms > 0 && now_ms - e->known_mono_ms < KEEP_MS;
}

/* Make room by dropping what is old and idle; with none of that, what is idle. */
static void make_room(struct slack_directory *d, int64_t now_ms)
{
	for (int pass = 0; pass < 2 && d->n >= ENTRIES_MAX; pass++) {
		for (struct entry *e = d->entries, *next; e; e = next) {
			next = e->next;
			if (!e->calling && !e->waiting && !e->is_answering &&
			    (pass == 1 || !is_fresh(e, now_ms))) {
				entry_destroy(d, e);
			}
		}
	}
}

static struct entry *entry_get(struct slack_directory *d, const char *team,
			       const char *user)
{
	struct entry *e;

	for (e = d->entries; e; e = e->next) {
		if (strcmp(e->user, user) == 0 && strcmp(e->team, team) == 0) {
			return e;
		}
	}
	make_room(d, clock_mono_ms(loop_clock(d->loop)));
	e = calloc(1, sizeof(*e));
	if (!e) {
		return NULL;
	}
	e->all = d;
	e->soon.cb = on_soon;
	buf_init(&e->body, 1024);
	text_copy(e->team, sizeof(e->team), team);
	text_copy(e->user, sizeof(e->user), user);
	e->next = d->entries;
	d->entries = e;
	d->n++;
	return e;
}

static void ask(struct directory *base, struct directory_ask *ask)
{
	struct slack_directory *d = container_of(base, struct slack_directory, base);
	struct entry *e = entry_get(d, ask->team, ask->user);

	if (!e) {
		abort(); /* out of memory for 3 KB: no answer can be given */
	}
	ask->next = e->waiting;
	e->waiting = ask;
	if (e->calling || loop_timer_running(&e->soon)) {
		return;
	}
	if (is_fresh(e, clock_mono_ms(loop_clock(d->loop)))) {
		loop_timer_start(d->loop, &e->soon, 0);
		return;
	}
	entry_call(e);
}

static bool list_remove(struct directory_ask **at, struct directory_ask *ask)
{
	for (; *at; at = &(*at)->next) {
		if (*at == ask) {
			*at = ask->next;
			ask->next = NULL;
			return true;
		}
	}
	return false;
}

static void cancel(struct directory *base, struct directory_ask *ask)
{
	struct slack_directory *d = container_of(base, struct slack_directory, base);
	struct entry *e = d->entries;

	while (e && !list_remove(&e->waiting, ask) && !list_remove(&e->answering, ask)) {
		e = e->next;
	}
}

static void ask_group(struct directory *base, struct group_ask *ask)
{
	groups_ask(container_of(base, struct slack_directory, base)->groups, ask);
}

static void cancel_group(struct directory *base, struct group_ask *ask)
{
	groups_cancel(container_of(base, struct slack_directory, base)->groups, ask);
}

static const struct directory_ops ops = {
	.ask = ask, .cancel = cancel, .ask_group = ask_group, .cancel_group = cancel_group
};

struct directory *directory_create(struct loop *l, struct slack_api *api)
{
	struct slack_directory *d = calloc(1, sizeof(*d));

	if (!d) {
		return NULL;
	}
	d->base.ops = &ops;
	d->loop = l;
	d->api = api;
	d->groups = groups_create(l, api);
	if (!d->groups) {
		free(d);
		return NULL;
	}
	return &d->base;
}

void directory_destroy(struct directory *base)
{
	if (!base) {
		return;
	}
	struct slack_directory *d = container_of(base, struct slack_directory, base);

	while (d->entries) {
		struct entry *e = d->entries;

		if (e->calling) {
			slack_call_cancel(&e->call);
		}
		entry_destroy(d, e);
	}
	groups_destroy(d->groups);
	free(d);
}
