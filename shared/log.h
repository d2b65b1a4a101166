/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: an event with a subject, then key=value. The logger quotes, so that nobody's
 * text can make a line of its own. shared/ itself logs nothing above debug.
 *
 *   2026-08-24T10:11:12.345Z info  request.granted req=01J8ZK user=U0ANA for_s=7200
 *
 * Goes to stderr, in one write per line or, within a loop, per turn. */
#ifndef SHARED_LOG_H
#define SHARED_LOG_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/clock.h"
#include "accessd/fail.h"

enum log_level { LOG_DEBUG, LOG_INFO, LOG_WARN, LOG_ERROR, LOG_LEVEL_MAX };
enum log_format { LOG_LOGFMT, LOG_JSON };

enum log_type { LOG_END, LOG_TEXT, LOG_NUMBER, LOG_BOOL, LOG_FAIL, LOG_URL };

struct log_field {
	const char *key;
	enum log_type type;
	union {
		const char *text;
		int64_t number;
		bool flag;
		const struct fail *fail;
	};
};

/* clang-format off */
#define LOG_T(k, v) { .key = (k), .type = LOG_TEXT, .text = (v) }      /* NULL: left out */
#define LOG_N(k, v) { .key = (k), .type = LOG_NUMBER, .number = (v) }
#define LOG_B(k, v) { .key = (k), .type = LOG_BOOL, .flag = (v) }
#define LOG_F(f)    { .type = LOG_FAIL, .fail = (f) }                  /* kind= msg= hint= */
#define LOG_U(k, v) { .key = (k), .type = LOG_URL, .text = (v) }       /* scheme and host only */
/* clang-format on */

/* Set once at start (again on reload). journald: a "<N>" level prefix instead of time and
 * level. Not thread-safe against log_write(). */
void log_setup(const struct clock *clock, enum log_level least, enum log_format format,
	       bool journald);

bool log_level_parse(const char *word, enum log_level *ret_level);

/* `fields` ends with a LOG_END one. `file` NULL is stderr's line; tests may divert with
 * log_divert(). Safe from any thread. */
void log_write(enum log_level level, const char *event, const struct log_field *fields);

/* The calling thread is about to run a loop: lines of its own that are not worse than info
 * may wait for log_flush(), which has to be called before it waits for anything, so that a
 * busy turn is one write. What is worse than info, and every line of another thread, is
 * written at once, behind those that wait. A process that is killed within a turn takes
 * that turn's lines with it. log_release() ends it, and flushes. */
void log_hold(void);
void log_flush(void);
void log_release(void);

/* Tests: hand each finished line (without newline) to fn instead; NULL: stderr again. */
void log_divert(void (*fn)(const char *line, void *data), void *data);

#define LOG_FIELDS(...) \
	(const struct log_field[]) \
	{ \
		__VA_ARGS__ __VA_OPT__(, ) \
		{ \
			.type = LOG_END \
		} \
	}
#define log_debug(event, ...) log_write(LOG_DEBUG, event, LOG_FIELDS(__VA_ARGS__))
#define log_info(event, ...)  log_write(LOG_INFO, event, LOG_FIELDS(__VA_ARGS__))
#define log_warn(event, ...)  log_write(LOG_WARN, event, LOG_FIELDS(__VA_ARGS__))
#define log_error(event, ...) log_write(LOG_ERROR, event, LOG_FIELDS(__VA_ARGS__))

#endif
