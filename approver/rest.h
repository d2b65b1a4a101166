/* SPDX-License-Identifier: Apache-2.0 */
/* Lists of a vendor's REST API, read page by page to their end. Rules 1-9 of shared/loop.h
 * hold.
 *
 * What goes wrong is said in words for people ("incident.io: HTTP 503") with the
 * operator's part as the hint; a vendor's own text is never repeated, its codes are. After
 * a 429 the vendor is parked for as long as it asked: what starts meanwhile hears so at
 * once. */
#ifndef APPROVER_REST_H
#define APPROVER_REST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "accessd/fail.h"
#include "accessd/provider.h"
#include "approver/reply.h"
#include "shared/http_client.h"
#include "shared/loop.h"

struct metric;

enum { REST_HEADERS_MAX = 2 };

/* What is particular about a vendor's transport. */
struct rest_vendor {
	const char *name;        /* for people: "incident.io" */
	const char *key;         /* in the config file and metrics: "incidentio" */
	const char *auth_scheme; /* see struct http_request */
	const char *headers[REST_HEADERS_MAX + 1]; /* NULL after the last */
	const char *hint_401;
	const char *hint_403;
	/* What may be repeated of an error's body, or "". */
	void (*error_note)(const char *body, size_t n, char note[REPLY_NOTE_SIZE]);
};

struct rest_read;

struct rest {
	const struct rest_vendor *vendor;
	const struct provider_env *env;
	struct rest_read *reads; /* in flight */
	int64_t parked_until_ms; /* monotonic */
	struct metric *m_requests;
};

/* False when the API's URL is one that we do not talk to, or there is no key. vendor and
 * env are borrowed until rest_finish(). */
bool rest_init(struct rest *r, const struct rest_vendor *vendor,
	       const struct provider_env *env, struct fail *f);

/* Every read in flight hears FAIL_CANCELLED before this returns. */
void rest_finish(struct rest *r);

/* Take in one page, and write the path of the next one into read->path, "" when this was
 * the last. FAIL_INVALID is a reply that could not be understood. */
typedef bool rest_page_fn(struct rest_read *read, const char *body, size_t n,
			  struct fail *f);

/* FAIL_NONE: the list was read to its end. f is the whole message for people. */
typedef void rest_done_fn(struct rest_read *read, const struct fail *f);

/* Embedded by who reads. */
struct rest_read {
	char path[URL_SIZE]; /* in: of the first page, below the API's base URL */
	const char *what;    /* in: "the list of live incidents" */
	long status;         /* out: of the last answer, 0: there was none */
	unsigned max_pages;  /* in: with more of them the list counts as not read */
	rest_page_fn *page;
	rest_done_fn *done;
	/* private from here on */
	struct rest *rest;
	struct rest_read *next;
	struct http_request request;
	struct loop_timer begin, deadline;
	char *url;
	unsigned pages;
};

/* All pages together take no longer than the config's timeout_ms. */
void rest_read_start(struct rest *r, struct rest_read *read);

/* Forget a read in flight; its done() does not fire any more. */
void rest_read_cancel(struct rest_read *read);

/* For page functions: this list has no end that we could reach. */
bool rest_endless(const struct rest_read *read, struct fail *f);

/* "PagerDuty did not answer in 5 s": the whole message. */
bool rest_timeout(const struct rest *r, struct fail *f);

#endif
