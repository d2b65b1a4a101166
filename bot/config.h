/* SPDX-License-Identifier: Apache-2.0 */
/* The config file: one table of keys that parsing, reload, `accessd config`, the sample and
 * the docs go by. */
#ifndef BOT_CONFIG_H
#define BOT_CONFIG_H

#include "accessd/config.h"
#include "accessd/fail.h"
#include "shared/conf.h"

extern const struct conf_table config_table;

#define CONFIG_PATH "/etc/accessd/accessd.conf"

/* The file to read: the one that was given, else CONFIG_PATH; NULL when that is not there. */
const char *config_path(const char *given);

/* Read and check the file, and what the environment says in the place of policies (see
 * config_environment.h); path NULL: that alone. secrets: as conf_read(). On success
 * config_finish() it. */
bool config_open(const char *path, bool secrets, struct config *ret_c, struct fail *f);
void config_finish(struct config *c);

/* Whether a platform may ask by a webhook, so that Slack is not needed. */
bool config_has_asking_hook(const struct config *c);

/* Beyond single values: what does not fit together. No I/O. */
bool config_check(const struct config *c, struct fail *f);

#endif
