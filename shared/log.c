/* SPDX-License-Identifier: Apache-2.0 */
/* Log lines: how they are quoted, so that nobody's text can make a line of its own, and
 * how they are written. */
#include "shared/log.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/buf.h"
#include "shared/text.h"

enum {
	VALUE_MAX = 2048, /* longer ones are cut */
	LINE_MAX_BYTES = 16 * 1024,
	LINE_FIRST = 500, /* most are shorter */
	LINE_TAIL = 64,   /* kept free for what closes a line that is full */
	HELD_MAX = 16 * 1024,
};

/* clang-format off */
static const struct {
	const char *word;
	const char *padded;
	int journald; /* what sd-daemon(3) calls SD_DEBUG and so on */
} levels[] = {
	[LOG_DEBUG] = { "debug", "debug", 7 },
	[LOG_INFO]  = { "info",  "info ", 6 },
	[LOG_WARN]  = { "warn",  "warn ", 4 },
	[LOG_ERROR] = { "error", "error", 3 },
};
/* clang-format on */

/* A log is for the whole process, so this is the one module with a state of its own. */
static struct {
	const struct clock *clock;
	enum log_level least;
	enum log_format format;
	bool journald;
	void (*divert)(const char *line, void *data);
	void *divert_data;
} setup = { .least = LOG_INFO };

/* Lines that wait to be written together. */
static struct {
	pthread_mutex_t lock; /* guards all of it */
	bool on;
	pthread_t holder;
	size_t n;
	char lines[HELD_MAX];
} held = { .lock = PTHREAD_MUTEX_INITIALIZER };

void log_setup(const struct clock *clock, enum log_level least, enum log_format format,
	       bool journald)
{
	setup.clock = clock;
	setup.least = least;
	setup.format = format;
	setup.journald = journald;
}

void log_divert(void (*fn)(const char *line, void *data), void *data)
{
	setup.divert = fn;
	setup.divert_data = data;
}

bool log_level_parse(const char *word, enum log_level *ret_level)
{
	for (size_t i = 0; i < ARRAY_LEN(levels); i++) {
		if (strcmp(word, levels[i].word) == 0) {
			*ret_level = (enum log_level)i;
			return true;
		}
	}
	return false;
}

/* --- quoting ------------------------------------------------------------------- */

/* What a terminal would obey rather than show: control characters, and those that turn
 * the direction of the text around them. */
static bool is_unsafe(uint32_t c)
{
	return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0x061c ||
	       (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) ||
	       (c >= 0x2060 && c <= 0x206f) || c == 0xfeff;
}

/* All of these are valid in a JSON string, and logfmt has no rules of its own. */
static bool add_char(struct buf *b, uint32_t c)
{
	char utf8[4];

	switch (c) {
	case '"':
		return buf_add_str(b, "\\\"");
	case '\\':
		return buf_add_str(b, "\\\\");
	case '\n':
		return buf_add_str(b, "\\n");
	case '\r':
		return buf_add_str(b, "\\r");
	case '\t':
		return buf_add_str(b, "\\t");
	default:
		return is_unsafe(c) ? buf_addf(b, "\\u%04x", (unsigned)c)
				    : buf_add(b, utf8, text_put(utf8, sizeof(utf8), c));
	}
}

static bool add_quoted(struct buf *b, const char *s)
{
	size_t left = VALUE_MAX;
	const char *p = s;

	if (!buf_add_char(b, '"')) {
		return false;
	}
	for (const char *at = s; *at; at = p) {
		uint32_t c = text_next(&p);

		if ((size_t)(p - at) > left) {
			if (!buf_add_str(b, "...")) {
				return false;
			}
			break;
		}
		left -= (size_t)(p - at);
		if (!add_char(b, c)) {
			return false;
		}
	}
	return buf_add_char(b, '"');
}

/* Whether logfmt can do without quotes. */
static bool is_plain(const char *s)
{
	size_t n = 0;

	for (; s[n]; n++) {
		if (s[n] <= ' ' || s[n] >= 0x7f || s[n] == '"' || s[n] == '=' ||
		    s[n] == '\\') {
			return false;
		}
	}
	return n > 0 && n <= VALUE_MAX;
}

/* --- fields -------------------------------------------------------------------- */

static bool add_key(struct buf *b, const char *key)
{
	size_t n = strlen(key);
	char *at;

	if (setup.format == LOG_JSON) {
		return buf_addf(
			b, b->data && b->data[b->len - 1] == '{' ? "\"%s\":" : ",\"%s\":",
			key);
	}
	at = buf_extend(b, n + 2);
	if (at) {
		at[0] = ' ';
		memcpy(at + 1, key, n);
		at[n + 1] = '=';
	}
	return at != NULL;
}

static bool add_text(struct buf *b, const char *key, const char *text)
{
	if (!add_key(b, key)) {
		return false;
	}
	return setup.format == LOG_LOGFMT && is_plain(text) ? buf_add_str(b, text)
							    : add_quoted(b, text);
}

