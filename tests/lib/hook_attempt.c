/* SPDX-License-Identifier: Apache-2.0 */
/* Requests that are good, spoiled, and sent all the same. */
#include "tests/lib/hook_attempt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

enum { BODY_MAX = 64 << 20 };

static void sign_off(struct hook_attempt *a, int off_s)
{
	a->v->sign(a->t, buf_str(&a->body), a->body.len, off_s, false, a->headers);
}

void hook_attempt_body(struct hook_attempt *a, const void *body, size_t n)
{
	buf_clear(&a->body);
	buf_add(&a->body, body, n);
	sign_off(a, 0);
}

void hook_attempt_init(struct hook_attempt *a, struct scene *t,
		       const struct hook_vendor *v)
{
	*a = (struct hook_attempt){ .t = t, .v = v, .method = "POST", .more = "" };
	buf_init(&a->body, BODY_MAX);
	fake_clock_advance(&t->clock, 1); /* so that no two are the same */
	hook_attempt_body(a, v->hello, strlen(v->hello));
}

void hook_attempt_finish(struct hook_attempt *a)
{
	buf_finish(&a->body);
	buf_finish(&a->lines);
	buf_finish(&a->reply);
}

/* --- spoiling the proof ------------------------------------------------------------------ */

/* The value behind a header's name, as sign() wrote it. */
static char *value_of(struct hook_attempt *a, const char *header)
{
	char *at = strstr(a->headers, header);

	assert_non_null(at);
	return at + strlen(header);
}

static char *signature_of(struct hook_attempt *a)
{
	return value_of(a, a->v->signature);
}

static size_t line_length(const char *at)
{
	return strcspn(at, "\r");
}

static void remove_bytes(char *at, size_t n)
{
	memmove(at, at + n, strlen(at + n) + 1);
}

static void line_remove(struct hook_attempt *a, const char *header)
{
	char *at = value_of(a, header) - strlen(header);

	remove_bytes(at, line_length(at) + 2);
}

/* A second header of the same name. */
static void line_add(struct hook_attempt *a, const char *header, const char *value)
{
	size_t len = strlen(a->headers);
	size_t n = line_length(value);

	snprintf(a->headers + len, sizeof(a->headers) - len, "%s%.*s\r\n", header, (int)n,
		 value);
}

static void value_set(struct hook_attempt *a, const char *header, const char *value)
{
	line_remove(a, header);
	line_add(a, header, value);
}

void spoil_nothing(struct hook_attempt *a, const char *arg)
{
	(void)a;
	(void)arg;
}

void spoil_missing(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	line_remove(a, a->v->signature);
}

void spoil_doubled(struct hook_attempt *a, const char *arg)
{
	line_add(a, a->v->signature, arg ? arg : signature_of(a));
}

void spoil_first_of_two(struct hook_attempt *a, const char *arg)
{
	char value[HOOK_HEADERS_SIZE];

	snprintf(value, sizeof(value), "%s", signature_of(a));
	value_set(a, a->v->signature, arg);
	line_add(a, a->v->signature, value);
}

void spoil_in_a_list(struct hook_attempt *a, const char *arg)
{
	char value[HOOK_HEADERS_SIZE];

	snprintf(value, sizeof(value), "%s%s", arg, signature_of(a));
	value_set(a, a->v->signature, value);
}

void spoil_upper(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	for (char *at = signature_of(a); *at != '\r'; at++) {
		*at = (char)(*at >= 'a' && *at <= 'z' ? *at - 32 : *at);
	}
}

void spoil_shorter(struct hook_attempt *a, const char *arg)
{
	remove_bytes(signature_of(a), strlen(arg));
}

void spoil_behind(struct hook_attempt *a, const char *arg)
{
	char value[HOOK_HEADERS_SIZE];
	char *at = signature_of(a);

	snprintf(value, sizeof(value), "%.*s%s", (int)line_length(at), at, arg);
	value_set(a, a->v->signature, value);
}

void spoil_replaced(struct hook_attempt *a, const char *arg)
{
	value_set(a, a->v->signature, arg);
}

void spoil_one_bit(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	*signature_of(a) ^= 1;
}

