/* SPDX-License-Identifier: Apache-2.0 */
/* Random pipelines over real sockets: some clients at a time, each with good requests and
 * perhaps a bad one, cut anywhere, answered at once or some turns later, and now and then
 * reset in the middle. What must hold:
 *  - every good request gets its own answer, in order, up to the first that ends the
 *    connection; behind that nothing;
 *  - whatever clients do, nothing is left behind, and a drain comes to its end.
 *
 *   HTTP_SEED=... the one that was printed; HTTP_ROUNDS=... more of them */
#include "shared/http_server.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "accessd/types.h"
#include "tests/lib/fake_clock.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

enum {
	ROUNDS = 150,
	CLIENTS = 6,
	PIPELINE = 12, /* requests at most */
	BODY = 6000,
	REPLY = 16384,
};

/* --- dice ------------------------------------------------------------------------- */

static uint64_t seed, dice;

/* xorshift64*, so that a seed tells the same story everywhere. */
static uint32_t roll(uint32_t n)
{
	dice ^= dice >> 12;
	dice ^= dice << 25;
	dice ^= dice >> 27;
	return (uint32_t)((dice * 2685821657736338717u) >> 33) % n;
}

static bool one_in(uint32_t n)
{
	return roll(n) == 0;
}

static size_t from_env(const char *name, size_t otherwise)
{
	const char *text = getenv(name);

	return text ? strtoull(text, NULL, 10) : otherwise;
}

/* --- the server ------------------------------------------------------------------- */

struct field {
	struct fake_clock clock;
	struct loop *loop;
	struct http_server *server;
	size_t held, handled;
	bool drained;
};

/* One that is answered some turns later. */
struct later {
	struct field *t;
	struct http_exchange *x;
	struct loop_timer timer;
	uint32_t turns;
};

static void echo(struct http_exchange *x)
{
	http_reply(x, 200, "text/plain", x->body_len > 0 ? x->body : x->query,
		   x->body_len > 0 ? x->body_len : strlen(x->query), NULL);
}

static void later_destroy(struct later *l)
{
	loop_timer_cancel(&l->timer);
	l->t->held--;
	free(l);
}

static void on_turn(struct loop_timer *timer)
{
	struct later *l = container_of(timer, struct later, timer);
	struct http_exchange *x = l->x;

	if (l->turns-- > 0) {
		loop_timer_start(l->t->loop, &l->timer, 0);
		return;
	}
	later_destroy(l);
	echo(x);
}

static void on_gone(struct http_exchange *x)
{
	later_destroy(x->user);
}

static void on_now(struct http_exchange *x, void *data)
{
	struct field *t = data;

	t->handled++;
	echo(x);
}

static void on_later(struct http_exchange *x, void *data)
{
	struct field *t = data;
	struct later *l = calloc(1, sizeof(*l));

	assert_non_null(l);
	t->handled++;
	t->held++;
	*l = (struct later){ .t = t, .x = x, .timer.cb = on_turn, .turns = roll(8) };
	x->user = l;
	x->gone = on_gone;
	loop_timer_start(t->loop, &l->timer, 0);
}

static const struct http_route routes[] = {
	{ "GET", "/now", on_now, 0 },
	{ "GET", "/later", on_later, 0 },
	{ "POST", "/now", on_now, BODY },
	{ "POST", "/later", on_later, BODY },
};

static int set_up(void **state)
{
	struct field *t = calloc(1, sizeof(*t));
	struct http_server_config conf = { .listener = { .address = "127.0.0.1:0" },
					   .routes = routes,
					   .n_routes = ARRAY_LEN(routes),
					   .data = t };
	struct fail f;

	assert_non_null(t);
	fake_clock_init(&t->clock, 1767225600000);
	assert_true(loop_create(&t->clock.clock, &t->loop, &f));
	assert_true(http_server_open(t->loop, &conf, &t->server, &f));
	*state = t;
	return 0;
}

static int tear_down(void **state)
{
	struct field *t = *state;

	http_server_close(t->server);
	loop_destroy(t->loop);
	assert_int_equal(t->held, 0);
	free(t);
	return 0;
}

/* --- clients ---------------------------------------------------------------------- */

/* What a request is answered with. */
struct wanted {
	int status;
	size_t from, len; /* of the client's bodies */
};

struct client {
	struct wire wire;
	struct buf out, bodies;
	size_t sent;
	struct wanted wanted[PIPELINE];
	size_t n;
	bool ends;       /* the last one ends the connection */
	size_t reset_at; /* after so many bytes; SIZE_MAX: never */
	bool is_reset;
};

