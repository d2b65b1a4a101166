/* SPDX-License-Identifier: Apache-2.0 */
/* accessd revoke, accessd freeze: what an operator does by writing into the ledger, whether
 * the service runs or not. One that runs notices within seconds and does what follows
 * (targets are told, people are told); else the next one does. */
#include <stdio.h>
#include <string.h>

#include "accessd/approver.h"
#include "bot/cli/cli.h"
#include "bot/cli/look.h"
#include "bot/cli/plain.h"
#include "shared/log.h"
#include "shared/loop.h"
#include "shared/text.h"
#include "shared/ulid.h"

enum { PATIENCE_MS = 30 * 1000 };

#define HINT_NAMES "HINT: names go behind --person, --resource and --incident.\n"

struct doing {
	struct deed deed;
	bool done;
	struct fail fail;
};

typedef void deed_fn(struct approver *a, struct deed *d);

static void on_done(struct deed *d, const struct fail *f)
{
	struct doing *x = container_of(d, struct doing, deed);

	x->done = true;
	x->fail = *f;
}

/* What has ended already is as it was to be. */
static int exit_code(const struct fail *f)
{
	switch (f->kind) {
	case FAIL_NONE:
	case FAIL_CONFLICT:
		return CLI_OK;
	case FAIL_NOT_FOUND:
		return CLI_UNKNOWN;
	default:
		return CLI_LEDGER;
	}
}

static void run_in(struct loop *l, const struct config *c, deed_fn *run, struct doing *x)
{
	struct approver_env env = { .only_record = true, .loop = l, .config = c };
	struct approver *a = NULL;
	bool in_time;

	if (!approver_open(&env, &a, &x->fail)) {
		return;
	}
	x->deed.cb = on_done;
	run(a, &x->deed);
	in_time = loop_run_until(l, &x->done, PATIENCE_MS);
	approver_close(a); /* which answers what is still open */
	if (!in_time) {
		x->done = false;
		fail_set(&x->fail, FAIL_UNCERTAIN,
			 "the ledger did not answer in %d s: look whether it was done",
			 PATIENCE_MS / 1000);
	}
}

static void say_nothing(const char *line, void *data)
{
	(void)line;
	(void)data;
}

/* What was done, or why it was not; both may quote what strangers wrote. */
static void say(const struct doing *x)
{
	bool fine = exit_code(&x->fail) == CLI_OK;
	struct buf text;

	buf_init(&text, 16 * 1024);
	plain_add(&text, x->deed.said);
	fprintf(fine ? stdout : stderr, "%s%s\n",
		fine ? "" : "accessd: ", buf_str(&text));
	if (x->fail.kind == FAIL_NOT_FOUND) {
		fprintf(stderr, HINT_NAMES);
	}
	buf_finish(&text);
}

/* A ledger that is not there, or of another version, is not made or upgraded by this. */
static int run(const struct cli_options *o, deed_fn *what, struct doing *x)
{
	struct look look;
	struct loop *l = NULL;
	int rc = look_open(o, &look);

	if (rc != CLI_OK) {
		return rc;
	}
	log_divert(say_nothing, NULL); /* what is done is in the ledger's audit */
	if (loop_create(clock_system(), &l, &x->fail)) {
		run_in(l, &look.config, what, x);
		loop_destroy(l);
	}
	look_close(&look);
	if (x->done) {
		say(x);
	} else {
		cli_complain(&x->fail);
	}
	return exit_code(&x->fail);
}

static void upper_case(char *s)
{
	for (; *s; s++) {
		if (*s >= 'a' && *s <= 'z') {
			*s = (char)(*s - 'a' + 'A');
		}
	}
}

/* As much of an id as tells it from others. */
static bool is_part_of_id(const char *word)
{
	size_t n = strspn(word, "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				"abcdefghijklmnopqrstuvwxyz");

	return n >= 4 && n < ULID_SIZE && word[n] == '\0';
}

int cli_revoke(const struct cli_options *o)
{
	static struct doing x;

	if (o->n_words == 0 && !o->person && !o->resource && !o->incident) {
		fprintf(stderr, "accessd: revoke what? Name an id, or --person, "
				"--resource or --incident\n");
		return CLI_USAGE;
	}
	x = (struct doing){ .deed = { .person = o->person,
				      .resource = o->resource,
				      .incident = o->incident } };
	if (o->n_words > 0 && !is_part_of_id(o->words[0])) {
		fprintf(stderr,
			"accessd: '%s' is no id: `accessd grants` shows them\n" HINT_NAMES,
			o->words[0]);
		return CLI_USAGE;
	}
	if (o->n_words > 0) {
		text_copy(x.deed.target, sizeof(x.deed.target), o->words[0]);
		upper_case(x.deed.target);
	}
	text_copy(x.deed.why, sizeof(x.deed.why), o->why ? o->why : "");
	return run(o, approver_revoke, &x);
}

int cli_freeze(const struct cli_options *o)
{
	static struct doing x;
	bool on = strcmp(o->words[0], "on") == 0;

	if ((!on && strcmp(o->words[0], "off") != 0) || (!on && o->revoke)) {
		fprintf(stderr, "accessd: freeze on, or freeze off\n");
		return CLI_USAGE;
	}
	x = (struct doing){ .deed = { .on = on, .revoke_all = o->revoke } };
	text_copy(x.deed.why, sizeof(x.deed.why), o->why ? o->why : "");
	return run(o, approver_freeze, &x);
}
