/* SPDX-License-Identifier: Apache-2.0 */
/* Where a message goes: the first place of a list that takes it.
 *
 *   for all to see:              response_url -> chat.postMessage -> a DM
 *   for one person:              response_url -> chat.postEphemeral -> a DM
 *   for one person, later:       a DM -> chat.postEphemeral
 *   for the incident's channel:  chat.postMessage, or not at all
 *
 * A response_url works where the app is no member and needs no scope, but only "up to 5
 * times within 30 minutes", and nothing says that it is up when the Web API is. A place
 * that refuses for good (not in the channel, archived, expired) means the next one, and so
 * does any failure of the response_url; a place that may take it later (rate limit, 5xx,
 * no answer) is the approver's to try again. A response_url that only had a hiccup is
 * tried again before a message for all to see becomes a DM. */
#include "bot/notifier.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/render.h"
#include "bot/slack/web_api.h"
#include "shared/jx.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/text.h"

enum {
	REPLY_URL_MS = 29 * 60 * 1000, /* Slack takes them for 30 minutes */
	HICCUP_TRIES = 3,              /* so often, before it is more than a hiccup */
};

enum place { PLACE_NONE, PLACE_REPLY, PLACE_CHANNEL, PLACE_EPHEMERAL, PLACE_DM };

enum audience { TO_ALL, TO_ONE, TO_HOLDER, TO_ROOM, AUDIENCE_MAX };

enum { PLACES_MAX = 4 };

static const enum place routes[AUDIENCE_MAX][PLACES_MAX] = {
	[TO_ALL] = { PLACE_REPLY, PLACE_CHANNEL, PLACE_DM },
	[TO_ONE] = { PLACE_REPLY, PLACE_EPHEMERAL, PLACE_DM },
	[TO_HOLDER] = { PLACE_DM, PLACE_EPHEMERAL },
	[TO_ROOM] = { PLACE_CHANNEL },
};

/* Those that are not for all to see. */
static const enum audience audiences[NOTICE_KIND_MAX] = {
	[NOTICE_CHECKING] = TO_ONE,      [NOTICE_STUCK] = TO_ONE,
	[NOTICE_HELD] = TO_ONE,          [NOTICE_EXPIRING] = TO_HOLDER,
	[NOTICE_LOSING] = TO_HOLDER,     [NOTICE_REGAINED] = TO_HOLDER,
	[NOTICE_ROOM_GRANTED] = TO_ROOM, [NOTICE_ROOM_ENDED] = TO_ROOM,
};

struct slack_notifier {
	struct notifier base;
	struct loop *loop;
	struct slack_api *api;
	bool private_denials;
};

struct job {
	struct slack_notifier *all;
	struct notice *notice;
	enum audience audience;
	size_t step;             /* in its route */
	char dm[VENDOR_ID_SIZE]; /* "": not opened yet */
	char *body;
	struct slack_call call;
	struct fail last; /* why the place before refused */
	struct loop_timer hopeless;
	struct fail hiccup; /* of the response_url: it may work later; or FAIL_NONE */
};

static void place_try(struct job *job);

static void job_destroy(struct job *job)
{
	job->notice->job = NULL;
	free(job->body);
	free(job);
}

static void job_end(struct job *job, const struct fail *f)
{
	struct notice *n = job->notice;
	struct fail why = *f;

	job_destroy(job);
	n->cb(n, &why);
}

/* "channel/ts", where the message stands. */
static void ref_read(struct notice *n, const json_t *reply)
{
	const char *channel = jx_str(reply, "channel");
	const char *ts = jx_str(reply, "ts");

	if (*channel && *ts) {
		snprintf(n->ref, sizeof(n->ref), "%.63s/%.63s", channel, ts);
	}
}

static enum place place_of(const struct job *job)
{
	return routes[job->audience][job->step];
}

/* No place took it. The response_url may work again, and a token or scope that is wrong
 * can be mended, so that is worth trying again later; everything else is not. */
static void nowhere(struct job *job)
{
	struct fail f = job->hiccup.kind != FAIL_NONE ? job->hiccup : job->last;

	if (f.kind == FAIL_DENIED) {
		f.kind = FAIL_UPSTREAM;
	}
	job_end(job, &f);
}

static void refused(struct job *job, const struct fail *f)
{
	bool hiccup = job->hiccup.kind != FAIL_NONE && job->notice->tries < HICCUP_TRIES;

	if (place_of(job) == PLACE_CHANNEL && hiccup) {
		job_end(job, &job->hiccup);
		return;
	}
	log_debug("notice.refused", LOG_T("req", job->notice->about->request_id),
		  LOG_N("place", place_of(job)), LOG_F(f), LOG_T("then", "next-place"));
	job->last = *f;
	job->step++;
	place_try(job);
}

static void dm_opened(struct job *job, const json_t *reply)
{
	struct fail f = { 0 };

	text_copy(job->dm, sizeof(job->dm), jx_str(jx_obj(reply, "channel"), "id"));
	if (job->dm[0]) {
		place_try(job);
		return;
	}
	fail_set(&f, FAIL_UPSTREAM, "conversations.open named no channel");
	job_end(job, &f);
}

