/* SPDX-License-Identifier: Apache-2.0 */
/* The way of an HTTP call through the faked world: named, written down, given to its
 * vendor, answered. The fault that is set for it may break in before the vendor hears of
 * it, or spoil the answer on its way back. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "shared/text.h"
#include "tests/world/slack.h"
#include "tests/world/vendor.h"

enum { BODY_KEPT = 64 * 1024, HUGE_BYTES = 2 * 1024 * 1024 };

static const struct vendor *const vendors[] = {
	&vendor_slack,      &vendor_hooks_commands, &vendor_hooks_actions,
	&vendor_incidentio, &vendor_pagerduty,      &vendor_provisioner,
};

static const char html[] = "<!DOCTYPE html><html><head><title>Bad gateway</title></head>"
			   "<body><h1>502 Bad Gateway</h1></body></html>\n";

struct world_call *traffic_log(struct world *w, const char *name,
			       const struct web_request *r)
{
	struct world_call *c = rows_add(&w->calls, sizeof(*c));

	c->number = w->calls.n;
	c->at_ms = world_now_ms(w);
	text_copy(c->name, sizeof(c->name), name);
	/* A ticket is a secret as a token is. */
	text_copy(c->query, sizeof(c->query), strcmp(name, "socket") ? r->query : "");
	c->body = strndup(r->body, BODY_KEPT);
	return c;
}

static bool fault_names(const struct world_fault *f, const char *name)
{
	size_t n = strlen(f->call);

	if (text_same(f->call, name)) {
		return true;
	}
	return n && f->call[n - 1] == '*' && strncmp(f->call, name, n - 1) == 0;
}

struct world_fault *traffic_fault(struct world *w, const char *name)
{
	for (size_t i = w->faults.n; i-- > 0;) {
		struct world_fault *f = w->faults.items[i];

		if (!fault_names(f, name) || (f->counted && f->times == 0)) {
			continue;
		}
		if (f->skip) {
			f->skip--;
			return NULL;
		}
		f->times -= f->counted;
		return f;
	}
	return NULL;
}

void world_fault(struct world *w, const struct world_fault *fault)
{
	struct world_fault *f = rows_add(&w->faults, sizeof(*f));

	*f = *fault;
	f->counted = f->times > 0;
	f->own_body = fault->body ? strdup(fault->body) : NULL;
	f->body = f->own_body;
}

void world_clear_faults(struct world *w)
{
	rows_each(struct world_fault, f, &w->faults)
	{
		/* A delayed call may still look at it: spent, not freed. */
		f->counted = true;
		f->times = 0;
	}
}

/* --- answers ------------------------------------------------------------------------------ */

void answer_finish(struct answer *a)
{
	json_decref(a->json);
	free(a->text);
	*a = (struct answer){ .status = 200 };
}

static char *answer_text(const struct answer *a)
{
	char *text = a->json   ? json_dumps(a->json, JSON_COMPACT)
		     : a->text ? strdup(a->text)
			       : strdup("");

	if (!text) {
		abort();
	}
	return text;
}

static const char *answer_type(const struct answer *a)
{
	return a->type ? a->type : "application/json; charset=utf-8";
}

void answer_send(struct web_request *r, struct answer *a)
{
	char *text = answer_text(a);

	web_reply(r, a->status, answer_type(a), a->headers, text, strlen(text));
	free(text);
	answer_finish(a);
}

/* The same object with a member that nobody asked for, or an object of that alone. */
static void answer_grow(struct answer *a)
{
	char *filler = malloc(HUGE_BYTES + 1);

	if (!filler) {
		abort();
	}
	memset(filler, 'x', HUGE_BYTES);
	filler[HUGE_BYTES] = '\0';
	if (!json_is_object(a->json)) {
		json_decref(a->json);
		a->json = json_object();
	}
	json_object_set_new(a->json, "filler", json_string(filler));
	free(filler);
}

/* --- answers that wait ---------------------------------------------------------------------- */

struct delayed {
	struct world *world;
	struct answer answer;
};

static void delayed_unlink(struct world *w, struct web_request *r)
{
	struct web_request **at = &w->delayed;

	while (*at != r) {
		at = &(*at)->next;
	}
	*at = r->next;
}

static void on_delay_over(struct loop_timer *t)
{
	struct web_request *r = container_of(t, struct web_request, timer);
	struct delayed *d = r->user;

	delayed_unlink(d->world, r);
	answer_send(r, &d->answer);
	free(d);
}

