/* SPDX-License-Identifier: Apache-2.0 */
/* The decision. Pure: no loop, no clock, no I/O, no globals. The same facts give the same
 * verdict for ever, and the verdict carries the whole trace: each check, what was found,
 * how old it was, what would satisfy it. */
#ifndef APPROVER_POLICY_H
#define APPROVER_POLICY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/config.h"
#include "accessd/fail.h"
#include "accessd/notifier.h"
#include "accessd/provider.h"
#include "accessd/record.h"
#include "shared/buf.h"

/* What one provider said. */
struct provider_facts {
	bool configured;
	struct fail fail;                /* FAIL_NONE: it answered */
	const struct snapshot *snapshot; /* with FAIL_NONE */
	int64_t age_ms;                  /* of the snapshot */
	char user[VENDOR_ID_SIZE];       /* "" nobody there is this person */
	const struct stand *stands;      /* theirs, in the snapshot */
	size_t n_stands;
	char why_no_user[CAUSE_SIZE];
	const struct on_call *on_call; /* n_on_call of them */
	size_t n_on_call;
	const struct on_schedule *on_schedules; /* likewise */
	size_t n_on_schedules;
};

/* Everything that a decision may look at. */
struct facts {
	int64_t now_ms; /* wall */
	const char *resource;
	int64_t for_s;        /* 0: the policy's default */
	const char *incident; /* as typed, "" : any */
	const char *reason;
	const char *policy; /* this one alone may grant; "": any */
	const char *person; /* for the trace, where it is of several people; else NULL */
	/* how they have it decided once more: "press Try again"; NULL: "ask again" */
	const char *again;
	struct fail
		/* FAIL_NONE: a full, active member of our team; else why not, in words
		 * for people */
		identity;
	const struct grant_row *held;    /* what they have of it already; NULL: nothing */
	const struct freeze_row *freeze; /* NULL or not `on`: there is none */
	struct provider_facts incidentio;
	struct provider_facts pagerduty;
};

/* What kind of outcome, for metrics and the trace. */
enum verdict_kind {
	VERDICT_GRANTED,
	VERDICT_NO_RESOURCE, /* no such resource, or no policy lets it be asked for */
	VERDICT_REFUSED,     /* a deny policy */
	VERDICT_HELD,        /* they have it already */
	VERDICT_FROZEN,      /* nothing is granted at present, by order of somebody */
	/* guest, bot, deactivated, external, unknown; or could not be found out */
	VERDICT_IDENTITY,
	VERDICT_TOO_LONG,  /* over the maximum */
	VERDICT_NO_REASON, /* the policy wants a reason */
	VERDICT_NO_STANDING,
	/* a provider that could have given standing did not answer, none other did */
	VERDICT_COULD_NOT_ASK,
	VERDICT_KIND_MAX
};

const char *verdict_word(enum verdict_kind k);

/* One check. The texts are for the ledger and `why`; private incidents appear by id
 * only. */
struct trace_line {
	const char *policy; /* its name, borrowed; "": none */
	int condition; /* index in the policy's `any`, from 0; -1: the policy itself */
	char incident[VENDOR_ID_SIZE]; /* id, or "" */
	const char
		*check; /* "role", "min_severity", "max_age", "service", ...: a literal */
	bool ok;
	char found[NAME_SIZE];
	char wanted[NAME_SIZE];
	int64_t age_ms; /* of the data it was found in; -1: none */
};

enum { TRACE_MAX = 256 };

struct verdict {
	enum verdict_kind kind;
	const struct policy *policy; /* that decided; NULL: none matched */
	int64_t for_s;               /* granted: how long; too long: the maximum */
	/* granted: what it rests on */
	const char *provider;              /* "incidentio" or "pagerduty" */
	char incident_id[VENDOR_ID_SIZE];  /* "" when it rests on none: on call */
	char incident_ref[VENDOR_ID_SIZE]; /* "" when private */
	/* one line for people: the evidence, or the check that failed */
	char why[NOTICE_TEXT_SIZE];
	/* one line for people: what would make it pass, or "" */
	char fix[NOTICE_TEXT_SIZE];
	bool retryable; /* could not ask: asking again may help */
	struct trace_line trace[TRACE_MAX];
	size_t n_trace;
	bool trace_cut; /* there were more checks than TRACE_MAX */
};

/* Whether some policy needs the provider ("incidentio", "pagerduty") to decide on this
 * resource; on_call: what the person is on call for. */
struct policy_needs {
	bool incidentio;
	bool pagerduty;
	bool on_call;
};
void policy_needs(const struct config *c, const char *resource,
		  struct policy_needs *ret_n);

/* What all policies together want to be told, so that a provider reads no more. */
struct policy_wants {
	bool participants;
	bool schedules;
	int64_t window_before_s, window_after_s; /* the widest */
};
void policy_wants(const struct config *c, struct policy_wants *ret_w);

/* v is overwritten as a whole (it is large: do not put it on a small stack). c is borrowed
 * by v->policy and by the policies' names in the trace, facts by nothing. */
void policy_decide(const struct config *c, const struct facts *facts, struct verdict *v);

/* No standing, and nothing known: what a verdict that is made by hand begins with. */
void verdict_reset(struct verdict *v);

/* The trace as JSON text for the ledger, behind what is in out. False: it did not fit. */
bool verdict_trace_add(struct buf *out, const struct verdict *v,
		       const struct facts *facts);

/* What is wrong with the policies themselves; see approver_check(). */
bool policy_check(const struct config *c, struct fail *f);

/* Find a resource by name; NULL: none. */
const struct resource *policy_find_resource(const struct config *c, const char *name);

/* How it is now with what a grant rests on. Ages do not matter any more: they counted when
 * it was given. */
enum standing {
	STANDING_HOLDS, /* they have the part in it that the policy asks for */
	STANDING_LOST,  /* it is live, and they have not; or their shift is over */
	STANDING_GONE,  /* it is not among the live ones */
	STANDING_MAX
};
enum standing policy_standing(const struct policy *p, const struct grant_row *g,
			      const struct snapshot *s);

/* The same for a grant that rests on no incident but on a shift; facts->pagerduty is what
 * PagerDuty says of its holder. With STANDING_HOLDS *ret_until_ms is when to look again, as
 * what is known ends then; INT64_MAX: that is not known. */
enum standing policy_standing_on_call(const struct policy *p, const struct facts *facts,
				      int64_t *ret_until_ms);

/* Whether the grant could rest on something else of its policy: one that is bound to an
 * incident on what needs none, any other on whatever its holder has. */
bool policy_has_rest(const struct policy *p, const struct grant_row *g);

/* Whether its holder has that: then it is in *v, as if granted. STANDING_GONE: somebody
 * who would know could not be asked. */
enum standing policy_rest(const struct policy *p, const struct grant_row *g,
			  const struct facts *facts, struct verdict *v);

/* Find a policy by name; NULL: there is none any more. */
const struct policy *policy_find(const struct config *c, const char *name);

/* Whether the policy speaks of the resource: globs and labels. */
bool policy_matches(const struct policy *p, const struct resource *r);

#endif
