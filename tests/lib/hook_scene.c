/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes at the HTTP surface. */
#include "tests/lib/hook_scene.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/indent_client.h"
#include "tests/lib/sign.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

const char hook_pd_secret[] = "pd-secret-of-this-test";
const char hook_pd_old[] = "pd-secret-before-it";
const char hook_io_secret[] = "whsec_ABEiM0RVZneImaq7zN3u/wARIjNEVWZ3";
const char hook_io_old[] = "whsec_8OHSw7Sllod4aVpLPC0eD/Dh0sO0pZaHeGlaSzwtHg8=";
const char hook_slack_secret[] = "0123456789abcdef0123456789abcdef";
const char hook_slack_old[] = "fedcba9876543210fedcba9876543210";
const char hook_apono_token[] = "apono-token-of-this-test";
const char hook_indent_secret[] = "indent-secret-of-this-test";

/* What the two whsec_... stand for. */
static const unsigned char io_key[] = {
	0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb,
	0xcc, 0xdd, 0xee, 0xff, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77,
};
static const unsigned char io_old_key[] = {
	0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5, 0x96, 0x87, 0x78, 0x69, 0x5a,
	0x4b, 0x3c, 0x2d, 0x1e, 0x0f, 0xf0, 0xe1, 0xd2, 0xc3, 0xb4, 0xa5,
	0x96, 0x87, 0x78, 0x69, 0x5a, 0x4b, 0x3c, 0x2d, 0x1e, 0x0f,
};

static char last_head[4096];
static char last_body[16384];
static char message[2 * NAME_SIZE];
static unsigned messages;

/* --- setting up ------------------------------------------------------------------------ */

int hook_setup_stopped(void **state)
{
	struct scene *t;

	setenv("HOOK_PD", hook_pd_secret, 1);
	setenv("HOOK_PD_OLD", hook_pd_old, 1);
	setenv("HOOK_IO", hook_io_secret, 1);
	setenv("HOOK_IO_OLD", hook_io_old, 1);
	setenv("HOOK_SLACK_OLD", hook_slack_old, 1);
	watch_setup_stopped(state);
	t = *state;
	t->patience = "max_age = \"60s\"; timeout = \"1s\";";
	t->pd_more = "webhook_secret = \"env:HOOK_PD\"; "
		     "webhook_secret_old = \"env:HOOK_PD_OLD\";";
	t->io_more = "webhook_secret = \"env:HOOK_IO\"; "
		     "webhook_secret_old = \"env:HOOK_IO_OLD\";";
	return 0;
}

static void http_start(struct scene *t)
{
	t->http = true;
	t->slack = "signing_secret_old = \"env:HOOK_SLACK_OLD\";";
	text_copy(t->world->signing_secret, sizeof(t->world->signing_secret),
		  hook_slack_secret);
	scene_start(t, true);
}

int hook_setup_http(void **state)
{
	hook_setup_stopped(state);
	http_start(*state);
	return 0;
}

int hook_setup_all(void **state)
{
	struct scene *t;

	setenv("HOOK_APONO", hook_apono_token, 1);
	setenv("HOOK_INDENT", hook_indent_secret, 1);
	hook_setup_stopped(state);
	t = *state;
	t->more = "apono = { bearer = \"env:HOOK_APONO\"; };\n"
		  "indent = { webhook_secret = \"env:HOOK_INDENT\"; };\n";
	http_start(t);
	return 0;
}

int hook_teardown(void **state)
{
	const char *const secrets[] = {
		hook_pd_secret,    hook_pd_old,    hook_io_secret,   hook_io_old,
		hook_slack_secret, hook_slack_old, hook_apono_token, hook_indent_secret,
	};

	for (size_t i = 0; i < ARRAY_LEN(secrets); i++) {
		assert_has_not(scene_log(), secrets[i]);
	}
	return watch_teardown(state);
}

int hook_setup(void **state)
{
	hook_setup_stopped(state);
	scene_start(*state, true);
	return 0;
}

/* --- signing ---------------------------------------------------------------------------- */

