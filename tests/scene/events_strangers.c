/* SPDX-License-Identifier: Apache-2.0 */
/* How incident.io may spell the three headers that prove an event, and what only looks
 * like them. What is tried on every webhook is in tests/contract/hook_bad_input.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/hook_scene.h"
#include "tests/lib/test.h"

static const struct hook_vendor *const io = &hook_incidentio_vendor;

/* As sign() wrote them. */
struct proof {
	char id[160], time[32], signature[128];
};

/* $I, $T and $S: the id, the time and the signature, which go together. */
/* clang-format off */
static const struct {
	const char *what, *headers;
	int status;
} families[] = {
	{ "Standard Webhooks",    "webhook-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n", 202 },
	{ "Svix",                 "svix-id: $I\r\nsvix-timestamp: $T\r\nsvix-signature: $S\r\n", 202 },
	{ "in capitals",          "Webhook-Id: $I\r\nWEBHOOK-TIMESTAMP: $T\r\nWebhook-Signature: $S\r\n", 202 },
	{ "both",                 "webhook-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n"
	                          "svix-id: $I\r\nsvix-timestamp: $T\r\nsvix-signature: $S\r\n", 202 },
	{ "the first is another's", "webhook-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: v1,AAAA\r\n"
	                          "svix-id: $I\r\nsvix-timestamp: $T\r\nsvix-signature: $S\r\n", 401 },
	{ "a mixture",            "webhook-id: $I\r\nsvix-timestamp: $T\r\nsvix-signature: $S\r\n", 401 },
	{ "another mixture",      "svix-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n", 401 },
	{ "a third",              "webhook-id: $I\r\nwebhook-timestamp: $T\r\nsvix-signature: $S\r\n", 401 },
	{ "no id",                "webhook-timestamp: $T\r\nwebhook-signature: $S\r\n", 401 },
	{ "the id twice",         "webhook-id: $I\r\nwebhook-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n", 401 },
	{ "one of both twice",    "webhook-id: $I\r\nwebhook-id: x\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n"
	                          "svix-id: $I\r\nsvix-timestamp: $T\r\nsvix-signature: $S\r\n", 401 },
	{ "the other's twice",    "webhook-id: $I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n"
	                          "svix-id: $I\r\nsvix-id: x\r\n", 401 },
	{ "another id",           "webhook-id: x$I\r\nwebhook-timestamp: $T\r\nwebhook-signature: $S\r\n", 401 },
	{ "another vendor's",     "x-hub-id: $I\r\nx-hub-timestamp: $T\r\nx-hub-signature: $S\r\n", 401 },
};

/* With a dot in an id "id.timestamp.body" could be read in two ways. */
static const struct {
	const char *id;
	int status;
} ids[] = {
	{ "msg_2Yh-0Zz9", 202 }, { "a", 202 },
	{ "msg.1", 401 }, { ".", 401 }, { "msg 1", 401 }, { "msg/1", 401 }, { "msg%311", 401 },
	{ "m\xc3\xa4", 401 }, { "msg,1", 401 }, { "'--", 401 },
	{ "0123456789012345678901234567890123456789012345678901234567890123456789"
	  "012345678901234567890123456789012345678901234567890123456", 202 }, /* 127 bytes */
	{ "0123456789012345678901234567890123456789012345678901234567890123456789"
	  "0123456789012345678901234567890123456789012345678901234567", 401 },
};
/* clang-format on */

static void value_of(const char *headers, const char *name, char *dst, size_t size)
{
	const char *at = strstr(headers, name);

	assert_non_null(at);
	at += strlen(name);
	snprintf(dst, size, "%.*s", (int)strcspn(at, "\r"), at);
}

static void prove(struct scene *t, const char *id, struct proof *ret_p)
{
	char headers[HOOK_HEADERS_SIZE];

	hook_io_message(id);
	io->sign(t, io->hello, strlen(io->hello), 0, false, headers);
	value_of(headers, "webhook-id: ", ret_p->id, sizeof(ret_p->id));
	value_of(headers, "webhook-timestamp: ", ret_p->time, sizeof(ret_p->time));
	value_of(headers, "webhook-signature: ", ret_p->signature,
		 sizeof(ret_p->signature));
}

static void fill(const char *from, const struct proof *p, char *dst, size_t size)
{
	size_t at = 0;

	for (; *from && at < size; from++) {
		if (*from != '$') {
			at += (size_t)snprintf(dst + at, size - at, "%c", *from);
			continue;
		}
		from++;
		at += (size_t)snprintf(dst + at, size - at, "%s",
				       *from == 'I'   ? p->id
				       : *from == 'T' ? p->time
						      : p->signature);
	}
	assert_true(at < size);
}

static void the_headers_are_of_one_family(void **state)
{
	struct scene *t = *state;
	int64_t heard = 0;

	for (size_t i = 0; i < ARRAY_LEN(families); i++) {
		char headers[HOOK_HEADERS_SIZE];
		struct proof p;

		prove(t, "", &p); /* an id of its own */
		fill(families[i].headers, &p, headers, sizeof(headers));
		assert_row(hook_post_text(t, io->path, headers, io->hello) ==
				   families[i].status,
			   i, families[i].what);
		heard += families[i].status == 202;
		assert_row(scene_sql(t, "SELECT count(*) FROM event") == heard, i,
			   families[i].what);
	}
}

static void an_id_is_letters_digits_and_dashes(void **state)
{
	struct scene *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(ids); i++) {
		char headers[HOOK_HEADERS_SIZE];

		hook_io_message(ids[i].id);
		io->sign(t, io->hello, strlen(io->hello), 0, false, headers);
		assert_row(hook_post_text(t, io->path, headers, io->hello) ==
				   ids[i].status,
			   i, ids[i].id);
	}
}

int main(void)
{
#define SCENE(f) cmocka_unit_test_setup_teardown(f, hook_setup, hook_teardown)
	const struct CMUnitTest tests[] = {
		SCENE(the_headers_are_of_one_family),
		SCENE(an_id_is_letters_digits_and_dashes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
