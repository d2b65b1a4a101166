/* SPDX-License-Identifier: Apache-2.0 */
/* incident.io's replies: whatever comes, nobody has standing who is not named, and what is
 * found is in the snapshot. */
#include "approver/incidentio_parse.h"

#include <string.h>

#include "approver/snapshot.h"
#include "shared/text.h"
#include "tests/lib/fuzz.h"

static void check_snapshot(const struct snapshot *s)
{
	size_t n;

	for (size_t i = 0; i < s->n_incidents; i++) {
		hold(*s->incidents[i].id && snapshot_find(s, s->incidents[i].id));
		hold(!*s->incidents[i].creator || s->incidents[i].creator_known);
	}
	for (size_t i = 0; i < s->n_stands; i++) {
		const struct stand *st = &s->stands[i];

		hold(*st->user && st->incident < s->n_incidents);
		hold(st->participant == !*st->role_id);
		hold(snapshot_stands_of(s, st->user, &n) && n > 0);
	}
	hold(!snapshot_stands_of(s, "", &n));
}

static void incidents(const char *text, size_t len)
{
	struct snapshot *s = snapshot_create();
	char after[VENDOR_ID_SIZE];
	struct fail f = { 0 };

	if (incidentio_parse_incidents(text, len, s, after, &f)) {
		hold(snapshot_seal(s));
		check_snapshot(s);
	} else {
		hold(f.kind != FAIL_NONE && *f.msg);
	}
	snapshot_unref(s);
}

static void updates(const char *text, size_t len)
{
	struct snapshot *s = snapshot_create();
	struct incident *in = snapshot_add_incident(s);
	char after[VENDOR_ID_SIZE];
	struct fail f = { 0 };

	text_copy(in->id, sizeof(in->id), "01JINC00000000000000000421");
	if (incidentio_parse_updates(text, len, s, 0, after, &f)) {
		hold(snapshot_seal(s));
		check_snapshot(s);
	} else {
		hold(f.kind != FAIL_NONE && *f.msg);
	}
	snapshot_unref(s);
}

static void users(const char *text, size_t len)
{
	struct incidentio_match by_slack = { .slack = "U1", .email = "" };
	struct incidentio_match by_email = { .slack = "", .email = "a@b.example" };
	struct incidentio_match nobody = { .slack = "", .email = "" };
	char after[VENDOR_ID_SIZE];

	incidentio_parse_users(text, len, &by_slack, after, NULL);
	incidentio_parse_users(text, len, &by_email, after, NULL);
	incidentio_parse_users(text, len, &nobody, after, NULL);
	hold((by_slack.found > 0) == (*by_slack.id != '\0'));
	hold((by_email.found > 0) == (*by_email.id != '\0'));
	hold(nobody.found == 0);
}

static void catalogs(const char *text, size_t len)
{
	struct catalog roles = { 0 };
	struct catalog severities = { 0 };

	incidentio_parse_roles(text, len, &roles, NULL);
	incidentio_parse_severities(text, len, &severities, NULL);
	catalog_finish(&roles);
	catalog_finish(&severities);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	const char *text = (const char *)data;
	char note[REPLY_NOTE_SIZE];

	incidents(text, len);
	updates(text, len);
	users(text, len);
	catalogs(text, len);
	incidentio_parse_error(text, len, note);
	hold(!strpbrk(note, "<>&\"'`*\n"));
	return 0;
}
