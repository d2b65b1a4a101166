/* SPDX-License-Identifier: Apache-2.0 */
/* A process environment for tests. */
#include "tests/lib/variables.h"

#include <stddef.h>
#include <string.h>

#include "bot/config.h"
#include "bot/config_environment.h"
#include "tests/lib/test.h"

static const char *find(const char *const *texts, const char *name)
{
	size_t n = strlen(name);

	for (size_t i = 0; i < VARIABLES_MAX && texts[i]; i++) {
		if (strncmp(texts[i], name, n) == 0 && texts[i][n] == '=') {
			return texts[i] + n + 1;
		}
	}
	return NULL;
}

const char *variables_get(const char *name, void *data)
{
	const struct variables *v = data;
	const char *text = find(v->own, name);

	return text ? text : find(v->usual, name);
}

bool variables_read_beside(const char *file, struct variables *v, struct config *ret_c,
			   struct fail *f)
{
	struct environment env = { .get = variables_get, .data = v };

	if (!conf_read_text(file, "file", &config_table, false, ret_c, f)) {
		fail_msg("%s", f->msg);
	}
	assert_true(config_environment_decides(ret_c, &env));
	if (!config_environment(ret_c, &env, f)) {
		config_finish(ret_c);
		return false;
	}
	if (!config_check(ret_c, f)) {
		fail_msg("%s", f->msg);
	}
	return true;
}

bool variables_read(struct variables *v, struct config *ret_c, struct fail *f)
{
	return variables_read_beside("", v, ret_c, f);
}
