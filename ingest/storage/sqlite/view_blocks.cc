#include "storage/sqlite/view_blocks.h"

#include <algorithm>
#include <optional>

#include "base/byte_reader.h"
#include "base/byte_writer.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr std::size_t kEntriesPerBlock = 16;
// Sampled over the whole segment: enough to hold what its pages have in common.
constexpr std::size_t kDictionaryBytes = 48 << 10;
constexpr std::size_t kSegmentsKept = 64;
constexpr std::int64_t kDictionaryRow = kBlockRowsPerSegment - 1;
constexpr std::int64_t kDirectoryRow = kBlockRowsPerSegment - 2;
// With its key and header exactly a leaf page of 8 KB (database.cc): larger ones
// leave half a page unused each.
constexpr std::size_t kRowBytes = 8'152;
constexpr std::uint8_t kDirectoryVersion = 1;

std::string sample(const std::vector<std::string>& entries, std::span<const std::uint32_t> order) {
  std::string out;
  std::size_t total = 0;
  for (const std::uint32_t row : order) total += entries[row].size();
  // Every n-th entry; a small segment needs none of it twice.
  const std::size_t step = std::max<std::size_t>(total / kDictionaryBytes, 4);
  for (std::size_t i = 0; i < order.size() && out.size() < kDictionaryBytes; i += step) {
    out += unpacked_entry(entries[order[i]]);
  }
  return out;
}

// The end of each block among all of them. Nothing: malformed.
std::optional<std::vector<std::uint64_t>> decode_directory(std::string_view bytes) {
  ByteReader in(bytes);
  if (in.byte() != kDirectoryVersion) return std::nullopt;
  std::vector<std::uint64_t> ends;
  std::uint64_t end = 0;
  while (in.ok() && !in.at_end()) {
    const std::uint64_t size = in.varint();
    if (size > UINT32_MAX) return std::nullopt;
    ends.push_back(end += size);
  }
  if (!in.ok()) return std::nullopt;
  return ends;
}

Query row_of(Database& database, SegmentId segment, std::int64_t row) {
  Query query = database.query("SELECT data FROM view_blocks WHERE block_id = ?");
  query.integer(segment * kBlockRowsPerSegment + row);
  return query;
}

}  // namespace

struct ViewBlockReader::Shared {
  BlockDictionary dictionary;
  bool has_directory = false;
  std::vector<std::uint64_t> ends;

  // False: it is not there, the segment was pruned meanwhile.
  bool read_block(Database& database, SegmentId segment, std::size_t block,
                  std::string& bytes) const {
    bytes.clear();
    if (!has_directory) {
      Query query = row_of(database, segment, static_cast<std::int64_t>(block));
      if (!query.row()) return false;
      bytes = query.read_blob();
      return true;
    }
    if (block >= ends.size()) return true;  // nothing: no block
    const std::uint64_t begin = block == 0 ? 0 : ends[block - 1];
    for (std::uint64_t at = begin; at < ends[block];) {
      Query query = row_of(database, segment, static_cast<std::int64_t>(at / kRowBytes));
      if (!query.row()) return false;
      const std::string_view row = query.read_blob();
      const std::size_t from = at % kRowBytes;
      if (from >= row.size()) break;  // cut short: no block
      const std::string_view part = row.substr(from, ends[block] - at);
      bytes += part;
      at += part.size();
    }
    return true;
  }
};

std::vector<std::pair<std::int64_t, std::string>> make_view_blocks(
    const std::vector<std::string>& entries, std::span<const std::uint32_t> order,
    PacedWork* work) {
  const std::string dictionary = sample(entries, order);
  BlockCompressor compressor(dictionary);
  std::vector<std::pair<std::int64_t, std::string>> rows;
  ByteWriter directory;
  directory.byte(kDirectoryVersion);
  std::string open;  // the row that is being filled
  for (std::size_t first = 0; first < order.size(); first += kEntriesPerBlock) {
    ByteWriter raw;
    const std::size_t end = std::min(first + kEntriesPerBlock, order.size());
    for (std::size_t i = first; i < end; ++i) raw.block(unpacked_entry(entries[order[i]]));
    const std::string block = compressor.compressed(raw.view());
    directory.varint(block.size());
    open += block;
    while (open.size() >= kRowBytes) {
      rows.emplace_back(rows.size(), open.substr(0, kRowBytes));
      open.erase(0, kRowBytes);
    }
    breathe(work);
  }
  if (!open.empty()) rows.emplace_back(rows.size(), std::move(open));
  rows.emplace_back(kDirectoryRow, directory.take());
  rows.emplace_back(kDictionaryRow, compressed(dictionary));
  return rows;
}

ViewBlockReader::ViewBlockReader() = default;
ViewBlockReader::~ViewBlockReader() = default;

bool ViewBlockReader::entries(Database& database, SegmentId segment,
                              const std::vector<std::uint32_t>& rows,
                              const std::function<void(PageViewEntry&)>& each, ViewParts parts) {
  const std::shared_ptr<const Shared> common = shared(database, segment);
  if (common == nullptr) return false;
  std::string bytes, raw;
  std::vector<std::string_view> of_block;
  std::optional<std::size_t> block;
  for (const std::uint32_t row : rows) {
    if (block != row / kEntriesPerBlock) {
      block = row / kEntriesPerBlock;
      of_block.clear();
      if (!common->read_block(database, segment, *block, bytes)) return false;
      if (!decompress(bytes, raw, common->dictionary.get())) raw.clear();
      ByteReader in(raw);
      while (in.ok() && !in.at_end()) of_block.push_back(in.block());
    }
    const std::size_t place = row % kEntriesPerBlock;
    auto entry = decode_page_view_entry(place < of_block.size() ? of_block[place] : "", parts);
    if (!entry) {
      database.fail("a stored page view cannot be read");
      return false;
    }
    each(*entry);
  }
  return true;
}

std::shared_ptr<const ViewBlockReader::Shared> ViewBlockReader::shared(Database& database,
                                                                       SegmentId segment) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = shared_.find(segment); at != shared_.end()) return at->second;
  }
  auto read = std::make_shared<Shared>();
  {
    Query query = row_of(database, segment, kDictionaryRow);
    if (!query.row()) return nullptr;
    const auto raw = decompressed(query.read_blob(), nullptr);
    if (!raw) {
      database.fail("the dictionary of stored page views cannot be read");
      return nullptr;
    }
    read->dictionary = make_dictionary(*raw);
  }
  Query query = row_of(database, segment, kDirectoryRow);
  if (query.row()) {
    auto ends = decode_directory(query.read_blob());
    if (!ends) {
      database.fail("the directory of stored page views cannot be read");
      return nullptr;
    }
    read->has_directory = true;
    read->ends = std::move(*ends);
  }
  const std::lock_guard lock(mutex_);
  if (shared_.size() >= kSegmentsKept) shared_.clear();
  shared_.emplace(segment, read);
  return read;
}

}  // namespace pagewake::storage::sqlite
