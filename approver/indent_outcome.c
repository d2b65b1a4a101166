/* SPDX-License-Identifier: Apache-2.0 */
#include "approver/indent_outcome.h"

#include <string.h>

#include "approver/indent_words.h"
#include "shared/http_server.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/metrics.h"

static const char hook[] = "indent";

/* Code and message: what the other side sees; INDENT_OK: no failure. */
/* clang-format off */
static const struct {
	const char *label; /* of the metric */
	enum indent_code code;
	const char *message;
} outcomes[] = {
	[OUTCOME_GRANTED]       = { "indent,granted",       INDENT_OK,        "" },
	[OUTCOME_DENIED]        = { "indent,denied",        INDENT_OK,        "" },
	[OUTCOME_INFO]          = { "indent,info",          INDENT_OK,        "" },
	[OUTCOME_PULLED]        = { "indent,pulled",        INDENT_OK,        "" },
	[OUTCOME_NOTHING_ASKED] = { "indent,nothing-asked", INDENT_OK,        "" },
	[OUTCOME_COULD_NOT_ASK] = { "indent,could-not-ask", INDENT_ABORTED,   "webhook failed: it could not be found out" },
	[OUTCOME_FAILED]        = { "indent,failed",        INDENT_ABORTED,   "webhook failed: it could not be decided" },
	[OUTCOME_NOT_OURS]      = { "indent,not-ours",      INDENT_NOT_FOUND, "webhook failed: no matched integrations" },
	[OUTCOME_NOT_PROVED]    = { "indent,not-proved",    INDENT_FAILED_PRECONDITION,
				    "webhook failed: invalid signature - check webhook secret" },
	[OUTCOME_NOT_NOW]       = { "indent,not-now",       INDENT_FAILED_PRECONDITION,
				    "webhook failed: signed at another time - check the clock" },
	[OUTCOME_REPLAYED]      = { "indent,replayed",      INDENT_FAILED_PRECONDITION,
				    "webhook failed: this request has come before" },
	[OUTCOME_UNREADABLE]    = { "indent,unreadable",    INDENT_ABORTED,   "webhook failed: unreadable request" },
	[OUTCOME_GONE]          = { "indent,gone",          INDENT_OK,        "" },
};
/* clang-format on */

void indent_teller_init(struct indent_teller *t, struct loop *l, struct metrics *metrics)
{
	*t = (struct indent_teller){ .loop = l };
	t->calls = metrics_counter(metrics, "accessd_hooks",
				   "Calls of webhooks, by what became of them",
				   "hook,outcome");
}

static void count(const struct indent_teller *t, enum indent_outcome o)
{
	metric_add(t->calls, outcomes[o].label, 1);
}

static const char *word(enum indent_outcome o)
{
	return strchr(outcomes[o].label, ',') + 1;
}

/* 200 or 500: the platform knows no other. */
static void send(struct http_exchange *x, struct buf *out, enum indent_code code)
{
	if (out->over) {
		http_reply_error(x, 500, "internal", "the reply is too large");
	} else {
		http_reply(x, code == INDENT_OK ? 200 : 500, "application/json",
			   out->data, out->len, NULL);
	}
	buf_finish(out);
}

void indent_tell_decision(struct indent_teller *t, struct http_exchange *x,
			  enum indent_outcome o, struct buf *out)
{
	count(t, o);
	send(x, out, outcomes[o].code);
}

void indent_tell(struct indent_teller *t, struct http_exchange *x, enum indent_outcome o,
		 struct buf *out)
{
	log_info("hook.answered", LOG_T("hook", hook), LOG_T("outcome", word(o)),
		 LOG_T("id", x->id));
	count(t, o);
	send(x, out, outcomes[o].code);
}

/* Whoever has no secret, or but what they have overheard, does not fill the log. */
static void fail_log(struct indent_teller *t, const struct http_exchange *x,
		     enum indent_outcome o, const struct fail *f)
{
	bool refused = outcomes[o].code == INDENT_FAILED_PRECONDITION;
	int64_t n = 1;

	if (!refused || calm_may(&t->calm, clock_mono_ms(loop_clock(t->loop)), &n)) {
		log_warn(refused ? "hook.refused" : "hook.failed", LOG_T("hook", hook),
			 LOG_T("outcome", word(o)), LOG_T("id", x->id),
			 LOG_T("peer", x->peer), LOG_F(f), LOG_N("times", n));
	}
}

void indent_tell_failure(struct indent_teller *t, struct http_exchange *x,
			 enum indent_outcome o, const struct fail *f)
{
	struct buf out;

	fail_log(t, x, o, f);
	count(t, o);
	buf_init(&out, INDENT_REPLY_MAX);
	indent_say_failure(&out, outcomes[o].code, outcomes[o].message, f->msg, x->id);
	send(x, &out, outcomes[o].code);
}

void indent_tell_gone(struct indent_teller *t, const struct http_exchange *x)
{
	log_info("hook.gone", LOG_T("hook", hook), LOG_T("id", x->id));
	count(t, OUTCOME_GONE);
}
