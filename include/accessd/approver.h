/* SPDX-License-Identifier: Apache-2.0 */
/* What may be asked of the approval service. Rules 1-9 of shared/loop.h hold. */
#ifndef ACCESSD_APPROVER_H
#define ACCESSD_APPROVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/notifier.h"
#include "accessd/provider.h"
#include "accessd/store.h"
#include "accessd/types.h"

struct approver;
struct directory;
struct http_client;
struct loop;
struct metrics;
struct notifier;

/* All borrowed for the approver's life. */
struct approver_env {
	/* For the command line beside a service, or without one: deeds of the operator are
	 * recorded, and that is all; what follows from them is the service's. Then only
	 * loop and config are needed. */
	bool only_record;
	struct loop *loop;
	struct http_client *http;
	struct metrics *metrics; /* may be NULL */
	struct notifier *notifier;
	struct directory *directory; /* NULL without Slack: nobody asks there */
	const struct config *config;
};

/* Say what is wrong with resources, policies, provisioners and people: duplicate names, a
 * policy that matches no resource or asks for nothing, a duration over its maximum, a
 * provider that is used but not configured; and with the ledger's kind. No I/O. */
bool approver_check(const struct config *c, struct fail *f);

/* Opens the ledger and carries on what was open when it was closed: requests that were
 * not decided are, overdue grants end, unsent messages are sent. */
bool approver_open(const struct approver_env *env, struct approver **ret_a,
		   struct fail *f);

/* Decisions and messages in flight stay in the ledger for the next start; callbacks of
 * asks that were not answered fire with FAIL_CANCELLED. Accepts NULL. */
void approver_close(struct approver *a);

/* Use another config from now on. It was checked; the old one may be freed when this
 * returns true. On failure the old one stays in use. */
bool approver_reload(struct approver *a, const struct config *c, struct fail *f);

/* Have every provider fetch a snapshot, so that the first question is answered at once. */
void approver_warm(struct approver *a);

/* Whether another ask can be taken in: not too many are being decided. */
bool approver_has_room(const struct approver *a);

/* --- ask for access ------------------------------------------------------------ */

struct ask;

/* FAIL_NONE: the request is in the ledger, and what follows reaches the person by the
 * notifier. FAIL_UNCERTAIN: nobody could find out for a minute; if it is there, it will be
 * decided. Else nothing was asked: FAIL_LEDGER and FAIL_BUSY say that it cannot be
 * recorded now. */
typedef void ask_cb(struct ask *ask, const struct fail *f);

struct ask {
	struct request_row row; /* in: all but id, state, *_ms and policy */
	const char *keys
		/* in: what makes a second delivery the same request: envelope id,
		 * trigger id */
		[2];
	bool duplicate; /* out: it was asked before; nothing new happens */
	ask_cb *cb;
	struct store_op op; /* the approver's own, as what follows */
	struct approver *approver;
	struct ask *next;
	unsigned unsure; /* how often it was tried without an end to the doubt */
};

void approver_ask(struct approver *a, struct ask *ask);

/* --- do something to what is held ------------------------------------------------- */

struct deed;

/* FAIL_NONE: done, and durable. FAIL_DENIED: they may not. FAIL_NOT_FOUND: there is no such
 * grant, or there are several. FAIL_CONFLICT: it has ended, or somebody was quicker. Any
 * other: it could not be found out, or not be recorded. d->said says it for them. */
typedef void deed_cb(struct deed *d, const struct fail *f);

/* What a person, or an operator on the command line, does to grants. Who it is and what
 * they may is checked afresh each time; so is what they do it to. */
