/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes: setting up, waiting, looking. */
#include "tests/lib/scene.h"

#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "approver/service.h"
#include "bot/config.h"
#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/store_fault.h"
#include "tests/lib/test.h"

enum {
	TURN_MS = 2, /* real time given to the loop between two looks */
	SETTLE_TURNS = 30,
	PATIENCE_MS = 8000, /* real time until a wait is given up */
	NEWS_MS = 1100,     /* more than max_age: what the test has just done is seen */
	STEP_MS = 500,      /* of fake time */
	WHILE_MS = 2 * 60 * 1000,
};

static const char usual_resources[] =
	"  { name = \"prod-db\"; title = \"Production database\"; "
	"warning = \"Writes reach customers.\"; labels = { env = \"prod\"; }; },\n"
	"  { name = \"prod-shell\"; labels = { env = \"prod\"; }; },\n"
	"  { name = \"staging-db\"; }";

static const char usual_policies[] =
	"  { name = \"db-responders\"; resources = [ \"prod-db\" ];\n"
	"    any = ( { incidentio = { roles = [ \"Incident Lead\", \"DBA\" ]; }; },\n"
	"            { pagerduty = { acknowledged = true; services = [ \"PSVC001\" ]; }; } );\n"
	"    duration = \"2h\"; max_duration = \"8h\"; },\n"
	"  { name = \"responders\"; labels = { env = \"prod\"; };\n"
	"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } ); }\n";

/* --- starting and stopping -------------------------------------------------------------- */

void scene_open(struct scene *t)
{
	struct fail f = { 0 };

	*t = (struct scene){ 0 };
	fake_clock_init(&t->clock, SCENE_START_MS);
	snprintf(t->dir, sizeof(t->dir), "/tmp/accessd-scene-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->ledger, sizeof(t->ledger), "%s/ledger.db", t->dir);
	if (!loop_create(&t->clock.clock, &t->loop, &f) ||
	    !world_open(t->loop, &(struct world_options){ 0 }, &t->world, &f)) {
		fail_msg("%s", f.msg);
	}
}

static void config_write(const struct scene *t, struct buf *out)
{
	const struct world *w = t->world;
	const char *patience =
		t->patience ? t->patience : "max_age = \"1s\"; timeout = \"8s\";";

	buf_init(out, 1 << 20);
	buf_addf(out, "listen = \"127.0.0.1:0\";\nledger = \"%ssqlite:%s\";\n",
		 t->driver ? t->driver : "", t->ledger);
	if (t->no_slack) {
		buf_add_str(out,
			    "indent = { webhook_secret = \"env:SCENE_INDENT\"; };\n");
	} else {
		buf_addf(
			out,
			"slack = { %s; bot_token = \"env:SCENE_BOT\"; api_url = \"%s\"; %s };\n",
			t->http ? "mode = \"http\"; signing_secret = \"env:SCENE_SIGN\""
				: "app_token = \"env:SCENE_APP\"",
			w->slack_url, t->slack ? t->slack : "");
	}
	buf_addf(
		out,
		"incidentio = { api_key = \"env:SCENE_IO\"; api_url = \"%s\"; %s %s };\n",
		t->io_url ? t->io_url : w->incidentio_url, patience,
		t->io_more ? t->io_more : "");
	buf_addf(out,
		 "pagerduty = { api_key = \"env:SCENE_PD\"; api_url = \"%s\"; %s %s };\n",
		 t->pd_url ? t->pd_url : w->pagerduty_url, patience,
		 t->pd_more ? t->pd_more : "");
	if (!t->environment) {
		buf_addf(out, "resources = (\n%s );\n",
			 t->resources ? t->resources : usual_resources);
		buf_addf(out, "policies = (\n%s);\n",
			 t->policies ? t->policies : usual_policies);
	}
	buf_add_str(out, t->more ? t->more : "");
}

static void config_make(struct scene *t, struct config *c)
{
	struct fail f = { 0 };
	struct buf text;

	setenv("SCENE_APP", t->world->app_token, 1);
	setenv("SCENE_BOT", t->world->bot_token, 1);
	setenv("SCENE_SIGN", t->world->signing_secret, 1);
	setenv("SCENE_IO", t->world->incidentio_key, 1);
	setenv("SCENE_PD", t->world->pagerduty_key, 1);
	setenv("SCENE_INDENT", INDENT_SECRET, 1);
	setenv("SCENE_PV", t->world->provisioner_secret, 1);
	config_write(t, &text);
	if (!conf_read_text(buf_str(&text), "scene.conf", &config_table, true, c, &f) ||
	    (t->environment && !config_environment(c, t->environment, &f)) ||
	    !config_check(c, &f)) {
		fail_msg("%s (%s)\n%s", f.msg, f.hint, buf_str(&text));
	}
	buf_finish(&text);
}

static bool is_live(struct scene *t, void *data)
{
	(void)data;
	if (!app_has_slack(&t->app)) {
		return t->app.was_ready;
	}
	return t->http ? t->app.me.known
		       : t->app.socket && slack_socket_live(t->app.socket);
}

void scene_start(struct scene *t, bool live)
{
	struct fail f = { 0 };

	config_make(t, &t->config);
	if (!app_open(&t->app, t->loop, &t->config, &f)) {
		fail_msg("%s", f.msg);
	}
	t->app_open = true;
	if (t->http) {
		snprintf(t->world->app_url, sizeof(t->world->app_url),
			 "http://127.0.0.1:%u/webhooks/slack", app_port(&t->app));
	}
	if (live && !scene_until(t, is_live, NULL, PATIENCE_MS)) {
		fail_msg("accessd did not get live");
	}
}

static void later_free(struct scene *t)
{
	if (t->later) {
		config_finish(t->later);
		free(t->later);
		t->later = NULL;
	}
}

void scene_reload(struct scene *t)
{
	struct config *c = calloc(1, sizeof(*c));
	struct fail f = { 0 };

	assert_non_null(c);
	config_make(t, c);
	if (!app_reload(&t->app, c, &f)) {
		fail_msg("%s", f.msg);
	}
	later_free(t);
	t->later = c;
}

void scene_stop(struct scene *t)
{
	if (t->app_open) {
		app_close(&t->app);
		later_free(t);
		config_finish(&t->config);
		t->app_open = false;
	}
}

void scene_close(struct scene *t)
{
	static const char *const ends[] = { "",         "-wal",  "-shm",
					    "-journal", ".lock", ".key" };
	char path[160];

	scene_stop(t);
	world_close(t->world);
	loop_destroy(t->loop);
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", t->ledger, ends[i]);
		unlink(path);
	}
	rmdir(t->dir);
}

