/* SPDX-License-Identifier: Apache-2.0 */
/* Scenes in which Indent asks. */
#include "tests/lib/indent_scene.h"

#include <stdio.h>
#include <stdlib.h>

struct indent_client client;

void indent_start(struct scene *t)
{
	setenv("SCENE_PLATFORM", INDENT_SECRET, 1);
	t->more = t->more ? t->more : INDENT_CONFIG;
	scene_start(t, true);
	indent_connect(&client, t->loop, app_port(&t->app));
}

int indent_teardown(void **state)
{
	indent_disconnect(&client);
	return watch_teardown(state);
}

int indent_asks(struct scene *t, const char *body)
{
	fake_clock_advance(&t->clock, 1100);
	return indent_post(&client, body);
}

void indent_waits(struct scene *t, const char *body)
{
	world_fault(t->world, &(struct world_fault){ .call = "GET /v2/incidents",
						     .kind = WORLD_MUTE });
	fake_clock_advance(&t->clock, 6000); /* what is known is too old then */
	indent_begin(&client, body);
	scene_settle(t);
}

int64_t indent_traced(struct scene *t, const char *part)
{
	char sql[256];

	snprintf(sql, sizeof(sql), "SELECT count(*) FROM audit WHERE data LIKE '%%%s%%'",
		 part);
	return scene_sql(t, sql);
}
