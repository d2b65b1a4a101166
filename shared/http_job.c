/* SPDX-License-Identifier: Apache-2.0 */
/* What curl is told about one request. What its result means is in http_result.c. */
#include "shared/http_job.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <curl/curl.h>

#include "shared/ca.h"
#include "shared/secret.h"

enum {
	CONNECT_TIMEOUT_MS = 3000,
	TIMEOUT_MS = 10000,
	REPLY_MAX = 1024 * 1024,
	HEADERS_MAX = 64 * 1024, /* curl itself keeps any number of them */
	AUTH_MAX = 8192,         /* of the line that holds the secret */
};

/* In the job, so that curl can write there. */
_Static_assert((int)HTTP_ERROR_SIZE >= CURL_ERROR_SIZE, "curl's errors need more room");

int64_t http_job_timeout_ms(const struct http_job *j)
{
	return j->req->timeout_ms > 0 ? j->req->timeout_ms : TIMEOUT_MS;
}

int64_t http_job_connect_timeout_ms(const struct http_job *j)
{
	return j->req->connect_timeout_ms > 0 ? j->req->connect_timeout_ms
					      : CONNECT_TIMEOUT_MS;
}

/* --- what curl calls ---------------------------------------------------------- */

static size_t on_body(char *data, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;

	if (!buf_add(&j->body, data, size * n)) {
		j->over = "body";
		return CURL_WRITEFUNC_ERROR;
	}
	return size * n;
}

/* curl calls a reply whole whose headers broke off: 200, and an empty body. */
static size_t on_header(char *data, size_t size, size_t n, void *arg)
{
	struct http_job *j = arg;
	bool status_line = n > 5 && memcmp(data, "HTTP/", 5) == 0;

	if (status_line) {
		j->headers_whole = false; /* there may be interim replies before it */
	} else if (n > 0 && (data[0] == '\r' || data[0] == '\n')) {
		j->headers_whole = true;
	}
	j->header_bytes += size * n;
	if (j->header_bytes > HEADERS_MAX) {
		j->over = "headers";
		return CURL_WRITEFUNC_ERROR;
	}
	return size * n;
}

/* curl is connected and about to send. It comes here twice when it found out, by sending,
 * that a kept connection had died: it then sends everything again on a fresh one, even a
 * POST, and there is no option against it. The first may have been carried out. */
static int on_begin(void *arg, char *ip, char *local_ip, int port, int local_port)
{
	struct http_job *j = arg;

	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;
	loop_timer_cancel(&j->connecting);
	if (http_job_is_post(j) && http_job_sent(j)) {
		return CURL_PREREQFUNC_ABORT;
	}
	if (!j->begun) {
		j->begun = true;
		j->sent_before = http_job_bytes(j);
	}
	return CURL_PREREQFUNC_OK;
}

/* --- before ------------------------------------------------------------------- */

static bool header_add(struct http_job *j, const char *line)
{
	struct curl_slist *all = curl_slist_append(j->headers, line);

	if (all) {
		j->headers = all;
	}
	return all != NULL;
}

/* "Authorization: Bearer xoxb-..."; the copy that is made here is erased here, the one in
 * curl's list when the job is destroyed. */
static bool auth_add(struct http_job *j, struct fail *f)
{
	const struct http_request *req = j->req;
	const char *scheme = req->auth_scheme;
	const char *gap;
	char line[AUTH_MAX];
	bool ok;
	int n;

	if (!scheme) {
		return true;
	}
	if (!req->auth || !secret_is_set(req->auth)) {
		return fail_set(f, FAIL_INVALID,
				"the secret to authorise with is not set");
	}
	gap = *scheme && scheme[strlen(scheme) - 1] == '=' ? "" : " ";
	n = snprintf(line, sizeof(line), "Authorization: %s%s%s", scheme, gap,
		     secret_text(req->auth));
	/* A line break would end the header and begin another. */
	if (n < 0 || n >= (int)sizeof(line) || strpbrk(line, "\r\n")) {
		explicit_bzero(line, sizeof(line));
		return fail_set(f, FAIL_INVALID,
				"the secret to authorise with is no header's text");
	}
	ok = header_add(j, line);
	explicit_bzero(line, sizeof(line));
	return ok || fail_set(f, FAIL_INTERNAL, "out of memory");
}

static bool headers_add(struct http_job *j, struct fail *f)
{
	const struct http_request *req = j->req;

	for (size_t i = 0; i < HTTP_HEADERS_MAX && req->headers[i]; i++) {
		if (strpbrk(req->headers[i], "\r\n")) {
			return fail_set(f, FAIL_INVALID,
					"a header cannot hold a line break");
		}
		if (!header_add(j, req->headers[i])) {
			return fail_set(f, FAIL_INTERNAL, "out of memory");
		}
	}
	/* curl asks leave for large bodies: a round trip, or 1 s without an answer. */
	if (http_job_is_post(j) && !header_add(j, "Expect:")) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	return auth_add(j, f);
}

