/* SPDX-License-Identifier: Apache-2.0 */
/* A verdict in Apono's terms. */
#include "approver/apono_words.h"

#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

void apono_reason(const char *why, char dst[APONO_REASON_SIZE])
{
	static const char more[] = "\xe2\x80\xa6";
	size_t n = text_cut(why, APONO_REASON_CHARS);

	if (why[n] == '\0') {
		text_copy(dst, APONO_REASON_SIZE, why);
		return;
	}
	n = text_cut(why, APONO_REASON_CHARS - 1);
	text_copy_n(dst, APONO_REASON_SIZE, why, n);
	memcpy(dst + n, more, sizeof(more));
}

/* Only what the verdict rests on: Apono's own `$.incidents[0].status` is then as good as
 * `$.decision`. Titles stay here, and of a private incident its number, too. */
static json_t *incidents(const struct decision *d)
{
	const char *ref = d->incident.reference;
	const char *number = *ref == '#' ? ref + 1 : ref;
	json_t *list = json_array();
	json_t *one;

	if (d->outcome != DECISION_GRANTED || !*d->incident.id) {
		return list;
	}
	one = json_pack("{ssss}", "id", d->incident.id, "status", "acknowledged");
	if (*number && !d->incident.is_private) {
		json_object_set_new(one, "number", json_string(number));
	}
	json_array_append_new(list, one);
	return list;
}

static void expires_add(json_t *o, const struct decision *d)
{
	char text[TIME_SIZE];

	text_format_time(d->decided_ms + d->for_s * 1000, text);
	json_object_set_new(o, "expires_at", json_string(text));
}

static json_t *verdict(const struct decision *d)
{
	bool allow = d->outcome == DECISION_GRANTED;
	char reason[APONO_REASON_SIZE];
	json_t *o;

	apono_reason(d->why, reason);
	o = json_pack("{ssssssss}", "decision", allow ? "allow" : "deny", "status",
		      allow ? "acknowledged" : "none", "reason", reason, "check_id",
		      d->row.id);
	if (allow) {
		json_object_set_new(o, "source", json_string(d->provider));
		expires_add(o, d);
	}
	json_object_set_new(o, "incidents", incidents(d));
	return o;
}

char *apono_answer(const struct decision *d)
{
	json_auto_t *whole = verdict(d);

	json_object_set_new(whole, "data", json_deep_copy(whole));
	return whole ? jx_dump(whole) : NULL;
}

const char *apono_objection(const struct apono_config *conf, const struct apono_ask *ask,
			    const struct apono_resources *r)
{
	if (conf->same_person && !text_same_nocase(ask->requester, ask->grantee)) {
		return "Everybody has to ask for themselves: requester and grantee "
		       "differ, or are not both named.";
	}
	if (ask->partial) {
		return "It spans several integrations, and the template shows but one: "
		       "name a resource there.";
	}
	if (r->over) {
		return "It spans more resources than can be decided on at once.";
	}
	return NULL;
}
