/* SPDX-License-Identifier: Apache-2.0 */
/* The audit goes where the config says, in order and whole, through everything that can
 * happen to the place; and where that is required, nothing is granted without it. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "shared/http_server.h"
#include "shared/sig.h"
#include "tests/lib/ledger_tamper.h"
#include "tests/lib/scene_watch.h"
#include "tests/lib/temp_dir.h"
#include "tests/lib/test.h"

enum { PATIENCE_MS = 8000, TAKEN_MAX = 4 << 20 };

static struct temp_dir dir;
static char path[160]; /* of the file that is a sink */
static char more[512]; /* the config's lines about it */

static int sink_setup(void **state)
{
	struct scene *t;

	watch_setup_stopped(state);
	t = *state;
	temp_dir_make(&dir);
	snprintf(path, sizeof(path), "%s/audit.jsonl", dir.path);
	t->more = more;
	return 0;
}

static int sink_teardown(void **state)
{
	int rc = watch_teardown(state);

	temp_dir_remove(&dir);
	return rc;
}

static void start(struct scene *t, const char *required, const char *place)
{
	snprintf(more, sizeof(more), "audit = { required = %s; %s };\n", required, place);
	scene_start(t, true);
}

static const char *to_file(void)
{
	static char text[200];

	snprintf(text, sizeof(text), "file = \"%s\";", path);
	return text;
}

static void incident_led_by_ana(struct scene *t)
{
	struct world_incident *i =
		world_declare(t->world, "cara", "Checkout 5xx", "Major");

	assert_true(world_take_role(t->world, i, "Incident Lead", "ana"));
}

/* --- what was delivered ---------------------------------------------------------- */

/* Lines in the order in which they came: each row at its first time is the next one. How
 * many rows, as far as lines are whole (the last may be on its way); those that came again
 * are counted in ret_again. */
static int64_t rows_of(const char *text, size_t *ret_again)
{
	int64_t last = 0;

	*ret_again = 0;
	while (*text) {
		const char *end = strchr(text, '\n');
		int64_t seq;

		if (!end) {
			break;
		}
		assert_memory_equal(text, "{\"seq\":", 7);
		seq = strtoll(text + 7, NULL, 10);
		assert_int_equal(end[-1], '}');
		if (seq > last) {
			assert_int_equal(seq, last + 1);
			last = seq;
		} else {
			(*ret_again)++;
		}
		text = end + 1;
	}
	return last;
}

static char *read_file(void)
{
	static char text[TAKEN_MAX];
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text) - 1);

	if (fd >= 0) {
		close(fd);
	}
	text[n > 0 ? n : 0] = '\0';
	return text;
}

static bool file_has_all(struct scene *t, void *data)
{
	size_t again;

	(void)data;
	return rows_of(read_file(), &again) == scene_sql(t, "SELECT count(*) FROM audit");
}

static void assert_file_whole(struct scene *t)
{
	const char *text;

	if (!scene_until(t, file_has_all, NULL, PATIENCE_MS)) {
		fail_msg("not delivered: %s", read_file());
	}
	text = read_file();
	assert_int_equal(text[strlen(text) - 1], '\n');
}

static bool is_saved(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT (SELECT max(seq) FROM audit) ="
			    " (SELECT value FROM meta WHERE key LIKE 'sink:%')") == 1;
}

/* How far it has come stands in the ledger. */
static void assert_saved(struct scene *t)
{
	assert_true(scene_until(t, is_saved, NULL, PATIENCE_MS));
}

/* --- a file ---------------------------------------------------------------------- */

static void every_row_is_in_the_file(void **state)
{
	struct scene *t = *state;
	size_t again;

	incident_led_by_ana(t);
	start(t, "false", to_file());
	assert_has(scene_ask(t, "ana", "prod-db 1m replica lag"), "Granted");
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	scene_advance(t, 61 * 1000);
	assert_non_null(scene_message(t, "Ended"));
	assert_file_whole(t);
	assert_int_equal(rows_of(read_file(), &again), 7); /* and that it ends soon */
	assert_int_equal(again, 0);
	assert_has(read_file(), "\"reason\":\"replica lag\"");
	assert_has_not(read_file(), "hooks.slack");
}

static void a_restart_goes_on_where_it_was(void **state)
{
	struct scene *t = *state;
	size_t again;

	start(t, "true", to_file());
	for (int i = 0; i < 4; i++) {
		assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
		assert_file_whole(t);
		assert_saved(t);
		scene_stop(t);
		scene_start(t, true);
	}
	assert_file_whole(t);
	assert_int_equal(rows_of(read_file(), &again), 8);
	assert_int_equal(again, 0);
}

static bool all_are_decided(struct scene *t, void *data)
{
	(void)data;
	return scene_sql(t, "SELECT count(*) FROM request WHERE decided_ms IS NULL") == 0;
}

