/* SPDX-License-Identifier: Apache-2.0 */
/* The real program: its files, its process, its HTTP surface. */
#include "tests/lib/service.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "shared/buf.h"
#include "shared/http_client.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 10 * 1000, TURN_MS = 5, ENV_MAX = 20 };

/* Whether it is free now; whoever takes it in the meantime fails the test loudly. */
static bool is_free(uint16_t port)
{
	struct sockaddr_in a = { .sin_family = AF_INET,
				 .sin_port = htons(port),
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	bool ok;

	assert_true(fd >= 0);
	ok = bind(fd, (struct sockaddr *)&a, sizeof(a)) == 0;
	close(fd);
	return ok;
}

/* Below 32768, where Linux takes the ports for outgoing connections from: one of those may
 * be gone before it is listened on. */
static uint16_t free_port(void)
{
	static unsigned n;
	uint16_t port;

	do {
		port = (uint16_t)(20000 + ((unsigned)getpid() * 16 + n++) % 12000);
	} while (!is_free(port));
	return port;
}

void service_config(struct service_test *t, const char *more)
{
	FILE *file = fopen(t->conf, "we");
	const struct world *w = t->world;

	assert_non_null(file);
	fprintf(file, "listen = \"127.0.0.1:%u\";\nledger = \"sqlite:%s\";\n", t->port,
		t->ledger);
	fprintf(file, "slack = { %s; bot_token = \"env:T_BOT\"; api_url = \"%s\"; };\n",
		t->http ? "mode = \"http\"; signing_secret = \"env:T_SIGN\""
			: "app_token = \"env:T_APP\"",
		w->slack_url);
	fprintf(file, "incidentio = { api_key = \"env:T_IO\"; api_url = \"%s\"; %s };\n",
		w->incidentio_url, t->io_more ? t->io_more : "");
	fprintf(file, "pagerduty = { api_key = \"env:T_PD\"; api_url = \"%s\"; %s };\n",
		w->pagerduty_url, t->pd_more ? t->pd_more : "");
	fprintf(file, "resources = ( { name = \"prod-db\"; %s }",
		t->db_more ? t->db_more : "");
	for (unsigned i = 0; i < SERVICE_RESOURCES; i++) {
		fprintf(file, ", { name = \"db-%u\"; }", i);
	}
	fprintf(file,
		" );\n"
		"policies = ( { name = \"db-responders\"; resources = [ \"*db*\" ];\n"
		"  any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; },\n"
		"          { pagerduty = { acknowledged = true; }; } ); } );\n%s",
		more ? more : "");
	fclose(file);
}

int service_setup(void **state)
{
	struct service_test *t = calloc(1, sizeof(*t));
	struct fail f = { 0 };

	assert_non_null(t);
	snprintf(t->dir, sizeof(t->dir), "/tmp/accessd-process-XXXXXX");
	assert_non_null(mkdtemp(t->dir));
	snprintf(t->conf, sizeof(t->conf), "%s/accessd.conf", t->dir);
	snprintf(t->log, sizeof(t->log), "%s/log", t->dir);
	snprintf(t->ledger, sizeof(t->ledger), "%s/ledger.db", t->dir);
	t->port = free_port();
	if (!loop_create(clock_system(), &t->loop, &f) ||
	    !world_open(t->loop, &(struct world_options){ 0 }, &t->world, &f)) {
		fail_msg("%s", f.msg);
	}
	service_config(t, NULL);
	*state = t;
	return 0;
}

int service_teardown(void **state)
{
	struct service_test *t = *state;
	static const char *const names[] = { "accessd.conf",  "log",
					     "ledger.db",     "ledger.db-wal",
					     "ledger.db-shm", "ledger.db.lock",
					     "ledger.db.key" };
	char path[160];

	child_kill(&t->child);
	world_close(t->world);
	loop_destroy(t->loop);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", t->dir, names[i]);
		unlink(path);
	}
	rmdir(t->dir);
	free(t);
	return 0;
}

void service_start(struct service_test *t)
{
	static char app[128], bot[128], io[128], pd[128], sign[128], notify[128];
	const struct world *w = t->world;
	char path[256];

	snprintf(app, sizeof(app), "T_APP=%s",
		 t->app_token ? t->app_token : w->app_token);
	snprintf(bot, sizeof(bot), "T_BOT=%s",
		 t->bot_token ? t->bot_token : w->bot_token);
	snprintf(io, sizeof(io), "T_IO=%s", w->incidentio_key);
	snprintf(pd, sizeof(pd), "T_PD=%s", w->pagerduty_key);
	snprintf(notify, sizeof(notify), "NOTIFY_SOCKET=%s", t->notify ? t->notify : "");
	snprintf(sign, sizeof(sign), "T_SIGN=%s", w->signing_secret);
	const char *env[ENV_MAX] = {
		app, bot, io, pd, sign, "ASAN_OPTIONS=detect_leaks=0"
	};
	size_t n = 6;

	for (size_t i = 0; t->env && t->env[i]; i++) {
		env[n++] = t->env[i];
	}
	if (t->notify) {
		env[n++] = notify;
		env[n++] = "WATCHDOG_USEC=200000";
	}
	assert_true(n < ENV_MAX);
	const char *argv[] = { "/usr/bin/setpriv",
			       "--reuid=65534",
			       "--regid=65534",
			       "--clear-groups",
			       child_program("accessd", path, sizeof(path)),
			       "serve",
			       "-c",
			       t->conf,
			       NULL };
	bool drop = t->as_nobody && geteuid() == 0;

	if (t->http) {
		snprintf(t->world->app_url, sizeof(t->world->app_url),
			 "http://127.0.0.1:%u/webhooks/slack", t->port);
	}
	assert_true(child_start(&t->child, drop ? argv : argv + 4, env, t->log,
				t->limit_bytes));
}

