/* SPDX-License-Identifier: Apache-2.0 */
/* {"email":"…","labels":{…},"target":{"kind":"…","id":"…","display_name":"…","labels":{…}}} */
#include "approver/told.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

/* A target without an id is what the resource is called. */
static const char *target_id(const struct resource *r)
{
	return *r->target.id ? r->target.id : r->name;
}

static json_t *labels_json(const struct str_map *map)
{
	json_t *o = json_object();

	for (size_t i = 0; map && i < map->n; i++) {
		json_object_set_new(o, map->items[i].key,
				    json_string(map->items[i].value));
	}
	return o;
}

char *told_format(const struct resource *r, const char *email,
		  const struct str_map *labels)
{
	json_auto_t *o =
		json_pack("{s:s, s:o, s:{s:s, s:s, s:s, s:o}}", "email", email, "labels",
			  labels_json(labels), "target", "kind", r->target.kind, "id",
			  target_id(r), "display_name", r->target.display_name, "labels",
			  labels_json(&r->target.labels));

	return o ? jx_dump(o) : NULL;
}

static char *must_copy(const char *s)
{
	char *copy = strdup(s);

	if (!copy) {
		abort();
	}
	return copy;
}

static void labels_read(const json_t *from, struct str_map *to)
{
	const char *key;
	json_t *value;

	to->items = calloc(json_object_size(from) + 1, sizeof(*to->items));
	if (!to->items) {
		abort();
	}
	json_object_foreach ((json_t *)(uintptr_t)from, key, value) {
		const char *text = json_string_value(value);

		to->items[to->n++] =
			(struct str_pair){ .key = must_copy(key),
					   .value = must_copy(text ? text : "") };
	}
}

bool told_parse(const char *json, struct told *ret_t, struct fail *f)
{
	json_t *raw = NULL;

	if (!jx_parse_object(json, strlen(json), &raw, f)) {
		return fail_wrap(f, "cannot read what a provisioner is to be told");
	}
	json_auto_t *o = raw;
	const json_t *target = jx_obj(o, "target");

	*ret_t = (struct told){ 0 };
	text_copy(ret_t->email, sizeof(ret_t->email), jx_str(o, "email"));
	ret_t->target.kind = must_copy(jx_str(target, "kind"));
	ret_t->target.id = must_copy(jx_str(target, "id"));
	ret_t->target.display_name = must_copy(jx_str(target, "display_name"));
	labels_read(jx_obj(o, "labels"), &ret_t->labels);
	labels_read(jx_obj(target, "labels"), &ret_t->target.labels);
	return true;
}

static void labels_finish(struct str_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		free(map->items[i].key);
		free(map->items[i].value);
	}
	free(map->items);
}

void told_finish(struct told *t)
{
	labels_finish(&t->labels);
	labels_finish(&t->target.labels);
	free(t->target.kind);
	free(t->target.id);
	free(t->target.display_name);
	*t = (struct told){ 0 };
}

void told_lane(const struct resource *r, const char *team, const char *user,
	       char dst[LANE_SIZE])
{
	/* The check of the config keeps the parts short enough. */
	snprintf(dst, LANE_SIZE, "%s/%s/%s/%s/%s", r->provision, team, user,
		 r->target.kind, target_id(r));
}
