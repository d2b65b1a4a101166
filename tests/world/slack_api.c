/* SPDX-License-Identifier: Apache-2.0 */
/* The faked Slack's Web API: HTTP 200 for nearly everything, and `ok` says the truth. The
 * token's kind and scopes are checked before the arguments are. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "shared/jx.h"
#include "shared/text.h"
#include "tests/world/slack.h"

enum { VALUE_MAX = 256 * 1024, SOCKETS_PER_TICKET = 10 };

enum token_kind { TOKEN_NONE, TOKEN_UNKNOWN, TOKEN_BOT, TOKEN_APP };

/* In alphabetical order. */
/* clang-format off */
static const struct slack_method {
	const char *name;
	const char *scope; /* "": any token of the kind will do */
	enum token_kind token;
	void (*run)(struct slack_args *a);
} methods[] = {
	{ "apps.connections.open",  "connections:write", TOKEN_APP, slack_connections_open },
	{ "auth.test",              "",                  TOKEN_BOT, slack_auth_test },
	{ "chat.delete",            "chat:write",        TOKEN_BOT, slack_chat_delete },
	{ "chat.postEphemeral",     "chat:write",        TOKEN_BOT, slack_chat_ephemeral },
	{ "chat.postMessage",       "chat:write",        TOKEN_BOT, slack_chat_post },
	{ "chat.update",            "chat:write",        TOKEN_BOT, slack_chat_update },
	{ "conversations.info",     "channels:read",     TOKEN_BOT, slack_conversations_info },
	{ "conversations.join",     "channels:join",     TOKEN_BOT, slack_conversations_join },
	{ "conversations.open",     "im:write",          TOKEN_BOT, slack_conversations_open },
	{ "reactions.add",          "reactions:write",   TOKEN_BOT, slack_reactions_add },
	{ "usergroups.users.list",  "usergroups:read",   TOKEN_BOT, slack_usergroups_users },
	{ "users.info",             "users:read",        TOKEN_BOT, slack_users_info },
	{ "users.lookupByEmail",    "users:read.email",  TOKEN_BOT, slack_users_by_email },
	{ "views.open",             "",                  TOKEN_BOT, slack_views_open },
	{ "views.publish",          "",                  TOKEN_BOT, slack_views_publish },
	{ "views.push",             "",                  TOKEN_BOT, slack_views_push },
	{ "views.update",           "",                  TOKEN_BOT, slack_views_update },
};
/* clang-format on */

static const struct slack_method *method_find(const char *name)
{
	for (size_t i = 0; i < ARRAY_LEN(methods); i++) {
		if (strcmp(methods[i].name, name) == 0) {
			return &methods[i];
		}
	}
	return NULL;
}

/* --- arguments ------------------------------------------------------------------------- */

/* In forms, structures come as JSON text. */
static json_t *value_read(const char *name, const char *value)
{
	static const char *const structures[] = { "blocks", "metadata", "view" };

	for (size_t i = 0; i < ARRAY_LEN(structures); i++) {
		if (strcmp(name, structures[i]) == 0) {
			return json_loads(value, 0, NULL);
		}
	}
	return json_string(value);
}

static void form_read(json_t *args, const char *form)
{
	char *value = malloc(VALUE_MAX);
	char name[64];

	for (const char *p = form; value && *p;) {
		size_t len = strcspn(p, "&");
		size_t key = strcspn(p, "=&");
		size_t skip = key < len ? key + 1 : key;

		web_decode(p, key, name, sizeof(name));
		web_decode(p + skip, len - skip, value, VALUE_MAX);
		json_object_set_new(args, name, value_read(name, value));
		p += len + (p[len] == '&');
	}
	free(value);
}

/* NULL: the body cannot be read. */
static json_t *args_read(const struct web_request *r)
{
	char type[64] = "";
	json_t *args = json_object();

	web_header(r, "Content-Type", type, sizeof(type));
	form_read(args, r->query);
	if (strncasecmp(type, "application/json", 16) == 0) {
		json_t *body = json_loadb(r->body, r->body_len, 0, NULL);

		json_decref(args);
		args = json_is_object(body) ? body : NULL;
	} else {
		form_read(args, r->body);
	}
	return args;
}

/* --- tokens ---------------------------------------------------------------------------- */

static enum token_kind token_kind(const struct world *w, const struct web_request *r)
{
	char auth[256];

