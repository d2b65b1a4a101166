/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever a stranger sends, a log line is one line, is readable, and holds no secret. */
#include "tests/lib/test.h"

#include <fcntl.h>
#include <jansson.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/log.h"
#include "shared/text.h"
#include "tests/lib/fake_clock.h"

struct fixture {
	struct fake_clock clock;
	char line[20000];
	int lines;
};

static struct fixture fixture;

static void on_line(const char *line, void *data)
{
	struct fixture *t = data;

	t->lines++;
	assert_true(text_copy(t->line, sizeof(t->line), line));
}

static int setup(void **state)
{
	struct fixture *t = *state = &fixture;

	t->lines = 0;
	t->line[0] = '\0';
	fake_clock_init(&t->clock, INT64_C(1787566272345)); /* 2026-08-24T10:11:12.345Z */
	log_setup(&t->clock.clock, LOG_DEBUG, LOG_LOGFMT, false);
	log_divert(on_line, t);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	log_divert(NULL, NULL);
	log_setup(clock_system(), LOG_INFO, LOG_LOGFMT, false);
	return 0;
}

static void a_line_is_time_level_event_and_fields(void **state)
{
	struct fixture *t = *state;

	log_info("request.granted", LOG_T("req", "01J8ZK"), LOG_N("for_s", 7200),
		 LOG_B("late", false));
	assert_string_equal(t->line, "2026-08-24T10:11:12.345Z info  request.granted "
				     "req=01J8ZK for_s=7200 late=false");
	log_error("x");
	assert_string_equal(t->line, "2026-08-24T10:11:12.345Z error x");
}

static void a_failure_brings_its_fields(void **state)
{
	struct fixture *t = *state;
	struct fail f = { 0 };

	log_warn("x", LOG_F(&f), LOG_F(NULL), LOG_N("n", 1));
	assert_string_equal(t->line, "2026-08-24T10:11:12.345Z warn  x n=1");
	fail_set(&f, FAIL_TIMEOUT, "no reply in 3000 ms");
	log_warn("x", LOG_F(&f));
	assert_string_equal(t->line, "2026-08-24T10:11:12.345Z warn  x kind=timeout "
				     "msg=\"no reply in 3000 ms\"");
	fail_hint(&f, "Wait.");
	log_warn("x", LOG_F(&f));
	assert_has(t->line, "ms\" hint=Wait.");
}

static const struct {
	const char *text, *logged;
} texts[] = {
	{ "plain", "plain" },
	{ "", "\"\"" },
	{ "two words", "\"two words\"" },
	{ "a=b", "\"a=b\"" },
	{ "say \"hi\"", "\"say \\\"hi\\\"\"" },
	{ "back\\slash", "\"back\\\\slash\"" },
	{ "a\nlevel=error", "\"a\\nlevel=error\"" },
	{ "\r\t", "\"\\r\\t\"" },
	{ "\x1b[31m", "\"\\u001b[31m\"" },
	{ "\x7f", "\"\\u007f\"" },
	{ "\xc2\x9b"
	  "2J",
	  "\"\\u009b2J\"" }, /* a C1 control sequence */
	{ "\xe2\x80\xae"
	  "abc",
	  "\"\\u202eabc\"" },              /* right-to-left override */
	{ "\xe2\x80\xa8", "\"\\u2028\"" }, /* line separator */
	{ "caf\xc3\xa9", "\"caf\xc3\xa9\"" },
	{ "\xff\xfe", "\"\xef\xbf\xbd\xef\xbf\xbd\"" }, /* not UTF-8 */
	{ "\xed\xa0\x80", "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"" },
	{ "\xf0\x9f\x94\xa5", "\"\xf0\x9f\x94\xa5\"" },
};

static void nobodys_text_makes_a_line_of_its_own(void **state)
{
	struct fixture *t = *state;
	char want[256];

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		log_info("e", LOG_T("k", texts[i].text), LOG_N("after", 1));
		snprintf(want, sizeof(want),
			 "2026-08-24T10:11:12.345Z info  e k=%s after=1",
			 texts[i].logged);
		assert_row(strcmp(t->line, want) == 0, i, t->line);
	}
	log_info("e", LOG_T("k", NULL));
	assert_string_equal(t->line, "2026-08-24T10:11:12.345Z info  e");
}

