/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's webhooks, v3:
 *
 *   {"event": {"id", "event_type", "data": {"type": "incident", "id", ...}}}
 *
 * "For notes, responders, tasks and workflows the incident is data.incident". */
#include "approver/vendor_event.h"

#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

/* Who has acknowledged what, and who is on call for it, stays as it was. */
static const char *const quiet[] = {
	"incident.action_invocation.",
	"incident.annotated",
	"incident.conference_bridge.",
	"incident.custom_field_values.",
	"incident.responder.",
	"incident.status_update_published",
	"incident.task.",
	"incident.workflow.",
	"pagey.ping",
	"service.",
};

static const char *incident_of(const json_t *data)
{
	if (strcmp(jx_str(data, "type"), "incident") == 0) {
		return jx_str(data, "id");
	}
	return jx_str(jx_obj(data, "incident"), "id");
}

bool pagerduty_event_parse(const char *body, size_t n, struct vendor_event *ret_e,
			   struct fail *f)
{
	json_t *root = NULL;
	const json_t *event;

	*ret_e = (struct vendor_event){ .type = "unreadable" };
	if (!jx_parse_object(body, n, &root, f)) {
		return fail_wrap(f, "cannot read an event");
	}
	event = jx_obj(root, "event");
	vendor_event_text(ret_e->id, sizeof(ret_e->id), jx_str(event, "id"));
	vendor_event_text(ret_e->incident, sizeof(ret_e->incident),
			  incident_of(jx_obj(event, "data")));
	vendor_event_text(ret_e->type, sizeof(ret_e->type), jx_str(event, "event_type"));
	if (!*ret_e->type) {
		text_copy(ret_e->type, sizeof(ret_e->type), "unknown");
	}
	ret_e->quiet = vendor_event_starts(ret_e->type, quiet, ARRAY_LEN(quiet));
	json_decref(root);
	return true;
}
