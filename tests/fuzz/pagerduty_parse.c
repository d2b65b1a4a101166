/* SPDX-License-Identifier: Apache-2.0 */
/* PagerDuty's replies: whatever comes, nobody has standing who is not named, and what is
 * found is in the snapshot. */
#include "approver/pagerduty_parse.h"

#include <string.h>

#include "approver/snapshot.h"
#include "tests/lib/fuzz.h"

static void check_snapshot(const struct snapshot *s)
{
	size_t n;

	for (size_t i = 0; i < s->n_incidents; i++) {
		hold(*s->incidents[i].id && snapshot_find(s, s->incidents[i].id));
		hold(!*s->incidents[i].creator || s->incidents[i].creator_known);
	}
	for (size_t i = 0; i < s->n_stands; i++) {
		hold(*s->stands[i].user && s->stands[i].incident < s->n_incidents);
		hold(snapshot_stands_of(s, s->stands[i].user, &n) && n > 0);
	}
	hold(!snapshot_stands_of(s, "", &n));
}

static void incidents(const char *text, size_t len)
{
	struct snapshot *s = snapshot_create();
	struct pagerduty_page page;
	struct fail f = { 0 };

	if (pagerduty_parse_incidents(text, len, s, &page, &f)) {
		hold(snapshot_seal(s));
		check_snapshot(s);
	} else {
		hold(f.kind != FAIL_NONE && *f.msg);
	}
	snapshot_unref(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	struct pagerduty_match match = { .email = "a@b.example" };
	struct pagerduty_match nobody = { .email = "" };
	struct pagerduty_calls calls = { .user = "PUSER01",
					 .want_schedules = true,
					 .now_ms = 1787227200000,
					 .since_ms = 1787227200000 - 60 * 1000,
					 .until_ms = 1787227200000 + 300 * 1000 };
	struct pagerduty_page page;
	char note[REPLY_NOTE_SIZE];

	incidents(text, len);
	pagerduty_parse_users(text, len, &match, &page, NULL);
	hold((match.found > 0) == (*match.id != '\0'));
	pagerduty_parse_users(text, len, &nobody, &page, NULL);
	hold(nobody.found == 0);
	pagerduty_parse_oncalls(text, len, &calls, &page, NULL);
	hold(calls.calls.n <= ON_CALL_MAX);
	for (size_t i = 0; i < calls.calls.n; i++) {
		hold(calls.calls.rows[i].level >= 1 &&
		     *calls.calls.rows[i].escalation_policy);
	}
	hold(calls.calls.n_schedules <= ON_SCHEDULES_MAX);
	for (size_t i = 0; i < calls.calls.n_schedules; i++) {
		hold(*calls.calls.schedules[i].id);
	}
	pagerduty_parse_error(text, len, note);
	hold(!strpbrk(note, "<>&\"'`*\n"));
	return 0;
}
