/* SPDX-License-Identifier: Apache-2.0 */
/* The version, in the one file that is built again when it changes. */
#include "bot/version.h"

#ifndef ACCESSD_VERSION
#define ACCESSD_VERSION "unknown"
#endif

const char accessd_version[] = ACCESSD_VERSION;
const char accessd_agent[] = "accessd/" ACCESSD_VERSION;
