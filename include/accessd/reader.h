/* SPDX-License-Identifier: Apache-2.0 */
/* The ledger from outside, for the command line: read only, at once, whether a service
 * serves from it or not. Nothing is claimed, made or upgraded, and nobody has to wait. */
#ifndef ACCESSD_READER_H
#define ACCESSD_READER_H

#include "accessd/store.h"

struct reader;
struct buf;

/* FAIL_NOT_FOUND: there is none. FAIL_LEDGER: it cannot be read, or an accessd of another
 * version wrote it. */
bool reader_open(const char *url, struct reader **ret_r, struct fail *f);
void reader_close(struct reader *r); /* accepts NULL */

/* Carry out an operation that reads, here and now; op->cb is not called. */
bool reader_read(struct reader *r, struct store_op *op, struct fail *f);

/* The id of the request or grant that `part` is the whole, the beginning or the end of, in
 * either case. FAIL_NOT_FOUND: none is, or several are (the message says which). */
bool reader_find(struct reader *r, const char *part, char ret_id[ULID_SIZE],
		 struct fail *f);

/* One request, or one grant, by its whole id. FAIL_NOT_FOUND: there is none. */
bool reader_request(struct reader *r, const char *id, struct request_row *ret_row,
		    struct fail *f);
bool reader_grant(struct reader *r, const char *id, struct grant_row *ret_g,
		  struct fail *f);

/* Walk through the audit's rows from about since_ms on: none that was written later is
 * left out, some that are older may come first. `each` returns false to stop. */
struct reader_walk {
	int64_t since_ms; /* 0: from the first */
	int64_t until_ms; /* 0: to the last; else stop when rows are clearly later */
	bool (*each)(struct reader_walk *w, const struct audit_row *r);
};

bool reader_walk(struct reader *r, struct reader_walk *w, struct fail *f);

/* Add a row as one line of JSON, its end included; the data is its last member, and there
 * byte for byte what was hashed. False when it would pass the cap of out. */
bool audit_line(const struct audit_row *r, struct buf *out);

/* What became of a check of the whole audit. */
struct audit_report {
	bool whole;
	char what[CAUSE_SIZE]; /* the first thing that is wrong, named; "" */
	int64_t seq;           /* where, or 0 */
	int64_t rows;          /* how many were read */
	int64_t heads;         /* signatures that were checked */
	int64_t signed_seq;    /* up to which row they cover it */
	int64_t signed_ms;     /* when the last of them was made */
};

/* key_file: whose keys check the signatures, or NULL: the one beside the ledger. False when
 * it could not be checked; a broken chain is an answer. */
bool reader_verify(struct reader *r, const char *key_file, struct audit_report *ret_r,
		   struct fail *f);

/* The public half of the ledger's key, in PEM. */
bool reader_public_key(struct reader *r, const char *key_file, struct buf *out,
		       struct fail *f);

#endif
