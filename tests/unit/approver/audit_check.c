/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever is done to an audit, its check says so, and says where. */
#include "tests/lib/sqlite_fixture.h"

#include <stdlib.h>
#include <sys/stat.h>

#include "accessd/reader.h"
#include "shared/buf.h"
#include "tests/lib/ledger_rows.h"
#include "tests/lib/ledger_tamper.h"

enum { STORIES = 12, SIGNED_ROWS = 48, ROWS = 50, ROUNDS = 400 };

static struct audit_report report;
static char victim[160]; /* the copy that is tampered with */
static char key[160];

static void sign(struct sqlite_fixture *t, int64_t at_ms)
{
	struct store_op op = { .kind = STORE_AUDIT_SIGN };

	op.audit_sign.at_ms = at_ms;
	assert_true(ledger_do(&store_sqlite, t->db, &op, &t->fail));
}

/* Each story is asked, granted, the grant, closed: four rows. Heads at 24 and at 48, and
 * two rows that nothing covers. */
static int audit_setup(void **state)
{
	struct sqlite_fixture *t;

	sqlite_setup(state);
	t = *state;
	snprintf(victim, sizeof(victim), "%s/victim.db", t->dir.path);
	snprintf(key, sizeof(key), "%s.key", t->path);
	sqlite_must_open(t);
	for (unsigned n = 1; n <= STORIES; n++) {
		struct store_op op = ledger_close(n, "expired");

		assert_true(ledger_grant_whole(&store_sqlite, t->db, n, &t->fail));
		assert_true(ledger_do(&store_sqlite, t->db, &op, &t->fail));
		if (n == STORIES / 2 || n == STORIES) {
			sign(t, 1787565600000 + n);
		}
	}
	assert_adds(t, 100);
	assert_adds(t, 101);
	sqlite_shut(t);
	return 0;
}

static const char *url_of(const char *path)
{
	static char url[200];

	snprintf(url, sizeof(url), "sqlite:%s", path);
	return url;
}

static void verify(const char *path, const char *key_file)
{
	struct reader *l;
	struct fail f = { 0 };

	if (!reader_open(url_of(path), &l, &f) ||
	    !reader_verify(l, key_file, &report, &f)) {
		fail_msg("%s", f.msg);
	}
	reader_close(l);
}

#define assert_broken(path, text) \
	do { \
		verify(path, key); \
		assert_false(report.whole); \
		assert_has(report.what, text); \
	} while (0)

static void a_run_is_whole(void **state)
{
	struct sqlite_fixture *t = *state;

	verify(t->path, NULL);
	assert_true(report.whole);
	assert_int_equal(report.rows, ROWS);
	assert_int_equal(report.heads, 2);
	assert_int_equal(report.signed_seq, SIGNED_ROWS);
	verify(t->path, key);
	assert_true(report.whole);
	tamper_copy(t->path, victim);
	verify(victim, key);
	assert_true(report.whole);
}