int scene_setup_stopped(void **state)
{
	struct scene *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	scene_open(t);
	*state = t;
	return 0;
}

int scene_setup(void **state)
{
	scene_setup_stopped(state);
	scene_start(*state, true);
	return 0;
}

int scene_setup_http(void **state)
{
	scene_setup_stopped(state);
	((struct scene *)*state)->http = true;
	scene_start(*state, true);
	return 0;
}

int scene_teardown(void **state)
{
	scene_close(*state);
	free(*state);
	return 0;
}

/* --- waiting ------------------------------------------------------------------------------ */

bool scene_until(struct scene *t, bool (*cond)(struct scene *t, void *data), void *data,
		 int64_t cap_ms)
{
	int64_t end_us = world_now_us() + cap_ms * 1000;
	bool never = false;

	while (!cond(t, data)) {
		if (world_now_us() > end_us) {
			return false;
		}
		loop_run_until(t->loop, &never, TURN_MS);
	}
	return true;
}

/* So many turns and not so much time: on a busy machine time passes without us. */
void scene_settle(struct scene *t)
{
	bool never = false;

	for (int i = 0; i < SETTLE_TURNS; i++) {
		loop_run_once(t->loop);
		loop_run_until(t->loop, &never, TURN_MS);
	}
}

/* The store's thread lives in real time: a probe of it that is overtaken by ours would be
 * a ledger that hangs. False: it does hang, as the test wants it to. */
static bool ledger_wait(struct scene *t)
{
	int64_t end_us = world_now_us() + (int64_t)PATIENCE_MS * 1000;
	bool never = false;

	while (t->app_open && t->app.approver->probing) {
		if (store_fault_held(0) || world_now_us() > end_us) {
			return false;
		}
		loop_run_until(t->loop, &never, 1);
	}
	return true;
}

