/* SPDX-License-Identifier: Apache-2.0 */
/* What a single word of a command is by itself. Only parse*.c include this. */
#ifndef BOT_PARSE_WORD_H
#define BOT_PARSE_WORD_H

#include "bot/parse.h"
#include "bot/words.h"

/* The resource that the word names, in either case; NULL: none. */
const struct resource *word_resource(const struct word *w,
				     const struct resource_list *resources);

/* Whether the word names an incident: INC-204 (or inc-204), #512, a PagerDuty id, a link
 * to an incident of the two. `loose`: among the words of a reason only what can hardly be
 * anything else counts (UTF-8 and JIRA-7 do not). ret has VENDOR_ID_SIZE bytes. */
bool word_incident(const struct word *w, bool loose, char *ret);

/* Whether it nearly is a resource's name. */
bool word_is_mistyped(const struct word *w, const struct resource_list *resources);

/* ret_problem (512 bytes): "There is no resource ...", with the three nearest. */
void say_unknown_resource(const struct word *w, const struct resource_list *resources,
			  const char *command, char *ret_problem, size_t size);

/* No word is left that could be the resource. */
void say_no_resource(const struct resource_list *resources, const char *command,
		     char *ret_problem, size_t size);

#endif
