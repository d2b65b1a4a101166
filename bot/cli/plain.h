/* SPDX-License-Identifier: Apache-2.0 */
/* Text that people wrote, on its way to a terminal: what would move the cursor, colour,
 * turn the direction of writing or be invisible is shown as what it is. Pure. */
#ifndef BOT_CLI_PLAIN_H
#define BOT_CLI_PLAIN_H

#include <stddef.h>

#include "shared/buf.h"

/* Add s with such code points written as \u{202e}. Returns how many columns that takes,
 * with every code point that is left counted as one. */
size_t plain_add(struct buf *out, const char *s);

#endif
