/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/provisioner_test.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/http_client.h"
#include "shared/secret.h"
#include "tests/lib/test.h"

enum { CAP_MS = 8000, START_MS = 1000000000, LOOK_MS = 2 };

extern const struct provisioner_ops provisioner_command, provisioner_fake,
	provisioner_indent, provisioner_none;

static char empty[] = "";
static char kind_text[] = "okta.v1.Group";
static char id_text[] = "00g1";
static const struct str_map no_labels;

/* --- the kinds --------------------------------------------------------------------------- */

static void script_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0700);

	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) ||
	    close(fd) != 0) {
		fail_msg("cannot write '%s'", path);
	}
}

static void command_config(struct provisioner_test *t, struct provisioner_config *c)
{
	snprintf(t->path, sizeof(t->path), "%s", temp_dir_file(&t->dir, "grant"));
	t->argv[0] = t->path;
	c->command.items = t->argv;
	c->command.n = 1;
}

static bool command_will(struct provisioner_test *t, enum will w)
{
	static const char *const scripts[] = {
		[WILL_DO] = "#!/bin/sh\ncat >/dev/null\n"
			    "case $1 in\n"
			    "grant) : >\"$0.held\" ;;\n"
			    "revoke) rm -f \"$0.held\" ;;\n"
			    "list) [ -e \"$0.held\" ] && has='{\"user\":\"U0ANA0001\"}'\n"
			    "      echo \"{\\\"held\\\":[$has]}\" ;;\n"
			    "esac\n",
		[WILL_REFUSE] =
			"#!/bin/sh\necho trying >&2\necho 'no such user' >&2\nexit 1\n",
		[WILL_FAIL] = "#!/bin/sh\nexit 75\n",
		[WILL_HANG] = "#!/bin/sh\necho up >\"$0.up\"\nexec tail -f /dev/null\n",
	};

	unlink(t->path);
	if (w != WILL_BE_GONE) {
		script_write(t->path, scripts[w]);
	}
	return true;
}

static bool command_arrived(struct provisioner_test *t)
{
	char up[200];

	snprintf(up, sizeof(up), "%s.up", t->path);
	return access(up, F_OK) == 0;
}

const struct test_kind test_command = { .ops = &provisioner_command,
					.config = command_config,
					.will = command_will,
					.arrived = command_arrived };

static void indent_config(struct provisioner_test *t, struct provisioner_config *c)
{
	struct fail f = { 0 };

	if (!world_open(t->loop, NULL, &t->world, &f)) {
		fail_msg("%s", f.msg);
	}
	c->url = t->world->provisioner_url;
	secret_set(&c->secret, t->world->provisioner_secret,
		   strlen(t->world->provisioner_secret));
}

static bool indent_will(struct provisioner_test *t, enum will w)
{
	static const struct world_fault faults[] = {
		[WILL_REFUSE] = { .call = "POST /provisioner",
				  .kind = WORLD_BODY,
				  .status = 500,
				  .body = "{\"status\":{\"code\":5,\"message\":"
					  "\"no such user\"}}" },
		[WILL_FAIL] = { .call = "POST /provisioner",
				.kind = WORLD_STATUS,
				.status = 500 },
		[WILL_HANG] = { .call = "POST /provisioner", .kind = WORLD_MUTE },
	};

	world_clear_faults(t->world);
	if (w == WILL_BE_GONE) {
		world_stop_http(t->world);
	} else if (w != WILL_DO) {
		world_fault(t->world, &faults[w]);
	}
	return true;
}

static bool indent_arrived(struct provisioner_test *t)
{
	return world_count(t->world, "POST /provisioner") > 0;
}

const struct test_kind test_indent = { .ops = &provisioner_indent,
				       .config = indent_config,
				       .will = indent_will,
				       .arrived = indent_arrived };

static void nothing_config(struct provisioner_test *t, struct provisioner_config *c)
{
	(void)t;
	(void)c;
}

static bool none_will(struct provisioner_test *t, enum will w)
{
	(void)t;
	return w == WILL_DO;
}

static bool at_once(struct provisioner_test *t)
{
	(void)t;
	return true;
}

const struct test_kind test_none = { .ops = &provisioner_none,
				     .config = nothing_config,
				     .will = none_will,
				     .arrived = at_once };

static void on_fake(struct loop_timer *timer)
{
	static const enum fail_kind kinds[] = { [WILL_DO] = FAIL_NONE,
						[WILL_REFUSE] = FAIL_DENIED,
						[WILL_FAIL] = FAIL_UPSTREAM,
						[WILL_BE_GONE] = FAIL_BUSY,
						[WILL_HANG] = FAIL_UNCERTAIN };
	struct provisioner_test *t =
		container_of(timer, struct provisioner_test, fake_timer);
	struct fail f = { 0 };

	if (kinds[t->fake_will] != FAIL_NONE) {
		fail_set(&f, kinds[t->fake_will], "target: no such user");
	}
	while (t->target.n > 0) {
		fake_target_answer(&t->target, 0, t->fake_will == WILL_DO, &f);
	}
}

static void on_fake_call(const struct fake_call *c, void *data)
{
	struct provisioner_test *t = data;

	(void)c;
	t->fake_timer.cb = on_fake;
	loop_timer_start(t->loop, &t->fake_timer,
			 t->fake_will == WILL_HANG ? PROVISIONER_TIMEOUT_MS : 0);
}

