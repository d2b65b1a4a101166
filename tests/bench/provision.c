/* SPDX-License-Identifier: Apache-2.0 */
/* How grants live and end by the thousand: how soon a service with 100,000 of them is ready
 * and how much memory it takes; how late the end of each begins when 10,000 end within one
 * second, and that the target is never asked about more at a time than its cap.
 *
 *   provision [FOLDER]    where the ledger goes; /tmp if none is named */
#include <inttypes.h>
#include <signal.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "accessd/approver.h"
#include "accessd/notifier.h"
#include "approver/service.h"
#include "shared/http_client.h"
#include "shared/log.h"
#include "shared/secret.h"
#include "tests/lib/bench.h"
#include "tests/lib/fake_target.h"
#include "tests/world/web.h"

enum { LIVE = 100000, ENDING = 10000, CAP = 16, LEAD_MS = 2000, WAIT_MS = 120 * 1000 };

static struct loop *loop;
static struct http_client *http;
static struct approver *approver;
static struct fake_target target;
static char dir[200], path[256], url[300], hook[64];
static int64_t lags_ns[ENDING];
static size_t n_lags;

static void die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s\n", what, why);
	exit(1);
}

/* --- nobody is told ----------------------------------------------------------------------- */

struct telling {
	struct notice *notice;
	struct loop_timer timer;
};

static void on_told(struct loop_timer *t)
{
	struct telling *x = container_of(t, struct telling, timer);
	struct notice *n = x->notice;
	struct fail fine = { 0 };

	free(x);
	n->cb(n, &fine);
}

static void tell(struct notifier *self, struct notice *n)
{
	struct telling *x = calloc(1, sizeof(*x));

	(void)self;
	x->notice = n;
	x->timer.cb = on_told;
	n->job = x;
	loop_timer_start(loop, &x->timer, 0);
}

static void tell_cancel(struct notifier *self, struct notice *n)
{
	struct telling *x = n->job;

	(void)self;
	loop_timer_cancel(&x->timer);
	free(x);
}

static const struct notifier_ops notifier_ops = { .send = tell, .cancel = tell_cancel };
static struct notifier notifier = { .ops = &notifier_ops };

/* --- a target in a process of its own -------------------------------------------------------- */

static void on_hook(struct web_request *r, void *data)
{
	(void)data;
	web_reply(r, 200, "application/json", NULL, "{\"status\":{}}", 13);
}

static void target_run(int fd)
{
	struct loop *l;
	struct web *w;
	struct fail f;
	uint16_t port;

	if (!loop_create(clock_system(), &l, &f) ||
	    !web_open(l, "127.0.0.1:0", "", "", on_hook, NULL, &w, &f)) {
		die("target", f.msg);
	}
	port = web_port(w);
	if (write(fd, &port, sizeof(port)) != sizeof(port)) {
		exit(1);
	}
	loop_run(l);
}

static pid_t target_start(void)
{
	int ends[2];
	uint16_t port = 0;
	pid_t pid;

	if (pipe(ends) != 0 || (pid = fork()) < 0) {
		die("target", "cannot fork");
	}
	if (pid == 0) {
		target_run(ends[1]);
		exit(0);
	}
	if (read(ends[0], &port, sizeof(port)) != sizeof(port)) {
		die("target", "does not start");
	}
	close(ends[0]);
	close(ends[1]);
	snprintf(hook, sizeof(hook), "http://127.0.0.1:%u/", port);
	return pid;
}

/* --- the service ------------------------------------------------------------------------------- */

static void service_open(const char *type)
{
	static char name[] = "okta";
	static char none[] = "";
	static struct provisioner_config p;
	static struct config c;
	struct approver_env env = {
		.loop = loop, .http = http, .notifier = &notifier, .config = &c
	};
	struct fail f = { 0 };

	p = (struct provisioner_config){ .name = name,
					 .type = (char *)(uintptr_t)type,
					 .url = hook,
					 .timeout_ms = 60000,
					 .concurrency = CAP };
	secret_set(&p.secret, "wk", 2);
	c = (struct config){ .ledger = url };
	c.audit.file = c.audit.url = none;
	c.provisioners.items = &p;
	c.provisioners.n = 1;
	if (!approver_open(&env, &approver, &f)) {
		die("approver", f.msg);
	}
}

