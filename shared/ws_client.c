/* SPDX-License-Identifier: Apache-2.0 */
/* What all WebSocket connections share: the CAs, the proxy, lws's vhosts; and dialling,
 * which needs them. */
#include "shared/ws_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <libwebsockets.h>

#include "shared/ca.h"
#include "shared/text.h"
#include "shared/ws_conn.h"

enum {
	HOST_SIZE = 256,
	TEXT_SIZE = 384,
};

/* http://[user:password@]host:port */
struct proxy {
	char auth[96]; /* with the '@', or "" */
	char host[HOST_SIZE];
	unsigned port; /* 0: no proxy */
};

struct ws_client {
	struct loop *loop;
	void *ssl_ctx;
	struct proxy proxy;
	struct lws_vhost *direct;  /* made when first needed, */
	struct lws_vhost *proxied; /* and taken down with the loop */
	struct ws *conns;
};

/* lws would count its own pings' answers alone, and hang up on a peer that is talking. */
static const lws_retry_bo_t no_validity_checks;

/* --- dial --------------------------------------------------------------------- */

static bool through_proxy(const struct ws *w)
{
	return w->client->proxy.port != 0 && !url_host_is_loopback(w->url.host);
}

/* One for direct connections, one for those through the proxy: to lws it belongs to the
 * vhost. ":0" is "none"; without a word lws would take the one in $http_proxy. */
static struct lws_vhost *vhost_get(struct ws_client *c, bool proxied)
{
	struct lws_vhost **vh = proxied ? &c->proxied : &c->direct;
	const struct lws_context_creation_info info = {
		.port = CONTEXT_PORT_NO_LISTEN,
		.protocols = ws_protocols(),
		.vhost_name = proxied ? "ws-proxied" : "ws",
		.options = LWS_SERVER_OPTION_DO_SSL_GLOBAL_INIT,
		.provided_client_ssl_ctx = c->ssl_ctx,
		.http_proxy_address = ":0",
	};

	if (!*vh) {
		*vh = lws_create_vhost(loop_lws(c->loop), &info);
	}
	return *vh;
}

/* The Host header; lws takes the name to verify from it too, without the port. */
static void host_header(const struct url *u, char *dst, size_t size)
{
	bool six = strchr(u->host, ':') != NULL;
	bool usual = u->port == (u->tls ? 443 : 80);
	char port[8] = "";

	if (!usual) {
		snprintf(port, sizeof(port), ":%u", u->port);
	}
	snprintf(dst, size, "%s%s%s%s", six ? "[" : "", u->host, six ? "]" : "", port);
}

/* lws may call back from within, and frees its side when it returns NULL. */
static void vhost_dial(struct ws *w, struct lws_vhost *vh, const char *address)
{
	char host[TEXT_SIZE];
	const struct lws_client_connect_info info = {
		.context = loop_lws(w->loop),
		.vhost = vh,
		.address = address,
		.port = w->url.port,
		.host = host,
		.path = w->url.path,
		.alpn = "http/1.1", /* lws offers h2, and cannot do this over it */
		.ssl_connection = (w->url.tls ? LCCSCF_USE_SSL : 0) |
				  LCCSCF_HTTP_NO_FOLLOW_REDIRECT,
		.ietf_version_or_minus_one = -1,
		.local_protocol_name = ws_protocols()[0].name,
		.retry_and_idle_policy = &no_validity_checks,
		.opaque_user_data = w,
		.pwsi = &w->wsi,
	};
	struct lws *wsi;

	host_header(&w->url, host, sizeof(host));
	w->dialling = true;
	wsi = lws_client_connect_via_info(&info);
	w->dialling = false;
	if (!wsi) {
		fail_set(&w->fail, FAIL_UPSTREAM, "'%s': cannot connect to port %u",
			 w->url.host, w->url.port);
		ws_lost(w);
	}
}

static void set_proxy(struct ws_client *c, struct lws_vhost *vh, const char *address)
{
	bool six = strchr(address, ':') != NULL;
	char text[TEXT_SIZE];

	snprintf(text, sizeof(text), "%s%s%s%s:%u", c->proxy.auth, six ? "[" : "",
		 address, six ? "]" : "", c->proxy.port);
	lws_set_proxy(vh, text);
}

void ws_dial(struct ws *w, const char *address)
{
	struct ws_client *c = w->client;
	bool proxied = through_proxy(w);
	struct lws_vhost *vh = vhost_get(c, proxied);
	struct fail f = { 0 };

	if (!vh) {
		fail_set(&f, FAIL_INTERNAL, "cannot create the lws vhost");
		ws_end(w, 0, &f);
		return;
	}
	if (proxied) {
		set_proxy(c, vh, address);
	}
	vhost_dial(w, vh, proxied ? w->url.host : address);
}

const char *ws_host_to_look_up(const struct ws *w)
{
	return through_proxy(w) ? w->client->proxy.host : w->url.host;
}

/* --- life --------------------------------------------------------------------- */

struct loop *ws_client_loop(const struct ws_client *c)
{
	return c->loop;
}

void ws_client_add(struct ws *w)
{
	w->next = w->client->conns;
	if (w->next) {
		w->next->prev = w;
	}
	w->client->conns = w;
}

void ws_client_forget(struct ws *w)
{
	if (w->next) {
		w->next->prev = w->prev;
	}
	if (w->prev) {
		w->prev->next = w->next;
	} else {
		w->client->conns = w->next;
	}
}

static bool proxy_parse(const char *text, struct proxy *p, struct fail *f)
{
	const char *at;
	int end = 0;

	if (!*text) {
		return true;
	}
	if (strncmp(text, "http://", 7) != 0) {
		return fail_set(f, FAIL_INVALID, "the proxy is not http://host:port");
	}
	text += 7;
	at = strrchr(text, '@');
	if (at) {
		if (!text_copy_n(p->auth, sizeof(p->auth), text,
				 (size_t)(at - text) + 1)) {
			return fail_set(f, FAIL_INVALID,
					"the proxy's user and password are too long");
		}
		text = at + 1;
	}
	if ((sscanf(text, "[%255[0-9a-fA-F:.]]:%5u%n", p->host, &p->port, &end) < 2 &&
	     sscanf(text, "%255[^][:/@?#]:%5u%n", p->host, &p->port, &end) < 2) ||
	    (text[end] != '\0' && strcmp(text + end, "/") != 0) || p->port < 1 ||
	    p->port > 65535) {
		p->port = 0;
		return fail_set(f, FAIL_INVALID, "the proxy is not http://host:port");
	}
	return true;
}

bool ws_client_open(struct loop *l, const struct ws_client_config *conf,
		    struct ws_client **ret_c, struct fail *f)
{
	struct ws_client *c = calloc(1, sizeof(*c));

	if (!c) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	c->loop = l;
	if (!proxy_parse(conf->proxy ? conf->proxy : "", &c->proxy, f) ||
	    !ca_ssl_ctx_create(conf->ca_file ? conf->ca_file : "", &c->ssl_ctx, f)) {
		free(c);
		return false;
	}
	*ret_c = c;
	return true;
}

/* The vhosts stay until lws's context goes: this may be called from one of their
 * callbacks. No connection is theirs any more, and they know nothing of c. */
void ws_client_close(struct ws_client *c)
{
	if (!c) {
		return;
	}
	while (c->conns) {
		ws_destroy(c->conns);
	}
	ca_ssl_ctx_free(c->ssl_ctx);
	free(c);
}
