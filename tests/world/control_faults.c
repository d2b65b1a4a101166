/* SPDX-License-Identifier: Apache-2.0 */
/* Faults and knobs by name, for the control API. */
#include <stddef.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/control.h"

static const char *const kind_words[] = {
#define KIND_WORD(symbol, word) [symbol] = word,
	WORLD_FAULT_KINDS(KIND_WORD)
#undef KIND_WORD
};

bool control_fault(struct world *w, const json_t *body)
{
	struct world_fault f = { .kind = WORLD_FAULT_MAX };

	for (size_t i = 0; i < ARRAY_LEN(kind_words); i++) {
		if (strcmp(kind_words[i], jx_str(body, "kind")) == 0) {
			f.kind = (enum world_fault_kind)i;
		}
	}
	text_copy(f.call, sizeof(f.call), jx_str(body, "call"));
	text_copy(f.error, sizeof(f.error), jx_str(body, "error"));
	text_copy(f.retry_after, sizeof(f.retry_after), jx_str(body, "retry_after"));
	f.status = (int)jx_int(body, "status");
	f.delay_ms = jx_int(body, "delay_ms");
	f.times = (unsigned)jx_int(body, "times");
	f.skip = (unsigned)jx_int(body, "skip");
	f.body = jx_str(body, "body");
	if (!f.call[0] || f.kind == WORLD_FAULT_MAX) {
		return false;
	}
	world_fault(w, &f);
	return true;
}

enum knob_type { KNOB_BOOL, KNOB_INT, KNOB_UNSIGNED, KNOB_SIZE, KNOB_I64, KNOB_TEXT };

/* clang-format off */
#define SLACK(t, m)      { "slack." #m, t, offsetof(struct world, slack_knobs.m), 0 }
#define INCIDENTIO(t, m) { "incidentio." #m, t, offsetof(struct world, incidentio_knobs.m), 64 }
#define PAGERDUTY(t, m)  { "pagerduty." #m, t, offsetof(struct world, pagerduty_knobs.m), 0 }

static const struct {
	const char *name;
	enum knob_type type;
	size_t at;
	size_t size;
} knobs[] = {
	INCIDENTIO(KNOB_BOOL, after_always),
	INCIDENTIO(KNOB_BOOL, after_missing),
	INCIDENTIO(KNOB_BOOL, after_repeats),
	INCIDENTIO(KNOB_BOOL, ignore_filters),
	INCIDENTIO(KNOB_BOOL, no_meta),
	INCIDENTIO(KNOB_SIZE, page_cap),
	INCIDENTIO(KNOB_TEXT, wrong_user),
	PAGERDUTY(KNOB_BOOL, ignore_filters),
	PAGERDUTY(KNOB_BOOL, more_always),
	PAGERDUTY(KNOB_BOOL, no_abilities),
	PAGERDUTY(KNOB_SIZE, page_cap),
	SLACK(KNOB_UNSIGNED, copies),
	SLACK(KNOB_BOOL, enterprise_install_bool),
	SLACK(KNOB_SIZE, frame_max),
	SLACK(KNOB_UNSIGNED, ghosts),
	SLACK(KNOB_BOOL, ghosts_eat),
	SLACK(KNOB_I64, hello_ms),
	SLACK(KNOB_BOOL, hello_never),
	SLACK(KNOB_I64, lifetime_s),
	SLACK(KNOB_BOOL, mute),
	SLACK(KNOB_BOOL, no_pong),
	SLACK(KNOB_SIZE, padding),
	SLACK(KNOB_SIZE, pieces),
	SLACK(KNOB_I64, ping_ms),
	SLACK(KNOB_BOOL, redeliver),
	SLACK(KNOB_UNSIGNED, socket),
	SLACK(KNOB_UNSIGNED, sockets_max),
	SLACK(KNOB_BOOL, tcp_closes),
	SLACK(KNOB_I64, ticket_ms),
	SLACK(KNOB_BOOL, upgrade_mute),
	SLACK(KNOB_INT, upgrade_status),
};
/* clang-format on */

static bool knob_set(void *at, enum knob_type type, size_t size, const json_t *value)
{
	json_int_t n = json_integer_value(value);

	if (type == KNOB_BOOL   ? !json_is_boolean(value)
	    : type == KNOB_TEXT ? !json_is_string(value)
				: !json_is_integer(value) || n < 0) {
		return false;
	}
	switch (type) {
	case KNOB_BOOL:
		*(bool *)at = json_is_true(value);
		break;
	case KNOB_INT:
		*(int *)at = (int)n;
		break;
	case KNOB_UNSIGNED:
		*(unsigned *)at = (unsigned)n;
		break;
	case KNOB_SIZE:
		*(size_t *)at = (size_t)n;
		break;
	case KNOB_I64:
		*(int64_t *)at = n;
		break;
	case KNOB_TEXT:
		text_copy(at, size, json_string_value(value));
		break;
	}
	return true;
}

bool control_knob(struct world *w, const char *name, const json_t *value)
{
	for (size_t i = 0; i < ARRAY_LEN(knobs); i++) {
		if (strcmp(knobs[i].name, name) == 0) {
			return knob_set((char *)w + knobs[i].at, knobs[i].type,
					knobs[i].size, value);
		}
	}
	return false;
}
