/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack posts, and what strangers would: the same envelope as over the socket. */
#include "bot/slack/post.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "tests/lib/test.h"

#define FORM "application/x-www-form-urlencoded"
#define JSON "application/json"

/* clang-format off */
static const struct {
	const char *type;
	const char *body;
	const char *what; /* a word of the kind, or of the failure */
	const char *payload; /* some of what the payload says, or NULL */
} posts[] = {
	{ FORM, "team_id=T1&user_id=U1&command=%2Faccess&text=prod-db+2h&is_enterprise_install=false",
	  "slash", "\"text\":\"prod-db 2h\"" },
	{ "APPLICATION/X-WWW-FORM-URLENCODED; charset=utf-8", "text=%C3%A4", "slash", "\xc3\xa4" },
	{ FORM, "text=%ff%00%80&x=1", "slash", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ FORM, "te%fft=1&x=2", "slash", "{\"x\":\"2\"}" }, /* nothing of ours is called so */
	{ FORM, "payload=%7B%22type%22%3A%22block_actions%22%7D", "interactive", "block_actions" },
	{ FORM, "payload=%7B%22a%22%3A%22%5Cud800%22%7D", "interactive", "\xef\xbf\xbd" },
	{ FORM, "ssl_check=1&token=x", "ssl", NULL },
	{ JSON, "{\"type\":\"event_callback\",\"event\":{\"type\":\"app_home_opened\"}}", "event", "app_home_opened" },
	{ "application/json;charset=utf-8", "{\"type\":\"url_verification\",\"challenge\":\"c-7f3a\"}", "challenge c-7f3a", NULL },
	{ JSON, "{\"type\":\"url_verification\"}", "challenge ", NULL },
	{ JSON, "{}", "event", "{}" },
	{ JSON, "", "invalid", NULL },
	{ JSON, "[]", "invalid", NULL },
	{ JSON, "{\"a\":1,\"a\":2}", "invalid", NULL },
	{ JSON, "{\"type\":", "invalid", NULL },
	{ JSON, "text=1", "invalid", NULL },
	{ FORM, "", "slash", "{}" },
	{ FORM, "payload=", "invalid", NULL },
	{ FORM, "payload=%5B%5D", "invalid", NULL },
	{ FORM, "text=%", "invalid", NULL },
	{ FORM, "user_id=U1&user_id=U2", "invalid", NULL },
	{ FORM, "{}", "slash", "\"{}\"" }, /* a field with an odd name */
	{ "text/plain", "{}", "not-found", NULL },
	{ "application/jsonx", "{}", "not-found", NULL },
	{ "", "{}", "not-found", NULL },
	{ NULL, "{}", "not-found", NULL },
};
/* clang-format on */

static const char *what_is(const struct slack_post *p)
{
	static char text[64];

	if (p->kind == SLACK_POST_CHALLENGE) {
		snprintf(text, sizeof(text), "challenge %s", p->challenge);
		return text;
	}
	return p->kind == SLACK_POST_SSL_CHECK ? "ssl" : envelope_word(p->envelope.kind);
}

static void posts_become_envelopes(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(posts); i++) {
		const char *body = posts[i].body;
		struct slack_post p = { 0 };
		struct fail f = { 0 };
		bool read = slack_post_read(posts[i].type, body, strlen(body), &p, &f);
		const char *what = read ? what_is(&p) : fail_word(f.kind);

		assert_row(strcmp(what, posts[i].what) == 0, i, what);
		if (posts[i].payload) {
			char *text = jx_dump(p.envelope.payload);

			assert_has(text, posts[i].payload);
			free(text);
		}
		slack_post_finish(&p);
	}
}

/* Slack does not sign these; whatever else is in the body is not looked at. */
static void an_ssl_check_is_known_without_parsing(void **state)
{
	(void)state;
	assert_true(slack_post_is_ssl_check("ssl_check=1", 11));
	assert_true(slack_post_is_ssl_check("token=x&ssl_check=1", 19));
	assert_false(slack_post_is_ssl_check("", 0));
	assert_false(slack_post_is_ssl_check("ssl_check=", 10));
	assert_false(slack_post_is_ssl_check("text=ssl_check=1", 16));
	assert_false(slack_post_is_ssl_check("xssl_check=1", 12));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(posts_become_envelopes),
		cmocka_unit_test(an_ssl_check_is_known_without_parsing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
