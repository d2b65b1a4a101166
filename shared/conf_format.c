/* SPDX-License-Identifier: Apache-2.0 */
/* Printing a config in the syntax of its file, secrets aside. */
#include <stdint.h>
#include <string.h>

#include "shared/conf_value.h"
#include "shared/secret.h"

struct printer {
	struct buf *out;
	int depth;
	bool absent; /* within a group that the file leaves out: as comments */
};

static void print_table(const struct printer *p, const struct conf_table *t,
			const void *conf);

static void start_line(const struct printer *p)
{
	buf_addf(p->out, "%s%*s", p->absent ? "# " : "", p->depth * 2, "");
}

static void print_text(struct buf *out, const char *s)
{
	buf_add_char(out, '"');
	for (; *s; s++) {
		switch (*s) {
		case '"':
		case '\\':
			buf_addf(out, "\\%c", *s);
			break;
		case '\n':
			buf_add_str(out, "\\n");
			break;
		case '\t':
			buf_add_str(out, "\\t");
			break;
		default:
			buf_add_char(out, *s);
		}
	}
	buf_add_char(out, '"');
}

/* Exact, unlike duration_format(), and readable by duration_parse(). */
static void print_duration(struct buf *out, int64_t s)
{
	static const struct {
		int64_t s;
		char symbol;
	} units[] = { { 86400, 'd' }, { 3600, 'h' }, { 60, 'm' }, { 1, 's' } };

	buf_add_char(out, '"');
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (s >= units[i].s) {
			buf_addf(out, "%lld%c", (long long)(s / units[i].s),
				 units[i].symbol);
			s %= units[i].s;
		}
	}
	buf_add_char(out, '"');
}

static void print_ms(struct buf *out, int64_t ms)
{
	if (ms % 1000 == 0) {
		print_duration(out, ms / 1000);
	} else {
		buf_addf(out, "\"%lldms\"", (long long)ms);
	}
}

static void print_strings(struct buf *out, const struct str_list *list)
{
	buf_add_str(out, list->n ? "[ " : "[");
	for (size_t i = 0; i < list->n; i++) {
		buf_add_str(out, i ? ", " : "");
		print_text(out, list->items[i]);
	}
	buf_add_str(out, list->n ? " ]" : "]");
}

/* What libconfig takes for the name of a setting. */
static bool is_setting_name(const char *s)
{
	static const char letters[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ*";
	size_t n = strspn(s, letters);

	return n > 0 &&
	       s[n + strspn(s + n, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRST"
				   "UVWXYZ*0123456789_-")] == '\0';
}

static bool all_setting_names(const struct str_map *map)
{
	for (size_t i = 0; i < map->n; i++) {
		if (!is_setting_name(map->items[i].key)) {
			return false;
		}
	}
	return true;
}

static void print_pairs(struct buf *out, const struct str_map *map)
{
	buf_add_str(out, "[ ");
	for (size_t i = 0; i < map->n; i++) {
		struct buf pair;

		buf_init(&pair, out->max);
		buf_addf(&pair, "%s=%s", map->items[i].key, map->items[i].value);
		buf_add_str(out, i ? ", " : "");
		print_text(out, buf_str(&pair));
		buf_finish(&pair);
	}
	buf_add_str(out, " ]");
}

static void print_map(struct buf *out, const struct str_map *map)
{
	if (!all_setting_names(map)) {
		print_pairs(out, map);
		return;
	}
	buf_add_str(out, "{ ");
	for (size_t i = 0; i < map->n; i++) {
		buf_addf(out, "%s = ", map->items[i].key);
		print_text(out, map->items[i].value);
		buf_add_str(out, "; ");
	}
	buf_add_char(out, '}');
}

static void print_list(const struct printer *p, const struct conf_key *key,
		       const void *conf)
{
	struct printer inner = *p;
	struct printer braces = *p;
	size_t n = conf_items_get(key, conf).n;

	braces.depth += 1;
	inner.depth += 2;
	buf_add_str(p->out, n ? "(\n" : "(");
	for (size_t i = 0; i < n; i++) {
		start_line(&braces);
		buf_add_str(p->out, "{\n");
		print_table(&inner, key->sub, conf_item(key, conf, i));
		start_line(&braces);
		buf_add_str(p->out, i + 1 < n ? "},\n" : "}\n");
	}
	if (n) {
		start_line(p);
	}
	buf_add_char(p->out, ')');
}

static void print_group(const struct printer *p, const struct conf_key *key,
			const void *group)
{
	struct printer inner = *p;

	inner.depth++;
	buf_add_str(p->out, "{\n");
	print_table(&inner, key->sub, group);
	start_line(p);
	buf_add_char(p->out, '}');
}

static void print_value(const struct printer *p, const struct conf_key *key,
			const void *conf)
{
	const void *member = conf_member_const(key, conf);

	switch (key->type) {
	case CONF_STRING:
		print_text(p->out, *(char *const *)member);
		break;
	case CONF_SECRET:
		print_text(p->out, secret_is_set(member) ? "<redacted>" : "<unset>");
		break;
	case CONF_INT:
		/* libconfig wants an L behind what is more than 32 bits. */
		buf_addf(p->out, "%lld", (long long)*(const int64_t *)member);
		if (*(const int64_t *)member != (int32_t) * (const int64_t *)member) {
			buf_add_char(p->out, 'L');
		}
		break;
	case CONF_BOOL:
		buf_add_str(p->out, *(const bool *)member ? "true" : "false");
		break;
	case CONF_DURATION:
		if (*(const int64_t *)member == 0 && key->flags & CONF_ZERO) {
			buf_add_str(p->out, "\"0\"");
		} else {
			print_duration(p->out, *(const int64_t *)member);
		}
		break;
	case CONF_MS:
		print_ms(p->out, *(const int64_t *)member);
		break;
	case CONF_STRINGS:
		print_strings(p->out, member);
		break;
	case CONF_MAP:
		print_map(p->out, member);
		break;
	case CONF_GROUP:
		print_group(p, key, member);
		break;
	case CONF_LIST:
		print_list(p, key, conf);
		break;
	}
}

static void print_table(const struct printer *p, const struct conf_table *t,
			const void *conf)
{
	for (size_t i = 0; i < t->n; i++) {
		const struct conf_key *key = &t->keys[i];
		struct printer row = *p;

		row.absent |= conf_is_absent(key, conf);
		if (row.absent && key->type == CONF_GROUP && p->depth > 0) {
			continue; /* one of several that a group may have */
		}
		start_line(&row);
		buf_addf(p->out, "%s = ", key->name);
		print_value(&row, key, conf);
		buf_add_str(p->out, ";\n");
	}
}

void conf_format(const struct conf_table *t, const void *conf, struct buf *out)
{
	struct printer p = { .out = out };

	print_table(&p, t, conf);
}
