/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's replies -> checked structs. Pure. Every filter that we send is applied
 * again here: a misspelt or unsupported one may be ignored over there. Unknown members
 * are ignored, unknown values of enums do not qualify; what is not of the documented form
 * is FAIL_INVALID. */
#ifndef APPROVER_INCIDENTIO_PARSE_H
#define APPROVER_INCIDENTIO_PARSE_H

#include <stdbool.h>
#include <stddef.h>

#include "accessd/fail.h"
#include "accessd/provider.h"
#include "accessd/types.h"
#include "approver/reply.h"
#include "approver/snapshot.h"

/* One page of GET /v2/incidents: append the live incidents of mode standard and who holds
 * which role in them to s. `after` becomes the cursor of the next page, "" when this was
 * the last. On failure s is to be thrown away. */
bool incidentio_parse_incidents(const char *data, size_t n, struct snapshot *s,
				char after[VENDOR_ID_SIZE], struct fail *f);

/* One page of GET /v2/incident_updates of that incident of s: append a stand for each
 * person who has posted one and has none yet. */
bool incidentio_parse_updates(const char *data, size_t n, struct snapshot *s,
			      size_t incident, char after[VENDOR_ID_SIZE],
			      struct fail *f);

/* GET /v2/incident_roles and GET /v1/severities: append to c. */
bool incidentio_parse_roles(const char *data, size_t n, struct catalog *c,
			    struct fail *f);
bool incidentio_parse_severities(const char *data, size_t n, struct catalog *c,
				 struct fail *f);

/* Who of GET /v2/users is looked for: with slack not "" by that id alone, else by e-mail.
 * `found` counts the active users that are, `id` is the last of them. */
struct incidentio_match {
	const char *slack;
	const char *email;
	unsigned found;
	char id[VENDOR_ID_SIZE];
};

bool incidentio_parse_users(const char *data, size_t n, struct incidentio_match *m,
			    char after[VENDOR_ID_SIZE], struct fail *f);

/* The cursor of a page of so many rows, "" when it is the last. */
bool incidentio_parse_after(const json_t *body, size_t rows, char after[VENDOR_ID_SIZE],
			    struct fail *f);

/* Whether a role comes to somebody without being given: the reporter's, and those of
 * types that we do not know yet. */
bool incidentio_role_is_automatic(const char *role_type);

/* What may be repeated of the body of an error: "code is_required, request g329NK8-", or
 * "". */
void incidentio_parse_error(const char *data, size_t n, char note[REPLY_NOTE_SIZE]);

/* The category of one incident's status, and its visibility: {"incident":{...}}. */
bool incidentio_parse_fate(const char *data, size_t n, char category[NAME_SIZE],
			   bool *ret_private, struct fail *f);

#endif
