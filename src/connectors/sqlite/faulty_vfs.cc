#include "connectors/sqlite/faulty_vfs.h"

#include <atomic>
#include <cstring>

namespace dbops::sqlite::testing {
namespace {

// SQLite's interface is one of plain functions, so what they share is global.
struct Plan {
  int fail_at = 0;
  Fault fault = Fault::full;
  Times times = Times::once;
  std::atomic<int> operations = 0;
  std::atomic<bool> fired = false;

  bool strikes() {
    const int operation = ++operations;
    const bool strikes = fail_at > 0 && (operation == fail_at ||
                                         (times == Times::from_then_on && operation > fail_at));
    if (strikes) fired = true;
    return strikes;
  }
  int code(int io) const { return fault == Fault::full ? SQLITE_FULL : io; }
};
Plan plan;
sqlite3_vfs* real_vfs = nullptr;

struct File {
  sqlite3_file base;
  sqlite3_file* real() { return reinterpret_cast<sqlite3_file*>(this + 1); }
};
sqlite3_file* real(sqlite3_file* file) { return reinterpret_cast<File*>(file)->real(); }

int write(sqlite3_file* file, const void* bytes, int size, sqlite3_int64 at) {
  if (!plan.strikes()) return real(file)->pMethods->xWrite(real(file), bytes, size, at);
  // As a disk does: half of it is there.
  real(file)->pMethods->xWrite(real(file), bytes, size / 2, at);
  return plan.code(SQLITE_IOERR_WRITE);
}
int truncate(sqlite3_file* file, sqlite3_int64 size) {
  if (plan.strikes()) return plan.code(SQLITE_IOERR_TRUNCATE);
  return real(file)->pMethods->xTruncate(real(file), size);
}
int sync(sqlite3_file* file, int flags) {
  if (plan.strikes()) return SQLITE_IOERR_FSYNC;
  return real(file)->pMethods->xSync(real(file), flags);
}

// The rest is handed on.
int close(sqlite3_file* f) { return real(f)->pMethods->xClose(real(f)); }
int read(sqlite3_file* f, void* to, int size, sqlite3_int64 at) {
  return real(f)->pMethods->xRead(real(f), to, size, at);
}
int file_size(sqlite3_file* f, sqlite3_int64* size) {
  return real(f)->pMethods->xFileSize(real(f), size);
}
int lock(sqlite3_file* f, int level) { return real(f)->pMethods->xLock(real(f), level); }
int unlock(sqlite3_file* f, int level) { return real(f)->pMethods->xUnlock(real(f), level); }
int reserved(sqlite3_file* f, int* out) {
  return real(f)->pMethods->xCheckReservedLock(real(f), out);
}
int control(sqlite3_file* f, int op, void* arg) {
  return real(f)->pMethods->xFileControl(real(f), op, arg);
}
int sector(sqlite3_file* f) { return real(f)->pMethods->xSectorSize(real(f)); }
int traits(sqlite3_file* f) { return real(f)->pMethods->xDeviceCharacteristics(real(f)); }
int shm_map(sqlite3_file* f, int page, int size, int extend, void volatile** to) {
  return real(f)->pMethods->xShmMap(real(f), page, size, extend, to);
}
int shm_lock(sqlite3_file* f, int at, int n, int flags) {
  return real(f)->pMethods->xShmLock(real(f), at, n, flags);
}
void shm_barrier(sqlite3_file* f) { real(f)->pMethods->xShmBarrier(real(f)); }
int shm_unmap(sqlite3_file* f, int remove) { return real(f)->pMethods->xShmUnmap(real(f), remove); }

const sqlite3_io_methods kMethods = {
    2,       close,  read,   write,   truncate, sync,        file_size, lock,    unlock, reserved,
    control, sector, traits, shm_map, shm_lock, shm_barrier, shm_unmap, nullptr, nullptr};

int open(sqlite3_vfs*, const char* name, sqlite3_file* file, int flags, int* out) {
  file->pMethods = nullptr;
  const int code = real_vfs->xOpen(real_vfs, name, real(file), flags, out);
  if (code == SQLITE_OK) file->pMethods = &kMethods;
  return code;
}
int remove(sqlite3_vfs*, const char* name, int sync_folder) {
  if (plan.strikes()) return SQLITE_IOERR_DELETE;
  return real_vfs->xDelete(real_vfs, name, sync_folder);
}

sqlite3_vfs vfs;

}  // namespace

FaultyVfs::FaultyVfs(int fail_at, Fault fault, Times times) {
  if (real_vfs == nullptr) {
    real_vfs = sqlite3_vfs_find(nullptr);
    vfs = *real_vfs;
    vfs.zName = "dbops-faulty";
    vfs.szOsFile = static_cast<int>(sizeof(File)) + real_vfs->szOsFile;
    vfs.pNext = nullptr;
    vfs.xOpen = open;
    vfs.xDelete = remove;
  }
  plan.fail_at = fail_at;
  plan.fault = fault;
  plan.times = times;
  plan.operations = 0;
  plan.fired = false;
  sqlite3_vfs_register(&vfs, 1);
}

FaultyVfs::~FaultyVfs() {
  sqlite3_vfs_unregister(&vfs);
  sqlite3_vfs_register(real_vfs, 1);
}

bool FaultyVfs::fired() const { return plan.fired; }

}  // namespace dbops::sqlite::testing
