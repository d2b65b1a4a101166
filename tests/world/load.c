/* SPDX-License-Identifier: Apache-2.0 */
/* Load, for benches: n commands at a steady rate, and how long each took from its frame
 * sent to its ack read. A late tick sends what is due, so that the rate holds. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "tests/world/control.h"

enum { TICK_MS = 1, SETTLE_US = 10 * 1000 * 1000, LOAD_MAX = 100000 };

struct load {
	struct control *control;
	struct web_request *request;
	struct loop_timer tick;
	size_t n;
	size_t sent;
	size_t users;
	double rate_per_s;
	bool acks_only; /* the other side answers with acks alone */
	char *text;
	int64_t start_us;
	int64_t last_us; /* when the last one was sent */
	size_t first_envelope;
	size_t first_message;
	size_t first_call;
};

static void load_free(struct load *l)
{
	l->control->load = NULL;
	loop_timer_cancel(&l->tick);
	free(l->text);
	free(l);
}

static int compare(const void *a, const void *b)
{
	const int64_t *x = a;
	const int64_t *y = b;

	return (*x > *y) - (*x < *y);
}

static json_t *percentiles(int64_t *us, size_t n)
{
	if (n == 0) {
		return json_null();
	}
	qsort(us, n, sizeof(*us), compare);
	return json_pack("{s:I, s:I, s:I, s:I}", "p50_us", (json_int_t)us[n / 2],
			 "p90_us", (json_int_t)us[n * 90 / 100], "p99_us",
			 (json_int_t)us[n * 99 / 100], "max_us", (json_int_t)us[n - 1]);
}

/* What came of the envelopes of this load. */
struct outcome {
	size_t acked;
	size_t answered;
	size_t decided;
	size_t undelivered;
	int64_t *ack_us;
	int64_t *word_us;
};

static void outcome_read(const struct load *l, struct outcome *o)
{
	const struct rows *rows = &l->control->world->envelopes;

	for (size_t i = l->first_envelope; i < rows->n; i++) {
		const struct world_envelope *e = rows->items[i];

		o->undelivered += e->socket == 0;
		o->decided += e->decided;
		if (e->acks) {
			if (o->ack_us) {
				o->ack_us[o->acked] = e->ack_us - e->sent_us;
			}
			o->acked++;
		}
		if (e->first_word_us) {
			if (o->word_us) {
				o->word_us[o->answered] = e->first_word_us - e->sent_us;
			}
			o->answered++;
		}
	}
}

/* What whoever asks for what they have is told. */
#define HELD "You have "

static size_t messages_since(const struct load *l, const char *start)
{
	const struct rows *rows = &l->control->world->messages;
	size_t n = 0;

	for (size_t i = l->first_message; i < rows->n; i++) {
		const struct world_message *m = rows->items[i];
		const char *text = m->text + strspn(m->text, "*_ ");

		n += !m->deleted && strncmp(text, start, strlen(start)) == 0;
	}
	return n;
}

static size_t calls_since(const struct load *l, const char *name)
{
	const struct rows *rows = &l->control->world->calls;
	size_t n = 0;

	for (size_t i = l->first_call; i < rows->n; i++) {
		const struct world_call *c = rows->items[i];

		n += strcmp(c->name, name) == 0;
	}
	return n;
}

static json_t *report(const struct load *l)
{
	struct outcome o = { .ack_us = calloc(l->n, sizeof(int64_t)),
			     .word_us = calloc(l->n, sizeof(int64_t)) };

	if (!o.ack_us || !o.word_us) {
		abort();
	}
	outcome_read(l, &o);
	json_t *r = json_pack("{s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "ok", 1,
			      "sent", (json_int_t)l->sent, "undelivered",
			      (json_int_t)o.undelivered, "acked", (json_int_t)o.acked,
			      "answered", (json_int_t)o.answered, "took_ms",
			      (json_int_t)((world_now_us() - l->start_us) / 1000),
			      "granted", (json_int_t)messages_since(l, "Granted"),
			      "denied", (json_int_t)messages_since(l, "Not granted"),
			      "held", (json_int_t)messages_since(l, HELD));

	json_object_set_new(r, "ack", percentiles(o.ack_us, o.acked));
	json_object_set_new(r, "first_word", percentiles(o.word_us, o.answered));
	json_object_set_new(
		r, "incidentio_lists",
		json_integer((json_int_t)calls_since(l, "GET /v2/incidents")));
	json_object_set_new(r, "pagerduty_lists",
			    json_integer((json_int_t)calls_since(l, "GET /incidents")));
	free(o.ack_us);
	free(o.word_us);
	return r;
}