static void time_text(const struct scene *t, int off_s, char dst[32])
{
	snprintf(dst, 32, "%lld", (long long)(t->clock.wall / 1000 + off_s));
}

static void pagerduty_sign(struct scene *t, const void *body, size_t n, int off_s,
			   bool old, char ret_headers[HOOK_HEADERS_SIZE])
{
	char signature[SIGNED_SIZE];

	(void)t;
	(void)off_s;
	sign_pagerduty(old ? hook_pd_old : hook_pd_secret, body, n, signature);
	snprintf(ret_headers, HOOK_HEADERS_SIZE,
		 "Content-Type: application/json\r\nX-PagerDuty-Signature: %s\r\n",
		 signature);
}

static void incidentio_sign(struct scene *t, const void *body, size_t n, int off_s,
			    bool old, char ret_headers[HOOK_HEADERS_SIZE])
{
	char signature[SIGNED_SIZE], at[32], id[sizeof(message)];

	text_copy(id, sizeof(id), message);
	if (!*id) {
		snprintf(id, sizeof(id), "msg_%u", ++messages);
	}
	message[0] = '\0';
	time_text(t, off_s, at);
	sign_svix(old ? io_old_key : io_key, old ? sizeof(io_old_key) : sizeof(io_key),
		  id, at, body, n, signature);
	snprintf(ret_headers, HOOK_HEADERS_SIZE,
		 "Content-Type: application/json\r\nwebhook-id: %s\r\n"
		 "webhook-timestamp: %s\r\nwebhook-signature: %s\r\n",
		 id, at, signature);
}

static void slack_sign(struct scene *t, const void *body, size_t n, int off_s, bool old,
		       char ret_headers[HOOK_HEADERS_SIZE])
{
	char signature[SIGNED_SIZE], at[32];
	const char *type = n > 0 && *(const char *)body == '{'
				   ? "application/json"
				   : "application/x-www-form-urlencoded";

	time_text(t, off_s, at);
	sign_slack(old ? hook_slack_old : hook_slack_secret, at, body, n, signature);
	snprintf(ret_headers, HOOK_HEADERS_SIZE,
		 "Content-Type: %s\r\nX-Slack-Request-Timestamp: %s\r\n"
		 "X-Slack-Signature: %s\r\n",
		 type, at, signature);
}

/* No proof of the body, and none of the time. */
static void apono_sign(struct scene *t, const void *body, size_t n, int off_s, bool old,
		       char ret_headers[HOOK_HEADERS_SIZE])
{
	(void)t;
	(void)body;
	(void)n;
	(void)off_s;
	snprintf(ret_headers, HOOK_HEADERS_SIZE,
		 "Content-Type: application/json\r\nAuthorization: Bearer %s\r\n",
		 old ? "the-token-before" : hook_apono_token);
}

static void indent_headers(struct scene *t, const void *body, size_t n, int off_s,
			   bool old, char ret_headers[HOOK_HEADERS_SIZE])
{
	char at[TIME_SIZE], hex[65];

	text_format_time(t->clock.wall + (int64_t)off_s * 1000, at);
	indent_sign_bytes(old ? "the-secret-before" : hook_indent_secret, at, body, n,
			  hex);
	snprintf(ret_headers, HOOK_HEADERS_SIZE,
		 "Content-Type: application/json\r\nX-Indent-Timestamp: %s\r\n"
		 "X-Indent-Signature: %s\r\n",
		 at, hex);
}

const struct hook_vendor hook_apono_vendor = {
	.path = HOOK_APONO,
	.sign = apono_sign,
	.signature = "Authorization: Bearer ",
	.hello = "{\"grantee\":\"ana@acme.example\",\"resource\":\"prod-db\"}",
	.taken = 200,
	.refused = 401,
	.unreadable = 400,
};

const struct hook_vendor hook_indent_vendor = {
	.path = HOOK_INDENT,
	.sign = indent_headers,
	.signature = "X-Indent-Signature: ",
	.time = "X-Indent-Timestamp: ",
	.hello =
		"{\"events\":[{\"event\":\"access/request\",\"actor\":{\"id\":\"U0ANA0001\","
		"\"kind\":\"slack/user\"},\"resources\":[{\"id\":\"prod-db\"}]}]}",
	.taken = 200,
	.refused = 500,
	.unreadable = 500,
};

