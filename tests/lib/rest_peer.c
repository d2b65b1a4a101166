/* SPDX-License-Identifier: Apache-2.0 */
/* The scripted vendor: GETs without bodies, one at a time on a connection. What it was
 * told is kept in a list, newest first. */
#include "tests/lib/rest_peer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/fail.h"
#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/listener.h"
#include "tests/lib/data.h"

enum { HEAD_MAX = 16 * 1024, REPLY_MAX = 8 * 1024 * 1024 };

static const char prefix[] = "/prefix";

struct rule {
	struct rule *next;
	char path[64];
	char query[128];
	bool is_fault;
	enum peer_fault fault;
	int status;
	char headers[256];
	char *body;
};

struct call {
	struct call *next;
	char path[64];
	char query[1024];
};

struct conn {
	struct rest_peer *peer;
	struct conn *next;
	struct stream *stream;
	struct buf in;
	bool held;
	struct call asked; /* while it is held */
};

struct rest_peer {
	struct listener *listener;
	struct rule *rules;
	struct call *calls; /* newest first */
	struct conn *conns;
	char url[64];
	char head[HEAD_MAX];
};

/* --- rules --------------------------------------------------------------------- */

static struct rule *rule_add(struct rest_peer *p, const char *path, const char *query)
{
	struct rule *r = calloc(1, sizeof(*r));

	assert(r);
	snprintf(r->path, sizeof(r->path), "/%s", path);
	snprintf(r->query, sizeof(r->query), "%s", query);
	r->next = p->rules;
	p->rules = r;
	return r;
}

void rest_peer_say(struct rest_peer *p, const char *path, const char *query, int status,
		   const char *headers, const char *body)
{
	struct rule *r = rule_add(p, path, query);

	r->status = status;
	snprintf(r->headers, sizeof(r->headers), "%s", headers);
	r->body = strdup(body);
	assert(r->body);
}

void rest_peer_say_file(struct rest_peer *p, const char *path, const char *query,
			const char *file)
{
	char *body = test_data(file, NULL);

	rest_peer_say(p, path, query, 200, "Content-Type: application/json\r\n", body);
	free(body);
}

void rest_peer_fault(struct rest_peer *p, const char *path, const char *query,
		     enum peer_fault fault)
{
	struct rule *r = rule_add(p, path, query);

	r->is_fault = true;
	r->fault = fault;
}

static const struct rule *rule_find(const struct rest_peer *p, const struct call *c,
				    bool is_fault)
{
	const struct rule *r = p->rules;

	while (r && (r->is_fault != is_fault || strcmp(r->path, c->path) != 0 ||
		     !strstr(c->query, r->query))) {
		r = r->next;
	}
	return r;
}

/* --- answering ----------------------------------------------------------------- */

static void answer(struct conn *c, const struct call *call, enum peer_fault fault)
{
	static const char none[] = "{\"message\":\"no such path\"}";
	const struct rule *r = rule_find(c->peer, call, false);
	const char *body = r ? r->body : none;
	size_t n = strlen(body);
	struct buf out;

	buf_init(&out, REPLY_MAX);
	if (fault == PEER_GARBAGE) {
		buf_add_str(&out, "\x16\x03\x01 what is this\r\n\r\n");
	} else if (fault != PEER_DROP) {
		buf_addf(&out, "HTTP/1.1 %d Whatever\r\n%sContent-Length: %zu\r\n\r\n",
			 r ? r->status : 404, r ? r->headers : "", n);
		buf_add(&out, body, fault == PEER_CUT ? n / 2 : n);
	}
	assert(!out.over);
	if (out.len > 0) {
		stream_send(c->stream, out.data, out.len);
	}
	buf_finish(&out);
	if (fault != PEER_FINE) {
		stream_close(c->stream, fault == PEER_DROP ? 0 : 100);
	}
}

