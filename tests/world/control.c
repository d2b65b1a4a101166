/* SPDX-License-Identifier: Apache-2.0 */
/* The control API of the world as a program: what its people do, as POST /world/<verb>
 * with a JSON object, and GET /world/state, which waits for news when asked to. Used by the
 * page, by benches and by tests in other languages. */
#include "tests/world/control.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

enum { WAIT_MS = 25000, FLUSH_MS = 15 };

void control_reply(struct web_request *r, json_t *o)
{
	struct answer a = { .status = 200, .json = o };

	snprintf(a.headers, sizeof(a.headers), "Cache-Control: no-store\r\n");
	answer_send(r, &a);
}

void control_refuse(struct web_request *r, int status, const char *why)
{
	struct answer a = { .status = status,
			    .json = json_pack("{s:b, s:s}", "ok", 0, "error", why) };

	answer_send(r, &a);
}

/* --- verbs ------------------------------------------------------------------------------- */

/* NULL, or what is wrong. `reply` has ok already. */
typedef const char *verb_fn(struct world *w, const json_t *in, json_t *reply);

static void set_envelope(json_t *reply, const struct world_envelope *e)
{
	json_object_set_new(reply, "envelope", json_integer((json_int_t)e->number));
	json_object_set_new(reply, "delivered", json_boolean(e->socket != 0));
}

static const char *envelope_reply(json_t *reply, const struct world_envelope *e)
{
	if (!e) {
		return "there is nothing to press, submit or open";
	}
	set_envelope(reply, e);
	return NULL;
}

static const char *do_command(struct world *w, const json_t *in, json_t *reply)
{
	const char *channel = jx_str(in, "channel");

	if (!world_person(w, jx_str(in, "who"))) {
		return "no such person";
	}
	return envelope_reply(reply, world_command(w, jx_str(in, "who"),
						   channel[0] ? channel : "inc-room",
						   jx_str(in, "text")));
}

static const char *do_press(struct world *w, const json_t *in, json_t *reply)
{
	if (jx_str(in, "view")[0]) {
		return envelope_reply(reply, world_press_view(w, jx_str(in, "view"),
							      jx_str(in, "action_id"),
							      jx_str(in, "value")));
	}
	return envelope_reply(reply,
			      world_press(w, jx_str(in, "who"), jx_str(in, "ts"),
					  jx_str(in, "action_id"), jx_str(in, "value")));
}

static const char *do_submit(struct world *w, const json_t *in, json_t *reply)
{
	return envelope_reply(reply, world_submit(w, jx_str(in, "view"),
						  json_object_get(in, "values")));
}

static const char *do_dismiss(struct world *w, const json_t *in, json_t *reply)
{
	(void)reply;
	world_dismiss(w, jx_str(in, "view"));
	return NULL;
}

static const char *do_home(struct world *w, const json_t *in, json_t *reply)
{
	return envelope_reply(reply, world_open_home(w, jx_str(in, "who")));
}

static const char *do_declare(struct world *w, const json_t *in, json_t *reply)
{
	const char *name = jx_str(in, "name");
	struct world_incident *i =
		world_declare(w, jx_str(in, "who"), name[0] ? name : "Unnamed incident",
			      jx_str(in, "severity"));

	if (jx_str(in, "lead")[0]) {
		world_take_role(w, i, "Incident Lead", jx_str(in, "lead"));
	}
	json_object_set_new(reply, "incident", json_sprintf("INC-%u", i->number));
	return NULL;
}

static const char *do_take_role(struct world *w, const json_t *in, json_t *reply)
{
	struct world_incident *i = world_incident(w, jx_str(in, "incident"));

	(void)reply;
	return i && world_take_role(w, i, jx_str(in, "role"), jx_str(in, "who"))
		       ? NULL
		       : "no such incident, role or person";
}

static const char *do_leave_role(struct world *w, const json_t *in, json_t *reply)
{
	struct world_incident *i = world_incident(w, jx_str(in, "incident"));

	(void)reply;
	if (!i) {
		return "no such incident";
	}
	world_leave_role(w, i, jx_str(in, "role"), jx_str(in, "who"));
	return NULL;
}

