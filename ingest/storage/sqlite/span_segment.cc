#include "storage/sqlite/span_segment.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <tuple>
#include <utility>

namespace pagewake::storage::sqlite {
namespace {

constexpr std::size_t kSpansPerBlock = 48, kMostSpansPerBlock = 72;
constexpr std::size_t kKeysPerSegment = IdFilter::kIds;
// What blocks have in common: texts that many spans have, then samples of the
// rest, which resemble the others.
constexpr std::size_t kCommonBytes = 32 << 10;
constexpr std::size_t kMostSharedTexts = 2048;
constexpr std::size_t kUsesStep = 4;
constexpr std::uint32_t kManySpans = 2;  // of those looked at
constexpr std::size_t kCommonsKept = 128;

// Keys in the tables: a segment's blobs stand together.
constexpr std::int64_t kBlocksPerSegment = 1 << 20;
constexpr std::int64_t kCommonBlock = kBlocksPerSegment - 1;
constexpr std::int64_t kBuckets = 64;

struct KeyRow {
  std::uint32_t hash, block;
  friend auto operator<=>(const KeyRow&, const KeyRow&) = default;
};

std::int64_t bucket_of(std::uint64_t hash) {
  return static_cast<std::int64_t>(hash >> 32) % kBuckets;
}

const SpanBatchReader& reader_of(const SpanGeneration& generation, std::uint32_t span) {
  return *generation.batch(generation.span(span).batch).reader;
}

// A generation's entries were read when they were added.
SpanEntry entry_of(const SpanGeneration& generation, std::uint32_t span) {
  return reader_of(generation, span).entry(generation.span(span).offset).value_or(SpanEntry());
}

SpanView view_of(const SpanGeneration& generation, std::uint32_t span) {
  const SpanGeneration::Span& where = generation.span(span);
  return reader_of(generation, span).span(where.number_in_batch, where.offset).value_or(SpanView());
}

// How many spans use each text, in every kUsesStep-th of the blocks.
std::unordered_map<std::string_view, std::uint32_t, TextHash> uses_of_texts(
    const SpanGeneration& generation, const SpanBlockPlan& plan, std::size_t first, std::size_t end,
    PacedWork* work) {
  // By batch first, where a text is a number.
  std::unordered_map<std::uint32_t, std::vector<std::uint32_t>> of_batches;
  for (std::size_t block = first; block < end; block += kUsesStep) {
    breathe(work);
    for (const std::uint32_t span : plan[block]) {
      auto& of_batch = of_batches[generation.span(span).batch];
      if (of_batch.empty()) of_batch.resize(reader_of(generation, span).text_count() + 1);
      for (const std::uint32_t text : entry_of(generation, span).texts) ++of_batch[text];
    }
  }
  std::unordered_map<std::string_view, std::uint32_t, TextHash> uses;
  for (const auto& [batch, of_batch] : of_batches) {
    const SpanBatchReader& reader = *generation.batch(batch).reader;
    for (std::uint32_t text = 1; text < of_batch.size(); ++text) {
      if (of_batch[text] > 0) uses[reader.text(text)] += of_batch[text];
    }
  }
  return uses;
}

std::vector<std::string_view> common_texts(
    const std::unordered_map<std::string_view, std::uint32_t, TextHash>& uses) {
  using Use = std::pair<std::string_view, std::uint32_t>;
  std::vector<Use> many, few;
  std::size_t few_bytes = 0;
  for (const auto& [text, spans] : uses) {
    const Use use(text, spans);
    if (use.first.size() > kCommonBytes / 4) continue;
    if (use.second >= kManySpans) {
      many.push_back(use);
    } else if (use.first.size() >= 64) {
      few.push_back(use);
      few_bytes += use.first.size();
    }
  }
  const auto saved = [](const Use& use) { return use.first.size() * use.second; };
  std::sort(many.begin(), many.end(), [&](const Use& a, const Use& b) {
    return std::tuple(saved(b), a.first) < std::tuple(saved(a), b.first);
  });
  std::sort(few.begin(), few.end());
  std::vector<std::string_view> out;
  std::size_t bytes = 0;
  for (const auto& [text, spans] : many) {
    if (out.size() >= kMostSharedTexts || bytes + text.size() > kCommonBytes) break;
    out.push_back(text);
    bytes += text.size();
  }
  // Small segments need no samples twice; a large one every n-th.
  const std::size_t step = std::max<std::size_t>(few_bytes / kCommonBytes, 4);
  for (std::size_t i = 0; i < few.size() && bytes < kCommonBytes; i += step) {
    out.push_back(few[i].first);
    bytes += few[i].first.size();
  }
  return out;
}

// Fewer cannot fill kFewBlocks.
bool is_many_blocks(std::uint32_t spans) { return spans > kSpansPerBlock * kFewBlocks / 2; }

}  // namespace

std::uint64_t trace_hash(std::uint64_t seed, const TraceKey& key) {
  return hash_of(key.project ^ static_cast<std::int64_t>(seed), key.id.bytes);
}

std::uint64_t span_hash(std::uint64_t trace_hash, const SpanId& id) {
  return hash_of(static_cast<std::int64_t>(trace_hash), id.bytes);
}

SpanBlockPlan plan_span_blocks(const SpanGeneration& generation, std::int64_t from_unix_us,
                               PacedWork* work) {
  const auto& traces = generation.traces();
  std::vector<std::uint32_t> order(traces.size());
  for (std::uint32_t number = 0; number < order.size(); ++number) order[number] = number;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(traces[a].key.project, traces[a].kind, traces[a].started_at_unix_us, a) <
           std::tuple(traces[b].key.project, traces[b].kind, traces[b].started_at_unix_us, b);
  });
  SpanBlockPlan plan;
  std::vector<std::uint32_t> spans;
  for (const std::uint32_t number : order) {
    spans.clear();
    for (std::uint32_t span = traces[number].first; span != SpanGeneration::kNone;
         span = generation.span(span).next) {
      if (generation.min_started_unix_us >= from_unix_us ||
          entry_of(generation, span).started_at_unix_us >= from_unix_us) {
        spans.push_back(span);
      }
    }
    // search() relies on it.
    std::sort(spans.begin(), spans.end(), [&](std::uint32_t a, std::uint32_t b) {
      return generation.span_id(a) < generation.span_id(b);
    });
    for (std::size_t at = 0; at < spans.size();) {
      // Whole traces where they fit; a large one begins with a block.
      std::size_t some = spans.size() - at;
      if (some > kMostSpansPerBlock) some = kSpansPerBlock;
      if (plan.empty() || plan.back().size() >= kSpansPerBlock ||
          plan.back().size() + some > kMostSpansPerBlock) {
        breathe(work);
        plan.emplace_back();
      }
      plan.back().insert(plan.back().end(), spans.begin() + static_cast<std::ptrdiff_t>(at),
                         spans.begin() + static_cast<std::ptrdiff_t>(at + some));
      at += some;
    }
  }
  return plan;
}

