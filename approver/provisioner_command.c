/* SPDX-License-Identifier: Apache-2.0 */
/* A program of the operator's own, run once for each grant and each end.
 *
 *   argv         as in the config, then "grant" or "revoke"; or, where the config's
 *                `actions` says that it knows them, "extend" and "list"
 *   environment  PATH, LANG, and ACCESSD_ACTION, _GRANT, _USER, _EMAIL, _RESOURCE,
 *                _TARGET_KIND, _TARGET_ID, _UNTIL; nothing of ours
 *   stdin        all of it as one JSON object
 *   stdout       of "list", which is about a target and no grant: who has it, as
 *                {"held":[{"grant":"…","user":"…","email":"…"}]}; else nobody reads it
 *   exit code    0: done. 75 (EX_TEMPFAIL): not done, try again. Any other: not done, and
 *                not going to be. Its last line on stderr is what people are told.
 *
 * Killed, for its time or what it said: nobody knows what it had done by then. */
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sysexits.h>

#include "accessd/provisioner.h"
#include "approver/in_force.h"
#include "shared/jx.h"
#include "shared/loop.h"
#include "shared/program.h"
#include "shared/text.h"

extern const struct provisioner_ops provisioner_command;

enum {
	ARGS_MAX = 32,
	ENV_MAX = 12,
	OUTPUT_MAX = 64 * 1024,
	LIST_MAX = 1024 * 1024,
	LINE_SIZE = 160
};

struct command {
	struct provisioner base;
	struct loop *loop;
	char name[NAME_SIZE];
	char *argv[ARGS_MAX + 2]; /* ours; room for the action, and NULL */
	size_t argc;
	int64_t timeout_ms;
};

struct command_job {
	struct command *all;
	struct provision_call *call; /* or the question what is in force */
	struct provision_list *list;
	char *argv[ARGS_MAX + 2];
	char *env[ENV_MAX + 1];
	char *input;
	struct program run;
};

static const char *const actions[PROVISION_ACTION_MAX] = {
	[PROVISION_GRANT] = "grant",
	[PROVISION_REVOKE] = "revoke",
	[PROVISION_EXTEND] = "extend",
};

/* --- life -------------------------------------------------------------------------- */

static bool command_check(const struct provisioner_config *c, struct fail *f)
{
	if (*c->url) {
		return fail_set(f, FAIL_INVALID, "type command takes no 'url'");
	}
	if (c->command.n == 0) {
		fail_set(f, FAIL_INVALID, "type command needs a 'command'");
		return fail_hint(f, "Write command = [ \"/usr/local/bin/grant\" ];.");
	}
	if (c->command.n > ARGS_MAX) {
		return fail_set(f, FAIL_INVALID, "'command' has more than %d parts",
				ARGS_MAX);
	}
	if (c->command.items[0][0] != '/') {
		fail_set(f, FAIL_INVALID, "'command' begins with '%.64s'",
			 c->command.items[0]);
		return fail_hint(
			f, "Write its whole path: no shell and no PATH look it up.");
	}
	return true;
}

static char *must_copy(const char *s)
{
	char *copy = strdup(s);

	if (!copy) {
		abort();
	}
	return copy;
}

static bool command_open(const struct provisioner_env *env, struct provisioner **ret_p,
			 struct fail *f)
{
	const struct provisioner_config *c = env->config;
	struct command *me = calloc(1, sizeof(*me));

	if (!me) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	me->base.ops = &provisioner_command;
	me->loop = env->loop;
	me->timeout_ms = c->timeout_ms;
	text_copy(me->name, sizeof(me->name), c->name);
	for (size_t i = 0; i < c->command.n && i < ARGS_MAX; i++) {
		me->argv[me->argc++] = must_copy(c->command.items[i]);
	}
	*ret_p = &me->base;
	return true;
}

