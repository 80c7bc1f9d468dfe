// Sealed spans. A segment is some ten thousand traces as blobs:
//   span_segments  one row: how many, from when to when, what retention hides,
//                  the bits of its traces (IdFilter)
//   span_blocks    span_batch.h, some traces a blob, zstd; the texts that they
//                  have in common are the segment's own, and its dictionary.
//                  Traces of one kind stand together: they compress well, and
//                  a report on a page finds them in few blocks.
//   span_keys      64 buckets of (hash of a trace, block), sorted
//
// The bits say in which segments a trace may be, so that only those are
// looked at; a trace of many blocks has the bits of each of its spans too.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "storage/sqlite/blob.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/pace.h"
#include "storage/sqlite/span_generation.h"

namespace pagewake::storage::sqlite {

using SpanSegmentId = std::int64_t;

// A trace of more blocks is searched for a span by its id.
inline constexpr std::size_t kFewBlocks = 4;

// Kept in memory of each segment.
struct SpanSegmentInfo {
  SpanSegmentId segment = 0;
  std::uint32_t spans = 0;
  std::int64_t min_started_unix_us = INT64_MAX, max_started_unix_us = INT64_MIN;
  // Spans that started before are gone for everybody; so many.
  std::int64_t hidden_before_unix_us = INT64_MIN;
  std::uint32_t hidden = 0;
};

// The hash that the file's keys and bits are of; `seed` is the file's.
std::uint64_t trace_hash(std::uint64_t seed, const TraceKey& key);
std::uint64_t span_hash(std::uint64_t trace_hash, const SpanId& id);

// A generation's spans in blocks: numbers of the generation.
using SpanBlockPlan = std::vector<std::vector<std::uint32_t>>;
// Of those that started at or after `from`.
SpanBlockPlan plan_span_blocks(const SpanGeneration& generation, std::int64_t from_unix_us,
                               PacedWork* work = nullptr);

// Some blocks as a segment's blobs, made without the database.
struct SpanSegmentImage {
  SpanSegmentInfo info;  // without its id
  std::string id_bits;
  struct Blob {
    bool is_key;
    std::int64_t key;  // without the segment's part
    std::string data;
  };
  std::vector<Blob> blobs;
};
// From `next` on, as many blocks as a segment's bits are for; moves `next`.
SpanSegmentImage make_span_segment(const SpanGeneration& generation, const SpanBlockPlan& plan,
                                   std::size_t& next, std::uint64_t seed,
                                   PacedWork* work = nullptr);

// Inside a transaction. Reserves a segment that no reader sees yet.
SpanSegmentId reserve_span_segment(Database& database, const SpanSegmentImage& image);
void write_span_blob(Database& database, SpanSegmentId segment, const SpanSegmentImage::Blob& blob);
// False: it is gone, another process took it for a leftover of a crash.
bool publish_span_segment(Database& database, SpanSegmentId segment);
void delete_span_segment(Database& database, SpanSegmentId segment);
void store_hidden(Database& database, const SpanSegmentInfo& info);
// Calls `each` with every published segment and the bits of its traces.
void load_span_segments(
    Database& database,
    const std::function<void(const SpanSegmentInfo&, const std::string&)>& each);
// Segments that were being written when the process ended.
void delete_unpublished_span_segments(Database& database);

// Reads from segments; safe from many threads, each with its own connection.
// Nothing (or with database.fail()) when the segment was pruned meanwhile.
class SpanSegmentReader {
 public:
  SpanSegmentReader();
  ~SpanSegmentReader();

  // A block with what its reader points into.
  struct Block {
    std::string bytes;
    std::shared_ptr<const SharedTexts> texts;
    std::optional<SpanBatchReader> reader;
  };

  // Blocks that may hold spans of the trace, ascending.
  std::vector<std::uint32_t> blocks_of(Database& database, SpanSegmentId segment,
                                       std::uint64_t trace_hash);
  std::unique_ptr<const Block> block(Database& database, SpanSegmentId segment,
                                     std::uint32_t number);
  // Whether one of the trace's many blocks holds the span.
  bool search(Database& database, const SpanSegmentInfo& info,
              const std::vector<std::uint32_t>& blocks, const TraceKey& trace, const SpanId& id);
  // Blocks of the segment.
  std::uint32_t block_count(Database& database, SpanSegmentId segment);

 private:
  struct Common {
    std::shared_ptr<const SharedTexts> texts;
    BlockDictionary dictionary;
  };
  Common common(Database& database, SpanSegmentId segment);

  std::mutex mutex_;
  std::unordered_map<SpanSegmentId, Common> commons_;
};

}  // namespace pagewake::storage::sqlite
