/* SPDX-License-Identifier: Apache-2.0 */
/* The environment variables of the original Indent webhooks, read as a config of ours, so
 * that an existing deployment can be switched over by its secrets alone. Pure, but for the
 * log. */
#ifndef BOT_CONFIG_ENVIRONMENT_H
#define BOT_CONFIG_ENVIRONMENT_H

#include <stdbool.h>

#include "accessd/config.h"
#include "accessd/fail.h"

/* Where variables come from. NULL: not set, which is the same as "". */
struct environment {
	const char *(*get)(const char *name, void *data);
	void *data;
};

extern const struct environment environment_of_process;

/* Whether the variables decide: c, as its file has it, has neither policies nor resources,
 * and INDENT_WEBHOOK_SECRET is set or c has a group `indent`. */
bool config_environment_decides(const struct config *c, const struct environment *env);

/* Add what the variables say to such a c: one resource, one policy called "environment",
 * and the groups `indent`, `incidentio` and `pagerduty` as far as c has none of its own.
 * On failure c is as it was; *f names the variable. */
bool config_environment(struct config *c, const struct environment *env, struct fail *f);

/* Say what c, made by that, comes to: first all values but secrets in one line, then each
 * difference from the original that those who run it should know. */
void config_environment_say(const struct config *c,
			    void (*say)(void *data, const char *line), void *data);
void config_environment_log(const struct config *c);

#endif