static void on_called(struct slack_call *call, const json_t *reply, const struct fail *f)
{
	struct job *job = container_of(call, struct job, call);
	bool later = fail_retryable(f->kind) || f->kind == FAIL_UNCERTAIN;
	enum place place = place_of(job);

	if (later && place == PLACE_REPLY) {
		job->hiccup = *f;
	}
	if (f->kind != FAIL_NONE && (!later || place == PLACE_REPLY)) {
		refused(job, f);
		return;
	}
	if (f->kind == FAIL_NONE && place == PLACE_DM && !job->dm[0]) {
		dm_opened(job, reply);
		return;
	}
	if (f->kind == FAIL_NONE && reply) {
		ref_read(job->notice, reply);
	}
	job_end(job, f);
}

static char *dm_open_body(const char *user)
{
	json_auto_t *obj = json_pack("{s:s}", "users", user);

	return obj ? jx_dump(obj) : NULL;
}

/* What goes to each place: by which method, in which frame. */
static const struct {
	const char *method;
	enum render_place frame;
} posts[] = {
	[PLACE_REPLY] = { "response_url", RENDER_CHANNEL_REPLY },
	[PLACE_CHANNEL] = { "chat.postMessage", RENDER_POST },
	[PLACE_EPHEMERAL] = { "chat.postEphemeral", RENDER_EPHEMERAL },
	[PLACE_DM] = { "chat.postMessage", RENDER_POST },
};

/* The body of the message for the present place, and the method that takes it. */
static const char *body_make(struct job *job)
{
	const struct notice *n = job->notice;
	enum place place = place_of(job);
	enum render_place frame = posts[place].frame;

	free(job->body);
	if (place == PLACE_DM && !job->dm[0]) {
		job->body = dm_open_body(n->about->user);
		return "conversations.open";
	}
	if (place == PLACE_REPLY && job->audience == TO_ONE) {
		frame = RENDER_PRIVATE_REPLY;
	}
	job->body = render_notice(n->kind, n->about, frame,
				  place == PLACE_DM ? job->dm : n->about->channel,
				  clock_wall_ms(loop_clock(job->all->loop)));
	return posts[place].method;
}

static bool reply_url_is_good(const struct job *job)
{
	const struct notice_facts *about = job->notice->about;
	int64_t now_ms = clock_wall_ms(loop_clock(job->all->loop));

	return *about->reply_url && now_ms - about->asked_ms < REPLY_URL_MS;
}

static bool place_is_there(const struct job *job, enum place place)
{
	return place == PLACE_REPLY ? reply_url_is_good(job)
				    : place == PLACE_DM || *job->notice->about->channel;
}

static void place_try(struct job *job)
{
	while (place_of(job) != PLACE_NONE && !place_is_there(job, place_of(job))) {
		job->step++;
	}
	if (place_of(job) == PLACE_NONE) {
		/* Not from within send(): a callback fires later. */
		loop_timer_start(job->all->loop, &job->hopeless, 0);
		return;
	}
	const char *method = body_make(job);

	if (!job->body) {
		fail_set(&job->last, FAIL_INTERNAL,
			 "the message could not be put into words");
		loop_timer_start(job->all->loop, &job->hopeless, 0);
		return;
	}
	job->call = (struct slack_call){ .method = method,
					 .body = job->body,
					 .cb = on_called };
	if (place_of(job) == PLACE_REPLY) {
		slack_respond_start(job->all->api, &job->call,
				    job->notice->about->reply_url);
	} else {
		slack_call_start(job->all->api, &job->call);
	}
}

static void on_hopeless(struct loop_timer *t)
{
	nowhere(container_of(t, struct job, hopeless));
}

/* --- the interface --------------------------------------------------------------------- */

static void send(struct notifier *self, struct notice *n)
{
	struct slack_notifier *all = container_of(self, struct slack_notifier, base);
	struct job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for 3 KB */
	}
	n->job = job;
	n->ref[0] = '\0';
	job->all = all;
	job->notice = n;
	job->hopeless.cb = on_hopeless;
	job->audience = n->kind == NOTICE_DENIED && all->private_denials
				? TO_ONE
				: audiences[n->kind];
	fail_set(&job->last, FAIL_INVALID, "there is no place to send it to");
	place_try(job);
}

static void cancel(struct notifier *self, struct notice *n)
{
	struct job *job = n->job;

	(void)self;
	if (job) {
		slack_call_cancel(&job->call);
		loop_timer_cancel(&job->hopeless);
		job_destroy(job);
	}
}

static const struct notifier_ops ops = { .send = send, .cancel = cancel };

struct notifier *notifier_create(struct loop *l, struct slack_api *api)
{
	struct slack_notifier *n = calloc(1, sizeof(*n));

	if (!n) {
		return NULL;
	}
	n->base.ops = &ops;
	n->loop = l;
	n->api = api;
	return &n->base;
}

void notifier_set_private_denials(struct notifier *base, bool private_denials)
{
	container_of(base, struct slack_notifier, base)->private_denials =
		private_denials;
}

void notifier_destroy(struct notifier *base)
{
	if (base) {
		free(container_of(base, struct slack_notifier, base));
	}
}