static void the_key_is_for_nobody_else(void **state)
{
	struct sqlite_fixture *t = *state;
	struct stat st;
	struct reader *l;

	assert_int_equal(stat(key, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(chmod(key, 0644), 0);
	sqlite_must_open(t);
	assert_true(reader_open(url_of(t->path), &l, &t->fail));
	assert_true(reader_verify(l, NULL, &report, &t->fail)); /* it only checks */
	reader_close(l);
	sqlite_add(t, 200);
	struct store_op op = { .kind = STORE_AUDIT_SIGN };

	assert_false(ledger_do(&store_sqlite, t->db, &op, &t->fail));
	assert_has(t->fail.msg, "others can read");
}

static void any_bit_that_is_flipped_is_found_where_it_is(void **state)
{
	struct sqlite_fixture *t = *state;
	uint32_t dice = 20260824;

	for (int i = 0; i < ROUNDS; i++) {
		int64_t seq;
		const char *column;

		dice = dice * 1664525 + 1013904223;
		seq = 1 + (dice >> 8) % ROWS;
		tamper_copy(t->path, victim);
		column = tamper_bit(victim, seq, dice >> 4);
		verify(victim, key);
		if (report.whole || report.seq != seq ||
		    !strstr(report.what, "was changed: its hash")) {
			fail_msg("round %d, row %d, %s: %d '%s'", i, (int)seq, column,
				 (int)report.seq, report.what);
		}
	}
}

static void a_blob_in_place_of_a_text_is_a_change(void **state)
{
	struct sqlite_fixture *t = *state;

	tamper_copy(t->path, victim);
	/* STRICT refuses it; whoever edits the file itself is not asked. */
	tamper(victim, "PRAGMA writable_schema = ON; UPDATE sqlite_master SET sql ="
		       " replace(sql, 'STRICT', '') WHERE name = 'audit'");
	tamper(victim, "UPDATE audit SET data = CAST(data AS BLOB) WHERE seq = 7");
	assert_broken(victim, "row 7 was changed");
	tamper(victim, "UPDATE audit SET data = CAST(data AS TEXT) WHERE seq = 7");
	verify(victim, key);
	assert_true(report.whole);
	tamper(victim, "UPDATE audit SET subject = subject || char(0) || 'x'"
		       " WHERE seq = 9");
	assert_broken(victim, "row 9 was changed");
}

static void what_is_deleted_is_missed(void **state)
{
	struct sqlite_fixture *t = *state;
	char want[120];

	for (int from = 1; from <= SIGNED_ROWS; from++) {
		for (int n = 1; from + n <= SIGNED_ROWS; n += 7) {
			tamper_copy(t->path, victim);
			assert_int_equal(tamper(victim,
						"DELETE FROM audit WHERE seq"
						" BETWEEN %d AND %d",
						from, from + n - 1),
					 n);
			snprintf(want, sizeof(want),
				 n == 1 ? "row %d is missing" : "rows %d-%d are missing",
				 from, from + n - 1);
			assert_broken(victim, want);
		}
	}
}

static void a_tail_is_missed_as_far_as_it_was_signed(void **state)
{
	struct sqlite_fixture *t = *state;
	char want[120];

	for (int left = 0; left < SIGNED_ROWS; left++) {
		int lost = SIGNED_ROWS - left;

		tamper_copy(t->path, victim);
		tamper(victim, "DELETE FROM audit WHERE seq > %d", left);
		snprintf(want, sizeof(want),
			 lost == 1 ? "the last row that the signed head of"
				   : "the last %d rows that the signed head of",
			 lost);
		assert_broken(victim, want);
		assert_has(report.what, "2026-08-24T10:00:00");
	}
	tamper_copy(t->path, victim);
	tamper(victim, "DELETE FROM audit WHERE seq > %d", SIGNED_ROWS);
	verify(victim, key);
	assert_true(report.whole); /* which is why it is signed again and again */
}

static void rows_that_are_swapped_are_out_of_place(void **state)
{
	struct sqlite_fixture *t = *state;

	for (int a = 1; a < SIGNED_ROWS; a += 5) {
		int b = 1 + (a * 7 + 3) % SIGNED_ROWS;
		int first = a < b ? a : b;
		char want[120];

		if (a == b) {
			continue;
		}
		tamper_copy(t->path, victim);
		tamper(victim,
		       "UPDATE audit SET seq = -1 WHERE seq = %d;"
		       "UPDATE audit SET seq = %d WHERE seq = %d;"
		       "UPDATE audit SET seq = %d WHERE seq = -1",
		       a, a, b, b);
		snprintf(want, sizeof(want), "row %d is not in its place: it was row %d",
			 first, a < b ? b : a);
		assert_broken(victim, want);
	}
}

static void rows_that_close_a_gap_are_out_of_place(void **state)
{
	struct sqlite_fixture *t = *state;

	tamper_copy(t->path, victim);
	tamper(victim, "DELETE FROM audit WHERE seq = 12;"
		       "UPDATE audit SET seq = -seq WHERE seq > 12;"
		       "UPDATE audit SET seq = -seq - 1 WHERE seq < 0");
	assert_broken(victim, "row 12 is not in its place: it was row 13");
}

static void a_row_put_in_between_is_seen(void **state)
{
	struct sqlite_fixture *t = *state;

	tamper_copy(t->path, victim);
	tamper(victim,
	       "INSERT INTO audit SELECT 0, at_ms, subject, subject_id,"
	       " from_state, to_state, prev, hash, data FROM audit WHERE seq = 1");
	assert_broken(victim, "impossible number");
	tamper_copy(t->path, victim);
	tamper(victim,
	       "INSERT INTO audit SELECT 51, at_ms, subject, subject_id,"
	       " from_state, to_state, prev, hash, data FROM audit WHERE seq = 50");
	assert_broken(victim, "row 51 is not in its place: it was row 50");
}

/* --- somebody who knows how the chain is made ------------------------------------- */

/* A ledger made anew, with the same rows and the same shape, but not the same past. */
static void forge(struct sqlite_fixture *t, const char *name)
{
	char path[160];
	struct sqlite_fixture forged = *t;

	snprintf(path, sizeof(path), "%s/%s", t->dir.path, name);
	remove(path);
	forged.path = path;
	forged.db = NULL;
	sqlite_must_open(&forged);
	for (unsigned n = 1; n <= STORIES; n++) {
		struct store_op op = ledger_close(n, "released");

		assert_true(ledger_grant_whole(&store_sqlite, forged.db, n, &t->fail));
		assert_true(ledger_do(&store_sqlite, forged.db, &op, &t->fail));
	}
	sqlite_shut(&forged);
}

static void a_chain_written_anew_is_not_the_one_that_was_signed(void **state)
{
	struct sqlite_fixture *t = *state;
	char forged[160];

	snprintf(forged, sizeof(forged), "%s/forged.db", t->dir.path);
	forge(t, "forged.db");
	tamper(forged,
	       "ATTACH '%s' AS old; INSERT INTO audit_head SELECT * FROM"
	       " old.audit_head",
	       t->path);
	assert_broken(forged, "row 24 is not the one that was signed at 2026-08-24");
}

static void one_row_with_a_hash_made_for_it_is_found_by_the_next(void **state)
{
	struct sqlite_fixture *t = *state;
	char forged[160];

	/* Up to row 3 both were made alike. */
	snprintf(forged, sizeof(forged), "%s/forged.db", t->dir.path);
	forge(t, "forged.db");
	tamper_copy(t->path, victim);
	tamper(victim,
	       "ATTACH '%s' AS other; DELETE FROM audit WHERE seq = 4; INSERT"
	       " INTO audit SELECT * FROM other.audit WHERE seq = 4",
	       forged);
	assert_broken(victim, "row 4 was changed, with its hash: row 5 was made upon "
			      "another");
}

static void a_head_is_worth_what_its_signature_is(void **state)
{
	struct sqlite_fixture *t = *state;

	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET at_ms = at_ms + 1 WHERE seq = 24");
	assert_broken(victim, "the signed head of row 24 was changed");
	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET seq = 23 WHERE seq = 24");
	assert_broken(victim, "the signed head of row 23 was changed");
	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET hash = zeroblob(32) WHERE seq = 24");
	assert_broken(victim, "the signed head of row 24 was changed");
	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET signature = zeroblob(64) WHERE seq = 48");
	assert_broken(victim, "the signed head of row 48 was changed");
	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET key_id = key_id || 'x' WHERE seq = 48");
	assert_broken(victim, "a key that is not known here");
	tamper_copy(t->path, victim);
	tamper(victim, "UPDATE audit_head SET seq = 49 WHERE seq = 48;"
		       "DELETE FROM audit WHERE seq > 40");
	assert_broken(victim, "the signed head of row 49 was changed");
}

static void a_key_of_somebody_else_checks_nothing(void **state)
{
	struct sqlite_fixture *t = *state;
	struct reader *l;
	char path[160];

	snprintf(path, sizeof(path), "%s/other.key", t->dir.path);
	forge(t, "other");
	struct sqlite_fixture other = *t;

	snprintf(path, sizeof(path), "%s/other", t->dir.path);
	other.path = path;
	other.db = NULL;
	sqlite_must_open(&other);
	sign(&other, 1);
	sqlite_shut(&other);
	snprintf(path, sizeof(path), "%s/other.key", t->dir.path);
	verify(t->path, path);
	assert_false(report.whole);
	assert_has(report.what, "a key that is not known here");

	assert_true(reader_open(url_of(t->path), &l, &t->fail));
	assert_false(reader_verify(l, "/nowhere", &report, &t->fail));
	assert_int_equal(t->fail.kind, FAIL_NOT_FOUND);
	assert_false(reader_verify(l, t->path, &report, &t->fail));
	assert_has(t->fail.msg, "no Ed25519 key");
	reader_close(l);
}

static void a_public_key_is_enough(void **state)
{
	struct sqlite_fixture *t = *state;
	struct reader *l;
	struct buf pem;
	char path[160];
	FILE *file;

	buf_init(&pem, 4096);
	assert_true(reader_open(url_of(t->path), &l, &t->fail));
	assert_true(reader_public_key(l, NULL, &pem, &t->fail));
	reader_close(l);
	assert_has(buf_str(&pem), "-----BEGIN PUBLIC KEY-----");
	snprintf(path, sizeof(path), "%s/public.pem", t->dir.path);
	file = fopen(path, "we");
	assert_non_null(file);
	fputs(buf_str(&pem), file);
	fclose(file);
	buf_finish(&pem);
	verify(t->path, path);
	assert_true(report.whole);
	assert_int_equal(report.heads, 2);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, audit_setup, sqlite_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_run_is_whole),
		TEST(the_key_is_for_nobody_else),
		TEST(any_bit_that_is_flipped_is_found_where_it_is),
		TEST(a_blob_in_place_of_a_text_is_a_change),
		TEST(what_is_deleted_is_missed),
		TEST(a_tail_is_missed_as_far_as_it_was_signed),
		TEST(rows_that_are_swapped_are_out_of_place),
		TEST(rows_that_close_a_gap_are_out_of_place),
		TEST(a_row_put_in_between_is_seen),
		TEST(a_chain_written_anew_is_not_the_one_that_was_signed),
		TEST(one_row_with_a_hash_made_for_it_is_found_by_the_next),
		TEST(a_head_is_worth_what_its_signature_is),
		TEST(a_key_of_somebody_else_checks_nothing),
		TEST(a_public_key_is_enough),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
