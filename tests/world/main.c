/* SPDX-License-Identifier: Apache-2.0 */
/* The faked world as a program: prints where it is, then serves until it is told to stop.
 *
 *   world [--port N] [--ws-port N] [--tls DIR] [--print-env]
 *
 * DIR holds cert.pem and key.pem. The first line of output is JSON with all addresses and
 * keys; --print-env prints them as NAME=value lines instead. */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/world/world.h"

struct arguments {
	int port;
	int ws_port;
	const char *tls;
	bool print_env;
};

static const struct option options[] = {
	{ "port", required_argument, NULL, 'p' },
	{ "ws-port", required_argument, NULL, 'w' },
	{ "tls", required_argument, NULL, 't' },
	{ "print-env", no_argument, NULL, 'e' },
	{ NULL, 0, NULL, 0 },
};

static bool port_read(const char *s, int *ret_port)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || *end || n < 0 || n > 65535) {
		return false;
	}
	*ret_port = (int)n;
	return true;
}

static bool arguments_read(int argc, char **argv, struct arguments *a)
{
	bool ok = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'p') {
			ok = port_read(optarg, &a->port) && ok;
		} else if (c == 'w') {
			ok = port_read(optarg, &a->ws_port) && ok;
		} else if (c == 't') {
			a->tls = optarg;
		} else if (c == 'e') {
			a->print_env = true;
		} else {
			ok = false;
		}
	}
	return ok && optind == argc;
}

static void addresses_print(const struct world *w, bool env)
{
	const struct {
		const char *name;
		const char *value;
	} rows[] = {
		{ "PAGE", w->base_url },
		{ "SLACK_API_URL", w->slack_url },
		{ "SLACK_WS_URL", w->ws_url },
		{ "SLACK_APP_TOKEN", w->app_token },
		{ "SLACK_BOT_TOKEN", w->bot_token },
		{ "INCIDENTIO_API_URL", w->incidentio_url },
		{ "INCIDENTIO_API_KEY", w->incidentio_key },
		{ "PAGERDUTY_API_URL", w->pagerduty_url },
		{ "PAGERDUTY_API_KEY", w->pagerduty_key },
		{ "PROVISIONER_URL", w->provisioner_url },
		{ "PROVISIONER_SECRET", w->provisioner_secret },
	};
	json_t *o = json_object();

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_object_set_new(o, rows[i].name, json_string(rows[i].value));
		if (env) {
			printf("%s=%s\n", rows[i].name, rows[i].value);
		}
	}
	char *text = json_dumps(o, JSON_COMPACT);

	if (!env) {
		printf("%s\n", text);
	}
	free(text);
	json_decref(o);
	fflush(stdout);
}

static void on_signal(struct loop *l, int signo, void *data)
{
	(void)signo;
	(void)data;
	loop_stop(l);
}

static bool serve(struct loop *l, const struct arguments *a, struct fail *f)
{
	char address[32];
	char ws_address[32];
	char cert[1024];
	char key[1024];
	struct world_options opts = { .address = address, .ws_address = ws_address };
	struct world *w;

	snprintf(address, sizeof(address), "127.0.0.1:%d", a->port);
	snprintf(ws_address, sizeof(ws_address), "127.0.0.1:%d", a->ws_port);
	if (a->tls) {
		snprintf(cert, sizeof(cert), "%s/cert.pem", a->tls);
		snprintf(key, sizeof(key), "%s/key.pem", a->tls);
		opts.cert = cert;
		opts.key = key;
	}
	if (!world_open(l, &opts, &w, f)) {
		return false;
	}
	addresses_print(w, a->print_env);
	loop_run(l);
	world_close(w);
	return true;
}

int main(int argc, char **argv)
{
	struct arguments a = { 0 };
	struct fail f = { 0 };
	struct loop *l;
	sigset_t stop;

	if (!arguments_read(argc, argv, &a)) {
		fprintf(stderr, "usage: world [--port N] [--ws-port N] [--tls DIR] "
				"[--print-env]\n");
		return 2;
	}
	if (!loop_create(clock_system(), &l, &f)) {
		fprintf(stderr, "world: %s\n", f.msg);
		return 1;
	}
	sigemptyset(&stop);
	sigaddset(&stop, SIGINT);
	sigaddset(&stop, SIGTERM);
	bool ok = loop_signals_watch(l, &stop, on_signal, NULL, &f) && serve(l, &a, &f);

	loop_destroy(l);
	if (!ok) {
		fprintf(stderr, "world: %s\n", f.msg);
	}
	return ok ? 0 : 1;
}
