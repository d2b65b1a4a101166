/* SPDX-License-Identifier: Apache-2.0 */
/* What a reply of the Web API means: a table of Slack's error words, and what is left
 * when there is no word. */
#include "bot/slack/reply.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

enum { RETRY_DEFAULT_S = 30, RETRY_MAX_S = 3600 };

/* What can be done about it; NULL: nothing that we know. */
static const char hint_token[] = "slack.bot_token must be the Bot User OAuth Token of "
				 "the installed app: it starts with xoxb-.";
static const char hint_install[] =
	"install the app again: OAuth & Permissions, Reinstall "
	"to Workspace; then set slack.bot_token.";
static const char hint_ip[] =
	"add this host to the app's allowed IP addresses, or to the "
	"workspace's.";
static const char hint_invite[] = "invite the app into the channel, or give it the scope "
				  "chat:write.public.";
static const char hint_messages_tab[] = "switch on App Home, Messages Tab in the app's "
					"settings.";
static const char hint_admin[] = "ask an admin of the workspace: its settings forbid "
				 "this to the app.";
static const char hint_home[] = "switch on App Home, Home Tab in the app's settings.";

struct slack_error {
	const char *word;
	enum fail_kind kind; /* FAIL_NONE: what was asked for is so already */
	const char *hint;
};

/* In alphabetical order: it is searched by halves. */
/* clang-format off */
static const struct slack_error errors[] = {
	{ "access_denied",                  FAIL_DENIED,    hint_admin },
	{ "accesslimited",                  FAIL_DENIED,    hint_ip },
	{ "account_inactive",               FAIL_DENIED,    hint_install },
	{ "already_in_channel",             FAIL_NONE,      NULL },
	{ "already_reacted",                FAIL_NONE,      NULL },
	{ "app_missing_action_url",         FAIL_INVALID,   NULL },
	{ "block_mismatch",                 FAIL_INVALID,   NULL },
	{ "cannot_reply_to_message",        FAIL_INVALID,   NULL },
	{ "cant_update_message",            FAIL_INVALID,   NULL },
	{ "channel_not_found",              FAIL_NOT_FOUND, hint_invite },
	{ "duplicate_external_id",          FAIL_CONFLICT,  NULL },
	{ "edit_window_closed",             FAIL_INVALID,   NULL },
	{ "ekm_access_denied",              FAIL_DENIED,    hint_admin },
	{ "enterprise_is_restricted",       FAIL_DENIED,    hint_admin },
	{ "exchanged_trigger_id",           FAIL_NOT_FOUND, NULL },
	{ "expired_trigger_id",             FAIL_NOT_FOUND, NULL },
	{ "fatal_error",                    FAIL_UNCERTAIN, NULL },
	{ "hash_conflict",                  FAIL_CONFLICT,  NULL },
	{ "internal_error",                 FAIL_UPSTREAM,  NULL },
	{ "invalid_auth",                   FAIL_DENIED,    hint_token },
	{ "invalid_trigger_id",             FAIL_NOT_FOUND, NULL },
	{ "is_archived",                    FAIL_NOT_FOUND, NULL },
	{ "is_inactive",                    FAIL_NOT_FOUND, NULL },
	{ "message_not_found",              FAIL_NOT_FOUND, NULL },
	{ "messages_tab_disabled",          FAIL_DENIED,    hint_messages_tab },
	{ "missing_scope",                  FAIL_DENIED,    NULL }, /* names the scope */
	{ "no_permission",                  FAIL_DENIED,    hint_admin },
	{ "no_such_subteam",                FAIL_NOT_FOUND, NULL },
	{ "not_allowed_token_type",         FAIL_DENIED,    hint_token },
	{ "not_authed",                     FAIL_DENIED,    hint_token },
	{ "not_enabled",                    FAIL_DENIED,    hint_home },
	{ "not_found",                      FAIL_NOT_FOUND, NULL },
	{ "not_in_channel",                 FAIL_DENIED,    hint_invite },
	{ "org_login_required",             FAIL_UPSTREAM,  NULL },
	{ "rate_limited",                   FAIL_BUSY,      NULL },
	{ "ratelimited",                    FAIL_BUSY,      NULL },
	{ "request_timeout",                FAIL_UPSTREAM,  NULL },
	{ "restricted_action",              FAIL_DENIED,    hint_admin },
	{ "restricted_action_read_only_channel", FAIL_DENIED, hint_admin },
	{ "service_unavailable",            FAIL_UPSTREAM,  NULL },
	{ "team_access_not_granted",        FAIL_DENIED,    hint_admin },
	{ "team_added_to_org",              FAIL_UPSTREAM,  NULL },
	{ "token_expired",                  FAIL_DENIED,    hint_install },
	{ "token_revoked",                  FAIL_DENIED,    hint_install },
	{ "two_factor_setup_required",      FAIL_DENIED,    hint_admin },
	{ "user_disabled",                  FAIL_NOT_FOUND, NULL },
	{ "user_not_found",                 FAIL_NOT_FOUND, NULL },
	{ "user_not_in_channel",            FAIL_NOT_FOUND, NULL },
	{ "user_not_visible",               FAIL_NOT_FOUND, NULL },
	{ "users_not_found",                FAIL_NOT_FOUND, NULL },
	{ "view_too_large",                 FAIL_INVALID,   NULL },
};
/* clang-format on */

/* Slack adds words at will: one that we do not know refuses the call. */
static const struct slack_error unknown = { "", FAIL_INVALID, NULL };

static int error_compare(const void *word, const void *row)
{
	return strcmp(word, ((const struct slack_error *)row)->word);
}

