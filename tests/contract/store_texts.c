/* SPDX-License-Identifier: Apache-2.0 */
/* What every ledger must do, whichever database is behind it: texts that are odd, or
 * as long as can be, come back as they were. */
#include "tests/lib/ledger_fixture.h"

#include <stdlib.h>

#include "shared/text.h"

static void a_large_payload_comes_back_whole(void **state)
{
	enum { SIZE = 100 * 1024 };
	struct fixture *t = *state;
	struct effect_row e;
	char *payload = malloc(SIZE);

	assert_non_null(payload);
	for (size_t i = 0; i < SIZE - 1; i++) {
		payload[i] = (char)('a' + i % 23);
	}
	payload[SIZE - 1] = '\0';
	ledger_effect(1, payload, &e);
	fixture_deny(t, 1, &e, 1);
	assert_int_equal(fixture_effects(t, 0, ROOM), 1);
	assert_string_equal(t->effects[0].payload, payload);
	fixture_free(t);
	free(payload);
}

static const char *const odd_texts[] = {
	"'; DROP TABLE request; --",
	"\"quoted\" \\ back\\slash \\u0000",
	"%s%n%d ?1 :id @id $id",
	"line\nbreak\r\ttab \x01\x1f\x7f",
	"<!channel> <@U0ANA0001> `code` *bold*",
	"\xe2\x80\xae right to left \xe2\x80\xa8 and a line separator",
	"\xf0\x9f\x94\xa5 fire, e\xcc\x81 combining, \xef\xbf\xbf no character",
	"\xff\xfe\xc0\x80 not UTF-8 at all \xed\xa0\x80",
	" leading and trailing ",
	"123", /* and not the number */
};

static void odd_text_comes_back_as_it_was(void **state)
{
	struct fixture *t = *state;

	for (unsigned i = 0; i < ARRAY_LEN(odd_texts); i++) {
		struct request_row r;

		ledger_request(i + 1, &r);
		text_copy(r.reason, sizeof(r.reason), odd_texts[i]);
		text_copy(r.user, sizeof(r.user), odd_texts[i]);
		t->op = ledger_add(&r, odd_texts[i], NULL);
		assert_done(t);
		assert_false(t->op.request_add.duplicate);
		assert_int_equal(fixture_open(t, "", ROOM), i + 1);
		assert_row(strcmp(t->requests[i].reason, odd_texts[i]) == 0, i,
			   odd_texts[i]);
		assert_row(strcmp(t->requests[i].user, odd_texts[i]) == 0, i,
			   odd_texts[i]);
		ledger_request(i + 100, &r);
		t->op = ledger_add(&r, odd_texts[i], NULL);
		assert_done(t);
		assert_row(t->op.request_add.duplicate, i, odd_texts[i]);
	}
}

static void the_longest_texts_fit(void **state)
{
	struct fixture *t = *state;
	struct request_row r;

	ledger_request(1, &r);
	memset(r.reason, 'x', sizeof(r.reason) - 1);
	r.reason[sizeof(r.reason) - 1] = '\0';
	memset(r.reply_url, 'y', sizeof(r.reply_url) - 1);
	r.reply_url[sizeof(r.reply_url) - 1] = '\0';
	r.for_s = INT64_MAX;
	t->op = ledger_add(&r, NULL, NULL);
	assert_done(t);
	assert_int_equal(fixture_open(t, "", ROOM), 1);
	assert_string_equal(t->requests[0].reason, r.reason);
	assert_string_equal(t->requests[0].reply_url, r.reply_url);
	assert_true(t->requests[0].for_s == INT64_MAX);
}

#define SUITE(ledger) \
	ON(ledger, a_large_payload_comes_back_whole), \
		ON(ledger, odd_text_comes_back_as_it_was), \
		ON(ledger, the_longest_texts_fit)

int main(void)
{
	const struct CMUnitTest tests[] = { SUITE("memory:"), SUITE("sqlite:") };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
