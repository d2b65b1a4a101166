/* SPDX-License-Identifier: Apache-2.0 */
/* URLs that accessd may talk to. Stricter than RFC 3986: what it allows but no vendor
 * writes is refused, since two parsers may read it in two ways. */
#include "shared/url.h"

#include <arpa/inet.h>
#include <string.h>

#include "shared/text.h"

/* clang-format off */
static const struct {
	const char *name;
	bool tls;
	uint16_t port;
} schemes[] = {
	{ "http",  false, 80 },
	{ "https", true,  443 },
	{ "ws",    false, 80 },
	{ "wss",   true,  443 },
};
/* clang-format on */

static bool is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* What no part of a URL may hold. */
static bool check_characters(const char *s, struct fail *f)
{
	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;

		if (c <= ' ' || c >= 0x7f || strchr("\\\"<>^`{|}", c)) {
			return fail_set(f, FAIL_INVALID,
					"a URL cannot hold white space, control "
					"characters or any of \\ \" < > ^ ` { | }");
		}
		if (c == '#') {
			return fail_set(f, FAIL_INVALID, "a URL here has no '#' part");
		}
	}
	return true;
}

static bool take_scheme(const char **s, struct url *u, struct fail *f)
{
	const char *end = strstr(*s, "://");
	size_t n = end ? (size_t)(end - *s) : 0;

	if (n > 0 && n < sizeof(u->scheme)) {
		text_copy_n(u->scheme, sizeof(u->scheme), *s, n);
		text_lower(u->scheme);
		for (size_t i = 0; i < ARRAY_LEN(schemes); i++) {
			if (strcmp(u->scheme, schemes[i].name) == 0) {
				u->tls = schemes[i].tls;
				u->port = schemes[i].port;
				*s = end + 3;
				return true;
			}
		}
	}
	return fail_set(f, FAIL_INVALID, "a URL starts with https:// or wss://");
}

/* Labels of letters, digits, - and _; an address of four numbers is one as well. */
static bool is_host_name(const char *s)
{
	size_t label = 0;

	for (; *s; s++) {
		bool inner = label > 0 && s[1] && s[1] != '.';

		if (*s == '.') {
			if (label == 0 || !s[1]) {
				return false;
			}
			label = 0;
		} else if (is_alnum(*s) || *s == '_' || (*s == '-' && inner)) {
			label++;
		} else {
			return false;
		}
		if (label > 63) {
			return false;
		}
	}
	return label > 0;
}

static bool take_host(const char *host, size_t n, bool bracketed, struct url *u,
		      struct fail *f)
{
	struct in6_addr six;

	/* 253 is what DNS can carry. */
	if (n == 0 || n > 253) {
		return fail_set(f, FAIL_INVALID,
				n ? "the host of a URL is too long"
				  : "a URL needs a host");
	}
	text_copy_n(u->host, sizeof(u->host), host, n);
	text_lower(u->host);
	if (bracketed ? inet_pton(AF_INET6, u->host, &six) != 1
		      : !is_host_name(u->host)) {
		return fail_set(f, FAIL_INVALID,
				"the host of a URL is not a host's name");
	}
	return true;
}

/* ":8443" or "". */
static bool take_port(const char *s, size_t n, struct url *u, struct fail *f)
{
	uint32_t port = 0;

	if (n == 0) {
		return true;
	}
	for (size_t i = 1; i < n && i < 7; i++) {
		if (s[i] < '0' || s[i] > '9') {
			port = 0;
			break;
		}
		port = port * 10 + (uint32_t)(s[i] - '0');
	}
	if (s[0] != ':' || n > 6 || port < 1 || port > 65535) {
		return fail_set(f, FAIL_INVALID, "the port of a URL is 1 to 65535");
	}
	u->port = (uint16_t)port;
	return true;
}

static bool take_authority(const char *s, size_t n, struct url *u, struct fail *f)
{
	const char *end = s + n;
	const char *host_end;
	bool bracketed = n > 0 && *s == '[';

	if (memchr(s, '@', n)) {
		return fail_set(f, FAIL_INVALID, "a URL here has no user name");
	}
	host_end = memchr(s, bracketed ? ']' : ':', n);
	if (!bracketed) {
		host_end = host_end ? host_end : end;
		return take_host(s, (size_t)(host_end - s), false, u, f) &&
		       take_port(host_end, (size_t)(end - host_end), u, f);
	}
	if (!host_end) {
		return fail_set(f, FAIL_INVALID,
				"the host of a URL is not a host's name");
	}
	return take_host(s + 1, (size_t)(host_end - s) - 1, true, u, f) &&
	       take_port(host_end + 1, (size_t)(end - host_end) - 1, u, f);
}

static bool take_path(const char *s, struct url *u, struct fail *f)
{
	bool slash = *s == '/';

	u->path[0] = '/';
	if (!text_copy(u->path + !slash, sizeof(u->path) - !slash, s)) {
		return fail_set(f, FAIL_INVALID, "the path of a URL is too long");
	}
	return true;
}

bool url_parse(const char *text, struct url *ret_url, struct fail *f)
{
	struct url u = { 0 };
	size_t n;

	if (!check_characters(text, f) || !take_scheme(&text, &u, f)) {
		return false;
	}
	n = strcspn(text, "/?");
	if (!take_authority(text, n, &u, f) || !take_path(text + n, &u, f)) {
		return false;
	}
	if (!u.tls && !url_host_is_loopback(u.host)) {
		fail_set(f, FAIL_INVALID, "'%.100s' may be reached by %s only", u.host,
			 u.scheme[0] == 'w' ? "wss" : "https");
		return fail_hint(f, "Plain %s is for this machine's own addresses.",
				 u.scheme);
	}
	*ret_url = u;
	return true;
}

/* Only what is surely loopback: the C library would take 127.1 and 0x7f000001 for
 * addresses, too, and "localhost." for a name. */
bool url_host_is_loopback(const char *host)
{
	struct in_addr four;
	struct in6_addr six;

	if (inet_pton(AF_INET, host, &four) == 1) {
		return ntohl(four.s_addr) >> 24 == 127;
	}
	if (inet_pton(AF_INET6, host, &six) == 1) {
		return IN6_IS_ADDR_LOOPBACK(&six);
	}
	return text_same_nocase(host, "localhost");
}

bool url_join(struct buf *out, const char *base, const char *path)
{
	size_t n = strlen(base);

	while (n > 0 && base[n - 1] == '/') {
		n--;
	}
	path += strspn(path, "/");
	return buf_add(out, base, n) && buf_add_char(out, '/') && buf_add_str(out, path);
}

bool url_encode(struct buf *out, const char *s)
{
	static const char hex[] = "0123456789ABCDEF";

	for (; *s; s++) {
		unsigned char c = (unsigned char)*s;
		char code[3] = { '%', hex[c >> 4], hex[c & 15] };
		bool plain = is_alnum(*s) || strchr("-._~", *s);

		if (!(plain ? buf_add_char(out, *s) : buf_add(out, code, sizeof(code)))) {
			return false;
		}
	}
	return true;
}
