// Spans as bytes: a row of the journal, and a block of a segment. Texts stand
// once and spans name them by number: of most spans every text was there
// before, attributes too. Pure: bytes in, values out.
//
//   version · times that the spans' are told from · texts · traces · span ids
//   · one entry a span (varints)
//
// Texts that many blocks have in common stand with their segment
// (SharedTexts).
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "model/records.h"
#include "storage/sqlite/id_filter.h"

namespace pagewake::storage::sqlite {

using model::ProjectId;

struct TraceKey {
  ProjectId project = 0;
  TraceId id;
  friend bool operator==(const TraceKey&, const TraceKey&) = default;
};
struct TraceKeyHash {
  std::size_t operator()(const TraceKey& key) const {
    return hash_of(key.project ^ static_cast<std::int64_t>(process_seed()), key.id.bytes);
  }
};

// A span whose texts are kept elsewhere.
struct SpanView {
  // name, op, service, status_message, release, environment, attributes_json,
  // events_json, links_json
  static constexpr std::size_t kTexts = 9;

  ProjectId project = 0;
  TraceId trace_id;
  SpanId span_id, parent_span_id;
  model::Source source = model::Source::kOtlp;
  model::SpanKind kind = model::SpanKind::kUnspecified;
  model::SpanStatus status = model::SpanStatus::kUnset;
  std::int64_t started_at_unix_us = 0, duration_us = 0, received_at_unix_us = 0;
  std::array<std::string_view, kTexts> texts;
};
SpanView view_of(const model::SpanRecord& span);
model::SpanRecord record_of(const SpanView& span);

class SharedTexts {
 public:
  explicit SharedTexts(const std::vector<std::string_view>& texts);
  // Nothing unless bytes() gave them.
  static std::shared_ptr<const SharedTexts> decode(std::string bytes);
  SharedTexts(const SharedTexts&) = delete;

  const std::string& bytes() const { return bytes_; }
  const std::vector<std::string_view>& texts() const { return texts_; }

 private:
  SharedTexts() = default;
  bool read();
  std::string bytes_;
  std::vector<std::string_view> texts_;  // in bytes_
};

// As std::hash, in a third of the time for texts as long as attributes are.
struct TextHash {
  std::size_t operator()(std::string_view text) const;
};

// Its memory serves one batch after the other.
class SpanBatchEncoder {
 public:
  explicit SpanBatchEncoder(const SharedTexts* shared = nullptr);
  std::string encode(std::span<const SpanView> spans);

 private:
  using TextIds = std::array<std::uint32_t, SpanView::kTexts>;

  std::uint32_t id_of(std::string_view text);
  TextIds ids_of(const SpanView& span);

  const std::size_t shared_;             // texts that are not of the batch
  std::vector<std::string_view> texts_;  // by number
  std::unordered_map<std::string_view, std::uint32_t, TextHash> numbers_;
  std::vector<TextIds> last_of_name_;  // by the name's number
  ByteWriter entries_;
};

// What an entry says, texts by number.
struct SpanEntry {
  std::uint32_t trace = 0;  // number in the batch
  SpanId parent_span_id;
  std::uint8_t source = 0, kind = 0, status = 0;
  std::int64_t started_at_unix_us = 0, duration_us = 0, received_at_unix_us = 0;
  std::array<std::uint32_t, SpanView::kTexts> texts{};
};

class SpanBatchReader {
 public:
  // Bytes and texts must outlive it. Nothing unless SpanBatchEncoder made them;
  // entries are looked at when they are read.
  static std::optional<SpanBatchReader> open(std::string_view bytes,
                                             const SharedTexts* shared = nullptr);

  std::size_t size() const { return span_ids_.size() / SpanId::kBytes; }
  SpanId span_id(std::size_t number) const;
  const std::vector<TraceKey>& traces() const { return traces_; }
  std::size_t text_count() const { return shared_ + texts_.size(); }
  std::string_view text(std::uint32_t number) const;

  // Calls each(number, offset of its entry, number of its trace), in order;
  // false: damaged.
  template <typename Each>
  bool for_each(Each each) const {
    ByteReader in(entries_);
    for (std::uint32_t number = 0; number < size(); ++number) {
      const auto offset = static_cast<std::uint32_t>(in.position());
      const std::string_view entry = in.block();
      const std::uint64_t trace = ByteReader(entry).varint();
      if (!in.ok() || trace >= traces_.size()) return false;
      each(number, offset, static_cast<std::uint32_t>(trace));
    }
    return in.at_end();
  }
  std::optional<SpanEntry> entry(std::uint32_t offset) const;
  std::optional<SpanView> span(std::uint32_t number, std::uint32_t offset) const;

 private:
  SpanBatchReader() = default;

  std::size_t shared_ = 0;
  const SharedTexts* shared_texts_ = nullptr;
  std::int64_t started_base_ = 0, received_base_ = 0;
  std::vector<std::string_view> texts_;
  std::vector<TraceKey> traces_;
  std::string_view span_ids_, entries_;
};

}  // namespace pagewake::storage::sqlite
