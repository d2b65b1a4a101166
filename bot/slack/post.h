/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack posts to us over HTTP, as the same envelope that comes over a socket. Pure.
 *
 *   a command      form fields
 *   interactivity  a form whose field "payload" is JSON
 *   events         JSON
 *
 * and two questions that only have to be answered: url_verification and ssl_check. */
#ifndef BOT_SLACK_POST_H
#define BOT_SLACK_POST_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "bot/slack/envelope.h"

enum slack_post_kind {
	SLACK_POST_ENVELOPE,
	SLACK_POST_CHALLENGE, /* to be answered with `challenge` */
	SLACK_POST_SSL_CHECK, /* to be answered at all */
};

struct slack_post {
	enum slack_post_kind kind;
	struct envelope envelope; /* without an id; what else has its root here too */
	const char *challenge;    /* borrowed from it */
};

/* FAIL_INVALID: it cannot be read; FAIL_NOT_FOUND: nothing that Slack posts has this
 * content type (which may be NULL). Texts that strict JSON refuses are cleaned, as in
 * envelope_parse(). */
bool slack_post_read(const char *content_type, const char *body, size_t n,
		     struct slack_post *ret_p, struct fail *f);
void slack_post_finish(struct slack_post *p);

/* Whether it is, without being parsed, one of the ssl_check requests that Slack does not
 * sign: to answer it does nothing. */
bool slack_post_is_ssl_check(const char *body, size_t n);

#endif
