/* SPDX-License-Identifier: Apache-2.0 */
/* What Slack posts to us over HTTP. */
#include "bot/slack/post.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "bot/slack/salvage.h"
#include "shared/form.h"
#include "shared/jx.h"

/* --- forms ---------------------------------------------------------------------------- */

/* A command's fields as the flat object that the socket brings. */
static json_t *fields_json(const struct form *form)
{
	json_t *o = json_object();
	struct buf text;

	buf_init(&text, (size_t)3 * FORM_BYTES_MAX + 1);
	for (size_t i = 0; o && i < form->n; i++) {
		const struct form_field *field = &form->fields[i];

		buf_clear(&text);
		salvage_clean_text(field->value, field->len, &text);
		/* A name that is not UTF-8 is none of Slack's, and is left out. */
		json_object_set_new(o, field->name,
				    json_stringn(buf_str(&text), text.len));
	}
	buf_finish(&text);
	return o;
}

static bool form_read(const struct form *form, struct slack_post *p, struct fail *f)
{
	const struct form_field *payload = form_find(form, "payload");
	struct envelope *e = &p->envelope;

	if (form_find(form, "ssl_check")) {
		p->kind = SLACK_POST_SSL_CHECK;
		return true;
	}
	e->kind = payload ? ENVELOPE_INTERACTIVE : ENVELOPE_SLASH;
	e->accepts_payload = true;
	e->root = payload ? salvage_parse(payload->value, payload->len, f)
			  : fields_json(form);
	e->payload = e->root;
	return e->root != NULL;
}

static bool form_body(const char *body, size_t n, struct slack_post *p, struct fail *f)
{
	struct form form;
	bool read;

	if (!form_parse(body, n, &form, f)) {
		return false;
	}
	read = form_read(&form, p, f);
	form_finish(&form);
	return read;
}

/* --- events ----------------------------------------------------------------------------- */

static bool json_body(const char *body, size_t n, struct slack_post *p, struct fail *f)
{
	struct envelope *e = &p->envelope;

	e->kind = ENVELOPE_EVENT;
	e->root = salvage_parse(body, n, f);
	e->payload = e->root;
	if (e->root && strcmp(jx_str(e->root, "type"), "url_verification") == 0) {
		p->kind = SLACK_POST_CHALLENGE;
		p->challenge = jx_str(e->root, "challenge");
	}
	return e->root != NULL;
}

/* --- all ---------------------------------------------------------------------------------- */

/* clang-format off */
static const struct {
	const char *type;
	bool (*read)(const char *body, size_t n, struct slack_post *p, struct fail *f);
} bodies[] = {
	{ "application/json",                  json_body },
	{ "application/x-www-form-urlencoded", form_body },
};
/* clang-format on */

/* "type/subtype; charset=..." */
static bool is_type(const char *content_type, const char *type)
{
	size_t n = strcspn(content_type, "; \t");

	return strlen(type) == n && strncasecmp(content_type, type, n) == 0;
}

bool slack_post_read(const char *content_type, const char *body, size_t n,
		     struct slack_post *ret_p, struct fail *f)
{
	for (size_t i = 0; i < ARRAY_LEN(bodies); i++) {
		struct slack_post p = { .kind = SLACK_POST_ENVELOPE };

		if (!content_type || !is_type(content_type, bodies[i].type)) {
			continue;
		}
		if (!bodies[i].read(body, n, &p, f)) {
			return fail_wrap(f, "cannot read what was posted");
		}
		*ret_p = p;
		return true;
	}
	return fail_set(f, FAIL_NOT_FOUND, "nothing that is posted has this type");
}

void slack_post_finish(struct slack_post *p)
{
	envelope_finish(&p->envelope);
}

bool slack_post_is_ssl_check(const char *body, size_t n)
{
	static const char check[] = "ssl_check=1";
	const char *at = memmem(body, n, check, strlen(check));

	return at && (at == body || at[-1] == '&');
}
