/* SPDX-License-Identifier: Apache-2.0 */
/* Texts behind each other, each with its NUL: none has one in it, so that no two questions
 * are spelled alike. */
#include "approver/apono_key.h"

#include <stdio.h>
#include <string.h>

#include "shared/buf.h"

enum { ALL_MAX = 2 << 20, MINUTE_MS = 60 * 1000 };

static void text_add(struct buf *all, const char *text)
{
	buf_add(all, text, strlen(text) + 1);
}

static void target_add(struct buf *all, const struct apono_target *t)
{
	for (size_t i = 0; i < t->n; i++) {
		text_add(all, t->names[i]);
	}
	text_add(all, "");
}

struct sig_key *apono_digests_create(void)
{
	static const char key[] = "a request of Apono's";

	return sig_key_create(key, sizeof(key));
}

void apono_digest(struct sig_key *digests, const struct apono_ask *ask,
		  uint8_t ret_digest[SIG_SIZE])
{
	struct sig_part whole;
	struct buf all;

	buf_init(&all, ALL_MAX);
	text_add(&all, ask->request_id);
	text_add(&all, ask->requester);
	text_add(&all, ask->grantee);
	text_add(&all, ask->policy);
	text_add(&all, ask->reason);
	text_add(&all, ask->partial ? "partial" : "");
	buf_add(&all, &ask->for_s, sizeof(ask->for_s));
	for (size_t i = 0; i < ask->n_targets; i++) {
		target_add(&all, &ask->targets[i]);
	}
	whole = (struct sig_part){ all.data, all.len };
	sig_hmac(digests, &whole, 1, ret_digest);
	buf_finish(&all);
}

void apono_key(const uint8_t digest[SIG_SIZE], int64_t wall_ms,
	       char ret_key[APONO_KEY_SIZE])
{
	char hex[SIG_HEX_SIZE];

	sig_hex(digest, hex);
	snprintf(ret_key, APONO_KEY_SIZE, "%s-%lld", hex,
		 (long long)(wall_ms / MINUTE_MS));
}
