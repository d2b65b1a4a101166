/* SPDX-License-Identifier: Apache-2.0 */
/* Signs as the contract says, not as our own code does it: by OpenSSL's one-shot. */
#include "tests/lib/indent_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/lib/test.h"

const char indent_v7[] =
	"{\"events\":[{\"event\":\"access/request\",\"id\":\"01HM6Q0000000000000000REQ1\","
	"\"timestamp\":\"2024-01-15T09:30:00Z\",\"reason\":\"INC-412: replica lag, need "
	"psql\",\"actor\":{\"id\":\"U02AYNF2XJM\",\"kind\":\"slack/user\",\"email\":"
	"\"ana@example.com\",\"displayName\":\"Ana Ruiz\",\"labels\":{\"oktaId\":"
	"\"00uANA\"}},\"resources\":[{\"id\":\"00g1prodadmin\",\"kind\":\"okta.v1.Group\","
	"\"displayName\":\"prod-db-admin\",\"labels\":{\"oktaId\":\"00g1prodadmin\"}}],"
	"\"meta\":{\"labels\":{\"petition\":\"pet-7f3a\",\"indent.com/workflow/origin/"
	"id\":\"wf-1\",\"indent.com/workflow/origin/run/id\":\"run-9\"}}}]}";

void indent_connect(struct indent_client *c, struct loop *l, uint16_t port)
{
	*c = (struct indent_client){ .loop = l };
	assert_true(wire_open(&c->wire, l, port, NULL));
}

void indent_disconnect(struct indent_client *c)
{
	wire_close(&c->wire);
}

void indent_sign_bytes(const char *secret, const char *timestamp, const void *body,
		       size_t len, char ret_hex[65])
{
	unsigned char mac[EVP_MAX_MD_SIZE];
	unsigned int n = 0;
	struct buf payload;

	buf_init(&payload, 64 << 20);
	buf_addf(&payload, "v0:%s:", timestamp);
	buf_add(&payload, body, len);
	assert_non_null(HMAC(EVP_sha256(), secret, (int)strlen(secret),
			     (const unsigned char *)payload.data, payload.len, mac, &n));
	for (unsigned int i = 0; i < n; i++) {
		snprintf(ret_hex + 2 * i, 3, "%02x", mac[i]);
	}
	buf_finish(&payload);
}

void indent_sign(const char *secret, const char *timestamp, const char *body,
		 char ret_hex[65])
{
	indent_sign_bytes(secret, timestamp, body, strlen(body), ret_hex);
}

void indent_send(struct indent_client *c, const char *headers, const char *body,
		 size_t len)
{
	struct buf out;

	buf_init(&out, 64 << 20);
	buf_addf(&out,
		 "POST /webhooks/indent HTTP/1.1\r\nHost: a\r\n"
		 "Content-Type: application/json\r\nContent-Length: %zu\r\n%s\r\n",
		 len, headers);
	buf_add(&out, body, len);
	assert_true(wire_send(&c->wire, out.data, out.len));
	buf_finish(&out);
}

int indent_status(struct indent_client *c)
{
	c->body = "";
	return wire_await_reply(&c->wire, c->head, sizeof(c->head), &c->body);
}

void indent_begin(struct indent_client *c, const char *body)
{
	char timestamp[TIME_SIZE];
	char hex[65];
	char headers[256];

	text_format_time(clock_wall_ms(loop_clock(c->loop)), timestamp);
	indent_sign(INDENT_SECRET, timestamp, body, hex);
	snprintf(headers, sizeof(headers),
		 "X-Indent-Timestamp: %s\r\nX-Indent-Signature: %s\r\n", timestamp, hex);
	indent_send(c, headers, body, strlen(body));
}

int indent_post(struct indent_client *c, const char *body)
{
	indent_begin(c, body);
	return indent_status(c);
}

int indent_code(const struct indent_client *c)
{
	json_auto_t *reply = json_loads(c->body, JSON_DISABLE_EOF_CHECK, NULL);
	const json_t *code = json_object_get(jx_obj(reply, "status"), "code");

	return json_is_integer(code) ? (int)json_integer_value(code) : -1;
}
