/* SPDX-License-Identifier: Apache-2.0 */
/* What the audit keeps of a change, as JSON text. */
#include "approver/store_audit.h"

#include <string.h>

#include "shared/jx.h"

static void add_name(struct buf *out, const char *name)
{
	if (out->len == 0) {
		buf_add_char(out, '{');
	}
	jx_add_name(out, name);
}

/* Left out when there is nothing to say. */
static void add_text(struct buf *out, const char *name, const char *value)
{
	if (value && *value) {
		add_name(out, name);
		jx_add_text(out, value);
	}
}

static void add_number(struct buf *out, const char *name, int64_t value)
{
	add_name(out, name);
	buf_add_int(out, value);
}

static bool end(struct buf *out)
{
	buf_add_str(out, out->len == 0 ? "{}" : "}");
	return !out->over;
}

static void add_decision(struct buf *out, const char *policy, const char *trace)
{
	add_text(out, "policy", policy);
	if (trace && *trace) {
		add_name(out, "trace");
		buf_add_str(out, trace);
	}
}

bool audit_request_added(const struct request_row *r, const char *trace, struct buf *out)
{
	buf_clear(out);
	add_text(out, "source", r->source);
	add_text(out, "team", r->team);
	add_text(out, "user", r->user);
	add_text(out, "channel", r->channel);
	add_text(out, "resource", r->resource);
	add_number(out, "for_s", r->for_s);
	add_text(out, "incident", r->incident);
	add_text(out, "reason", r->reason);
	add_decision(out, r->policy, trace);
	return end(out);
}

bool audit_request_moved(const char *policy, const char *trace, struct buf *out)
{
	buf_clear(out);
	add_decision(out, policy, trace);
	return end(out);
}

bool audit_grant_added(const struct grant_row *g, struct buf *out)
{
	buf_clear(out);
	add_text(out, "team", g->team);
	add_text(out, "user", g->user);
	add_text(out, "channel", g->channel);
	add_text(out, "resource", g->resource);
	add_text(out, "policy", g->policy);
	add_text(out, "provider", g->provider);
	add_text(out, "incident_id", g->incident_id);
	add_text(out, "incident_ref", g->incident_ref);
	add_text(out, "evidence", g->evidence);
	add_number(out, "starts_ms", g->starts_ms);
	add_number(out, "expires_ms", g->expires_ms);
	add_text(out, "provisioner", g->provisioner);
	add_text(out, "lane", g->lane);
	return end(out);
}

bool audit_grant_moved(const char *cause, const char *why, const char *by,
		       struct buf *out)
{
	buf_clear(out);
	add_text(out, "cause", cause);
	add_text(out, "why", why);
	add_text(out, "by", by);
	return end(out);
}

static void add_changed(struct buf *out, const char *name, int64_t was, int64_t to)
{
	if (was != to) {
		add_number(out, name, to);
	}
}

static void add_changed_text(struct buf *out, const char *name, const char *was,
			     const char *to)
{
	if (strcmp(was, to) != 0) {
		add_text(out, name, to);
	}
}

bool audit_grant_set(const struct store_op *op, struct buf *out)
{
	const struct grant_row *was = op->grant_set.was;
	const struct grant_row *to = op->grant_set.to;

	buf_clear(out);
	add_text(out, "what", op->grant_set.what);
	add_changed_text(out, "policy", was->policy, to->policy);
	add_changed_text(out, "provider", was->provider, to->provider);
	add_changed_text(out, "incident_id", was->incident_id, to->incident_id);
	add_changed_text(out, "incident_ref", was->incident_ref, to->incident_ref);
	add_changed_text(out, "evidence", was->evidence, to->evidence);
	add_changed(out, "expires_ms", was->expires_ms, to->expires_ms);
	add_changed(out, "lost_ms", was->lost_ms, to->lost_ms);
	add_text(out, "why", op->grant_set.why);
	add_text(out, "by", op->grant_set.by);
	return end(out);
}

bool audit_freeze(const struct freeze_row *z, struct buf *out)
{
	buf_clear(out);
	add_text(out, "why", z->why);
	add_text(out, "by", z->by);
	return end(out);
}
