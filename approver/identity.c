/* SPDX-License-Identifier: Apache-2.0 */
/* Who is asking, across the systems. */
#include "approver/identity.h"

#include <string.h>

#include "shared/text.h"

/* Whom nobody gives anything, in the order in which they are told. */
/* clang-format off */
static const struct refusal {
	size_t flag; /* of struct member */
	const char *msg;
	const char *hint;
} refusals[] = {
	{ offsetof(struct member, deleted),  "this Slack account is deactivated", "" },
	{ offsetof(struct member, bot),      "this Slack account is a bot's",
	  "Access is for people: ask with your own account." },
	{ offsetof(struct member, external), "you belong to another Slack workspace",
	  "Ask from an account of this workspace." },
	{ offsetof(struct member, guest),    "you are a guest in this Slack workspace",
	  "Only full members can be given access." },
};
/* clang-format on */

static bool may_ask(const struct member *m, struct fail *f)
{
	if (!m) {
		fail_set(f, FAIL_NOT_FOUND, "Slack knows no such user");
		return false;
	}
	for (size_t i = 0; i < ARRAY_LEN(refusals); i++) {
		if (*(const bool *)(const void *)((const char *)m + refusals[i].flag)) {
			fail_set(f, FAIL_DENIED, "%s", refusals[i].msg);
			return fail_hint(f, "%s", refusals[i].hint);
		}
	}
	return true;
}

static const struct person_map *map_find(const struct config *c, const char *user)
{
	for (size_t i = 0; i < c->people.n; i++) {
		if (text_same(c->people.items[i].slack, user)) {
			return &c->people.items[i];
		}
	}
	return NULL;
}

/* A text that does not fit is nobody's: better no match than a wrong one. */
static void copy_whole(char *dst, size_t size, const char *s)
{
	if (!text_trim(dst, size, s)) {
		dst[0] = '\0';
	}
}

static void map_lay(const struct person_map *map, struct person *p)
{
	copy_whole(p->incidentio, sizeof(p->incidentio), map->incidentio);
	copy_whole(p->pagerduty, sizeof(p->pagerduty), map->pagerduty);
	if (*map->email) {
		copy_whole(p->email, sizeof(p->email), map->email);
	}
}

bool identity_find(const struct config *c, const char *team, const char *user,
		   const struct member *m, struct person *ret_p, struct fail *f)
{
	const struct person_map *map = map_find(c, user);
	struct person p = { 0 };

	if (!may_ask(m, f)) {
		return false;
	}
	if (!text_copy(p.slack_team, sizeof(p.slack_team), team) ||
	    !text_copy(p.slack, sizeof(p.slack), user) || !*p.slack) {
		return fail_set(f, FAIL_INVALID, "this is no Slack user id");
	}
	if (m->email_confirmed) {
		copy_whole(p.email, sizeof(p.email), m->email);
	}
	if (map) {
		map_lay(map, &p);
	}
	*ret_p = p;
	return true;
}

static const struct person_map *map_find_email(const struct config *c, const char *email)
{
	const struct person_map *found = NULL;

	for (size_t i = 0; i < c->people.n; i++) {
		if (text_same_nocase(c->people.items[i].email, email)) {
			if (found) {
				return NULL; /* of several, nobody can tell which */
			}
			found = &c->people.items[i];
		}
	}
	return found;
}

bool identity_vouched(const struct config *c, const struct person *claimed,
		      struct person *ret_p, struct fail *f)
{
	const struct person_map *map = map_find(c, claimed->slack);
	struct person p = *claimed;

	if (!*p.slack && !*p.email) {
		return fail_set(
			f, FAIL_DENIED,
			"the request names nobody: neither an e-mail nor a Slack id");
	}
	map = map ? map : map_find_email(c, claimed->email);
	if (map) {
		map_lay(map, &p);
	}
	*ret_p = p;
	return true;
}

static bool fits(const struct person_map *map, const char *key, const char *value,
		 size_t size, struct fail *f)
{
	if (strlen(value) < size) {
		return true;
	}
	return fail_set(f, FAIL_INVALID, "line %d: '%s' is longer than %zu bytes",
			map->where.line, key, size - 1);
}

static bool map_check(const struct person_map *map, struct fail *f)
{
	if (!*map->slack) {
		fail_set(f, FAIL_INVALID, "line %d: 'slack' is empty", map->where.line);
		return fail_hint(f, "write the Slack user id, such as U0ANA0001.");
	}
	if (*map->email && !strchr(map->email, '@')) {
		return fail_set(f, FAIL_INVALID, "line %d: 'email' is no e-mail address",
				map->where.line);
	}
	return fits(map, "slack", map->slack, VENDOR_ID_SIZE, f) &&
	       fits(map, "incidentio", map->incidentio, VENDOR_ID_SIZE, f) &&
	       fits(map, "pagerduty", map->pagerduty, VENDOR_ID_SIZE, f) &&
	       fits(map, "email", map->email, EMAIL_SIZE, f);
}

bool identity_check(const struct config *c, struct fail *f)
{
	const struct person_map *all = c->people.items;

	for (size_t i = 0; i < c->people.n; i++) {
		if (!map_check(&all[i], f)) {
			return fail_wrap(f, "people");
		}
		/* The other way round is fine: one person may have two accounts. */
		for (size_t k = 0; k < i; k++) {
			if (text_same(all[k].slack, all[i].slack)) {
				fail_set(f, FAIL_INVALID,
					 "people: line %d: '%s' has an entry already, in "
					 "line %d",
					 all[i].where.line, all[i].slack,
					 all[k].where.line);
				return fail_hint(f, "keep one entry for each Slack id.");
			}
		}
	}
	return true;
}
