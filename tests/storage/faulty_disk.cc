#include "storage/faulty_disk.h"

#include <sqlite3.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <new>
#include <utility>

namespace pagewake::storage {
namespace {

constexpr std::size_t kSectorBytes = 512;

void write_into(std::string& content, const DiskMoment::Write& write) {
  const auto at = static_cast<std::size_t>(write.at);
  if (write.truncates) {
    if (at < content.size()) content.resize(at);
    return;
  }
  if (content.size() < at + write.bytes.size()) content.resize(at + write.bytes.size());
  std::copy(write.bytes.begin(), write.bytes.end(),
            content.begin() + static_cast<std::ptrdiff_t>(at));
}

// The real file stands behind ours in the same memory.
sqlite3_file* real_of(sqlite3_file* file);

}  // namespace

struct FaultyFile {
  sqlite3_file base;
  FaultyDisk* disk;
  std::string* path;           // null: a temporary file, of no interest
  std::uint64_t failed_syncs;  // of the file, as far as this one was told
  // Followed by the real one.

  static int read(sqlite3_file* f, void* out, int n, sqlite3_int64 at) {
    return real_of(f)->pMethods->xRead(real_of(f), out, n, at);
  }
  static int write(sqlite3_file* f, const void* bytes, int n, sqlite3_int64 at) {
    auto* self = reinterpret_cast<FaultyFile*>(f);
    if (self->path == nullptr) return real_of(f)->pMethods->xWrite(real_of(f), bytes, n, at);
    if (const int fault = self->disk->before(FaultyDisk::Operation::kWrite, *self->path)) {
      return fault;
    }
    // Noted and done in one step, so that no moment has one without the other.
    const std::lock_guard lock(self->disk->mutex_);
    const int code = real_of(f)->pMethods->xWrite(real_of(f), bytes, n, at);
    if (code == SQLITE_OK) {
      self->disk->files_[*self->path].unsynced.push_back(
          {at, std::string(static_cast<const char*>(bytes), static_cast<std::size_t>(n)), false});
    }
    return code;
  }
  static int truncate(sqlite3_file* f, sqlite3_int64 size) {
    auto* self = reinterpret_cast<FaultyFile*>(f);
    if (self->path != nullptr) {
      const std::lock_guard lock(self->disk->mutex_);
      self->disk->files_[*self->path].unsynced.push_back({size, "", true});
    }
    return real_of(f)->pMethods->xTruncate(real_of(f), size);
  }
  static int sync(sqlite3_file* f, int) {
    auto* self = reinterpret_cast<FaultyFile*>(f);
    if (self->path == nullptr) return SQLITE_OK;
    const int fault = self->disk->before(FaultyDisk::Operation::kSync, *self->path);
    const std::lock_guard lock(self->disk->mutex_);
    DiskMoment::File& file = self->disk->files_[*self->path];
    // As on Linux: after a failure the pages count as clean, so that no later
    // sync writes them, while who reads them still sees them; and every file
    // descriptor that was open is told once (fsync(2)).
    if (fault == 0) {
      for (const auto& one : file.unsynced) write_into(file.safe, one);
    } else {
      ++file.failed_syncs;
    }
    file.unsynced.clear();
    const bool told = std::exchange(self->failed_syncs, file.failed_syncs) == file.failed_syncs;
    return told ? SQLITE_OK : SQLITE_IOERR_FSYNC;
  }
  static int close(sqlite3_file* f) {
    auto* self = reinterpret_cast<FaultyFile*>(f);
    delete std::exchange(self->path, nullptr);
    return real_of(f)->pMethods->xClose(real_of(f));
  }
  // The rest goes through.
  static int size(sqlite3_file* f, sqlite3_int64* out) {
    return real_of(f)->pMethods->xFileSize(real_of(f), out);
  }
  static int lock(sqlite3_file* f, int kind) {
    return real_of(f)->pMethods->xLock(real_of(f), kind);
  }
  static int unlock(sqlite3_file* f, int kind) {
    return real_of(f)->pMethods->xUnlock(real_of(f), kind);
  }
  static int check_lock(sqlite3_file* f, int* out) {
    return real_of(f)->pMethods->xCheckReservedLock(real_of(f), out);
  }
  static int control(sqlite3_file* f, int what, void* argument) {
    return real_of(f)->pMethods->xFileControl(real_of(f), what, argument);
  }
  static int sector_size(sqlite3_file*) { return kSectorBytes; }
  // What SQLite's own VFS says of a disk on Linux: a torn write leaves what is
  // beside it alone. Nothing else is promised.
  static int characteristics(sqlite3_file*) { return SQLITE_IOCAP_POWERSAFE_OVERWRITE; }
  static int shm_map(sqlite3_file* f, int page, int bytes, int extend, void volatile** out) {
    return real_of(f)->pMethods->xShmMap(real_of(f), page, bytes, extend, out);
  }
  static int shm_lock(sqlite3_file* f, int offset, int n, int flags) {
    return real_of(f)->pMethods->xShmLock(real_of(f), offset, n, flags);
  }
  static void shm_barrier(sqlite3_file* f) { real_of(f)->pMethods->xShmBarrier(real_of(f)); }
  static int shm_unmap(sqlite3_file* f, int remove) {
    return real_of(f)->pMethods->xShmUnmap(real_of(f), remove);
  }