SpanSegmentImage make_span_segment(const SpanGeneration& generation, const SpanBlockPlan& plan,
                                   std::size_t& next, std::uint64_t seed, PacedWork* work) {
  SpanSegmentImage image;
  const std::size_t first = next;
  std::vector<std::uint64_t> hashes;
  std::vector<SpanView> spans;
  std::array<std::vector<KeyRow>, kBuckets> buckets;
  for (; next < plan.size() && next - first < kCommonBlock; ++next) {
    breathe(work);
    const std::size_t before = hashes.size();
    std::uint32_t last = SpanGeneration::kNone;
    for (const std::uint32_t span : plan[next]) {
      const std::uint32_t number = generation.trace_of(span);
      const SpanGeneration::Trace& trace = generation.trace(number);
      if (number != last) {
        last = number;
        const std::uint64_t hash = trace_hash(seed, trace.key);
        hashes.push_back(hash);
        auto& bucket = buckets[static_cast<std::size_t>(bucket_of(hash))];
        bucket.push_back(
            {static_cast<std::uint32_t>(hash), static_cast<std::uint32_t>(next - first)});
      }
      if (is_many_blocks(trace.spans)) {
        hashes.push_back(span_hash(trace_hash(seed, trace.key), generation.span_id(span)));
      }
    }
    if (hashes.size() > kKeysPerSegment && next > first) {
      hashes.resize(before);
      for (auto& bucket : buckets) {
        while (!bucket.empty() && bucket.back().block == next - first) bucket.pop_back();
      }
      break;
    }
  }
  const SharedTexts common(common_texts(uses_of_texts(generation, plan, first, next, work)));
  SpanBatchEncoder encoder(&common);
  BlockCompressor compressor(common.bytes());
  for (std::size_t block = first; block < next; ++block) {
    spans.clear();
    for (const std::uint32_t number : plan[block]) {
      const SpanView& span = spans.emplace_back(view_of(generation, number));
      image.info.min_started_unix_us =
          std::min(image.info.min_started_unix_us, span.started_at_unix_us);
      image.info.max_started_unix_us =
          std::max(image.info.max_started_unix_us, span.started_at_unix_us);
    }
    image.info.spans += static_cast<std::uint32_t>(spans.size());
    image.blobs.push_back({false, static_cast<std::int64_t>(block - first),
                           compressor.compressed(encoder.encode(spans))});
    breathe(work);
  }
  image.blobs.push_back({false, kCommonBlock, compressed(common.bytes())});
  for (std::size_t bucket = 0; bucket < buckets.size(); ++bucket) {
    auto& rows = buckets[bucket];
    if (rows.empty()) continue;
    std::sort(rows.begin(), rows.end());
    image.blobs.push_back(
        {true, static_cast<std::int64_t>(bucket),
         std::string(reinterpret_cast<const char*>(rows.data()), rows.size() * sizeof(KeyRow))});
  }
  image.id_bits = IdFilter::bits_of(hashes);
  return image;
}

