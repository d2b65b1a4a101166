/* SPDX-License-Identifier: Apache-2.0 */
/* Ed25519 keys in files, and what they sign. */
#include "tests/lib/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "accessd/types.h"
#include "shared/signing.h"
#include "tests/lib/temp_dir.h"

struct fixture {
	struct temp_dir dir;
	char path[160];
	struct signing_key *key;
	struct signing_keys *keys;
	struct fail fail;
};

static int setup(void **state)
{
	struct fixture *t = calloc(1, sizeof(*t));

	assert_non_null(t);
	temp_dir_make(&t->dir);
	snprintf(t->path, sizeof(t->path), "%s/k", t->dir.path);
	*state = t;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *t = *state;

	signing_key_close(t->key);
	signing_keys_close(t->keys);
	temp_dir_remove(&t->dir);
	free(t);
	return 0;
}

static void write_text(const char *path, const char *text, mode_t mode)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs(text, file);
	fclose(file);
	assert_int_equal(chmod(path, mode), 0);
}

/* RFC 8032, 7.1, test 1: the private key in PKCS #8, and what it signs of nothing. */
static const char rfc8032[] =
	"-----BEGIN PRIVATE KEY-----\n"
	"MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g\n"
	"-----END PRIVATE KEY-----\n";
static const uint8_t rfc8032_signature[SIGNATURE_SIZE] = {
	0xe5, 0x56, 0x43, 0x00, 0xc3, 0x60, 0xac, 0x72, 0x90, 0x86, 0xe2, 0xcc, 0x80,
	0x6e, 0x82, 0x8a, 0x84, 0x87, 0x7f, 0x1e, 0xb8, 0xe5, 0xd9, 0x74, 0xd8, 0x73,
	0xe0, 0x65, 0x22, 0x49, 0x01, 0x55, 0x5f, 0xb8, 0x82, 0x15, 0x90, 0xa3, 0x3b,
	0xac, 0xc6, 0x1e, 0x39, 0x70, 0x1c, 0xf9, 0xb4, 0x6b, 0xd2, 0x5b, 0xf5, 0xf0,
	0x59, 0x5b, 0xbe, 0x24, 0x65, 0x51, 0x41, 0x43, 0x8e, 0x7a, 0x10, 0x0b
};

static void a_key_signs_as_the_standard_says(void **state)
{
	struct fixture *t = *state;
	uint8_t signature[SIGNATURE_SIZE];

	write_text(t->path, rfc8032, 0600);
	assert_true(signing_key_open(t->path, &t->key, &t->fail));
	assert_true(signing_key_sign(t->key, "", 0, signature, &t->fail));
	assert_memory_equal(signature, rfc8032_signature, SIGNATURE_SIZE);
	assert_int_equal(strlen(signing_key_id(t->key)), KEY_ID_SIZE - 1);
}

static void a_key_is_made_once_and_read_again(void **state)
{
	struct fixture *t = *state;
	char id[KEY_ID_SIZE];
	struct stat st;

	assert_true(signing_key_open(t->path, &t->key, &t->fail));
	snprintf(id, sizeof(id), "%s", signing_key_id(t->key));
	assert_int_equal(stat(t->path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	signing_key_close(t->key);
	assert_true(signing_key_open(t->path, &t->key, &t->fail));
	assert_string_equal(signing_key_id(t->key), id);
}

static void only_what_was_signed_is_genuine(void **state)
{
	struct fixture *t = *state;
	uint8_t signature[SIGNATURE_SIZE];
	const char *id;

	assert_true(signing_key_make(&t->key, &t->fail));
	assert_true(signing_keys_of(t->key, &t->keys, &t->fail));
	id = signing_key_id(t->key);
	assert_true(signing_key_sign(t->key, "text", 4, signature, &t->fail));
	assert_true(
		signing_keys_check(t->keys, id, "text", 4, signature, SIGNATURE_SIZE));
	assert_false(
		signing_keys_check(t->keys, id, "texT", 4, signature, SIGNATURE_SIZE));
	assert_false(signing_keys_check(t->keys, id, "text", 4, signature, 63));
	assert_false(
		signing_keys_check(t->keys, "", "text", 4, signature, SIGNATURE_SIZE));
	signature[9] ^= 1;
	assert_false(
		signing_keys_check(t->keys, id, "text", 4, signature, SIGNATURE_SIZE));
}

static void a_file_may_hold_several_keys(void **state)
{
	struct fixture *t = *state;
	struct signing_key *other;
	struct buf pem;

	buf_init(&pem, 4096);
	assert_true(signing_key_make(&t->key, &t->fail));
	assert_true(signing_key_make(&other, &t->fail));
	for (int i = 0; i < 2; i++) {
		struct signing_keys *one;

		assert_true(signing_keys_of(i ? other : t->key, &one, &t->fail));
		assert_true(signing_keys_format(one, &pem, &t->fail));
		signing_keys_close(one);
	}
	buf_add_str(&pem, rfc8032);
	write_text(t->path, buf_str(&pem), 0644);
	assert_true(signing_keys_read(t->path, &t->keys, &t->fail));
	assert_true(signing_keys_have(t->keys, signing_key_id(t->key)));
	assert_true(signing_keys_have(t->keys, signing_key_id(other)));
	buf_clear(&pem);
	assert_true(signing_keys_format(t->keys, &pem, &t->fail));
	assert_has_not(buf_str(&pem), "PRIVATE");
	buf_finish(&pem);
	signing_key_close(other);
}

static void what_is_no_key_is_refused(void **state)
{
	static const char *const texts[] = {
		"", "nothing of the kind\n",
		"-----BEGIN PRIVATE KEY-----\nMC4CAQ\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n" /* cut off */
	};
	struct fixture *t = *state;

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		write_text(t->path, texts[i], 0600);
		assert_row(!signing_key_open(t->path, &t->key, &t->fail), i, texts[i]);
		assert_has(t->fail.msg, t->path);
		assert_row(!signing_keys_read(t->path, &t->keys, &t->fail), i, texts[i]);
	}
	write_text(t->path, rfc8032, 0640);
	assert_false(signing_key_open(t->path, &t->key, &t->fail));
	assert_has(t->fail.msg, "others can read");
	assert_false(signing_key_open(t->dir.path, &t->key, &t->fail));
	assert_false(signing_key_open("/nowhere/k", &t->key, &t->fail));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_key_signs_as_the_standard_says),
		TEST(a_key_is_made_once_and_read_again),
		TEST(only_what_was_signed_is_genuine),
		TEST(a_file_may_hold_several_keys),
		TEST(what_is_no_key_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
