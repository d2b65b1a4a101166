/* SPDX-License-Identifier: Apache-2.0 */
/* Config files: whatever is accepted is printed and read again the same. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/lib/sample_conf.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
const char *__lsan_default_suppressions(void);

/* libconfig 1.5 forgets the string that stands before a syntax error. */
const char *__lsan_default_suppressions(void)
{
	return "leak:libconfig\n";
}

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

static void print(const struct sample_conf *c, struct buf *out)
{
	buf_init(out, 1 << 20);
	conf_format(&sample_conf_table, c, out);
	must(!out->over, "a config can be printed");
}

static void check_again(const struct sample_conf *c)
{
	struct sample_conf again;
	struct buf first, second;
	struct fail f = { 0 };
	char name[64];

	print(c, &first);
	/* A printed secret is no place to read one from. */
	if (!strstr(buf_str(&first), "\n  token = ")) {
		must(conf_read_text(buf_str(&first), "again", &sample_conf_table, false,
				    &again, &f),
		     f.msg);
		print(&again, &second);
		must(strcmp(buf_str(&first), buf_str(&second)) == 0,
		     "what is printed reads the same");
		must(!conf_needs_restart(&sample_conf_table, c, &again, name,
					 sizeof(name)),
		     "the same needs no restart");
		conf_finish(&sample_conf_table, &again);
		buf_finish(&second);
	}
	buf_finish(&first);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sample_conf c;
	struct fail f = { 0 };
	char *text = strndup((const char *)data, size);

	/* No file of this machine may be read, whatever the input names. */
	if (text && !strstr(text, "file:")) {
		if (conf_read_text(text, "fuzz", &sample_conf_table, false, &c, &f)) {
			check_again(&c);
			conf_finish(&sample_conf_table, &c);
		} else {
			must(f.msg[0] != '\0', "a failure says what is wrong");
		}
	}
	free(text);
	return 0;
}
