/* SPDX-License-Identifier: Apache-2.0 */
/* Decisions for Indent's platform, per second. Without arguments it plays the comparison
 * of tests/bench/webhooks.mjs, for which it is, one at a time:
 *
 *   webhooks load PORT CONNECTIONS MS   the platform: signs each request anew
 *   webhooks fixed PORT                 our HTTP server with nothing behind it: HMAC,
 *                                       jansson and always the same reply
 *   webhooks single CONFIG              accessd with a transaction for each request, at
 *                                       ledger = "single:sqlite:PATH"
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/store.h"
#include "bot/cli/cli.h"
#include "shared/http_server.h"
#include "shared/jx.h"
#include "shared/sig.h"
#include "shared/text.h"
#include "tests/lib/http_load.h"

static const char secret[] = "whsec_test_0001";

/* V7 of the contract with its time, its event's id and its petition anew in each. */
static const char request_head[] =
	"POST /webhooks/indent HTTP/1.1\r\nHost: 127.0.0.1\r\n"
	"Content-Type: application/json\r\nContent-Length: %zu\r\n"
	"X-Indent-Timestamp: %s\r\nX-Indent-Signature: %s\r\n\r\n";
static const char request_body[] =
	"{\"events\":[{\"event\":\"access/request\",\"id\":\"01HM6Q000000000000%08u\","
	"\"timestamp\":\"2024-01-15T09:30:00Z\",\"reason\":\"INC-412: replica lag, need "
	"psql\",\"actor\":{\"id\":\"U0ANA0001\",\"kind\":\"slack/user\",\"email\":"
	"\"ana@acme.example\",\"displayName\":\"Ana Ruiz\",\"labels\":{\"oktaId\":"
	"\"000uANA\"}},\"resources\":[{\"id\":\"00g1prodadmin\",\"kind\":\"okta.v1.Group\","
	"\"displayName\":\"prod-db-admin\",\"labels\":{\"oktaId\":\"00g1prodadmin\"}}],"
	"\"meta\":{\"labels\":{\"petition\":\"pet-7f3a\",\"indent.com/workflow/origin/"
	"id\":\"wf-1\",\"indent.com/workflow/origin/run/id\":\"run-9\"}}}]}";

enum { BODY_LEN = 531 };

static void complain(const char *what)
{
	fprintf(stderr, "webhooks: %s\n", what);
	exit(1);
}

/* --- the platform ------------------------------------------------------------------------ */

struct platform {
	struct sig_key *key;
	unsigned n;
};

static void on_next(void *data, struct buf *out)
{
	struct platform *p = data;
	char body[1024];
	char timestamp[TIME_SIZE];
	char hex[SIG_HEX_SIZE];
	uint8_t mac[SIG_SIZE];
	int len = snprintf(body, sizeof(body), request_body, p->n++ % 100000000);

	if (len != BODY_LEN) {
		complain("the body is not as long as it should be");
	}

	text_format_time(clock_wall_ms(clock_system()), timestamp);
	const struct sig_part parts[] = { { "v0:", 3 },
					  { timestamp, strlen(timestamp) },
					  { ":", 1 },
					  { body, (size_t)len } };

	sig_hmac(p->key, parts, ARRAY_LEN(parts), mac);
	sig_hex(mac, hex);
	buf_addf(out, request_head, (size_t)len, timestamp, hex);
	buf_add(out, body, (size_t)len);
}

static int load(char **argv)
{
	struct platform p = { .key = sig_key_create(secret, strlen(secret)),
			      .n = (unsigned)clock_wall_ms(clock_system()) };
	struct http_load l = { .port = (uint16_t)strtoul(argv[0], NULL, 10),
			       .connections = strtoul(argv[1], NULL, 10),
			       .ms = (int64_t)strtoul(argv[2], NULL, 10),
			       .next = on_next,
			       .data = &p,
			       .want = "access/approve" };
	struct http_load_result r;

	if (!http_load_run(&l, &r)) {
		complain("a connection was lost");
	}
	printf("{\"per_s\":%.0f,\"p50_us\":%" PRId64 ",\"p99_us\":%" PRId64
	       ",\"replies\":%zu,\"sent\":%zu,\"bad\":%zu}\n",
	       r.per_s, r.p50_us, r.p99_us, r.replies, r.sent, r.bad);
	sig_key_destroy(p.key);
	return 0;
}

/* --- nothing behind it ------------------------------------------------------------------ */

/* As long as ours to these requests. */
static char fixed_reply[900] = "{\"status\":{\"code\":0},\"claims\":[{\"event\":"
			       "\"access/approve\",\"reason\":\"";