static void command_close(struct provisioner *p)
{
	if (!p) {
		return;
	}
	struct command *me = container_of(p, struct command, base);

	for (size_t i = 0; i < me->argc; i++) {
		free(me->argv[i]);
	}
	free(me);
}

/* --- what it is given ----------------------------------------------------------------- */

static void env_add(struct command_job *job, size_t *n, const char *name,
		    const char *value)
{
	if (*n == ENV_MAX || asprintf(&job->env[(*n)++], "%s=%s", name, value) < 0) {
		abort();
	}
}

static size_t env_begin(struct command_job *job, const char *action, const char *resource,
			const struct target *target)
{
	size_t n = 0;

	env_add(job, &n, "PATH",
		"/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin");
	env_add(job, &n, "LANG", "C.UTF-8");
	env_add(job, &n, "ACCESSD_ACTION", action);
	env_add(job, &n, "ACCESSD_RESOURCE", resource);
	env_add(job, &n, "ACCESSD_TARGET_KIND", target->kind);
	env_add(job, &n, "ACCESSD_TARGET_ID", target->id);
	return n;
}

static void env_fill(struct command_job *job)
{
	const struct provision *p = job->call->what;
	char until[TIME_SIZE];
	size_t n = env_begin(job, actions[p->action], p->resource, p->target);

	text_format_time(p->expires_ms, until);
	env_add(job, &n, "ACCESSD_GRANT", p->grant);
	env_add(job, &n, "ACCESSD_USER", p->user);
	env_add(job, &n, "ACCESSD_EMAIL", p->email);
	env_add(job, &n, "ACCESSD_UNTIL", until);
}

static char *list_input_make(const struct provision_list *l)
{
	const struct target *t = l->target;
	json_auto_t *o =
		json_pack("{s:s, s:s, s:{s:s, s:s, s:s, s:o}}", "action", "list",
			  "resource", l->resource, "target", "kind", t->kind, "id", t->id,
			  "display_name", t->display_name, "labels", jx_map(&t->labels));
	char *text = o ? jx_dump(o) : NULL;

	if (!text) {
		abort(); /* out of memory for 4 KB */
	}
	return text;
}

static char *input_make(const struct provision *p)
{
	json_auto_t *o = json_pack(
		"{s:s, s:s, s:{s:s, s:s, s:s, s:o}, s:s, s:{s:s, s:s, s:s, s:o}, s:s, s:s, "
		"s:s, s:o, s:o, s:o}",
		"action", actions[p->action], "grant", p->grant, "person", "team",
		p->team, "slack", p->user, "email", p->email, "labels",
		jx_map(p->person_labels), "resource", p->resource, "target", "kind",
		p->target->kind, "id", p->target->id, "display_name",
		p->target->display_name, "labels", jx_map(&p->target->labels), "policy",
		p->policy, "reason", p->reason, "why", p->why, "asked",
		jx_time(p->asked_ms), "starts", jx_time(p->starts_ms), "until",
		jx_time(p->expires_ms));
	char *text = o ? jx_dump(o) : NULL;

	if (!text) {
		abort(); /* out of memory for 4 KB */
	}
	return text;
}

/* --- what it says --------------------------------------------------------------------- */

/* The last line that is not empty, or "". */
static void last_line(const char *text, char line[LINE_SIZE])
{
	size_t end = strlen(text);
	size_t start;

	while (end > 0 && strchr("\r\n \t", text[end - 1])) {
		end--;
	}
	start = end;
	while (start > 0 && text[start - 1] != '\n') {
		start--;
	}
	text_copy_n(line, LINE_SIZE, text + start, end - start);
	for (char *c = line; *c; c++) {
		*c = (unsigned char)*c < 0x20 || *c == 0x7f ? ' ' : *c;
	}
	if (!text_is_utf8(line, strlen(line))) {
		line[0] = '\0';
	}
}

