/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in columns. */
#include "bot/cli/table.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "bot/cli/look.h"
#include "bot/cli/plain.h"

enum { PAGE_MAX = 4 << 20, WIDTH_MAX = 48 };

void table_init(struct table *t, const char *const *names, size_t n_columns)
{
	memset(t, 0, sizeof(*t));
	t->names = names;
	t->n_columns = n_columns;
	buf_init(&t->text, PAGE_MAX);
	for (size_t i = 0; i < n_columns; i++) {
		t->widths[i] = strlen(names[i]);
	}
}

/* The last column is as long as it is. */
static void print_cell(const struct table *t, size_t column, const char *text,
		       size_t bytes, size_t columns)
{
	size_t pad = columns < t->widths[column] ? t->widths[column] - columns : 0;

	fwrite(text, 1, bytes, stdout);
	if (column + 1 < t->n_columns) {
		printf("%*s", (int)pad + 2, "");
	} else {
		putchar('\n');
	}
}

static void print_names(struct table *t)
{
	for (size_t i = 0; i < t->n_columns && !t->began; i++) {
		size_t len = strlen(t->names[i]);

		print_cell(t, i, t->names[i], len, len);
	}
	t->began = true;
}

static void print_page(struct table *t)
{
	print_names(t);
	for (size_t r = 0; r < t->n_rows; r++) {
		for (size_t i = 0; i < t->n_columns; i++) {
			size_t at = t->rows[r].at[i];

			print_cell(t, i, buf_str(&t->text) + at,
				   t->rows[r].at[i + 1] - at, t->rows[r].columns[i]);
		}
	}
	t->n_rows = 0;
	buf_clear(&t->text);
}

void table_cell(struct table *t, const char *text)
{
	size_t column = t->at_column;
	size_t columns;

	t->rows[t->n_rows].at[column] = t->text.len;
	columns = plain_add(&t->text, *text ? text : "-");
	t->rows[t->n_rows].columns[column] = columns;
	t->rows[t->n_rows].at[column + 1] = t->text.len;
	if (columns > t->widths[column] && columns <= WIDTH_MAX) {
		t->widths[column] = columns;
	}
	t->at_column = (column + 1) % t->n_columns;
	if (t->at_column == 0 && ++t->n_rows == TABLE_ROWS_MAX) {
		print_page(t);
	}
}

void table_time(struct table *t, int64_t ms)
{
	char text[TIME_SIZE];

	look_time(ms, text);
	table_cell(t, text);
}

void table_finish(struct table *t, bool print)
{
	if (print) {
		print_page(t);
	}
	buf_finish(&t->text);
}
