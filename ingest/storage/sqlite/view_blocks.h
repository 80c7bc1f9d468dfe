// The entries (page_view_entry.h) of a segment's page views, in view_blocks: 16
// to a block, zstd with a dictionary of the segment's own, so that one can be
// read in microseconds and all are small. The blocks stand one after another
// and are cut into rows that fill a page of the file each; a directory, a row
// like them, says where each begins. In segments of before there is no
// directory, and each block is a row.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sqlite/blob.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/page_view_entry.h"

namespace pagewake::storage::sqlite {

using SegmentId = std::int64_t;

// Keys of view_blocks: the segment's number times this, plus the row's.
inline constexpr std::int64_t kBlockRowsPerSegment = 1 << 20;

// The rows for the entries in that order: (number within the segment, data).
std::vector<std::pair<std::int64_t, std::string>> make_view_blocks(
    const std::vector<std::string>& entries, std::span<const std::uint32_t> order,
    PacedWork* work = nullptr);

// Reads them; safe from many threads, each with its own connection.
class ViewBlockReader {
 public:
  ViewBlockReader();
  ~ViewBlockReader();

  // Calls `each`, which may move from it, in the order of the rows, which
  // ascend: neighbours share a block. False: not for all of them, the segment
  // was pruned meanwhile (or with database.fail()).
  bool entries(Database& database, SegmentId segment, const std::vector<std::uint32_t>& rows,
               const std::function<void(PageViewEntry&)>& each, ViewParts parts = ViewParts::kAll);

 private:
  struct Shared;  // what the blocks of a segment have in common
  std::shared_ptr<const Shared> shared(Database& database, SegmentId segment);

  std::mutex mutex_;
  std::unordered_map<SegmentId, std::shared_ptr<const Shared>> shared_;
};

}  // namespace pagewake::storage::sqlite
