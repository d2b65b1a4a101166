/* SPDX-License-Identifier: Apache-2.0 */
/* One of Indent's integrations: a signed POST for each grant and each end.
 *
 *   X-Indent-Timestamp: <RFC 3339>
 *   X-Indent-Signature: hex(HMAC-SHA256(secret, "v0:" timestamp ":" body))
 *
 * The secret is used as it is written: receivers do not decode it. Content-Type has to be
 * JSON, or a Lambda URL hands the body over in base64, which then does not verify. They are
 * slow ("the Okta client sleeps 60 s when its rate limit is low"), so the timeout is long. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/provisioner.h"
#include "approver/indent_apply.h"
#include "shared/http_client.h"
#include "shared/loop.h"
#include "shared/secret.h"
#include "shared/sig.h"
#include "shared/text.h"
#include "shared/url.h"

extern const struct provisioner_ops provisioner_indent;

enum { REPLY_MAX = 256 * 1024, RETRY_AFTER_MAX_S = 3600 };

struct indent {
	struct provisioner base;
	struct loop *loop;
	struct http_client *http;
	struct sig_key *key;
	char name[NAME_SIZE];
	char url[URL_SIZE];
	int64_t timeout_ms;
};

struct indent_job {
	struct indent *all;
	struct provision_call *call;
	char *body;
	char timestamp[80], signature[120];
	struct http_request req;
	struct loop_timer refused; /* before anything was sent */
	struct fail why;
};

/* --- life --------------------------------------------------------------------------- */

static bool indent_check(const struct provisioner_config *c, struct fail *f)
{
	struct url url;

	if (c->command.n > 0) {
		return fail_set(f, FAIL_INVALID, "type indent takes no 'command'");
	}
	if (!*c->url) {
		fail_set(f, FAIL_INVALID, "type indent needs a 'url'");
		return fail_hint(f, "It is the address of the integration's webhook.");
	}
	return url_parse(c->url, &url, f);
}

static bool indent_open(const struct provisioner_env *env, struct provisioner **ret_p,
			struct fail *f)
{
	const struct provisioner_config *c = env->config;
	struct indent *me = calloc(1, sizeof(*me));

	if (!me) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	me->base.ops = &provisioner_indent;
	me->loop = env->loop;
	me->http = env->http;
	me->timeout_ms = c->timeout_ms;
	text_copy(me->name, sizeof(me->name), c->name);
	if (!text_copy(me->url, sizeof(me->url), c->url)) {
		free(me);
		return fail_set(f, FAIL_INVALID, "its url is too long");
	}
	me->key = sig_key_create(secret_text(&c->secret), c->secret.len);
	if (!me->key) {
		free(me);
		fail_set(f, FAIL_INVALID, "its secret is not set");
		return fail_hint(f,
				 "It is the INDENT_WEBHOOK_SECRET of the integration.");
	}
	*ret_p = &me->base;
	return true;
}

static void indent_close(struct provisioner *p)
{
	if (p) {
		struct indent *me = container_of(p, struct indent, base);

		sig_key_destroy(me->key);
		free(me);
	}
}

/* --- one call ------------------------------------------------------------------------- */

static void job_destroy(struct indent_job *job)
{
	job->call->job = NULL;
	loop_timer_cancel(&job->refused);
	free(job->body);
	free(job);
}

static void job_end(struct indent_job *job, struct fail *f)
{
	struct provision_call *c = job->call;

	if (f->kind != FAIL_NONE) {
		fail_wrap(f, "%s", job->all->name);
	}
	job_destroy(job);
	c->cb(c, f);
}

static void on_reply(struct http_request *req, const struct http_response *res,
		     const struct fail *f)
{
	struct indent_job *job = container_of(req, struct indent_job, req);
	struct fail why = *f;

	if (why.kind == FAIL_UPSTREAM) {
		why.kind = FAIL_BUSY; /* of a POST: before anything was sent */
	}
	if (res && !indent_apply_read(res->status, res->body, res->body_len, &why)) {
		why.retry_after_s = text_retry_after_s(
			res->retry_after, clock_wall_ms(loop_clock(job->all->loop)),
			RETRY_AFTER_MAX_S);
	}
	job_end(job, &why);
}

static void on_refused(struct loop_timer *t)
{
	struct indent_job *job = container_of(t, struct indent_job, refused);
	struct fail why = job->why;

	job_end(job, &why);
}

static void sign(struct indent_job *job, const char *at)
{
	const struct sig_part parts[] = { { "v0:", 3 },
					  { at, strlen(at) },
					  { ":", 1 },
					  { job->body, strlen(job->body) } };
	uint8_t mac[SIG_SIZE];
	char hex[SIG_HEX_SIZE];

	sig_hmac(job->all->key, parts, ARRAY_LEN(parts), mac);
	sig_hex(mac, hex);
	snprintf(job->timestamp, sizeof(job->timestamp), "X-Indent-Timestamp: %s", at);
	snprintf(job->signature, sizeof(job->signature), "X-Indent-Signature: %s", hex);
}

static void send(struct indent_job *job)
{
	struct indent *me = job->all;
	char at[TIME_SIZE];

	job->body = indent_apply_format(job->call->what);
	if (!job->body) {
		abort(); /* out of memory for 4 KB */
	}
	text_format_time(job->call->what->now_ms, at);
	sign(job, at);
	job->req = (struct http_request){ .method = "POST",
					  .url = me->url,
					  .body = job->body,
					  .body_len = strlen(job->body),
					  .timeout_ms = me->timeout_ms,
					  .max_reply = REPLY_MAX,
					  .cb = on_reply };
	job->req.headers[0] = "Content-Type: application/json";
	job->req.headers[1] = job->timestamp;
	job->req.headers[2] = job->signature;
	http_request_start(me->http, &job->req);
}

static void indent_start(struct provisioner *p, struct provision_call *c)
{
	struct indent *me = container_of(p, struct indent, base);
	struct indent_job *job = calloc(1, sizeof(*job));

	if (!job) {
		abort(); /* out of memory for 1 KB */
	}
	job->all = me;
	job->call = c;
	job->refused.cb = on_refused;
	c->job = job;
	/* Integrations find people by it; without one, some find somebody else. */
	if (!*c->what->email) {
		fail_set(&job->why, FAIL_INVALID,
			 "the person has no e-mail that Slack has confirmed");
		loop_timer_start(me->loop, &job->refused, 0);
		return;
	}
	send(job);
}

static void indent_cancel(struct provisioner *p, struct provision_call *c)
{
	struct indent_job *job = c->job;

	(void)p;
	if (job) {
		http_request_cancel(&job->req);
		job_destroy(job);
	}
}

static const char *const can[] = { "extend", NULL };

const struct provisioner_ops provisioner_indent = {
	.type = "indent",
	.actions = can,
	.check = indent_check,
	.open = indent_open,
	.close = indent_close,
	.start = indent_start,
	.cancel = indent_cancel,
};
