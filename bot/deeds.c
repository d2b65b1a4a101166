/* SPDX-License-Identifier: Apache-2.0 */
/* What people do to grants, be it typed or pressed: the approver finds out whether they
 * may, does it, and says what came of it. */
#include "bot/running.h"

#include <stdlib.h>

#include "bot/render.h"
#include "shared/text.h"

static void on_done(struct deed *d, const struct fail *f)
{
	struct running *r = container_of(d, struct running, deed);

	/* A modal closes when all is well. */
	if (!d->said[0] || (f->kind == FAIL_NONE && r->response.way == RESPONSE_MODAL)) {
		response_end(&r->response, NULL);
	} else {
		response_say(&r->response, d->said);
	}
}

/* What it waits for is the ledger, or Slack, which is asked who they are. */
static const char *slow(const struct running *r)
{
	return r->response.way == RESPONSE_MODAL
		       ? "This takes long, and it is not known yet whether it is kept. If "
			 "no message says so in a while, send it again."
		       : "This takes long, and is not done yet. The answer follows here.";
}

void deed_run(struct running *r, deed_fn *run, const char *user, const char *channel)
{
	struct app *app = r->all->app;
	struct deed *d = &r->deed;

	text_copy(d->team, sizeof(d->team), app->me.team);
	text_copy(d->user, sizeof(d->user), user);
	text_copy(d->channel, sizeof(d->channel), channel);
	text_copy(d->reply_url, sizeof(d->reply_url), r->response.response_url);
	d->keys[0] = r->keys[0];
	d->keys[1] = r->keys[1];
	d->cb = on_done;
	response_wait(&r->response, slow(r));
	run(app->approver, d);
}