static bool outcome(const struct program *run, struct fail *f)
{
	enum fail_kind kind = run->exit_code == EX_TEMPFAIL ? FAIL_BUSY : FAIL_DENIED;
	char line[LINE_SIZE];

	if (run->exit_code == 0) {
		return true;
	}
	last_line(run->errors, line);
	return *line ? fail_set(f, kind, "%s", line)
		     : fail_set(f, kind, "it ended with exit code %d", run->exit_code);
}

/* --- one call ------------------------------------------------------------------------- */

static void job_destroy(struct command_job *job)
{
	for (size_t i = 0; i < ENV_MAX; i++) {
		free(job->env[i]);
	}
	free(job->input);
	if (job->call) {
		job->call->job = NULL;
	} else {
		job->list->job = NULL;
	}
	free(job);
}

static void on_run(struct program *run, const struct fail *f)
{
	struct command_job *job = container_of(run, struct command_job, run);
	struct provision_call *c = job->call;
	struct fail why = *f;

	if (why.kind == FAIL_UPSTREAM) {
		why.kind = FAIL_BUSY; /* it was not started */
	}
	if (why.kind != FAIL_NONE || !outcome(run, &why)) {
		fail_wrap(&why, "%s", job->all->name);
	}
	job_destroy(job);
	c->cb(c, &why);
}

static void run(struct command_job *job, const char *action, size_t max_output,
		program_cb *cb)
{
	struct command *me = job->all;

	memcpy(job->argv, me->argv, sizeof(me->argv));
	job->argv[me->argc] = (char *)(uintptr_t)action;
	job->run = (struct program){ .argv = job->argv,
				     .env = job->env,
				     .input = job->input,
				     .input_len = strlen(job->input),
				     .timeout_ms = me->timeout_ms,
				     .max_output = max_output,
				     .cb = cb };
	program_start(me->loop, &job->run);
}

static void command_start(struct provisioner *p, struct provision_call *c)
{
	struct command *me = container_of(p, struct command, base);
	struct command_job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for 1 KB */
	}
	job->all = me;
	job->call = c;
	c->job = job;
	env_fill(job);
	job->input = input_make(c->what);
	run(job, actions[c->what->action], OUTPUT_MAX, on_run);
}

static void command_cancel(struct provisioner *p, struct provision_call *c)
{
	struct command_job *job = c->job;

	(void)p;
	if (job) {
		program_cancel(&job->run);
		job_destroy(job);
	}
}

/* --- what is in force ------------------------------------------------------------------ */

static void on_listed(struct program *run, const struct fail *f)
{
	struct command_job *job = container_of(run, struct command_job, run);
	struct provision_list *l = job->list;
	struct fail why = *f;

	if (why.kind != FAIL_NONE || !outcome(run, &why) ||
	    !in_force_parse(run->output, strlen(run->output), &l->rows, &l->n, &why)) {
		fail_wrap(&why, "%s", job->all->name);
	}
	job_destroy(job);
	l->cb(l, &why);
}

static void command_list(struct provisioner *p, struct provision_list *l)
{
	struct command *me = container_of(p, struct command, base);
	struct command_job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for 1 KB */
	}
	job->all = me;
	job->list = l;
	l->job = job;
	l->rows = NULL;
	l->n = 0;
	env_begin(job, "list", l->resource, l->target);
	job->input = list_input_make(l);
	run(job, "list", LIST_MAX, on_listed);
}

static void command_list_cancel(struct provisioner *p, struct provision_list *l)
{
	struct command_job *job = l->job;

	(void)p;
	if (job) {
		program_cancel(&job->run);
		job_destroy(job);
	}
}

static const char *const can[] = { "extend", "list", NULL };

const struct provisioner_ops provisioner_command = {
	.type = "command",
	.actions = can,
	.check = command_check,
	.open = command_open,
	.close = command_close,
	.start = command_start,
	.cancel = command_cancel,
	.list = command_list,
	.list_cancel = command_list_cancel,
};
