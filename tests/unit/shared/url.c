/* SPDX-License-Identifier: Apache-2.0 */
/* Which URLs accessd may talk to, and what it says of others. */
#include "tests/lib/test.h"

#include <stdio.h>

#include "accessd/types.h"
#include "shared/url.h"

static const struct {
	const char *text, *scheme, *host, *path;
	unsigned port;
	bool tls;
} good[] = {
	{ "https://slack.com/api/", "https", "slack.com", "/api/", 443, true },
	{ "https://slack.com", "https", "slack.com", "/", 443, true },
	{ "HTTPS://Slack.COM", "https", "slack.com", "/", 443, true },
	{ "https://slack.com?x=1", "https", "slack.com", "/?x=1", 443, true },
	{ "wss://h.example:8443/a/b?c=d&e=%20", "wss", "h.example", "/a/b?c=d&e=%20",
	  8443, true },
	{ "https://h.example:443/", "https", "h.example", "/", 443, true },
	{ "https://10.1.2.3/", "https", "10.1.2.3", "/", 443, true },
	{ "https://[2001:db8::1]:8443/x", "https", "2001:db8::1", "/x", 8443, true },
	{ "https://a-b.example/", "https", "a-b.example", "/", 443, true },
	{ "https://a_b.example/", "https", "a_b.example", "/", 443, true },
	{ "https://h/a@b", "https", "h", "/a@b", 443, true },
	{ "https://h/a:b//c", "https", "h", "/a:b//c", 443, true },
	{ "http://localhost:8080/x", "http", "localhost", "/x", 8080, false },
	{ "http://127.0.0.1", "http", "127.0.0.1", "/", 80, false },
	{ "http://127.9.9.9", "http", "127.9.9.9", "/", 80, false },
	{ "ws://[::1]:9/", "ws", "::1", "/", 9, false },
	{ "ws://LocalHost", "ws", "localhost", "/", 80, false },
};

static void good_urls_come_apart(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(good); i++) {
		struct fail f = { 0 };
		struct url u;

		assert_row(url_parse(good[i].text, &u, &f), i, f.msg);
		assert_string_equal(u.scheme, good[i].scheme);
		assert_string_equal(u.host, good[i].host);
		assert_string_equal(u.path, good[i].path);
		assert_int_equal(u.port, good[i].port);
		assert_true(u.tls == good[i].tls);
	}
}

/* What follows the host holds HUSH wherever a ticket could be. */
static const struct {
	const char *text, *msg;
} bad[] = {
	{ "", "starts with" },
	{ "slack.com", "starts with" },
	{ "//slack.com/", "starts with" },
	{ "://slack.com/", "starts with" },
	{ "ftp://h/HUSH", "starts with" },
	{ "file:///etc/HUSH", "starts with" },
	{ "javascript://h/HUSH", "starts with" },
	{ "https:/h/HUSH", "starts with" },
	{ "https://", "needs a host" },
	{ "https:///HUSH", "needs a host" },
	{ "https://?HUSH", "needs a host" },
	{ "https://:443/", "needs a host" },
	{ "https://me:HUSH@h.example/", "user name" },
	{ "https://me@h.example/", "user name" },
	{ "https://h.example/#HUSH", "'#'" },
	{ "https://h.example/ HUSH", "white space" },
	{ "https://h.example/HUSH\n", "white space" },
	{ "https://h.example\r\nHost: HUSH", "white space" },
	{ "https://h.example/\tHUSH", "white space" },
	{ "https://h.example\\@HUSH/", "white space" },
	{ "https://h.ex\xc3\xa4mple/", "white space" },
	{ "https://h.example/\x7f", "white space" },
	{ "https://h..example/", "not a host" },
	{ "https://.h.example/", "not a host" },
	{ "https://h.example./", "not a host" },
	{ "https://-h.example/", "not a host" },
	{ "https://h-.example/", "not a host" },
	{ "https://h%41/", "not a host" },
	{ "https://[::1/", "not a host" },
	{ "https://[::g]/", "not a host" },
	{ "https://[127.0.0.1]/", "not a host" },
	{ "https://[::1%25eth0]/", "not a host" },
	{ "https://[]/", "needs a host" },
	{ "https://[::1]x/", "port" },
	{ "https://h:/", "port" },
	{ "https://h:0/", "port" },
	{ "https://h:65536/", "port" },
	{ "https://h:+80/", "port" },
	{ "https://h:80:80/", "port" },
	{ "https://h:99999999999999999999/", "port" },
	{ "http://slack.com/HUSH", "'slack.com' may be reached by https only" },
	{ "ws://slack.com/HUSH", "'slack.com' may be reached by wss only" },
	{ "http://127.1/", "by https only" },
	{ "http://2130706433/", "by https only" },
	{ "http://0x7f.0.0.1/", "by https only" },
	{ "http://0177.0.0.1/", "by https only" },
	{ "http://128.0.0.1/", "by https only" },
	{ "http://0.0.0.0/", "by https only" },
	{ "http://127.0.0.1.example/", "by https only" },
	{ "http://localhost.example/", "by https only" },
	{ "http://[::]/", "by https only" },
	{ "http://[::ffff:127.0.0.1]/", "by https only" },
};