void spoil_zeros(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	memset(signature_of(a), '0', line_length(signature_of(a)));
}

/* "v1=", "v0=", "v1,", "Bearer ". */
void spoil_no_version(struct hook_attempt *a, const char *arg)
{
	char *at = signature_of(a);

	(void)arg;
	while (at[-2] != ':') {
		remove_bytes(--at, 1);
	}
}

void spoil_other_version(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	signature_of(a)[-2] = '7';
}

void spoil_key_before(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->v->sign(a->t, a->body.data, a->body.len, 0, true, a->headers);
}

/* As the next of the table signs. */
void spoil_as_another(struct hook_attempt *a, const char *arg)
{
	size_t i = 0;

	(void)arg;
	while (hook_vendors[i] != a->v) {
		i++;
	}
	hook_vendors[(i + 1) % HOOK_VENDORS]->sign(a->t, a->body.data, a->body.len, 0,
						   false, a->headers);
}

/* --- spoiling the body ------------------------------------------------------------------- */

void spoil_one_bit_of_body(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->body.data[5] ^= 1;
}

void spoil_longer(struct hook_attempt *a, const char *arg)
{
	buf_add_str(&a->body, arg);
}

void spoil_without_end(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->body.len--;
}

void spoil_without_body(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	buf_clear(&a->body);
}

void spoil_body(struct hook_attempt *a, const char *arg)
{
	hook_attempt_body(a, arg, strlen(arg));
}

/* hello, with this in the place of its first "{". */
void spoil_begun_with(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "%s%s", arg, a->v->hello + 1);
	hook_attempt_body(a, b.data, b.len);
	buf_finish(&b);
}

void spoil_ended_with(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "%s%s", a->v->hello, arg);
	hook_attempt_body(a, b.data, b.len);
	buf_finish(&b);
}

void spoil_twice_in_one(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	spoil_ended_with(a, a->v->hello);
}

void spoil_list_of_two(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	(void)arg;
	buf_init(&b, 1 << 20);
	buf_addf(&b, "[%s,%s]", a->v->hello, a->v->hello);
	hook_attempt_body(a, b.data, b.len);
	buf_finish(&b);
}

void spoil_deep(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_add_str(&b, "{\"a\":");
	for (int i = 0; i < 10000; i++) {
		buf_add_str(&b, arg);
	}
	for (int i = 0; i < 10000; i++) {
		buf_add_char(&b, *arg == '[' ? ']' : '}');
	}
	buf_add_char(&b, '}');
	hook_attempt_body(a, b.data, b.len);
	buf_finish(&b);
}

void spoil_with_a_nul(struct hook_attempt *a, const char *arg)
{
	static const char body[] = "{\"grantee\":\"a\0b\",\"events\":[]}";

	(void)arg;
	hook_attempt_body(a, body, sizeof(body) - 1);
}

/* Signed up to the NUL, as whoever takes it for a string would read it. */
void spoil_behind_a_nul(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	buf_add(&a->body, "\0{", 2);
}

/* --- spoiling the time ------------------------------------------------------------------- */

void spoil_time_off(struct hook_attempt *a, const char *arg)
{
	sign_off(a, (int)strtol(arg, NULL, 10));
}

void spoil_time(struct hook_attempt *a, const char *arg)
{
	value_set(a, a->v->time, arg);
}

void spoil_time_missing(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	line_remove(a, a->v->time);
}

void spoil_time_doubled(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	line_add(a, a->v->time, value_of(a, a->v->time));
}

void spoil_again(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->twice = true;
}

/* --- spoiling the request ---------------------------------------------------------------- */

void spoil_method(struct hook_attempt *a, const char *arg)
{
	a->method = arg;
	buf_clear(&a->body);
}

void spoil_path(struct hook_attempt *a, const char *arg)
{
	a->more = arg;
}

void spoil_content_type(struct hook_attempt *a, const char *arg)
{
	line_remove(a, "Content-Type: ");
	if (arg) {
		line_add(a, "Content-Type: ", arg);
	}
}

