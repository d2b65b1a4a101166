/* SPDX-License-Identifier: Apache-2.0 */
/* Indent's platform as a client of ours: signs and posts, well or badly. */
#ifndef TESTS_LIB_INDENT_CLIENT_H
#define TESTS_LIB_INDENT_CLIENT_H

#include "tests/lib/wire.h"

#define INDENT_SECRET "whsec_test_0001"

/* Of vector V7: ana asks for prod-db-admin because of INC-412. */
extern const char indent_v7[];

struct indent_client {
	struct loop *loop;
	struct wire wire;
	char head[4096];
	const char *body; /* of the last reply; lives until the next post */
};

void indent_connect(struct indent_client *c, struct loop *l, uint16_t port);
void indent_disconnect(struct indent_client *c);

/* 64 digits for a body that ends with a NUL. */
void indent_sign(const char *secret, const char *timestamp, const char *body,
		 char ret_hex[65]);

/* The same for any bytes. */
void indent_sign_bytes(const char *secret, const char *timestamp, const void *body,
		       size_t len, char ret_hex[65]);

/* Send a body with these lines of headers (each with its line end). */
void indent_send(struct indent_client *c, const char *headers, const char *body,
		 size_t len);

/* Wait for the status of what was sent, 0: none came. */
int indent_status(struct indent_client *c);

/* Send it signed with INDENT_SECRET by the loop's clock; and wait for the status. */
void indent_begin(struct indent_client *c, const char *body);
int indent_post(struct indent_client *c, const char *body);

/* An integer of the reply: "code" of its status, -1: it has none. */
int indent_code(const struct indent_client *c);

#endif
