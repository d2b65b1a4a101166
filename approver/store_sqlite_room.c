/* SPDX-License-Identifier: Apache-2.0 */
/* Room for a disk that is full: access that was granted must be taken back, and recorded so.
 *
 *   ledger.db      |  pages in use  |  TAIL_BYTES, behind them  |
 *   ledger.db-wal  |  frames ...        of WAL_BYTES in all     |
 *
 * Both are allocated on the disk, so that a neighbour that fills it takes nothing of them; a
 * file to be deleted when it is needed would be the neighbour's. The first is what a
 * checkpoint needs to bring the WAL home, the second what a commit needs.
 *
 * Both are looked after between transactions. When the disk has not what is missing, or next
 * to nothing for anybody, or when a write has failed for want of room, the ledger is full:
 * what begins something is refused (store_room.h), what is left is for what ends. It is not
 * full any more when all of the room is there again, and some beyond.
 *
 * SQLite cuts the file behind its last page at the end of a checkpoint, but in whole chunks
 * (SQLITE_FCNTL_CHUNK_SIZE). So the chunk is made as large as the file is to be. */
#include "approver/store_sqlite.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <sqlite3.h>

enum {
	TAIL_BYTES = 4 << 20,
	STEP_BYTES = 1 << 20, /* it grows by so much at a time */
	WAL_BYTES = 8 << 20,  /* PRAGMA journal_size_limit is the same */
	LOW_BYTES = 1 << 20,  /* with less than that free the disk is full, ... */
	HIGH_BYTES = 2 << 20, /* until there is as much as that */
	PAGE_BYTES = 4096,
	CHUNK_MAX = 1 << 30, /* SQLite takes an int */
};

static int64_t free_bytes(const struct store_db *db)
{
	struct statvfs fs;

	return statvfs(db->path, &fs) == 0 ? (int64_t)fs.f_bavail * (int64_t)fs.f_frsize
					   : -1;
}

static int64_t file_bytes(const char *path, const char *end)
{
	char name[PATH_MAX];
	struct stat st;

	if (snprintf(name, sizeof(name), "%s%s", path, end) >= (int)sizeof(name) ||
	    stat(name, &st) != 0) {
		return 0;
	}
	return st.st_size;
}

/* --- the file ---------------------------------------------------------------------- */

void sqlite_room_measure(struct store_db *db)
{
	struct sql_rows rows;
	struct sqlite3_stmt *row;

	sql_rows_start(&rows, db, SQL_PAGE_COUNT, NULL, 0);
	row = sql_rows_next(&rows);
	if (row) {
		db->used_bytes = sqlite3_column_int64(row, 0) * PAGE_BYTES;
	}
	sql_rows_end(&rows, NULL);
}

static int64_t round_up(int64_t n, int64_t to)
{
	return (n + to - 1) / to * to;
}

/* The last chunk must be the one in which the last page is. */
static int64_t chunk_set(struct store_db *db, int64_t end)
{
	int64_t n = 1 + end / CHUNK_MAX;
	int chunk = (int)round_up((end + n - 1) / n, PAGE_BYTES);

	sqlite3_file_control(db->sql, "main", SQLITE_FCNTL_CHUNK_SIZE, &chunk);
	return n * chunk;
}

/* What was taken by an earlier connection is there; a file that ends with its pages is not
 * to be made longer than its blocks reach. */
static void tail_leave(struct store_db *db)
{
	int64_t end = file_bytes(db->path, "");

	end = end > db->used_bytes ? end : db->used_bytes;
	chunk_set(db, end);
	db->room_end = end;
}

static bool tail_keep(struct store_db *db)
{
	int64_t had = file_bytes(db->path, "");
	int64_t end;

	if (db->room_end >= db->used_bytes + TAIL_BYTES) {
		return true;
	}
	end = chunk_set(db,
			round_up(db->used_bytes + TAIL_BYTES + STEP_BYTES, STEP_BYTES));
	if (had < end && posix_fallocate(db->room_fd, had, end - had) != 0) {
		tail_leave(db);
		return false;
	}
	db->room_end = end;
	return true;
}

/* --- the WAL ----------------------------------------------------------------------- */

/* SQLite makes it with the first transaction, and holds no lock on it that we would drop. */
static bool wal_keep(const struct store_db *db)
{
	char path[PATH_MAX];
	bool ok;
	int fd;

	if (file_bytes(db->path, "-wal") >= WAL_BYTES) {
		return true;
	}
	snprintf(path, sizeof(path), "%s-wal", db->path);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0) {
		return true;
	}
	ok = posix_fallocate(fd, 0, WAL_BYTES) == 0;
	close(fd);
	return ok;
}

/* --- both -------------------------------------------------------------------------- */

static bool is_low(const struct store_db *db, int64_t bytes)
{
	int64_t left = free_bytes(db);

	return left >= 0 && left < bytes;
}

/* Not by SQLITE_FCNTL_SIZE_HINT: Debian's writes a byte into each block. */
void sqlite_room_open(struct store_db *db)
{
	db->room_fd = db->read_only ? -1 : open(db->path, O_WRONLY | O_CLOEXEC);
}

void sqlite_room_close(struct store_db *db)
{
	if (db->room_fd >= 0) {
		close(db->room_fd);
	}
	db->room_fd = -1;
	db->used_bytes = db->room_end = 0;
}

void sqlite_room_keep(struct store_db *db)
{
	bool whole;

	if (db->room_fd < 0) {
		return;
	}
	if (db->used_bytes == 0) {
		sqlite_room_measure(db);
	}
	whole = wal_keep(db) && tail_keep(db);
	db->full = !whole || is_low(db, db->full ? HIGH_BYTES : LOW_BYTES);
}

bool sqlite_room_refuse(struct fail *f)
{
	fail_set(
		f, FAIL_LEDGER,
		"the ledger cannot be written: the disk is full (what is left is kept for "
		"what ends)");
	return fail_hint(f,
			 "make room on the file system; accessd then goes on by itself.");
}

void sqlite_room_get(struct store_db *db, struct ledger_room *ret_r)
{
	int64_t tail = db->room_end - db->used_bytes;
	int64_t wal = file_bytes(db->path, "-wal");

	*ret_r = (struct ledger_room){ .full = db->full, .free_bytes = free_bytes(db) };
	ret_r->reserve_bytes =
		(tail > 0 ? tail : 0) + (wal < WAL_BYTES ? wal : WAL_BYTES);
}
