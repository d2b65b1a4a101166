/* SPDX-License-Identifier: Apache-2.0 */
/* The reply of apps.connections.open: which of Slack's errors pass by themselves, and
 * which need somebody. Taking a passing one for final makes a bot that is deaf for
 * ever; the other way round makes one that hammers a door that is locked. */
#include "bot/slack/ticket.h"

#include <stdlib.h>
#include <string.h>

#include "bot/slack/reply.h"
#include "shared/jx.h"
#include "shared/url.h"

static const char hint_app_token[] =
	"slack.app_token must be an app-level token with the scope connections:write: "
	"app tokens start with xapp-, bot tokens with xoxb-.";
static const char hint_new_token[] =
	"make a new app-level token under Basic Information and set slack.app_token.";
static const char hint_scope[] =
	"the app-level token needs the scope connections:write: make a new one under "
	"Basic Information.";
static const char hint_admin[] =
	"ask an admin of the workspace: its settings forbid this to the app.";
static const char hint_ip[] =
	"add this host to the app's allowed IP addresses, or to the workspace's.";
static const char hint_api_url[] =
	"slack.api_url must lead to Slack's Web API, such as https://slack.com/api/.";

struct open_error {
	const char *word;
	const char *hint;
};

/* What does not pass by itself, in alphabetical order. What is not here is tried again
 * for ever: internal_error, fatal_error, request_timeout, team_added_to_org, ... */
/* clang-format off */
static const struct open_error errors[] = {
	{ "access_denied",             hint_admin },
	{ "accesslimited",             hint_ip },
	{ "account_inactive",          hint_new_token },
	{ "forbidden_team",            hint_admin },
	{ "insecure_request",          hint_api_url },
	{ "invalid_auth",              hint_app_token },
	{ "is_bot",                    hint_app_token },
	{ "missing_args",              hint_app_token },
	{ "missing_scope",             hint_scope },
	{ "no_permission",             hint_scope },
	{ "not_allowed_token_type",    hint_app_token },
	{ "not_authed",                hint_app_token },
	{ "team_disabled",             hint_admin },
	{ "token_expired",             hint_new_token },
	{ "token_revoked",             hint_new_token },
	{ "two_factor_setup_required", hint_admin },
	{ "user_removed_from_team",    hint_new_token },
};
/* clang-format on */

static int error_compare(const void *word, const void *row)
{
	return strcmp(word, ((const struct open_error *)row)->word);
}

bool ticket_errors_sorted(void)
{
	for (size_t i = 1; i < ARRAY_LEN(errors); i++) {
		if (strcmp(errors[i - 1].word, errors[i].word) >= 0) {
			return false;
		}
	}
	return true;
}

static bool busy(const struct http_response *res, int64_t wall_ms, struct fail *f)
{
	fail_set(f, FAIL_BUSY, "rate limited");
	f->retry_after_s = slack_retry_after_s(res, wall_ms);
	return false;
}

static bool ends_with(const char *s, const char *end)
{
	size_t n = strlen(s), m = strlen(end);

	return n > m && strcmp(s + n - m, end) == 0;
}

bool ticket_host_check(const char *url, const char *api_url, struct fail *f)
{
	struct url to, api;

	if (!url_parse(url, &to, f)) {
		return false;
	}
	if (strncmp(to.scheme, "ws", 2) != 0) {
		return fail_set(f, FAIL_INVALID, "its URL is not one of a WebSocket");
	}
	if (ends_with(to.host, ".slack.com") || ends_with(to.host, ".slack-gov.com")) {
		return true;
	}
	if (url_parse(api_url, &api, f) && url_host_is_loopback(api.host) &&
	    strcmp(api.host, to.host) == 0) {
		return true;
	}
	fail_set(f, FAIL_INVALID, "told to dial '%s', which is not Slack's", to.host);
	return fail_hint(f, "%s", hint_api_url);
}

/* `ok` was false, or there was none. */
static bool refusal_read(const struct http_response *res, const json_t *root,
			 int64_t wall_ms, struct fail *f)
{
	const char *word = jx_str(root, "error");
	const struct open_error *e = bsearch(word, errors, ARRAY_LEN(errors),
					     sizeof(errors[0]), error_compare);

	if (e) {
		fail_set(f, FAIL_DENIED, "Slack says '%s'", e->word);
		return fail_hint(f, "%s", e->hint);
	}
	if (strcmp(word, "ratelimited") == 0 || strcmp(word, "rate_limited") == 0) {
		return busy(res, wall_ms, f);
	}
	if (res->status == 404) {
		fail_set(f, FAIL_DENIED, "HTTP 404");
		return fail_hint(f, "%s", hint_api_url);
	}
	if (word[0]) {
		return fail_set(f, FAIL_UPSTREAM, "Slack says '%s'", slack_word(word));
	}
	if (res->status != 200) {
		return fail_set(f, FAIL_UPSTREAM, "HTTP %ld", res->status);
	}
	return fail_set(f, FAIL_UPSTREAM, "the reply is not JSON of Slack's");
}

bool ticket_read(const struct http_response *res, const char *api_url, int64_t wall_ms,
		 struct buf *ret_url, struct fail *f)
{
	json_auto_t *root = NULL;
	struct fail ignored;
	const char *url;

	if (res->status == 429) {
		return busy(res, wall_ms, f);
	}
	jx_parse_object(res->body, res->body_len, &root, &ignored);
	if (res->status != 200 || !jx_bool(root, "ok")) {
		return refusal_read(res, root, wall_ms, f);
	}
	url = jx_str(root, "url");
	if (!url[0]) {
		return fail_set(f, FAIL_UPSTREAM, "the reply has no 'url'");
	}
	if (!ticket_host_check(url, api_url, f)) {
		return false;
	}
	return buf_add_str(ret_url, url) ||
	       fail_set(f, FAIL_UPSTREAM, "the URL is too long");
}
