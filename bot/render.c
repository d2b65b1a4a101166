/* SPDX-License-Identifier: Apache-2.0 */
/* The words of the messages about one request and its grant. The first word says which. */
#include "bot/render.h"

#include <string.h>

#include "bot/render_body.h"
#include "bot/slack/mrkdwn.h"
#include "shared/duration.h"
#include "shared/text.h"

/* So that a section stays under Slack's 3000 whatever is escaped in it ("&amp;"). */
enum { WHY_CHARS = 400, FIX_CHARS = 400, WARNING_CHARS = 120, NAME_CHARS = 60 };

static void add_duration(struct buf *b, int64_t s)
{
	char text[DURATION_SIZE];

	duration_format(s > 0 ? s : 0, text);
	buf_add_str(b, text);
}

/* "prod-db for @ana" */
static void add_what_and_who(struct buf *b, const struct notice_facts *about)
{
	mrkdwn_add_text(b, about->resource, NAME_CHARS);
	buf_add_str(b, " for ");
	mrkdwn_add_user(b, about->user);
}

/* " · " between what a context line holds. */
static void add_dot(struct buf *b)
{
	if (b->len > 0) {
		buf_add_str(b, " · ");
	}
}

static void add_id(struct buf *b, const struct notice_facts *about)
{
	if (about->request_id[0]) {
		add_dot(b);
		mrkdwn_add_text(b, about->request_id, NAME_CHARS);
	}
}

static void add_rule(struct buf *b, const struct notice_facts *about)
{
	if (about->policy[0]) {
		add_dot(b);
		buf_add_str(b, "rule ");
		mrkdwn_add_text(b, about->policy, NAME_CHARS);
	}
}

/* How long the decision took: the clock may have jumped meanwhile. */
static void add_took(struct buf *b, const struct notice_facts *about)
{
	int64_t ms = about->decided_ms - about->asked_ms;

	if (about->asked_ms <= 0 || ms < 0) {
		return;
	}
	add_dot(b);
	if (ms < 10000) {
		buf_addf(b, "%lld ms", (long long)ms);
	} else {
		add_duration(b, ms / 1000);
	}
}

static void add_sentence_end(struct buf *b)
{
	if (b->len > 0 && !strchr(".!?", b->data[b->len - 1])) {
		buf_add_char(b, '.');
	}
}

/* --- one function for each kind -------------------------------------------------------- */

/* "Granted: prod-db for @ana until 14:12 (2 h)", and why. */
static void add_grant(const char *word, const struct notice_facts *about, int64_t now_ms,
		      struct buf *section, struct buf *context)
{
	buf_add_str(section, word);
	add_what_and_who(section, about);
	buf_add_str(section, " until ");
	mrkdwn_add_time(section, about->until_ms, now_ms);
	buf_add_str(section, " (");
	add_duration(section, about->for_s);
	buf_add_char(section, ')');
	if (about->warning[0]) {
		buf_add_str(section, "\nWarning: ");
		mrkdwn_add_text(section, about->warning, WARNING_CHARS);
	}
	if (about->why[0]) {
		buf_add_str(context, "why: ");
		mrkdwn_add_text(context, about->why, WHY_CHARS);
	}
	add_rule(context, about);
	add_id(context, about);
}

static void say_granted(const struct notice_facts *about, int64_t now_ms,
			struct buf *section, struct buf *context)
{
	add_grant("Granted: ", about, now_ms, section, context);
	add_took(context, about);
}

/* Decided, but not there yet: nobody is to try and wonder. */
static void say_granting(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	add_grant("Granting: ", about, now_ms, section, context);
	buf_add_str(section, "\nWaiting for ");
	mrkdwn_add_text(section, about->provisioner, NAME_CHARS);
	buf_add_str(section, " to confirm it.");
}

