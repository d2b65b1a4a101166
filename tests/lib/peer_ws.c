/* SPDX-License-Identifier: Apache-2.0 */
/* A scripted peer as the server of a WebSocket, byte by byte. */
#include "tests/lib/peer.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "tests/lib/peer_steps.h"

/* RFC 6455, 4.2.2: base64(SHA-1(key + GUID)). */
static void accept_key(const char *key, char out[32])
{
	char text[128];
	unsigned char sum[EVP_MAX_MD_SIZE];
	unsigned n = 0;

	snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
	EVP_Digest(text, strlen(text), sum, &n, EVP_sha1(), NULL);
	EVP_EncodeBlock((unsigned char *)out, sum, (int)n);
}

const char *peer_do_ws_accept(struct peer *p, struct peer_step *s)
{
	struct peer_io *io = peer_io(p);
	char head[256];
	char key[64] = "";
	char accept[32] = "";
	const char *why;
	const char *at;

	while (!strstr(buf_str(&io->in), "\r\n\r\n")) {
		why = peer_io_read(io);
		if (why) {
			return why;
		}
	}
	at = strcasestr(buf_str(&io->in), "\r\nSec-WebSocket-Key: ");
	if (!at || sscanf(at + 2, "%*[^:]: %63[^\r]", key) != 1) {
		return "no key in the upgrade request";
	}
	if (strcasestr(buf_str(&io->in), "Sec-WebSocket-Extensions")) {
		return "an extension was offered";
	}
	buf_drop(&io->in, (size_t)(strstr(io->in.data, "\r\n\r\n") - io->in.data) + 4);
	accept_key(s->flag ? "spoilt" : key, accept);
	snprintf(head, sizeof(head),
		 "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\n"
		 "Connection: Upgrade\r\nSec-WebSocket-Accept: %s\r\n\r\n",
		 accept);
	return peer_io_write(io, head, strlen(head));
}

const char *peer_do_ws_send(struct peer *p, struct peer_step *s)
{
	unsigned char head[10] = { (unsigned char)s->first };
	size_t n = s->n;
	size_t len = 2;
	const char *why;

	if (n < 126) {
		head[1] = (unsigned char)n;
	} else {
		len = n < 65536 ? 4 : 10;
		head[1] = n < 65536 ? 126 : 127;
		for (size_t i = len; i > 2; i--, n >>= 8) {
			head[i - 1] = (unsigned char)(n & 0xff);
		}
	}
	why = peer_io_write(peer_io(p), head, len);
	return why || s->n == 0 ? why : peer_io_write(peer_io(p), s->bytes, s->n);
}

static const char *need(struct peer_io *io, size_t n)
{
	while (io->in.len < n) {
		const char *why = peer_io_read(io);

		if (why) {
			return why;
		}
	}
	return NULL;
}

/* The head of a masked frame: where its mask is, and how long it is. */
static const char *frame_head(struct peer_io *io, size_t *ret_mask_at, size_t *ret_n)
{
	const char *why = need(io, 2);
	size_t extra;
	size_t n;

	if (why) {
		return why;
	}
	if (!(io->in.data[1] & 0x80)) {
		return "a frame is not masked";
	}
	n = (unsigned char)io->in.data[1] & 0x7f;
	extra = n == 127 ? 8 : n == 126 ? 2 : 0;
	why = need(io, 2 + extra + 4);
	if (why) {
		return why;
	}
	for (size_t i = 0; i < extra; i++) {
		n = (i == 0 ? 0 : n << 8) | (unsigned char)io->in.data[2 + i];
	}
	*ret_mask_at = 2 + extra;
	*ret_n = n;
	return need(io, 2 + extra + 4 + n);
}

const char *peer_do_ws_expect(struct peer *p, struct peer_step *s)
{
	struct peer_io *io = peer_io(p);
	size_t mask_at = 0;
	size_t n = 0;
	const char *why = frame_head(io, &mask_at, &n);
	char *body;
	unsigned first;

	if (why) {
		snprintf(io->error, sizeof(io->error), "expected frame %02x: %s",
			 s->first, why);
		return io->error;
	}
	first = (unsigned char)io->in.data[0];
	body = io->in.data + mask_at + 4;
	for (size_t i = 0; i < n; i++) {
		body[i] = (char)(body[i] ^ io->in.data[mask_at + i % 4]);
	}
	if (first != s->first || (s->n > 0 && n != s->n) ||
	    (s->bytes && (n != s->n || memcmp(body, s->bytes, n) != 0))) {
		snprintf(io->error, sizeof(io->error),
			 "expected frame %02x of %zu bytes, got %02x of %zu: '%.*s'",
			 s->first, s->n, first, n, n > 60 ? 60 : (int)n, body);
		return io->error;
	}
	buf_drop(&io->in, mask_at + 4 + n);
	return NULL;
}
