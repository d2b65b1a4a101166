/* SPDX-License-Identifier: Apache-2.0 */
/* What holds in every scene. */
#include "tests/lib/scene_watch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "accessd/reader.h"
#include "shared/buf.h"
#include "shared/log.h"
#include "shared/text.h"
#include "tests/lib/test.h"
#include "tests/world/slack.h"

enum { LOG_MAX = 64 << 20, PATIENCE_MS = 8000, ACK_FRAME_MAX = 16 * 1024 };

/* One scene at a time. */
static struct buf lines;
static size_t seen; /* scene_log() begins here */
static bool unanswered_is_fine;

/* --- the log ------------------------------------------------------------------------------ */

static void on_line(const char *line, void *data)
{
	(void)data;
	buf_addf(&lines, "%s\n", line);
}

const char *scene_log(void)
{
	return buf_str(&lines) + seen;
}

void scene_log_clear(void)
{
	seen = lines.len;
}

static bool is_logged(struct scene *t, void *data)
{
	(void)t;
	return strstr(scene_log(), data) != NULL;
}

bool scene_logged(struct scene *t, const char *part)
{
	char text[128];

	text_copy(text, sizeof(text), part);
	return scene_until(t, is_logged, text, PATIENCE_MS);
}

void scene_expect_unanswered(void)
{
	unanswered_is_fine = true;
}

/* --- what may not be there ------------------------------------------------------------------ */

/* Slack shows these bytes to people, or the log keeps them. */
static void check_no_secret(const struct world *w, const char *text)
{
	assert_has_not(text, w->app_token);
	assert_has_not(text, w->bot_token);
	assert_has_not(text, w->signing_secret);
	assert_has_not(text, w->incidentio_key);
	assert_has_not(text, w->pagerduty_key);
	assert_has_not(text, "ticket=");
	assert_has_not(text, "Bearer");
	rows_each(struct slack_ticket, ticket, &w->slack->tickets)
	{
		assert_has_not(text, ticket->text);
	}
	rows_each(struct slack_hook, hook, &w->slack->hooks)
	{
		assert_has_not(text, hook->path);
	}
	rows_each(struct slack_trigger, trigger, &w->slack->triggers)
	{
		assert_has_not(text, trigger->id);
	}
}

static bool has_asked(const struct world *w, const char *user, size_t n)
{
	rows_each(struct world_envelope, e, &w->envelopes)
	{
		if (strlen(e->user) == n && strncmp(e->user, user, n) == 0) {
			return true;
		}
	}
	return false;
}

/* After each '<' comes <@who asked> or a date, and nothing else. */
static void check_no_ping(const struct world *w, const char *text)
{
	for (const char *at = strchr(text, '<'); at; at = strchr(at + 1, '<')) {
		bool date = strncmp(at, "<!date^", 7) == 0;
		bool asker = strncmp(at, "<@", 2) == 0 &&
			     has_asked(w, at + 2, strcspn(at + 2, ">|"));

		if (!date && !asker) {
			fail_msg("'%.40s' in '%s'", at, text);
		}
	}
	assert_has_not(text, "\xe2\x80\xae"); /* right-to-left override */
	assert_has_not(text, "\xe2\x80\x8b"); /* zero width */
}

static void check_texts(const struct world *w, const json_t *node)
{
	const char *key;
	json_t *child;
	size_t i;

	if (json_is_string(node)) {
		check_no_ping(w, json_string_value(node));
	}
	json_array_foreach (node, i, child) {
		check_texts(w, child);
	}
	json_object_foreach ((json_t *)(uintptr_t)node, key, child) {
		check_texts(w, child);
	}
}

static void check_messages(const struct world *w)
{
	rows_each(struct world_message, m, &w->messages)
	{
		char *blocks = m->blocks ? json_dumps(m->blocks, 0) : strdup("");

		if (strcmp(m->via, "typed") != 0) {
			assert_true(m->text && *m->text);
			check_no_ping(w, m->text);
			check_texts(w, m->blocks);
			check_no_secret(w, m->text);
			check_no_secret(w, blocks);
		}
		free(blocks);
	}
}

