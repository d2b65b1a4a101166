/* SPDX-License-Identifier: Apache-2.0 */
/* Events on their way into the ledger, and back to who sent them. */
#include "approver/hearing.h"

#include <stdlib.h>
#include <string.h>

#include "accessd/approver.h"
#include "shared/http_server.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/metrics.h"

/* One that the ledger has and nobody has been answered for. */
struct heard {
	struct hearing *by;        /* NULL: closed meanwhile */
	struct http_exchange *x;   /* NULL: gone meanwhile */
	struct heard *next, *prev; /* of by->first */
	struct vendor_event event;
	struct news news;
};

/* --- who waits -------------------------------------------------------------------------- */

static struct heard *heard_create(struct hearing *h, struct http_exchange *x)
{
	struct heard *it = calloc(1, sizeof(*it));

	if (!it) {
		return NULL;
	}
	it->by = h;
	it->x = x;
	it->next = h->first;
	if (h->first) {
		h->first->prev = it;
	}
	h->first = it;
	return it;
}

static void heard_unlink(struct heard *it)
{
	if (it->prev) {
		it->prev->next = it->next;
	} else if (it->by) {
		it->by->first = it->next;
	}
	if (it->next) {
		it->next->prev = it->prev;
	}
	it->by = NULL;
	it->next = it->prev = NULL;
}

static void on_gone(struct http_exchange *x)
{
	struct heard *it = x->user;

	it->x = NULL;
}

/* --- answers ----------------------------------------------------------------------------- */

static void answer(struct http_exchange *x, bool duplicate)
{
	const char *text = duplicate ? "{\"status\":\"heard before\"}\n"
				     : "{\"status\":\"heard\"}\n";

	http_reply(x, 202, "application/json", text, strlen(text), NULL);
}

static void on_news(struct news *n, const struct fail *f)
{
	struct heard *it = container_of(n, struct heard, news);
	struct hearing *h = it->by;
	struct http_exchange *x = it->x;
	bool kept = f->kind == FAIL_NONE;

	if (h) {
		metric_add(h->m_results,
			   !kept          ? "failed"
			   : n->duplicate ? "duplicate"
					  : "heard",
			   1);
	}
	if (x && kept) {
		answer(x, n->duplicate);
	} else if (x) {
		http_reply_error(x, 503, "not-recorded",
				 "the event cannot be recorded now; send it again");
	}
	heard_unlink(it);
	free(it);
}

/* --- what hooks call ----------------------------------------------------------------------- */

void hearing_open(struct hearing *h, const struct hook_env *env, const char *provider)
{
	*h = (struct hearing){ .provider = provider,
			       .loop = env->loop,
			       .approver = env->approver };
	h->m_results =
		metrics_counter(env->metrics, "accessd_events",
				"Events by webhook, by what became of them.", "result");
	h->m_last = metrics_gauge(env->metrics, "accessd_events_last_seconds",
				  "When a provider was last heard by webhook, since "
				  "1970.",
				  "provider");
}

void hearing_close(struct hearing *h)
{
	while (h->first) {
		struct heard *it = h->first;

		heard_unlink(it);
		if (it->x) {
			it->x->gone = NULL;
			it->x = NULL;
		}
	}
}

void hearing_refuse(struct hearing *h, struct http_exchange *x, const char *why)
{
	int64_t n;

	metric_add(h->m_results, "refused", 1);
	if (calm_may(&h->calm, clock_mono_ms(loop_clock(h->loop)), &n)) {
		log_warn("news.refused", LOG_T("provider", h->provider),
			 LOG_T("why", why), LOG_T("peer", x->peer), LOG_T("id", x->id),
			 LOG_N("times", n));
	}
	http_reply_error(x, 401, "not-signed", why);
}

void hearing_take(struct hearing *h, struct http_exchange *x,
		  const struct vendor_event *e, const struct fail *f)
{
	struct heard *it = heard_create(h, x);

	if (!it) {
		http_reply_error(x, 503, "out-of-memory", "out of memory; send it again");
		return;
	}
	metric_set(h->m_last, h->provider,
		   (double)(clock_wall_ms(loop_clock(h->loop)) / 1000));
	if (f->kind != FAIL_NONE) {
		log_warn("news.unreadable", LOG_T("provider", h->provider), LOG_F(f),
			 LOG_T("id", x->id), LOG_T("then", "taken-for-a-change"));
	}
	it->event = *e;
	it->news = (struct news){ .provider = h->provider,
				  .keys = { it->event.id, it->event.delivery },
				  .what = it->event.type,
				  .incident = it->event.incident,
				  .quiet = it->event.quiet,
				  .cb = on_news };
	x->user = it;
	x->gone = on_gone;
	approver_news(h->approver, &it->news);
}
