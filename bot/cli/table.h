/* SPDX-License-Identifier: Apache-2.0 */
/* Rows in columns, on standard output. A page is gathered so that its columns are as wide
 * as they have to be; texts are made safe for a terminal. */
#ifndef BOT_CLI_TABLE_H
#define BOT_CLI_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "shared/buf.h"

enum { TABLE_COLUMNS_MAX = 10, TABLE_ROWS_MAX = 64 };

struct table {
	const char *const *names;
	size_t n_columns;
	size_t widths[TABLE_COLUMNS_MAX]; /* never shrink from page to page */
	struct buf text;                  /* the cells of the page, one after the other */
	struct {
		size_t at[TABLE_COLUMNS_MAX + 1];
		size_t columns[TABLE_COLUMNS_MAX];
	} rows[TABLE_ROWS_MAX];
	size_t n_rows;
	size_t at_column;
	bool began;
};

void table_init(struct table *t, const char *const *names, size_t n_columns);

/* The next cell, from left to right and from top to bottom. A page that is full prints
 * itself. */
void table_cell(struct table *t, const char *text);
void table_time(struct table *t, int64_t ms); /* "-" for 0 */

/* Print what is left; the names, too, if no row came. */
void table_finish(struct table *t, bool print);

#endif
