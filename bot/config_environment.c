/* SPDX-License-Identifier: Apache-2.0 */
/* From the variables to a config: their values are read and checked, what they ask for is
 * written down in the words of the config file, and the values are put into that. */
#include "bot/config_environment.h"

#include <stdlib.h>
#include <string.h>

#include "bot/config.h"
#include "bot/environment_value.h"
#include "shared/secret.h"

/* clang-format off */
#define SWAP(a, b) do { __typeof__(a) swap_ = (a); (a) = (b); (b) = swap_; } while (0)
/* clang-format on */

/* What the variables say, checked. The texts are borrowed from them. */
struct values {
	const char *indent_secret;
	const char *incidentio_key;
	const char *pagerduty_key;
	struct str_list roles, schedules;
	bool participants;
	int64_t duration_s, before_s, after_s;
};

static const char *of_process(const char *name, void *data)
{
	(void)data;
	return getenv(name);
}

const struct environment environment_of_process = { .get = of_process };

static const char *get(const struct environment *env, const char *name)
{
	const char *text = env->get(name, env->data);

	return text ? text : "";
}

bool config_environment_decides(const struct config *c, const struct environment *env)
{
	return c->policies.n == 0 && c->resources.n == 0 &&
	       (c->indent.where.present || *get(env, "INDENT_WEBHOOK_SECRET"));
}

/* --- reading ------------------------------------------------------------------------ */

static void values_finish(struct values *v)
{
	environment_list_finish(&v->roles);
	environment_list_finish(&v->schedules);
}

static bool lists_read(struct values *v, const struct environment *env, struct fail *f)
{
	static const char roles[] = "AUTO_APPROVAL_INCIDENTIO_ROLES";
	static const char schedules[] = "AUTO_APPROVAL_PAGERDUTY_SCHEDULES";

	return environment_list(roles, get(env, roles), &v->roles, f) &&
	       environment_list(schedules, get(env, schedules), &v->schedules, f);
}

static bool numbers_read(struct values *v, const struct environment *env, struct fail *f)
{
	static const struct environment_number hours = {
		.name = "AUTO_APPROVAL_DURATION",
		.unit = "hours",
		.unit_s = 3600,
		.otherwise_s = 6 * 3600,
		.min_s = 1,
		.max_s = ENVIRONMENT_DURATION_MAX_S,
	};
	static const struct environment_number before = {
		.name = "AUTO_APPROVAL_WINDOW_BEFORE",
		.unit = "minutes",
		.unit_s = 60,
		.otherwise_s = 60,
		.max_s = ENVIRONMENT_WINDOW_MAX_S,
	};
	static const struct environment_number after = {
		.name = "AUTO_APPROVAL_WINDOW_AFTER",
		.unit = "minutes",
		.unit_s = 60,
		.otherwise_s = 5 * 60,
		.max_s = ENVIRONMENT_WINDOW_MAX_S,
	};

	return environment_number(&hours, get(env, hours.name), &v->duration_s, f) &&
	       environment_number(&before, get(env, before.name), &v->before_s, f) &&
	       environment_number(&after, get(env, after.name), &v->after_s, f);
}

static bool values_read(struct values *v, const struct environment *env, struct fail *f)
{
	static const char participants[] = "INCIDENTIO_APPROVE_PARTICIPANTS";

	v->indent_secret = get(env, "INDENT_WEBHOOK_SECRET");
	v->incidentio_key = get(env, "INCIDENTIO_API_KEY");
	v->pagerduty_key = get(env, "PAGERDUTY_KEY");
	return environment_bool(participants, get(env, participants), &v->participants,
				f) &&
	       lists_read(v, env, f) && numbers_read(v, env, f);
}

/* --- what does not fit together ------------------------------------------------------ */

static bool without_key(const char *name, const char *key, struct fail *f)
{
	fail_set(f, FAIL_INVALID, "%s is set, but %s is not", name, key);
	return fail_hint(f, "Set both, or neither.");
}

static bool values_fit(const struct values *v, const struct config *c, struct fail *f)
{
	bool incidentio = c->incidentio.where.present || *v->incidentio_key;
	bool pagerduty = c->pagerduty.where.present || *v->pagerduty_key;

	if (!incidentio && v->roles.n > 0) {
		return without_key("AUTO_APPROVAL_INCIDENTIO_ROLES", "INCIDENTIO_API_KEY",
				   f);
	}
	if (!incidentio && v->participants) {
		return without_key("INCIDENTIO_APPROVE_PARTICIPANTS",
				   "INCIDENTIO_API_KEY", f);
	}
	if (!pagerduty && v->schedules.n > 0) {
		return without_key("AUTO_APPROVAL_PAGERDUTY_SCHEDULES", "PAGERDUTY_KEY",
				   f);
	}
	if (pagerduty && v->schedules.n == 0) {
		fail_set(f, FAIL_INVALID,
			 "PagerDuty can be asked, but AUTO_APPROVAL_PAGERDUTY_SCHEDULES "
			 "names no schedule");
		return fail_hint(f, "Name those that count, by their ids: on call on "
				    "any would be nearly everybody.");
	}
	if (!incidentio && !pagerduty) {
		fail_set(f, FAIL_INVALID,
			 "neither INCIDENTIO_API_KEY nor PAGERDUTY_KEY is set, so nobody "
			 "could be approved");
		return fail_hint(f, "Set one of them, or write a file with policies; "
				    "docs/config.md lists the variables.");
	}
	return true;
}

