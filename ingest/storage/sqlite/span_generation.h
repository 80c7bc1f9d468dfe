// Spans that are in the journal and not yet in a segment: its rows in memory,
// and where in them the spans of each trace are. One generation takes what
// arrives; when it is full it is frozen and sealed while the next one fills.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sqlite/span_batch.h"

namespace pagewake::storage::sqlite {

// Which spans of which traces there are; traces are numbers here. Twenty bytes
// a span.
class SpanSet {
 public:
  // False: it was there. A new one's number is the size() before.
  bool insert(std::uint32_t trace, const SpanId& id);
  bool contains(std::uint32_t trace, const SpanId& id) const;
  std::size_t size() const { return keys_.size(); }
  void clear();
  const SpanId& id(std::size_t number) const { return keys_[number].id; }
  std::uint32_t trace(std::size_t number) const { return keys_[number].trace; }

 private:
  struct Key {
    SpanId id;
    std::uint32_t trace;
    friend bool operator==(const Key&, const Key&) = default;
  };
  // Where the key is, or the free place where it would be.
  std::size_t place_of(const Key& key) const;
  void grow();

  std::vector<Key> keys_;
  std::vector<std::uint32_t> places_;  // open addressing; 0: free, else a key's number + 1
};

class SpanGeneration {
 public:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};

  struct Batch {  // a row of the journal
    std::string bytes;
    std::optional<SpanBatchReader> reader;  // of the bytes
  };
  struct Trace {
    TraceKey key;
    std::uint32_t first = kNone, last = kNone;  // of its spans
    std::uint32_t spans = 0;
    std::int64_t started_at_unix_us = INT64_MAX;  // of the one that started first
    std::string_view kind;                        // its name: a route, mostly
  };
  struct Span {
    std::uint32_t batch, offset, number_in_batch;
    std::uint32_t next;  // of the same trace
  };

  // False: not the bytes of a batch; nothing was added.
  bool add(std::string bytes);

  // kNone: not here.
  std::uint32_t find(const TraceKey& key) const;
  bool has(std::uint32_t trace, const SpanId& id) const { return ids_.contains(trace, id); }
  bool empty() const { return spans_.empty(); }
  const std::vector<Trace>& traces() const { return traces_; }
  const Trace& trace(std::uint32_t number) const { return traces_[number]; }
  const Span& span(std::uint32_t number) const { return spans_[number]; }
  std::size_t span_count() const { return spans_.size(); }
  const Batch& batch(std::uint32_t number) const { return *batches_[number]; }
  SpanId span_id(std::uint32_t number) const { return ids_.id(number); }
  std::uint32_t trace_of(std::uint32_t number) const { return ids_.trace(number); }
  // Roughly what all of it takes.
  std::size_t bytes() const { return bytes_; }

  std::int64_t last_journal_seq = 0;
  std::int64_t min_started_unix_us = INT64_MAX, max_started_unix_us = INT64_MIN;
  std::int64_t first_received_unix_us = INT64_MAX, last_received_unix_us = INT64_MIN;

 private:
  std::vector<std::unique_ptr<const Batch>> batches_;  // stay where they are while others come
  std::vector<Trace> traces_;
  std::vector<Span> spans_;
  std::unordered_map<TraceKey, std::uint32_t, TraceKeyHash> numbers_;
  SpanSet ids_;
  std::size_t bytes_ = 0;
};

}  // namespace pagewake::storage::sqlite
