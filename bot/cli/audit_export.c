/* SPDX-License-Identifier: Apache-2.0 */
/* accessd audit export: the audit for other programs, one JSON object per line: every row
 * as it is (jsonl), or what security tools understand of it (ocsf). */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bot/cli/look.h"
#include "bot/cli/rows.h"
#include "bot/version.h"
#include "shared/digest.h"
#include "shared/jx.h"

enum { LINE_MAX_BYTES = 4 << 20, IDS_MAX = 65536 };

struct export
{
	struct reader_walk walk;
	struct look_rows rows;
	int64_t since_ms;
	struct look look;
	bool terminal;
	void (*print)(struct export * x, const struct audit_row *r);
	bool of_incident; /* only what is in ids */
	char(*ids)[ULID_SIZE];
	size_t n_ids;
	struct buf line;
	struct fail fail;
};

/* --- jsonl ----------------------------------------------------------------------- */

static void print_jsonl(struct export *x, const struct audit_row *r)
{
	json_t *o;

	buf_clear(&x->line);
	audit_line(r, &x->line);
	if (!x->terminal) {
		fwrite(x->line.data, 1, x->line.len, stdout);
		return;
	}
	/* The same, in ASCII: a terminal is no place for what strangers wrote. */
	o = json_loads(buf_str(&x->line), 0, NULL);
	if (o) {
		look_print(o);
	}
}

/* --- OCSF ------------------------------------------------------------------------ */

/* OCSF 1.5.0, class 3005 User Access Management: a grant is privileges that a user is
 * assigned (activity 1) or that are revoked (2). Nothing there is a request or a denial;
 * they are left out. Severity 1 is Informational, status 1 Success. */
static json_t *ocsf_event(const struct audit_row *r, const struct grant_row *g,
			  int activity)
{
	return json_pack("{s:i, s:s, s:i, s:s, s:i, s:s, s:i, s:i, s:i, s:s, s:I, s:o}",
			 "activity_id", activity, "activity_name",
			 activity == 1 ? "Assign Privileges" : "Revoke Privileges",
			 "category_uid", 3, "category_name",
			 "Identity & Access Management", "class_uid", 3005, "class_name",
			 "User Access Management", "type_uid", 300500 + activity,
			 "severity_id", 1, "status_id", 1, "status", "Success", "time",
			 (json_int_t)r->at_ms, "message",
			 look_json_text(activity == 1 ? g->evidence : g->why));
}

static void ocsf_fill(json_t *e, const struct audit_row *r, const struct grant_row *g)
{
	char hash[DIGEST_HEX_SIZE];
	json_t *metadata;
	json_t *org = json_pack("{s:o}", "uid", look_json_text(g->team));
	json_t *user =
		json_pack("{s:o, s:o}", "uid", look_json_text(g->user), "org", org);

	digest_hex(r->hash, sizeof(r->hash), hash);
	metadata =
		json_pack("{s:s, s:s, s:o, s:s, s:I, s:{s:s, s:s}}", "version", "1.5.0",
			  "uid", hash, "correlation_uid", look_json_text(r->subject_id),
			  "log_name", "audit", "sequence", (json_int_t)r->seq, "product",
			  "name", "accessd", "version", accessd_version);
	json_object_set_new(e, "metadata", metadata);
	json_object_set_new(e, "user", user);
	json_object_set_new(e, "privileges",
			    json_pack("[o]", look_json_text(g->resource)));
	json_object_set_new(e, "resources",
			    json_pack("[{s:o}]", "name", look_json_text(g->resource)));
	json_object_set_new(e, "unmapped",
			    json_pack("{s:o, s:o, s:o, s:o}", "incident",
				      look_json_text(rows_incident(g)), "policy",
				      look_json_text(g->policy), "expires",
				      look_json_time(g->expires_ms), "cause",
				      look_json_text(g->cause)));
}

