/* SPDX-License-Identifier: Apache-2.0 */
/* Indent's bodies: what is accepted names whole people and our own resources only, is for
 * no longer than nothing, and the claim on it can be read, without a word of time that
 * is not ours. */
#include "approver/indent_parse.h"

#include <stdlib.h>
#include <string.h>

#include "approver/indent_match.h"
#include "approver/indent_time.h"
#include "approver/indent_words.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static char *text(const char *s)
{
	return (char *)(uintptr_t)s;
}

static void check_person(const struct person *p)
{
	check(text_is_utf8(p->email, strlen(p->email)));
	check(!*p->slack || p->slack[0] == 'U' || p->slack[0] == 'W');
	check(!*p->slack_team || *p->slack);
	check(!*p->incidentio && !*p->pagerduty);
}

static bool is_the_actor(const struct indent_call *c, const json_t *resource)
{
	static const char *const names[] = { "id", "kind", "email" };
	const json_t *actor = c->actor;
	bool same = *jx_str(resource, "id") != '\0';

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		same = same &&
		       strcmp(jx_str(actor, names[i]), jx_str(resource, names[i])) == 0;
	}
	return same;
}

/* A claim names nobody who is not decided on. */
static void check_people(const struct indent_call *c)
{
	const json_t *all = c->targets;
	size_t n = 0;

	check_person(&c->who);
	for (size_t i = 0; i < json_array_size(all); i++) {
		const json_t *r = json_array_get(all, i);

		n += indent_is_person(r) && !is_the_actor(c, r);
	}
	check(c->n_others <= INDENT_OTHERS_MAX && (c->refused || c->n_others == n));
	for (size_t i = 0; i < c->n_others; i++) {
		check_person(&c->others[i]);
	}
}

static void check_match(const struct indent_call *c)
{
	struct str_pair label = { text("env"), text("prod") };
	struct resource rows[] = { { .name = text("prod-db"), .labels = { &label, 1 } },
				   { .name = text("plain") } };
	const struct config config = { .resources = { rows, 2 } };
	const struct config none = { 0 };
	struct indent_match m;

	indent_match(&config, c->targets, &m);
	check(m.n <= 2 && (m.n > 0 || *m.refused));
	for (size_t i = 0; i < m.n; i++) {
		check(m.names[i] == rows[0].name || m.names[i] == rows[1].name);
	}
	indent_match(&none, c->targets, &m);
	check(m.n == 0 && *m.refused && text_is_utf8(m.refused, strlen(m.refused)));
}

static void check_labels(const json_t *claim)
{
	json_t *labels = jx_obj(jx_obj(claim, "meta"), "labels");
	const char *name;
	json_t *value;

	check(strcmp(jx_str(labels, INDENT_LABEL_DURATION), "0h1m0s") == 0);
	check(strcmp(jx_str(labels, INDENT_LABEL_EXPIRES), "1970-01-01T00:01:00.000Z") ==
	      0);
	json_object_foreach (labels, name, value) {
		check(json_is_string(value));
		check(strncmp(name, "indent.com/time/", 16) != 0 ||
		      strcmp(name, INDENT_LABEL_DURATION) == 0 ||
		      strcmp(name, INDENT_LABEL_EXPIRES) == 0);
	}
}

static void check_claim(const struct indent_call *c)
{
	const struct indent_bot_config bot = { .id = text("b"),
					       .email = text(""),
					       .name = text("B") };
	struct buf labels;
	struct buf resources;
	struct indent_claim claim = { .bot = &bot,
				      .labels = &labels,
				      .resources = &resources,
				      .for_s = 60,
				      .reason = c->reason };
	json_t *reply = NULL;
	const json_t *back;
	struct buf out;

	if (!c->actor) {
		return; /* nobody: it is never granted */
	}
	buf_init(&out, INDENT_REPLY_MAX);
	buf_init(&labels, INDENT_REPLY_MAX);
	buf_init(&resources, INDENT_REPLY_MAX);
	indent_echo_labels(&labels, c->labels);
	indent_echo_resources(&resources, c->actor, c->targets);
	indent_say_claim(&out, &claim);
	check(!out.over);
	reply = json_loadb(out.data, out.len, 0, NULL);
	back = json_array_get(jx_arr(reply, "claims"), 0);
	check(back && json_equal(json_array_get(jx_arr(back, "resources"), 0), c->actor));
	check_labels(back);
	json_decref(reply);
	buf_finish(&out);
	buf_finish(&labels);
	buf_finish(&resources);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct indent_call c = { 0 };
	struct fail f = { 0 };

	if (!indent_parse((const char *)data, len, &c, &f)) {
		check(f.kind == FAIL_INVALID && *f.msg);
		return 0;
	}
	check(c.kind == INDENT_DECISION || c.kind == INDENT_APPLY || !c.request);
	if (c.kind == INDENT_DECISION && c.request) {
		check(indent_asked_s(c.labels, 0) >= 0);
		check_people(&c);
		check_match(&c);
		check_claim(&c);
	}
	indent_call_finish(&c);
	return 0;
}
