/* SPDX-License-Identifier: Apache-2.0 */
/* What is said about provisioners before anything is granted by them: each row is a part of
 * a config and what is wrong with it. */
#include "approver/provisioners.h"

#include <stdlib.h>
#include <string.h>

#include "approver/told.h"
#include "bot/config.h"
#include "tests/lib/test.h"

#define OKTA \
	"provisioners = ( { name = \"okta\"; type = \"indent\"; " \
	"url = \"https://okta.example/\"; secret = \"env:X\"; } );\n"
#define SCRIPT "provisioners = ( { name = \"script\"; type = \"command\"; command = "
#define RES    "resources = ( { name = \"prod-db\"; "

static const struct {
	const char *text;
	const char *says; /* NULL: nothing is wrong */
	const char *hint;
} rows[] = {
	{ RES "} );", NULL, NULL },
	{ OKTA RES "provision = \"okta\"; target = { kind = \"okta.v1.Group\"; "
		   "id = \"00g1\"; labels = { oktaId = \"00g1\"; }; }; } );",
	  NULL, NULL },
	{ SCRIPT "[ \"/usr/local/bin/grant\", \"--for\", \"db\" ]; } );\n" RES
		 "provision = \"script\"; } );",
	  NULL, NULL },
	{ "provisioners = ( { name = \"ledger\"; type = \"none\"; } );\n" RES
	  "provision = \"ledger\"; } );",
	  NULL, NULL },
	{ OKTA RES "provision = \"otka\"; } );",
	  "resource 'prod-db': no provisioner is called 'otka'", "Did you mean 'okta'?" },
	{ RES "provision = \"okta\"; } );", "no provisioner is called 'okta'",
	  "Add it to 'provisioners'." },
	{ RES "target = { id = \"x\"; }; } );",
	  "has a target, but nobody to provision it", "'provision'" },
	{ OKTA RES "provision = \"okta\"; } );", "'target' needs the kind and id",
	  "provisioners.md" },
	{ OKTA RES "provision = \"okta\"; target = { kind = \"okta.v1.AppUser\"; "
		   "id = \"00u\"; }; } );",
	  "its target cannot be a user", "" },
	{ "provisioners = ( { name = \"okta\"; type = \"indent\"; secret = \"env:X\"; } );",
	  "provisioner 'okta': type indent needs a 'url'", "" },
	{ "provisioners = ( { name = \"okta\"; type = \"indent\"; secret = \"env:X\"; "
	  "url = \"http://okta.example/\"; } );",
	  "provisioner 'okta'", "" },
	{ SCRIPT "[ ]; } );", "needs a 'command'", "/usr/local/bin/grant" },
	{ SCRIPT "[ \"grant\" ]; } );", "'command' begins with 'grant'", "whole path" },
	{ "provisioners = ( { name = \"x\"; type = \"command\"; url = \"https://x/\"; "
	  "command = [ \"/bin/true\" ]; } );",
	  "takes no 'url'", "" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; command = [ \"/x\" ]; } );",
	  "takes neither", "" },
	{ "provisioners = ( { name = \"X y\"; type = \"none\"; } );",
	  "cannot be called that", "a-z" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; }, "
	  "{ name = \"x\"; type = \"none\"; } );",
	  "a second one of that name", "" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; timeout = \"100ms\"; } );",
	  "'timeout' must be between 1s and 15m", "" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; timeout = \"16m\"; } );",
	  "'timeout' must be between 1s and 15m", "" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; concurrency = 0; } );",
	  "'concurrency' must be between 1 and 64", "" },
	{ SCRIPT "[ \"/x\" ]; actions = [ \"extend\", \"list\" ]; } );", NULL, NULL },
	{ "provisioners = ( { name = \"x\"; type = \"indent\"; url = \"https://x/\"; "
	  "actions = [ \"list\" ]; } );",
	  "'actions' holds what its type cannot do", "docs/provisioners.md" },
	{ SCRIPT "[ \"/x\" ]; actions = [ \"restart\" ]; } );",
	  "'actions' holds what its type cannot do", "docs/provisioners.md" },
	{ "provisioners = ( { name = \"x\"; type = \"none\"; actions = [ \"extend\" ]; } );",
	  "'actions' holds what its type cannot do", "docs/provisioners.md" },
};

static void each_mistake_is_said(void **state)
{
	(void)state;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config c;
		struct fail f = { 0 };
		bool ok;

		assert_true(conf_read_text(rows[i].text, "t.conf", &config_table, false,
					   &c, &f));
		ok = provisioners_check(&c, &f);
		if (ok != (rows[i].says == NULL) ||
		    (rows[i].says && !strstr(f.msg, rows[i].says)) ||
		    (rows[i].hint && !strstr(f.hint, rows[i].hint))) {
			fail_msg("row %zu: '%s', '%s'", i, f.msg, f.hint);
		}
		config_finish(&c);
	}
}

/* What the target is called is kept as it is written. */
static void what_is_told_comes_back_byte_for_byte(void **state)
{
	static char kind[] = "okta.v1.Group";
	static char id[] = "a/b \"c\" \xe2\x98\x82";
	static char name[] = "";
	static char key[] = "aws/permissionArn";
	static char value[] = "arn:aws:sso:::permissionSet/x\\y";
	static char resource[] = "prod-db";
	static char provision[] = "okta";
	struct str_pair pair = { key, value };
	struct resource r = { .name = resource,
			      .provision = provision,
			      .target = {
				      .kind = kind, .id = id, .display_name = name } };
	char lane[LANE_SIZE];
	struct told t;
	struct fail f;
	char *json;

	(void)state;
	r.target.labels = (struct str_map){ &pair, 1 };
	json = told_format(&r, "ana@acme.example", &r.target.labels);
	assert_true(told_parse(json, &t, &f));
	assert_string_equal(t.email, "ana@acme.example");
	assert_string_equal(t.target.kind, kind);
	assert_string_equal(t.target.id, id);
	assert_int_equal(t.target.labels.n, 1);
	assert_string_equal(t.target.labels.items[0].key, key);
	assert_string_equal(t.target.labels.items[0].value, value);
	assert_string_equal(t.labels.items[0].key, key);
	told_finish(&t);
	free(json);
	told_lane(&r, "T0ACME001", "U0ANA0001", lane);
	assert_has(lane, "okta/T0ACME001/U0ANA0001/okta.v1.Group/a/b");
	assert_false(told_parse("[]", &t, &f));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_mistake_is_said),
		cmocka_unit_test(what_is_told_comes_back_byte_for_byte),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
