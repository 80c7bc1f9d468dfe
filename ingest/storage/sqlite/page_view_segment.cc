#include "storage/sqlite/page_view_segment.h"

#include <algorithm>
#include <array>
#include <span>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/sqlite/column_chunk.h"

namespace pagewake::storage::sqlite {
namespace {

// Keys: the segment's blobs stand together, but for the keys, where one
// bucket of all segments does.
constexpr std::int64_t kColumnsPerGroup = 64;
constexpr std::int64_t kColumnsPerSegment = 64;  // of view_columns
constexpr std::int64_t kChunksPerSegment = 1 << 20;
constexpr std::int64_t kSegmentsPerBucket = std::int64_t{1} << 40;
static_assert(kColumns <= kColumnsPerSegment && kColumns <= kColumnsPerGroup);

constexpr const char* kChunkTable = "view_chunks";
constexpr const char* kBlockTable = "view_blocks";
constexpr const char* kKeyTable = "view_keys";

bool has_large_between(std::uint32_t column, std::uint32_t next) {
  while (++column < next) {
    if (is_large(column)) return true;
  }
  return false;
}

void make_keys(const SegmentSource& source, SegmentImage& image, PacedWork* work) {
  std::array<std::vector<RowKey>, kKeyKinds * kKeyBuckets> buckets;
  std::vector<std::uint64_t> ids;
  ids.reserve(source.order.size());
  const auto add = [&](KeyKind kind, std::uint64_t hash, std::uint32_t row) {
    buckets[static_cast<std::size_t>(bucket_of(kind, hash))].push_back({hash, row});
  };
  for (std::uint32_t i = 0; i < source.order.size(); ++i) {
    const std::uint32_t row = source.order[i];
    const ProjectId project = source.columns->project(row);
    const std::uint64_t id = hash_of(project, source.columns->ids[row].bytes);
    ids.push_back(id);
    add(KeyKind::kPageView, id, i);
    const TraceId& trace = (*source.traces)[row];
    const SessionId& session = (*source.sessions)[row];
    if (!trace.is_zero()) add(KeyKind::kTrace, hash_of(project, trace.bytes), i);
    if (!session.is_zero()) add(KeyKind::kSession, hash_of(project, session.bytes), i);
  }
  breathe(work);
  image.id_bits = IdFilter::bits_of(ids);
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    if (buckets[bucket].empty()) continue;
    image.blobs.push_back({kKeyTable, static_cast<std::int64_t>(bucket),
                           encode_bucket(buckets[bucket], source.order.size())});
    breathe(work);
  }
}

}  // namespace

SegmentImage make_segment(const SegmentSource& source, PacedWork* work) {
  SegmentImage image;
  image.info.rows = static_cast<std::uint32_t>(source.order.size());
  image.info.min_started_unix_us = INT64_MAX;
  image.info.max_started_unix_us = INT64_MIN;
  for (const std::uint32_t row : source.order) {
    const std::int64_t started = source.columns->started_at_unix_us[row];
    image.info.min_started_unix_us = std::min(image.info.min_started_unix_us, started);
    image.info.max_started_unix_us = std::max(image.info.max_started_unix_us, started);
  }
  constexpr std::size_t kMostGroups = kChunksPerSegment / kColumnsPerGroup;
  image.info.groups =
      row_groups_of(*source.columns, source.order,
                    std::max(source.rows_per_group, source.order.size() / kMostGroups + 1));
  for (const RowGroup& group : image.info.groups) {
    const auto rows = std::span(source.order).subspan(group.first_row, group.rows);
    for (std::uint32_t column = 0; column < kColumns; ++column) {
      if (!is_written(column)) continue;
      image.blobs.push_back({kChunkTable, group.number * kColumnsPerGroup + column,
                             encode_chunk(*source.columns, rows, column)});
      breathe(work);
    }
  }
  for (auto& [row, data] : make_view_blocks(*source.entries, source.order, work)) {
    image.blobs.push_back({kBlockTable, row, std::move(data)});
  }
  make_keys(source, image, work);
  return image;
}

SegmentId reserve_segment(Database& database, const SegmentImage& image) {
  database
      .query(
          "INSERT INTO view_segments(published, row_count, min_started_unix_us, "
          "max_started_unix_us, id_bits, mask, row_groups) VALUES(0,?,?,?,?,x'',?)")
      .integer(image.info.rows)
      .integer(image.info.min_started_unix_us)
      .integer(image.info.max_started_unix_us)
      .blob(compressed(image.id_bits))
      .blob(encode_row_groups(image.info.groups))
      .run();
  return database.last_insert_id();
}