/* In a long while there are too many probes to wait for each: the ledger recovers from
 * those that are overtaken, with the last one. */
void scene_advance(struct scene *t, int64_t ms)
{
	bool answers = ms <= WHILE_MS;

	for (int64_t left = ms; left > 0; left -= STEP_MS) {
		fake_clock_advance(&t->clock, left < STEP_MS ? left : STEP_MS);
		loop_run_once(t->loop);
		answers = answers && ledger_wait(t);
	}
	ledger_wait(t);
	scene_settle(t);
}

/* --- people --------------------------------------------------------------------------------- */

static bool is_acked(struct scene *t, void *data)
{
	const struct world_envelope *e = data;

	(void)t;
	return e->acks > 0;
}

struct world_envelope *scene_type(struct scene *t, const char *who, const char *text)
{
	struct world_envelope *e;

	fake_clock_advance(&t->clock, NEWS_MS);
	e = world_command(t->world, who, "inc-room", text);
	if (!scene_until(t, is_acked, e, PATIENCE_MS)) {
		fail_msg("'/access %.60s' of %s was not acked", text, who);
	}
	return e;
}

struct waiting {
	const char *user;
	size_t from; /* messages before this one are older */
	struct world_message *found;
};

static bool is_decided(struct scene *t, void *data)
{
	struct waiting *w = data;
	const struct rows *all = &t->world->messages;

	for (size_t i = w->from; i < all->n && !w->found; i++) {
		struct world_message *m = all->items[i];
		bool opens = strncmp(m->text, "Granted", 7) == 0 ||
			     strncmp(m->text, "Not granted", 11) == 0;

		if (opens && strstr(m->text, w->user)) {
			w->found = m;
		}
	}
	return w->found != NULL;
}

const char *scene_decision(struct scene *t, const char *who, size_t from)
{
	const struct world_person *p = world_person(t->world, who);
	struct waiting w = { .user = p ? p->slack : who, .from = from };

	scene_until(t, is_decided, &w, PATIENCE_MS);
	return w.found ? w.found->text : "";
}

const char *scene_ask(struct scene *t, const char *who, const char *text)
{
	size_t from = t->world->messages.n;

	scene_type(t, who, text);
	return scene_decision(t, who, from);
}

struct called {
	const char *call;
	size_t n;
};

static bool is_called(struct scene *t, void *data)
{
	const struct called *c = data;

	return world_count(t->world, c->call) >= c->n;
}

bool scene_called(struct scene *t, const char *call, size_t n)
{
	struct called c = { .call = call, .n = n };

	return scene_until(t, is_called, &c, PATIENCE_MS);
}

struct look {
	const char *part;
	struct world_message *found;
};

static bool is_said(struct scene *t, void *data)
{
	struct look *l = data;

	l->found = world_find_message(t->world, "", l->part);
	return l->found != NULL;
}

struct world_message *scene_message(struct scene *t, const char *part)
{
	struct look l = { .part = part };

	scene_until(t, is_said, &l, PATIENCE_MS);
	return l.found;
}

size_t scene_count(struct scene *t, const char *part)
{
	return world_count_messages(t->world, "", part);
}

const char *scene_ack_text(const struct world_envelope *e)
{
	return e->ack_payload ? jx_str(e->ack_payload, "text") : "";
}

/* --- the ledger -------------------------------------------------------------------------------- */

int64_t scene_sql(struct scene *t, const char *sql)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	if (sqlite3_open_v2(t->ledger, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		n = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

int64_t scene_grants(struct scene *t)
{
	return scene_sql(t, "SELECT count(*) FROM grants WHERE state = 'active'");
}

void scene_let_go(struct scene *t)
{
	sqlite3 *db = NULL;

	assert_int_equal(sqlite3_open(t->ledger, &db), SQLITE_OK);
	sqlite3_busy_timeout(db, PATIENCE_MS);
	assert_int_equal(
		sqlite3_exec(db,
			     "UPDATE grants SET state = 'closed', ended_ms = starts_ms"
			     " WHERE state IN ('active', 'granting')",
			     NULL, NULL, NULL),
		SQLITE_OK);
	sqlite3_close(db);
}
