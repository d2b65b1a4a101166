/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted peer on a loopback port: it accepts, waits for bytes, answers, and breaks off
 * as it is told. It runs on a thread of its own with blocking sockets, so that it can be
 * as slow, silent or rude as no loop would let it be.
 *
 * The steps below only queue; the peer takes them one after the other, while the test runs
 * its loop. Nothing waits longer than 3 s. At the end peer_finish() says what did not go
 * as the script has it. A step that has failed ends the script. */
#ifndef TESTS_LIB_PEER_H
#define TESTS_LIB_PEER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct peer;

/* tls_dir: where test_tls_make() wrote cert.pem and key.pem, or NULL for plain. */
struct peer *peer_create(const char *tls_dir);
uint16_t peer_port(const struct peer *p);

/* "http://127.0.0.1:PORT/path", with scheme and host as given. Valid until the next. */
const char *peer_url(struct peer *p, const char *scheme, const char *host,
		     const char *path);

/* End of the script: wait until it was played, close all, free p. NULL, or what went
 * wrong (valid until the next peer_create()). */
const char *peer_finish(struct peer *p);

/* --- steps, on the newest connection ------------------------------------------- */

void peer_accept(struct peer *p); /* and the TLS handshake, which must succeed */
void peer_refuse(struct peer *p); /* accept, and a TLS handshake that must fail */
/* Accept without TLS, to play a proxy; and then begin it, as the peer behind that. */
void peer_accept_plain(struct peer *p);
void peer_start_tls(struct peer *p);

void peer_deafen(struct peer *p);                  /* close the listening socket */
void peer_connected(struct peer *p, bool resumed); /* was the TLS session resumed? */

/* Read until `text` has come, and take it and what was before it away. */
void peer_expect(struct peer *p, const char *text);
void peer_expect_end(struct peer *p); /* the other side closes; nothing more comes */

void peer_send(struct peer *p, const char *text);
void peer_send_bytes(struct peer *p, const void *bytes, size_t n);
/* A whole reply with a Content-Length; `headers` are lines that end in \r\n. */
void peer_reply(struct peer *p, int status, const char *headers, const char *body);

void peer_wait(struct peer *p);  /* until the test calls peer_go() */
void peer_go(struct peer *p);    /* not a step: at once */
bool peer_waits(struct peer *p); /* not a step: is it in a peer_wait()? */

void peer_fin(struct peer *p);   /* half-close: no more from us */
void peer_close(struct peer *p); /* properly */
void peer_reset(struct peer *p); /* RST */

/* --- steps of a WebSocket server ------------------------------------------------- */

enum {
	PEER_CONTINUE = 0x0,
	PEER_TEXT = 0x1,
	PEER_BINARY = 0x2,
	PEER_CLOSE = 0x8,
	PEER_PING = 0x9,
	PEER_PONG = 0xa,
	PEER_FIN = 0x80 /* or'ed to one of them */
};

/* Read an upgrade request and say 101. `spoil`: with a wrong accept key. */
void peer_ws_accept(struct peer *p, bool spoil);

/* One frame, not masked, with this first byte. */
void peer_ws_send(struct peer *p, unsigned first, const void *bytes, size_t n);

/* The next frame must have this first byte, be masked, and hold these bytes (bytes NULL:
 * any n of them, or any number when n is 0). */
void peer_ws_expect(struct peer *p, unsigned first, const void *bytes, size_t n);

#endif