static void answer_delay(struct world *w, struct web_request *r, struct answer *a,
			 int64_t delay_ms)
{
	struct delayed *d = calloc(1, sizeof(*d));

	if (!d) {
		abort();
	}
	d->world = w;
	d->answer = *a;
	r->user = d;
	r->next = w->delayed;
	w->delayed = r;
	r->timer.cb = on_delay_over;
	loop_timer_start(w->loop, &r->timer, delay_ms);
}

void traffic_close(struct world *w)
{
	while (w->delayed) {
		struct web_request *r = w->delayed;
		struct delayed *d = r->user;

		loop_timer_cancel(&r->timer);
		w->delayed = r->next;
		answer_finish(&d->answer);
		free(d);
		web_drop(r);
	}
}

/* --- faults ----------------------------------------------------------------------------------- */

static void refuse(struct world *w, const struct vendor *v, int status, struct answer *a)
{
	a->status = status;
	v->refuse(w, status, a);
}

/* Answer in the vendor's place. False: this fault lets the call through first. */
static bool fault_before(struct world *w, const struct vendor *v,
			 const struct world_fault *f, struct web_request *r,
			 struct answer *a)
{
	switch (f->kind) {
	case WORLD_STATUS:
		refuse(w, v, f->status, a);
		break;
	case WORLD_ERROR:
		a->json = json_pack("{s:b, s:s}", "ok", 0, "error", f->error);
		break;
	case WORLD_LIMIT:
		refuse(w, v, 429, a);
		if (f->retry_after[0]) {
			snprintf(a->headers, sizeof(a->headers), "Retry-After: %s\r\n",
				 f->retry_after);
		}
		break;
	case WORLD_HTML:
		a->type = "text/html";
		a->text = strdup(html);
		break;
	case WORLD_BODY:
		a->status = f->status ? f->status : 200;
		a->text = strdup(f->body ? f->body : "");
		break;
	case WORLD_MUTE:
		web_mute(r);
		return true;
	case WORLD_DROP:
		web_drop(r);
		return true;
	case WORLD_GARBAGE:
		web_raw(r, "\x16\x03\x01 not a reply\r\n\r\n", 18);
		return true;
	default:
		return false;
	}
	answer_send(r, a);
	return true;
}

/* Spoil the vendor's answer. */
static void fault_after(struct world *w, const struct world_fault *f,
			struct web_request *r, struct answer *a)
{
	char *text = answer_text(a);
	size_t n = strlen(text);

	switch (f->kind) {
	case WORLD_DELAY:
		answer_delay(w, r, a, f->delay_ms);
		free(text);
		return;
	case WORLD_HUGE:
		answer_grow(a);
		answer_send(r, a);
		free(text);
		return;
	case WORLD_DROP_DONE:
		web_drop(r);
		break;
	case WORLD_HALF:
		web_reply_half(r, a->status, answer_type(a), text, n);
		break;
	default:
		web_reply(r, a->status, answer_type(a), a->headers, text, n / 2);
	}
	free(text);
	answer_finish(a);
}

static void call_answer(struct world *w, const struct vendor *v, struct web_request *r)
{
	struct answer a = { .status = 200 };
	struct call c = { .request = r, .path = r->path + strlen(v->prefix) };
	char name[96];

	v->name(r->method, c.path, name, sizeof(name));
	c.name = name;
	struct world_call *log = traffic_log(w, name, r);
	const struct world_fault *f = traffic_fault(w, name);

	if (f && fault_before(w, v, f, r, &a)) {
		log->status = f->kind == WORLD_STATUS ? f->status : 0;
		return;
	}
	v->answer(w, &c, &a);
	log->status = a.status;
	if (f) {
		fault_after(w, f, r, &a);
	} else {
		answer_send(r, &a);
	}
}

void traffic_on_http(struct web_request *r, void *data)
{
	struct world *w = data;

	for (size_t i = 0; i < ARRAY_LEN(vendors); i++) {
		if (strncmp(r->path, vendors[i]->prefix, strlen(vendors[i]->prefix)) ==
		    0) {
			call_answer(w, vendors[i], r);
			return;
		}
	}
	if (strncmp(r->path, "/world/", 7) == 0) {
		control_request(w, r);
	} else {
		page_request(r);
	}
}

void traffic_on_ws(struct web_request *r, void *data)
{
	struct world *w = data;

	traffic_log(w, "socket", r);
	slack_upgrade(w, r);
}