static void what_was_not_saved_comes_again_and_nothing_is_left_out(void **state)
{
	struct scene *t = *state;
	size_t again;

	start(t, "false", to_file());
	for (int i = 0; i < 6; i++) {
		scene_type(t, "bob", "prod-db 1h");
		for (int turn = 0; turn < i; turn++) {
			loop_run_once(t->loop);
		}
		scene_stop(t);
		scene_start(t, true);
	}
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_until(t, all_are_decided, NULL, PATIENCE_MS));
	assert_file_whole(t);
	assert_true(rows_of(read_file(), &again) >= 14);
	scene_expect_unanswered();
}

static void a_line_that_a_crash_tore_is_mended(void **state)
{
	struct scene *t = *state;
	FILE *file;
	size_t again;

	start(t, "false", to_file());
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_file_whole(t);
	assert_saved(t);
	scene_stop(t);
	file = fopen(path, "ae");
	assert_non_null(file);
	fputs("{\"seq\":3,\"at_ms\":17", file);
	fclose(file);
	scene_start(t, true);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_file_whole(t);
	assert_int_equal(rows_of(read_file(), &again), 4);
}

static bool has_row(struct scene *t, void *data)
{
	(void)t;
	return strstr(read_file(), data) != NULL;
}

static void a_file_that_was_moved_away_is_made_anew(void **state)
{
	struct scene *t = *state;
	char old[200];

	start(t, "false", to_file());
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_file_whole(t);
	assert_saved(t);
	snprintf(old, sizeof(old), "%s.1", path);
	assert_int_equal(rename(path, old), 0);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(
		scene_until(t, has_row, (void *)(uintptr_t) "{\"seq\":4,", PATIENCE_MS));
	assert_has_not(read_file(), "{\"seq\":1,");
}

/* --- a full disk ------------------------------------------------------------------ */

static void fill_disk(void)
{
	unlink(path);
	assert_int_equal(symlink("/dev/full", path), 0);
}

static void make_room(void)
{
	unlink(path);
}

static void a_full_disk_delays_the_file_and_nothing_else(void **state)
{
	struct scene *t = *state;

	incident_led_by_ana(t);
	fill_disk();
	start(t, "false", to_file());
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_logged(t, "audit.sink_failed"));
	assert_has(scene_ask(t, "ana", "prod-db 1m"), "Granted");
	make_room();
	scene_advance(t, 61 * 1000);
	assert_file_whole(t);
	assert_has(scene_log(), "audit.sink_recovered");
}

static bool is_well(struct scene *t, void *data)
{
	(void)data;
	return !*scene_why(t);
}

static void nothing_is_granted_while_a_required_file_is_full_but_all_ends(void **state)
{
	struct scene *t = *state;

	incident_led_by_ana(t);
	start(t, "true", to_file());
	assert_has(scene_ask(t, "ana", "prod-db 1m"), "Granted");
	assert_file_whole(t);
	fill_disk();
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_logged(t, "audit.sink_failed"));
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "the audit cannot be delivered");
	assert_has(scene_why(t), "audit");
	scene_advance(t, 61 * 1000);
	assert_non_null(scene_message(t, "Ended"));
	assert_int_equal(scene_grants(t), 0);
	make_room();
	scene_advance(t, 61 * 1000);
	assert_true(scene_until(t, has_row, (void *)(uintptr_t) "\"to\":\"closed\"",
				PATIENCE_MS));
	assert_true(scene_until(t, is_well, NULL, PATIENCE_MS));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	scene_settle(t);
}

/* --- a stream of POSTs ------------------------------------------------------------ */

struct receiver {
	struct http_server *server;
	int status; /* what it answers */
	unsigned posts;
	struct buf taken;
	bool forged; /* a signature was not ours */
};

static struct receiver receiver;

static bool is_signed(const struct http_exchange *x)
{
	const char *when = http_header(x, "X-Accessd-Timestamp", NULL);
	const char *signature = http_header(x, "X-Accessd-Signature", NULL);
	const struct sig_part parts[] = { { when, when ? strlen(when) : 0 },
					  { ".", 1 },
					  { x->body, x->body_len } };
	struct sig_key *key = sig_key_create("hush-hush", 9);
	uint8_t mac[SIG_SIZE];

	sig_hmac(key, parts, ARRAY_LEN(parts), mac);
	sig_key_destroy(key);
	return signature && strncmp(signature, "sha256=", 7) == 0 &&
	       sig_is_hex(mac, signature + 7, strlen(signature + 7));
}

static void on_post(struct http_exchange *x, void *data)
{
	(void)data;
	receiver.posts++;
	receiver.forged = receiver.forged || !is_signed(x);
	if (receiver.status < 300) {
		buf_add(&receiver.taken, x->body, x->body_len);
	}
	http_reply(x, receiver.status, "text/plain", "", 0, NULL);
}

