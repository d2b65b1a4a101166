/* SPDX-License-Identifier: Apache-2.0 */
/* What the faked vendors have in common: a call comes in, an answer goes out. Between the
 * two, traffic.c lets the faults have their way. */
#ifndef TESTS_WORLD_VENDOR_H
#define TESTS_WORLD_VENDOR_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "tests/world/web.h"
#include "tests/world/world.h"

struct call {
	const struct web_request *request;
	const char *path; /* after the vendor's prefix */
	const char *name; /* as in struct world_call */
};

/* To begin with: 200 and no body. */
struct answer {
	int status;
	const char *type; /* NULL: JSON */
	char headers[768];
	json_t *json; /* owned; or */
	char *text;   /* owned */
};

struct vendor {
	const char *prefix; /* of the path: "/api/" */
	void (*name)(const char *method, const char *path, char *dst, size_t size);
	void (*answer)(struct world *w, const struct call *c, struct answer *a);
	/* The body of an error with this HTTP status. */
	void (*refuse)(struct world *w, int status, struct answer *a);
};

extern const struct vendor vendor_slack;
extern const struct vendor vendor_hooks_commands;
extern const struct vendor vendor_hooks_actions;
extern const struct vendor vendor_incidentio;
extern const struct vendor vendor_pagerduty;
extern const struct vendor vendor_provisioner;

/* Handlers for struct web: data is the world. */
void traffic_on_http(struct web_request *r, void *data);
void traffic_on_ws(struct web_request *r, void *data);
void traffic_close(struct world *w);

/* Take the fault that is set for a call and due now, or NULL. */
struct world_fault *traffic_fault(struct world *w, const char *name);
struct world_call *traffic_log(struct world *w, const char *name,
			       const struct web_request *r);

void answer_finish(struct answer *a);
void answer_send(struct web_request *r, struct answer *a);

/* --- rows of a table of REST routes, for incident.io and PagerDuty -------------------------- */

struct rest_route {
	const char *pattern; /* without the leading slash; ":id" at the end: any */
	void (*handle)(struct world *w, const struct call *c, struct answer *a);
};

const struct rest_route *rest_find(const struct rest_route *routes, size_t n,
				   const char *path);
void rest_name(const struct rest_route *routes, size_t n, const char *method,
	       const char *path, char *dst, size_t size);
/* The last segment of the path. */
const char *rest_id(const struct call *c);
/* Whether `value` is among the values of a repeated parameter; true when it was not
 * sent at all. */
bool rest_filter(const struct call *c, const char *param, const char *value);
bool rest_has(const struct call *c, const char *param, const char *value);
long rest_number(const struct call *c, const char *param, long otherwise);

/* --- who opens and closes what -------------------------------------------------------------- */

void seed_all(struct world *w);

bool slack_open(struct world *w, struct fail *f);
void slack_forget(struct world *w); /* tickets, triggers, response_urls */
void slack_close(struct world *w);

bool control_open(struct world *w, struct fail *f);
void control_request(struct world *w, struct web_request *r);
void control_changed(struct world *w);
void control_close(struct world *w);

void page_request(struct web_request *r);

#endif