static void fake_config(struct provisioner_test *t, struct provisioner_config *c)
{
	(void)c;
	fake_target_init(&t->target);
	t->target.on_call = on_fake_call;
	t->target.data = t;
}

static bool fake_will(struct provisioner_test *t, enum will w)
{
	t->fake_will = w;
	t->target.list_fail = (struct fail){ 0 };
	if (w != WILL_DO) {
		fail_set(&t->target.list_fail, FAIL_BUSY, "target: no such user");
	}
	return true;
}

const struct test_kind test_fake = { .ops = &provisioner_fake,
				     .config = fake_config,
				     .will = fake_will,
				     .arrived = at_once };

/* --- the fixture -------------------------------------------------------------------------- */

static void what_fill(struct provisioner_test *t)
{
	t->at = (struct target){ .kind = kind_text,
				 .id = id_text,
				 .display_name = empty };
	t->what = (struct provision){ .grant = "01J8ZK00000000000000000001",
				      .team = "T0ACME001",
				      .user = "U0ANA0001",
				      .email = "ana@acme.example",
				      .person_labels = &no_labels,
				      .resource = "prod-db",
				      .target = &t->at,
				      .policy = "db-responders",
				      .reason = "replica lag",
				      .why = "Incident Lead of INC-204 (incident.io)",
				      .asked_ms = START_MS,
				      .starts_ms = START_MS,
				      .expires_ms = START_MS + 3600000,
				      .now_ms = START_MS };
}

int provisioner_setup(void **state)
{
	static char name[] = "target";
	struct provisioner_test *t = calloc(1, sizeof(*t));
	struct provisioner_config c = { .name = name,
					.type = empty,
					.url = empty,
					.timeout_ms = PROVISIONER_TIMEOUT_MS,
					.concurrency = 4 };
	struct fail f = { 0 };

	assert_non_null(t);
	t->kind = *state;
	fake_clock_init(&t->clock, START_MS);
	temp_dir_make(&t->dir);
	if (!loop_create(&t->clock.clock, &t->loop, &f) ||
	    !http_client_open(t->loop, &(struct http_client_config){ 0 }, &t->http, &f)) {
		fail_msg("%s", f.msg);
	}
	t->kind->config(t, &c);

	struct provisioner_env env = { .loop = t->loop, .http = t->http, .config = &c };

	if (!t->kind->ops->check(&c, &f) || !t->kind->ops->open(&env, &t->p, &f)) {
		fail_msg("%s", f.msg);
	}
	secret_finish(&c.secret);
	what_fill(t);
	*state = t;
	return 0;
}

int provisioner_teardown(void **state)
{
	struct provisioner_test *t = *state;

	loop_timer_cancel(&t->fake_timer);
	t->p->ops->close(t->p);
	world_close(t->world);
	http_client_close(t->http);
	loop_destroy(t->loop);
	temp_dir_remove(&t->dir);
	free(t);
	return 0;
}

static void on_called(struct provision_call *c, const struct fail *f)
{
	struct provisioner_test *t = container_of(c, struct provisioner_test, call);

	t->fail = *f;
	t->done = true;
}

static void on_listed(struct provision_list *l, const struct fail *f)
{
	struct provisioner_test *t = container_of(l, struct provisioner_test, list);

	t->fail = *f;
	t->done = true;
}

void provisioner_ask(struct provisioner_test *t)
{
	t->done = false;
	t->list = (struct provision_list){ .resource = "prod-db",
					   .target = &t->at,
					   .cb = on_listed };
	t->p->ops->list(t->p, &t->list);
}

void provisioner_start(struct provisioner_test *t, enum provision_action action)
{
	t->done = false;
	t->fail = (struct fail){ 0 };
	t->what.action = action;
	t->call = (struct provision_call){ .what = &t->what, .cb = on_called };
	t->p->ops->start(t->p, &t->call);
}

bool provisioner_wait(struct provisioner_test *t)
{
	return loop_run_until(t->loop, &t->done, CAP_MS);
}

bool provisioner_arrived(struct provisioner_test *t)
{
	bool never = false;

	for (size_t i = 0; i < CAP_MS / LOOK_MS && !t->kind->arrived(t); i++) {
		loop_run_until(t->loop, &never, LOOK_MS);
	}
	return t->kind->arrived(t);
}

enum fail_kind provisioner_do(struct provisioner_test *t, enum provision_action action)
{
	provisioner_start(t, action);
	if (!provisioner_wait(t)) {
		fail_msg("no answer");
	}
	return t->fail.kind;
}

void provisioner_settle(struct provisioner_test *t)
{
	bool never = false;

	loop_run_until(t->loop, &never, 50);
}

/* --- many ----------------------------------------------------------------------------------- */

static size_t done_well, answered, wanted;
static bool all_answered;

static void on_one(struct provision_call *c, const struct fail *f)
{
	(void)c;
	done_well += f->kind == FAIL_NONE;
	all_answered = ++answered == wanted;
}

size_t provisioner_do_many(struct provisioner_test *t, size_t n)
{
	done_well = answered = 0;
	wanted = n;
	all_answered = false;
	t->what.action = PROVISION_GRANT;
	for (size_t i = 0; i < n; i++) {
		t->more[i] = (struct provision_call){ .what = &t->what, .cb = on_one };
		t->p->ops->start(t->p, &t->more[i]);
	}
	loop_run_until(t->loop, &all_answered, CAP_MS);
	return done_well;
}
