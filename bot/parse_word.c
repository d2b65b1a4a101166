/* SPDX-License-Identifier: Apache-2.0 */
/* Single words of a command: resources and incidents. */
#include "bot/parse_word.h"

#include <stdio.h>
#include <string.h>

#include "shared/text.h"

static const struct resource *resource_find(const char *name,
					    const struct resource_list *resources)
{
	for (size_t i = 0; i < resources->n; i++) {
		if (text_same_nocase(resources->items[i].name, name)) {
			return &resources->items[i];
		}
	}
	return NULL;
}

/* As it stands first: a name may end in a dot. */
const struct resource *word_resource(const struct word *w,
				     const struct resource_list *resources)
{
	const struct resource *r = resource_find(w->text, resources);
	char bare[2 * NAME_SIZE];

	if (r || strlen(w->text) >= sizeof(bare)) {
		return r;
	}
	word_bare(w, bare, sizeof(bare));
	return resource_find(bare, resources);
}

/* --- incidents ------------------------------------------------------------------------- */

#define DIGITS "0123456789"
#define UPPER  "ABCDEFGHIJKLMNOPQRSTUVWXYZ"

static bool is_inc(const char *s, size_t n)
{
	return n == 3 && (s[0] == 'I' || s[0] == 'i') && (s[1] == 'N' || s[1] == 'n') &&
	       (s[2] == 'C' || s[2] == 'c');
}

/* INC-204 in any case; OPS-7 in capitals. */
static bool is_reference(const char *s, bool loose)
{
	size_t upper = strspn(s, UPPER);
	size_t letters = strspn(s, UPPER "abcdefghijklmnopqrstuvwxyz");
	size_t digits = s[letters] == '-' ? strspn(s + letters + 1, DIGITS) : 0;

	if (letters < 2 || letters > 10 || digits < 1 || digits > 9 ||
	    s[letters + 1 + digits] != '\0') {
		return false;
	}
	return is_inc(s, letters) || (!loose && upper == letters);
}

static bool is_number(const char *s, size_t n)
{
	return n >= 1 && n <= 9 && strspn(s, DIGITS) >= n;
}

/* "Q1AB2CD3EF4GH5": 7 or 14 characters were seen. */
static bool is_pagerduty_id(const char *s, size_t n)
{
	return n >= 7 && n <= 14 && strchr("PQR", s[0]) && strspn(s, UPPER DIGITS) >= n &&
	       strcspn(s, DIGITS) < n;
}

/* The host of a URL is that domain or one below it. */
static bool host_is(const char *host, size_t n, const char *domain)
{
	size_t len = strlen(domain);

	return n >= len && strncmp(host + n - len, domain, len) == 0 &&
	       (n == len || host[n - len - 1] == '.');
}

/* https://app.incident.io/acme/incidents/204, https://acme.pagerduty.com/incidents/Q1AB */
static bool link_incident(const char *url, size_t len, char *ret)
{
	static const char scheme[] = "https://";
	static const char part[] = "/incidents/";
	char text[URL_SIZE];
	const char *host = text + sizeof(scheme) - 1;
	const char *id;
	size_t host_len, n;

	text_copy_n(text, sizeof(text), url, len);
	if (strncmp(text, scheme, sizeof(scheme) - 1) != 0) {
		return false;
	}
	host_len = strcspn(host, "/?#:@");
	id = strstr(host + host_len, part);
	if (!id || host[host_len] != '/') {
		return false;
	}
	id += sizeof(part) - 1;
	n = strspn(id, UPPER "abcdefghijklmnopqrstuvwxyz" DIGITS);
	if (n == 0 || n > 40 || !strchr("/?#", id[n])) {
		return false;
	}
	if (host_is(host, host_len, "pagerduty.com")) {
		snprintf(ret, VENDOR_ID_SIZE, "%s%.*s", is_number(id, n) ? "#" : "",
			 (int)n, id);
		return true;
	}
	if (host_is(host, host_len, "incident.io")) {
		snprintf(ret, VENDOR_ID_SIZE, "%s%.*s", is_number(id, n) ? "INC-" : "",
			 (int)n, id);
		return true;
	}
	return false;
}

static void upper_case(char *s)
{
	for (; *s; s++) {
		if (*s >= 'a' && *s <= 'z') {
			*s = (char)(*s - 'a' + 'A');
		}
	}
}

