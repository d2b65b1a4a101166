/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/lib/scene_provision.h"

#include <stdio.h>
#include <string.h>

#include "shared/text.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 8000, STEP_MS = 5000, SLOW_MS = 60 * 1000 };

static const char resources[] =
	"  { name = \"prod-db\"; title = \"Production database\";\n"
	"    warning = \"Writes reach customers.\"; labels = { env = \"prod\"; };\n"
	"    provision = \"okta\"; target = { kind = \"okta.v1.Group\"; id = \"" TARGET
	"\"; display_name = \"prod-db-admin\"; labels = { oktaId = \"" TARGET
	"\"; }; }; },\n"
	"  { name = \"prod-db-ro\"; labels = { env = \"prod\"; };\n"
	"    provision = \"okta\"; target = { kind = \"okta.v1.Group\"; id = \"" TARGET
	"\"; labels = { oktaId = \"" TARGET "\"; }; }; },\n"
	"  { name = \"prod-shell\"; labels = { env = \"prod\"; };\n"
	"    provision = \"okta\"; target = { kind = \"okta.v1.Group\"; id = \"" OTHER_TARGET
	"\"; }; },\n"
	"  { name = \"plain\"; labels = { env = \"prod\"; }; }";

const char *provision_config(struct scene *t, const char *url, const char *keys)
{
	static char text[1024];

	snprintf(text, sizeof(text),
		 "provisioners = ( { name = \"okta\"; type = \"indent\"; url = \"%s\"; "
		 "secret = \"env:SCENE_PV\"; %s } );\n",
		 url ? url : t->world->provisioner_url, keys ? keys : "");
	return text;
}

void provision_scene(struct scene *t)
{
	t->resources = resources;
	t->policies =
		"  { name = \"responders\"; labels = { env = \"prod\"; };\n"
		"    any = ( { incidentio = { roles = [ \"Incident Lead\" ]; }; } );\n"
		"    duration = \"2h\"; max_duration = \"8h\"; }\n";
	t->more = provision_config(t, NULL, NULL);
}

int provision_setup_stopped(void **state)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	provision_scene(t);
	scene_incident(t, "ana");
	scene_incident(t, "bob");
	return 0;
}

int provision_setup(void **state)
{
	provision_setup_stopped(state);
	scene_start(*state, true);
	return 0;
}

bool provision_called(struct scene *t, size_t n)
{
	return scene_called(t, CALL, n);
}

struct hold {
	const char *who;
	bool has;
};

static bool is_held(struct scene *t, void *data)
{
	const struct hold *h = data;

	return world_holds(t->world, h->who, TARGET) == h->has;
}

bool provision_holds(struct scene *t, const char *who, bool has)
{
	struct hold h = { .who = who, .has = has };

	return scene_until(t, is_held, &h, PATIENCE_MS);
}

struct states {
	const char *state;
	int64_t n;
};

static bool is_in_state(struct scene *t, void *data)
{
	const struct states *s = data;
	char sql[128];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM grants WHERE state = '%s'",
		 s->state);
	return scene_sql(t, sql) == s->n;
}

bool provision_state(struct scene *t, const char *state, int64_t n)
{
	struct states s = { .state = state, .n = n };

	return scene_until(t, is_in_state, &s, PATIENCE_MS);
}

void provision_fault(struct scene *t, struct world_fault fault)
{
	text_copy(fault.call, sizeof(fault.call), CALL);
	world_fault(t->world, &fault);
}

void provision_pass(struct scene *t, int64_t ms)
{
	scene_advance(t, ms - SLOW_MS);
	scene_advance(t, SLOW_MS);
}

struct world_message *provision_until_said(struct scene *t, const char *part,
					   int64_t cap_ms)
{
	struct world_message *m = world_find_message(t->world, "", part);

	for (int64_t left = cap_ms; left > 0 && !m; left -= STEP_MS) {
		scene_advance(t, STEP_MS);
		m = world_find_message(t->world, "", part);
	}
	if (!m) {
		fprintf(stderr, "%s", scene_log());
		fail_msg("nobody said '%s'", part);
	}
	return m;
}

void provision_restart(struct scene *t)
{
	scene_stop(t);
	scene_start(t, true);
}