void write_blob(Database& database, SegmentId segment, const SegmentImage::Blob& blob) {
  if (blob.table == kChunkTable) {
    database.query("INSERT INTO view_chunks(chunk_id, data) VALUES(?,?)")
        .integer(segment * kChunksPerSegment + blob.key)
        .blob(blob.data)
        .run();
  } else if (blob.table == kBlockTable) {
    database.query("INSERT INTO view_blocks(block_id, data) VALUES(?,?)")
        .integer(segment * kBlockRowsPerSegment + blob.key)
        .blob(blob.data)
        .run();
  } else {
    database.query("INSERT INTO view_keys(key_id, data) VALUES(?,?)")
        .integer(blob.key * kSegmentsPerBucket + segment)
        .blob(blob.data)
        .run();
  }
}

bool publish_segment(Database& database, SegmentId segment) {
  return database
             .query("UPDATE view_segments SET published = 1 WHERE segment = ? AND published = 0")
             .integer(segment)
             .run() == 1;
}

void delete_segment(Database& database, const SegmentInfo& info) {
  const SegmentId segment = info.segment;
  database.query("DELETE FROM view_chunks WHERE chunk_id >= ? AND chunk_id < ?")
      .integer(segment * kChunksPerSegment)
      .integer((segment + 1) * kChunksPerSegment)
      .run();
  database.query("DELETE FROM view_columns WHERE column_id >= ? AND column_id < ?")
      .integer(segment * kColumnsPerSegment)
      .integer((segment + 1) * kColumnsPerSegment)
      .run();
  database.query("DELETE FROM view_blocks WHERE block_id >= ? AND block_id < ?")
      .integer(segment * kBlockRowsPerSegment)
      .integer((segment + 1) * kBlockRowsPerSegment)
      .run();
  Query keys = database.query("DELETE FROM view_keys WHERE key_id = ?");
  for (std::int64_t bucket = 0; bucket < kKeyKinds * kKeyBuckets; ++bucket) {
    keys.integer(bucket * kSegmentsPerBucket + segment).run();
  }
  database.query("DELETE FROM view_segments WHERE segment = ?").integer(segment).run();
}

void load_segments(Database& database,
                   const std::function<void(const SegmentInfo&, RowMask, std::string)>& each) {
  Query query = database.query(
      "SELECT segment, row_count, min_started_unix_us, max_started_unix_us, mask, id_bits, "
      "row_groups FROM view_segments WHERE published = 1 ORDER BY segment");
  while (query.row()) {
    SegmentInfo info;
    info.segment = query.read_integer();
    info.rows = static_cast<std::uint32_t>(query.read_integer());
    info.min_started_unix_us = query.read_integer();
    info.max_started_unix_us = query.read_integer();
    RowMask mask = decode_mask(query.read_blob(), info.rows);
    auto bits = decompressed(query.read_blob(), nullptr);
    if (!bits) {
      database.fail("the ids of a segment of page views cannot be read");
      return;
    }
    const std::string_view groups = query.read_blob();
    info.has_chunks = !groups.empty();
    if (info.has_chunks) {
      auto decoded = decode_row_groups(groups, info.rows);
      if (!decoded) {
        database.fail("the row groups of a segment of page views cannot be read");
        return;
      }
      info.groups = std::move(*decoded);
    } else {
      info.groups = {
          {0, 0, info.rows, info.min_started_unix_us, info.max_started_unix_us, INT64_MAX, {}}};
    }
    each(info, std::move(mask), std::move(*bits));
  }
}

RowMask stored_mask(Database& database, const SegmentInfo& info) {
  Query query = database.query("SELECT mask FROM view_segments WHERE segment = ?");
  return query.integer(info.segment).row() ? decode_mask(query.read_blob(), info.rows) : RowMask();
}

void mask_rows(Database& database, const SegmentInfo& info,
               const std::vector<std::uint32_t>& rows) {
  RowMask mask = stored_mask(database, info);
  mask.resize(info.rows);
  for (const std::uint32_t row : rows) mask[row] = true;
  database.query("UPDATE view_segments SET mask = ? WHERE segment = ?")
      .blob(encode_mask(mask))
      .integer(info.segment)
      .run();
}

void delete_unpublished_segments(Database& database) {
  std::vector<SegmentInfo> found;
  {
    Query query = database.query("SELECT segment FROM view_segments WHERE published = 0");
    while (query.row()) {
      SegmentInfo info;
      info.segment = query.read_integer();
      found.push_back(std::move(info));
    }
  }
  for (const SegmentInfo& info : found) delete_segment(database, info);
}

std::string encode_mask(const RowMask& mask) {
  std::string out((mask.size() + 7) / 8, '\0');
  for (std::size_t i = 0; i < mask.size(); ++i) {
    if (mask[i]) {
      out[i / 8] = static_cast<char>(static_cast<unsigned char>(out[i / 8]) | (1U << (i % 8)));
    }
  }
  return out;
}

