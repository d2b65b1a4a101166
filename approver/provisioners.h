/* SPDX-License-Identifier: Apache-2.0 */
/* The table of provisioners. */
#ifndef APPROVER_PROVISIONERS_H
#define APPROVER_PROVISIONERS_H

#include "accessd/provisioner.h"

enum { PROVISIONERS_MAX = 32, PROVISIONER_CONCURRENCY_MAX = 64 };

/* All kinds, in alphabetical order, and NULL behind them. */
extern const struct provisioner_ops *const provisioner_table[];

/* By the word of the config file: "indent". NULL: none. */
const struct provisioner_ops *provisioner_find(const char *type);

/* Let provisioner_find() know one kind more, or (NULL) none. For tests. */
void provisioner_use(const struct provisioner_ops *ops);

/* Whether the config says that the provisioner of this name can do that: "extend". */
bool provisioner_can(const struct config *c, const char *name, const char *action);

/* What is wrong with the provisioners of a config, and with what resources say of them. */
bool provisioners_check(const struct config *c, struct fail *f);

#endif