/* clang-format off */
static const struct {
	const char *bytes;
	int status;
} bad[] = {
	{ "GET /nope HTTP/1.1\r\nHost: a\r\n\r\n", 404 },
	{ "DELETE /now HTTP/1.1\r\nHost: a\r\n\r\n", 405 },
	{ "BREW /now HTTP/1.1\r\nHost: a\r\n\r\n", 501 },
	{ "GET /now HTTP/1.1\r\n\r\n", 400 },
	{ "GET /now HTTP/2.0\r\nHost: a\r\n\r\n", 505 },
	{ "GET /now HTTP/1.1\nHost: a\n\n", 400 },
	{ "GET /now HTTP/1.1\r\nHost : a\r\n\r\n", 400 },
	{ "GET /now HTTP/1.1\r\nHost: a\r\n folded\r\n\r\n", 400 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\nabc", 400 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nContent-Length: 6001\r\n\r\nabc", 413 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabcd\r\n0\r\n\r\n", 400 },
	{ "POST /later HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nfffffff\r\n", 413 },
	{ "POST /now HTTP/1.1\r\nHost: a\r\nExpect: more\r\nContent-Length: 1\r\n\r\na", 417 },
	{ "\x16\x03\x01 this is TLS", 400 },
};
/* clang-format on */

/* Letters and digits, a few of them or many, and whose they are in front. */
static size_t body_make(struct client *c, size_t number)
{
	size_t from = c->bodies.len;
	size_t n = one_in(4) ? roll(BODY - 64) : roll(40);

	buf_addf(&c->bodies, "%p-%zu-%u.", (void *)c, number, roll(UINT32_MAX));
	for (size_t i = 0; i < n; i++) {
		buf_add_char(&c->bodies, (char)('a' + roll(26)));
	}
	return from;
}

static void chunks_add(struct buf *out, const char *body, size_t n)
{
	while (n > 0) {
		size_t some = 1 + roll((uint32_t)n);

		buf_addf(out, one_in(3) ? "%zx;e=\"f\"\r\n" : "%zX\r\n", some);
		buf_add(out, body, some);
		buf_add_str(out, "\r\n");
		body += some;
		n -= some;
	}
	buf_add_str(out, one_in(3) ? "0\r\nx-trailer: y\r\n\r\n" : "0\r\n\r\n");
}

static void head_add(struct client *c, const char *method, const char *query, bool ends)
{
	buf_addf(&c->out, "%s%s /%s%s%s HTTP/1.1\r\nHost: a\r\n", one_in(5) ? "\r\n" : "",
		 method, one_in(2) ? "now" : "later", *query ? "?" : "", query);
	for (uint32_t i = roll(4); i > 0; i--) {
		buf_addf(&c->out, "X-%u: \t%u \r\n", i, roll(1000));
	}
	if (ends) {
		buf_add_str(&c->out, "Connection: close\r\n");
	}
}

static void good_add(struct client *c, bool ends)
{
	struct wanted *w = &c->wanted[c->n];
	const char *body;

	w->status = 200;
	w->from = body_make(c, c->n);
	w->len = c->bodies.len - w->from;
	body = c->bodies.data + w->from;
	if (w->len < 100 && one_in(2)) {
		head_add(c, "GET", body, ends);
		buf_add_str(&c->out, "\r\n");
	} else if (one_in(2)) {
		head_add(c, "POST", "", ends);
		buf_addf(&c->out, "Content-Length: %zu\r\n\r\n", w->len);
		buf_add(&c->out, body, w->len);
	} else {
		head_add(c, "POST", "", ends);
		buf_add_str(&c->out, "Transfer-Encoding: chunked\r\n\r\n");
		chunks_add(&c->out, body, w->len);
	}
}

static void client_open(struct client *c, struct field *t)
{
	size_t n = 1 + roll(PIPELINE);

	*c = (struct client){ .reset_at = SIZE_MAX };
	buf_init(&c->out, 1 << 20);
	buf_init(&c->bodies, 1 << 20);
	assert_true(wire_open(&c->wire, t->loop, http_server_port(t->server), NULL));
	for (c->n = 0; c->n < n && !c->ends; c->n++) {
		if (one_in(12)) {
			size_t i = roll(ARRAY_LEN(bad));

			buf_add_str(&c->out, bad[i].bytes);
			c->wanted[c->n] = (struct wanted){ .status = bad[i].status };
			c->ends = true;
		} else {
			c->ends = one_in(15);
			good_add(c, c->ends);
		}
	}
	if (c->ends && one_in(2)) { /* behind it nothing is answered */
		buf_add_str(&c->out, "GET /now?behind HTTP/1.1\r\nHost: a\r\n\r\n");
	}
	if (one_in(6)) {
		c->reset_at = roll((uint32_t)c->out.len + 1);
	}
}

static void client_close(struct client *c)
{
	wire_close(&c->wire);
	buf_finish(&c->out);
	buf_finish(&c->bodies);
}

/* A byte, a few or all that is left. False: there is no more to send. */
static bool client_step(struct client *c)
{
	size_t left = c->out.len - c->sent;
	size_t n = one_in(8) ? left : 1 + roll(one_in(3) ? 3 : 400);

	n = n < left ? n : left;
	if (c->is_reset) {
		return false;
	}
	if (c->sent + n >= c->reset_at) {
		wire_reset(&c->wire);
		c->is_reset = true;
		return false;
	}
	if (n == 0 || !wire_send(&c->wire, c->out.data + c->sent, n)) {
		return false; /* refused halfway is fine: what it says counts */
	}
	c->sent += n;
	return true;
}

static void clients_send(struct field *t, struct client *clients, size_t steps)
{
	bool more = true;

	while (more && steps-- > 0) {
		size_t first = roll(CLIENTS);

		more = false;
		for (size_t i = 0; i < CLIENTS && !more; i++) {
			more = client_step(&clients[(first + i) % CLIENTS]);
		}
		for (uint32_t turns = roll(3); turns > 0; turns--) {
			loop_run_once(t->loop);
		}
	}
}

/* --- what must hold --------------------------------------------------------------- */

static void broken(const struct client *c, size_t i, const char *what, const char *found)
{
	fail_msg("HTTP_SEED=%" PRIu64 ": request %zu of %zu: %s: %.400s", seed, i + 1,
		 c->n, what, found);
}

static void answers_check(struct client *c)
{
	static char head[REPLY];

	for (size_t i = 0; i < c->n; i++) {
		const struct wanted *w = &c->wanted[i];
		const char *body = "";
		int status = wire_await_reply(&c->wire, head, sizeof(head), &body);

		if (status != w->status) {
			broken(c, i, "not its status", head);
		}
		if (w->len > 0 && (strlen(body) < w->len ||
				   memcmp(body, c->bodies.data + w->from, w->len) != 0)) {
			broken(c, i, "not its body", body);
		}
	}
	if (c->ends && !wire_await_close(&c->wire)) {
		broken(c, c->n - 1, "not closed", "");
	}
	if (*wire_text(&c->wire)) {
		broken(c, c->n - 1, "more than it should", wire_text(&c->wire));
	}
}

static size_t fds_open(void)
{
	DIR *d = opendir("/proc/self/fd");
	size_t n = 0;

	assert_non_null(d);
	while (readdir(d)) {
		n++;
	}
	closedir(d);
	return n;
}

static void every_good_request_gets_its_own_answer_in_order(void **state)
{
	struct field *t = *state;
	size_t rounds = from_env("HTTP_ROUNDS", ROUNDS);
	size_t fds = fds_open();

	for (size_t n = 0; n < rounds; n++) {
		struct client clients[CLIENTS];

		for (size_t i = 0; i < CLIENTS; i++) {
			client_open(&clients[i], t);
		}
		clients_send(t, clients, SIZE_MAX);
		for (size_t i = 0; i < CLIENTS; i++) {
			if (!clients[i].is_reset) {
				answers_check(&clients[i]);
			}
			client_close(&clients[i]);
		}
	}
	for (int i = 0; i < 50; i++) {
		loop_run_once(t->loop);
	}
	assert_int_equal(t->held, 0);
	assert_int_equal(fds_open(), fds);
	assert_true(t->handled > rounds);
}

static void on_drained(void *data)
{
	((struct field *)data)->drained = true;
}

/* Whoever is answered within the drain is answered as ever; nobody is waited for beyond its
 * cap. */
static void a_drain_in_the_middle_comes_to_its_end(void **state)
{
	struct field *t = *state;
	struct client clients[CLIENTS];

	for (size_t i = 0; i < CLIENTS; i++) {
		client_open(&clients[i], t);
	}
	clients_send(t, clients, 20 + roll(60));
	http_server_drain(t->server, 5000, on_drained, t);
	clients_send(t, clients, roll(200));
	for (int s = 0; s < 6 && !t->drained; s++) {
		for (int i = 0; i < 20; i++) {
			loop_run_once(t->loop);
		}
		fake_clock_advance(&t->clock, 1000);
	}
	assert_true(loop_run_until(t->loop, &t->drained, 3000));
	for (size_t i = 0; i < CLIENTS; i++) {
		client_close(&clients[i]);
	}
}

int main(void)
{
#define FIELD(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		FIELD(every_good_request_gets_its_own_answer_in_order),
		FIELD(a_drain_in_the_middle_comes_to_its_end),
		FIELD(a_drain_in_the_middle_comes_to_its_end),
		FIELD(a_drain_in_the_middle_comes_to_its_end),
		FIELD(a_drain_in_the_middle_comes_to_its_end),
	};

	if (getrandom(&seed, sizeof(seed), 0) != sizeof(seed)) {
		return 1;
	}
	seed = from_env("HTTP_SEED", (seed >> 1) | 1);
	dice = seed;
	printf("# HTTP_SEED=%" PRIu64 "\n", seed);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
