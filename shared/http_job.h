/* SPDX-License-Identifier: Apache-2.0 */
/* One outgoing request while it is under way: what shared/http_client.c keeps of it, and
 * what curl is told (shared/http_job.c). Nobody else includes this. */
#ifndef SHARED_HTTP_JOB_H
#define SHARED_HTTP_JOB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"
#include "shared/http_client.h"
#include "shared/loop.h"
#include "shared/url.h"

enum { HTTP_ERROR_SIZE = 256 };

struct http_job {
	struct http_request *req; /* NULL once it was answered or cancelled */
	struct http_client *client;
	struct http_job *next; /* of those that are not answered yet */
	struct http_job *prev;

	struct loop_timer connecting; /* connect_timeout_ms */
	struct loop_timer timer;      /* timeout_ms; then: call back in the next turn */

	void *easy;    /* CURL * */
	void *headers; /* struct curl_slist *; holds the secret */
	struct url url;
	bool in_multi;
	bool done;        /* `fail` says how it ended */
	bool begun;       /* connected, and curl was about to send the request */
	long sent_before; /* bytes, when it was */

	struct buf body;
	size_t header_bytes;
	bool headers_whole; /* their last line came */
	const char *over;   /* which cap the reply went over, or NULL */
	char error[HTTP_ERROR_SIZE];
	struct fail fail;
};

/* Make the easy handle and tell it everything. `conf` is borrowed for the call. */
bool http_job_prepare(struct http_job *j, const struct http_client_config *conf,
		      struct fail *f);

/* Free it and all that it holds; the secret is erased. It must have left the multi. */
void http_job_destroy(struct http_job *j);

bool http_job_is_post(const struct http_job *j);

/* How many bytes curl has sent for this job, those to a proxy included. */
long http_job_bytes(const struct http_job *j);

/* Whether anything of the request may have reached the other side. */
bool http_job_sent(const struct http_job *j);

/* What a CURLcode means for the caller of this request. */
void http_job_explain(const struct http_job *j, int code, struct fail *ret_f);

/* What came. Valid while j lives. */
void http_job_response(const struct http_job *j, struct http_response *ret_res);

int64_t http_job_timeout_ms(const struct http_job *j);
int64_t http_job_connect_timeout_ms(const struct http_job *j);

#endif
