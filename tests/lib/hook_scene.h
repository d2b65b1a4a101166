/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes at the HTTP surface: webhooks as vendors post them, over a real connection to
 * accessd, signed with secrets of the test's own. */
#ifndef TESTS_LIB_HOOK_SCENE_H
#define TESTS_LIB_HOOK_SCENE_H

#include <stdbool.h>
#include <stddef.h>

#include "tests/lib/scene_watch.h"

enum { HOOK_HEADERS_SIZE = 1024 };

#define HOOK_APONO      "/webhooks/apono"
#define HOOK_INDENT     "/webhooks/indent"
#define HOOK_PAGERDUTY  "/webhooks/pagerduty"
#define HOOK_INCIDENTIO "/webhooks/incidentio"
#define HOOK_SLACK      "/webhooks/slack"

/* What the config names, as env:..., and their values: the key in use and the one before
 * it. Set by hook_setup(). */
extern const char hook_pd_secret[], hook_pd_old[], hook_io_secret[], hook_io_old[];
extern const char hook_slack_secret[], hook_slack_old[];
extern const char hook_apono_token[], hook_indent_secret[];

/* For cmocka, in the place of watch_setup...(): max_age is 60 s, all secrets are set. */
int hook_setup(void **state);
int hook_setup_stopped(void **state); /* scene_start() follows */
int hook_setup_http(void **state);    /* Slack posts */
int hook_setup_all(void **state);     /* and so do Apono and Indent */
int hook_teardown(void **state);      /* looks for the secrets as well */

/* Header lines that prove a body; "\r\n" at the end of each. */
struct hook_vendor {
	const char *path;
	/* now or at some seconds from now; old: by the key before */
	void (*sign)(struct scene *t, const void *body, size_t n, int off_s, bool old,
		     char ret_headers[HOOK_HEADERS_SIZE]);
	const char *signature; /* its header, as sign() writes it, up to the value */
	const char *time;      /* likewise; NULL: no time is signed */
	const char *hello;     /* a body that is taken */

	/* The statuses of what is taken, of what is not proved, and of what is proved and
	 * cannot be read. */
	int taken, refused, unreadable;
};

extern const struct hook_vendor hook_apono_vendor, hook_incidentio_vendor,
	hook_indent_vendor, hook_pagerduty_vendor, hook_slack_vendor;

/* All of them, in the order of bot/hooks.c. */
enum { HOOK_VENDORS = 5 };
extern const struct hook_vendor *const hook_vendors[HOOK_VENDORS];

/* Post it, and wait for the reply: its status, 0: none. */
int hook_post(struct scene *t, const char *path, const char *headers, const void *body,
	      size_t n);
int hook_post_text(struct scene *t, const char *path, const char *headers,
		   const char *body);

/* The same, signed. */
int hook_post_signed(struct scene *t, const struct hook_vendor *v, const char *body);

/* Of the last reply. */
const char *hook_head(void);
const char *hook_body(void);

/* Bodies of events; they live until the next call. Each has an id of its own. */
const char *hook_pd_event(const char *id, const char *type, const char *incident);
const char *hook_io_event(const char *type, const char *incident);

/* The id that the next incident.io message gets, in the place of one of its own. */
void hook_io_message(const char *id);

#endif
