/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes in which Apono asks: its webhook is configured, and posts come over a real
 * socket. */
#ifndef TESTS_LIB_APONO_SCENE_H
#define TESTS_LIB_APONO_SCENE_H

#include <jansson.h>

#include "tests/lib/scene_watch.h"
#include "tests/lib/test.h"
#include "tests/lib/wire.h"

#define APONO_TOKEN     "apono-token-of-the-scene"
#define APONO_OLD_TOKEN "apono-token-of-last-year"
#define APONO_CONF \
	"apono = { bearer = \"env:SCENE_APONO\"; bearer_old = \"env:SCENE_APONO_OLD\"; };\n"
#define APONO_HOST "Host: a\r\n"
#define APONO_AUTH "Authorization: Bearer " APONO_TOKEN "\r\n"
#define APONO_POST "POST /webhooks/apono HTTP/1.1\r\n" APONO_HOST

/* For cmocka, in the place of watch_setup() and so on. */
int apono_setup(void **state);
int apono_setup_stopped(void **state);
int apono_teardown(void **state);

/* Connect, and send head (without its last, empty line), a Content-Length of n, and n
 * bytes of body. */
void apono_send(struct scene *t, struct wire *w, const char *head, const char *body,
		size_t n);

/* Wait for its reply. What came is apono_json() until the next one, NULL when that is no
 * JSON, and apono_head(). */
int apono_reply(struct wire *w);
const json_t *apono_json(void);
const char *apono_head(void);

/* Post with the token, and stop the test when the status is another one. */
const json_t *apono_post(struct scene *t, const char *body, int status);

/* The same, when time has to pass before it is answered: so long at most. */
const json_t *apono_post_slow(struct scene *t, const char *body, int status, int64_t ms);

/* A copy of a text of the reply: good for the next fifteen calls, too. */
const char *apono_text(const char *name);

#endif
