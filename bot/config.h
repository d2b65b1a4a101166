/* SPDX-License-Identifier: Apache-2.0 */
/* The config file: one table of keys that parsing, reload, `accessd config`, the sample and
 * the docs go by. */
#ifndef BOT_CONFIG_H
#define BOT_CONFIG_H

#include "accessd/config.h"
#include "accessd/fail.h"
#include "shared/conf.h"

extern const struct conf_table config_table;

/* Read and check the file. secrets: as conf_read(). On success config_finish() it. */
bool config_open(const char *path, bool secrets, struct config *ret_c, struct fail *f);
void config_finish(struct config *c);

/* Beyond single values: what does not fit together. No I/O. */
bool config_check(const struct config *c, struct fail *f);

#endif
