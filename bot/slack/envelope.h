/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack sends over a Socket Mode connection, as a checked struct. Pure. */
#ifndef BOT_SLACK_ENVELOPE_H
#define BOT_SLACK_ENVELOPE_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"

enum envelope_kind {
	ENVELOPE_HELLO,
	ENVELOPE_DISCONNECT,
	ENVELOPE_SLASH,       /* "slash_commands" */
	ENVELOPE_INTERACTIVE, /* "interactive" */
	ENVELOPE_EVENT,       /* "events_api" */
	/* never acked: a peer that echoes would make an endless ping-pong */
	ENVELOPE_UNKNOWN,
	ENVELOPE_MAX
};

enum disconnect_reason {
	DISCONNECT_WARNING,
	DISCONNECT_REFRESH,
	DISCONNECT_TOO_MANY,
	DISCONNECT_LINK_DISABLED,
	DISCONNECT_OTHER
};

struct envelope {
	enum envelope_kind kind;
	char id[VENDOR_ID_SIZE]; /* envelope_id, or "" */
	bool accepts_payload;    /* an ack may carry an answer */
	/* borrowed from `root`; NULL: there was none that can be read */
	json_t *payload;
	int64_t retry_attempt; /* events: 0 first */
	/* hello */
	int64_t num_connections;
	int64_t lifetime_s; /* approximate_connection_time, 0: not said */
	char app_id[VENDOR_ID_SIZE];
	/* disconnect */
	enum disconnect_reason reason;
	json_t *root; /* owned */
};

/* A frame whose id and type could be made out is an envelope even when the rest cannot be
 * read (payload NULL): it must be acked, or Slack sends it for ever. What strict JSON
 * refuses inside of texts (lone surrogates, NUL) is replaced by U+FFFD, so that whoever
 * typed it gets an answer. False: not even id and type; skip it. */
bool envelope_parse(const char *text, size_t n, struct envelope *ret_e, struct fail *f);
void envelope_finish(struct envelope *e); /* NULL is fine */

/* The word for a kind, as in metrics and logs: "slash". Never NULL. */
const char *envelope_word(enum envelope_kind kind);

/* Whether Slack waits for an ack of this kind: slash, interactive, event. */
bool envelope_wants_ack(enum envelope_kind kind);

/* Append {"envelope_id":"..."}, with payload (JSON text, or NULL) in it. False: it does
 * not fit into out, whose content is then useless. */
bool envelope_ack_format(struct buf *out, const char *id, const char *payload);

/* A slash command's payload. Texts are borrowed from the JSON; "" when absent. */
struct slash_command {
	const char *team_id;
	const char *enterprise_id;
	const char *channel_id;
	const char *channel_name;
	const char *user_id;
	const char *command;
	const char *text;
	const char *api_app_id;
	const char *response_url;
	const char *trigger_id;
	bool enterprise_install; /* the vendor writes it as a string or as a bool */
};

/* Whether it comes from an install for a whole organization, which could name any team. */
bool payload_is_enterprise(const json_t *payload);

/* Who, where and which command must be there; user and team are what decides later. */
bool slash_command_read(const json_t *payload, struct slash_command *ret_c,
			struct fail *f);

#endif
