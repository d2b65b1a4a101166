/* SPDX-License-Identifier: Apache-2.0 */
/* ApplyUpdate: the bytes that are sent, and what the answers of all kinds of receivers
 * mean. */
#include "approver/indent_apply.h"

#include <stdlib.h>
#include <string.h>

#include "shared/sig.h"
#include "tests/lib/test.h"

static char kind[] = "okta.v1.Group";
static char id[] = "00g1";
static char name[] = "prod/db \"admin\"";
static char key1[] = "oktaId";
static char value1[] = "00g1";
static struct str_pair pairs[] = { { key1, value1 } };
static const struct target target = {
	.kind = kind, .id = id, .display_name = name, .labels = { pairs, 1 }
};
static const struct str_map no_labels;

static struct provision grant(void)
{
	return (struct provision){ .action = PROVISION_GRANT,
				   .grant = "01J8ZK00000000000000000001",
				   .team = "T0ACME001",
				   .user = "U0ANA0001",
				   .email = "zo\xc3\xab@acme.example",
				   .person_labels = &no_labels,
				   .resource = "prod-db",
				   .target = &target,
				   .policy = "db",
				   .reason = "lag\x01 \"now\"",
				   .why = "Incident Lead of INC-204",
				   .asked_ms = 1705311000000,
				   .starts_ms = 1705311001000,
				   .expires_ms = 1705311001000 + 5400000,
				   .now_ms = 1705311001500 };
}

static void a_revoke_is_one_event(void **state)
{
	struct provision p = grant();
	char *body;

	(void)state;
	p.action = PROVISION_REVOKE;
	p.why = "The time is up";
	body = indent_apply_format(&p);
	assert_string_equal(
		body,
		"{\"events\":[{\"event\":\"access/revoke\",\"timestamp\":"
		"\"2024-01-15T09:30:01.500Z\",\"reason\":\"The time is up\",\"actor\":{"
		"\"id\":\"accessd-approval-bot\",\"kind\":\"indent.v1.Bot\",\"email\":"
		"\"accessd@accessd.invalid\",\"displayName\":\"accessd\",\"labels\":{}},"
		"\"resources\":[{\"id\":\"U0ANA0001\",\"kind\":\"slack/user\",\"email\":"
		"\"zo\xc3\xab@acme.example\",\"displayName\":\"zo\xc3\xab@acme.example\","
		"\"labels\":{\"slackId\":\"U0ANA0001\"}},{\"id\":\"00g1\",\"kind\":"
		"\"okta.v1.Group\",\"displayName\":\"prod/db \\\"admin\\\"\",\"labels\":{"
		"\"oktaId\":\"00g1\"}}],\"meta\":{\"labels\":{\"petition\":"
		"\"01J8ZK00000000000000000001\"}}}]}");
	free(body);
}

static void a_grant_has_its_history_before_it(void **state)
{
	struct provision p = grant();
	char *body = indent_apply_format(&p);
	const char *request = strstr(body, "access/request");
	const char *approve = strstr(body, "access/approve");
	const char *granted = strstr(body, "access/grant");

	(void)state;
	assert_true(request && request < approve && approve < granted);
	assert_null(strstr(body, "access/revoke"));
	assert_has(body, "\"reason\":\"lag  \\\"now\\\"\"");
	assert_has(body, "\"indent.com/time/duration\":\"1h30m0s\"");
	assert_has(body, "\"indent.com/time/expires\":\"2024-01-15T11:00:01.000Z\"");
	free(body);
}

