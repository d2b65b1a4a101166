/* SPDX-License-Identifier: Apache-2.0 */
/* accessd config: the values in use, secrets left out; with --keys, every key there is. */
#include <stdio.h>

#include "bot/cli/cli.h"
#include "bot/config.h"

static void print_key(const char *full_name, const struct conf_key *key, void *data)
{
	static const char *const types[] = {
		[CONF_STRING] = "text",
		[CONF_SECRET] = "secret",
		[CONF_INT] = "number",
		[CONF_BOOL] = "true/false",
		[CONF_DURATION] = "duration",
		[CONF_MS] = "duration",
		[CONF_STRINGS] = "list of texts",
		[CONF_MAP] = "labels",
		[CONF_GROUP] = "group",
		[CONF_LIST] = "list of groups",
	};
	const char *def = key->flags & CONF_REQUIRED ? "required" : key->def;

	(void)data;
	printf("%s\t%s\t%s\t%s%s\n", full_name, types[key->type], def && *def ? def : "-",
	       key->help, key->flags & CONF_RELOAD ? "" : " (needs a restart)");
}

int cli_config(const struct cli_options *o)
{
	struct config c;
	struct fail f = { 0 };
	struct buf out;

	if (o->keys) {
		conf_each(&config_table, print_key, NULL);
		return CLI_OK;
	}
	if (!conf_read(o->config ? o->config : CONFIG_PATH, &config_table, false, &c,
		       &f)) {
		cli_complain(&f);
		return CLI_CONFIG;
	}
	buf_init(&out, 1 << 20);
	conf_format(&config_table, &c, &out);
	fputs(buf_str(&out), stdout);
	buf_finish(&out);
	config_finish(&c);
	return CLI_OK;
}