static void service_close(void)
{
	approver_close(approver);
	approver = NULL;
}

/* --- the ledger ---------------------------------------------------------------------------------- */

static void sql(const char *text)
{
	sqlite3 *db = NULL;
	char *why = NULL;

	if (sqlite3_open(path, &db) != SQLITE_OK ||
	    sqlite3_exec(db, text, NULL, NULL, &why) != SQLITE_OK) {
		die("ledger", why ? why : "cannot be opened");
	}
	sqlite3_close(db);
}

static int64_t sql_number(const char *text)
{
	sqlite3 *db = NULL;
	sqlite3_stmt *stmt = NULL;
	int64_t n = -1;

	if (sqlite3_open_v2(path, &db, SQLITE_OPEN_READONLY, NULL) == SQLITE_OK &&
	    sqlite3_prepare_v2(db, text, -1, &stmt, NULL) == SQLITE_OK &&
	    sqlite3_step(stmt) == SQLITE_ROW) {
		n = sqlite3_column_int64(stmt, 0);
	}
	sqlite3_finalize(stmt);
	sqlite3_close(db);
	return n;
}

/* n active grants that end from `from_ms` on, spread over one second. */
static void fill(size_t n, int64_t from_ms)
{
	static char text[4096];

	snprintf(
		text, sizeof(text),
		"PRAGMA foreign_keys = OFF; BEGIN; DELETE FROM grants; DELETE FROM effect;"
		"DELETE FROM request;"
		"WITH RECURSIVE c(x) AS (SELECT 0 UNION ALL SELECT x + 1 FROM c"
		" WHERE x < %zu)"
		"INSERT INTO request SELECT printf('01J8ZK%%020d', x), 'granted', 'slack',"
		" 'T1', printf('U%%08d', x), 'C1', '', 'prod-db', 3600, '', 'replica lag', 1,"
		" 2, 'p' FROM c;"
		"INSERT INTO grants (id, state, team, user, channel, resource, policy,"
		" provider, incident_id, incident_ref, evidence, starts_ms, expires_ms,"
		" active_ms, moved_ms, cause, why, provider_user, by_user, room, kept,"
		" provisioner, lane, told)"
		" SELECT id, 'active', team, user, channel, resource, policy,"
		" 'incidentio', '01INC', 'INC-204', 'Incident Lead of INC-204', 1,"
		" %" PRId64
		" + CAST(substr(id, 7) AS INTEGER) %% 1000, 1, 1, '', '', '', '', '', 0, 'okta', 'okta/' || user,"
		" '{\"email\":\"ana@acme.example\",\"target\":{\"kind\":\"okta.v1.Group\","
		"\"id\":\"00g1\",\"display_name\":\"\",\"labels\":{\"oktaId\":\"00g1\"}}}'"
		" FROM request; COMMIT;",
		n - 1, from_ms);
	sql(text);
}

static long rss_kb(void)
{
	FILE *f = fopen("/proc/self/statm", "re");
	long total, resident = 0;

	if (f && fscanf(f, "%ld %ld", &total, &resident) != 2) {
		resident = 0;
	}
	if (f) {
		fclose(f);
	}
	return resident * (sysconf(_SC_PAGESIZE) / 1024);
}

/* --- measuring ------------------------------------------------------------------------------------- */

static void on_read(struct mine *m, const struct fail *f)
{
	(void)m;
	(void)f;
	loop_stop(loop);
}

