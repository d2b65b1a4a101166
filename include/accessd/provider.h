/* SPDX-License-Identifier: Apache-2.0 */
/* A provider says what standing a person has in which live incident. One file implements
 * one provider (approver/provider_*.c). Rules 1-9 of shared/loop.h hold.
 *
 * Each provider keeps one snapshot of the live incidents, shared by all who ask at the
 * same time (single flight), fetched again when it is older than max_age. All pages are
 * read, every filter sent is checked again on what came back. A list that was not read to
 * its end, or could not be parsed, is no snapshot: the asker hears a failure, and no
 * answer is no grant. */
#ifndef ACCESSD_PROVIDER_H
#define ACCESSD_PROVIDER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/types.h"

struct http_client;
struct loop;
struct metrics;

/* Who asks, across the systems. The approver fills it (approver/identity.c). */
struct person {
	char slack_team[VENDOR_ID_SIZE];
	char slack[VENDOR_ID_SIZE];
	char email[EMAIL_SIZE]; /* verified, or from the map of the config; or "" */
	char incidentio[VENDOR_ID_SIZE]; /* only from the map of the config; or "" */
	char pagerduty[VENDOR_ID_SIZE];  /* likewise */
};

/* What one person holds in one incident. */
struct stand {
	char user[VENDOR_ID_SIZE];    /* the provider's own user id, never "" */
	uint32_t incident;            /* index into the snapshot's incidents */
	char role_id[VENDOR_ID_SIZE]; /* incident.io; "" for PagerDuty */
	char role_name[NAME_SIZE];
	bool reporter; /* the role that whoever declares an incident gets by itself */
	/* incident.io: no role, but they have posted an update; once for an incident */
	bool participant;
	/* PagerDuty: when they acknowledged; incident.io does not say: 0 */
	int64_t since_ms;
};

/* A live incident: category live and mode standard at incident.io; acknowledged or
 * triggered at PagerDuty. What a provider does not have is "" or 0. */
struct incident {
	char id[VENDOR_ID_SIZE];
	char reference[VENDOR_ID_SIZE]; /* "INC-204"; "#512" */
	char title[TITLE_SIZE];
	char url[URL_SIZE];
	int64_t created_ms;
	bool is_private; /* its name, number and title may be shown to nobody else */
	char creator
		/* user id of who declared or triggered it; "" when not a person or
		 * unknown */
		[VENDOR_ID_SIZE];
	bool creator_known; /* false: whether a person made it could not be found out */
	/* incident.io */
	bool has_severity;
	char severity_id[VENDOR_ID_SIZE];
	char severity_name[NAME_SIZE];
	int64_t severity_rank; /* grows with severity */
	char type_id[VENDOR_ID_SIZE];
	char type_name[NAME_SIZE];
	char slack_team[VENDOR_ID_SIZE];
	char slack_channel[VENDOR_ID_SIZE];
	/* PagerDuty */
	char service_id[VENDOR_ID_SIZE];
	char service_name[NAME_SIZE];
	char urgency[16];
	char escalation_policy[VENDOR_ID_SIZE];
};

/* Things that a policy may name instead of giving their id. */
struct catalog_item {
	char id[VENDOR_ID_SIZE];
	char name[NAME_SIZE];
	char shortform[NAME_SIZE]; /* roles; or "" */
	int64_t rank;              /* severities */
	bool reporter;             /* roles */
};

struct catalog {
	struct catalog_item *items;
	size_t n;
};

/* Never changes once it is handed out; approver/snapshot.h makes, counts and frees. */
struct snapshot {
	int64_t fetched_wall_ms;
	int64_t fetched_mono_ms;
	struct incident
		*incidents; /* in the order of the record: severest, oldest, by id */
	size_t n_incidents;
	struct stand *stands; /* sorted by user, then by incident */
	size_t n_stands;
	struct catalog roles;      /* incident.io */
	struct catalog severities; /* incident.io */
	/* incident.io: whether the stands of participants are all here; if not, why. It is
	 * known only when struct provider_env wants it. */
	bool participants_known;
	struct fail no_participants;
	unsigned refs;
};

/* Rows of PagerDuty's on-call list for the person. */
struct on_call {
	char escalation_policy[VENDOR_ID_SIZE];
	int64_t level;
};

/* A shift of the person's on one of PagerDuty's schedules. */
struct on_schedule {
	char id[VENDOR_ID_SIZE];
	char name[VENDOR_ID_SIZE]; /* cut, for people; or "" */
	int64_t start_ms;
	int64_t end_ms; /* 0: never, "the user does not go off-call" */
};

