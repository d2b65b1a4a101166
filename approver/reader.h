/* SPDX-License-Identifier: Apache-2.0 */
/* What the files of the ledger from outside share. */
#ifndef APPROVER_READER_H
#define APPROVER_READER_H

#include "accessd/reader.h"

struct reader {
	const struct store_driver *driver;
	struct store_db *db;
	char where[URL_SIZE]; /* the path */
};

/* store_open.c: the driver that a url names, and what is behind its scheme. */
const struct store_driver *store_driver_find(const char *url, const char **ret_where,
					     struct fail *f);

#endif
