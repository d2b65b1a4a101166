/* SPDX-License-Identifier: Apache-2.0 */
/* Apono's bodies: what is accepted names people and things by texts that fit, no time is
 * less than nothing, and the answer to it can be read. */
#include "approver/apono_parse.h"

#include <stdlib.h>
#include <string.h>

#include "approver/apono_match.h"
#include "approver/apono_value.h"
#include "approver/apono_words.h"
#include "shared/jx.h"
#include "shared/text.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len);

static void check(bool holds)
{
	if (!holds) {
		abort();
	}
}

static void check_ask(const struct apono_ask *ask)
{
	check(ask->for_s >= 0 && ask->for_s <= APONO_FOREVER_S);
	check(text_is_utf8(ask->grantee, strlen(ask->grantee)));
	check(text_is_utf8(ask->requester, strlen(ask->requester)));
	check(ask->policy && ask->flow && ask->reason);
	check(ask->n_targets <= APONO_TARGETS_MAX);
	for (size_t i = 0; i < ask->n_targets; i++) {
		check(ask->targets[i].n <= APONO_TARGET_NAMES);
		for (size_t k = 0; k < ask->targets[i].n; k++) {
			check(*ask->targets[i].names[k]);
		}
	}
}

/* Everything is unknown to a config of nothing. */
static void check_match(const struct apono_ask *ask)
{
	const struct config none = { 0 };
	static struct apono_resources found;

	apono_match(&none, ask, &found);
	check(found.n == (ask->n_targets > 0));
	check(found.n == 0 ||
	      (*found.names[0] && text_is_utf8(found.names[0], strlen(found.names[0]))));
}

static void check_answer(const struct apono_ask *ask)
{
	static struct decision d;
	char *text;
	json_t *json = NULL;

	d = (struct decision){ .outcome = DECISION_DENIED };
	text_copy(d.why, sizeof(d.why), ask->reason);
	text = apono_answer(&d);
	check(text && jx_parse_object(text, strlen(text), &json, NULL));
	check(text_chars(jx_str(json, "reason")) <= APONO_REASON_CHARS);
	check(json_object_size(jx_obj(json, "data")) > 0);
	json_decref(json);
	free(text);
}

static void check_unescape(const char *data, size_t len)
{
	char *text = strndup(data, len);
	size_t n = strlen(text);

	apono_unescape(text);
	check(strlen(text) <= n);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t len)
{
	struct apono_ask ask;
	struct fail f = { 0 };

	check_unescape((const char *)data, len);
	if (!apono_parse((const char *)data, len, &ask, &f)) {
		check(f.kind == FAIL_INVALID && *f.msg);
		return 0;
	}
	check_ask(&ask);
	check_match(&ask);
	check_answer(&ask);
	apono_ask_finish(&ask);
	return 0;
}