/* --- in the words of the config file ------------------------------------------------- */

/* The claims are by the bot of the original, whom Indent's resources name as reviewer. */
#define BOT(id, name) \
	"indent = { webhook_secret = \"env:INDENT_WEBHOOK_SECRET\";\n" \
	"  bot = { id = \"" id "\"; name = \"" name \
	"\"; email = \"bot@indent.com\"; }; };\n"

static const char bot_incidentio[] =
	BOT("incidentio-approval-bot", "Incident.io Approval Bot");
static const char bot_pagerduty[] =
	BOT("pagerduty-approval-bot", "PagerDuty Approval Bot");
static const char keys[] = "incidentio = { api_key = \"env:INCIDENTIO_API_KEY\"; };\n"
			   "pagerduty = { api_key = \"env:PAGERDUTY_KEY\"; };\n";
static const char resource[] =
	"resources = ( { name = \"any\"; title = \"Whatever is asked for\"; } );\n";
static const char policy_begin[] =
	"policies = ( { name = \"environment\"; resources = [ \"any\" ]; any = (\n";
static const char by_role[] = "{ incidentio = { private_incidents = true; }; }";
static const char by_update[] =
	"{ incidentio = { participants = true; private_incidents = true; }; }";
static const char by_schedule[] = "{ pagerduty = { acknowledged = false; }; }";
static const char policy_end[] = ");\n duration = \"6h\"; max_duration = \"6h\"; } );\n";

static void add_condition(struct buf *b, bool wanted, const char *text, bool *first)
{
	if (wanted) {
		buf_add_str(b, *first ? "" : ",\n");
		buf_add_str(b, text);
		*first = false;
	}
}

static bool write_down(const struct values *v, bool incidentio, struct config *ret_c,
		       struct fail *f)
{
	struct buf b;
	bool first = true;
	bool ok;

	buf_init(&b, 4096);
	buf_add_str(&b, incidentio ? bot_incidentio : bot_pagerduty);
	buf_add_str(&b, keys);
	buf_add_str(&b, resource);
	buf_add_str(&b, policy_begin);
	add_condition(&b, incidentio, by_role, &first);
	add_condition(&b, v->participants, by_update, &first);
	add_condition(&b, v->schedules.n > 0, by_schedule, &first);
	buf_add_str(&b, policy_end);
	ok = conf_read_text(buf_str(&b), "environment", &config_table, false, ret_c, f);
	buf_finish(&b);
	return ok;
}

/* --- and the values in that ------------------------------------------------------------ */

/* The original looked at neither the age of an incident nor who may see it. */
static void put_incidentio(struct incidentio_rule *r, struct values *v)
{
	r->max_age_s = 0;
	if (r->participants) {
		return;
	}
	SWAP(r->roles, v->roles);
	r->any_role = r->roles.n == 0;
	r->shortforms = true;
}

static void put_pagerduty(struct pagerduty_rule *r, struct values *v)
{
	SWAP(r->schedules, v->schedules);
	r->window_before_s = v->before_s;
	r->window_after_s = v->after_s;
}

static void put_secret(struct secret *s, const char *text)
{
	if (*text) {
		secret_finish(s);
		secret_set(s, text, strlen(text));
	}
}

static void put_values(struct config *c, struct values *v)
{
	struct policy *p = &c->policies.items[0];

	put_secret(&c->indent.webhook_secret, v->indent_secret);
	put_secret(&c->incidentio.api_key, v->incidentio_key);
	put_secret(&c->pagerduty.api_key, v->pagerduty_key);
	p->duration_s = p->max_duration_s = v->duration_s;
	for (size_t i = 0; i < p->any.n; i++) {
		struct condition *any = &p->any.items[i];

		if (any->incidentio.where.present) {
			put_incidentio(&any->incidentio, v);
		} else {
			put_pagerduty(&any->pagerduty, v);
		}
	}
}

/* The groups that the file has are its own. */
static void move_into(struct config *c, struct config *from, const struct values *v)
{
	SWAP(c->resources, from->resources);
	SWAP(c->policies, from->policies);
	if (!c->indent.where.present) {
		SWAP(c->indent, from->indent);
	}
	if (!c->incidentio.where.present && *v->incidentio_key) {
		SWAP(c->incidentio, from->incidentio);
	}
	if (!c->pagerduty.where.present && *v->pagerduty_key) {
		SWAP(c->pagerduty, from->pagerduty);
	}
	c->any_resource = true;
}

bool config_environment(struct config *c, const struct environment *env, struct fail *f)
{
	struct values v = { 0 };
	struct config made;
	bool ok;

	ok = values_read(&v, env, f) && values_fit(&v, c, f) &&
	     write_down(&v, c->incidentio.where.present || *v.incidentio_key, &made, f);
	if (ok) {
		put_values(&made, &v);
		move_into(c, &made, &v);
		config_finish(&made);
	}
	values_finish(&v);
	return ok;
}