void spoil_chunked(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	buf_init(&b, 1 << 20);
	buf_addf(&b, "5;a=b\r\n%.5s\r\n%zx\r\n%s\r\n%s", a->v->hello,
		 strlen(a->v->hello) - 5, a->v->hello + 5, arg);
	buf_clear(&a->body);
	buf_add(&a->body, b.data, b.len);
	buf_finish(&b);
	a->framing = "Transfer-Encoding: chunked\r\n";
}

void spoil_framing(struct hook_attempt *a, const char *arg)
{
	a->framing = arg;
}

void spoil_twenty_megabytes(struct hook_attempt *a, const char *arg)
{
	char *all = malloc(20 << 20);

	(void)arg;
	assert_non_null(all);
	memset(all, ' ', 20 << 20);
	hook_attempt_body(a, all, 20 << 20);
	free(all);
}

void spoil_one_chunk(struct hook_attempt *a, const char *arg)
{
	struct buf b;

	buf_init(&b, BODY_MAX);
	buf_addf(&b, "%s\r\n%s", arg, a->v->hello);
	buf_clear(&a->body);
	buf_add(&a->body, b.data, b.len);
	buf_finish(&b);
	a->framing = "Transfer-Encoding: chunked\r\n";
}

/* It stays good but for them: the length is among the lines. */
static void lines_add(struct hook_attempt *a, const char *fmt, size_t n)
{
	buf_init(&a->lines, BODY_MAX);
	buf_addf(&a->lines, "Content-Length: %zu\r\n", a->body.len);
	for (size_t i = 0; i < n; i++) {
		buf_addf(&a->lines, "X-Flood-%zu: %s\r\n", i, fmt);
	}
	a->framing = buf_str(&a->lines);
}

void spoil_flood(struct hook_attempt *a, const char *arg)
{
	lines_add(a, "x", strtoul(arg, NULL, 10));
}

void spoil_long_header(struct hook_attempt *a, const char *arg)
{
	size_t n = strtoul(arg, NULL, 10);
	char *value = malloc(n + 1);

	assert_non_null(value);
	memset(value, 'x', n);
	value[n] = '\0';
	lines_add(a, value, 1);
	free(value);
}

void spoil_slow(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->slow = 12;
}

void spoil_gone(struct hook_attempt *a, const char *arg)
{
	(void)arg;
	a->gone = true;
}

/* --- sending ------------------------------------------------------------------------------- */

static void head_add(const struct hook_attempt *a, struct buf *out)
{
	buf_addf(out, "%s %s%s HTTP/1.1\r\nHost: a\r\n", a->method, a->v->path, a->more);
	if (a->framing) {
		buf_add_str(out, a->framing);
	} else {
		buf_addf(out, "Content-Length: %zu\r\n", a->body.len);
	}
	buf_addf(out, "%s\r\n", a->headers);
}

static void send_slowly(struct hook_attempt *a, struct wire *w)
{
	for (size_t i = 0; i < a->slow && !*wire_text(w); i++) {
		wire_send(w, a->body.data + i, 1);
		scene_advance(a->t, 1000);
	}
}

static int send_once(struct hook_attempt *a)
{
	const char *reply = NULL;
	char head[8192] = "";
	struct buf out;
	struct wire w;
	int status = 0;

	assert_true(wire_open(&w, a->t->loop, app_port(&a->t->app), NULL));
	buf_init(&out, BODY_MAX);
	head_add(a, &out);
	if (a->slow == 0) {
		buf_add(&out, a->body.data, a->body.len);
	}
	wire_send(&w, out.data, out.len); /* refused halfway is fine */
	buf_finish(&out);
	send_slowly(a, &w);
	buf_clear(&a->reply);
	if (a->gone) {
		wire_reset(&w);
		scene_settle(a->t);
		return 0;
	}
	status = wire_await_reply(&w, head, sizeof(head), &reply);
	buf_addf(&a->reply, "%s%s", head, reply ? reply : "");
	wire_close(&w);
	return status;
}

int hook_attempt_send(struct hook_attempt *a)
{
	buf_init(&a->reply, 1 << 20);
	if (a->twice) {
		assert_int_equal(send_once(a), a->v->taken);
	}
	return send_once(a);
}
