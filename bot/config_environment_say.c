/* SPDX-License-Identifier: Apache-2.0 */
/* What a config that was made from the environment comes to: for the log at the start, and
 * for `accessd check`. */
#include "bot/config_environment.h"

#include "shared/buf.h"
#include "shared/duration.h"
#include "shared/log.h"

/* What was chosen, found in the policy that was made. */
struct chosen {
	const struct policy *policy;
	const struct incidentio_rule *roles;        /* NULL: incident.io is not asked */
	const struct incidentio_rule *participants; /* NULL: they do not count */
	const struct pagerduty_rule *schedules;     /* NULL: PagerDuty is not asked */
};

static struct chosen choose(const struct config *c)
{
	struct chosen ch = { .policy = &c->policies.items[0] };

	for (size_t i = 0; i < ch.policy->any.n; i++) {
		const struct condition *any = &ch.policy->any.items[i];

		if (any->pagerduty.where.present) {
			ch.schedules = &any->pagerduty;
		} else if (any->incidentio.participants) {
			ch.participants = &any->incidentio;
		} else {
			ch.roles = &any->incidentio;
		}
	}
	return ch;
}

static void add_list(struct buf *b, const struct str_list *l)
{
	for (size_t i = 0; i < l->n; i++) {
		buf_addf(b, "%s%s", i > 0 ? "," : "", l->items[i]);
	}
}

/* --- differences ------------------------------------------------------------------------ */

static bool always(const struct chosen *ch)
{
	(void)ch;
	return true;
}

static bool asks_incidentio(const struct chosen *ch)
{
	return ch->roles != NULL;
}

static bool any_role(const struct chosen *ch)
{
	return ch->roles && ch->roles->any_role;
}

static bool some_roles(const struct chosen *ch)
{
	return ch->roles && !ch->roles->any_role;
}

static bool takes_participants(const struct chosen *ch)
{
	return ch->participants != NULL;
}

static bool asks_pagerduty(const struct chosen *ch)
{
	return ch->schedules != NULL;
}

/* clang-format off */
static const struct {
	bool (*applies)(const struct chosen *ch);
	const char *text;
} differences[] = {
	{ always,             "who asks for longer than AUTO_APPROVAL_DURATION gets that duration; labels never lengthen it" },
	{ always,             "e-mails match in either case of letters, and a request without one is never approved" },
	{ always,             "a provider that does not answer, or not to the last page, approves nobody" },
	{ asks_incidentio,    "only real incidents count (mode standard): retrospective ones do not" },
	{ asks_incidentio,    "live incidents count however old they are, private ones too; policies in a file can limit that" },
	{ any_role,           "the reporter's role alone does not count, as whoever declares an incident has it; name it to count it" },
	{ some_roles,         "roles are trimmed; a name or short form that several roles have counts for none of them" },
	{ takes_participants, "updates by workflows, alerts and API keys are skipped; with more than 50 live incidents participants are not known" },
	{ takes_participants, "whoever declares an incident may take part by that; policies in a file can leave them out" },
	{ asks_pagerduty,     "a schedule counts only where an escalation policy uses it: PagerDuty names nobody on call else" },
};
/* clang-format on */

/* --- all of it ---------------------------------------------------------------------------- */

static void say_mode(const struct config *c, const struct chosen *ch, struct buf *b)
{
	char text[DURATION_SIZE];

	duration_format(ch->policy->duration_s, text);
	buf_addf(b, "any resource for %s", text);
	if (ch->roles) {
		buf_add_str(b, "; incident.io roles: ");
		add_list(b, &ch->roles->roles);
		buf_add_str(b, ch->roles->any_role ? "any" : "");
		buf_addf(b, "; participants: %s", ch->participants ? "yes" : "no");
	}
	if (ch->schedules) {
		buf_add_str(b, "; PagerDuty schedules: ");
		add_list(b, &ch->schedules->schedules);
		duration_format(ch->schedules->window_before_s, text);
		buf_addf(b, " from %s before", text);
		duration_format(ch->schedules->window_after_s, text);
		buf_addf(b, " to %s after", text);
	}
	duration_format(c->indent.replay_window_s, text);
	buf_addf(b, "; signed within %s",
		 c->indent.replay_window_s > 0 ? text : "any time");
}

static void each(const struct config *c,
		 void (*say)(void *data, size_t i, const char *line), void *data)
{
	struct chosen ch = choose(c);
	struct buf b;
	size_t n = 1;

	buf_init(&b, 16 * 1024);
	say_mode(c, &ch, &b);
	say(data, 0, buf_str(&b));
	buf_finish(&b);
	for (size_t i = 0; i < ARRAY_LEN(differences); i++) {
		if (differences[i].applies(&ch)) {
			say(data, n++, differences[i].text);
		}
	}
}

struct sayer {
	void (*say)(void *data, const char *line);
	void *data;
};

static void say_on(void *data, size_t i, const char *line)
{
	const struct sayer *s = data;

	(void)i;
	s->say(s->data, line);
}

void config_environment_say(const struct config *c,
			    void (*say)(void *data, const char *line), void *data)
{
	struct sayer s = { .say = say, .data = data };

	each(c, say_on, &s);
}

static void log_line(void *data, size_t i, const char *line)
{
	(void)data;
	if (i == 0) {
		log_info("environment.mode", LOG_T("means", line));
	} else {
		log_info("environment.differs", LOG_T("how", line));
	}
}

void config_environment_log(const struct config *c)
{
	each(c, log_line, NULL);
}
