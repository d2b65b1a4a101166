/* SPDX-License-Identifier: Apache-2.0 */
/* What the service manager is told. Does nothing when there is none, or when built with
 * SYSTEMD=0. */
#ifndef BOT_SYSTEMD_H
#define BOT_SYSTEMD_H

#include <stdbool.h>
#include <stdint.h>

void systemd_ready(void);
void systemd_stopping(void);
void systemd_reloading(void);          /* then systemd_ready() again */
void systemd_status(const char *text); /* one line, shown by systemctl status */
void systemd_alive(void);              /* feeds the watchdog */

/* How often to call systemd_alive(), 0: no watchdog. */
int64_t systemd_watchdog_ms(void);

/* Whether stderr goes to the journal, which has time and level of its own. */
bool systemd_is_journal(void);

#endif
