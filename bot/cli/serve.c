/* SPDX-License-Identifier: Apache-2.0 */
/* accessd serve: the service, its signals and its service manager.
 *
 *   SIGTERM, SIGINT  drain, then exit 0; a second one: exit at once
 *   SIGHUP           read the config again, or keep the old one and say why */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bot/app.h"
#include "bot/cli/cli.h"
#include "bot/config.h"
#include "bot/config_environment.h"
#include "bot/systemd.h"
#include "bot/version.h"
#include "shared/log.h"
#include "shared/text.h"

struct service {
	const char *path;
	struct loop *loop;
	struct app app;
	struct config first;  /* what cannot be reloaded is borrowed from here for ever */
	struct config *later; /* the one in use since the last reload, or NULL */
	struct loop_timer watchdog;
	char status[256];
};

static void log_apply(const struct log_config *c, const struct clock *clock)
{
	enum log_level level = LOG_INFO;

	log_level_parse(c->level, &level);
	log_setup(clock, level, strcmp(c->format, "json") == 0 ? LOG_JSON : LOG_LOGFMT,
		  systemd_is_journal());
}

/* --- reload ------------------------------------------------------------------------------ */

static bool reload_read(struct service *s, struct config *c, struct fail *f)
{
	char name[NAME_SIZE];

	if (!config_open(s->path, true, c, f)) {
		return false;
	}
	if (conf_needs_restart(&config_table, &s->first, c, name, sizeof(name))) {
		config_finish(c);
		fail_set(f, FAIL_INVALID, "'%s' has changed, which needs a restart",
			 name);
		return fail_hint(f, "restart the service, or change it back and reload.");
	}
	return true;
}

static void reload(struct service *s)
{
	struct config *c = calloc(1, sizeof(*c));
	struct fail f = { 0 };

	systemd_reloading();
	bool read = c && reload_read(s, c, &f);

	if (!read || !app_reload(&s->app, c, &f)) {
		log_error("config.refused", LOG_T("file", s->path), LOG_F(&f),
			  LOG_T("then", "old-config-stays"));
		if (read) {
			config_finish(c);
		}
		free(c);
		systemd_ready();
		return;
	}
	log_apply(&c->log, loop_clock(s->loop));
	log_info("config.reloaded", LOG_T("file", s->path));
	if (c->any_resource) {
		config_environment_log(c);
	}
	if (s->later) {
		config_finish(s->later);
		free(s->later);
	}
	s->later = c;
	systemd_ready();
}

/* --- stop ----------------------------------------------------------------------------------- */

static void on_stopped(void *data)
{
	struct service *s = data;

	loop_stop(s->loop);
}

static void on_signal(struct loop *l, int signo, void *data)
{
	struct service *s = data;

	if (signo == SIGHUP) {
		reload(s);
		return;
	}
	if (s->app.stopping) {
		log_warn("service.stopped_at_once", LOG_N("signal", signo));
		loop_stop(l);
		return;
	}
	log_info("service.stopping", LOG_N("signal", signo));
	systemd_stopping();
	app_stop(&s->app, on_stopped, s);
}

/* --- run ------------------------------------------------------------------------------------- */

static void on_watchdog(struct loop_timer *t)
{
	struct service *s = container_of(t, struct service, watchdog);
	char why[200];
	char now[sizeof(s->status)];
	int64_t every_ms = systemd_watchdog_ms();

	snprintf(now, sizeof(now), "%s%s",
		 app_ready(&s->app, why, sizeof(why)) ? "ready" : "not ready: ", why);
	if (strcmp(now, s->status) != 0) {
		text_copy(s->status, sizeof(s->status), now);
		systemd_status(now);
	}
	systemd_alive();
	loop_timer_start(s->loop, t, every_ms > 0 && every_ms < 5000 ? every_ms : 5000);
}

static void on_ready(void *data)
{
	struct service *s = data;

	log_info("service.live", LOG_T("team", s->app.me.team),
		 LOG_T("app", s->app.me.app));
}

static bool service_start(struct service *s, struct fail *f)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	if (!loop_signals_watch(s->loop, &set, on_signal, s, f) ||
	    !app_open(&s->app, s->loop, &s->first, f)) {
		return false;
	}
	s->app.ready = on_ready;
	s->app.ready_data = s;
	s->watchdog.cb = on_watchdog;
	loop_timer_start(s->loop, &s->watchdog, 0);
	log_info("service.started", LOG_T("version", accessd_version),
		 LOG_N("port", app_port(&s->app)), LOG_T("ledger", s->first.ledger));
	systemd_ready();
	return true;
}

static void service_finish(struct service *s)
{
	loop_timer_cancel(&s->watchdog);
	app_close(&s->app);
	loop_destroy(s->loop);
	if (s->later) {
		config_finish(s->later);
		free(s->later);
	}
	config_finish(&s->first);
}

int cli_serve(const struct cli_options *o)
{
	static struct service s;
	struct fail f = { 0 };

	s.path = config_path(o->config);
	if (!config_open(s.path, true, &s.first, &f)) {
		cli_complain(&f);
		return CLI_CONFIG;
	}
	log_apply(&s.first.log, clock_system());
	if (s.first.any_resource) {
		config_environment_log(&s.first);
	}
	if (!loop_create(clock_system(), &s.loop, &f)) {
		cli_complain(&f);
		config_finish(&s.first);
		return CLI_FAILED;
	}
	if (!service_start(&s, &f)) {
		cli_complain(&f);
		loop_destroy(s.loop);
		config_finish(&s.first);
		return CLI_FAILED;
	}
	loop_run(s.loop);
	service_finish(&s);
	log_info("service.stopped");
	return CLI_OK;
}