static bool add_fail(struct buf *b, const struct fail *f)
{
	return add_text(b, "kind", fail_word(f->kind)) && add_text(b, "msg", f->msg) &&
	       (!f->hint[0] || add_text(b, "hint", f->hint));
}

/* A path or query may hold a ticket, and a user name a password. */
static bool add_url(struct buf *b, const char *key, const char *url)
{
	const char *host = strstr(url, "://");
	char shown[URL_SIZE];
	const char *port;
	size_t n;

	if (!host) {
		return add_text(b, key, "?");
	}
	host += 3;
	n = strcspn(host, "/?#\\");
	text_copy_n(shown, sizeof(shown), url, (size_t)(host - url) + n);
	port = strrchr(shown + (host - url), ':');
	if (strchr(shown, '@') ||
	    (port && !strchr(port, ']') && port[1 + strspn(port + 1, "0123456789")])) {
		return add_text(b, key, "?");
	}
	return add_text(b, key, shown);
}

static bool add_field(struct buf *b, const struct log_field *field)
{
	switch (field->type) {
	case LOG_TEXT:
		return !field->text || add_text(b, field->key, field->text);
	case LOG_NUMBER:
		return add_key(b, field->key) && buf_add_int(b, field->number);
	case LOG_BOOL:
		return add_key(b, field->key) &&
		       buf_add_str(b, field->flag ? "true" : "false");
	case LOG_FAIL:
		return !field->fail || field->fail->kind == FAIL_NONE ||
		       add_fail(b, field->fail);
	case LOG_URL:
		return !field->text || add_url(b, field->key, field->text);
	case LOG_END:
		break;
	}
	return true;
}

/* --- lines --------------------------------------------------------------------- */

static void add_head(struct buf *b, enum log_level level, const char *event)
{
	bool json = setup.format == LOG_JSON;
	char when[TIME_SIZE];

	if (setup.journald) {
		buf_addf(b, "<%d>", levels[level].journald);
	} else {
		text_format_time(
			clock_wall_ms(setup.clock ? setup.clock : clock_system()), when);
	}
	if (json) {
		buf_add_char(b, '{');
		if (!setup.journald) {
			add_text(b, "time", when);
			add_text(b, "level", levels[level].word);
		}
		add_text(b, "event", event);
		return;
	}
	if (!setup.journald) {
		buf_add_str(b, when);
		buf_add_char(b, ' ');
		buf_add_str(b, levels[level].padded);
		buf_add_char(b, ' ');
	}
	buf_add_str(b, event);
}

/* A field that does not fit is left out whole, and those behind it. */
static void add_fields(struct buf *b, const struct log_field *fields)
{
	b->max -= LINE_TAIL;
	for (; fields->type != LOG_END; fields++) {
		size_t whole = b->len;

		if (!add_field(b, fields)) {
			b->len = whole;
			break;
		}
	}
	b->max += LINE_TAIL;
	if (fields->type != LOG_END) {
		add_key(b, "cut");
		buf_add_str(b, "true");
	}
}

/* One write, so that lines of two threads do not mix. What cannot be written is lost: a
 * log must not stop the service. */
static void put(const char *at, size_t left)
{
	while (left > 0) {
		ssize_t n = write(STDERR_FILENO, at, left);

		if (n < 0 && errno != EINTR) {
			return;
		}
		if (n > 0) {
			at += n;
			left -= (size_t)n;
		}
	}
}

static void put_held(void)
{
	put(held.lines, held.n);
	held.n = 0;
}

static void emit(enum log_level level, const struct buf *line)
{
	bool waits;

	pthread_mutex_lock(&held.lock);
	waits = held.on && level <= LOG_INFO &&
		pthread_equal(held.holder, pthread_self());
	if (!waits || line->len > sizeof(held.lines) - held.n) {
		put_held();
	}
	if (waits && line->len <= sizeof(held.lines)) {
		memcpy(held.lines + held.n, line->data, line->len);
		held.n += line->len;
	} else {
		put(line->data, line->len);
	}
	pthread_mutex_unlock(&held.lock);
}

static void hold(bool on)
{
	pthread_mutex_lock(&held.lock);
	put_held();
	held.on = on;
	held.holder = pthread_self();
	pthread_mutex_unlock(&held.lock);
}

void log_hold(void)
{
	hold(true);
}

void log_release(void)
{
	hold(false);
}

void log_flush(void)
{
	pthread_mutex_lock(&held.lock);
	put_held();
	pthread_mutex_unlock(&held.lock);
}

void log_write(enum log_level level, const char *event, const struct log_field *fields)
{
	struct buf line;

	if (level < setup.least) {
		return;
	}
	buf_init(&line, LINE_MAX_BYTES);
	buf_reserve(&line, LINE_FIRST);
	add_head(&line, level, event);
	add_fields(&line, fields);
	if (setup.format == LOG_JSON) {
		buf_add_char(&line, '}');
	}
	if (setup.divert) {
		setup.divert(buf_str(&line), setup.divert_data);
	} else if (buf_add_char(&line, '\n')) {
		emit(level, &line);
	}
	buf_finish(&line);
}