bool word_incident(const struct word *w, bool loose, char *ret)
{
	char bare[VENDOR_ID_SIZE];

	if (w->url) {
		return link_incident(w->url, w->url_len, ret);
	}
	if (strncmp(w->text, "https://", 8) == 0) {
		return link_incident(w->text, strlen(w->text), ret);
	}
	if (strlen(w->text) > 32) {
		return false;
	}
	word_bare(w, bare, sizeof(bare));
	if (is_reference(bare, loose)) {
		upper_case(bare);
	} else if (!(bare[0] == '#' && is_number(bare + 1, strlen(bare + 1))) &&
		   (loose || !is_pagerduty_id(bare, strlen(bare)))) {
		return false;
	}
	text_copy(ret, VENDOR_ID_SIZE, bare);
	return true;
}

/* --- resources that there are not ------------------------------------------------------ */

enum {
	NEAREST = 3,
	SHOWN_CHARS = 40,
	DISTANCE_CAP = 64,
	MISTYPED_MIN = 4,
	MISTYPED_DISTANCE = 2,
};

static size_t distance(const char *typed, const char *name)
{
	size_t d = text_distance(typed, name, DISTANCE_CAP);

	/* "db" means prod-db rather than some name that is as short. */
	return d > 1 && strlen(typed) > 1 && strstr(name, typed) ? 1 : d;
}

/* The names nearest to what was typed, nearest first, in the config's order when equal. */
static size_t find_nearest(const char *typed, const struct resource_list *resources,
			   const char *ret[NEAREST])
{
	size_t at[NEAREST];
	size_t n = 0;

	for (size_t i = 0; i < resources->n; i++) {
		size_t d = distance(typed, resources->items[i].name);
		size_t k = n;

		while (k > 0 && d < at[k - 1]) {
			k--;
		}
		if (k == NEAREST) {
			continue;
		}
		n += n < NEAREST;
		for (size_t j = n - 1; j > k; j--) {
			at[j] = at[j - 1];
			ret[j] = ret[j - 1];
		}
		at[k] = d;
		ret[k] = resources->items[i].name;
	}
	return n;
}

bool word_is_mistyped(const struct word *w, const struct resource_list *resources)
{
	char typed[NAME_SIZE];

	word_bare(w, typed, sizeof(typed));
	text_lower(typed);
	for (size_t i = 0; strlen(typed) >= MISTYPED_MIN && i < resources->n; i++) {
		if (text_distance(typed, resources->items[i].name,
				  MISTYPED_DISTANCE + 1) <= MISTYPED_DISTANCE) {
			return true;
		}
	}
	return false;
}

/* "prod-db, prod-cache or staging-db" */
static void list_names(const char *const names[], size_t n, char *dst, size_t size)
{
	dst[0] = '\0';
	for (size_t i = 0; i < n; i++) {
		size_t len = strlen(dst);

		snprintf(dst + len, size - len, "%s%s",
			 i == 0       ? ""
			 : i + 1 == n ? " or "
				      : ", ",
			 names[i]);
	}
}

void say_unknown_resource(const struct word *w, const struct resource_list *resources,
			  const char *command, char *ret_problem, size_t size)
{
	const char *names[NEAREST];
	char shown[4 * SHOWN_CHARS + 8];
	char list[NEAREST * NAME_SIZE + 16];
	char typed[NAME_SIZE];
	char problem[1024];

	word_bare(w, typed, sizeof(typed));
	snprintf(shown, sizeof(shown), "%.*s%s", (int)text_cut(typed, SHOWN_CHARS), typed,
		 typed[text_cut(typed, SHOWN_CHARS)] ? "…" : "");
	text_lower(typed);
	list_names(names, find_nearest(typed, resources, names), list, sizeof(list));
	if (list[0]) {
		snprintf(
			problem, sizeof(problem),
			"There is no resource called '%s'. Do you mean %s?\n%s help says "
			"how to ask.",
			shown, list, command);
	} else {
		snprintf(problem, sizeof(problem),
			 "There is no resource called '%s': none is configured yet.",
			 shown);
	}
	text_copy(ret_problem, size, problem);
}

void say_no_resource(const struct resource_list *resources, const char *command,
		     char *ret_problem, size_t size)
{
	snprintf(ret_problem, size,
		 "Which resource? Name one, such as %s %.127s 2h.\n%s help lists them.",
		 command, resources->n > 0 ? resources->items[0].name : "prod-db",
		 command);
}
