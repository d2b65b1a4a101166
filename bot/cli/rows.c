/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger's rows as JSON. */
#include "bot/cli/rows.h"

#include <stdio.h>
#include <string.h>

#include "bot/cli/look.h"
#include "shared/jx.h"

static void put(json_t *o, const char *name, json_t *value)
{
	json_object_set_new(o, name, value);
}

json_t *rows_request(const struct request_row *r)
{
	json_t *o = json_object();

	put(o, "id", look_json_text(r->id));
	put(o, "state", look_json_text(request_state_word(r->state)));
	put(o, "source", look_json_text(r->source));
	put(o, "team", look_json_text(r->team));
	put(o, "person", look_json_text(r->user));
	put(o, "channel", look_json_text(r->channel));
	put(o, "resource", look_json_text(r->resource));
	put(o, "for_s", r->for_s > 0 ? json_integer(r->for_s) : json_null());
	put(o, "incident", look_json_text(r->incident));
	put(o, "reason", look_json_text(r->reason));
	put(o, "asked", look_json_time(r->asked_ms));
	put(o, "decided", look_json_time(r->decided_ms));
	put(o, "policy", look_json_text(r->policy));
	return o;
}

json_t *rows_grant(const struct grant_row *g)
{
	json_t *o = json_object();

	put(o, "id", look_json_text(g->id));
	put(o, "state", look_json_text(grant_state_word(g->state)));
	put(o, "team", look_json_text(g->team));
	put(o, "person", look_json_text(g->user));
	put(o, "channel", look_json_text(g->channel));
	put(o, "resource", look_json_text(g->resource));
	put(o, "policy", look_json_text(g->policy));
	put(o, "provider", look_json_text(g->provider));
	put(o, "incident_id", look_json_text(g->incident_id));
	put(o, "incident", look_json_text(g->incident_ref));
	put(o, "evidence", look_json_text(g->evidence));
	put(o, "starts", look_json_time(g->starts_ms));
	put(o, "expires", look_json_time(g->expires_ms));
	put(o, "ended", look_json_time(g->ended_ms));
	put(o, "cause", look_json_text(g->cause));
	put(o, "why", look_json_text(g->why));
	put(o, "by", look_json_text(g->by));
	put(o, "active", look_json_time(g->active_ms));
	put(o, "lost", look_json_time(g->lost_ms));
	put(o, "provisioner", look_json_text(g->provisioner));
	return o;
}

const char *rows_incident(const struct grant_row *g)
{
	return g->incident_ref[0] ? g->incident_ref : g->incident_id;
}

void rows_ended_by(const struct grant_row *g, char *dst, size_t size)
{
	snprintf(dst, size, "%s%s%s%s", *g->why ? g->why : g->cause, *g->by ? " (" : "",
		 g->by, *g->by ? ")" : "");
}

const json_t *rows_trace(const json_t *data)
{
	const json_t *many = jx_arr(data, "trace");
	const json_t *one = jx_obj(data, "trace");
	size_t i;
	json_t *at;

	json_array_foreach (many, i, at) {
		one = at;
		if (strcmp(jx_str(at, "verdict"), "granted") != 0) {
			break;
		}
	}
	return one;
}
