/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty: who has acknowledged which open incident.
 *
 *   GET incidents, triggered and acknowledged ones, all pages   -> a snapshot
 *   GET users?query=                                            -> who somebody is there
 *   GET oncalls?user_ids[]=                                     -> on call for what
 *
 * What goes wrong: see rest.c and desk.c. */
#include <stdlib.h>

#include "approver/desk.h"
#include "approver/pagerduty_pages.h"
#include "approver/pagerduty_parse.h"
#include "approver/pagerduty_person.h"
#include "approver/snapshot.h"
#include "shared/text.h"

extern const struct provider_ops provider_pagerduty;

/* "The window defaults to one month": an incident that was opened before is invisible
 * without date_range=all. The log entry says who made it. Not user_ids[]: that is who is
 * assigned, not who acknowledged. */
#define INCIDENTS \
	"incidents?statuses%5B%5D=triggered&statuses%5B%5D=acknowledged" \
	"&date_range=all&include%5B%5D=first_trigger_log_entries" \
	"&sort_by=created_at:desc"

struct pagerduty {
	struct desk desk;
	struct rest_read list;
	struct pagerduty_pages pages;
	struct snapshot *next; /* the snapshot that is being made */
};

static bool on_incidents(struct rest_read *read, const char *body, size_t n,
			 struct fail *f)
{
	struct pagerduty *me = container_of(read, struct pagerduty, list);
	struct pagerduty_page page;

	if (!me->next) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return pagerduty_parse_incidents(body, n, me->next, &page, f) &&
	       pagerduty_pages_next(&me->pages, read, &page, f);
}

static void on_incidents_done(struct rest_read *read, const struct fail *f)
{
	struct pagerduty *me = container_of(read, struct pagerduty, list);
	struct snapshot *s = me->next;

	me->next = NULL;
	if (f->kind != FAIL_NONE) {
		snapshot_unref(s);
		s = NULL;
	}
	desk_fetched(&me->desk, s, f);
}

static void pagerduty_fetch(struct desk *d)
{
	struct pagerduty *me = container_of(d, struct pagerduty, desk);

	me->list = (struct rest_read){ .what = "the list of open incidents",
				       .max_pages = PAGERDUTY_PAGES_MAX,
				       .page = on_incidents,
				       .done = on_incidents_done };
	me->next = snapshot_create();
	text_copy(me->pages.list, sizeof(me->pages.list), INCIDENTS);
	pagerduty_pages_first(&me->pages, &me->list);
	rest_read_start(&d->rest, &me->list);
}

/* --- life ---------------------------------------------------------------------- */

static const struct desk_ops pagerduty_desk = {
	.fetch = pagerduty_fetch,
	.identify = pagerduty_identify,
	.on_call = pagerduty_on_call,
};

static const struct rest_vendor pagerduty_rest = {
	.name = "PagerDuty",
	.key = "pagerduty",
	/* "must be exactly that form or the answer is 401" */
	.auth_scheme = "Token token=",
	/* "without the Accept header the API version comes from the key" */
	.headers = { "Accept: application/vnd.pagerduty+json;version=2" },
	.hint_401 =
		"Check pagerduty.api_key, and that api_url is of the key's region (US "
		"or EU).",
	.hint_403 = "The key, or the account's plan, does not allow to read this list.",
	.error_note = pagerduty_parse_error,
};

static void pagerduty_close(struct provider *p)
{
	struct pagerduty *me = (struct pagerduty *)(void *)p;

	if (me) {
		desk_finish(&me->desk);
		free(me);
	}
}

static bool pagerduty_open(const struct provider_env *env, struct provider **ret_p,
			   struct fail *f)
{
	struct pagerduty *me = calloc(1, sizeof(*me));

	if (!me) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!desk_init(&me->desk, &provider_pagerduty, &pagerduty_rest, &pagerduty_desk,
		       env, f)) {
		free(me);
		return false;
	}
	*ret_p = &me->desk.provider;
	return true;
}

const struct provider_ops provider_pagerduty = {
	.name = "PagerDuty",
	.key = "pagerduty",
	.open = pagerduty_open,
	.close = pagerduty_close,
	.ask = desk_ask,
	.know = desk_know,
	.cancel = desk_cancel,
	.drop = desk_drop,
	.warm = desk_warm,
	.health = desk_health,
};
