/* SPDX-License-Identifier: Apache-2.0 */
/* What the subcommands share that look into the ledger. */
#include "bot/cli/look.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/clock.h"
#include "bot/cli/plain.h"
#include "bot/config.h"
#include "shared/duration.h"

enum { LINE_MAX_BYTES = 8 << 20, PAGE = 64 };

int look_failed(const struct fail *f)
{
	cli_complain(f);
	return f->kind == FAIL_NOT_FOUND ? CLI_UNKNOWN : CLI_LEDGER;
}

int look_open(const struct cli_options *o, struct look *ret_l)
{
	struct fail f = { 0 };

	/* Whoever looks needs none of the secrets, and has no say in the rest. */
	if (!conf_read(config_path(o->config), &config_table, false, &ret_l->config,
		       &f)) {
		cli_complain(&f);
		return CLI_CONFIG;
	}
	if (!reader_open(ret_l->config.ledger, &ret_l->reader, &f)) {
		cli_complain(&f);
		config_finish(&ret_l->config);
		return CLI_LEDGER;
	}
	ret_l->json = o->json || !isatty(STDOUT_FILENO);
	return CLI_OK;
}

void look_close(struct look *l)
{
	reader_close(l->reader);
	config_finish(&l->config);
}

int look_find(struct look *l, const char *part, char ret_id[ULID_SIZE])
{
	struct fail f = { 0 };

	return reader_find(l->reader, part, ret_id, &f) ? CLI_OK : look_failed(&f);
}

bool look_grants(struct look *l, const struct grant_filter *by, struct look_rows *rows,
		 struct fail *f)
{
	static struct grant_row page[PAGE];
	struct store_op op = { .kind = STORE_GRANTS_FIND };
	bool more = true;

	op.grants_find.filter = by;
	op.grants_find.rows = page;
	op.grants_find.max = PAGE;
	while (more) {
		if (!reader_read(l->reader, &op, f)) {
			return false;
		}
		for (size_t i = 0; more && i < op.grants_find.n; i++) {
			text_copy(op.grants_find.before, ULID_SIZE, page[i].id);
			more = rows->grant(rows, &page[i]);
		}
		more = more && op.grants_find.n == PAGE;
	}
	return true;
}

bool look_requests(struct look *l, const struct request_filter *by,
		   struct look_rows *rows, struct fail *f)
{
	static struct request_row page[PAGE];
	struct store_op op = { .kind = STORE_REQUESTS_FIND };
	bool more = true;

	op.requests_find.filter = by;
	op.requests_find.rows = page;
	op.requests_find.max = PAGE;
	while (more) {
		if (!reader_read(l->reader, &op, f)) {
			return false;
		}
		for (size_t i = 0; more && i < op.requests_find.n; i++) {
			text_copy(op.requests_find.before, ULID_SIZE, page[i].id);
			more = rows->request(rows, &page[i]);
		}
		more = more && op.requests_find.n == PAGE;
	}
	return true;
}

/* --- time ------------------------------------------------------------------------ */

int look_since(const char *when, int64_t *ret_ms)
{
	struct fail f = { 0 };
	char midnight[TIME_SIZE];
	int64_t s;

	*ret_ms = 0;
	if (!when) {
		return CLI_OK;
	}
	snprintf(midnight, sizeof(midnight), "%.10sT00:00:00Z", when);
	if (text_parse_time(when, ret_ms) ||
	    (strlen(when) == 10 && text_parse_time(midnight, ret_ms))) {
		return CLI_OK;
	}
	if (duration_parse(when, &s, &f)) {
		*ret_ms = clock_wall_ms(clock_system()) - s * 1000;
		return CLI_OK;
	}
	fail_wrap(&f, "--since");
	fail_hint(&f, "write how long ago, such as 7d, or when: 2026-08-24.");
	cli_complain(&f);
	return CLI_USAGE;
}

void look_time(int64_t ms, char dst[TIME_SIZE])
{
	if (ms == 0) {
		text_copy(dst, TIME_SIZE, "-");
		return;
	}
	text_format_time(ms, dst);
	text_copy(strchr(dst, '.'), 2, "Z"); /* nobody reads the milliseconds */
}

/* --- printing -------------------------------------------------------------------- */

json_t *look_json_text(const char *s)
{
	struct buf clean;
	json_t *text;

	if (!*s) {
		return json_null();
	}
	buf_init(&clean, LINE_MAX_BYTES);
	while (*s) {
		char utf8[4];

		buf_add(&clean, utf8, text_put(utf8, sizeof(utf8), text_next(&s)));
	}
	text = json_string(buf_str(&clean));
	buf_finish(&clean);
	return text ? text : json_null();
}

json_t *look_json_time(int64_t ms)
{
	char text[TIME_SIZE];

	if (ms == 0) {
		return json_null();
	}
	text_format_time(ms, text);
	return json_string(text);
}

void look_print(json_t *o)
{
	char *text = json_dumps(o, JSON_COMPACT | JSON_ENSURE_ASCII);

	/* DEL is ASCII, and the only control character that jansson lets through. */
	for (const char *p = text; p && *p; p++) {
		if (*p == 0x7f) {
			fputs("\\u007f", stdout);
		} else {
			putchar(*p);
		}
	}
	putchar('\n');
	free(text);
	json_decref(o);
}

void look_line(const char *name, const char *text)
{
	struct buf clean;

	if (!*text) {
		return;
	}
	buf_init(&clean, LINE_MAX_BYTES);
	plain_add(&clean, text);
	printf("%-10s %s\n", name, buf_str(&clean));
	buf_finish(&clean);
}