SpanSegmentId reserve_span_segment(Database& database, const SpanSegmentImage& image) {
  database
      .query(
          "INSERT INTO span_segments(published, span_count, min_started_unix_us, "
          "max_started_unix_us, hidden_before_unix_us, hidden_count, id_bits) "
          "VALUES(0,?,?,?,?,0,?)")
      .integer(image.info.spans)
      .integer(image.info.min_started_unix_us)
      .integer(image.info.max_started_unix_us)
      .integer(image.info.hidden_before_unix_us)
      .blob(compressed(image.id_bits))
      .run();
  return database.last_insert_id();
}

void write_span_blob(Database& database, SpanSegmentId segment,
                     const SpanSegmentImage::Blob& blob) {
  if (blob.is_key) {
    database.query("INSERT INTO span_keys(key_id, data) VALUES(?,?)")
        .integer(segment * kBuckets + blob.key)
        .blob(blob.data)
        .run();
  } else {
    database.query("INSERT INTO span_blocks(block_id, data) VALUES(?,?)")
        .integer(segment * kBlocksPerSegment + blob.key)
        .blob(blob.data)
        .run();
  }
}

bool publish_span_segment(Database& database, SpanSegmentId segment) {
  return database
             .query("UPDATE span_segments SET published = 1 WHERE segment = ? AND published = 0")
             .integer(segment)
             .run() == 1;
}

void delete_span_segment(Database& database, SpanSegmentId segment) {
  database.query("DELETE FROM span_blocks WHERE block_id >= ? AND block_id < ?")
      .integer(segment * kBlocksPerSegment)
      .integer((segment + 1) * kBlocksPerSegment)
      .run();
  database.query("DELETE FROM span_keys WHERE key_id >= ? AND key_id < ?")
      .integer(segment * kBuckets)
      .integer((segment + 1) * kBuckets)
      .run();
  database.query("DELETE FROM span_segments WHERE segment = ?").integer(segment).run();
}

void store_hidden(Database& database, const SpanSegmentInfo& info) {
  database
      .query(
          "UPDATE span_segments SET hidden_before_unix_us = ?, hidden_count = ? WHERE segment = ?")
      .integer(info.hidden_before_unix_us)
      .integer(info.hidden)
      .integer(info.segment)
      .run();
}

void load_span_segments(
    Database& database,
    const std::function<void(const SpanSegmentInfo&, const std::string&)>& each) {
  Query query = database.query(
      "SELECT segment, span_count, min_started_unix_us, max_started_unix_us, "
      "hidden_before_unix_us, hidden_count, id_bits FROM span_segments WHERE published = 1 "
      "ORDER BY segment");
  while (query.row()) {
    SpanSegmentInfo info;
    info.segment = query.read_integer();
    info.spans = static_cast<std::uint32_t>(query.read_integer());
    info.min_started_unix_us = query.read_integer();
    info.max_started_unix_us = query.read_integer();
    info.hidden_before_unix_us = query.read_integer();
    info.hidden = static_cast<std::uint32_t>(query.read_integer());
    const auto bits = decompressed(query.read_blob());
    if (!bits) {
      database.fail("the ids of a segment of spans cannot be read");
      return;
    }
    each(info, *bits);
  }
}

void delete_unpublished_span_segments(Database& database) {
  std::vector<SpanSegmentId> found;
  {
    Query query = database.query("SELECT segment FROM span_segments WHERE published = 0");
    while (query.row()) found.push_back(query.read_integer());
  }
  for (const SpanSegmentId segment : found) delete_span_segment(database, segment);
}

SpanSegmentReader::SpanSegmentReader() = default;
SpanSegmentReader::~SpanSegmentReader() = default;

