/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify, the watchdog, and whether stderr is the journal. */
#include "bot/systemd.h"

#include <inttypes.h>
#include <stdlib.h>

#ifdef HAVE_SYSTEMD
#include <systemd/sd-daemon.h>

void systemd_ready(void)
{
	sd_notify(0, "READY=1");
}

void systemd_stopping(void)
{
	sd_notify(0, "STOPPING=1");
}

void systemd_reloading(int64_t mono_ms)
{
	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%" PRId64, mono_ms * 1000);
}

void systemd_status(const char *text)
{
	sd_notifyf(0, "STATUS=%s", text);
}

void systemd_alive(void)
{
	sd_notify(0, "WATCHDOG=1");
}

int64_t systemd_watchdog_ms(void)
{
	uint64_t us = 0;

	/* "half of the returned time" is what sd_watchdog_enabled(3) recommends. */
	return sd_watchdog_enabled(0, &us) > 0 ? (int64_t)(us / 2000) : 0;
}
#else
void systemd_ready(void)
{
}

void systemd_stopping(void)
{
}

void systemd_reloading(int64_t mono_ms)
{
	(void)mono_ms;
}

void systemd_status(const char *text)
{
	(void)text;
}

void systemd_alive(void)
{
}

int64_t systemd_watchdog_ms(void)
{
	return 0;
}
#endif

bool systemd_is_journal(void)
{
	return getenv("JOURNAL_STREAM") != NULL;
}
