/* SPDX-License-Identifier: Apache-2.0 */
/* The verdict and its whole trace as JSON text, for the ledger. Written straight away: it
 * is made for every request, and nobody looks at it in between. */
#include "approver/policy.h"

#include "shared/jx.h"

static void add_number(struct buf *out, const char *name, int64_t value)
{
	jx_add_name(out, name);
	buf_add_int(out, value);
}

static void add_flag(struct buf *out, const char *name, bool value)
{
	jx_add_name(out, name);
	buf_add_str(out, value ? "true" : "false");
}

static void add_line(struct buf *out, const struct trace_line *t)
{
	buf_add_char(out, '{');
	jx_add_member(out, "check", t->check);
	add_flag(out, "ok", t->ok);
	jx_add_member(out, "found", t->found);
	jx_add_member(out, "wanted", t->wanted);
	if (t->policy[0]) {
		jx_add_member(out, "policy", t->policy);
	}
	if (t->condition >= 0) {
		add_number(out, "condition", t->condition);
	}
	if (t->incident[0]) {
		jx_add_member(out, "incident", t->incident);
	}
	if (t->age_ms >= 0) {
		add_number(out, "age_ms", t->age_ms);
	}
	buf_add_char(out, '}');
}

static void add_checks(struct buf *out, const struct verdict *v)
{
	jx_add_name(out, "checks");
	buf_add_char(out, '[');
	for (size_t i = 0; i < v->n_trace; i++) {
		buf_add_str(out, i > 0 ? "," : "");
		add_line(out, &v->trace[i]);
	}
	buf_add_char(out, ']');
}

/* What the provider said, in a few words: the snapshot itself is too large to keep. */
static void add_provider(struct buf *out, const char *name,
			 const struct provider_facts *of)
{
	if (!of->configured) {
		return;
	}
	jx_add_name(out, name);
	buf_add_char(out, '{');
	if (of->fail.kind != FAIL_NONE) {
		jx_add_member(out, "failed", of->fail.msg);
	} else {
		jx_add_member(out, "user", of->user);
		add_number(out, "age_ms", of->age_ms);
	}
	if (of->fail.kind == FAIL_NONE && of->snapshot) {
		add_number(out, "incidents", (int64_t)of->snapshot->n_incidents);
	}
	buf_add_char(out, '}');
}

static void add_facts(struct buf *out, const struct facts *facts)
{
	if (facts->person) {
		jx_add_member(out, "person", facts->person);
	}
	add_number(out, "now_ms", facts->now_ms);
	jx_add_member(out, "resource", facts->resource);
	add_number(out, "asked_for_s", facts->for_s);
	if (facts->incident[0]) {
		jx_add_member(out, "asked_incident", facts->incident);
	}
	add_provider(out, "incidentio", &facts->incidentio);
	add_provider(out, "pagerduty", &facts->pagerduty);
}

bool verdict_trace_add(struct buf *out, const struct verdict *v,
		       const struct facts *facts)
{
	buf_add_char(out, '{');
	jx_add_member(out, "verdict", verdict_word(v->kind));
	jx_add_member(out, "policy", v->policy ? v->policy->name : "");
	jx_add_member(out, "provider", v->provider);
	jx_add_member(out, "incident", v->incident_id);
	jx_add_member(out, "why", v->why);
	add_number(out, "for_s", v->for_s);
	add_flag(out, "cut", v->trace_cut);
	add_checks(out, v);
	add_facts(out, facts);
	return buf_add_char(out, '}') && !out->over;
}
