/* SPDX-License-Identifier: Apache-2.0 */
/* A config with a row of every type, for the tests of shared/conf.h and its fuzzer. */
#ifndef TESTS_LIB_SAMPLE_CONF_H
#define TESTS_LIB_SAMPLE_CONF_H

#include "shared/conf.h"

struct sample_rule {
	struct conf_where where;
	struct str_list roles;
	int64_t level;
};

struct sample_item {
	struct conf_where where;
	char *name;
	struct str_map labels;
	struct sample_rule rule;
	struct {
		struct sample_rule *items;
		size_t n;
	} any;
};

struct sample_group {
	struct conf_where where;
	struct secret token;
	char *mode;
	int64_t wait_ms;
};

struct sample_conf {
	int64_t count;
	bool flag;
	int64_t grace_s;
	struct sample_group group;
	struct {
		struct sample_item *items;
		size_t n;
	} items;
	struct str_list names;
	struct str_map tags;
	char *title;
	int64_t wait_s;
};

extern const struct conf_table sample_conf_table;

#endif
