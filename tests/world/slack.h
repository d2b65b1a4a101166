/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the faked Slack share. */
#ifndef TESTS_WORLD_SLACK_H
#define TESTS_WORLD_SLACK_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/world/vendor.h"
#include "tests/world/world.h"
#include "tests/world/ws_server.h"

/* A Socket Mode connection, from its upgrade until its stream is gone. */
struct slack_socket {
	struct ws_peer peer;
	struct world *world;
	struct slack_socket *next;
	unsigned number;
	bool helloed;
	bool leaving; /* a disconnect was sent */
	bool closed;  /* no longer registered */
	unsigned unanswered_pings;
	size_t acks;
	int64_t lifetime_s;
	struct loop_timer hello;
	struct loop_timer ping;
	struct loop_timer leave;
	struct loop_timer life;
};

/* What apps.connections.open has handed out. */
struct slack_ticket {
	char text[64];
	int64_t at_ms; /* monotonic */
	bool used;
};

struct slack_trigger {
	char id[64];
	char user[VENDOR_ID_SIZE];
	int64_t at_ms; /* monotonic */
	bool used;
};

/* Where a response_url leads to. */
struct slack_hook {
	char path[160];
	char user[VENDOR_ID_SIZE];
	char channel[VENDOR_ID_SIZE];
	char message_ts[32]; /* what replace_original means */
	uint64_t envelope;
	int64_t at_ms; /* monotonic */
	unsigned uses;
};

struct http_client;
struct slack_post_out;

struct slack_world {
	struct slack_socket *sockets;
	unsigned n_sockets; /* ever: the newest one's number */
	unsigned turn;      /* of the round robin */
	struct rows tickets;
	struct rows triggers;
	struct rows hooks;
	size_t strange_frames;
	size_t strange_acks;
	int last_close;
	struct http_client *out;      /* to the app's URL */
	struct slack_post_out *posts; /* on their way there */
	long last_status;             /* of the last reply from there */
};

/* --- sockets -------------------------------------------------------------------------- */

void slack_upgrade(struct world *w, struct web_request *r);
/* The URL to dial, with a new ticket. */
void slack_ticket_make(struct world *w, char *dst, size_t size);
/* Sockets that count against the limit, without ghosts. */
unsigned slack_registered(const struct world *w);
/* Send one text frame to one of the live sockets, by the knobs; its number, or 0. */
unsigned slack_route(struct world *w, const char *text, size_t n);
void slack_redeliver(struct world *w);

/* --- envelopes ------------------------------------------------------------------------ */

void slack_on_frame(struct slack_socket *s, const char *text, size_t n);
struct world_envelope *slack_envelope(struct world *w, enum world_envelope_kind kind,
				      const char *type, bool accepts);
/* Give e its payload and send it. */
void slack_deliver(struct world *w, struct world_envelope *e, json_t *payload);
void slack_on_ack(struct world *w, struct world_envelope *e);
/* It was acked, on a socket of this number; payload: with this, or NULL. */
void slack_acked(struct world *w, struct world_envelope *e, json_t *payload,
		 unsigned socket);
/* Post it to the app's URL instead; the ack follows. */
void slack_post_send(struct world *w, struct world_envelope *e);
void slack_posts_forget(struct world *w);

void slack_trigger_make(struct world *w, const char *user, char *dst, size_t size);
/* NULL and *ret_error when it may not be used; else it is used up. */
struct slack_trigger *slack_trigger_use(struct world *w, const char *id,
					const char **ret_error);
struct slack_hook *slack_hook_make(struct world *w, struct world_envelope *e,
				   const char *kind);

/* --- messages ------------------------------------------------------------------------- */

/* What an app may say: text, blocks, thread_ts, metadata. Fields are borrowed. */
struct slack_words {
	const char *channel;
	const char *to; /* "": everybody */
	const char *via;
	const char *thread_ts;
	const json_t *args;
	uint64_t envelope;
};

struct world_message *slack_post(struct world *w, const struct slack_words *say);
void slack_edit(struct world *w, struct world_message *m, const json_t *args);
/* As the Web API and payloads show it; new reference. */
json_t *slack_message_json(const struct world *w, const struct world_message *m);
/* NULL, or Slack's word for what is wrong with a message's text and blocks; *ret_hint
 * (to be freed) says where. */
const char *slack_words_check(const json_t *args, char **ret_hint);
/* Likewise for a view. */
const char *slack_view_check(const json_t *view, char **ret_hint);
/* Blocks that carry block_ids and action_ids; new reference or NULL. */
json_t *slack_blocks_copy(struct world *w, const json_t *blocks);

/* The IM channel with a user. */
struct world_channel *slack_im(struct world *w, const char *user);
json_t *slack_view_json(const struct world *w, const struct world_view *v);
struct world_view *slack_view_add(struct world *w, const char *user, const json_t *view);
void slack_view_set(struct world *w, struct world_view *v, const json_t *view);
json_t *slack_user_ref(const struct world *w, const char *user);

/* --- Web API -------------------------------------------------------------------------- */

struct slack_args {
	struct world *world;
	json_t *args;
	const char *error; /* out: Slack's word, NULL: ok */
	char *hint;        /* out: response_metadata.messages[0], to be freed */
	json_t *reply;     /* in: an object with ok; out: more members */
};

void slack_auth_test(struct slack_args *a);
void slack_chat_post(struct slack_args *a);
void slack_chat_update(struct slack_args *a);
void slack_chat_ephemeral(struct slack_args *a);
void slack_chat_delete(struct slack_args *a);
void slack_conversations_info(struct slack_args *a);
void slack_conversations_join(struct slack_args *a);
void slack_conversations_open(struct slack_args *a);
void slack_connections_open(struct slack_args *a);
void slack_reactions_add(struct slack_args *a);
void slack_usergroups_users(struct slack_args *a);
void slack_users_info(struct slack_args *a);
void slack_users_by_email(struct slack_args *a);
void slack_views_open(struct slack_args *a);
void slack_views_push(struct slack_args *a);
void slack_views_publish(struct slack_args *a);
void slack_views_update(struct slack_args *a);

#endif
