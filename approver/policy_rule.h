/* SPDX-License-Identifier: Apache-2.0 */
/* Inside the decision: one rule of a policy, looked at over one provider's snapshot.
 *
 * A rule is a row of checks. The first one asks whether the person holds something in an
 * incident (a role, an acknowledgement), the others whether that incident counts. They
 * all must hold for one and the same incident. Only policy*.c include this. */
#ifndef APPROVER_POLICY_RULE_H
#define APPROVER_POLICY_RULE_H

#include "approver/policy.h"

/* --- text that grows in a fixed place, cut at a code point ------------------------- */

struct words {
	char *dst;
	size_t size;
	size_t len;
};

void words_init(struct words *w, char *dst, size_t size);
void words_add(struct words *w, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

/* The same without a format, for the way to a grant, which is to take microseconds. */
void words_add_str(struct words *w, const char *s);

/* At most `chars` code points of s, then "…". */
void words_add_cut(struct words *w, const char *s, size_t chars);

/* What stands between items i-1 and i of n: "", ", " or " or ". */
const char *words_or(size_t i, size_t n);

/* s as a sentence: a capital first (but 'incident.io' stays), a full stop last. */
void words_add_sentence(struct words *w, const char *s);

/* --- one rule ---------------------------------------------------------------------- */

/* A rule with more roles is refused by policy_check(). */
enum { RULE_ROLES_MAX = 32 };

struct rule_kind;

/* Where the eye is: which rule, and in it which incident and which stand. */
struct look {
	const struct facts *facts;
	const struct policy *policy;
	int index; /* of the condition */
	const struct condition *condition;
	const struct rule_kind *kind;
	const struct provider_facts *of;
	const struct incident *only;     /* named by the person; NULL: any */
	const struct incident *incident; /* NULL: none in sight */
	const struct stand *stand;       /* NULL: whatever this person holds */
	const struct catalog_item *roles[RULE_ROLES_MAX]; /* that the names stand for */
	size_t n_roles;
};

enum check_result { CHECK_OFF, CHECK_HOLDS, CHECK_FAILS };

struct check {
	const char *name;
	/* OFF: the rule does not ask for it. Writes t->found and t->wanted. */
	enum check_result (*look)(const struct look *l, struct trace_line *t);
	/* Goes on after "You are Incident Lead of INC-204, but ". */
	void (*but)(const struct look *l, struct words *w);
};

/* What the rules of one provider have of their own. */
struct rule_kind {
	const char *provider; /* its key */
	const char *name;     /* for people */
	bool of_participants; /* the stands that it looks at; else those of a role or ack */
	bool without_incident; /* it looks at none; say_held and say_live are not called */
	const struct check *checks;
	size_t n_checks;

	/* Prepare l; false: the rule is off. Off things are traced (v may be NULL). */
	bool (*open)(struct look *l, struct verdict *v);

	void (*say_evidence)(const struct look *l, struct words *w);
	/* The person holds something that does not count: "You are ..., but " */
	void (*say_held)(const struct look *l, struct words *w);
	/* l->incident is live, n 2: and others; the person has no part in any. */
	void (*say_live)(const struct look *l, size_t n, struct words *w);
	void (*say_none)(const struct look *l, struct words *w);
	void (*say_off)(const struct look *l, struct words *w);
	/* "take the role ... in INC-204": l->incident is one that counts, or NULL. */
	void (*say_fix)(const struct look *l, struct words *w);
};

extern const struct rule_kind rule_role;
extern const struct rule_kind rule_participant;
extern const struct rule_kind rule_pagerduty;
extern const struct rule_kind rule_schedule;

/* How near a rule came to holding; the nearest one explains a denial. */
enum nearness {
	NEAR_NOT,     /* nothing was looked at */
	NEAR_OFF,     /* the rule cannot hold for anybody */
	NEAR_NO_USER, /* nobody at the provider is this person */
	NEAR_UNKNOWN, /* the incident that was named is not live */
	NEAR_NONE,    /* no live incident that counts; or none is looked for */
	NEAR_LIVE,    /* there is one, and the person has no part in it */
	NEAR_HELD,    /* they have, and a check failed */
};

struct miss {
	enum nearness near;
	struct look look;          /* its incident and stand are what it is about */
	size_t n_live;             /* NEAR_LIVE: 1, or 2 for more */
	const struct check *check; /* NEAR_HELD: the one that failed */
};

/* Start to look at condition `index` of p. False: it has no rule in it. */
bool look_init(struct look *l, const struct facts *facts, const struct policy *p,
	       size_t index);

/* Find the incident that the person named, if they did. False: it is not live. A rule that
 * rests on no incident does not mind which was named. */
bool look_named(struct look *l);

/* Whether the provider said what the rule needs; if not, the trace says so (v may be
 * NULL). */
bool look_answered(const struct look *l, struct verdict *v);

/* Why the provider, which is configured, did not say something that was asked of it;
 * FAIL_NONE: it said all. */
const struct fail *facts_failure(const struct provider_facts *of);

/* Whether the rule holds: then l->incident and l->stand are what it rests on. Else *ret_m
 * says how near it came, unless it is NULL: that takes longer. v may be NULL. */
bool rule_try(struct look *l, struct verdict *v, struct miss *ret_m);

/* How many public incidents would count for this person if they took part in them: 0, 1,
 * or 2 for more; the first is left in l->incident (NULL: none). */
size_t rule_live(struct look *l);

/* The bounds of an age: a clock that is 5 min behind is forgiven, more is not. */
enum check_result check_age(const struct look *l, int64_t since_ms, int64_t max_s,
			    struct trace_line *t);
void check_age_but(const struct look *l, const char *what, int64_t since_ms,
		   int64_t max_s, struct words *w);

/* The rule holds: what it rests on, in v. */
void verdict_grant(struct verdict *v, const struct policy *p, const struct look *l);

/* Whether somebody else than this person made the incident; unknown is not somebody else. */
enum check_result check_maker(const struct look *l, const char *wanted,
			      struct trace_line *t);

/* --- the trace --------------------------------------------------------------------- */

/* The next line, with the texts empty; never NULL: past the end, or without a verdict, it
 * is `spare`, which nobody reads. */
struct trace_line *trace_add(struct verdict *v, struct trace_line *spare,
			     const struct policy *p, int index, const char *check);

/* --- sentences --------------------------------------------------------------------- */

/* How the policy could have granted: v->why and v->fix from the nearest miss of its
 * rules. */
void verdict_say_miss(struct verdict *v, const struct facts *facts,
		      const struct policy *p);

/* Which providers did not answer, and what to do. `p` is the first that was tried. */
void verdict_say_unanswered(struct verdict *v, const struct facts *facts,
			    const struct policy *p, bool incidentio, bool pagerduty);

#endif
