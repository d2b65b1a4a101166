/* SPDX-License-Identifier: Apache-2.0 */
/* sd_notify, the watchdog, and whether stderr is the journal.
 *
 * libsystemd is loaded when a service manager wants to be told, and not before: it brings
 * five further libraries, which are a megabyte that nobody else should pay for. */
#include "bot/systemd.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accessd/clock.h"

#ifdef HAVE_SYSTEMD
#include <dlfcn.h>
#include <systemd/sd-daemon.h>

static void notify(const char *state)
{
	static typeof(sd_notify) *tell;

	if (!tell && getenv("NOTIFY_SOCKET")) {
		void *library = dlopen("libsystemd.so.0", RTLD_NOW);

		tell = library ? (typeof(sd_notify) *)(uintptr_t)dlsym(library,
								       "sd_notify")
			       : NULL;
	}
	if (tell) {
		tell(0, state);
	}
}
#else
static void notify(const char *state)
{
	(void)state;
}
#endif

void systemd_ready(void)
{
	notify("READY=1");
}

void systemd_stopping(void)
{
	notify("STOPPING=1");
}

/* "As per CLOCK_MONOTONIC", which unlike the clock of our timers stands still while the
 * machine is suspended. */
void systemd_reloading(void)
{
	struct timespec now = clock_after_ms(0);
	char state[64];

	snprintf(state, sizeof(state), "RELOADING=1\nMONOTONIC_USEC=%" PRId64,
		 (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000);
	notify(state);
}

void systemd_status(const char *text)
{
	char state[320];

	snprintf(state, sizeof(state), "STATUS=%s", text);
	notify(state);
}

void systemd_alive(void)
{
	notify("WATCHDOG=1");
}

int64_t systemd_watchdog_ms(void)
{
	const char *us = getenv("WATCHDOG_USEC");

	/* "half of the returned time" is what sd_watchdog_enabled(3) recommends. */
	return us ? strtoll(us, NULL, 10) / 2000 : 0;
}

/* "If set, this variable is set to the device and inode numbers of the file descriptor":
 * stderr may have been sent elsewhere since. */
bool systemd_is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	char ours[64];
	struct stat st;

	if (!stream || fstat(STDERR_FILENO, &st) != 0) {
		return false;
	}
	snprintf(ours, sizeof(ours), "%ju:%ju", (uintmax_t)st.st_dev,
		 (uintmax_t)st.st_ino);
	return strcmp(stream, ours) == 0;
}
