/* SPDX-License-Identifier: Apache-2.0 */
/* Notices to JSON and back, by one table of members. */
#include "approver/notice.h"

#include <jansson.h>
#include <string.h>

#include "shared/jx.h"
#include "shared/text.h"

/* clang-format off */
static const char *const kind_words[NOTICE_KIND_MAX] = {
	[NOTICE_GRANTED] = "granted",
	[NOTICE_GRANTING] = "granting",
	[NOTICE_FAILED] = "failed",
	[NOTICE_REVOKING] = "revoking",
	[NOTICE_DENIED] = "denied",
	[NOTICE_ENDED] = "ended",
	[NOTICE_EXTENDED] = "extended",
	[NOTICE_SHORTENED] = "shortened",
	[NOTICE_KEPT] = "kept",
	[NOTICE_EXPIRING] = "expiring",
	[NOTICE_LOSING] = "losing",
	[NOTICE_REGAINED] = "regained",
	[NOTICE_ROOM_GRANTED] = "room-granted",
	[NOTICE_ROOM_ENDED] = "room-ended",
	[NOTICE_HELD] = "held",
	[NOTICE_CHECKING] = "checking",
	[NOTICE_STUCK] = "stuck",
};
/* clang-format on */

struct member {
	const char *name;
	size_t offset;
	size_t size; /* 0: an int64_t */
};

#define TEXT(m) \
	{ \
#m, offsetof(struct notice_facts, m), \
			sizeof(((struct notice_facts *)0)->m) \
	}
#define NUMBER(m) \
	{ \
#m, offsetof(struct notice_facts, m), 0 \
	}

static const struct member members[] = {
	NUMBER(asked_ms),   TEXT(by),       NUMBER(can_keep),  TEXT(channel),
	NUMBER(decided_ms), TEXT(fix),      NUMBER(for_s),     NUMBER(is_told),
	NUMBER(open_s),     TEXT(policy),   TEXT(provisioner), TEXT(reply_url),
	TEXT(request_id),   TEXT(resource), TEXT(team),        TEXT(thread),
	NUMBER(until_ms),   TEXT(user),     TEXT(warning),     TEXT(why),
};

char *notice_format(enum notice_kind kind, const struct notice_facts *about)
{
	json_auto_t *obj = json_pack("{s:s}", "kind", kind_words[kind]);

	for (size_t i = 0; obj && i < ARRAY_LEN(members); i++) {
		const struct member *m = &members[i];
		const char *at = (const char *)about + m->offset;
		int64_t number = 0;

		if (m->size == 0) {
			memcpy(&number, at, sizeof(number));
		}
		if (m->size == 0 ? number == 0 : !*at) {
			continue;
		}
		if (json_object_set_new(obj, m->name,
					m->size == 0 ? json_integer(number)
						     : json_string(at)) < 0) {
			return NULL;
		}
	}
	return obj ? jx_dump(obj) : NULL;
}

static bool kind_parse(const char *word, enum notice_kind *ret_kind)
{
	for (size_t i = 0; i < NOTICE_KIND_MAX; i++) {
		if (strcmp(kind_words[i], word) == 0) {
			*ret_kind = (enum notice_kind)i;
			return true;
		}
	}
	return false;
}

bool notice_parse(const char *json, enum notice_kind *ret_kind,
		  struct notice_facts *ret_about, struct fail *f)
{
	json_t *raw = NULL;

	if (!jx_parse_object(json, strlen(json), &raw, f)) {
		return fail_wrap(f, "cannot read a message that is to be sent");
	}
	json_auto_t *obj = raw;
	enum notice_kind kind;

	if (!kind_parse(jx_str(obj, "kind"), &kind)) {
		fail_set(f, FAIL_INVALID,
			 "a message that is to be sent has the unknown kind '%.32s'",
			 jx_str(obj, "kind"));
		return fail_hint(f,
				 "the ledger may have been written by a newer version.");
	}
	*ret_about = (struct notice_facts){ 0 };
	for (size_t i = 0; i < ARRAY_LEN(members); i++) {
		const struct member *m = &members[i];
		char *at = (char *)ret_about + m->offset;
		int64_t number = jx_int(obj, m->name);

		if (m->size == 0) {
			memcpy(at, &number, sizeof(number));
		} else {
			text_copy(at, m->size, jx_str(obj, m->name));
		}
	}
	*ret_kind = kind;
	return true;
}