static void others_are_refused_without_their_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
		struct fail f = { 0 };
		struct url u = { .port = 42 };

		assert_row(!url_parse(bad[i].text, &u, &f), i, bad[i].text);
		assert_int_equal(u.port, 42);
		assert_int_equal(f.kind, FAIL_INVALID);
		assert_row(strstr(f.msg, bad[i].msg), i, f.msg);
		assert_has_not(f.msg, "HUSH");
		assert_has_not(f.hint, "HUSH");
	}
}

static void lengths_have_limits(void **state)
{
	char text[2000];
	struct fail f = { 0 };
	struct url u;

	(void)state;
	snprintf(text, sizeof(text), "https://h/%01022d", 0);
	assert_true(url_parse(text, &u, &f));
	assert_int_equal(strlen(u.path), URL_SIZE - 1);
	snprintf(text, sizeof(text), "https://h/%01023d", 0);
	assert_false(url_parse(text, &u, &f));
	snprintf(text, sizeof(text), "https://h?%01022d", 0);
	assert_false(url_parse(text, &u, &f));
	snprintf(text, sizeof(text), "https://%063d/", 0);
	assert_true(url_parse(text, &u, &f));
	snprintf(text, sizeof(text), "https://%064d/", 0);
	assert_false(url_parse(text, &u, &f));
	snprintf(text, sizeof(text), "https://%0254d/", 0);
	assert_false(url_parse(text, &u, &f));
	assert_has(f.msg, "too long");
}

static const struct {
	const char *base, *path, *joined;
} joins[] = {
	{ "https://h/api/", "x", "https://h/api/x" },
	{ "https://h/api", "x", "https://h/api/x" },
	{ "https://h/api//", "//x", "https://h/api/x" },
	{ "https://h", "/v2/x?a=b", "https://h/v2/x?a=b" },
	{ "https://h/", "", "https://h/" },
};

static void joins_have_one_slash(void **state)
{
	struct buf b;

	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(joins); i++) {
		buf_init(&b, 100);
		assert_true(url_join(&b, joins[i].base, joins[i].path));
		assert_string_equal(buf_str(&b), joins[i].joined);
		buf_finish(&b);
	}
	buf_init(&b, 10);
	assert_false(url_join(&b, "https://h/", "x"));
	buf_finish(&b);
}

static void only_unreserved_characters_stay(void **state)
{
	struct buf b;

	(void)state;
	buf_init(&b, 200);
	assert_true(url_encode(&b, "aZ09-._~ &=+%/?#\n\xc3\xa9"));
	assert_string_equal(buf_str(&b), "aZ09-._~%20%26%3D%2B%25%2F%3F%23%0A%C3%A9");
	buf_finish(&b);
	buf_init(&b, 4);
	assert_false(url_encode(&b, "ab&"));
	buf_finish(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_urls_come_apart),
		cmocka_unit_test(others_are_refused_without_their_path),
		cmocka_unit_test(lengths_have_limits),
		cmocka_unit_test(joins_have_one_slash),
		cmocka_unit_test(only_unreserved_characters_stay),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