/* "Failed: prod-db for @ana. okta: HTTP 503." */
static void add_outcome(const char *word, const struct notice_facts *about,
			struct buf *section)
{
	buf_add_str(section, word);
	add_what_and_who(section, about);
	buf_add_char(section, '.');
	if (about->why[0]) {
		buf_add_char(section, ' ');
		mrkdwn_add_text(section, about->why, WHY_CHARS);
		add_sentence_end(section);
	}
}

static void say_failed(const struct notice_facts *about, int64_t now_ms,
		       struct buf *section, struct buf *context)
{
	(void)now_ms;
	add_outcome("Failed: ", about, section);
	buf_add_str(section, " Ask again, or ask whoever runs ");
	mrkdwn_add_text(section, about->provisioner, NAME_CHARS);
	buf_add_char(section, '.');
	add_rule(context, about);
	add_id(context, about);
}

static void say_revoking(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	(void)now_ms;
	add_outcome("Ending: ", about, section);
	buf_add_char(section, ' ');
	mrkdwn_add_text(section, about->provisioner, NAME_CHARS);
	buf_add_str(section, " has not confirmed it yet, so access may still be live. "
			     "It is tried again until it is gone.");
	add_rule(context, about);
	add_id(context, about);
}

static void say_denied(const struct notice_facts *about, int64_t now_ms,
		       struct buf *section, struct buf *context)
{
	(void)now_ms;
	buf_add_str(section, "Not granted: ");
	add_what_and_who(section, about);
	buf_add_str(section, ". ");
	mrkdwn_add_text(section, about->why, WHY_CHARS);
	if (about->by[0]) {
		buf_add_str(section, " By order of ");
		mrkdwn_add_user(section, about->by);
		buf_add_char(section, '.');
	}
	mrkdwn_add_text(context, about->fix, FIX_CHARS);
	add_id(context, about);
}

/* "Revoked by @bob: left the call.", "Given back.", "The time is up." */
static void add_cause(struct buf *b, const struct notice_facts *about)
{
	bool own = text_same(about->by, about->user);

	buf_add_char(b, ' ');
	if (own) {
		buf_add_str(b, "Given back");
	} else if (about->by[0]) {
		buf_add_str(b, "Revoked by ");
		mrkdwn_add_user(b, about->by);
	}
	if (about->why[0]) {
		buf_add_str(b, about->by[0] ? ": " : "");
		mrkdwn_add_text(b, about->why, WHY_CHARS);
	}
	add_sentence_end(b);
}

static void say_ended(const struct notice_facts *about, int64_t now_ms,
		      struct buf *section, struct buf *context)
{
	(void)now_ms;
	buf_add_str(section, "Ended: ");
	add_what_and_who(section, about);
	buf_add_char(section, '.');
	if (about->why[0] || about->by[0]) {
		add_cause(section, about);
	}
	if (about->open_s < 0) {
		buf_add_str(section, " It is confirmed to be gone.");
	} else {
		buf_add_str(section, " It was open for ");
		add_duration(section, about->open_s);
		buf_add_char(section, '.');
	}
	add_rule(context, about);
	add_id(context, about);
}

/* --- while it lives -------------------------------------------------------------------- */

static void say_extended(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	add_grant("Extended: ", about, now_ms, section, context);
	if (about->is_told) {
		buf_add_str(section, "\n");
		mrkdwn_add_text(section, about->provisioner, NAME_CHARS);
		buf_add_str(section, " is being told of the new end.");
	}
}

/* "Not extended: prod-db for @ana ends at 14:12. script: no such session." */
static void say_shortened(const struct notice_facts *about, int64_t now_ms,
			  struct buf *section, struct buf *context)
{
	buf_add_str(section, "Not extended: ");
	add_what_and_who(section, about);
	buf_add_str(section, " ends at ");
	mrkdwn_add_time(section, about->until_ms, now_ms);
	buf_add_str(section, ", as the target did not take the later end. ");
	mrkdwn_add_text(section, about->why, WHY_CHARS);
	add_sentence_end(section);
	add_rule(context, about);
	add_id(context, about);
}