static void json_lines_are_json_and_give_the_text_back(void **state)
{
	struct fixture *t = *state;
	struct fail f = { 0 };

	fail_set(&f, FAIL_BUSY, "x");
	log_setup(&t->clock.clock, LOG_DEBUG, LOG_JSON, false);
	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		json_auto_t *line = NULL;
		const char *k;

		log_info("e", LOG_T("k", texts[i].text), LOG_N("n", INT64_MIN),
			 LOG_B("b", true), LOG_F(&f));
		line = json_loads(t->line, JSON_REJECT_DUPLICATES, NULL);
		assert_row(line, i, t->line);
		assert_string_equal(json_string_value(json_object_get(line, "event")),
				    "e");
		assert_string_equal(json_string_value(json_object_get(line, "level")),
				    "info");
		assert_string_equal(json_string_value(json_object_get(line, "kind")),
				    "busy");
		assert_true(json_is_true(json_object_get(line, "b")));
		assert_int_equal(json_integer_value(json_object_get(line, "n")),
				 INT64_MIN);
		k = json_string_value(json_object_get(line, "k"));
		assert_non_null(k);
		if (text_is_utf8(texts[i].text, strlen(texts[i].text))) {
			assert_string_equal(k, texts[i].text);
		}
	}
}

static void long_values_are_cut_and_say_so(void **state)
{
	struct fixture *t = *state;
	char text[100001];

	memset(text, 'a', sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	log_info("e", LOG_T("k", text), LOG_N("after", 1));
	assert_has(t->line, "aaa...\" after=1");
	assert_true(strlen(t->line) < 2200);
	text[2048] = '\0';
	log_info("e", LOG_T("k", text));
	assert_has_not(t->line, "...");
	assert_has_not(t->line, "\"");
}

/* Bytes that take six times their size, in more fields than a line can hold. */
static void a_line_that_is_full_is_still_whole(void **state)
{
	struct fixture *t = *state;
	json_auto_t *line = NULL;
	char text[2049];

	memset(text, 1, sizeof(text) - 1);
	text[sizeof(text) - 1] = '\0';
	for (int format = LOG_LOGFMT; format <= LOG_JSON; format++) {
		log_setup(&t->clock.clock, LOG_DEBUG, (enum log_format)format, false);
		log_info("e", LOG_T("a", text), LOG_T("b", text), LOG_N("gone", 1));
		assert_true(strlen(t->line) > 12000 && strlen(t->line) <= 16384);
		assert_has_not(t->line, "gone");
		assert_has(t->line, format == LOG_JSON ? ",\"cut\":true}" : " cut=true");
	}
	line = json_loads(t->line, 0, NULL);
	assert_non_null(line);
}

static const struct {
	const char *url, *logged;
} urls[] = {
	{ "wss://wss-primary.slack.com/link/?ticket=HUSH&app_id=1",
	  "wss://wss-primary.slack.com" },
	{ "https://api.example:8443?key=HUSH", "https://api.example:8443" },
	{ "https://api.example#HUSH", "https://api.example" },
	{ "https://me:HUSH@api.example/x", "?" },
	{ "https://me:HUSH/@api.example", "?" },
	{ "https://[::1]:8443/x", "https://[::1]:8443" },
	{ "https://[::1]/x", "https://[::1]" },
	{ "HUSH", "?" },
	{ "", "?" },
};

static void urls_lose_what_may_be_a_ticket(void **state)
{
	struct fixture *t = *state;
	char want[256];

	for (size_t i = 0; i < ARRAY_LEN(urls); i++) {
		log_info("e", LOG_U("url", urls[i].url));
		snprintf(want, sizeof(want), "url=%s", urls[i].logged);
		assert_row(strstr(t->line, want) &&
				   strcmp(strstr(t->line, want), want) == 0,
			   i, t->line);
	}
	log_info("e", LOG_U("url", NULL));
	assert_has_not(t->line, "url");
}

static void levels_below_the_least_are_silent(void **state)
{
	struct fixture *t = *state;
	enum log_level level;

	log_setup(&t->clock.clock, LOG_WARN, LOG_LOGFMT, false);
	log_debug("e");
	log_info("e");
	assert_int_equal(t->lines, 0);
	log_warn("e");
	log_error("e");
	assert_int_equal(t->lines, 2);
	assert_true(log_level_parse("debug", &level) && level == LOG_DEBUG);
	assert_true(log_level_parse("error", &level) && level == LOG_ERROR);
	assert_false(log_level_parse("Error", &level));
	assert_false(log_level_parse("", &level));
}

static void journald_gets_its_prefix_in_place_of_time_and_level(void **state)
{
	struct fixture *t = *state;

	log_setup(&t->clock.clock, LOG_DEBUG, LOG_LOGFMT, true);
	log_warn("e", LOG_N("n", 1));
	assert_string_equal(t->line, "<4>e n=1");
	log_debug("e");
	assert_string_equal(t->line, "<7>e");
	log_setup(&t->clock.clock, LOG_DEBUG, LOG_JSON, true);
	log_error("e", LOG_N("n", 1));
	assert_string_equal(t->line, "<3>{\"event\":\"e\",\"n\":1}");
}

/* --- to stderr --------------------------------------------------------------------- */

static int saved_stderr;

/* Returns what is to be read from. */
static int stderr_take(void)
{
	int ends[2];

	log_divert(NULL, NULL);
	saved_stderr = dup(STDERR_FILENO);
	assert_int_equal(pipe2(ends, O_NONBLOCK), 0);
	dup2(ends[1], STDERR_FILENO);
	close(ends[1]);
	return ends[0];
}

static void stderr_give_back(int from)
{
	dup2(saved_stderr, STDERR_FILENO);
	close(saved_stderr);
	close(from);
}

/* What is there to be read, or "". */
static const char *written(int from)
{
	static char got[512];
	ssize_t n = read(from, got, sizeof(got) - 1);

	got[n > 0 ? n : 0] = '\0';
	return got;
}

static void without_a_diversion_lines_go_to_stderr(void **state)
{
	struct fixture *t = *state;
	int from = stderr_take();

	log_info("e", LOG_T("k", "a\nb"));
	assert_string_equal(written(from),
			    "2026-08-24T10:11:12.345Z info  e k=\"a\\nb\"\n");
	stderr_give_back(from);
	assert_int_equal(t->lines, 0);
}

static void *log_elsewhere(void *arg)
{
	log_info(arg);
	return NULL;
}

static void lines_of_a_turn_wait_and_worse_ones_do_not(void **state)
{
	struct fixture *t = *state;
	int from = stderr_take();
	char event[] = "f";
	pthread_t other;

	log_setup(&t->clock.clock, LOG_INFO, LOG_LOGFMT, true);
	log_hold();
	log_info("a");
	log_info("b");
	assert_string_equal(written(from), "");
	log_flush();
	assert_string_equal(written(from), "<6>a\n<6>b\n");
	log_info("c");
	log_warn("d");
	assert_string_equal(written(from), "<6>c\n<4>d\n");
	log_info("e");
	assert_int_equal(pthread_create(&other, NULL, log_elsewhere, event), 0);
	pthread_join(other, NULL);
	assert_string_equal(written(from), "<6>e\n<6>f\n");
	log_info("g");
	log_release();
	assert_string_equal(written(from), "<6>g\n");
	log_info("h");
	assert_string_equal(written(from), "<6>h\n");
	stderr_give_back(from);
}

static void more_lines_than_can_wait_are_all_written(void **state)
{
	int from = stderr_take();
	size_t n = 0;

	(void)state;
	log_hold();
	for (int i = 0; i < 1000; i++) {
		log_info("line", LOG_N("i", i));
	}
	log_release();
	for (const char *got = written(from); *got; got = written(from)) {
		for (; *got; got++) {
			n += *got == '\n';
		}
	}
	stderr_give_back(from);
	assert_int_equal(n, 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
#define DIVERTED(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
		DIVERTED(a_line_is_time_level_event_and_fields),
		DIVERTED(a_failure_brings_its_fields),
		DIVERTED(nobodys_text_makes_a_line_of_its_own),
		DIVERTED(json_lines_are_json_and_give_the_text_back),
		DIVERTED(long_values_are_cut_and_say_so),
		DIVERTED(a_line_that_is_full_is_still_whole),
		DIVERTED(urls_lose_what_may_be_a_ticket),
		DIVERTED(levels_below_the_least_are_silent),
		DIVERTED(journald_gets_its_prefix_in_place_of_time_and_level),
		DIVERTED(without_a_diversion_lines_go_to_stderr),
		DIVERTED(lines_of_a_turn_wait_and_worse_ones_do_not),
		DIVERTED(more_lines_than_can_wait_are_all_written),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
