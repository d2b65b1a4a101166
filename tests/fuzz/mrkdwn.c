/* SPDX-License-Identifier: Apache-2.0 */
/* Text of strangers on its way into a message: what comes out is UTF-8 of bounded length
 * without markup of theirs, and undoing the escapes never makes a text longer. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "accessd/types.h"
#include "bot/slack/mrkdwn.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

enum { CHARS_MAX = 50 };

static void must(bool what)
{
	if (!what) {
		abort();
	}
}

/* Every '&' begins one of the three escapes, and nothing else is special. */
static bool is_escaped(const char *s)
{
	for (; *s; s++) {
		if (strchr("<>`\n\r", *s) ||
		    (*s == '&' && strncmp(s, "&amp;", 5) != 0 &&
		     strncmp(s, "&lt;", 4) != 0 && strncmp(s, "&gt;", 4) != 0)) {
			return false;
		}
	}
	return true;
}

static void check_text(const char *text)
{
	struct buf b;

	buf_init(&b, 5 * CHARS_MAX + 3);
	mrkdwn_add_text(&b, text, CHARS_MAX);
	must(!b.over);
	must(text_is_utf8(buf_str(&b), b.len));
	must(is_escaped(buf_str(&b)));
	buf_finish(&b);
}

/* Either a mention of exactly that id, or escaped text. */
static void check_user(const char *id)
{
	struct buf b;
	const char *s;

	buf_init(&b, 1000);
	mrkdwn_add_user(&b, id);
	s = buf_str(&b);
	if (strncmp(s, "<@", 2) == 0) {
		must(b.len == strlen(id) + 3 && strncmp(s + 2, id, strlen(id)) == 0);
		must(strspn(id, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789") == strlen(id));
	} else {
		must(is_escaped(s));
	}
	buf_finish(&b);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	char *text = malloc(len + 1);

	must(text != NULL);
	memcpy(text, data, len);
	text[len] = '\0';
	check_text(text);
	if (strlen(text) < VENDOR_ID_SIZE) {
		check_user(text);
	}
	mrkdwn_unescape(text);
	must(strlen(text) <= len);
	free(text);
	return 0;
}
