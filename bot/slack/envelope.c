/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack sends over a Socket Mode connection, as a checked struct. */
#include "bot/slack/envelope.h"

#include <stdlib.h>
#include <string.h>

#include "bot/slack/salvage.h"
#include "shared/jx.h"
#include "shared/text.h"

/* clang-format off */
static const struct {
	const char *type; /* Slack's word */
	const char *word; /* ours */
	bool acked;
} kinds[ENVELOPE_MAX] = {
	[ENVELOPE_HELLO]       = { "hello",          "hello",       false },
	[ENVELOPE_DISCONNECT]  = { "disconnect",     "disconnect",  false },
	[ENVELOPE_SLASH]       = { "slash_commands", "slash",       true },
	[ENVELOPE_INTERACTIVE] = { "interactive",    "interactive", true },
	[ENVELOPE_EVENT]       = { "events_api",     "event",       true },
	[ENVELOPE_UNKNOWN]     = { "",               "unknown",     false },
};

static const struct {
	const char *word;
	enum disconnect_reason reason;
} reasons[] = {
	{ "link_disabled",       DISCONNECT_LINK_DISABLED },
	{ "refresh_requested",   DISCONNECT_REFRESH },
	{ "too_many_websockets", DISCONNECT_TOO_MANY },
	{ "warning",             DISCONNECT_WARNING },
};
/* clang-format on */

const char *envelope_word(enum envelope_kind kind)
{
	return kinds[kind < ENVELOPE_MAX ? kind : ENVELOPE_UNKNOWN].word;
}

bool envelope_wants_ack(enum envelope_kind kind)
{
	return kind < ENVELOPE_MAX && kinds[kind].acked;
}

static enum envelope_kind kind_find(const char *type)
{
	for (unsigned kind = 0; kind < ENVELOPE_UNKNOWN; kind++) {
		if (strcmp(kinds[kind].type, type) == 0) {
			return (enum envelope_kind)kind;
		}
	}
	return ENVELOPE_UNKNOWN;
}

static enum disconnect_reason reason_find(const char *word)
{
	for (size_t i = 0; i < ARRAY_LEN(reasons); i++) {
		if (strcmp(reasons[i].word, word) == 0) {
			return reasons[i].reason;
		}
	}
	return DISCONNECT_OTHER;
}

static int64_t at_least_0(int64_t n)
{
	return n > 0 ? n : 0;
}

static void hello_read(struct envelope *e)
{
	const json_t *info = jx_obj(e->root, "connection_info");
	const json_t *debug = jx_obj(e->root, "debug_info");

	e->num_connections = at_least_0(jx_int(e->root, "num_connections"));
	e->lifetime_s = at_least_0(jx_int(debug, "approximate_connection_time"));
	/* Cut, it is nobody's id, and so is refused. */
	text_copy(e->app_id, sizeof(e->app_id), jx_str(info, "app_id"));
}

static void members_read(struct envelope *e)
{
	if (e->kind == ENVELOPE_HELLO) {
		hello_read(e);
	} else if (e->kind == ENVELOPE_DISCONNECT) {
		e->reason = reason_find(jx_str(e->root, "reason"));
	} else if (envelope_wants_ack(e->kind)) {
		e->accepts_payload = jx_bool(e->root, "accepts_response_payload");
		e->payload = jx_obj(e->root, "payload");
		e->retry_attempt = at_least_0(jx_int(e->root, "retry_attempt"));
	}
}

/* A string member; "" when there is none, false when there is one that we cannot hold. */
static bool member_copy(const json_t *root, const char *text, size_t n, const char *name,
			char dst[VENDOR_ID_SIZE])
{
	dst[0] = '\0';
	if (root) {
		return text_copy(dst, VENDOR_ID_SIZE, jx_str(root, name));
	}
	return salvage_member(text, n, name, dst, VENDOR_ID_SIZE);
}

bool envelope_parse(const char *text, size_t n, struct envelope *ret_e, struct fail *f)
{
	struct fail why = { .kind = FAIL_INVALID };
	struct envelope e = { .reason = DISCONNECT_OTHER };
	char type[VENDOR_ID_SIZE];

	e.root = salvage_parse(text, n, &why);
	if (!member_copy(e.root, text, n, "type", type)) {
		type[0] = '\0';
	}
	e.kind = kind_find(type);
	if (!type[0]) {
		fail_set(f, FAIL_INVALID, "%s", e.root ? "no 'type'" : why.msg);
		goto refuse;
	}
	if (!member_copy(e.root, text, n, "envelope_id", e.id)) {
		e.id[0] = '\0';
	}
	if (envelope_wants_ack(e.kind) && !e.id[0]) {
		fail_set(f, FAIL_INVALID, "no 'envelope_id' that can be acked");
		goto refuse;
	}
	members_read(&e);
	*ret_e = e;
	return true;

refuse:
	json_decref(e.root);
	return fail_wrap(f, "cannot read a frame");
}

void envelope_finish(struct envelope *e)
{
	if (!e) {
		return;
	}
	json_decref(e->root);
	e->root = NULL;
	e->payload = NULL;
}

bool envelope_ack_format(struct buf *out, const char *id, const char *payload)
{
	json_auto_t *text = json_string(id);
	char *quoted = text ? json_dumps(text, JSON_ENCODE_ANY) : NULL;
	bool ok = quoted && buf_add_str(out, "{\"envelope_id\":") &&
		  buf_add_str(out, quoted);

	if (ok && payload) {
		ok = buf_add_str(out, ",\"payload\":") && buf_add_str(out, payload);
	}
	free(quoted);
	return ok && buf_add_char(out, '}');
}
