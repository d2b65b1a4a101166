/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict and its whole trace as JSON text, for the ledger. */
#include "approver/policy.h"

#include <jansson.h>

#include "shared/jx.h"

static json_t *line_json(const struct trace_line *t)
{
	json_t *o = json_pack("{s:s, s:b, s:s, s:s}", "check", t->check, "ok", t->ok,
			      "found", t->found, "wanted", t->wanted);

	if (!o) {
		return NULL; /* memory, or a text that is not UTF-8 */
	}
	if (t->policy[0]) {
		json_object_set_new(o, "policy", json_string(t->policy));
	}
	if (t->condition >= 0) {
		json_object_set_new(o, "condition", json_integer(t->condition));
	}
	if (t->incident[0]) {
		json_object_set_new(o, "incident", json_string(t->incident));
	}
	if (t->age_ms >= 0) {
		json_object_set_new(o, "age_ms", json_integer(t->age_ms));
	}
	return o;
}

static json_t *lines_json(const struct verdict *v)
{
	json_t *a = json_array();

	for (size_t i = 0; a && i < v->n_trace; i++) {
		json_t *line = line_json(&v->trace[i]);

		if (!line || json_array_append_new(a, line) != 0) {
			json_decref(a);
			return NULL;
		}
	}
	return a;
}

/* What the provider said, in a few words: the snapshot itself is too large to keep. */
static json_t *provider_json(const struct provider_facts *of)
{
	json_t *o = json_object();

	if (of->fail.kind != FAIL_NONE) {
		json_object_set_new(o, "failed", json_string(of->fail.msg));
		return o;
	}
	json_object_set_new(o, "user", json_string(of->user));
	json_object_set_new(o, "age_ms", json_integer(of->age_ms));
	if (of->snapshot) {
		json_object_set_new(o, "incidents",
				    json_integer((json_int_t)of->snapshot->n_incidents));
	}
	return o;
}

static void add_facts(json_t *o, const struct facts *facts)
{
	json_object_set_new(o, "now_ms", json_integer(facts->now_ms));
	json_object_set_new(o, "asked_for_s", json_integer(facts->for_s));
	if (facts->incident[0]) {
		json_object_set_new(o, "asked_incident", json_string(facts->incident));
	}
	if (facts->incidentio.configured) {
		json_object_set_new(o, "incidentio", provider_json(&facts->incidentio));
	}
	if (facts->pagerduty.configured) {
		json_object_set_new(o, "pagerduty", provider_json(&facts->pagerduty));
	}
}

char *verdict_trace_json(const struct verdict *v, const struct facts *facts)
{
	json_t *checks = lines_json(v);
	json_t *o;
	char *text;

	if (!checks) {
		return NULL;
	}
	o = json_pack("{s:s, s:s, s:s, s:s, s:s, s:I, s:b, s:o}", "verdict",
		      verdict_word(v->kind), "policy", v->policy ? v->policy->name : "",
		      "provider", v->provider, "incident", v->incident_id, "why", v->why,
		      "for_s", (json_int_t)v->for_s, "cut", v->trace_cut, "checks",
		      checks);
	if (!o) {
		return NULL; /* json_pack() gave up `checks` as well */
	}
	add_facts(o, facts);
	text = jx_dump(o);
	json_decref(o);
	return text;
}
