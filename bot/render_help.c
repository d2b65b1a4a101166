/* SPDX-License-Identifier: Apache-2.0 */
/* The answers that are lists: how to ask, and what one holds now. */
#include "bot/render.h"

#include "bot/render_body.h"
#include "bot/slack/mrkdwn.h"

enum { HELP_NAMES_MAX = 15, NAME_CHARS = 127, EVIDENCE_CHARS = 80 };

/* --- help ------------------------------------------------------------------------------ */

/* One of our own commands, as it is typed. */
static void add_example(struct buf *b, const struct config *c, const char *arguments)
{
	buf_add_char(b, '`');
	mrkdwn_add_text(b, c->slack.command, 32);
	buf_add_str(b, arguments);
	buf_add_char(b, '`');
}

static void add_resource_example(struct buf *b, const struct config *c, const char *rest)
{
	buf_add_char(b, '`');
	mrkdwn_add_text(b, c->slack.command, 32);
	buf_add_char(b, ' ');
	mrkdwn_add_text(b, c->resources.n > 0 ? c->resources.items[0].name : "RESOURCE",
			NAME_CHARS);
	buf_add_str(b, rest);
	buf_add_str(b, "`\n");
}

static void add_resources(struct buf *b, const struct config *c)
{
	size_t n = c->resources.n < HELP_NAMES_MAX ? c->resources.n : HELP_NAMES_MAX;

	if (n == 0) {
		buf_add_str(b, "No resource is configured yet.");
		return;
	}
	buf_add_str(b, "Resources: ");
	for (size_t i = 0; i < n; i++) {
		buf_add_str(b, i > 0 ? ", " : "");
		mrkdwn_add_text(b, c->resources.items[i].name, NAME_CHARS);
	}
	if (n < c->resources.n) {
		buf_addf(b, " and %zu more", c->resources.n - n);
	}
	buf_add_char(b, '.');
}

char *render_help(const struct config *c)
{
	struct body body;
	struct buf b;

	body_init(&body);
	buf_init(&b, SECTION_MAX);
	buf_add_str(&b, "Access for those who handle the incident, for a while:\n");
	add_example(&b, c, " RESOURCE [DURATION] [INCIDENT] [reason]");
	buf_add_str(&b, " in any order, such as\n");
	add_resource_example(&b, c, " 2h replica lag");
	add_resource_example(&b, c, " INC-204 45m");
	add_example(&b, c, " mine");
	buf_add_str(&b, " shows what you hold now, ");
	add_example(&b, c, " release ID");
	buf_add_str(&b, " gives it back, ");
	add_example(&b, c, " extend ID 1h");
	buf_add_str(&b, " asks for more.\nAdmins: ");
	add_example(&b, c, " revoke ID why");
	buf_add_str(&b, ", ");
	add_example(&b, c, " freeze on|off [--revoke] why");
	buf_add_char(&b, '.');
	body_add_section(&body, &b);
	buf_clear(&b);
	add_resources(&b, c);
	body_add_section(&body, &b);
	buf_clear(&b);
	buf_add_str(&b, "Durations: 30s 45m 2h 1h30m 1.5h 90min 1d; without one you get "
			"what the rule gives. Incidents: INC-204, #512, a link, or none: "
			"any live one in which you have a part counts.");
	body_add_context(&body, &b);
	buf_finish(&b);
	return body_dump(&body, RENDER_PRIVATE_REPLY, "", "");
}

/* --- mine ------------------------------------------------------------------------------ */

static void add_grant(struct body *body, const struct grant_row *g, int64_t now_ms)
{
	struct buf b;

	buf_init(&b, SECTION_MAX);
	mrkdwn_add_text(&b, g->resource, NAME_CHARS);
	buf_add_str(&b, " until ");
	mrkdwn_add_time(&b, g->expires_ms, now_ms);
	if (g->evidence[0]) {
		buf_add_str(&b, " · ");
		mrkdwn_add_text(&b, g->evidence, EVIDENCE_CHARS);
	}
	buf_add_str(&b, " · ");
	mrkdwn_add_text(&b, g->id, NAME_CHARS);
	body_add_section(body, &b);
	buf_finish(&b);
}

char *render_mine(const struct mine *m, const char *command, int64_t now_ms)
{
	struct body body;
	struct buf b;

	body_init(&body);
	buf_init(&b, SECTION_MAX);
	for (size_t i = 0; i < m->n && i < MINE_MAX; i++) {
		add_grant(&body, &m->grants[i], now_ms);
	}
	if (m->n == 0) {
		buf_add_str(&b, "You hold nothing now.");
		body_add_section(&body, &b);
		buf_clear(&b);
		mrkdwn_add_text(&b, command, 32);
		buf_add_str(&b, " help says how to ask.");
	} else if (m->total > m->n) {
		buf_addf(&b, "and %zu more", m->total - m->n);
	}
	body_add_context(&body, &b);
	buf_finish(&b);
	return body_dump(&body, RENDER_PRIVATE_REPLY, "", "");
}
