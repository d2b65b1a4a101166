/* SPDX-License-Identifier: Apache-2.0 */
/* URLs: what is accepted is safe to put into a request, and nothing plain leaves this
 * machine. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "shared/text.h"
#include "shared/url.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool ok, const char *what)
{
	if (!ok) {
		fprintf(stderr, "not true: %s\n", what);
		abort();
	}
}

static void check(const struct url *u)
{
	struct buf again;
	struct url back;
	struct fail f = { 0 };
	bool six = strchr(u->host, ':') != NULL;

	must(u->path[0] == '/' && u->port > 0 && u->host[0], "no part is missing");
	must(u->tls || url_host_is_loopback(u->host), "plain is for loopback");
	for (const char *c = u->path; *c; c++) {
		must(*c > ' ' && *c < 0x7f, "a path is plain");
	}
	buf_init(&again, 2000);
	buf_addf(&again, six ? "%s://[%s]:%u%s" : "%s://%s:%u%s", u->scheme, u->host,
		 (unsigned)u->port, u->path);
	must(url_parse(buf_str(&again), &back, &f), f.msg);
	must(strcmp(back.host, u->host) == 0 && strcmp(back.path, u->path) == 0 &&
		     back.port == u->port && back.tls == u->tls,
	     "it is read the same");
	buf_finish(&again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char text[1500];
	struct fail f = { 0 };
	struct url u;
	struct buf b;

	text_copy_n(text, sizeof(text), (const char *)data, size);
	if (url_parse(text, &u, &f)) {
		check(&u);
	} else {
		must(f.kind == FAIL_INVALID && f.msg[0], "a failure says why");
	}
	buf_init(&b, 5000);
	must(url_encode(&b, text), "any text can be encoded");
	must(buf_str(&b)[strcspn(buf_str(&b), " &=+?#/\n")] == '\0', "and is harmless");
	buf_finish(&b);
	return 0;
}