struct deed {
	char team[VENDOR_ID_SIZE]; /* in: whose deed it is */
	char user[VENDOR_ID_SIZE]; /* in: "": the operator's, who may do anything */
	char channel[VENDOR_ID_SIZE];
	char reply_url[URL_SIZE]; /* in: where they may be answered; or "" */
	/* in: (part of) a grant's id, its resource, or its incident */
	char target[NAME_SIZE];
	/* in: revoke by the operator: all must fit; NULL or "": any */
	const char *person, *resource, *incident;
	int64_t for_s;         /* in: extend: by how much; 0: as the policy has it */
	char why[REASON_SIZE]; /* in */
	bool on;               /* in: freeze */
	bool revoke_all;       /* in: freeze: and end all there are */
	const char *keys[2];   /* in: again, extend: as in struct ask */
	deed_cb *cb;
	char said[NOTICE_TEXT_SIZE]; /* out: what to tell them, whatever became of it */
	size_t n;                    /* out: how many grants it did something to */
	void *job;                   /* the approver's own */
};

/* End them: the holder gives theirs back; an admin, or the operator, takes any back. */
void approver_release(struct approver *a, struct deed *d);
void approver_revoke(struct approver *a, struct deed *d);

/* Have it for longer: decided on as if it were asked for now, for the whole time from its
 * first start on. By its holder. */
void approver_extend(struct approver *a, struct deed *d);

/* Keep it to its end although what it rests on is gone, if the policy has it. By its
 * holder, with a reason. */
void approver_keep(struct approver *a, struct deed *d);

/* No new grants, or again; durable. By an admin, or the operator. */
void approver_freeze(struct approver *a, struct deed *d);

/* Ask again for what was denied, with the same words: target is the request's whole id. By
 * whoever asked. What becomes of it reaches them by the notifier. */
void approver_again(struct approver *a, struct deed *d);

/* --- ask for a decision, and carry it out elsewhere ------------------------------- */

enum { DECISION_RESOURCES_MAX = 32 };

enum decision_outcome {
	DECISION_GRANTED,
	DECISION_DENIED,
	DECISION_COULD_NOT_ASK, /* not granted, as somebody did not answer */
};

struct decision;

/* FAIL_NONE: decided, and durable. Else nothing was decided: FAIL_LEDGER, FAIL_BUSY and
 * FAIL_UNCERTAIN say that it cannot be recorded now; FAIL_CANCELLED: the service stops;
 * FAIL_INVALID: a key is too long. */
typedef void decision_cb(struct decision *d, const struct fail *f);

/* Another platform asks what the policies say of somebody, and gives and takes the access
 * itself: there is a request in the ledger, decided at once, but no grant and no message.
 * The same rules as for ask; identity is what the platform vouches for. */
struct decision {
	struct request_row row; /* in: all but id, state, *_ms and policy */
	/* in: what makes a second delivery the same request, at most 255 bytes each; NULL:
	 * nothing. When somebody did not answer they are not kept: whoever asks again is
	 * decided afresh. */
	const char *keys[2];
	struct person who; /* in: the config's map of people is laid over it */
	/* in: who else is named, borrowed until cb; each has to pass as well, and none of
	 * them gets it for longer than the others */
	const struct person *others;
	size_t n_others;
	/* in: names, copied; all have to pass */
	const char *resources[DECISION_RESOURCES_MAX];
	size_t n_resources;
	/* in: why nothing is given, whatever the policies say; NULL: it is for them to say */
	const char *refused;
	int64_t at_most_s;  /* in: it is given for no longer; 0: what the policy gives */
	const char *policy; /* in: this one alone may grant; NULL or "": any */
	int64_t within_ms;  /* in: for how long others may be waited for; 0: 10 s */
	decision_cb *cb;
	struct request *job; /* the approver's own, as what follows */
	char *names;

	/* out, valid in cb with FAIL_NONE: */
	/* a key was seen before: row.id and row.state are the old one's, all else is what
	 * would be decided now */
	bool duplicate;
	enum decision_outcome outcome;
	int64_t decided_ms;
	int64_t for_s;               /* granted: the shortest of what was granted */
	char policy_name[NAME_SIZE]; /* that decided, or "" */
	char provider[16];           /* granted: its key */
	char provider_user[VENDOR_ID_SIZE]; /* granted: who they are there */
	/* granted: what it rests on; id "" if on none */
	struct {
		char id[VENDOR_ID_SIZE];
		char reference[VENDOR_ID_SIZE];
		bool is_private;
	} incident;
	char why[NOTICE_TEXT_SIZE];
	char fix[NOTICE_TEXT_SIZE];
};