static void on_fixed(struct http_exchange *x, void *data)
{
	const char *timestamp = http_header(x, "X-Indent-Timestamp", NULL);
	const char *signature = http_header(x, "X-Indent-Signature", NULL);
	const struct sig_part parts[] = { { "v0:", 3 },
					  { timestamp, strlen(timestamp) },
					  { ":", 1 },
					  { x->body, x->body_len } };
	uint8_t mac[SIG_SIZE];
	json_t *body = NULL;
	struct fail f;

	sig_hmac(data, parts, ARRAY_LEN(parts), mac);
	if (!sig_is_hex(mac, signature, strlen(signature)) ||
	    !jx_parse_object(x->body, x->body_len, &body, &f)) {
		complain("a request that is not signed");
	}
	json_decref(body);
	http_reply(x, 200, "application/json", fixed_reply, strlen(fixed_reply), NULL);
}

static int fixed(char **argv)
{
	const struct http_route route = { "POST", "/webhooks/indent", on_fixed, 1 << 20 };
	char listen[64];
	struct http_server_config conf = {
		.listener = { .address = listen, .cert = "", .key = "" },
		.routes = &route,
		.n_routes = 1,
		.data = sig_key_create(secret, strlen(secret)),
	};
	struct http_server *s = NULL;
	struct loop *l = NULL;
	struct fail f;
	size_t len = strlen(fixed_reply);

	memset(fixed_reply + len, 'x', sizeof(fixed_reply) - 5 - len);
	memcpy(fixed_reply + sizeof(fixed_reply) - 5, "\"}]}", 5);
	snprintf(listen, sizeof(listen), "127.0.0.1:%s", argv[0]);
	if (!loop_create(clock_system(), &l, &f) || !http_server_open(l, &conf, &s, &f)) {
		complain(f.msg);
	}
	loop_run(l);
	return 0;
}

/* --- a transaction for each ---------------------------------------------------------------- */

extern const struct store_driver store_sqlite;

static bool single_claim(const char *where, int *ret_fd, struct fail *f)
{
	return store_sqlite.claim(where + strlen("sqlite:"), ret_fd, f);
}

static bool single_open(const char *where, struct store_db **ret_db, struct fail *f)
{
	return store_sqlite.open(where + strlen("sqlite:"), ret_db, f);
}

static void single_close(struct store_db *db)
{
	store_sqlite.close(db);
}

static bool single_nothing(struct store_db *db, struct fail *f)
{
	(void)db;
	(void)f;
	return true;
}

static bool single_apply(struct store_db *db, struct store_op *op, struct fail *f)
{
	bool ok = store_sqlite.begin(db, f) && store_sqlite.apply(db, op, f);
	struct fail later;

	return store_sqlite.commit(db, ok ? f : &later) && ok;
}

static void single_rest(struct store_db *db, bool quiet)
{
	store_sqlite.rest(db, quiet);
}

static const struct store_driver single_driver = {
	.scheme = "single",
	.claim = single_claim,
	.open = single_open,
	.close = single_close,
	.begin = single_nothing,
	.apply = single_apply,
	.commit = single_nothing,
	.rest = single_rest,
};

/* The command line that bot/main.c would have. */
const struct subcommand cli_subcommands[] = {
	{ .name = "serve", .options = 0, .words = "", .help = "", .run = cli_serve },
};
const unsigned cli_n_subcommands = 1;

static int single(char **argv)
{
	struct cli_options o = { .config = argv[0] };

	store_driver_use(&single_driver);
	return cli_serve(&o);
}

/* --- which of them? -------------------------------------------------------------------------- */

static const struct {
	const char *name;
	int n_args;
	int (*run)(char **argv);
} modes[] = {
	{ "fixed", 1, fixed },
	{ "load", 3, load },
	{ "single", 1, single },
};

static int compare(void)
{
	const char *build = getenv("BUILD");

	execl("tests/lib/node", "node", "tests/bench/webhooks.mjs",
	      build ? build : "build", (char *)NULL);
	complain("tests/lib/node cannot be run: start this where the sources are");
	return 1;
}

int main(int argc, char **argv)
{
	for (size_t i = 0; argc > 1 && i < ARRAY_LEN(modes); i++) {
		if (strcmp(argv[1], modes[i].name) == 0 && argc - 2 == modes[i].n_args) {
			return modes[i].run(argv + 2);
		}
	}
	if (argc > 1) {
		complain("see the top of tests/bench/webhooks.c");
	}
	return compare();
}
