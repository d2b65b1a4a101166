/* SPDX-License-Identifier: Apache-2.0 */
/* Comparing with what is on disk; tests run in the root of the project. */
#include "tests/lib/golden.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FILE_MAX = 1 << 20 };

char *golden_read(const char *path)
{
	FILE *file = fopen(path, "r");
	char *text = file ? calloc(1, FILE_MAX) : NULL;

	if (text && fread(text, 1, FILE_MAX - 1, file) == 0) {
		free(text);
		text = NULL;
	}
	if (file) {
		fclose(file);
	}
	return text;
}

static bool write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");
	bool ok = file && fputs(text, file) >= 0;

	if (file) {
		ok = fclose(file) == 0 && ok;
	}
	return ok;
}

bool golden_same(const char *file, const char *text)
{
	const char *mode = getenv("GOLDEN");
	char path[256];
	char *want;
	bool same;

	snprintf(path, sizeof(path), "tests/data/%s", file);
	if (mode && strcmp(mode, "write") == 0) {
		return write_file(path, text);
	}
	want = golden_read(path);
	same = want && strcmp(want, text) == 0;
	if (!same) {
		fprintf(stderr, "%s is not what came out:\n%s\n", path, text);
	}
	free(want);
	return same;
}