static const char *do_severity(struct world *w, const json_t *in, json_t *reply)
{
	struct world_incident *i = world_incident(w, jx_str(in, "incident"));

	(void)reply;
	if (!i) {
		return "no such incident";
	}
	world_set_severity(w, i, jx_str(in, "severity"));
	return NULL;
}

static const char *do_category(struct world *w, const json_t *in, json_t *reply)
{
	struct world_incident *i = world_incident(w, jx_str(in, "incident"));
	const char *category = jx_str(in, "category");

	(void)reply;
	if (!i) {
		return "no such incident";
	}
	world_set_category(w, i, category[0] ? category : "closed");
	return NULL;
}

static const char *do_trigger(struct world *w, const json_t *in, json_t *reply)
{
	const char *title = jx_str(in, "title");

	if (!world_service(w, jx_str(in, "service"))) {
		return "no such service";
	}
	struct world_page *p = world_trigger(w, jx_str(in, "service"),
					     title[0] ? title : "Something is wrong");

	json_object_set_new(reply, "page", json_string(p->id));
	return NULL;
}

static const char *do_ack(struct world *w, const json_t *in, json_t *reply)
{
	struct world_page *p = world_page(w, jx_str(in, "page"));

	(void)reply;
	return p && world_ack(w, p, jx_str(in, "who")) ? NULL : "no such page or person";
}

static const char *do_unack(struct world *w, const json_t *in, json_t *reply)
{
	struct world_page *p = world_page(w, jx_str(in, "page"));

	(void)reply;
	if (!p) {
		return "no such page";
	}
	world_unack(w, p);
	return NULL;
}

static const char *do_resolve_page(struct world *w, const json_t *in, json_t *reply)
{
	struct world_page *p = world_page(w, jx_str(in, "page"));

	(void)reply;
	if (!p) {
		return "no such page";
	}
	world_resolve_page(w, p);
	return NULL;
}

static const char *do_disconnect(struct world *w, const json_t *in, json_t *reply)
{
	(void)reply;
	world_disconnect(w, (unsigned)jx_int(in, "socket"), jx_str(in, "reason"));
	return NULL;
}

static const char *do_cut(struct world *w, const json_t *in, json_t *reply)
{
	const char *how = jx_str(in, "how");

	(void)reply;
	world_cut(w, (unsigned)jx_int(in, "socket"),
		  strcmp(how, "close") == 0 ? WORLD_CUT_CLOSE
		  : strcmp(how, "fin") == 0 ? WORLD_CUT_FIN
					    : WORLD_CUT_TCP);
	return NULL;
}

static const char *do_fault(struct world *w, const json_t *in, json_t *reply)
{
	(void)reply;
	return control_fault(w, in) ? NULL : "a fault needs a call and a kind";
}

static const char *do_clear_faults(struct world *w, const json_t *in, json_t *reply)
{
	(void)in;
	(void)reply;
	world_clear_faults(w);
	return NULL;
}

static const char *do_knob(struct world *w, const json_t *in, json_t *reply)
{
	(void)reply;
	return control_knob(w, jx_str(in, "name"), json_object_get(in, "value"))
		       ? NULL
		       : "no such knob, or a value of another type";
}

static const char *do_fill(struct world *w, const json_t *in, json_t *reply)
{
	(void)reply;
	world_fill_incidents(w, (size_t)jx_int(in, "incidents"));
	world_fill_pages(w, (size_t)jx_int(in, "pages"));
	world_touch(w);
	return NULL;
}

static const char *do_reset(struct world *w, const json_t *in, json_t *reply)
{
	(void)in;
	(void)reply;
	world_reset(w);
	return NULL;
}

static const struct {
	const char *name;
	verb_fn *run;
} verbs[] = {
	{ "ack", do_ack },
	{ "category", do_category },
	{ "clear_faults", do_clear_faults },
	{ "command", do_command },
	{ "cut", do_cut },
	{ "declare", do_declare },
	{ "disconnect", do_disconnect },
	{ "dismiss", do_dismiss },
	{ "fault", do_fault },
	{ "fill", do_fill },
	{ "home", do_home },
	{ "knob", do_knob },
	{ "leave_role", do_leave_role },
	{ "press", do_press },
	{ "reset", do_reset },
	{ "resolve_page", do_resolve_page },
	{ "severity", do_severity },
	{ "submit", do_submit },
	{ "take_role", do_take_role },
	{ "trigger", do_trigger },
	{ "unack", do_unack },
};

