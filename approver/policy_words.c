/* SPDX-License-Identifier: Apache-2.0 */
/* The sentences of a denial: what the nearest rule lacked, and what each rule of the
 * policy would take. A person reads them at 3 a.m.: one line why, one line what to do. */
#include "approver/policy_rule.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "shared/text.h"

void words_init(struct words *w, char *dst, size_t size)
{
	*w = (struct words){ .dst = dst, .size = size };
	dst[0] = '\0';
}

void words_add(struct words *w, const char *fmt, ...)
{
	char text[2 * NOTICE_TEXT_SIZE]; /* more than any dst: cut there, not here */
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	words_add_str(w, text);
}

/* s has n bytes, or more. */
static void add_n(struct words *w, const char *s, size_t n)
{
	char *end = w->dst + w->len;

	if (n < w->size - w->len) {
		memcpy(end, s, n);
		end[n] = '\0';
		w->len += n;
	} else {
		text_copy_n(end, w->size - w->len, s, n);
		w->len += strlen(end);
	}
}

void words_add_str(struct words *w, const char *s)
{
	add_n(w, s, strlen(s));
}

void words_add_cut(struct words *w, const char *s, size_t chars)
{
	size_t n = text_cut(s, chars);

	add_n(w, s, n);
	words_add_str(w, s[n] ? "…" : "");
}

void words_add_int(struct words *w, int64_t n)
{
	char digits[TEXT_INT_SIZE];

	add_n(w, digits, text_put_int(digits, n));
}

const char *words_or(size_t i, size_t n)
{
	return i == 0 ? "" : i + 1 == n ? " or " : ", ";
}

void words_add_sentence(struct words *w, const char *s)
{
	size_t n = strlen(s);
	char first = s[0];

	if (n == 0) {
		return;
	}
	if (first >= 'a' && first <= 'z' && strncmp(s, "incident.io", 11) != 0) {
		first = (char)(first - 'a' + 'A');
	}
	words_add(w, "%c%s%s", first, s + 1, strchr(".!?", s[n - 1]) ? "" : ".");
}

/* --- why --------------------------------------------------------------------------- */

static void say_why(const struct miss *m, const struct facts *facts, struct words *w)
{
	const struct rule_kind *kind = m->look.kind;

	switch (m->near) {
	case NEAR_HELD:
		kind->say_held(&m->look, w);
		m->check->but(&m->look, w);
		words_add_str(w, ".");
		return;
	case NEAR_LIVE:
		kind->say_live(&m->look, m->n_live, w);
		return;
	case NEAR_NONE:
		kind->say_none(&m->look, w);
		return;
	case NEAR_UNKNOWN:
		words_add(w, "%s is not a live incident.", facts->incident);
		return;
	case NEAR_NO_USER:
		words_add_sentence(w,
				   m->look.of->why_no_user[0]
					   ? m->look.of->why_no_user
					   : "your Slack account maps to nobody there");
		return;
	case NEAR_OFF:
		kind->say_off(&m->look, w);
		return;
	case NEAR_NOT:
		words_add_str(w, "Nothing that could grant it is configured.");
		return;
	}
}

/* What nobody can mend in an incident: say it once, behind the rest. */
static void add_no_user(const struct facts *facts, const struct policy *p,
			const struct miss *m, struct words *w)
{
	const struct provider_facts *told = NULL;
	struct look l;

	for (size_t i = 0; i < p->any.n; i++) {
		if (!look_init(&l, facts, p, i) || !look_answered(&l, NULL) ||
		    l.of->user[0] != '\0' || l.of->why_no_user[0] == '\0' ||
		    l.of == told || m->near == NEAR_NO_USER) {
			continue;
		}
		words_add_str(w, " ");
		words_add_sentence(w, l.of->why_no_user);
		told = l.of;
	}
}

/* --- fix --------------------------------------------------------------------------- */

/* What would make condition i hold, into `clause`; false: nothing that a person can do. */
static bool clause_of(const struct facts *facts, const struct policy *p, size_t i,
		      struct words *clause)
{
	struct look l;

	if (!look_init(&l, facts, p, i) || !look_answered(&l, NULL) ||
	    l.of->user[0] == '\0' || !l.kind->open(&l, NULL)) {
		return false;
	}
	if (!look_named(&l)) {
		return false;
	}
	rule_live(&l);
	l.kind->say_fix(&l, clause);
	return true;
}