/* What went to Slack and was not taken counts as well. */
static void check_calls(const struct world *w)
{
	rows_each(struct world_call, c, &w->calls)
	{
		/* A modal is opened with a trigger, and by nothing else. */
		if (c->body && !strstr(c->name, "views.open")) {
			check_no_secret(w, c->body);
		}
		check_no_secret(w, c->query);
	}
}

static bool is_answered(const struct world *w, const struct world_envelope *e)
{
	char whom[80];

	if (e->first_word_us) {
		return true;
	}
	/* Sent some other way than by this envelope's own response_url? */
	snprintf(whom, sizeof(whom), "<@%s>", e->user);
	rows_each(struct world_message, m, &w->messages)
	{
		if (strcmp(m->via, "typed") != 0 && strstr(m->text, whom)) {
			return true;
		}
	}
	return false;
}

static void check_answers(const struct world *w)
{
	rows_each(struct world_envelope, e, &w->envelopes)
	{
		if (e->socket && e->acks == 0) {
			fail_msg("envelope %u (%s) was not acked", (unsigned)e->number,
				 e->type);
		}
		if (e->socket && e->kind == ENV_COMMAND && !is_answered(w, e)) {
			fail_msg("command %u was not answered", (unsigned)e->number);
		}
	}
	assert_has_not(buf_str(&lines), "slack.ack_late");
	assert_int_not_equal(world_last_close_code(w), 1009);
	assert_int_equal(world_strange_frames(w), 0);
}

void scene_check(struct scene *t)
{
	check_no_secret(t->world, buf_str(&lines));
	check_messages(t->world);
	check_calls(t->world);
	if (!unanswered_is_fine) {
		check_answers(t->world);
	}
}

/* Whatever has happened, its audit is whole. Not asked of a ledger that cannot be read, or
 * that was never signed. */
static void check_audit(const struct scene *t)
{
	struct audit_report report = { .whole = true };
	struct reader *r;
	struct fail f;
	char url[160];

	snprintf(url, sizeof(url), "sqlite:%s", t->ledger);
	if (!reader_open(url, &r, &f)) {
		return;
	}
	reader_verify(r, NULL, &report, &f);
	reader_close(r);
	if (!report.whole) {
		fail_msg("%s", report.what);
	}
}

/* --- life ----------------------------------------------------------------------------------- */

static void watch_begin(struct scene *t)
{
	unanswered_is_fine = false;
	seen = 0;
	buf_init(&lines, LOG_MAX);
	log_setup(&t->clock.clock, LOG_DEBUG, LOG_LOGFMT, false);
	log_divert(on_line, NULL);
	t->world->slack_knobs.frame_max = ACK_FRAME_MAX;
}

int watch_setup_stopped(void **state)
{
	scene_setup_stopped(state);
	watch_begin(*state);
	return 0;
}

int watch_setup(void **state)
{
	watch_setup_stopped(state);
	scene_start(*state, true);
	return 0;
}

int watch_teardown(void **state)
{
	struct scene *t = *state;

	assert_false(lines.over);
	scene_check(t);
	scene_stop(t);
	check_audit(t);
	check_no_secret(t->world, buf_str(&lines));
	log_divert(NULL, NULL);
	buf_finish(&lines);
	return scene_teardown(state);
}

static bool no_streams(struct scene *t, void *data)
{
	(void)data;
	return world_streams(t->world) == 0;
}

void scene_again(struct scene *t)
{
	static const char *const ends[] = { "", "-wal", "-shm", ".lock", ".key" };
	char path[160];

	scene_check(t);
	scene_stop(t);
	check_audit(t);
	assert_true(scene_until(t, no_streams, NULL, PATIENCE_MS));
	world_reset(t->world);
	t->world->slack_knobs.frame_max = ACK_FRAME_MAX;
	for (size_t i = 0; i < ARRAY_LEN(ends); i++) {
		snprintf(path, sizeof(path), "%s%s", t->ledger, ends[i]);
		unlink(path);
	}
	buf_clear(&lines);
	seen = 0;
}
