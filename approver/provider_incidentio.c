/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io: who holds which role in which live incident.
 *
 *   GET v2/incidents, all pages        `-> a snapshot
 *   GET v2/incident_roles, v1/severities   beside it, when the last are 5 min old
 *   GET v2/incident_updates        behind it, of each incident, when policies count those
 *                                  who posted them (incidentio_updates.c)
 *   GET v2/incidents/ID                -> what became of one that is not live
 *   GET v2/users?slack_user_id=, then ?email=   -> who somebody is there
 *                                  (incidentio_person.c)
 *
 * What goes wrong: see rest.c and desk.c. Without roles and severities a policy's names
 * mean nothing: no snapshot, unless those that we have are younger than 15 min. */
#include <stdlib.h>

#include "approver/desk.h"
#include "approver/incidentio_fate.h"
#include "approver/incidentio_parse.h"
#include "approver/incidentio_person.h"
#include "approver/incidentio_updates.h"
#include "approver/snapshot.h"
#include "shared/log.h"

extern const struct provider_ops provider_incidentio;

/* "text says max 250, schema says 500". Brackets are encoded, as some HTTP stacks refuse
 * them raw; a filter's values repeat the same key without an index, else they get lost. */
#define INCIDENTS \
	"v2/incidents?page_size=250&status_category%5Bone_of%5D=live" \
	"&mode%5Bone_of%5D=standard"
#define ROLES      "v2/incident_roles"
#define SEVERITIES "v1/severities"

enum {
	CATALOG_FRESH_MS = 5 * 60 * 1000,
	CATALOG_USABLE_MS = 15 * 60 * 1000,
};

/* Roles and severities, and when they were asked for. */
struct catalogs {
	bool there;
	int64_t began_ms;
	struct catalog roles, severities;
};

struct incidentio {
	struct desk desk;
	/* the snapshot that is being made */
	struct rest_read list;
	struct snapshot *next;
	bool list_read; /* `next` waits for the updates and the catalogs */
	struct incidentio_updates updates;
	bool updates_failed; /* the last time: it was said */
	/* the catalogs in use, and those that are being read */
	struct catalogs now, fresh;
	struct rest_read roles, severities;
	unsigned catalogs_running;
	struct fail catalogs_fail;
};

static struct incidentio *of_desk(struct desk *d)
{
	return container_of(d, struct incidentio, desk);
}

static int64_t now_ms(const struct incidentio *me)
{
	return clock_mono_ms(loop_clock(me->desk.env.loop));
}

/* --- the snapshot -------------------------------------------------------------- */

static void give_up(struct incidentio *me, const struct fail *f)
{
	snapshot_unref(me->next);
	me->next = NULL;
	me->list_read = false;
	desk_fetched(&me->desk, NULL, f);
}

static void hand_over(struct incidentio *me)
{
	const struct fail ok = { 0 };
	struct snapshot *s = me->next;
	struct fail f;

	if (!catalog_copy(&s->roles, &me->now.roles) ||
	    !catalog_copy(&s->severities, &me->now.severities)) {
		fail_set(&f, FAIL_INTERNAL, "out of memory");
		give_up(me, &f);
		return;
	}
	me->next = NULL;
	me->list_read = false;
	desk_fetched(&me->desk, s, &ok);
}

/* The list is there, or the updates or the catalogs are, or have failed. */
static void advance(struct incidentio *me)
{
	if (!me->list_read || me->updates.running) {
		return;
	}
	if (me->now.there && now_ms(me) - me->now.began_ms <= CATALOG_USABLE_MS) {
		hand_over(me);
	} else if (me->catalogs_running == 0) {
		struct fail f = me->catalogs_fail;

		if (f.kind == FAIL_NONE) {
			fail_set(&f, FAIL_UPSTREAM,
				 "incident.io: the lists of roles and severities are too "
				 "old");
		}
		give_up(me, &f);
	}
}

static void on_updates(struct incidentio_updates *u)
{
	struct incidentio *me = container_of(u, struct incidentio, updates);
	const struct fail *f = &me->next->no_participants;

	if (f->kind != FAIL_NONE && f->kind != FAIL_CANCELLED && !me->updates_failed) {
		log_warn("provider.updates_failed", LOG_T("provider", "incidentio"),
			 LOG_F(f), LOG_T("then", "no-participants"));
	}
	me->updates_failed = f->kind != FAIL_NONE;
	advance(me);
}

/* They must leave time for an answer by roles: what is late is left out. */
static void updates_start(struct incidentio *me)
{
	const struct desk *d = &me->desk;
	int64_t until_ms = d->list.next_began_ms + d->env.config->timeout_ms * 3 / 4;

	me->updates.done = on_updates;
	if (!d->env.want_participants) {
		advance(me);
	} else if (incidentio_updates_start(&me->updates, &me->desk.rest, me->next,
					    until_ms - now_ms(me))) {
		on_updates(&me->updates);
	}
}

static bool on_incidents(struct rest_read *read, const char *body, size_t n,
			 struct fail *f)
{
	struct incidentio *me = container_of(read, struct incidentio, list);
	char after[VENDOR_ID_SIZE];

	if (!me->next) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!incidentio_parse_incidents(body, n, me->next, after, f)) {
		return false;
	}
	return incidentio_next_page(read, INCIDENTS, after) || rest_endless(read, f);
}

static void on_incidents_done(struct rest_read *read, const struct fail *f)
{
	struct incidentio *me = container_of(read, struct incidentio, list);

	if (f->kind != FAIL_NONE) {
		give_up(me, f);
		return;
	}
	me->list_read = true;
	updates_start(me);
}

/* --- roles and severities ------------------------------------------------------ */

static void catalogs_finish(struct catalogs *c)
{
	catalog_finish(&c->roles);
	catalog_finish(&c->severities);
	*c = (struct catalogs){ 0 };
}

static bool on_roles(struct rest_read *read, const char *body, size_t n, struct fail *f)
{
	struct incidentio *me = container_of(read, struct incidentio, roles);

	read->path[0] = '\0'; /* these two lists have no pages */
	return incidentio_parse_roles(body, n, &me->fresh.roles, f);
}

static bool on_severities(struct rest_read *read, const char *body, size_t n,
			  struct fail *f)
{
	struct incidentio *me = container_of(read, struct incidentio, severities);

	read->path[0] = '\0';
	return incidentio_parse_severities(body, n, &me->fresh.severities, f);
}

static void catalog_done(struct incidentio *me, const struct fail *f)
{
	if (f->kind != FAIL_NONE) {
		me->catalogs_fail = *f;
	}
	if (--me->catalogs_running > 0) {
		return;
	}
	if (me->catalogs_fail.kind == FAIL_NONE) {
		catalogs_finish(&me->now);
		me->now = me->fresh;
		me->now.there = true;
		me->fresh = (struct catalogs){ 0 };
	} else {
		catalogs_finish(&me->fresh);
	}
	advance(me);
}

static void on_roles_done(struct rest_read *read, const struct fail *f)
{
	catalog_done(container_of(read, struct incidentio, roles), f);
}

static void on_severities_done(struct rest_read *read, const struct fail *f)
{
	catalog_done(container_of(read, struct incidentio, severities), f);
}

static void catalogs_start(struct incidentio *me)
{
	me->roles = (struct rest_read){ .path = ROLES,
					.what = "the list of roles",
					.max_pages = 1,
					.page = on_roles,
					.done = on_roles_done };
	me->severities = (struct rest_read){ .path = SEVERITIES,
					     .what = "the list of severities",
					     .max_pages = 1,
					     .page = on_severities,
					     .done = on_severities_done };
	me->fresh.began_ms = now_ms(me);
	me->catalogs_fail = (struct fail){ 0 };
	me->catalogs_running = 2;
	rest_read_start(&me->desk.rest, &me->roles);
	rest_read_start(&me->desk.rest, &me->severities);
}

static void incidentio_fetch(struct desk *d)
{
	struct incidentio *me = of_desk(d);

	/* The order of requests: the list is what people wait for. */
	me->list = (struct rest_read){ .path = INCIDENTS,
				       .what = "the list of live incidents",
				       .max_pages = INCIDENTIO_PAGES_MAX,
				       .page = on_incidents,
				       .done = on_incidents_done };
	me->next = snapshot_create();
	me->list_read = false;
	rest_read_start(&d->rest, &me->list);
	if (me->catalogs_running == 0 &&
	    (!me->now.there || now_ms(me) - me->now.began_ms > CATALOG_FRESH_MS)) {
		catalogs_start(me);
	}
}

/* --- life ---------------------------------------------------------------------- */

static const struct desk_ops incidentio_desk = {
	.fetch = incidentio_fetch,
	.identify = incidentio_identify,
};

static const struct rest_vendor incidentio_rest = {
	.name = "incident.io",
	.key = "incidentio",
	.auth_scheme = "Bearer",
	.headers = { "Accept: application/json" },
	.hint_401 = "Check incidentio.api_key: incident.io does not accept it.",
	.hint_403 = "The API key needs 'View data', and this host's address must be in "
		    "incident.io's IP allowlist, if there is one.",
	.error_note = incidentio_parse_error,
};

static void incidentio_close(struct provider *p)
{
	struct incidentio *me = (struct incidentio *)(void *)p;

	if (me) {
		desk_finish(&me->desk);
		catalogs_finish(&me->now);
		catalogs_finish(&me->fresh);
		free(me);
	}
}

static bool incidentio_open(const struct provider_env *env, struct provider **ret_p,
			    struct fail *f)
{
	struct incidentio *me = calloc(1, sizeof(*me));

	if (!me) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!desk_init(&me->desk, &provider_incidentio, &incidentio_rest,
		       &incidentio_desk, env, f)) {
		free(me);
		return false;
	}
	*ret_p = &me->desk.provider;
	return true;
}

const struct provider_ops provider_incidentio = {
	.name = "incident.io",
	.key = "incidentio",
	.open = incidentio_open,
	.close = incidentio_close,
	.ask = desk_ask,
	.know = desk_know,
	.cancel = desk_cancel,
	.drop = desk_drop,
	.warm = desk_warm,
	.fate = incidentio_fate,
	.fate_cancel = incidentio_fate_cancel,
	.health = desk_health,
};
