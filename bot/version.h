/* SPDX-License-Identifier: Apache-2.0 */
/* Which accessd this is. The Makefile knows, from git or the file VERSION. */
#ifndef BOT_VERSION_H
#define BOT_VERSION_H

extern const char accessd_version[]; /* "0.1.0", "0.1.0-3-g1a2b3c4-dirty" */
extern const char
	accessd_agent[]; /* what we call ourselves to servers: "accessd/0.1.0" */

#endif
