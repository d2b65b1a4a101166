/* SPDX-License-Identifier: Apache-2.0 */
/* What people put behind a slash command. Whatever is taken for an ask must name a
 * resource that is configured, a duration that is none or a possible one, and a reason
 * that is text of bounded length; what is not must say why. */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bot/parse.h"
#include "shared/duration.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void must(bool what)
{
	if (!what) {
		abort();
	}
}

static bool is_text(const char *s, size_t size)
{
	return memchr(s, '\0', size) && text_is_utf8(s, strlen(s));
}

static bool is_configured(const struct resource_list *resources, const char *name)
{
	for (size_t i = 0; i < resources->n; i++) {
		if (strcmp(resources->items[i].name, name) == 0) {
			return true;
		}
	}
	return false;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	static char names[][16] = { "prod-db", "inc-7", "mine", "2h" };
	struct resource items[] = { { .name = names[0] },
				    { .name = names[1] },
				    { .name = names[2] },
				    { .name = names[3] } };
	/* The first byte says how many resources there are. */
	const struct resource_list resources = { items, len > 0 ? data[0] % 5 : 0 };
	struct command c;

	if (len == 0) {
		return 0;
	}
	command_parse((const char *)data + 1, len - 1, "/access", &resources, &c);
	must(is_text(c.problem, sizeof(c.problem)));
	must(is_text(c.incident, sizeof(c.incident)));
	must(is_text(c.reason, sizeof(c.reason)));
	must((c.kind == COMMAND_BAD) == (c.problem[0] != '\0'));
	if (c.kind == COMMAND_ASK) {
		must(is_configured(&resources, c.resource));
		must(c.for_s >= 0 && c.for_s <= DURATION_MAX_S);
		must(text_chars(c.reason) <= REASON_CHARS_MAX);
	} else {
		must(!c.resource[0] && !c.incident[0]);
	}
	must(is_text(c.target, sizeof(c.target)));
	if (c.kind == COMMAND_RELEASE || c.kind == COMMAND_EXTEND ||
	    c.kind == COMMAND_REVOKE) {
		must(strlen(c.target) >= 2);
		must(c.for_s >= 0 && c.for_s <= DURATION_MAX_S);
	}
	if (c.kind == COMMAND_BAD) {
		must(!c.target[0] && c.for_s == 0 && !c.reason[0]);
	}
	return 0;
}
