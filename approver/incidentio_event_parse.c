/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's webhooks: a flat object with one member that is named like the event,
 *
 *   {"event_type": T, T: {"id": ...}}              incidents; private ones say no more
 *   {"event_type": T, T: {"incident": {"id": ...}}}   their status, escalations
 *   {"event_type": T, T: {"incident_id": ...}}        members of private ones
 *
 * at least one receiver has also seen it wrapped in {"data": ...}. */
#include "approver/vendor_event.h"

#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

/* Roles, incidents, escalations and schedules stay as they were. */
static const char *const quiet[] = {
	"private_alert.",
	"private_incident.action_",
	"private_incident.follow_up_",
	"private_incident.postmortem_",
	"public_alert.",
	"public_incident.action_",
	"public_incident.follow_up_",
	"public_incident.postmortem_",
	"status_page_incident.",
};

/* Elsewhere "id" is of a follow-up, an alert, a schedule. */
static const char *const incidents[] = {
	"private_incident.incident_",
	"public_incident.incident_",
};

static const char *incident_of(const char *type, const json_t *what)
{
	const char *inner = jx_str(jx_obj(what, "incident"), "id");

	if (*inner) {
		return inner;
	}
	if (vendor_event_starts(type, incidents, ARRAY_LEN(incidents))) {
		return jx_str(what, "id");
	}
	return jx_str(what, "incident_id");
}

bool incidentio_event_parse(const char *body, size_t n, struct vendor_event *ret_e,
			    struct fail *f)
{
	json_t *root = NULL;
	const json_t *event;

	*ret_e = (struct vendor_event){ .type = "unreadable" };
	if (!jx_parse_object(body, n, &root, f)) {
		return fail_wrap(f, "cannot read an event");
	}
	event = *jx_str(root, "event_type") ? root : jx_obj(root, "data");
	vendor_event_text(ret_e->type, sizeof(ret_e->type), jx_str(event, "event_type"));
	if (*ret_e->type) {
		vendor_event_text(ret_e->incident, sizeof(ret_e->incident),
				  incident_of(ret_e->type, jx_obj(event, ret_e->type)));
	} else {
		text_copy(ret_e->type, sizeof(ret_e->type), "unknown");
	}
	ret_e->quiet = vendor_event_starts(ret_e->type, quiet, ARRAY_LEN(quiet));
	json_decref(root);
	return true;
}