static bool has_ended(struct service_test *t, void *data)
{
	return child_ended(&t->child, 0, data);
}

int service_exit(struct service_test *t)
{
	int status = -1;

	service_until(t, has_ended, &status, PATIENCE_MS);
	return t->child.pid == 0 && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool service_until(struct service_test *t,
		   bool (*cond)(struct service_test *t, void *data), void *data,
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

static bool has_socket(struct service_test *t, void *data)
{
	(void)data;
	return world_sockets(t->world) > 0;
}

bool service_is_live(struct service_test *t)
{
	return t->http ? service_logs(t, "service.live")
		       : service_until(t, has_socket, NULL, PATIENCE_MS);
}

static bool has_none(struct service_test *t, void *data)
{
	(void)data;
	return world_sockets(t->world) == 0;
}

void service_kill(struct service_test *t)
{
	child_kill(&t->child);
	assert_true(service_until(t, has_none, NULL, PATIENCE_MS));
}

/* --- looking ------------------------------------------------------------------------------- */

struct get {
	struct http_request req;
	bool done;
	long status;
	char *body;
	size_t size;
};

static void on_got(struct http_request *req, const struct http_response *res,
		   const struct fail *f)
{
	struct get *g = container_of(req, struct get, req);

	g->done = true;
	g->status = f->kind == FAIL_NONE ? res->status : 0;
	if (g->body && f->kind == FAIL_NONE) {
		snprintf(g->body, g->size, "%s", res->body ? res->body : "");
	}
}

long service_get(struct service_test *t, const char *path, char *body, size_t size)
{
	struct http_client_config conf = { .ca_file = "",
					   .proxy = "",
					   .user_agent = "test" };
	struct http_client *c = NULL;
	struct fail f = { 0 };
	char url[256];
	struct get g = { .body = body, .size = size };

	snprintf(url, sizeof(url), "http://127.0.0.1:%u%s", t->port, path);
	assert_true(http_client_open(t->loop, &conf, &c, &f));
	g.req = (struct http_request){ .method = "GET", .url = url, .cb = on_got };
	http_request_start(c, &g.req);
	loop_run_until(t->loop, &g.done, PATIENCE_MS);
	http_client_close(c);
	return g.status;
}

struct look {
	const char *part;
	struct world_message *found;
};

static bool is_said(struct service_test *t, void *data)
{
	struct look *l = data;

	l->found = world_find_message(t->world, "", l->part);
	return l->found != NULL;
}

struct world_message *service_message(struct service_test *t, const char *part)
{
	struct look l = { .part = part };

	service_until(t, is_said, &l, PATIENCE_MS);
	return l.found;
}

static bool is_logged(struct service_test *t, void *data)
{
	return child_log_has(t->log, data);
}

bool service_logs(struct service_test *t, const char *part)
{
	return service_until(t, is_logged, (void *)(uintptr_t)part, PATIENCE_MS);
}

/* Open, run to the first row, hand over, close. */
static void query(struct service_test *t, const char *sql,
		  void (*row)(sqlite3_stmt *stmt, void *data), void *data)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;

	if (sqlite3_open_v2(t->ledger, &db, SQLITE_OPEN_READWRITE, NULL) == SQLITE_OK &&
	    sqlite3_busy_timeout(db, 2000) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, sql, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		row(stmt, data);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
}

static void on_number(sqlite3_stmt *stmt, void *data)
{
	*(int64_t *)data = sqlite3_column_int64(stmt, 0);
}

int64_t service_sql(struct service_test *t, const char *sql)
{
	int64_t n = -1;

	query(t, sql, on_number, &n);
	return n;
}

static void on_id(sqlite3_stmt *stmt, void *data)
{
	snprintf(data, ULID_SIZE, "%s", (const char *)sqlite3_column_text(stmt, 0));
}

void service_sql_id(struct service_test *t, const char *sql, char ret_id[ULID_SIZE])
{
	ret_id[0] = '\0';
	query(t, sql, on_id, ret_id);
}
