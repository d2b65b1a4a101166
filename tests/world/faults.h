/* SPDX-License-Identifier: Apache-2.0 */
/* What can be made to go wrong in the faked world: one table for HTTP calls, one set of
 * knobs per vendor. All zero is a good day, but for the few that say otherwise. */
#ifndef TESTS_WORLD_FAULTS_H
#define TESTS_WORLD_FAULTS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/types.h"

/* --- HTTP calls, of all vendors ---------------------------------------------------- */

/* Symbol, and the word that the control API takes. */
/* clang-format off */
#define WORLD_FAULT_KINDS(X)                                                          \
	X(WORLD_STATUS,    "status")    /* this HTTP status, with the vendor's error body */ \
	X(WORLD_ERROR,     "error")     /* Slack's HTTP 200, ok:false and this error */      \
	X(WORLD_LIMIT,     "limit")     /* 429 with this Retry-After, "" for none */         \
	X(WORLD_DELAY,     "delay")     /* carried out and answered delay_ms later */        \
	X(WORLD_MUTE,      "mute")      /* taken, never answered */                          \
	X(WORLD_DROP,      "drop")      /* taken, not carried out, connection closed */      \
	X(WORLD_DROP_DONE, "drop_done") /* carried out, connection closed */                 \
	X(WORLD_GARBAGE,   "garbage")   /* bytes that are not HTTP */                        \
	X(WORLD_HTML,      "html")      /* 200 with a page of HTML */                        \
	X(WORLD_HALF,      "half")      /* half of the body, connection closed */            \
	X(WORLD_CUT,       "cut")       /* half of the body, announced as if it were all */  \
	X(WORLD_HUGE,      "huge")      /* a reply of 2 MiB, good JSON */                    \
	X(WORLD_BODY,      "body")      /* this very body, with `status` or 200 */
/* clang-format on */

enum world_fault_kind {
#define WORLD_FAULT_ENUM(symbol, word) symbol,
	WORLD_FAULT_KINDS(WORLD_FAULT_ENUM)
#undef WORLD_FAULT_ENUM
		WORLD_FAULT_MAX
};

struct world_fault {
	/* The call's name as in world_count(), or a start of it and '*'. */
	char call[96];
	enum world_fault_kind kind;
	int status;
	char error[64];
	char retry_after[64];
	int64_t delay_ms;
	const char *body; /* WORLD_BODY: borrowed while the fault is set */
	unsigned skip;    /* let so many calls pass first */
	unsigned times;   /* then hit so many; 0: until cleared */
	/* private */
	bool counted;
	char *own_body;
};

/* --- Slack's Socket Mode -------------------------------------------------------------- */

struct slack_knobs {
	/* opening */
	int64_t ticket_ms;  /* a ticket's life; 30 s to begin with */
	int upgrade_status; /* answer the upgrade with this instead of 101 */
	bool upgrade_mute;  /* take the upgrade, never answer */
	int64_t hello_ms;   /* delay of the hello */
	bool hello_never;
	int64_t lifetime_s;   /* approximate_connection_time, kept to; 18060 */
	unsigned ghosts;      /* registrations of dead sockets; they count, and with */
	bool ghosts_eat;      /* this they get their share of the payloads */
	unsigned sockets_max; /* 10 */
	/* living */
	int64_t ping_ms;  /* server pings; 15 s */
	bool no_pong;     /* client pings stay unanswered */
	bool mute;        /* sockets send nothing at all, and swallow what comes */
	size_t pieces;    /* fragments per frame sent; 0, 1: whole */
	size_t padding;   /* bytes that each envelope is larger by */
	size_t frame_max; /* of the client; 20480 */
	bool redeliver;   /* send what is not acked again at each new hello */
	unsigned copies;  /* send each envelope so many times more, same id */
	unsigned socket;  /* send to this socket only, by number; 0: round robin */
	bool tcp_closes;  /* close TCP after the close handshake: Slack does not */
	/* payloads */
	bool enterprise_install_bool; /* is_enterprise_install as bool, not string */
};

/* --- incident.io ---------------------------------------------------------------------- */

struct incidentio_knobs {
	bool ignore_filters;
	size_t page_cap;     /* rows per page at most; 250 */
	bool after_repeats;  /* every page names the same `after` */
	bool after_missing;  /* pagination_meta without `after` */
	bool after_always;   /* also on the last page; an empty page follows */
	bool no_meta;        /* no pagination_meta at all */
	char wrong_user[64]; /* users?slack_user_id= returns this person instead */
};

/* --- PagerDuty ------------------------------------------------------------------------ */

struct pagerduty_knobs {
	bool ignore_filters;
	size_t page_cap;  /* rows per page at most; 100 */
	bool more_always; /* `more` is true on every page */
	bool no_abilities;
};

#endif