static void verb_run(struct world *w, struct web_request *r, verb_fn *run,
		     const json_t *in)
{
	json_t *reply = json_pack("{s:b}", "ok", 1);
	const char *error = run(w, in, reply);

	if (error) {
		json_decref(reply);
		control_refuse(r, 400, error);
		return;
	}
	control_reply(r, reply);
}

static void verb_find(struct world *w, struct web_request *r, const char *name)
{
	json_t *in = json_loadb(r->body, r->body_len, 0, NULL);

	if (!json_is_object(in)) {
		control_refuse(r, 400, "the body must be a JSON object");
	} else if (strcmp(name, "load") == 0) {
		load_start(w->control, r, in);
	} else {
		size_t i = 0;

		while (i < ARRAY_LEN(verbs) && strcmp(verbs[i].name, name) != 0) {
			i++;
		}
		if (i < ARRAY_LEN(verbs)) {
			verb_run(w, r, verbs[i].run, in);
		} else {
			control_refuse(r, 404, "no such verb");
		}
	}
	json_decref(in);
}

/* --- the state, now or when it changes ------------------------------------------------------ */

static void waiting_unlink(struct control *c, struct web_request *r)
{
	struct web_request **at = &c->waiting;

	while (*at != r) {
		at = &(*at)->next;
	}
	*at = r->next;
	loop_timer_cancel(&r->timer);
}

static void on_waited(struct loop_timer *t)
{
	struct web_request *r = container_of(t, struct web_request, timer);
	struct control *c = r->user;

	waiting_unlink(c, r);
	control_reply(r, control_state(c->world));
}

static void on_flush(struct loop_timer *t)
{
	struct control *c = container_of(t, struct control, flush);

	while (c->waiting) {
		struct web_request *r = c->waiting;

		waiting_unlink(c, r);
		control_reply(r, control_state(c->world));
	}
}

static void get_state(struct world *w, struct web_request *r)
{
	char since[32] = "";

	web_query(r->query, "since", 0, since, sizeof(since));
	if (!since[0] || strtoull(since, NULL, 10) != w->version) {
		control_reply(r, control_state(w));
		return;
	}
	r->user = w->control;
	r->next = w->control->waiting;
	w->control->waiting = r;
	r->timer.cb = on_waited;
	loop_timer_start(w->loop, &r->timer, WAIT_MS);
}

/* Several changes in one turn are told once. */
void control_changed(struct world *w)
{
	struct control *c = w->control;

	if (c && c->waiting && !loop_timer_running(&c->flush)) {
		loop_timer_start(w->loop, &c->flush, FLUSH_MS);
	}
}

void control_request(struct world *w, struct web_request *r)
{
	const char *name = r->path + strlen("/world/");

	if (strcmp(r->method, "GET") == 0 && strcmp(name, "state") == 0) {
		get_state(w, r);
	} else if (strcmp(r->method, "GET") == 0 && strcmp(name, "transcript") == 0) {
		transcript_reply(w, r);
	} else if (strcmp(r->method, "POST") == 0) {
		verb_find(w, r, name);
	} else {
		control_refuse(r, 404, "no such page");
	}
}

bool control_open(struct world *w, struct fail *f)
{
	struct control *c = calloc(1, sizeof(*c));

	if (!c) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	c->world = w;
	c->flush.cb = on_flush;
	w->control = c;
	return true;
}

void control_close(struct world *w)
{
	struct control *c = w->control;

	if (!c) {
		return;
	}
	loop_timer_cancel(&c->flush);
	load_cancel(c);
	while (c->waiting) {
		struct web_request *r = c->waiting;

		waiting_unlink(c, r);
		web_drop(r);
	}
	w->control = NULL;
	free(c);
}