static const struct http_route routes[] = { { "POST", "/audit", on_post, TAKEN_MAX } };

static void receiver_open(struct scene *t, char *place, size_t size)
{
	struct http_server_config conf = { .listener = { .address = "127.0.0.1:0" },
					   .routes = routes,
					   .n_routes = 1 };
	struct fail f;

	receiver = (struct receiver){ .status = 200 };
	buf_init(&receiver.taken, TAKEN_MAX);
	assert_true(http_server_open(t->loop, &conf, &receiver.server, &f));
	setenv("SCENE_AUDIT", "hush-hush", 1);
	snprintf(place, size,
		 "url = \"http://127.0.0.1:%u/audit\"; secret = \"env:SCENE_AUDIT\";",
		 http_server_port(receiver.server));
}

static void receiver_close(void)
{
	assert_false(receiver.forged);
	http_server_close(receiver.server);
	buf_finish(&receiver.taken);
}

static bool receiver_has_all(struct scene *t, void *data)
{
	size_t again;

	(void)data;
	return rows_of(buf_str(&receiver.taken), &again) ==
	       scene_sql(t, "SELECT count(*) FROM audit");
}

static void every_row_is_posted_once_it_is_taken(void **state)
{
	struct scene *t = *state;
	char place[200];
	size_t again;

	receiver_open(t, place, sizeof(place));
	start(t, "false", place);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_until(t, receiver_has_all, NULL, PATIENCE_MS));
	receiver.status = 503;
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_logged(t, "audit.sink_failed"));
	assert_has(scene_log(), "HTTP 503");
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	receiver.status = 204;
	scene_advance(t, 5000);
	assert_true(scene_until(t, receiver_has_all, NULL, PATIENCE_MS));
	assert_saved(t);
	scene_stop(t);
	scene_start(t, true);
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_until(t, receiver_has_all, NULL, PATIENCE_MS));
	assert_int_equal(rows_of(buf_str(&receiver.taken), &again), 8);
	assert_int_equal(again, 0);
	scene_settle(t);
	scene_stop(t);
	receiver_close();
}

static void nothing_is_granted_while_a_required_receiver_is_gone(void **state)
{
	struct scene *t = *state;
	char place[200];

	incident_led_by_ana(t);
	receiver_open(t, place, sizeof(place));
	start(t, "true", place);
	receiver.status = 500;
	assert_has(scene_ask(t, "bob", "prod-db 1h"), "Not granted");
	assert_true(scene_logged(t, "audit.sink_failed"));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "(http: HTTP 500)");
	receiver.status = 200;
	scene_advance(t, 5000);
	assert_true(scene_until(t, receiver_has_all, NULL, PATIENCE_MS));
	assert_true(scene_until(t, is_well, NULL, PATIENCE_MS));
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	scene_settle(t);
	scene_stop(t);
	receiver_close();
}

/* It is not left out for being odd: whoever can forge a row could hide those beside it. */
static void a_row_that_fits_nowhere_stops_the_courier(void **state)
{
	struct scene *t = *state;
	size_t again;
	int64_t rows;

	start(t, "true", to_file());
	incident_led_by_ana(t);
	assert_has(scene_ask(t, "ana", "prod-db 1h"), "Granted");
	assert_file_whole(t);
	rows = rows_of(read_file(), &again);
	scene_stop(t);
	tamper(t->ledger,
	       "INSERT INTO audit (seq, at_ms, subject, subject_id, from_state, to_state,"
	       " data, prev, hash) SELECT max(seq) + 1, max(at_ms), 'grant', 'x', NULL, 'y',"
	       " hex(zeroblob(5 << 20)), zeroblob(32), zeroblob(32) FROM audit");
	scene_start(t, true);
	assert_true(scene_logged(t, "audit.sink_failed"));
	assert_has(scene_ask(t, "ana", "prod-shell 1h"), "the audit cannot be delivered");
	assert_int_equal(rows_of(read_file(), &again), rows);
	scene_stop(t);
	tamper(t->ledger, "DELETE FROM audit_head WHERE seq > %d", (int)rows);
	tamper(t->ledger, "DELETE FROM audit WHERE seq > %d", (int)rows);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, sink_setup, sink_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_row_is_in_the_file),
		TEST(a_restart_goes_on_where_it_was),
		TEST(what_was_not_saved_comes_again_and_nothing_is_left_out),
		TEST(a_line_that_a_crash_tore_is_mended),
		TEST(a_file_that_was_moved_away_is_made_anew),
		TEST(a_full_disk_delays_the_file_and_nothing_else),
		TEST(nothing_is_granted_while_a_required_file_is_full_but_all_ends),
		TEST(every_row_is_posted_once_it_is_taken),
		TEST(nothing_is_granted_while_a_required_receiver_is_gone),
		TEST(a_row_that_fits_nowhere_stops_the_courier),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
