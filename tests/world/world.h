/* SPDX-License-Identifier: Apache-2.0 */
/* The faked world: Slack, incident.io and PagerDuty on loopback ports, and the people who
 * use them. A test plays the people by these functions and looks at what came of it; the
 * program in main.c offers the same over HTTP, for a page and for benches.
 *
 * Everything is on the loop that it was opened with; the fields of the rows may be read
 * and changed at will between turns. Texts that are returned live as long as their row. */
#ifndef TESTS_WORLD_WORLD_H
#define TESTS_WORLD_WORLD_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/loop.h"
#include "tests/world/faults.h"

/* Rows never move; they are freed by world_close(). */
struct rows {
	void **items;
	size_t n;
	size_t room;
};

/* Iterate: rows_each(struct world_person, p, &w->people) { ... } */
#define rows_each(type, name, rows) \
	for (size_t name##_i = 0; name##_i < (rows)->n; name##_i++) \
		for (type *name = (rows)->items[name##_i]; name; name = NULL)

/* --- people ---------------------------------------------------------------------------- */

/* One human, with their row at each vendor. To begin with all three agree. */
struct world_person {
	char key[32]; /* what tests and the page call them: "ana" */
	char name[64];
	/* Slack */
	char slack[VENDOR_ID_SIZE];
	char team[VENDOR_ID_SIZE]; /* another one: Slack Connect */
	char email[EMAIL_SIZE];    /* "": absent */
	bool deleted;
	bool bot;
	bool restricted;
	bool ultra_restricted;
	bool stranger;
	bool email_unconfirmed;    /* is_email_confirmed: false */
	bool email_confirm_absent; /* and not said at all */
	/* incident.io */
	char incidentio[VENDOR_ID_SIZE]; /* "": no such user */
	char incidentio_slack[VENDOR_ID_SIZE];
	char incidentio_email[EMAIL_SIZE];
	bool incidentio_inactive;
	/* PagerDuty */
	char pagerduty[VENDOR_ID_SIZE]; /* "": no such user */
	char pagerduty_email[EMAIL_SIZE];
};

/* --- Slack ----------------------------------------------------------------------------- */

struct world_channel {
	char id[VENDOR_ID_SIZE];
	char name[NAME_SIZE];
	char user[VENDOR_ID_SIZE]; /* a DM with this user */
	bool is_private;
	bool archived;
	bool ext_shared;
	bool member; /* the bot is */
};

/* What people can see. Ended ones stay, with `deleted`. */
struct world_message {
	char channel[VENDOR_ID_SIZE];
	char ts[32];
	char to[VENDOR_ID_SIZE]; /* ephemeral: the only one who sees it; "": all */
	char by[VENDOR_ID_SIZE]; /* the bot's user id, or a person's */
	char via[32]; /* "chat.postMessage", "response_url", "ack", "typed", ... */
	char thread_ts[32];
	char *text;
	json_t *blocks; /* NULL: none */
	json_t *metadata;
	bool deleted;
	unsigned edits;
	uint64_t envelope; /* number of the envelope that it answers; 0: none known */
	int64_t posted_us;
	uint64_t version;
};

enum world_envelope_kind { ENV_COMMAND, ENV_ACTION, ENV_SUBMIT, ENV_CLOSED, ENV_EVENT };

/* Something that was sent over a socket, or would have been. */
struct world_envelope {
	uint64_t number; /* 1, 2, ... */
	char id[48];
	enum world_envelope_kind kind;
	char type[24];
	char trigger_id[64];
	char response_url[URL_SIZE];
	char user[VENDOR_ID_SIZE];
	char channel[VENDOR_ID_SIZE];
	char message_ts[32];
	char view_id[VENDOR_ID_SIZE];
	json_t *payload;
	bool accepts;
	unsigned retry_attempt;
	unsigned sent;   /* how often */
	unsigned socket; /* the number of the last one; 0: nobody was there */
	unsigned acks;
	unsigned ack_socket;   /* of the first ack */
	json_t *ack_payload;   /* of the first ack; NULL: none */
	int64_t sent_us;       /* real monotonic time, when first sent */
	int64_t ack_us;        /* likewise, when first acked */
	int64_t first_word_us; /* likewise, when the first answer was seen; 0: not yet */
	int64_t sent_ms;       /* the loop's clock */
	bool decided;          /* an answer has opened with Granted or Not granted */
};

/* An open modal, or a home tab. */
struct world_view {
	char id[VENDOR_ID_SIZE];
	char root[VENDOR_ID_SIZE];
	char previous[VENDOR_ID_SIZE];
	char user[VENDOR_ID_SIZE];
	bool home;
	bool open;
	unsigned revision; /* makes the hash */
	json_t *view;      /* as the app gave it */
	json_t *errors;    /* block_id -> text, of the last submission; NULL: none */
};

/* --- incident.io ----------------------------------------------------------------------- */

struct world_role {
	char id[VENDOR_ID_SIZE];
	char name[NAME_SIZE];
	char shortform[NAME_SIZE];
	char type[32]; /* "lead", "reporter", "custom" */
};

struct world_severity {
	char id[VENDOR_ID_SIZE];
	char name[NAME_SIZE];
	int rank;
};

enum { WORLD_ROLES_MAX = 12, WORLD_UPDATES_MAX = 16, WORLD_ACKS_MAX = 8 };

struct world_incident {
	char id[VENDOR_ID_SIZE];
	unsigned number; /* reference INC-<number> */
	char name[TITLE_SIZE];
	char mode[32];       /* "standard" */
	char visibility[32]; /* "public" */
	char category[32];   /* "live" */
	char status[NAME_SIZE];
	char severity[VENDOR_ID_SIZE]; /* an id; "": absent */
	char type[VENDOR_ID_SIZE];     /* an id; "": absent */
	char creator[VENDOR_ID_SIZE];  /* a person's incident.io id; "": an alert */
	char channel[VENDOR_ID_SIZE];
	int64_t created_ms;
	int64_t updated_ms;
	size_t n_roles;
	struct {
		char role[VENDOR_ID_SIZE];
		char person[VENDOR_ID_SIZE]; /* incident.io id; "": unassigned */
		bool no_slack;               /* the assignee without slack_user_id */
		bool no_email;               /* and without email */
	} roles[WORLD_ROLES_MAX];
	size_t n_updates;
	struct {
		char kind[16];           /* of the updater: "user", "api_key", ... */
		char id[VENDOR_ID_SIZE]; /* a person's incident.io id, or a machine's */
		int64_t at_ms;
	} updates[WORLD_UPDATES_MAX];
};

/* --- PagerDuty ------------------------------------------------------------------------- */

struct world_service {
	char id[VENDOR_ID_SIZE];
	char name[NAME_SIZE];
	char policy[VENDOR_ID_SIZE]; /* its escalation policy */
};

struct world_page {
	char id[VENDOR_ID_SIZE];
	unsigned number;
	char title[TITLE_SIZE];
	char status[32];  /* "triggered", "acknowledged", "resolved" */
	char urgency[16]; /* "high" */
	char service[VENDOR_ID_SIZE];
	char trigger_type[48]; /* the agent of the trigger log entry */
	char trigger_id[VENDOR_ID_SIZE];
	int64_t created_ms;
	int64_t changed_ms;
	bool acks_null; /* "acknowledgements": null */
	size_t n_acks;
	struct {
		char type[48]; /* "user_reference" */
		char id[VENDOR_ID_SIZE];
		int64_t at_ms;
	} acks[WORLD_ACKS_MAX];
};

struct world_oncall {
	char user[VENDOR_ID_SIZE];
	char policy[VENDOR_ID_SIZE];
	int level;
	char schedule[VENDOR_ID_SIZE]; /* "": none, always on call */
	char schedule_name[NAME_SIZE];
	int64_t start_ms, end_ms; /* both 0: a day before and after now */
};

/* --- the provisioner's target ----------------------------------------------------------- */

/* Who has what, and how often that was said. Rows stay when access is gone. */
struct world_hold {
	char user[VENDOR_ID_SIZE]; /* Slack id */
	char target[NAME_SIZE];    /* the target's id */
	bool has;
	int64_t until_ms;         /* when it is to end, as it was told last */
	unsigned grants, revokes; /* calls that said so */
	int64_t changed_ms;
};

/* --- the world ------------------------------------------------------------------------- */

/* An HTTP call that came in. Tokens are not kept. */
struct world_call {
	uint64_t number;
	char name[96]; /* "chat.postMessage", "GET /v2/incidents", "response_url", ... */
	char query[512];
	char *body; /* the first 64 KiB */
	int status; /* of the reply; 0: none was sent (yet) */
	int64_t at_ms;
};

struct world_options {
	const char *address; /* of the HTTP port; NULL: "127.0.0.1:0" */
	const char *ws_address;
	const char *cert; /* PEM files for both ports; NULL: plain */
	const char *key;
	/* The host in the URLs that are handed out, when a certificate's name has to
	 * match; NULL: "127.0.0.1". */
	const char *host;
};

struct slack_world;
struct web;
struct web_request;

struct world {
	struct loop *loop;
	/* Where the vendors are; each ends in '/'. */
	char slack_url[128];
	char incidentio_url[128];
	char pagerduty_url[128];
	char provisioner_url[128];
	char base_url[128];
	char ws_url[128];

	/* What they accept. */
	char app_token[96];
	char bot_token[96];
	char incidentio_key[96];
	char pagerduty_key[96];
	char provisioner_secret[96];
	char scopes[512];     /* of the bot token */
	char app_scopes[128]; /* of the app token */
	char team[VENDOR_ID_SIZE];
	char app_id[VENDOR_ID_SIZE];
	char bot_user[VENDOR_ID_SIZE];
	char bot_id[VENDOR_ID_SIZE];
	char command[64]; /* "/access" */
	char signing_secret[64];
	/* Where the app wants to be posted to, in the place of sockets; "": it dials */
	char app_url[128];
	char roles_of_key[128]; /* what /v1/identity says of the incident.io key */

	struct slack_knobs slack_knobs;
	struct incidentio_knobs incidentio_knobs;
	struct pagerduty_knobs pagerduty_knobs;

	struct rows people;
	struct rows channels;
	struct rows messages;
	struct rows envelopes;
	struct rows views;
	struct rows roles;
	struct rows severities;
	struct rows incidents;
	struct rows services;
	struct rows pages;
	struct rows oncalls;
	struct rows holds;
	char strange[128]; /* what was odd about a call to the provisioner, or "" */
	struct rows calls;
	struct rows faults;

	uint64_t version; /* grows with every change that people can see */
	void (*on_change)(struct world *w); /* may be NULL */

	/* private */
	struct web *http;
	struct web *ws;
	struct slack_world *slack;
	struct control *control;
	struct web_request *delayed;
	uint64_t serial;
	int64_t last_ts_us;
	char *host;
	bool tls;
};

/* With the people ana, bob, cara, dan (a guest) and eve (of another team), the channels
 * #inc-room, #ops, #general and some odd ones, four roles, three severities, two services
 * and their on-calls; no incident, no page. */
bool world_open(struct loop *l, const struct world_options *opts, struct world **ret_w,
		struct fail *f);
void world_close(struct world *w); /* accepts NULL */

/* Forget messages, calls, faults, incidents and pages, set all knobs back; the sockets
 * stay. People and channels are made anew. */
void world_reset(struct world *w);

/* Refuse connections to a port from now on. */
void world_stop_http(struct world *w);
void world_stop_ws(struct world *w);

int64_t world_now_ms(const struct world *w); /* wall, the loop's clock */
int64_t world_now_us(void);                  /* real, monotonic: for latencies */

void *rows_add(struct rows *r, size_t size); /* zeroed */

/* Something that people can see has changed. */
void world_touch(struct world *w);

/* --- looking up: NULL when there is none ------------------------------------------------ */

/* By key, Slack, incident.io or PagerDuty id. */
struct world_person *world_person(const struct world *w, const char *who);
struct world_channel *world_channel(const struct world *w, const char *id_or_name);
struct world_role *world_role(const struct world *w, const char *id_or_name);
struct world_severity *world_severity(const struct world *w, const char *id_or_name);
struct world_incident *world_incident(const struct world *w, const char *id_or_ref);
struct world_service *world_service(const struct world *w, const char *id_or_name);
struct world_page *world_page(const struct world *w, const char *id_or_number);
struct world_envelope *world_envelope(const struct world *w, const char *id);
struct world_message *world_message(const struct world *w, const char *channel,
				    const char *ts);
struct world_view *world_view(const struct world *w, const char *id);

struct world_person *world_add_person(struct world *w, const char *key, const char *name);
struct world_channel *world_add_channel(struct world *w, const char *id,
					const char *name);
struct world_role *world_add_role(struct world *w, const char *name, const char *type);
struct world_service *world_add_service(struct world *w, const char *id, const char *name,
					const char *policy);

/* --- people at Slack -------------------------------------------------------------------- */

/* Type the command in a channel. text as typed; it is escaped as Slack does. The envelope
 * goes to one live socket; `socket` stays 0 when there is none, as when Slack says
 * dispatch_failed. Never NULL. */
struct world_envelope *world_command(struct world *w, const char *who,
				     const char *channel, const char *text);

/* Press a button (or choose an option: value) of a message that they can see. NULL when
 * there is no such message or element. */
struct world_envelope *world_press(struct world *w, const char *who, const char *ts,
				   const char *action_id, const char *value);

/* Press one in an open view. */
struct world_envelope *world_press_view(struct world *w, const char *view_id,
					const char *action_id, const char *value);

/* Submit an open modal; values: block_id -> action_id -> the element's state, or the
 * plain string that was typed or chosen. values is borrowed. */
struct world_envelope *world_submit(struct world *w, const char *view_id,
				    const json_t *values);
/* Close it. An envelope only with notify_on_close, else NULL. */
struct world_envelope *world_dismiss(struct world *w, const char *view_id);

struct world_envelope *world_open_home(struct world *w, const char *who);

/* Any event or interaction; payload is taken over. */
struct world_envelope *world_send(struct world *w, const char *type, json_t *payload,
				  unsigned retry_attempt);

/* Send an envelope once more: with the same id, or (new_id) as a new one with the same
 * payload, as Slack does after a timeout. */
struct world_envelope *world_resend(struct world *w, struct world_envelope *e,
				    bool new_id);

/* Any text to one live socket, as it is. */
bool world_send_raw(struct world *w, const char *text, size_t n);

/* What the one who did it alone is told in answer: the text of the ack, or of the newest
 * ephemeral message at the response_url; "": nothing so far. */
const char *world_answer(const struct world *w, const struct world_envelope *e);

/* What the app's URL replied last; 0: nothing. */
int world_last_status(const struct world *w);

/* --- sockets ---------------------------------------------------------------------------- */

size_t world_sockets(const struct world *w); /* that have got their hello */
size_t world_streams(const struct world *w); /* TCP connections, the closed ones too */
unsigned world_newest_socket(const struct world *w);
size_t world_acks_on(const struct world *w, unsigned socket);
size_t world_strange_frames(const struct world *w); /* that were no acks */
size_t world_strange_acks(const struct world *w);   /* of ids that were never sent */
int world_last_close_code(const struct world *w);   /* that a client sent, or we had to */
unsigned world_last_pongs(const struct world *w);   /* from the newest socket */

/* Send disconnect on all sockets (0) or one by number, and close it as Slack would: after
 * a warning 10 s later, after refresh_requested 2 s, else at once. */
void world_disconnect(struct world *w, unsigned socket, const char *reason);

enum world_cut {
	WORLD_CUT_TCP,  /* gone without a CLOSE */
	WORLD_CUT_FIN,  /* half-closed: FIN, and reading on */
	WORLD_CUT_CLOSE /* CLOSE 1000, TCP stays */
};
void world_cut(struct world *w, unsigned socket, enum world_cut how);

/* --- incident.io ------------------------------------------------------------------------ */

/* By a person ("": by an alert), who becomes its reporter; severity by name or "". */
struct world_incident *world_declare(struct world *w, const char *who, const char *name,
				     const char *severity);
/* who "": nobody holds it. False: no such person or role, or no room. */
bool world_take_role(struct world *w, struct world_incident *i, const char *role,
		     const char *who);
void world_leave_role(struct world *w, struct world_incident *i, const char *role,
		      const char *who);
void world_set_category(struct world *w, struct world_incident *i, const char *category);
void world_set_severity(struct world *w, struct world_incident *i, const char *severity);
/* kind "user": by a person, who is then a participant; "api_key", "workflow", "alert": by
 * a machine. False: no such person, or no room. */
bool world_post_update(struct world *w, struct world_incident *i, const char *kind,
		       const char *who);
/* n more live ones that name nobody. They are listed before what is there: newest
 * first. */
void world_fill_incidents(struct world *w, size_t n);

/* --- PagerDuty -------------------------------------------------------------------------- */

struct world_page *world_trigger(struct world *w, const char *service, const char *title);
bool world_ack(struct world *w, struct world_page *p, const char *who);
void world_unack(struct world *w, struct world_page *p); /* also by timeout, reassign */
void world_resolve_page(struct world *w, struct world_page *p);
void world_fill_pages(struct world *w, size_t n); /* acknowledged by nobody known */

/* --- the provisioner -------------------------------------------------------------------- */

/* Whether who has the target (by its id) now; and how many hold anything. Its calls are
 * "POST /provisioner". */
bool world_holds(const struct world *w, const char *who, const char *target);
size_t world_held(const struct world *w);

/* --- faults and what came in ------------------------------------------------------------ */

/* Copied. Newer ones win. */
void world_fault(struct world *w, const struct world_fault *fault);
void world_clear_faults(struct world *w);

/* How often a call came in: "chat.postMessage", "GET /v2/incidents", "GET /users",
 * "GET /v2/incidents/:id", "response_url", "socket" (upgrades). */
size_t world_count(const struct world *w, const char *call);
const struct world_call *world_last_call(const struct world *w, const char *call);

/* Messages in a channel that a person can see ("" for both: all), deleted ones and
 * typed commands left out. Fills at most max, oldest first; returns how many there are. */
size_t world_messages(const struct world *w, const char *channel, const char *who,
		      struct world_message **ret, size_t max);
/* The newest message that has `part` in its text or blocks and that who can see. */
struct world_message *world_find_message(const struct world *w, const char *who,
					 const char *part);
/* How many of them there are. */
size_t world_count_messages(const struct world *w, const char *who, const char *part);

#endif
