/* SPDX-License-Identifier: Apache-2.0 */
/* accessd audit verify: is the audit what it was? And accessd audit key: what to check it
 * with. */
#include <inttypes.h>
#include <stdio.h>

#include "bot/cli/look.h"

static int print_report(const struct audit_report *r)
{
	char when[TIME_SIZE];

	if (!r->whole) {
		printf("BROKEN  %s\n", r->what);
		return CLI_FAILED;
	}
	look_time(r->signed_ms, when);
	printf("ok      %" PRId64 " rows, each with the hash of the one before it\n",
	       r->rows);
	if (r->heads > 0) {
		printf("ok      %" PRId64 " signed heads, the last at %s, of row %" PRId64
		       "\n",
		       r->heads, when, r->signed_seq);
	}
	if (r->rows > r->signed_seq) {
		printf("note    the last %" PRId64
		       " rows are not signed yet: that they are all cannot be known\n",
		       r->rows - r->signed_seq);
	}
	return CLI_OK;
}

int cli_audit_verify(const struct cli_options *o)
{
	struct audit_report report;
	struct fail f = { 0 };
	struct look l;
	int rc = look_open(o, &l);

	if (rc != CLI_OK) {
		return rc;
	}
	if (reader_verify(l.reader, o->key, &report, &f)) {
		rc = print_report(&report);
	} else {
		cli_complain(&f);
		rc = CLI_LEDGER;
	}
	look_close(&l);
	return rc;
}

int cli_audit_key(const struct cli_options *o)
{
	struct fail f = { 0 };
	struct buf pem;
	struct look l;
	int rc = look_open(o, &l);

	if (rc != CLI_OK) {
		return rc;
	}
	buf_init(&pem, 64 * 1024);
	if (reader_public_key(l.reader, o->key, &pem, &f)) {
		fputs(buf_str(&pem), stdout);
	} else {
		cli_complain(&f);
		rc = CLI_LEDGER;
	}
	buf_finish(&pem);
	look_close(&l);
	return rc;
}
