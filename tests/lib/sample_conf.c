/* SPDX-License-Identifier: Apache-2.0 */
/* A config with a row of every type, for the tests of shared/conf.h and its fuzzer. */
#include "tests/lib/sample_conf.h"

#define R                CONF_RELOAD
#define AT(type, member) offsetof(struct type, member)

/* clang-format off */
static const struct conf_key rule_keys[] = {
	{ "level", CONF_INT,     AT(sample_rule, level), R,                 "3",  NULL, NULL, "L" },
	{ "roles", CONF_STRINGS, AT(sample_rule, roles), R | CONF_REQUIRED, NULL, NULL, NULL, "R" },
};
static const struct conf_table rule_table = {
	rule_keys, ARRAY_LEN(rule_keys), sizeof(struct sample_rule)
};

static const struct conf_key item_keys[] = {
	{ "any",    CONF_LIST,   AT(sample_item, any),    R, NULL, NULL, &rule_table, "A" },
	{ "labels", CONF_MAP,    AT(sample_item, labels), R, NULL, NULL, NULL, "L" },
	{ "name",   CONF_STRING, AT(sample_item, name),   R | CONF_REQUIRED, NULL, NULL, NULL, "N" },
	{ "rule",   CONF_GROUP,  AT(sample_item, rule),   R, NULL, NULL, &rule_table, "U" },
};
static const struct conf_table item_table = {
	item_keys, ARRAY_LEN(item_keys), sizeof(struct sample_item)
};

static const struct conf_key group_keys[] = {
	{ "mode",  CONF_STRING, AT(sample_group, mode),    R, "fast", "fast|slow|", NULL, "M" },
	{ "token", CONF_SECRET, AT(sample_group, token),   CONF_REQUIRED, NULL, NULL, NULL, "T" },
	{ "wait",  CONF_MS,     AT(sample_group, wait_ms), 0, "1500ms", NULL, NULL, "W" },
};
static const struct conf_table group_table = {
	group_keys, ARRAY_LEN(group_keys), sizeof(struct sample_group)
};

static const struct conf_key keys[] = {
	{ "count", CONF_INT,      AT(sample_conf, count),   0, "7", NULL, NULL, "C" },
	{ "flag",  CONF_BOOL,     AT(sample_conf, flag),    R, "true", NULL, NULL, "F" },
	{ "grace", CONF_DURATION, AT(sample_conf, grace_s), R, NULL, NULL, NULL, "G" },
	{ "group", CONF_GROUP,    AT(sample_conf, group),   R, NULL, NULL, &group_table, "G" },
	{ "items", CONF_LIST,     AT(sample_conf, items),   R, NULL, NULL, &item_table, "I" },
	{ "names", CONF_STRINGS,  AT(sample_conf, names),   0, NULL, NULL, NULL, "N" },
	{ "tags",  CONF_MAP,      AT(sample_conf, tags),    0, NULL, NULL, NULL, "T" },
	{ "title", CONF_STRING,   AT(sample_conf, title),   0, "a \"title\"", NULL, NULL, "T" },
	{ "wait",  CONF_DURATION, AT(sample_conf, wait_s),  R, "1h30m", NULL, NULL, "W" },
};
/* clang-format on */
const struct conf_table sample_conf_table = { keys, ARRAY_LEN(keys),
					      sizeof(struct sample_conf) };
