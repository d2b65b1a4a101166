/* SPDX-License-Identifier: Apache-2.0 */
/* Reading payloads. Tests run in the root of the project. */
#include "tests/lib/data.h"

#include <stdio.h>
#include <stdlib.h>

enum { DATA_MAX = 1 << 20 };

char *test_data(const char *path, size_t *ret_n)
{
	char name[256];
	char *text = malloc(DATA_MAX + 1);
	size_t n;
	FILE *file;

	snprintf(name, sizeof(name), "tests/data/%s", path);
	file = fopen(name, "r");
	if (!file || !text) {
		fprintf(stderr, "cannot open '%s': run tests in the project's root\n",
			name);
		abort();
	}
	n = fread(text, 1, DATA_MAX, file);
	fclose(file);
	text[n] = '\0';
	if (ret_n) {
		*ret_n = n;
	}
	return text;
}