  static int open(sqlite3_vfs* vfs, const char* path, sqlite3_file* f, int flags, int* out_flags) {
    // Version 2: no memory-mapped reads and writes, which pass the methods by.
    static const sqlite3_io_methods kMethods = {2,
                                                close,
                                                read,
                                                write,
                                                truncate,
                                                sync,
                                                size,
                                                lock,
                                                unlock,
                                                check_lock,
                                                control,
                                                sector_size,
                                                characteristics,
                                                shm_map,
                                                shm_lock,
                                                shm_barrier,
                                                shm_unmap,
                                                nullptr,
                                                nullptr};
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    auto* self = new (f) FaultyFile{{nullptr}, disk, nullptr, 0};
    const int code = disk->real_->xOpen(disk->real_, path, real_of(f), flags, out_flags);
    if (code != SQLITE_OK) return code;
    f->pMethods = &kMethods;
    if (path == nullptr) return code;
    self->path = new std::string(path);
    const std::lock_guard lock(disk->mutex_);
    if (disk->files_.count(path) == 0) {
      // What was there before is on the disk.
      std::ifstream there(path, std::ios::binary);
      disk->files_[path].safe.assign(std::istreambuf_iterator<char>(there), {});
    }
    self->failed_syncs = disk->files_[path].failed_syncs;
    return code;
  }
  static int remove(sqlite3_vfs* vfs, const char* path, int sync_folder) {
    auto* disk = static_cast<FaultyDisk*>(vfs->pAppData);
    const std::lock_guard lock(disk->mutex_);
    disk->files_.erase(path);
    return disk->real_->xDelete(disk->real_, path, sync_folder);
  }
};

namespace {

sqlite3_file* real_of(sqlite3_file* file) {
  return reinterpret_cast<sqlite3_file*>(reinterpret_cast<FaultyFile*>(file) + 1);
}

}  // namespace

FaultyDisk::FaultyDisk() : vfs_(std::make_unique<sqlite3_vfs>()) {
  real_ = sqlite3_vfs_find(nullptr);
  *vfs_ = *real_;
  vfs_->szOsFile = static_cast<int>(sizeof(FaultyFile)) + real_->szOsFile;
  vfs_->zName = "faulty";
  vfs_->pNext = nullptr;
  vfs_->pAppData = this;
  vfs_->xOpen = FaultyFile::open;
  vfs_->xDelete = FaultyFile::remove;
  // These of the real one look into its pAppData.
  vfs_->xAccess = [](sqlite3_vfs* vfs, const char* path, int flags, int* out) {
    sqlite3_vfs* real = static_cast<FaultyDisk*>(vfs->pAppData)->real_;
    return real->xAccess(real, path, flags, out);
  };
  vfs_->xFullPathname = [](sqlite3_vfs* vfs, const char* path, int n, char* out) {
    sqlite3_vfs* real = static_cast<FaultyDisk*>(vfs->pAppData)->real_;
    return real->xFullPathname(real, path, n, out);
  };
  sqlite3_vfs_register(vfs_.get(), 1);
}

FaultyDisk::~FaultyDisk() {
  sqlite3_vfs_unregister(vfs_.get());
  sqlite3_vfs_register(real_, 1);
}

std::uint64_t FaultyDisk::operations() const {
  const std::lock_guard lock(mutex_);
  return operations_;
}

void FaultyDisk::remember_moments(std::vector<std::uint64_t> operations) {
  const std::lock_guard lock(mutex_);
  wanted_ = std::move(operations);
  std::reverse(wanted_.begin(), wanted_.end());
}

std::vector<DiskMoment> FaultyDisk::take_moments() {
  const std::lock_guard lock(mutex_);
  return std::exchange(moments_, {});
}

DiskMoment FaultyDisk::moment() {
  const std::lock_guard lock(mutex_);
  return moment_locked();
}

DiskMoment FaultyDisk::moment_locked() const { return {files_, acknowledged.load()}; }

void FaultyDisk::set_fault(Fault fault) {
  const std::lock_guard lock(mutex_);
  fault_ = std::move(fault);
}

int FaultyDisk::before(Operation operation, const std::string& path) {
  const std::lock_guard lock(mutex_);
  while (!wanted_.empty() && wanted_.back() <= operations_) {
    moments_.push_back(moment_locked());
    wanted_.pop_back();
  }
  ++operations_;
  return fault_ ? fault_(operation, std::filesystem::path(path).filename().string()) : 0;
}

void DiskMoment::restore(const std::string& folder, std::mt19937_64& random) const {
  for (const auto& [path, file] : files) {
    // Made anew from the log at every start.
    if (path.ends_with("-shm")) continue;
    std::string content = file.safe;
    for (Write write : file.unsynced) {
      switch (random() % 4) {
        case 0:  // lost
          continue;
        case 1:  // torn
          write.bytes.resize(write.bytes.size() / kSectorBytes * (random() % 8) / 8 * kSectorBytes);
          break;
        default:
          break;
      }
      write_into(content, write);
    }
    const auto to = std::filesystem::path(folder) / std::filesystem::path(path).filename();
    std::ofstream(to, std::ios::binary) << content;
  }
}

}  // namespace pagewake::storage