std::vector<std::uint32_t> SpanSegmentReader::blocks_of(Database& database, SpanSegmentId segment,
                                                        std::uint64_t trace_hash) {
  std::vector<std::uint32_t> blocks;
  Query query = database.query("SELECT data FROM span_keys WHERE key_id = ?");
  query.integer(segment * kBuckets + bucket_of(trace_hash));
  if (!query.row()) return blocks;
  const std::string_view bytes = query.read_blob();
  const std::size_t rows = bytes.size() / sizeof(KeyRow);
  const auto row = [&](std::size_t i) {
    KeyRow key{};
    std::memcpy(&key, bytes.data() + i * sizeof key, sizeof key);
    return key;
  };
  const auto wanted = static_cast<std::uint32_t>(trace_hash);
  std::size_t low = 0;
  for (std::size_t high = rows; low < high;) {
    const std::size_t middle = (low + high) / 2;
    if (row(middle).hash < wanted) {
      low = middle + 1;
    } else {
      high = middle;
    }
  }
  for (; low < rows && row(low).hash == wanted; ++low) blocks.push_back(row(low).block);
  return blocks;
}

std::unique_ptr<const SpanSegmentReader::Block> SpanSegmentReader::block(Database& database,
                                                                         SpanSegmentId segment,
                                                                         std::uint32_t number) {
  const Common shared = common(database, segment);
  if (shared.texts == nullptr) return nullptr;
  Query query = database.query("SELECT data FROM span_blocks WHERE block_id = ?");
  query.integer(segment * kBlocksPerSegment + number);
  if (!query.row()) return nullptr;
  if (auto raw = decompressed(query.read_blob(), shared.dictionary.get())) {
    auto block = std::make_unique<Block>();
    block->bytes = std::move(*raw);
    block->texts = shared.texts;
    block->reader = SpanBatchReader::open(block->bytes, block->texts.get());
    if (block->reader) return block;
  }
  database.fail("stored spans cannot be read");
  return nullptr;
}

bool SpanSegmentReader::search(Database& database, const SpanSegmentInfo& info,
                               const std::vector<std::uint32_t>& blocks, const TraceKey& trace,
                               const SpanId& id) {
  std::size_t low = 0;
  for (std::size_t high = blocks.size(); low < high;) {
    const std::size_t middle = (low + high) / 2;
    const auto found = block(database, info.segment, blocks[middle]);
    if (found == nullptr) return false;
    std::optional<SpanId> first, last;
    bool here = false;
    found->reader->for_each([&](std::uint32_t number, std::uint32_t offset, std::uint32_t of) {
      if (found->reader->traces()[of] != trace) return;
      const SpanId one = found->reader->span_id(number);
      if (!first) first = one;
      last = one;
      if (one != id) return;
      const auto entry = found->reader->entry(offset);
      here = entry && entry->started_at_unix_us >= info.hidden_before_unix_us;
    });
    if (here) return true;
    // Where two traces share a hash a block has none of this one.
    if (!first || *last < id) {
      low = middle + 1;
    } else if (id < *first) {
      high = middle;
    } else {
      return false;
    }
  }
  return false;
}

std::uint32_t SpanSegmentReader::block_count(Database& database, SpanSegmentId segment) {
  Query query =
      database.query("SELECT count(*) FROM span_blocks WHERE block_id >= ? AND block_id < ?");
  query.integer(segment * kBlocksPerSegment).integer(segment * kBlocksPerSegment + kCommonBlock);
  return query.row() ? static_cast<std::uint32_t>(query.read_integer()) : 0;
}

SpanSegmentReader::Common SpanSegmentReader::common(Database& database, SpanSegmentId segment) {
  {
    const std::lock_guard lock(mutex_);
    if (const auto at = commons_.find(segment); at != commons_.end()) return at->second;
  }
  Query query = database.query("SELECT data FROM span_blocks WHERE block_id = ?");
  query.integer(segment * kBlocksPerSegment + kCommonBlock);
  if (!query.row()) return {};
  Common read;
  if (auto raw = decompressed(query.read_blob())) {
    read.dictionary = make_dictionary(*raw);
    read.texts = SharedTexts::decode(std::move(*raw));
  }
  if (read.texts == nullptr) {
    database.fail("the texts of stored spans cannot be read");
    return {};
  }
  const std::lock_guard lock(mutex_);
  if (commons_.size() >= kCommonsKept) commons_.clear();
  commons_.emplace(segment, read);
  return read;
}

}  // namespace pagewake::storage::sqlite