RowMask decode_mask(std::string_view bytes, std::size_t rows) {
  RowMask mask;
  if (bytes.empty()) return mask;
  mask.resize(rows);
  for (std::size_t i = 0; i < rows && i / 8 < bytes.size(); ++i) {
    mask[i] = (static_cast<unsigned char>(bytes[i / 8]) >> (i % 8) & 1U) != 0;
  }
  return mask;
}

bool SegmentReader::read_columns(Database& database, const SegmentInfo& info, const RowGroup& group,
                                 const ColumnSet& set, PageViewColumns& into,
                                 const std::vector<std::uint32_t>* only) {
  std::vector<std::uint32_t> wanted = column_numbers(set);
  std::erase_if(wanted, [&](std::uint32_t column) { return has_column(into, column); });
  const std::int64_t first =
      info.has_chunks ? info.segment * kChunksPerSegment + group.number * kColumnsPerGroup
                      : info.segment * kColumnsPerSegment;
  Query query = database.query(
      info.has_chunks
          ? "SELECT chunk_id, data FROM view_chunks WHERE chunk_id >= ? AND chunk_id <= ?"
          : "SELECT column_id, data FROM view_columns WHERE column_id >= ? AND column_id <= ?");
  const auto decode = [&](std::uint32_t column) {  // of the row, whose id was read
    if (decode_chunk(query.read_blob(), group.rows, column, into, only)) return true;
    database.fail("a stored column of page views cannot be read");
    return false;
  };
  std::vector<std::uint32_t> missing;
  for (auto at = wanted.begin(); at != wanted.end();) {
    // Neighbours in one read; a step over those between costs less than to look
    // for the next anew, unless they are large, as all of old are.
    auto end = at + 1;
    while (end != wanted.end() &&
           (info.has_chunks ? !has_large_between(end[-1], *end) : *end == end[-1] + 1)) {
      ++end;
    }
    query.integer(first + *at).integer(first + end[-1]);
    while (at != end && query.row()) {
      const std::int64_t column = query.read_integer() - first;
      while (at != end && *at < column) missing.push_back(*at++);
      if (at == end || *at != column) continue;
      if (!decode(*at++)) return false;
    }
    missing.insert(missing.end(), at, end);
    at = end;
    query.again();
  }
  for (const std::uint32_t column : missing) {
    // Sealed before this column was kept, or pruned meanwhile.
    const auto stand_in = stand_in_of(column);
    if (!stand_in) return false;
    query.integer(first + *stand_in).integer(first + *stand_in);
    if (!query.row()) return false;
    query.read_integer();
    if (!decode(column)) return false;
    query.again();
  }
  return true;
}

std::optional<PageViewColumns> SegmentReader::columns(Database& database, const SegmentInfo& info,
                                                      const RowGroup& group, const ColumnSet& set) {
  PageViewColumns columns;
  if (!read_columns(database, info, group, set, columns)) return std::nullopt;
  return columns;
}

std::optional<PageViewEntry> SegmentReader::entry(Database& database, SegmentId segment,
                                                  std::uint32_t row) {
  std::optional<PageViewEntry> found;
  blocks_.entries(database, segment, {row},
                  [&](PageViewEntry& entry) { found = std::move(entry); });
  return found;
}

std::vector<std::uint32_t> SegmentReader::rows_of(Database& database, SegmentId segment,
                                                  KeyKind kind, std::uint64_t hash) {
  std::vector<std::uint32_t> rows;
  Query query = database.query("SELECT data FROM view_keys WHERE key_id = ?");
  query.integer(bucket_of(kind, hash) * kSegmentsPerBucket + segment);
  if (query.row()) append_rows(query.read_blob(), hash, rows);
  return rows;
}

std::vector<std::pair<SegmentId, std::uint32_t>> SegmentReader::rows_of(Database& database,
                                                                        KeyKind kind,
                                                                        std::uint64_t hash) {
  std::vector<std::pair<SegmentId, std::uint32_t>> out;
  const std::int64_t first = bucket_of(kind, hash) * kSegmentsPerBucket;
  Query query =
      database.query("SELECT key_id, data FROM view_keys WHERE key_id >= ? AND key_id < ?");
  query.integer(first).integer(first + kSegmentsPerBucket);
  std::vector<std::uint32_t> rows;
  while (query.row()) {
    const SegmentId segment = query.read_integer() - first;
    rows.clear();
    append_rows(query.read_blob(), hash, rows);
    for (const std::uint32_t row : rows) out.emplace_back(segment, row);
  }
  return out;
}

}  // namespace pagewake::storage::sqlite