/* What receivers have been seen to say, or might. */
static const struct {
	long status;
	const char *body;
	enum fail_kind kind;
	const char *says;
} answers[] = {
	{ 200, "", FAIL_NONE, NULL },
	{ 204, "", FAIL_NONE, NULL },
	{ 200, " \n", FAIL_NONE, NULL },
	{ 200, "{}", FAIL_NONE, NULL },
	{ 200, "{\"status\":{}}", FAIL_NONE, NULL },
	{ 200, "{\"status\":null}", FAIL_NONE, NULL },
	{ 200, "{\"status\":{\"code\":0}}", FAIL_NONE, NULL },
	{ 200, "{\"status\":{\"code\":0},\"resources\":[]}", FAIL_NONE, NULL },
	{ 200, "{\"status\":{\"code\":3,\"message\":\"wrong kind\"}}", FAIL_INVALID,
	  "HTTP 200: wrong kind" },
	{ 200, "{\"status\":{\"code\":13}}", FAIL_UPSTREAM, "HTTP 200" },
	{ 500, "{\"status\":{\"code\":10,\"message\":\"Uncaught exception\"}}",
	  FAIL_UPSTREAM, "Uncaught exception" },
	{ 500, "{\"status\":{\"code\":9,\"message\":\"bad signature\"}}", FAIL_DENIED,
	  "bad signature" },
	{ 500, "{\"status\":{\"code\":5}}", FAIL_NOT_FOUND, "HTTP 500" },
	{ 500, "{\"status\":{\"code\":2,\"details\":[{\"detail\":\"at x\"}]}}",
	  FAIL_UPSTREAM, "at x" },
	{ 500, "{\"status\":{\"code\":2,\"details\":{\"detail\":\"at y\"}}}",
	  FAIL_UPSTREAM, "at y" },
	{ 500, "{\"status\":{\"code\":2,\"details\":\"Error: z\\n  at w\"}}",
	  FAIL_UPSTREAM, "HTTP 500: Error: z" },
	{ 200, "{\"error\":{\"message\":\"boom\"}}", FAIL_UPSTREAM, "boom" },
	{ 200, "{\"error\":\"boom\"}", FAIL_UPSTREAM, "boom" },
	{ 200, "{\"error\":null}", FAIL_NONE, NULL },
	{ 500, "{\"error\":{\"message\":\"boom\"}}", FAIL_UPSTREAM, "boom" },
	{ 200, "<html>login</html>", FAIL_UNCERTAIN, "cannot be read" },
	{ 200, "[]", FAIL_UNCERTAIN, "cannot be read" },
	{ 200, "{\"status\":\"ok\"}", FAIL_UNCERTAIN, "cannot be read" },
	{ 200, "{\"status\":{\"code\":\"0\"}}", FAIL_UNCERTAIN, "cannot be read" },
	{ 200, "{\"status\":{\"code\":0", FAIL_UNCERTAIN, "cannot be read" },
	{ 302, "", FAIL_UPSTREAM, "HTTP 302" },
	{ 400, "{}", FAIL_DENIED, "HTTP 400" },
	{ 401, "nope", FAIL_DENIED, "HTTP 401" },
	{ 404, "", FAIL_DENIED, "HTTP 404" },
	{ 408, "", FAIL_BUSY, "HTTP 408" },
	{ 429, "{}", FAIL_BUSY, "HTTP 429" },
	{ 502, "<html>", FAIL_UPSTREAM, "HTTP 502" },
	{ 503, "", FAIL_UPSTREAM, "HTTP 503" },
};

static void an_answer_is_done_only_when_it_says_so(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(answers); i++) {
		struct fail f = { 0 };
		bool ok = indent_apply_read(answers[i].status, answers[i].body,
					    strlen(answers[i].body), &f);

		if (ok != (answers[i].kind == FAIL_NONE) || f.kind != answers[i].kind ||
		    (answers[i].says && !strstr(f.msg, answers[i].says))) {
			fail_msg("row %zu, %ld '%s': %s '%s'", i, answers[i].status,
				 answers[i].body, fail_word(f.kind), f.msg);
		}
	}
}

/* A vector of Indent's own library. */
static void the_signature_is_as_theirs(void **state)
{
	static const char body[] =
		"{\"events\":[{\"event\":\"access/grant\",\"timestamp\":"
		"\"2020-05-01T07:00:00Z\"}]}";
	static const char at[] = "2020-05-01T07:00:00Z";
	const struct sig_part parts[] = { { "v0:", 3 },
					  { at, sizeof(at) - 1 },
					  { ":", 1 },
					  { body, sizeof(body) - 1 } };
	struct sig_key *k = sig_key_create("secret_123", 10);
	uint8_t mac[SIG_SIZE];
	char hex[SIG_HEX_SIZE];

	(void)state;
	sig_hmac(k, parts, ARRAY_LEN(parts), mac);
	sig_hex(mac, hex);
	assert_string_equal(
		hex, "c27f187960625ebccc33336030b071dac1d54b1e98d9e27fe5452ee00c935fb0");
	sig_key_destroy(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_revoke_is_one_event),
		cmocka_unit_test(a_grant_has_its_history_before_it),
		cmocka_unit_test(an_answer_is_done_only_when_it_says_so),
		cmocka_unit_test(the_signature_is_as_theirs),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