static const char *again(const struct facts *facts)
{
	return facts->again ? facts->again : "ask again";
}

/* "take the role ... in INC-204, or acknowledge a page of ..."; how many clauses. */
static size_t add_clauses(const struct facts *facts, const struct policy *p,
			  struct words *w)
{
	char text[NOTICE_TEXT_SIZE];
	size_t n = 0;

	for (size_t i = 0; i < p->any.n; i++) {
		struct words clause;

		words_init(&clause, text, sizeof(text));
		if (!clause_of(facts, p, i, &clause)) {
			continue;
		}
		/* A clause that does not fit whole is left out. */
		if (w->len + clause.len + strlen(again(facts)) + sizeof(", or , then .") >
		    w->size) {
			break;
		}
		words_add(w, "%s%s", n > 0 ? ", or " : "", text);
		n++;
	}
	return n;
}

static void capital(char *s)
{
	if (s[0] >= 'a' && s[0] <= 'z') {
		s[0] = (char)(s[0] - 'a' + 'A');
	}
}

/* Of its rules, the one that came nearest; of two that came equally near, the first. */
static void nearest_miss(const struct facts *facts, const struct policy *p,
			 struct miss *ret_m)
{
	struct miss m;
	struct look l;

	*ret_m = (struct miss){ .near = NEAR_NOT };
	for (size_t i = 0; i < p->any.n; i++) {
		if (!look_init(&l, facts, p, i) || !look_answered(&l, NULL)) {
			continue;
		}
		if (!rule_try(&l, NULL, &m) && m.near > ret_m->near) {
			*ret_m = m;
		}
	}
}

void verdict_say_miss(struct verdict *v, const struct facts *facts,
		      const struct policy *p)
{
	struct words why, fix;
	struct miss m;

	nearest_miss(facts, p, &m);
	words_init(&why, v->why, sizeof(v->why));
	words_init(&fix, v->fix, sizeof(v->fix));
	say_why(&m, facts, &why);
	add_no_user(facts, p, &m, &why);
	if (m.near == NEAR_UNKNOWN) {
		words_add_str(&fix, "Name one that is live, or none, then ask again.");
	} else if (add_clauses(facts, p, &fix) > 0) {
		capital(v->fix);
		words_add(&fix, ", then %s.", again(facts));
	} else if (m.near == NEAR_NO_USER) {
		words_add_str(&fix, "Those who run accessd can map your account.");
	} else if (m.near == NEAR_OFF || m.near == NEAR_NOT) {
		words_add_str(&fix, "Those who run accessd can mend the policy.");
	}
}

/* --- no answer --------------------------------------------------------------------- */

/* "PagerDuty did not answer in 5 s", with the provider's name in it. */
static void add_unanswered(const struct provider_facts *of, const char *name,
			   struct words *w)
{
	char msg[CAUSE_SIZE];
	size_t n;

	text_copy(msg, sizeof(msg),
		  facts_failure(of)->msg[0] ? facts_failure(of)->msg : "no answer");
	n = strlen(msg);
	if (msg[n - 1] == '.') {
		msg[n - 1] = '\0';
	}
	words_add(w, "%s%s%s", strstr(msg, name) ? "" : name,
		  strstr(msg, name) ? "" : ": ", msg);
}

void verdict_say_unanswered(struct verdict *v, const struct facts *facts,
			    const struct policy *p, bool incidentio, bool pagerduty)
{
	struct words why, fix;

	words_init(&why, v->why, sizeof(v->why));
	words_init(&fix, v->fix, sizeof(v->fix));
	if (incidentio) {
		add_unanswered(&facts->incidentio, "incident.io", &why);
	}
	if (pagerduty) {
		words_add(&why, "%s", incidentio ? "; " : "");
		add_unanswered(&facts->pagerduty, "PagerDuty", &why);
	}
	words_add_str(&why, ", so nothing was granted.");
	v->retryable =
		(incidentio && fail_retryable(facts_failure(&facts->incidentio)->kind)) ||
		(pagerduty && fail_retryable(facts_failure(&facts->pagerduty)->kind));
	if (add_clauses(facts, p, &fix) > 0) {
		words_add_str(&fix, ", or ");
	}
	words_add(&fix, "%s %s.", again(facts),
		  v->retryable ? "in a moment"
			       : "when those who run accessd have mended that");
	capital(v->fix);
}
