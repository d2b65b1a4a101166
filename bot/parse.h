/* SPDX-License-Identifier: Apache-2.0 */
/* The text of a slash command -> a checked struct. Pure.
 *
 *   /access RESOURCE [DURATION] [INCIDENT] [reason...]    in any order
 *   /access help | mine
 *   /access release ID | extend ID [DURATION] | revoke ID [why...]
 *   /access freeze on|off [--revoke] [why...]
 *
 * ID is as much of a grant's id as tells it from others, from its start or its end; or a
 * resource's name.
 *
 * Keyboards turn quotes and dashes smart, Slack escapes & < > and wraps links, people add
 * spaces and new lines: all undone before words are told apart. */
#ifndef BOT_PARSE_H
#define BOT_PARSE_H

#include <stdbool.h>
#include <stdint.h>

#include "accessd/config.h"
#include "accessd/types.h"
#include "shared/buf.h"

enum command_kind {
	COMMAND_HELP, /* "/access" alone as well */
	COMMAND_MINE,
	COMMAND_ASK,
	COMMAND_RELEASE,
	COMMAND_EXTEND,
	COMMAND_REVOKE,
	COMMAND_FREEZE,
	COMMAND_BAD, /* `problem` says why */
	COMMAND_KIND_MAX
};

struct command {
	enum command_kind kind;
	char resource[NAME_SIZE];
	/* release, extend, revoke: (part of) a grant's id, or a resource's name; revoke:
	 * or an incident */
	char target[NAME_SIZE];
	bool on;         /* freeze */
	bool revoke_all; /* freeze on: and end all there are */
	int64_t for_s;   /* 0: not said */
	/* "INC-204", "#512", a PagerDuty id; "" not said */
	char incident[VENDOR_ID_SIZE];
	char reason[REASON_SIZE];
	/* COMMAND_BAD: what to tell the person, plain text, one or two lines; nothing was
	 * asked. */
	char problem[512];
};

/* text: n bytes as Slack sent them; may hold anything. command: "/access", for the
 * wording. */
void command_parse(const char *text, size_t n, const char *command,
		   const struct resource_list *resources, struct command *ret_c);

#endif