static const struct slack_error *error_find(const char *word)
{
	const struct slack_error *e = bsearch(word, errors, ARRAY_LEN(errors),
					      sizeof(errors[0]), error_compare);

	return e ? e : &unknown;
}

bool slack_errors_sorted(void)
{
	for (size_t i = 1; i < ARRAY_LEN(errors); i++) {
		if (strcmp(errors[i - 1].word, errors[i].word) >= 0) {
			return false;
		}
	}
	return true;
}

const char *slack_word(const char *word)
{
	size_t n = strlen(word);

	if (n == 0 || n >= VENDOR_ID_SIZE) {
		return "?";
	}
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)word[i]) && !strchr("_:.-,", word[i])) {
			return "?";
		}
	}
	return word;
}

uint32_t slack_retry_after_s(const struct http_response *res, int64_t wall_ms)
{
	uint32_t s = text_retry_after_s(res->retry_after, wall_ms, RETRY_MAX_S);

	return s ? s : RETRY_DEFAULT_S;
}

static bool busy(const struct http_response *res, int64_t wall_ms, struct fail *f)
{
	fail_set(f, FAIL_BUSY, "rate limited");
	f->retry_after_s = slack_retry_after_s(res, wall_ms);
	return false;
}

/* Which block was not good: the JSON pointer out of "[json-pointer:/blocks/0/text]", and
 * nothing of the text around it, which may repeat what somebody typed. */
static const char *pointer_copy(const json_t *root, char *dst, size_t size)
{
	const json_t *meta = jx_obj(root, "response_metadata");
	const json_t *first = json_array_get(jx_arr(meta, "messages"), 0);
	const char *text = json_is_string(first) ? json_string_value(first) : "";
	const char *at = strstr(text, "json-pointer:/");
	size_t n = 0;

	if (at) {
		at += strlen("json-pointer:");
		while (n + 1 < size &&
		       (isalnum((unsigned char)at[n]) || at[n] == '/' || at[n] == '_')) {
			n++;
		}
	}
	text_copy_n(dst, size, at ? at : "", n);
	return dst;
}

static void hint_add(const struct slack_error *e, const json_t *root, struct fail *f)
{
	if (strcmp(e->word, "missing_scope") == 0) {
		fail_hint(f, "add the bot scope %s to the app and install it again.",
			  slack_word(jx_str(root, "needed")));
	} else if (e->hint) {
		fail_hint(f, "%s", e->hint);
	}
}

/* `ok` was false. */
static bool refusal_read(const struct http_response *res, bool write, int64_t wall_ms,
			 struct slack_reply *r, const json_t *root, struct fail *f)
{
	const char *word = jx_str(root, "error");
	const struct slack_error *e = error_find(word);
	enum fail_kind kind = e->kind;
	char pointer[96];

	text_copy(r->error, sizeof(r->error), slack_word(word));
	if (kind == FAIL_NONE) {
		return true;
	}
	if (kind == FAIL_BUSY) {
		return busy(res, wall_ms, f);
	}
	if (kind == FAIL_UNCERTAIN && !write) {
		kind = FAIL_UPSTREAM;
	}
	pointer_copy(root, pointer, sizeof(pointer));
	fail_set(f, kind, "Slack says '%s'%s%s", r->error, pointer[0] ? " at " : "",
		 pointer);
	hint_add(e, root, f);
	return false;
}

/* No word of Slack's: only the status is left. */
static bool status_read(const struct http_response *res, bool write, struct fail *f)
{
	enum fail_kind lost = write ? FAIL_UNCERTAIN : FAIL_UPSTREAM;

	if (res->status == 200) {
		return fail_set(f, lost, "the reply is not JSON of Slack's");
	}
	if (res->status >= 500 || res->status < 200) {
		return fail_set(f, lost, "HTTP %ld", res->status);
	}
	if (res->status == 401 || res->status == 403) {
		fail_set(f, FAIL_DENIED, "HTTP %ld", res->status);
		return fail_hint(f, "%s", hint_token);
	}
	fail_set(f, res->status == 404 ? FAIL_INVALID : FAIL_UPSTREAM, "HTTP %ld",
		 res->status);
	return fail_hint(f, "slack.api_url must lead to Slack's Web API, such as "
			    "https://slack.com/api/.");
}

bool slack_reply_read(const struct http_response *res, bool write, int64_t wall_ms,
		      struct slack_reply *r, struct fail *f)
{
	struct fail ignored;
	json_t *root = NULL;

	*r = (struct slack_reply){ 0 };
	if (res->status == 429) {
		return busy(res, wall_ms, f);
	}
	jx_parse_object(res->body, res->body_len, &root, &ignored);
	if (!json_is_boolean(json_object_get(root, "ok"))) {
		json_decref(root);
		return status_read(res, write, f);
	}
	if (!jx_bool(root, "ok") && !refusal_read(res, write, wall_ms, r, root, f)) {
		json_decref(root);
		return false;
	}
	r->root = root;
	return true;
}

void slack_reply_finish(struct slack_reply *r)
{
	json_decref(r->root);
	r->root = NULL;
}

bool slack_response_read(const struct http_response *res, int64_t wall_ms, struct fail *f)
{
	long status = res->status;

	if (status == 200) {
		return true;
	}
	if (status == 429) {
		return busy(res, wall_ms, f);
	}
	/* "up to 5 times within 30 minutes"; what comes after is some 4xx. */
	if (status >= 400 && status < 500) {
		return fail_set(f, FAIL_NOT_FOUND,
				"the response_url has expired (HTTP %ld)", status);
	}
	return fail_set(f, status >= 500 ? FAIL_UNCERTAIN : FAIL_UPSTREAM, "HTTP %ld",
			status);
}