/* A grant's row of the audit does not say whose it is; the grant does. */
static void print_ocsf(struct export *x, const struct audit_row *r)
{
	struct grant_row g;
	int activity =
		strcmp(r->to, "active") == 0 ? 1 : 2 * (strcmp(r->to, "closed") == 0);

	if (strcmp(r->subject, "grant") == 0 && activity > 0 &&
	    reader_grant(x->look.reader, r->subject_id, &g, &x->fail)) {
		json_t *e = ocsf_event(r, &g, activity);

		if (e) {
			ocsf_fill(e, r, &g);
			look_print(e);
		}
	}
}

static const struct {
	const char *name;
	void (*print)(struct export *x, const struct audit_row *r);
} formats[] = {
	{ "jsonl", print_jsonl },
	{ "ocsf", print_ocsf },
};

static int format_find(const char *name, struct export *x)
{
	for (size_t i = 0; i < ARRAY_LEN(formats); i++) {
		if (strcmp(formats[i].name, name ? name : "jsonl") == 0) {
			x->print = formats[i].print;
			return CLI_OK;
		}
	}
	fprintf(stderr, "accessd: there is no such format\nHINT: write --format jsonl or "
			"--format ocsf.\n");
	return CLI_USAGE;
}

/* --- which rows ------------------------------------------------------------------ */

static int by_id(const void *a, const void *b)
{
	return strcmp(a, b);
}

static bool id_add(struct export *x, const char *id)
{
	text_copy(x->ids[x->n_ids++], ULID_SIZE, id);
	return x->n_ids < IDS_MAX ||
	       fail_set(&x->fail, FAIL_INVALID, "that incident has more than %d requests",
			IDS_MAX);
}

static bool each_grant(struct look_rows *rows, const struct grant_row *g)
{
	return id_add(container_of(rows, struct export, rows), g->id);
}

static bool each_request(struct look_rows *rows, const struct request_row *r)
{
	return id_add(container_of(rows, struct export, rows), r->id);
}

/* The grants of an incident, and the requests that named it. */
static bool ids_read(struct export *x, const char *incident)
{
	struct request_filter asked = { .state = REQUEST_STATE_MAX };
	struct grant_filter had = { 0 };

	x->rows.grant = each_grant;
	x->rows.request = each_request;
	x->of_incident = true;
	x->ids = calloc(IDS_MAX + 2, sizeof(*x->ids));
	text_copy(asked.incident, sizeof(asked.incident), incident);
	text_copy(had.incident, sizeof(had.incident), incident);
	if (!x->ids || !look_grants(&x->look, &had, &x->rows, &x->fail) ||
	    !look_requests(&x->look, &asked, &x->rows, &x->fail)) {
		return false;
	}
	qsort(x->ids, x->n_ids, sizeof(*x->ids), by_id);
	return x->fail.kind == FAIL_NONE;
}

static bool each_row(struct reader_walk *w, const struct audit_row *r)
{
	struct export *x = container_of(w, struct export, walk);

	if (r->at_ms >= x->since_ms &&
	    (!x->of_incident ||
	     bsearch(r->subject_id, x->ids, x->n_ids, sizeof(*x->ids), by_id))) {
		x->print(x, r);
	}
	return !ferror(stdout) &&
	       (x->fail.kind == FAIL_NONE || x->fail.kind == FAIL_NOT_FOUND);
}

static int export_all(struct export *x, const char *incident)
{
	bool ok;

	buf_init(&x->line, LINE_MAX_BYTES);
	x->terminal = isatty(STDOUT_FILENO);
	x->walk.since_ms = x->since_ms;
	x->walk.each = each_row;
	ok = (!incident || ids_read(x, incident)) &&
	     reader_walk(x->look.reader, &x->walk, &x->fail);
	buf_finish(&x->line);
	free(x->ids);
	return ok ? CLI_OK : look_failed(&x->fail);
}

int cli_audit_export(const struct cli_options *o)
{
	static struct export x;
	int rc = format_find(o->format, &x);

	rc = rc == CLI_OK ? look_since(o->since, &x.since_ms) : rc;
	rc = rc == CLI_OK ? look_open(o, &x.look) : rc;
	if (rc != CLI_OK) {
		return rc;
	}
	rc = export_all(&x, o->incident);
	look_close(&x.look);
	return rc;
}
