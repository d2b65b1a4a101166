/* SPDX-License-Identifier: Apache-2.0 */
/* Query strings and forms, as the faked vendors read them. */
#include <ctype.h>
#include <string.h>

#include "tests/world/web.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9') {
		return c - '0';
	}
	c = (char)tolower((unsigned char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

void web_decode(const char *s, size_t n, char *dst, size_t size)
{
	size_t used = 0;

	for (size_t i = 0; i < n && used + 1 < size; i++) {
		if (s[i] == '%' && i + 2 < n && hex_digit(s[i + 1]) >= 0 &&
		    hex_digit(s[i + 2]) >= 0) {
			dst[used++] =
				(char)(hex_digit(s[i + 1]) * 16 + hex_digit(s[i + 2]));
			i += 2;
		} else {
			dst[used++] = s[i];
			if (s[i] == '+') {
				dst[used - 1] = ' ';
			}
		}
	}
	dst[used] = '\0';
}

bool web_query(const char *query, const char *name, size_t nth, char *dst, size_t size)
{
	for (const char *p = query; *p;) {
		size_t len = strcspn(p, "&");
		size_t key_len = strcspn(p, "=&");
		char key[128];

		web_decode(p, key_len, key, sizeof(key));
		if (strcmp(key, name) == 0 && nth-- == 0) {
			size_t skip = key_len < len ? key_len + 1 : key_len;

			web_decode(p + skip, len - skip, dst, size);
			return true;
		}
		p += len + (p[len] == '&');
	}
	return false;
}
