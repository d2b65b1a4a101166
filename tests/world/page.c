/* SPDX-License-Identifier: Apache-2.0 */
/* The demo page, kept inside the program so that it runs from anywhere. */
#include <string.h>

#include "accessd/types.h"
#include "tests/world/vendor.h"

/* Relative to the root of the project, from where everything is compiled. */
#define EMBED(name, file) \
	__asm__(".section .rodata\n" \
		".global " #name "\n" #name ":\n" \
		".incbin \"tests/world/page/" file "\"\n" \
		".global " #name "_end\n" #name "_end:\n" \
		".byte 0\n" \
		".previous\n"); \
	extern const char name[]; \
	extern const char name##_end[]

EMBED(page_index_html, "index.html");
EMBED(page_app_js, "app.js");
EMBED(page_render_js, "render.js");
EMBED(page_style_css, "style.css");

static const struct {
	const char *path;
	const char *type;
	const char *body;
	const char *end;
} files[] = {
	{ "/", "text/html; charset=utf-8", page_index_html, page_index_html_end },
	{ "/app.js", "text/javascript; charset=utf-8", page_app_js, page_app_js_end },
	{ "/render.js", "text/javascript; charset=utf-8", page_render_js,
	  page_render_js_end },
	{ "/style.css", "text/css; charset=utf-8", page_style_css, page_style_css_end },
};

void page_request(struct web_request *r)
{
	static const char headers[] =
		"Cache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n"
		"Content-Security-Policy: default-src 'self'; img-src 'self' data:\r\n";

	for (size_t i = 0; i < ARRAY_LEN(files); i++) {
		if (strcmp(files[i].path, r->path) == 0) {
			web_reply(r, 200, files[i].type, headers, files[i].body,
				  (size_t)(files[i].end - files[i].body));
			return;
		}
	}
	web_reply(r, 404, "text/plain", NULL, "not found\n", 10);
}
