/* SPDX-License-Identifier: Apache-2.0 */
/* What came of a request: the reply, or what curl's error means for its caller. */
#include "shared/http_job.h"

#include <stdio.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/ca.h"

bool http_job_is_post(const struct http_job *j)
{
	return strcmp(j->req->method, "POST") == 0;
}

long http_job_bytes(const struct http_job *j)
{
	long n = 0;

	curl_easy_getinfo(j->easy, CURLINFO_REQUEST_SIZE, &n);
	return n;
}

bool http_job_sent(const struct http_job *j)
{
	return j->begun && http_job_bytes(j) > j->sent_before;
}

static const char *header_get(const struct http_job *j, const char *name)
{
	struct curl_header *h;

	if (curl_easy_header(j->easy, name, 0, CURLH_HEADER, -1, &h) != CURLHE_OK) {
		return NULL;
	}
	return h->value;
}

void http_job_response(const struct http_job *j, struct http_response *ret_res)
{
	*ret_res = (struct http_response){
		.body = buf_str(&j->body),
		.body_len = j->body.len,
		.retry_after = header_get(j, "retry-after"),
		.content_type = header_get(j, "content-type"),
		.oauth_scopes = header_get(j, "x-oauth-scopes"),
		.ratelimit_reset = header_get(j, "ratelimit-reset"),
	};
	curl_easy_getinfo(j->easy, CURLINFO_RESPONSE_CODE, &ret_res->status);
}

/* curl's sentences begin with a capital, our messages do not; "SSL" stays. */
static void reason(const struct http_job *j, int code, char *dst, size_t size)
{
	const char *why = *j->error ? j->error : curl_easy_strerror((CURLcode)code);

	snprintf(dst, size, "%s", why);
	if (dst[0] >= 'A' && dst[0] <= 'Z' && dst[1] >= 'a' && dst[1] <= 'z') {
		dst[0] = (char)(dst[0] - 'A' + 'a');
	}
}

static enum fail_kind kind_of(const struct http_job *j, int code)
{
	if (http_job_sent(j) && http_job_is_post(j)) {
		return FAIL_UNCERTAIN;
	}
	switch (code) {
	case CURLE_FAILED_INIT:
	case CURLE_OUT_OF_MEMORY:
		return FAIL_INTERNAL;
	case CURLE_OPERATION_TIMEDOUT:
		return FAIL_TIMEOUT;
	default: /* whatever is wrong with the url was found before curl had it */
		return FAIL_UPSTREAM;
	}
}

static void explain_timeout(const struct http_job *j, enum fail_kind kind,
			    struct fail *ret_f)
{
	int64_t total_ms = http_job_timeout_ms(j);
	int64_t connect_ms = http_job_connect_timeout_ms(j);

	if (!j->begun && connect_ms < total_ms) {
		total_ms = connect_ms;
	}
	fail_set(ret_f, kind, "'%s': %s in %lld ms", j->url.host,
		 j->begun ? "no whole reply" : "no connection", (long long)total_ms);
}

void http_job_explain(const struct http_job *j, int code, struct fail *ret_f)
{
	enum fail_kind kind = kind_of(j, code);
	char why[HTTP_ERROR_SIZE];

	if (j->over) {
		fail_set(ret_f, kind, "'%s': the %s of the reply went over the cap",
			 j->url.host, j->over);
		return;
	}
	if (code == CURLE_OPERATION_TIMEDOUT) {
		explain_timeout(j, kind, ret_f);
		return;
	}
	if (code == CURLE_ABORTED_BY_CALLBACK) {
		fail_set(ret_f, kind, "'%s': the connection broke after sending",
			 j->url.host);
		return;
	}
	reason(j, code, why, sizeof(why));
	fail_set(ret_f, kind, "'%s': %s", j->url.host, why);
	if (code == CURLE_PEER_FAILED_VERIFICATION) {
		fail_hint(ret_f, CA_HINT);
	}
}
