/* SPDX-License-Identifier: Apache-2.0 */
/* One request to a webhook: good to begin with, then spoiled in one way, and sent over a
 * connection of its own.
 *
 *   hook_attempt_init(&a, t, v); spoil_upper(&a, NULL); status = hook_attempt_send(&a); */
#ifndef TESTS_LIB_HOOK_ATTEMPT_H
#define TESTS_LIB_HOOK_ATTEMPT_H

#include "shared/buf.h"
#include "tests/lib/hook_scene.h"

struct hook_attempt {
	struct scene *t;
	const struct hook_vendor *v;
	const char *method, *more; /* more: behind the path */
	char headers[2 * HOOK_HEADERS_SIZE];
	struct buf body;
	const char *framing; /* header lines in the place of Content-Length, or NULL */
	size_t slow;         /* only so many bytes of the body, one a second */
	bool gone;           /* the client does not wait for the answer */
	bool twice;          /* the very same was taken just before */
	struct buf lines;    /* what framing points at, where it is long */
	struct buf reply;    /* once it is sent: its head and its body */
};

void hook_attempt_init(struct hook_attempt *a, struct scene *t,
		       const struct hook_vendor *v);
void hook_attempt_finish(struct hook_attempt *a);

/* Another body, signed anew. */
void hook_attempt_body(struct hook_attempt *a, const void *body, size_t n);

/* The status; 0: there was no answer. */
int hook_attempt_send(struct hook_attempt *a);

/* Ways to spoil it; arg is what is said behind them, else it is not looked at. */
typedef void spoil_fn(struct hook_attempt *a, const char *arg);

extern spoil_fn spoil_nothing;

/* --- the proof: what the header of the signature says ------------------------------- */

extern spoil_fn spoil_missing, spoil_upper, spoil_one_bit, spoil_zeros;
extern spoil_fn spoil_doubled;       /* by this value; NULL: its own */
extern spoil_fn spoil_first_of_two;  /* this value, and then its own */
extern spoil_fn spoil_in_a_list;     /* this, up to its own */
extern spoil_fn spoil_shorter;       /* by as many as this has */
extern spoil_fn spoil_behind;        /* this */
extern spoil_fn spoil_replaced;      /* by this */
extern spoil_fn spoil_no_version;    /* "v1=", "v0=", "v1,", "Bearer " */
extern spoil_fn spoil_other_version; /* "v7=" */
extern spoil_fn spoil_key_before;    /* signed by the key that was there before */
extern spoil_fn spoil_as_another;    /* signed as another vendor does */

/* --- the body, of which the signature is not ------------------------------------------ */

extern spoil_fn spoil_one_bit_of_body, spoil_without_end, spoil_without_body;
extern spoil_fn spoil_longer;       /* by this */
extern spoil_fn spoil_behind_a_nul; /* a NUL, and more */

/* --- the body, signed ----------------------------------------------------------------- */

extern spoil_fn spoil_twice_in_one, spoil_list_of_two, spoil_with_a_nul;
extern spoil_fn spoil_body;       /* this */
extern spoil_fn spoil_begun_with; /* this in the place of its first "{" */
extern spoil_fn spoil_ended_with; /* this behind it */
extern spoil_fn spoil_deep;       /* 10 000 of this */

/* --- the time ------------------------------------------------------------------------- */

extern spoil_fn spoil_time_missing, spoil_time_doubled;
extern spoil_fn spoil_time_off; /* signed so many seconds from now */
extern spoil_fn spoil_time;     /* this, and signed with the right one */
extern spoil_fn spoil_again;    /* nothing, but it came before */

/* --- the request ---------------------------------------------------------------------- */

extern spoil_fn spoil_twenty_megabytes, spoil_slow, spoil_gone;
extern spoil_fn spoil_method;       /* this, and no body */
extern spoil_fn spoil_path;         /* this behind it */
extern spoil_fn spoil_content_type; /* this; NULL: none */
extern spoil_fn spoil_framing;      /* these header lines in the place of the length */
extern spoil_fn spoil_chunked;      /* two chunks, then this */
extern spoil_fn spoil_one_chunk;    /* it says to be this long */
extern spoil_fn spoil_flood;        /* this many header lines more */
extern spoil_fn spoil_long_header;  /* one of this many bytes */

#endif
