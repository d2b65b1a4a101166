/* SPDX-License-Identifier: Apache-2.0 */
/* A row of the audit as one line of JSON, for exports and sinks. */
#include <inttypes.h>
#include <jansson.h>
#include <string.h>

#include "accessd/reader.h"
#include "approver/store_audit.h"
#include "shared/buf.h"
#include "shared/digest.h"
#include "shared/jx.h"
#include "shared/text.h"

static void add_hash(struct buf *out, const char *name, const uint8_t *hash)
{
	char hex[DIGEST_HEX_SIZE];

	digest_hex(hash, AUDIT_HASH_SIZE, hex);
	buf_addf(out, ",\"%s\":\"%s\"", name, hex);
}

static void add_text(struct buf *out, const char *name, const char *value)
{
	buf_addf(out, ",\"%s\":", name);
	if (*value) {
		jx_add_text(out, value);
	} else {
		buf_add_str(out, "null");
	}
}

/* Who can write the ledger's file could put anything there. */
static bool is_json(const char *data)
{
	json_t *o = json_loads(data, 0, NULL);

	json_decref(o);
	return o && !strpbrk(data, "\r\n");
}

bool audit_line(const struct audit_row *r, struct buf *out)
{
	char when[TIME_SIZE];

	text_format_time(r->at_ms, when);
	buf_addf(out, "{\"seq\":%" PRId64 ",\"at_ms\":%" PRId64 ",\"at\":\"%s\"", r->seq,
		 r->at_ms, when);
	add_text(out, "subject", r->subject);
	add_text(out, "id", r->subject_id);
	add_text(out, "from", r->from);
	add_text(out, "to", r->to);
	add_hash(out, "prev", r->prev);
	add_hash(out, "hash", r->hash);
	buf_add_str(out, ",\"data\":");
	/* As it is, and last: what was hashed are the very bytes up to the last brace. */
	if (is_json(r->data)) {
		buf_add_str(out, r->data);
	} else {
		jx_add_text(out, r->data);
	}
	buf_add_str(out, "}\n");
	return !out->over;
}