static void say_kept(const struct notice_facts *about, int64_t now_ms,
		     struct buf *section, struct buf *context)
{
	buf_add_str(section, "Kept: ");
	add_what_and_who(section, about);
	buf_add_str(section, " until ");
	mrkdwn_add_time(section, about->until_ms, now_ms);
	buf_add_str(section, ", whatever it rests on. ");
	if (about->why[0]) {
		buf_add_str(section, "Their reason: ");
		mrkdwn_add_text(section, about->why, WHY_CHARS);
		add_sentence_end(section);
	}
	add_rule(context, about);
	add_id(context, about);
}

/* "prod-db ends at 14:12" */
static void add_end(const char *verb, const struct notice_facts *about, int64_t now_ms,
		    struct buf *section)
{
	mrkdwn_add_text(section, about->resource, NAME_CHARS);
	buf_add_str(section, verb);
	mrkdwn_add_time(section, about->until_ms, now_ms);
}

static void say_expiring(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	add_end(" ends at ", about, now_ms, section);
	buf_add_str(section, ", in ");
	add_duration(section, (about->until_ms - now_ms) / 1000);
	buf_add_char(section, '.');
	add_rule(context, about);
	add_id(context, about);
}

static void say_losing(const struct notice_facts *about, int64_t now_ms,
		       struct buf *section, struct buf *context)
{
	add_end(" will end at ", about, now_ms, section);
	buf_add_str(section, ": ");
	mrkdwn_add_text(section, about->why, WHY_CHARS);
	add_sentence_end(section);
	buf_add_str(section, about->can_keep
				     ? " Press Keep, and say why, if you still need it."
				     : " It stays if that changes before.");
	add_rule(context, about);
	add_id(context, about);
}

static void say_regained(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	add_end(" stays until ", about, now_ms, section);
	buf_add_str(section, ": ");
	mrkdwn_add_text(section, about->why, WHY_CHARS);
	add_sentence_end(section);
	add_id(context, about);
}

static void say_held(const struct notice_facts *about, int64_t now_ms,
		     struct buf *section, struct buf *context)
{
	buf_add_str(section, "You have ");
	add_end(" until ", about, now_ms, section);
	buf_add_str(section, " (");
	add_duration(section, (about->until_ms - now_ms) / 1000);
	buf_add_str(section, " left).");
	mrkdwn_add_text(context, about->fix, FIX_CHARS);
	add_id(context, about);
}

/* --- while nothing is decided ---------------------------------------------------------- */

static void say_checking(const struct notice_facts *about, int64_t now_ms,
			 struct buf *section, struct buf *context)
{
	(void)now_ms;
	buf_add_str(section, "Checking ");
	mrkdwn_add_text(section, about->resource, NAME_CHARS);
	buf_add_str(section, " for you: ");
	mrkdwn_add_text(section,
			about->why[0]
				? about->why
				: "incident.io and PagerDuty have not answered yet.",
			WHY_CHARS);
	add_id(context, about);
}

static void say_stuck(const struct notice_facts *about, int64_t now_ms,
		      struct buf *section, struct buf *context)
{
	(void)now_ms;
	buf_add_str(section, "Nothing is granted yet: your request for ");
	mrkdwn_add_text(section, about->resource, NAME_CHARS);
	buf_add_str(section, " could not be recorded");
	if (about->why[0]) {
		buf_add_str(section, " (");
		mrkdwn_add_text(section, about->why, WHY_CHARS);
		buf_add_char(section, ')');
	}
	buf_add_str(section, ". It is tried again until it can be.");
	add_id(context, about);
}

/* --- all kinds ------------------------------------------------------------------------- */

typedef void say_fn(const struct notice_facts *about, int64_t now_ms, struct buf *section,
		    struct buf *context);

enum { BUTTON_AGAIN, BUTTON_EXTEND, BUTTON_KEEP, BUTTON_RELEASE, BUTTON_MAX };