static void take_request(struct conn *c)
{
	struct rest_peer *p = c->peer;
	struct call *call = calloc(1, sizeof(*call));
	const struct rule *r;
	char target[1024] = "";
	char *query;

	assert(call);
	snprintf(p->head, sizeof(p->head), "%s", buf_str(&c->in));
	sscanf(p->head, "GET %1023s HTTP/1.1", target);
	query = strchr(target, '?');
	if (query) {
		*query++ = '\0';
	}
	if (strncmp(target, prefix, strlen(prefix)) == 0) {
		snprintf(call->path, sizeof(call->path), "%.60s",
			 target + strlen(prefix));
	}
	snprintf(call->query, sizeof(call->query), "%s", query ? query : "");
	call->next = p->calls;
	p->calls = call;
	r = rule_find(p, call, true);
	if (r && r->fault == PEER_HOLD) {
		c->held = true;
		c->asked = *call;
		return;
	}
	answer(c, call, r ? r->fault : PEER_FINE);
}

static bool on_opened(void *data, struct stream *s)
{
	struct conn *c = calloc(1, sizeof(*c));

	assert(c);
	c->peer = data;
	c->stream = s;
	c->next = c->peer->conns;
	c->peer->conns = c;
	buf_init(&c->in, HEAD_MAX);
	stream_set_data(s, c);
	return true;
}

static void on_received(struct stream *s, const char *bytes, size_t n)
{
	struct conn *c = stream_data(s);
	const char *end;

	buf_add(&c->in, bytes, n);
	end = strstr(buf_str(&c->in), "\r\n\r\n");
	if (end) {
		take_request(c);
		buf_clear(&c->in);
	}
}

static void on_closed(struct stream *s)
{
	struct conn *c = stream_data(s);
	struct conn **at = &c->peer->conns;

	while (*at != c) {
		at = &(*at)->next;
	}
	*at = c->next;
	buf_finish(&c->in);
	free(c);
}

void rest_peer_release(struct rest_peer *p)
{
	struct rule **at = &p->rules;

	while (*at) {
		struct rule *r = *at;

		if (r->is_fault) {
			*at = r->next;
			free(r);
		} else {
			at = &r->next;
		}
	}
	for (struct conn *c = p->conns; c; c = c->next) {
		if (c->held) {
			c->held = false;
			answer(c, &c->asked, PEER_FINE);
		}
	}
}

/* --- what was asked ------------------------------------------------------------ */

unsigned rest_peer_count(const struct rest_peer *p, const char *path, const char *query)
{
	unsigned n = 0;

	for (const struct call *c = p->calls; c; c = c->next) {
		n += strcmp(c->path + 1, path) == 0 && strstr(c->query, query);
	}
	return n;
}

const char *rest_peer_last_query(const struct rest_peer *p, const char *path)
{
	const struct call *c = p->calls;

	while (c && strcmp(c->path + 1, path) != 0) {
		c = c->next;
	}
	return c ? c->query : "";
}

const char *rest_peer_last_head(const struct rest_peer *p)
{
	return p->head;
}

/* --- life ---------------------------------------------------------------------- */

const char *rest_peer_url(const struct rest_peer *p)
{
	return p->url;
}

struct rest_peer *rest_peer_open(struct loop *l)
{
	static const struct stream_ops ops = { .opened = on_opened,
					       .received = on_received,
					       .closed = on_closed };
	const struct listener_config conf = { .address = "127.0.0.1:0",
					      .cert = "",
					      .key = "" };
	struct rest_peer *p = calloc(1, sizeof(*p));
	struct fail f = { 0 };

	assert(p);
	if (!listener_open(l, &conf, &ops, p, &p->listener, &f)) {
		fprintf(stderr, "rest_peer: %s\n", f.msg);
		abort();
	}
	snprintf(p->url, sizeof(p->url), "http://127.0.0.1:%" PRIu16 "%s/",
		 listener_port(p->listener), prefix);
	return p;
}

void rest_peer_close(struct rest_peer *p)
{
	listener_close(p->listener);
	while (p->rules) {
		struct rule *r = p->rules;

		p->rules = r->next;
		free(r->body);
		free(r);
	}
	while (p->calls) {
		struct call *c = p->calls;

		p->calls = c->next;
		free(c);
	}
	free(p);
}