const struct hook_vendor hook_pagerduty_vendor = {
	.path = HOOK_PAGERDUTY,
	.sign = pagerduty_sign,
	.signature = "X-PagerDuty-Signature: v1=",
	.hello = "{\"event\":{\"id\":\"01HELLO\",\"event_type\":\"pagey.ping\"}}",
	.taken = 202,
	.refused = 401,
	.unreadable = 202, /* a 4xx would switch the subscription off */
};

const struct hook_vendor hook_incidentio_vendor = {
	.path = HOOK_INCIDENTIO,
	.sign = incidentio_sign,
	.signature = "webhook-signature: v1,",
	.time = "webhook-timestamp: ",
	.hello = "{\"event_type\":\"public_alert.alert_created_v1\"}",
	.taken = 202,
	.refused = 401,
	.unreadable = 202, /* likewise */
};

const struct hook_vendor hook_slack_vendor = {
	.path = HOOK_SLACK,
	.sign = slack_sign,
	.signature = "X-Slack-Signature: v0=",
	.time = "X-Slack-Request-Timestamp: ",
	.hello = "{\"type\":\"event_callback\",\"event\":{\"type\":\"app_home_opened\"}}",
	.taken = 200,
	.refused = 401,
	.unreadable = 400,
};

const struct hook_vendor *const hook_vendors[HOOK_VENDORS] = {
	&hook_apono_vendor,     &hook_incidentio_vendor, &hook_indent_vendor,
	&hook_pagerduty_vendor, &hook_slack_vendor,
};

void hook_io_message(const char *id)
{
	text_copy(message, sizeof(message), id);
}

/* --- posting ------------------------------------------------------------------------------ */

int hook_post(struct scene *t, const char *path, const char *headers, const void *body,
	      size_t n)
{
	const char *reply = "";
	struct buf out;
	struct wire w;
	int status;

	buf_init(&out, 64 << 20);
	buf_addf(&out, "POST %s HTTP/1.1\r\nHost: a\r\nContent-Length: %zu\r\n%s\r\n",
		 path, n, headers);
	buf_add(&out, body, n);
	assert_true(wire_open(&w, t->loop, app_port(&t->app), NULL));
	wire_send(&w, out.data, out.len); /* refused halfway is fine */
	status = wire_await_reply(&w, last_head, sizeof(last_head), &reply);
	text_copy(last_body, sizeof(last_body), reply);
	wire_close(&w);
	buf_finish(&out);
	return status;
}

int hook_post_text(struct scene *t, const char *path, const char *headers,
		   const char *body)
{
	return hook_post(t, path, headers, body, strlen(body));
}

int hook_post_signed(struct scene *t, const struct hook_vendor *v, const char *body)
{
	char headers[HOOK_HEADERS_SIZE];

	v->sign(t, body, strlen(body), 0, false, headers);
	return hook_post_text(t, v->path, headers, body);
}

const char *hook_head(void)
{
	return last_head;
}

const char *hook_body(void)
{
	return last_body;
}

/* --- events ---------------------------------------------------------------------------------- */

const char *hook_pd_event(const char *id, const char *type, const char *incident)
{
	static char text[1024];

	snprintf(
		text, sizeof(text),
		"{\"event\":{\"id\":\"%s\",\"event_type\":\"%s\",\"resource_type\":"
		"\"incident\",\"occurred_at\":\"2026-08-24T10:00:00.000Z\",\"agent\":null,"
		"\"client\":null,\"data\":{\"id\":\"%s\",\"type\":\"incident\"}}}",
		id, type, incident);
	return text;
}

const char *hook_io_event(const char *type, const char *incident)
{
	static char text[1024];

	snprintf(text, sizeof(text), "{\"event_type\":\"%s\",\"%s\":{\"id\":\"%s\"}}",
		 type, type, incident);
	return text;
}
