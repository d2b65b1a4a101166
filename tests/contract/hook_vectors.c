/* SPDX-License-Identifier: Apache-2.0 */
/* Known answers: signatures that were computed elsewhere, posted to the webhooks. Those of
 * Indent and Slack are in tests/unit/approver/indent_proof.c and shared/sig_check.c. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/sig.h"
#include "tests/lib/data.h"
#include "tests/lib/hook_scene.h"
#include "tests/lib/test.h"

/* accessd with the row's secret, at the row's time. */
static void start(struct scene *t, const json_t *row, bool is_pagerduty)
{
	int64_t at_s = strtoll(jx_str(row, "timestamp"), NULL, 10);

	setenv("HOOK_VECTOR", jx_str(row, "secret"), 1);
	scene_again(t);
	t->pd_more = is_pagerduty ? "webhook_secret = \"env:HOOK_VECTOR\";" : NULL;
	t->io_more = is_pagerduty ? NULL : "webhook_secret = \"env:HOOK_VECTOR\";";
	scene_start(t, true);
	if (at_s > 0) {
		fake_clock_jump_wall(&t->clock, at_s * 1000 - t->clock.wall);
	}
}

static void headers_of(const json_t *row, bool is_pagerduty, char *dst, size_t size)
{
	if (is_pagerduty) {
		snprintf(dst, size, "X-PagerDuty-Signature: %s\r\n",
			 jx_str(row, "header"));
	} else {
		snprintf(dst, size,
			 "webhook-id: %s\r\nwebhook-timestamp: %s\r\n"
			 "webhook-signature: %s\r\n",
			 jx_str(row, "id"), jx_str(row, "timestamp"),
			 jx_str(row, "header"));
	}
}

static size_t body_of(const json_t *row, uint8_t *dst, size_t size)
{
	const char *text = jx_str(row, "body_base64");
	size_t n = strlen(text), len = 0;

	for (size_t at = 0; at < n; at += 128) { /* a whole number of bytes */
		size_t got = 0;
		size_t left = n - at < 128 ? n - at : 128;

		assert_true(
			sig_base64_read(text + at, left, dst + len, size - len, &got));
		len += got;
	}
	return len;
}

static void rows_post(struct scene *t, const char *path, bool is_pagerduty)
{
	const struct hook_vendor *v =
		is_pagerduty ? &hook_pagerduty_vendor : &hook_incidentio_vendor;
	char *text = test_data(path, NULL);
	json_auto_t *rows = json_loads(text, 0, NULL);
	uint8_t body[4096];
	char headers[HOOK_HEADERS_SIZE];
	size_t i;
	json_t *row;

	free(text);
	assert_true(json_array_size(rows) >= 10);
	json_array_foreach (rows, i, row) {
		size_t n = body_of(row, body, sizeof(body));
		int status;

		start(t, row, is_pagerduty);
		headers_of(row, is_pagerduty, headers, sizeof(headers));
		status = hook_post(t, v->path, headers, body, n);
		assert_row(status == (jx_bool(row, "valid") ? v->taken : v->refused), i,
			   jx_str(row, "name"));
	}
}

static void pagerdutys_signatures_hold(void **state)
{
	rows_post(*state, "pagerduty/signatures.json", true);
}

static void incidentios_signatures_hold(void **state)
{
	rows_post(*state, "incidentio/signatures.json", false);
}

int main(void)
{
#define HOOK(f) cmocka_unit_test_setup_teardown(f, hook_setup_stopped, hook_teardown)
	const struct CMUnitTest tests[] = {
		HOOK(pagerdutys_signatures_hold),
		HOOK(incidentios_signatures_hold),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