/* clang-format off */
static const struct button buttons[BUTTON_MAX] = {
	[BUTTON_AGAIN]   = { ACTION_AGAIN,   "Try again", false },
	[BUTTON_EXTEND]  = { ACTION_EXTEND,  "Extend",    false },
	[BUTTON_KEEP]    = { ACTION_KEEP,    "Keep",      false },
	[BUTTON_RELEASE] = { ACTION_RELEASE, "Release",   true },
};

#define B(name) (1u << BUTTON_##name)
static const struct {
	say_fn *say;
	unsigned buttons;
} kinds[NOTICE_KIND_MAX] = {
	[NOTICE_GRANTED]      = { say_granted,  B(EXTEND) | B(RELEASE) },
	[NOTICE_GRANTING]     = { say_granting, B(RELEASE) },
	[NOTICE_FAILED]       = { say_failed,   B(AGAIN) },
	[NOTICE_REVOKING]     = { say_revoking, 0 },
	[NOTICE_DENIED]       = { say_denied,   B(AGAIN) },
	[NOTICE_ENDED]        = { say_ended,    0 },
	[NOTICE_EXTENDED]     = { say_extended, B(EXTEND) | B(RELEASE) },
	[NOTICE_SHORTENED]    = { say_shortened, B(EXTEND) | B(RELEASE) },
	[NOTICE_KEPT]         = { say_kept,     B(RELEASE) },
	[NOTICE_EXPIRING]     = { say_expiring, B(EXTEND) | B(RELEASE) },
	[NOTICE_LOSING]       = { say_losing,   B(KEEP) | B(RELEASE) },
	[NOTICE_REGAINED]     = { say_regained, 0 },
	[NOTICE_ROOM_GRANTED] = { say_granted,  0 },
	[NOTICE_ROOM_ENDED]   = { say_ended,    0 },
	[NOTICE_HELD]         = { say_held,     B(EXTEND) | B(RELEASE) },
	[NOTICE_CHECKING]     = { say_checking, 0 },
	[NOTICE_STUCK]        = { say_stuck,    0 },
};
#undef B
/* clang-format on */

static void add_buttons(struct body *body, unsigned which,
			const struct notice_facts *about)
{
	const struct button *shown[BUTTON_MAX];
	size_t n = 0;

	for (size_t i = 0; i < BUTTON_MAX; i++) {
		if ((which & (1u << i)) && (i != BUTTON_KEEP || about->can_keep)) {
			shown[n++] = &buttons[i];
		}
	}
	body_add_buttons(body, shown, n, about->request_id);
}

char *render_notice(enum notice_kind kind, const struct notice_facts *about,
		    enum render_place place, const char *channel, int64_t now_ms)
{
	struct body body;
	struct buf section, context;

	body_init(&body);
	buf_init(&section, SECTION_MAX);
	buf_init(&context, SECTION_MAX);
	kinds[kind].say(about, now_ms, &section, &context);
	body_add_section(&body, &section);
	body_add_context(&body, &context);
	add_buttons(&body, kinds[kind].buttons, about);
	body.thread = about->thread;
	buf_finish(&section);
	buf_finish(&context);
	return body_dump(&body, place, channel, about->user);
}

/* A problem is one line or two; each is text of its own. */
static char *plain(const char *text, enum render_place place, const char *channel)
{
	struct body body;
	struct buf section;
	char line[1024];

	body_init(&body);
	buf_init(&section, SECTION_MAX);
	while (*text) {
		size_t n = strcspn(text, "\n");

		if (section.len > 0) {
			buf_add_char(&section, '\n');
		}
		text_copy_n(line, sizeof(line), text, n);
		mrkdwn_add_text(&section, line, WHY_CHARS);
		text += n + (text[n] == '\n');
	}
	body_add_section(&body, &section);
	buf_finish(&section);
	return body_dump(&body, place, channel, "");
}

char *render_problem(const char *text)
{
	return plain(text, RENDER_PRIVATE_REPLY, "");
}

char *render_ops(const char *text, const char *channel)
{
	return plain(text, RENDER_POST, channel);
}