/* From the pieces that were checked, so that curl cannot read the text in another way. */
static void set_url(struct http_job *j)
{
	const struct url *u = &j->url;
	bool six = strchr(u->host, ':') != NULL;
	char text[sizeof(*u) + 32];

	snprintf(text, sizeof(text), "%s://%s%s%s:%u%s", u->scheme, six ? "[" : "",
		 u->host, six ? "]" : "", u->port, u->path);
	curl_easy_setopt(j->easy, CURLOPT_URL, text);
	curl_easy_setopt(j->easy, CURLOPT_PATH_AS_IS, 1L);
	curl_easy_setopt(j->easy, CURLOPT_PROTOCOLS_STR, "http,https");
	/* Redirects are off unless asked for, and nobody here asks. */
}

static void set_method(struct http_job *j)
{
	const struct http_request *req = j->req;

	if (http_job_is_post(j)) {
		curl_easy_setopt(j->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(j->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)(req->body ? req->body_len : 0));
		curl_easy_setopt(j->easy, CURLOPT_POSTFIELDS, req->body ? req->body : "");
	} else {
		curl_easy_setopt(j->easy, CURLOPT_HTTPGET, 1L);
	}
	curl_easy_setopt(j->easy, CURLOPT_HTTPHEADER, j->headers);
}

static void set_tls(struct http_job *j, const struct http_client_config *conf)
{
	/* curl as Debian builds it parses the whole bundle for each new connection, 20
	 * to 30 ms of the loop's time. A folder of hashed names is read by need. */
	curl_easy_setopt(j->easy, CURLOPT_CAPATH, CA_DIR);
	curl_easy_setopt(j->easy, CURLOPT_CAINFO, *conf->ca_file ? conf->ca_file : NULL);
	curl_easy_setopt(j->easy, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(j->easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
}

/* Both are always set: curl asks the environment for what is not. */
static void set_proxy(struct http_job *j, const struct http_client_config *conf)
{
	bool direct = *conf->proxy == '\0';

	curl_easy_setopt(j->easy, CURLOPT_PROXY, conf->proxy);
	curl_easy_setopt(j->easy, CURLOPT_NOPROXY,
			 direct ? "" : "localhost,127.0.0.0/8,::1");
	curl_easy_setopt(j->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
}

static void set_rest(struct http_job *j, const struct http_client_config *conf)
{
	curl_easy_setopt(j->easy, CURLOPT_USERAGENT, conf->user_agent);
	curl_easy_setopt(j->easy, CURLOPT_NOSIGNAL, 1L);
	/* Without it, giving up on a look-up waits for its thread: 10 s measured. */
	curl_easy_setopt(j->easy, CURLOPT_QUICK_EXIT, 1L);
	/* Our own timers fire first under a test's clock; these know how many of a
	 * host's addresses are left to be tried. */
	curl_easy_setopt(j->easy, CURLOPT_TIMEOUT_MS, (long)http_job_timeout_ms(j));
	curl_easy_setopt(j->easy, CURLOPT_CONNECTTIMEOUT_MS,
			 (long)http_job_connect_timeout_ms(j));
	curl_easy_setopt(j->easy, CURLOPT_ERRORBUFFER, j->error);
	curl_easy_setopt(j->easy, CURLOPT_PREREQFUNCTION, on_begin);
	curl_easy_setopt(j->easy, CURLOPT_PREREQDATA, j);
	curl_easy_setopt(j->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(j->easy, CURLOPT_WRITEDATA, j);
	curl_easy_setopt(j->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(j->easy, CURLOPT_HEADERDATA, j);
}

static bool check(struct http_job *j, struct fail *f)
{
	if (strcmp(j->req->method, "GET") != 0 && !http_job_is_post(j)) {
		return fail_set(f, FAIL_INVALID, "the method '%s' is not known",
				j->req->method);
	}
	if (!url_parse(j->req->url, &j->url, f)) {
		return false;
	}
	if (strncmp(j->url.scheme, "http", 4) != 0) {
		return fail_set(f, FAIL_INVALID, "'%s' is not a scheme of HTTP",
				j->url.scheme);
	}
	return true;
}

bool http_job_prepare(struct http_job *j, const struct http_client_config *conf,
		      struct fail *f)
{
	buf_init(&j->body, j->req->max_reply > 0 ? j->req->max_reply : REPLY_MAX);
	if (!check(j, f)) {
		return false;
	}
	j->easy = curl_easy_init();
	if (!j->easy) {
		return fail_set(f, FAIL_INTERNAL, "out of memory");
	}
	if (!headers_add(j, f)) {
		return false;
	}
	set_url(j);
	set_method(j);
	set_tls(j, conf);
	set_proxy(j, conf);
	set_rest(j, conf);
	return true;
}

/* --- after ------------------------------------------------------------------- */

/* curl_slist_free_all(), and what the strings held is gone. */
static void headers_erase(struct http_job *j)
{
	for (struct curl_slist *h = j->headers; h; h = h->next) {
		explicit_bzero(h->data, strlen(h->data));
	}
	curl_slist_free_all(j->headers);
	j->headers = NULL;
}

void http_job_destroy(struct http_job *j)
{
	if (j->easy) {
		curl_easy_cleanup(j->easy);
	}
	headers_erase(j);
	buf_finish(&j->body);
	free(j);
}
