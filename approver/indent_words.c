/* SPDX-License-Identifier: Apache-2.0 */
/* The wording of replies, written by hand: they are short, and one is sent for every
 * decision. */
#include "approver/indent_words.h"

#include <stdio.h>
#include <string.h>

#include "approver/indent_parse.h"
#include "approver/indent_time.h"
#include "shared/text.h"

/* --- pieces ---------------------------------------------------------------------------- */

static void add_bot(struct buf *out, const struct indent_bot_config *bot)
{
	buf_add_char(out, '{');
	jx_add_member(out, "displayName", bot->name);
	jx_add_member(out, "email", bot->email);
	jx_add_member(out, "id", bot->id);
	jx_add_member(out, "kind", "indent.v1.Bot");
	buf_add_char(out, '}');
}

/* A plain object in its place breaks readers in Go: a detail is a protobuf Any. */
static void add_detail(struct buf *out, const char *detail)
{
	buf_add_str(out, "\"details\":[{");
	jx_add_member(out, "@type", "type.googleapis.com/google.rpc.DebugInfo");
	jx_add_member(out, "detail", detail);
	buf_add_str(out, "}]");
}

/* --- a claim ----------------------------------------------------------------------------- */

/* Echoed they could lengthen what was granted: all of "indent.com/time/", of which there
 * is "indefinite", and the word of 2020. */
static bool is_of_time(const char *label)
{
	static const char prefix[] = "indent.com/time/";

	return strncmp(label, prefix, sizeof(prefix) - 1) == 0 ||
	       strcmp(label, "expires") == 0;
}

/* Their names are a stranger's. */
void indent_echo_labels(struct buf *out, const json_t *labels)
{
	const char *name;
	const json_t *value;

	json_object_foreach ((json_t *)(uintptr_t)labels, name, value) {
		if (json_is_string(value) && !is_of_time(name)) {
			buf_add_char(out, ',');
			jx_add_text(out, name);
			buf_add_char(out, ':');
			jx_add_text(out, json_string_value(value));
		}
	}
}

void indent_echo_resources(struct buf *out, const json_t *actor, const json_t *targets)
{
	jx_add(out, actor);
	for (size_t i = 0; i < json_array_size(targets); i++) {
		buf_add_char(out, ',');
		jx_add(out, json_array_get(targets, i));
	}
}

static void add_echo(struct buf *out, const struct buf *echo)
{
	buf_add(out, echo->data, echo->len);
	out->over |= echo->over;
}

static void add_labels(struct buf *out, const struct indent_claim *c)
{
	char duration[INDENT_DURATION_SIZE];
	char expires[TIME_SIZE];

	indent_duration_format(c->for_s, duration);
	text_format_time(c->decided_ms + c->for_s * 1000, expires);
	buf_add_str(out, "\"meta\":{\"labels\":{");
	jx_add_member(out, INDENT_LABEL_DURATION, duration);
	jx_add_member(out, INDENT_LABEL_EXPIRES, expires);
	add_echo(out, c->labels);
	buf_add_str(out, "}}");
}

void indent_say_claim(struct buf *out, const struct indent_claim *c)
{
	char now[TIME_SIZE];

	text_format_time(c->decided_ms, now);
	buf_add_str(out, "{\"status\":{\"code\":0},\"claims\":[{\"actor\":");
	add_bot(out, c->bot);
	jx_add_member(out, "event", "access/approve");
	buf_add_char(out, ',');
	add_labels(out, c);
	buf_add_str(out, ",\"resources\":[");
	add_echo(out, c->resources);
	buf_add_char(out, ']');
	jx_add_member(out, "timestamp", now);
	jx_add_member(out, "reason", c->reason);
	buf_add_str(out, "}]}");
}

/* --- all others --------------------------------------------------------------------------- */

void indent_say_nothing(struct buf *out)
{
	buf_add_str(out, "{\"status\":{\"code\":0},\"claims\":[]}");
}

void indent_say_bot(struct buf *out, const struct indent_bot_config *bot)
{
	buf_add_str(out, "{\"status\":{\"code\":0},\"resources\":[");
	add_bot(out, bot);
	buf_add_str(out, "]}");
}

void indent_say_info(struct buf *out, const char *version)
{
	char info[256];

	snprintf(info, sizeof(info),
		 "{\"integrations\":[{\"name\":\"accessd\",\"capabilities\":"
		 "[\"GetDecision\",\"PullUpdate\"],\"version\":\"%.100s\"}]}",
		 version);
	buf_add_str(out, "{\"status\":{");
	add_detail(out, info);
	buf_add_str(out, "}}");
}

void indent_say_failure(struct buf *out, enum indent_code code, const char *message,
			const char *detail, const char *id)
{
	char whole[512];

	snprintf(whole, sizeof(whole), "%.400s (%s)", detail, id);
	buf_addf(out, "{\"status\":{\"code\":%d", (int)code);
	jx_add_member(out, "message", message);
	buf_add_char(out, ',');
	add_detail(out, whole);
	buf_add_str(out, "}}");
}