static bool load_is_over(const struct load *l)
{
	struct outcome o = { 0 };

	if (l->sent < l->n) {
		return false;
	}
	if (world_now_us() - l->last_us > SETTLE_US) {
		return true;
	}
	outcome_read(l, &o);
	size_t decided = messages_since(l, "Granted") + messages_since(l, "Not granted") +
			 messages_since(l, HELD);

	return o.acked >= l->n && (l->acks_only || decided >= l->n);
}

/* One after the other; those of another team get no decision, so they are left out. */
static const struct world_person *who_is_next(const struct load *l)
{
	const struct world *w = l->control->world;
	const struct world_person *p;
	size_t i = l->sent % l->users;

	do {
		p = w->people.items[i++ % w->people.n];
	} while (strcmp(p->team, w->team) != 0);
	return p;
}

static void send_due(struct load *l)
{
	struct world *w = l->control->world;
	double due = (double)(world_now_us() - l->start_us) * l->rate_per_s / 1e6;

	while (l->sent < l->n && (double)l->sent <= due) {
		const struct world_person *p = who_is_next(l);

		world_command(w, p->key, "inc-room", l->text);
		l->sent++;
		l->last_us = world_now_us();
	}
}

static void on_tick(struct loop_timer *t)
{
	struct load *l = container_of(t, struct load, tick);
	bool all = l->sent == l->n;

	send_due(l);
	if (load_is_over(l)) {
		struct web_request *r = l->request;
		json_t *o = report(l);

		load_free(l);
		control_reply(r, o);
		return;
	}
	/* Counting is not free: while waiting, count less often. */
	loop_timer_start(l->control->world->loop, t, all ? 20 * TICK_MS : TICK_MS);
}

/* Beyond those who are there, further people come: u00006, u00007, ... */
static void people_invite(struct world *w, size_t n)
{
	while (w->people.n < n) {
		char key[32];
		char name[64];

		snprintf(key, sizeof(key), "u%05zu",
			 w->people.n + 1); /* ids are padded keys */
		snprintf(name, sizeof(name), "User %zu", w->people.n + 1);
		world_add_person(w, key, name);
	}
}

void load_start(struct control *c, struct web_request *r, const json_t *body)
{
	json_int_t n = jx_int(body, "n");
	json_int_t users = jx_int(body, "users");
	struct world *w = c->world;
	double rate = json_number_value(json_object_get(body, "rate_per_s"));

	if (c->load || n < 1 || n > LOAD_MAX || users > LOAD_MAX || rate <= 0) {
		control_refuse(r, 400,
			       c->load ? "a load is under way" : "n, rate_per_s?");
		return;
	}
	struct load *l = calloc(1, sizeof(*l));

	if (!l) {
		abort();
	}
	*l = (struct load){ .control = c,
			    .request = r,
			    .tick.cb = on_tick,
			    .n = (size_t)n,
			    .users = users > 0 ? (size_t)users : 1,
			    .rate_per_s = rate,
			    .acks_only = jx_bool(body, "acks_only"),
			    .text = strdup(jx_str(body, "text")),
			    .start_us = world_now_us(),
			    .first_envelope = w->envelopes.n,
			    .first_message = w->messages.n,
			    .first_call = w->calls.n };
	people_invite(w, l->users);
	c->load = l;
	loop_timer_start(w->loop, &l->tick, 0);
}

void load_cancel(struct control *c)
{
	if (c->load) {
		struct web_request *r = c->load->request;

		load_free(c->load);
		web_drop(r);
	}
}