	if (!web_header(r, "Authorization", auth, sizeof(auth)) ||
	    strncasecmp(auth, "Bearer ", 7) != 0) {
		return TOKEN_NONE;
	}
	if (strcmp(auth + 7, w->bot_token) == 0) {
		return TOKEN_BOT;
	}
	return strcmp(auth + 7, w->app_token) == 0 ? TOKEN_APP : TOKEN_UNKNOWN;
}

/* Whether a comma list has a word. */
static bool list_has(const char *list, const char *word)
{
	size_t n = strlen(word);

	for (const char *p = list; *p;) {
		size_t len = strcspn(p, ",");

		if (len == n && strncmp(p, word, n) == 0) {
			return true;
		}
		p += len + (p[len] == ',');
	}
	return false;
}

/* conversations.info takes the reading scope of each kind of conversation. */
static const char *token_check(const struct world *w, const struct slack_method *m,
			       enum token_kind kind)
{
	const char *scopes = kind == TOKEN_APP ? w->app_scopes : w->scopes;

	if (kind == TOKEN_NONE) {
		return "not_authed";
	}
	if (kind == TOKEN_UNKNOWN) {
		return "invalid_auth";
	}
	if (kind != m->token && m->run != slack_auth_test) {
		return "not_allowed_token_type";
	}
	return m->scope[0] && !list_has(scopes, m->scope) ? "missing_scope" : NULL;
}

/* --- calls ------------------------------------------------------------------------------ */

static void error_reply(const struct world *w, const struct slack_method *m,
			enum token_kind kind, struct slack_args *a)
{
	json_object_set_new(a->reply, "ok", json_false());
	json_object_set_new(a->reply, "error", json_string(a->error));
	if (m && strcmp(a->error, "missing_scope") == 0) {
		json_object_set_new(a->reply, "needed", json_string(m->scope));
		json_object_set_new(
			a->reply, "provided",
			json_string(kind == TOKEN_APP ? w->app_scopes : w->scopes));
	}
	if (a->hint) {
		json_object_set_new(a->reply, "response_metadata",
				    json_pack("{s:[s]}", "messages", a->hint));
	}
}

static void call_run(struct world *w, const struct slack_method *m,
		     const struct web_request *r, struct slack_args *a)
{
	enum token_kind kind = token_kind(w, r);

	a->error = m ? token_check(w, m, kind) : "unknown_method";
	if (!a->error) {
		a->args = args_read(r);
		a->error = a->args ? NULL : "invalid_json";
	}
	if (!a->error) {
		m->run(a);
	}
	if (a->error) {
		error_reply(w, m, kind, a);
	}
}

static void slack_name(const char *method, const char *path, char *dst, size_t size)
{
	(void)method; /* Slack takes GET and POST alike. */
	text_copy(dst, size, path);
}

static void slack_answer(struct world *w, const struct call *c, struct answer *a)
{
	struct slack_args args = { .world = w, .reply = json_pack("{s:b}", "ok", 1) };

	call_run(w, method_find(c->path), c->request, &args);
	snprintf(a->headers, sizeof(a->headers), "x-oauth-scopes: %s\r\n", w->scopes);
	a->json = args.reply;
	free(args.hint);
	json_decref(args.args);
}

static void slack_refuse(struct world *w, int status, struct answer *a)
{
	(void)w;
	if (status == 429) {
		a->json = json_pack("{s:b, s:s}", "ok", 0, "error", "ratelimited");
		return;
	}
	a->type = "text/html";
	a->text = strdup("<html><body>Server Error</body></html>");
}

const struct vendor vendor_slack = {
	.prefix = "/api/",
	.name = slack_name,
	.answer = slack_answer,
	.refuse = slack_refuse,
};

/* --- the methods that are about the app itself -------------------------------------------- */

void slack_auth_test(struct slack_args *a)
{
	const struct world *w = a->world;

	json_object_set_new(a->reply, "url", json_string("https://acme.slack.com/"));
	json_object_set_new(a->reply, "team", json_string("Acme"));
	json_object_set_new(a->reply, "user", json_string("access"));
	json_object_set_new(a->reply, "team_id", json_string(w->team));
	json_object_set_new(a->reply, "user_id", json_string(w->bot_user));
	json_object_set_new(a->reply, "bot_id", json_string(w->bot_id));
	json_object_set_new(a->reply, "is_enterprise_install", json_false());
}

void slack_connections_open(struct slack_args *a)
{
	char url[256];

	slack_ticket_make(a->world, url, sizeof(url));
	json_object_set_new(a->reply, "url", json_string(url));
}
