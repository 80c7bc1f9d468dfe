// A disk that fails and loses power, under SQLite: a VFS around the default one,
// which it replaces while it lives. Files stay real files; beside them it keeps
// what of each is safe on the disk (as of its last xSync) and what was written
// since. Safe to use from all of SQLite's threads.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <vector>

struct sqlite3_vfs;

namespace pagewake::storage {

// What could be on the disk when the power went: the safe part, and the writes
// that were not synced, each of which may have got there or not.
struct DiskMoment {
  struct Write {
    std::int64_t at = 0;
    std::string bytes;
    bool truncates = false;  // to `at`
  };
  struct File {
    std::string safe;
    std::vector<Write> unsynced;
    std::uint64_t failed_syncs = 0;
  };
  std::map<std::string, File> files;  // by path
  std::uint64_t acknowledged = 0;     // as FaultyDisk::acknowledged was then

  // One of the outcomes, written into `folder` (same names): each unsynced
  // write was kept, lost, or torn at a sector of 512 bytes.
  void restore(const std::string& folder, std::mt19937_64& random) const;
};

class FaultyDisk {
 public:
  FaultyDisk();
  ~FaultyDisk();  // after every connection was closed
  FaultyDisk(const FaultyDisk&) = delete;
  FaultyDisk& operator=(const FaultyDisk&) = delete;

  // Writes and syncs so far, the clock of what follows.
  std::uint64_t operations() const;
  // Remembers the moment right before each of these operations (ascending).
  void remember_moments(std::vector<std::uint64_t> operations);
  std::vector<DiskMoment> take_moments();
  DiskMoment moment();  // now

  // What fails from now on; every call asks it. `name` is the file's.
  enum class Operation { kWrite, kSync };
  // 0, or SQLite's code of a failed write; of a failed sync any other number.
  using Fault = std::function<int(Operation, const std::string& name)>;
  void set_fault(Fault fault);

  std::atomic<std::uint64_t> acknowledged{0};  // the test counts here

 private:
  friend struct FaultyFile;
  // Before an operation: its fault, if any.
  int before(Operation operation, const std::string& path);
  DiskMoment moment_locked() const;

  std::unique_ptr<sqlite3_vfs> vfs_;
  sqlite3_vfs* real_ = nullptr;
  mutable std::mutex mutex_;
  std::map<std::string, DiskMoment::File> files_;
  Fault fault_;
  std::uint64_t operations_ = 0;
  std::vector<std::uint64_t> wanted_;  // descending: the next one is last
  std::vector<DiskMoment> moments_;
};

}  // namespace pagewake::storage