static void live(void)
{
	static struct mine m;
	int64_t start_ns = bench_now_ns();
	long before = rss_kb();
	int64_t took_ns;

	service_open("fake");
	snprintf(m.team, sizeof(m.team), "T1");
	snprintf(m.user, sizeof(m.user), "U00000001");
	m.cb = on_read;
	approver_mine(approver, &m);
	loop_run(loop);
	took_ns = bench_now_ns() - start_ns;
	printf("%d live grants: ready in %.1f ms (must be < 2000), %.1f MB resident "
	       "(must be < 64), %.1f MB of them since the start\n",
	       LIVE, (double)took_ns / 1e6, (double)rss_kb() / 1024,
	       (double)(rss_kb() - before) / 1024);
	service_close();
}

static void on_call(const struct fake_call *c, void *data)
{
	const struct clock *clock = clock_system();

	(void)data;
	if (n_lags < ENDING) {
		lags_ns[n_lags++] =
			(clock_wall_ms(clock) - c->call->what->expires_ms) * 1000000;
	}
}

static bool all_closed(void)
{
	return sql_number("SELECT count(*) FROM grants WHERE state <> 'closed'") == 0;
}

static void wait_closed(void)
{
	int64_t end_ns = bench_now_ns() + (int64_t)WAIT_MS * 1000000;
	bool never = false;

	while (!all_closed()) {
		loop_run_until(loop, &never, 200);
		if (bench_now_ns() > end_ns) {
			die("grants", "are not all closed in two minutes");
		}
	}
}

static void ending(const char *type)
{
	int64_t from_ms;
	struct bench_result lag;

	service_open(type);
	service_close(); /* the tables are there */
	from_ms = clock_wall_ms(clock_system()) + LEAD_MS;
	fill(ENDING, from_ms);
	n_lags = 0;
	target.most = 0;
	service_open(type);
	wait_closed();
	if (n_lags == 0) {
		printf("%d grants end in one second, by HTTP to another process: the last "
		       "is closed %.1f s after the first was due; %.0f/s\n",
		       ENDING,
		       (double)(sql_number("SELECT max(ended_ms) FROM grants") -
				from_ms) /
			       1000,
		       ENDING * 1000.0 /
			       (double)(sql_number("SELECT max(ended_ms) FROM grants") -
					from_ms));
		printf("  from due to confirmed: p99 %.2f s\n",
		       (double)sql_number(
			       "SELECT ended_ms - expires_ms FROM grants ORDER "
			       "BY ended_ms - expires_ms LIMIT 1 OFFSET 9899") /
			       1000);
	} else {
		lag = bench_sum_up(lags_ns, n_lags);
		printf("%d grants end in one second, at a target that answers at once: the "
		       "end begins %.2f s late in the middle, p99 %.2f s (must be < 2); "
		       "%zu at a time at most (cap %d)\n",
		       ENDING, (double)lag.median_ns / 1e9, (double)lag.p99_ns / 1e9,
		       target.most, CAP);
	}
	service_close();
}

int main(int argc, char **argv)
{
	struct fail f = { 0 };
	pid_t pid = target_start();

	log_setup(clock_system(), LOG_ERROR, LOG_LOGFMT, false);
	snprintf(dir, sizeof(dir), "%s/accessd-bench-XXXXXX",
		 argc > 1 ? argv[1] : "/tmp");
	if (!mkdtemp(dir) || !loop_create(clock_system(), &loop, &f) ||
	    !http_client_open(loop, &(struct http_client_config){ .max_connections = 64 },
			      &http, &f)) {
		die(dir, f.msg);
	}
	snprintf(path, sizeof(path), "%s/ledger.db", dir);
	snprintf(url, sizeof(url), "sqlite:%s", path);
	fake_target_init(&target);
	target.prompt = true;
	target.on_call = on_call;
	service_open("fake");
	service_close();
	fill(LIVE, clock_wall_ms(clock_system()) + 3600000);
	live();
	ending("fake");
	ending("indent");
	http_client_close(http);
	loop_destroy(loop);
	kill(pid, SIGTERM);
	waitpid(pid, NULL, 0);
	snprintf(url, sizeof(url), "%s.lock", path);
	unlink(url);
	unlink(path);
	rmdir(dir);
	return 0;
}