/* Nothing is asked for by nobody: to be filled in. */
void decision_init(struct decision *d);

void approver_decide(struct approver *a, struct decision *d);

/* Its cb does not fire any more, and what it borrowed may go. Not recorded, unless that was
 * under way. Fine after cb. */
void approver_decide_cancel(struct decision *d);

/* --- hear what has happened ------------------------------------------------------- */

struct news;

/* FAIL_NONE: that it was heard is durable, and what follows from it has begun. */
typedef void news_cb(struct news *n, const struct fail *f);

/* A provider says that something has changed in an incident. */
struct news {
	const char *provider; /* in: its key, borrowed until cb, as what follows */
	/* in: any of them makes a second delivery the same event; "": none */
	const char *keys[2];
	const char *what;     /* in: the vendor's word for the event */
	const char *incident; /* in: its id, or "": unknown, or all of them */
	bool quiet;           /* in: it changes nothing that is known: only remember it */
	news_cb *cb;
	bool duplicate;     /* out: heard before; nothing new happens */
	struct store_op op; /* the approver's own */
	struct approver *approver;
};

void approver_news(struct approver *a, struct news *n);

/* --- what do I have? ------------------------------------------------------------ */

enum { MINE_MAX = 20 };

struct mine;
typedef void mine_cb(struct mine *m, const struct fail *f);

struct mine {
	char team[VENDOR_ID_SIZE];         /* in */
	char user[VENDOR_ID_SIZE];         /* in */
	struct grant_row grants[MINE_MAX]; /* out: live ones, soonest to end first */
	size_t n;
	size_t total; /* out: also those beyond MINE_MAX */
	mine_cb *cb;
	struct store_op op; /* the approver's own */
};

void approver_mine(struct approver *a, struct mine *m);

/* --- how is it doing? ------------------------------------------------------------ */

enum { APPROVER_PROVIDERS_MAX = 4 };

struct approver_health {
	bool ledger_ok;
	char ledger_why[CAUSE_SIZE];
	bool audit_ok; /* false: a sink that is required does not take it */
	char audit_why[CAUSE_SIZE];
	size_t n_providers;
	struct {
		const char *key;
		struct provider_health health;
	} providers[APPROVER_PROVIDERS_MAX];
	size_t checking; /* requests being decided */
	size_t unsent;   /* messages that wait */
	size_t ordered;  /* what provisioners are doing now */

	/* Grants that ended a minute ago or earlier, and that the target has not confirmed
	 * to be gone: access may still be live. Then, of the one that has waited longest: */
	size_t stuck;
	char stuck_resource[NAME_SIZE];
	char stuck_user[VENDOR_ID_SIZE];
	char stuck_provisioner[NAME_SIZE];
	char stuck_why[CAUSE_SIZE]; /* what its provisioner failed with last */
	int64_t stuck_since_ms;     /* wall */

	/* What targets say is in force, of those that can say it, against the ledger, as of
	 * the last look: grants that had ended and are there (they are taken back once
	 * more), that are granted and not there, that are not in the ledger. */
	size_t left, missing, unknown;
	char differs_first[CAUSE_SIZE]; /* one of them, for people; or "" */
};

void approver_health(const struct approver *a, struct approver_health *ret_h);

/* --- do the names in the policies mean something? ---------------------------------- */

struct names_check;

/* FAIL_NONE: n->bad says how many names are wrong, each was said before. Else incident.io
 * could not be asked. */
typedef void names_cb(struct names_check *n, const struct fail *f);

/* Roles, severities by name must belong to exactly one thing at incident.io. */
struct names_check {
	void (*say)(struct names_check *n, const char *line); /* one wrong name */
	size_t bad;                                           /* out */
	names_cb *cb;
	struct person nobody; /* the approver's own, as what follows */
	struct standing_ask ask;
	struct approver *approver;
};

/* Only when incident.io is in the config. */
void approver_check_names(struct approver *a, struct names_check *n);

/* Whether nothing is under way: no request being decided, no message being sent. For a
 * graceful stop. */
bool approver_idle(const struct approver *a);

#endif
