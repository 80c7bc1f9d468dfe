// Sealed page views. A segment is thousands of them as blobs in four tables:
//   view_segments  one row: how many, from when to when, which are masked, the
//                  bits of its ids (IdFilter)
//   view_chunks    one blob a column and row group (row_group.h, column_chunk.h)
//   view_columns   one blob a column, in segments of before there were groups
//   view_blocks    entries, in blocks (view_blocks.h)
//   view_keys      which rows have a page view id, a trace or a session
//                  (view_keys.h)
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "storage/sqlite/database.h"
#include "storage/sqlite/id_filter.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/page_view_columns.h"
#include "storage/sqlite/page_view_entry.h"
#include "storage/sqlite/row_group.h"
#include "storage/sqlite/view_blocks.h"
#include "storage/sqlite/view_keys.h"

namespace pagewake::storage::sqlite {

// What is kept in memory of each segment.
struct SegmentInfo {
  SegmentId segment = 0;
  std::uint32_t rows = 0;
  std::int64_t min_started_unix_us = 0, max_started_unix_us = 0;
  bool has_chunks = true;        // false: view_columns, all of it one group
  std::vector<RowGroup> groups;  // all rows, in their order
};

// Rows to be sealed.
struct SegmentSource {
  const PageViewColumns* columns = nullptr;
  const std::vector<std::string>* entries = nullptr;
  const std::vector<TraceId>* traces = nullptr;
  const std::vector<SessionId>* sessions = nullptr;
  std::vector<std::uint32_t> order;  // rows of the source, in the segment's order
  std::size_t rows_per_group = 1;
};

// The rows as a segment's blobs, made without the database.
struct SegmentImage {
  SegmentInfo info;  // without its id
  std::string id_bits;
  struct Blob {
    const char* table;
    std::int64_t key;  // without the segment's part
    std::string data;
  };
  std::vector<Blob> blobs;
};
SegmentImage make_segment(const SegmentSource& source, PacedWork* work = nullptr);

// Inside a transaction: reserves a segment that no reader sees yet.
SegmentId reserve_segment(Database& database, const SegmentImage& image);
void write_blob(Database& database, SegmentId segment, const SegmentImage::Blob& blob);
// False: it is gone, another process took it for a leftover of a crash.
bool publish_segment(Database& database, SegmentId segment);
void delete_segment(Database& database, const SegmentInfo& info);
// Calls `each` with every published segment, its mask and the bits of its ids.
void load_segments(Database& database,
                   const std::function<void(const SegmentInfo&, RowMask, std::string)>& each);
RowMask stored_mask(Database& database, const SegmentInfo& info);
// Adds rows to the stored mask.
void mask_rows(Database& database, const SegmentInfo& info, const std::vector<std::uint32_t>& rows);
// Segments that were being written when the process ended.
void delete_unpublished_segments(Database& database);

std::string encode_mask(const RowMask& mask);
RowMask decode_mask(std::string_view bytes, std::size_t rows);

// Reads from segments; safe from many threads, each with its own connection.
class SegmentReader {
 public:
  // Of a group of the segment's. Nothing when the segment was pruned meanwhile
  // (or with database.fail()).
  std::optional<PageViewColumns> columns(Database& database, const SegmentInfo& info,
                                         const RowGroup& group, const ColumnSet& set);
  // The columns of the set that `into` has not yet; of the rows in `only`, if it
  // is given, as decode_chunk() says. False: as above.
  bool read_columns(Database& database, const SegmentInfo& info, const RowGroup& group,
                    const ColumnSet& set, PageViewColumns& into,
                    const std::vector<std::uint32_t>* only = nullptr);
  std::optional<PageViewEntry> entry(Database& database, SegmentId segment, std::uint32_t row);
  // As ViewBlockReader::entries().
  bool entries(Database& database, SegmentId segment, const std::vector<std::uint32_t>& rows,
               const std::function<void(PageViewEntry&)>& each, ViewParts parts = ViewParts::kAll) {
    return blocks_.entries(database, segment, rows, each, parts);
  }
  // Rows that may have the key, in one segment or in all.
  std::vector<std::uint32_t> rows_of(Database& database, SegmentId segment, KeyKind kind,
                                     std::uint64_t hash);
  std::vector<std::pair<SegmentId, std::uint32_t>> rows_of(Database& database, KeyKind kind,
                                                           std::uint64_t hash);

 private:
  ViewBlockReader blocks_;
};

}  // namespace pagewake::storage::sqlite
