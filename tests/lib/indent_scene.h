/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes in which Indent asks: its webhook is configured, and its platform a client of
 * ours. */
#ifndef TESTS_LIB_INDENT_SCENE_H
#define TESTS_LIB_INDENT_SCENE_H

#include "tests/lib/indent_client.h"
#include "tests/lib/scene_watch.h"

#define INDENT_CONFIG "indent = { webhook_secret = \"env:SCENE_PLATFORM\"; };\n"

/* Parts of what it posts. */
#define PERSON(id, email) \
	"{\"id\":\"" id "\",\"kind\":\"slack/user\",\"email\":\"" email "\"}"
#define ANA  PERSON("U0ANA0001", "ana@acme.example")
#define BOB  PERSON("U0BOB0001", "bob@acme.example")
#define CARA PERSON("U0CARA001", "cara@acme.example")
#define BY_EMAIL(email) \
	"{\"id\":\"00u1\",\"kind\":\"okta.v1.User\",\"email\":\"" email "\"}"
#define PROD_DB "{\"id\":\"prod-db\",\"kind\":\"app\"}"
#define ASK_FOR(labels, who, resources) \
	"{\"events\":[{\"event\":\"access/request\",\"reason\":\"lag\",\"actor\":" who \
	",\"resources\":[" resources "],\"meta\":{\"labels\":{" labels "}}}]}"
#define ASK(who, resources) ASK_FOR("", who, resources)

/* The platform; connected by indent_start(). */
extern struct indent_client client;

/* Start a scene that is set up and not started. t->more: INDENT_CONFIG, unless it says
 * something already. */
void indent_start(struct scene *t);

/* For cmocka, in the place of watch_teardown(). */
int indent_teardown(void **state);

/* Post it a second later, so that no two requests are the same; the status. */
int indent_asks(struct scene *t, const char *body);

/* Post what cannot be decided yet: incident.io has not answered. */
void indent_waits(struct scene *t, const char *body);

/* Lines of the audit whose data has this part, a pattern of LIKE. */
int64_t indent_traced(struct scene *t, const char *part);

#endif
