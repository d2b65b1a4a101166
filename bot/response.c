/* SPDX-License-Identifier: Apache-2.0 */
/* One answer, from the ack to the end. */
#include "bot/response.h"

#include <stdlib.h>

#include "bot/app.h"
#include "bot/render.h"
#include "shared/log.h"
#include "shared/text.h"

enum { PATIENCE_MS = 1400 };

static bool ack(struct response *a, const char *body)
{
	a->acked = true;
	return slack_ack_send(&a->ack, body);
}

static char *say(const struct response *a, const char *text)
{
	return a->way == RESPONSE_MODAL ? render_modal_error(text) : render_problem(text);
}

void response_init(struct response *a, struct app *app, enum response_way way,
		   const struct slack_ack *from, const char *response_url,
		   response_gone_fn *gone)
{
	*a = (struct response){ .app = app, .way = way, .ack = *from, .gone = gone };
	text_copy(a->response_url, sizeof(a->response_url), response_url);
	if (way == RESPONSE_PRESS) {
		ack(a, NULL);
	}
}

/* A modal that is acked with nothing closes, which says that all is well. */
static void on_impatient(struct loop_timer *t)
{
	struct response *a = container_of(t, struct response, patience);
	char *body = say(a, a->slow);

	ack(a, body);
	free(body);
}

void response_wait(struct response *a, const char *slow)
{
	if (!a->acked) {
		a->slow = slow;
		a->patience.cb = on_impatient;
		loop_timer_start(a->app->loop, &a->patience, PATIENCE_MS);
	}
}

void response_finish(struct response *a)
{
	loop_timer_cancel(&a->patience);
	if (a->answering) {
		slack_call_cancel(&a->call);
		a->answering = false;
	}
	free(a->body);
	a->body = NULL;
}

static void end(struct response *a)
{
	response_finish(a);
	a->gone(a);
}

static void on_answered(struct slack_call *call, const json_t *reply,
			const struct fail *f)
{
	struct response *a = container_of(call, struct response, call);

	(void)reply;
	a->answering = false;
	if (f->kind != FAIL_NONE) {
		log_warn("command.unanswered", LOG_F(f), LOG_T("then", "given-up"));
	}
	end(a);
}

void response_end(struct response *a, char *body)
{
	bool carried = !a->acked && ack(a, body);

	loop_timer_cancel(&a->patience);
	free(a->body);
	a->body = body;
	if (carried || !body || !*a->response_url) {
		end(a);
		return;
	}
	a->call = (struct slack_call){ .method = "response_url",
				       .body = body,
				       .cb = on_answered };
	a->answering = true;
	slack_respond_start(a->app->api, &a->call, a->response_url);
}

void response_say(struct response *a, const char *text)
{
	response_end(a, say(a, text));
}