enum { ON_CALL_MAX = 64, ON_SCHEDULES_MAX = 32 };

struct standing_ask;

/* f->kind is not FAIL_NONE: could not ask, and f says why in words for people
 * ("incident.io: HTTP 503"). */
typedef void standing_cb(struct standing_ask *ask, const struct fail *f);

/* A question and, in cb, its answer. */
struct standing_ask {
	const struct person *who; /* in: borrowed until cb */
	bool want_on_call;        /* in: fill on_call and on_schedules as well */
	/* in: monotonic; better a snapshot that was begun then or later, 0: max_age is
	 * enough. A wish: when a crowd has it, max_age has to do for some. */
	int64_t newer_than_ms;
	standing_cb *cb;
	/* out, valid in cb with FAIL_NONE: */
	const struct snapshot
		*snapshot; /* a reference of the asker's own: snapshot_unref() it */
	char user
		/* the provider's id of `who`, or "": nobody there is them */
		[VENDOR_ID_SIZE];
	char why_no_user[CAUSE_SIZE]; /* then: why, in words for people */
	struct on_call *on_call;      /* n_on_call of them, the asker's to free() */
	size_t n_on_call;
	struct on_schedule *on_schedules; /* likewise */
	size_t n_on_schedules;
	struct standing_ask *next; /* the provider's own, as what follows */
	void *job;
	int64_t asked_ms;
	uint64_t drops;
	struct fail fail;
};

struct fate_ask;

/* FAIL_NONE: word says it. Else it could not be found out. */
typedef void fate_cb(struct fate_ask *ask, const struct fail *f);

/* What has become of one incident that is not among the live ones any more. */
struct fate_ask {
	char incident[VENDOR_ID_SIZE]; /* in: its id */
	bool live;            /* out: it is live all the same, and not shown to us */
	bool is_private;      /* out: it must not be named */
	char word[NAME_SIZE]; /* out: "was resolved" */
	fate_cb *cb;
	void *job; /* the provider's own */
};

struct provider;

/* How a provider is doing, for /readyz, metrics and logs. */
struct provider_health {
	bool ok;              /* the last fetch gave a snapshot */
	bool asked;           /* there was a fetch at all */
	int64_t age_ms;       /* of the snapshot, -1: none */
	char why[CAUSE_SIZE]; /* not ok: why */
};

/* Everything a provider needs; borrowed for its life. */
struct provider_env {
	struct loop *loop;
	struct http_client *http;
	struct metrics *metrics; /* may be NULL */
	const struct provider_config *config;
	bool want_participants; /* some policy counts those who posted updates */
	bool want_schedules;    /* some policy names schedules: fill on_schedules */
	/* PagerDuty: shifts that ended so long ago, or begin so soon, are wanted, too */
	int64_t window_before_s, window_after_s;
};

/* What a provider implements. Every member is mandatory, unless it says otherwise. */
struct provider_ops {
	const char *name; /* for people and logs: "incident.io" */
	const char *key;  /* in the config file and metrics: "incidentio" */

	bool (*open)(const struct provider_env *env, struct provider **ret_p,
		     struct fail *f);

	/* No question may be in flight any more. Accepts NULL. */
	void (*close)(struct provider *p);

	/* Find out what standing ask->who has. */
	void (*ask)(struct provider *p, struct standing_ask *ask);

	/* The same, if it can be told without reading anything: true, and `out` is filled
	 * as for cb, which is not called. False: ask() finds out. */
	bool (*know)(struct provider *p, struct standing_ask *ask);

	/* Forget the question; its cb does not fire any more. */
	void (*cancel)(struct provider *p, struct standing_ask *ask);

	/* Forget the snapshot and who is who: something changed over there. */
	void (*drop)(struct provider *p);

	/* Fetch a snapshot if there is none that is young enough, so that a first
	 * question is answered at once and /readyz knows. */
	void (*warm)(struct provider *p);

	/* Find out what became of an incident; what is asked in between may be answered
	 * with the same. NULL: what is not live was resolved. */
	void (*fate)(struct provider *p, struct fate_ask *ask);
	/* Forget the question; its cb does not fire any more. NULL with fate. */
	void (*fate_cancel)(struct provider *p, struct fate_ask *ask);

	void (*health)(const struct provider *p, struct provider_health *ret_h);
};

struct provider {
	const struct provider_ops *ops;
};

#endif
