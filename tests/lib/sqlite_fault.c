/* SPDX-License-Identifier: Apache-2.0 */
/* A disk that fails when it is told to. Everything but reads, writes and syncs of files is
 * handed on as it is. */
#include "tests/lib/sqlite_fault.h"

#include <string.h>

#include <sqlite3.h>

struct file {
	sqlite3_file base;
	sqlite3_file *real; /* behind this struct */
};

static struct {
	unsigned steps, nth, times;
	unsigned count, struck;
	int code;
} fault;

static sqlite3_vfs *real_vfs;
static sqlite3_vfs own_vfs;

void sqlite_fault_at(unsigned steps, unsigned nth, unsigned times, int code)
{
	fault.steps = steps;
	fault.nth = nth;
	fault.times = times;
	fault.code = code;
	fault.count = fault.struck = 0;
}

void sqlite_fault_heal(void)
{
	fault.steps = 0;
}

unsigned sqlite_fault_struck(void)
{
	return fault.struck;
}

static int step(enum sqlite_fault_step what)
{
	if (!(fault.steps & what)) {
		return SQLITE_OK;
	}
	fault.count++;
	if (fault.count < fault.nth ||
	    (fault.times > 0 && fault.count >= fault.nth + fault.times)) {
		return SQLITE_OK;
	}
	fault.struck++;
	return fault.code;
}

static sqlite3_file *real_of(sqlite3_file *f)
{
	return ((struct file *)f)->real;
}

/* --- files ------------------------------------------------------------------------ */

static int on_close(sqlite3_file *f)
{
	return real_of(f)->pMethods->xClose(real_of(f));
}

static int on_read(sqlite3_file *f, void *data, int n, sqlite3_int64 at)
{
	int rc = step(SQLITE_FAULT_READ);

	return rc ? rc : real_of(f)->pMethods->xRead(real_of(f), data, n, at);
}

static int on_write(sqlite3_file *f, const void *data, int n, sqlite3_int64 at)
{
	int rc = step(SQLITE_FAULT_WRITE);

	if (rc) {
		real_of(f)->pMethods->xWrite(real_of(f), data, n / 2, at);
		return rc;
	}
	return real_of(f)->pMethods->xWrite(real_of(f), data, n, at);
}

static int on_truncate(sqlite3_file *f, sqlite3_int64 size)
{
	return real_of(f)->pMethods->xTruncate(real_of(f), size);
}

static int on_sync(sqlite3_file *f, int flags)
{
	int rc = step(SQLITE_FAULT_SYNC);

	return rc ? rc : real_of(f)->pMethods->xSync(real_of(f), flags);
}

static int on_size(sqlite3_file *f, sqlite3_int64 *ret_size)
{
	return real_of(f)->pMethods->xFileSize(real_of(f), ret_size);
}

static int on_lock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xLock(real_of(f), level);
}

static int on_unlock(sqlite3_file *f, int level)
{
	return real_of(f)->pMethods->xUnlock(real_of(f), level);
}

static int on_check_lock(sqlite3_file *f, int *ret_held)
{
	return real_of(f)->pMethods->xCheckReservedLock(real_of(f), ret_held);
}

static int on_control(sqlite3_file *f, int op, void *arg)
{
	return real_of(f)->pMethods->xFileControl(real_of(f), op, arg);
}

static int on_sector_size(sqlite3_file *f)
{
	return real_of(f)->pMethods->xSectorSize(real_of(f));
}

static int on_characteristics(sqlite3_file *f)
{
	return real_of(f)->pMethods->xDeviceCharacteristics(real_of(f));
}

static int on_shm_map(sqlite3_file *f, int page, int size, int extend,
		      void volatile **ret_p)
{
	return real_of(f)->pMethods->xShmMap(real_of(f), page, size, extend, ret_p);
}

static int on_shm_lock(sqlite3_file *f, int offset, int n, int flags)
{
	return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
}

static void on_shm_barrier(sqlite3_file *f)
{
	real_of(f)->pMethods->xShmBarrier(real_of(f));
}

static int on_shm_unmap(sqlite3_file *f, int remove)
{
	return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
}

static const sqlite3_io_methods methods = {
	.iVersion = 2,
	.xClose = on_close,
	.xRead = on_read,
	.xWrite = on_write,
	.xTruncate = on_truncate,
	.xSync = on_sync,
	.xFileSize = on_size,
	.xLock = on_lock,
	.xUnlock = on_unlock,
	.xCheckReservedLock = on_check_lock,
	.xFileControl = on_control,
	.xSectorSize = on_sector_size,
	.xDeviceCharacteristics = on_characteristics,
	.xShmMap = on_shm_map,
	.xShmLock = on_shm_lock,
	.xShmBarrier = on_shm_barrier,
	.xShmUnmap = on_shm_unmap,
};

/* --- the VFS ---------------------------------------------------------------------- */

static int on_open(sqlite3_vfs *vfs, const char *name, sqlite3_file *f, int flags,
		   int *ret_flags)
{
	struct file *me = (struct file *)f;
	int rc;

	(void)vfs;
	me->real = (sqlite3_file *)(me + 1);
	rc = real_vfs->xOpen(real_vfs, name, me->real, flags, ret_flags);
	me->base.pMethods = rc == SQLITE_OK ? &methods : NULL;
	return rc;
}

void sqlite_fault_install(void)
{
	memset(&fault, 0, sizeof(fault));
	real_vfs = sqlite3_vfs_find("unix");
	own_vfs = *real_vfs; /* its other members do not look at whose they are */
	own_vfs.zName = "fault";
	own_vfs.szOsFile = (int)sizeof(struct file) + real_vfs->szOsFile;
	own_vfs.xOpen = on_open;
	own_vfs.pNext = NULL;
	sqlite3_vfs_register(&own_vfs, 1);
}

void sqlite_fault_remove(void)
{
	sqlite3_vfs_unregister(&own_vfs);
}
