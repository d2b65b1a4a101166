/* SPDX-License-Identifier: Apache-2.0 */
/* Opening, resetting and closing the faked world, and the rows that it is made of. */
#include "tests/world/world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "shared/text.h"
#include "tests/world/vendor.h"

void *rows_add(struct rows *r, size_t size)
{
	if (r->n == r->room) {
		size_t room = r->room ? r->room * 2 : 16;
		void **items = reallocarray(r->items, room, sizeof(*items));

		if (!items) {
			abort();
		}
		r->items = items;
		r->room = room;
	}
	void *item = calloc(1, size);

	if (!item) {
		abort();
	}
	r->items[r->n++] = item;
	return item;
}

static void rows_clear(struct rows *r, void (*finish)(void *item))
{
	for (size_t i = 0; i < r->n; i++) {
		if (finish) {
			finish(r->items[i]);
		}
		free(r->items[i]);
	}
	free(r->items);
	*r = (struct rows){ 0 };
}

static void message_finish(void *item)
{
	struct world_message *m = item;

	free(m->text);
	json_decref(m->blocks);
	json_decref(m->metadata);
}

static void envelope_finish(void *item)
{
	struct world_envelope *e = item;

	json_decref(e->payload);
	json_decref(e->ack_payload);
}

static void view_finish(void *item)
{
	struct world_view *v = item;

	json_decref(v->view);
	json_decref(v->errors);
}

static void call_finish(void *item)
{
	struct world_call *c = item;

	free(c->body);
}

static void fault_finish(void *item)
{
	struct world_fault *f = item;

	free(f->own_body);
}

static void rows_clear_all(struct world *w)
{
	rows_clear(&w->people, NULL);
	rows_clear(&w->channels, NULL);
	rows_clear(&w->messages, message_finish);
	rows_clear(&w->envelopes, envelope_finish);
	rows_clear(&w->views, view_finish);
	rows_clear(&w->roles, NULL);
	rows_clear(&w->severities, NULL);
	rows_clear(&w->incidents, NULL);
	rows_clear(&w->services, NULL);
	rows_clear(&w->pages, NULL);
	rows_clear(&w->oncalls, NULL);
	rows_clear(&w->holds, NULL);
	w->strange[0] = '\0';
	rows_clear(&w->calls, call_finish);
	rows_clear(&w->faults, fault_finish);
}

static void knobs_set_back(struct world *w)
{
	w->slack_knobs = (struct slack_knobs){ .ticket_ms = 30000,
					       .lifetime_s = 18060,
					       .sockets_max = 10,
					       .ping_ms = 15000,
					       .frame_max = 20480 };
	w->incidentio_knobs = (struct incidentio_knobs){ .page_cap = 250 };
	w->pagerduty_knobs = (struct pagerduty_knobs){ .page_cap = 100 };
}

static void identity_set(struct world *w)
{
	text_copy(w->app_token, sizeof(w->app_token), "xapp-1-A0ACCESS1-1-world");
	text_copy(w->bot_token, sizeof(w->bot_token), "xoxb-1-world");
	text_copy(w->incidentio_key, sizeof(w->incidentio_key), "inc_world");
	text_copy(w->pagerduty_key, sizeof(w->pagerduty_key), "worldpdkey0000000001");
	text_copy(w->provisioner_secret, sizeof(w->provisioner_secret), "wk_world");
	text_copy(w->scopes, sizeof(w->scopes),
		  "commands,chat:write,app_mentions:read,users:read,users:read.email,"
		  "usergroups:read,channels:read,channels:join,groups:read,im:write,"
		  "reactions:write");
	text_copy(w->app_scopes, sizeof(w->app_scopes), "connections:write");
	text_copy(w->team, sizeof(w->team), "T0ACME001");
	text_copy(w->app_id, sizeof(w->app_id), "A0ACCESS1");
	text_copy(w->bot_user, sizeof(w->bot_user), "U0ACCESSB");
	text_copy(w->bot_id, sizeof(w->bot_id), "B0ACCESSB");
	text_copy(w->command, sizeof(w->command), "/access");
	text_copy(w->signing_secret, sizeof(w->signing_secret),
		  "0123456789abcdef0123456789abcdef");
	text_copy(w->roles_of_key, sizeof(w->roles_of_key), "viewer");
}

static void urls_set(struct world *w)
{
	const char *s = w->tls ? "s" : "";
	int port = web_port(w->http);

	snprintf(w->base_url, sizeof(w->base_url), "http%s://%s:%d/", s, w->host, port);
	snprintf(w->slack_url, sizeof(w->slack_url), "http%s://%s:%d/api/", s, w->host,
		 port);
	snprintf(w->incidentio_url, sizeof(w->incidentio_url),
		 "http%s://%s:%d/incidentio/", s, w->host, port);
	snprintf(w->pagerduty_url, sizeof(w->pagerduty_url), "http%s://%s:%d/pagerduty/",
		 s, w->host, port);
	snprintf(w->provisioner_url, sizeof(w->provisioner_url),
		 "http%s://%s:%d/provisioner/", s, w->host, port);
	snprintf(w->ws_url, sizeof(w->ws_url), "ws%s://%s:%d/", s, w->host,
		 web_port(w->ws));
}

static bool ports_open(struct world *w, const struct world_options *opts, struct fail *f)
{
	const char *any = "127.0.0.1:0";

	return web_open(w->loop, opts->address ? opts->address : any, opts->cert,
			opts->key, traffic_on_http, w, &w->http, f) &&
	       web_open(w->loop, opts->ws_address ? opts->ws_address : any, opts->cert,
			opts->key, traffic_on_ws, w, &w->ws, f);
}

bool world_open(struct loop *l, const struct world_options *opts, struct world **ret_w,
		struct fail *f)
{
	static const struct world_options none;
	struct world *w = calloc(1, sizeof(*w));

	if (!w) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	opts = opts ? opts : &none;
	w->loop = l;
	w->tls = opts->cert != NULL;
	w->host = strdup(opts->host ? opts->host : "127.0.0.1");
	identity_set(w);
	knobs_set_back(w);
	seed_all(w);
	if (!slack_open(w, f) || !control_open(w, f) || !ports_open(w, opts, f)) {
		world_close(w);
		return fail_wrap(f, "cannot open the faked world");
	}
	urls_set(w);
	*ret_w = w;
	return true;
}

void world_close(struct world *w)
{
	if (!w) {
		return;
	}
	traffic_close(w);
	control_close(w);
	web_close(w->ws);
	web_close(w->http);
	slack_close(w);
	rows_clear_all(w);
	free(w->host);
	free(w);
}

void world_reset(struct world *w)
{
	slack_forget(w);
	rows_clear_all(w);
	identity_set(w);
	knobs_set_back(w);
	seed_all(w);
	world_touch(w);
}

void world_stop_http(struct world *w)
{
	web_stop(w->http);
}

void world_stop_ws(struct world *w)
{
	web_stop(w->ws);
}

int64_t world_now_ms(const struct world *w)
{
	return clock_wall_ms(loop_clock(w->loop));
}

/* The loop's clock counts milliseconds; what benches compare is shorter than one. */
int64_t world_now_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

void world_touch(struct world *w)
{
	w->version++;
	control_changed(w);
	if (w->on_change) {
		w->on_change(w);
	}
}
