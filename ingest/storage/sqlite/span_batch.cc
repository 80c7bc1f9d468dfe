#include "storage/sqlite/span_batch.h"

#include <cstring>

namespace pagewake::storage::sqlite {
namespace {

using model::SpanRecord;

constexpr std::uint8_t kVersion = 1;
constexpr std::uint32_t kNoText = 0;  // the empty one; others count from 1
// Of a batch this small a parent in it is told by its number.
constexpr std::size_t kSmallBatch = 256;
constexpr std::uint64_t kNoParent = 0, kForeignParent = 1, kFirstNumber = 2;

// One entry on its way out: most of its varints are a byte.
class EntryWriter {
 public:
  void clear() { size_ = 0; }
  void byte(std::uint8_t value) { bytes_[size_++] = static_cast<char>(value); }
  void varint(std::uint64_t value) {
    for (; value >= 0x80; value >>= 7) byte(static_cast<std::uint8_t>(value | 0x80));
    byte(static_cast<std::uint8_t>(value));
  }
  void zigzag(std::int64_t value) {
    varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void id(const SpanId& id) {
    std::memcpy(bytes_.data() + size_, id.bytes.data(), SpanId::kBytes);
    size_ += SpanId::kBytes;
  }
  std::string_view view() const { return {bytes_.data(), size_}; }

 private:
  std::array<char, 160> bytes_;  // 14 varints of at most ten, and an id
  std::size_t size_ = 0;
};

// As ByteReader, for the one place that reads a dozen numbers of each span.
class EntryReader {
 public:
  explicit EntryReader(std::string_view bytes)
      : at_(reinterpret_cast<const std::uint8_t*>(bytes.data())), end_(at_ + bytes.size()) {}
  std::uint8_t byte() {
    if (at_ == end_) {
      ok_ = false;
      return 0;
    }
    return *at_++;
  }
  std::uint64_t varint() {
    if (at_ != end_ && *at_ < 0x80) return *at_++;
    return long_varint();
  }
  std::int64_t zigzag() {
    const std::uint64_t value = varint();
    return static_cast<std::int64_t>(value >> 1 ^ (~(value & 1) + 1));
  }
  void id(SpanId& id) {
    if (static_cast<std::size_t>(end_ - at_) < SpanId::kBytes) {
      ok_ = false;
      return;
    }
    std::memcpy(id.bytes.data(), at_, SpanId::kBytes);
    at_ += SpanId::kBytes;
  }
  bool is_whole() const { return ok_ && at_ == end_; }

 private:
  std::uint64_t long_varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t next = byte();
      if (shift == 63 && next > 1) break;
      value |= static_cast<std::uint64_t>(next & 0x7f) << shift;
      if (next < 0x80) return value;
    }
    ok_ = false;
    return 0;
  }
  const std::uint8_t *at_, *end_;
  bool ok_ = true;
};

std::uint64_t word_of(const SpanId& id) {
  std::uint64_t word = 0;
  std::memcpy(&word, id.bytes.data(), sizeof word);
  return word;
}

}  // namespace

SpanView view_of(const SpanRecord& span) {
  return {span.project,
          span.trace_id,
          span.span_id,
          span.parent_span_id,
          span.source,
          span.kind,
          span.status,
          span.started_at_unix_us,
          span.duration_us,
          span.received_at_unix_us,
          {span.name, span.op, span.service, span.status_message, span.release, span.environment,
           span.attributes_json, span.events_json, span.links_json}};
}

SpanRecord record_of(const SpanView& span) {
  SpanRecord record;
  record.project = span.project;
  record.trace_id = span.trace_id;
  record.span_id = span.span_id;
  record.parent_span_id = span.parent_span_id;
  record.source = span.source;
  record.kind = span.kind;
  record.status = span.status;
  record.started_at_unix_us = span.started_at_unix_us;
  record.duration_us = span.duration_us;
  record.received_at_unix_us = span.received_at_unix_us;
  record.name = span.texts[0];
  record.op = span.texts[1];
  record.service = span.texts[2];
  record.status_message = span.texts[3];
  record.release = span.texts[4];
  record.environment = span.texts[5];
  record.attributes_json = span.texts[6];
  record.events_json = span.texts[7];
  record.links_json = span.texts[8];
  return record;
}

SharedTexts::SharedTexts(const std::vector<std::string_view>& texts) {
  ByteWriter out;
  for (const std::string_view text : texts) out.block(text);
  bytes_ = out.take();
  read();
}

std::shared_ptr<const SharedTexts> SharedTexts::decode(std::string bytes) {
  std::shared_ptr<SharedTexts> texts(new SharedTexts());
  texts->bytes_ = std::move(bytes);
  return texts->read() ? texts : nullptr;
}

bool SharedTexts::read() {
  ByteReader in(bytes_);
  while (!in.at_end()) texts_.push_back(in.block());
  return in.ok();
}

std::size_t TextHash::operator()(std::string_view text) const {
  constexpr std::uint64_t kOdd[] = {0x9e3779b97f4a7c15, 0xff51afd7ed558ccd};
  const auto word = [&](std::size_t at) {
    std::uint64_t value = 0;
    std::memcpy(&value, text.data() + at, sizeof value);
    return value;
  };
  const auto mix = [](std::uint64_t hash, std::uint64_t odd) {
    hash *= odd;
    return hash ^ hash >> 32;
  };
  // Two lanes, so that one multiplication need not wait for the other.
  std::uint64_t a = process_seed() ^ text.size(), b = ~a;
  std::size_t at = 0;
  for (; at + 16 <= text.size(); at += 16) {
    a = mix(a ^ word(at), kOdd[0]);
    b = mix(b ^ word(at + 8), kOdd[1]);
  }
  if (at + 8 <= text.size()) {
    a = mix(a ^ word(at), kOdd[0]);
    at += 8;
  }
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data() + at, text.size() - at);
  return mix(mix(b ^ rest, kOdd[1]) ^ a, kOdd[0]);
}

SpanBatchEncoder::SpanBatchEncoder(const SharedTexts* shared)
    : shared_(shared == nullptr ? 0 : shared->texts().size()) {
  if (shared == nullptr) return;
  for (const std::string_view text : shared->texts()) id_of(text);
}

std::uint32_t SpanBatchEncoder::id_of(std::string_view text) {
  if (text.empty()) return kNoText;
  const auto next = static_cast<std::uint32_t>(texts_.size() + 1);
  const auto [at, fresh] = numbers_.try_emplace(text, next);
  if (fresh) {
    texts_.push_back(text);
    last_of_name_.emplace_back();
  }
  return at->second;
}

SpanBatchEncoder::TextIds SpanBatchEncoder::ids_of(const SpanView& span) {
  // Spans of one name mostly have all else in common too: a comparison is
  // cheaper than a hash.
  const std::uint32_t name = id_of(span.texts[0]);
  const TextIds last = name == kNoText ? TextIds{} : last_of_name_[name - 1];
  TextIds ids{name};
  for (std::size_t i = 1; i < SpanView::kTexts; ++i) {
    const std::string_view text = span.texts[i];
    ids[i] = last[i] != kNoText && texts_[last[i] - 1] == text ? last[i] : id_of(text);
  }
  if (name != kNoText) last_of_name_[name - 1] = ids;
  return ids;
}

std::string SpanBatchEncoder::encode(std::span<const SpanView> spans) {
  entries_.truncate(0);
  const std::int64_t started_base = spans.empty() ? 0 : spans.front().started_at_unix_us;
  const std::int64_t received_base = spans.empty() ? 0 : spans.front().received_at_unix_us;

  std::vector<TraceKey> traces;
  std::unordered_map<TraceKey, std::uint32_t, TraceKeyHash> trace_numbers;
  std::uint32_t trace = 0;
  EntryWriter entry;
  for (const SpanView& span : spans) {
    const TraceKey key{span.project, span.trace_id};
    if (traces.empty() || traces[trace] != key) {
      const auto next = static_cast<std::uint32_t>(traces.size());
      const auto [at, fresh] = trace_numbers.try_emplace(key, next);
      trace = at->second;
      if (fresh) traces.push_back(key);
    }
    entry.clear();
    entry.varint(trace);
    entry.byte(static_cast<std::uint8_t>(span.source));
    entry.byte(static_cast<std::uint8_t>(static_cast<unsigned>(span.kind) |
                                         static_cast<unsigned>(span.status) << 4));
    std::size_t parent = spans.size();
    if (spans.size() <= kSmallBatch && !span.parent_span_id.is_zero()) {
      const std::uint64_t wanted = word_of(span.parent_span_id);
      for (parent = 0; parent < spans.size(); ++parent) {
        if (word_of(spans[parent].span_id) == wanted) break;
      }
    }
    if (span.parent_span_id.is_zero()) {
      entry.varint(kNoParent);
    } else if (parent < spans.size()) {
      entry.varint(kFirstNumber + parent);
    } else {
      entry.varint(kForeignParent);
      entry.id(span.parent_span_id);
    }
    // Any two times: their difference may not be a number, its bits are.
    const auto difference = [](std::int64_t a, std::int64_t b) {
      return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) -
                                       static_cast<std::uint64_t>(b));
    };
    entry.zigzag(difference(span.started_at_unix_us, started_base));
    entry.zigzag(span.duration_us);
    entry.zigzag(difference(span.received_at_unix_us, received_base));
    for (const std::uint32_t id : ids_of(span)) entry.varint(id);
    entries_.block(entry.view());
  }

  ByteWriter out;
  out.byte(kVersion);
  out.zigzag(started_base);
  out.zigzag(received_base);
  out.varint(texts_.size() - shared_);
  for (std::size_t i = shared_; i < texts_.size(); ++i) out.block(texts_[i]);
  out.varint(traces.size());
  for (const auto& one : traces) {
    out.zigzag(one.project);
    out.bytes(one.id.bytes);
  }
  out.varint(spans.size());
  for (const SpanView& span : spans) out.bytes(span.span_id.bytes);
  out.append(entries_.view());
  // The batch's own texts are the caller's, and forgotten.
  for (std::size_t i = shared_; i < texts_.size(); ++i) numbers_.erase(texts_[i]);
  texts_.resize(shared_);
  last_of_name_.assign(shared_, {});
  return out.take();
}

std::optional<SpanBatchReader> SpanBatchReader::open(std::string_view bytes,
                                                     const SharedTexts* shared) {
  SpanBatchReader reader;
  reader.shared_texts_ = shared;
  reader.shared_ = shared == nullptr ? 0 : shared->texts().size();
  ByteReader in(bytes);
  if (in.byte() != kVersion) return std::nullopt;
  reader.started_base_ = in.zigzag();
  reader.received_base_ = in.zigzag();
  // Nothing is reserved for a promised count: every item needs its own bytes.
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    reader.texts_.push_back(in.block());
  }
  for (std::uint64_t left = in.varint(); left > 0 && in.ok(); --left) {
    TraceKey& trace = reader.traces_.emplace_back();
    trace.project = in.zigzag();
    in.bytes(trace.id.bytes);
  }
  const std::uint64_t spans = in.varint();
  if (!in.ok() || spans > in.remaining() / SpanId::kBytes) return std::nullopt;
  const std::string_view rest = bytes.substr(in.position());
  reader.span_ids_ = rest.substr(0, spans * SpanId::kBytes);
  reader.entries_ = rest.substr(spans * SpanId::kBytes);
  return reader;
}

SpanId SpanBatchReader::span_id(std::size_t number) const {
  SpanId id;
  std::memcpy(id.bytes.data(), span_ids_.data() + number * SpanId::kBytes, SpanId::kBytes);
  return id;
}

std::string_view SpanBatchReader::text(std::uint32_t number) const {
  if (number == kNoText) return {};
  return number <= shared_ ? shared_texts_->texts()[number - 1] : texts_[number - 1 - shared_];
}

std::optional<SpanEntry> SpanBatchReader::entry(std::uint32_t offset) const {
  if (offset > entries_.size()) return std::nullopt;
  EntryReader in(ByteReader(entries_.substr(offset)).block());
  SpanEntry entry;
  const std::uint64_t trace = in.varint();
  entry.source = in.byte();
  const std::uint8_t kind_and_status = in.byte();
  entry.kind = kind_and_status & 0x0f;
  entry.status = kind_and_status >> 4;
  if (const std::uint64_t parent = in.varint(); parent == kForeignParent) {
    in.id(entry.parent_span_id);
  } else if (parent >= kFirstNumber) {
    if (parent - kFirstNumber >= size()) return std::nullopt;
    entry.parent_span_id = span_id(parent - kFirstNumber);
  }
  const auto sum = [](std::int64_t a, std::int64_t b) {
    return static_cast<std::int64_t>(static_cast<std::uint64_t>(a) + static_cast<std::uint64_t>(b));
  };
  entry.started_at_unix_us = sum(started_base_, in.zigzag());
  entry.duration_us = in.zigzag();
  entry.received_at_unix_us = sum(received_base_, in.zigzag());
  for (std::uint32_t& text : entry.texts) {
    const std::uint64_t number = in.varint();
    if (number > text_count()) return std::nullopt;
    text = static_cast<std::uint32_t>(number);
  }
  if (!in.is_whole() || trace >= traces_.size()) return std::nullopt;
  entry.trace = static_cast<std::uint32_t>(trace);
  return entry;
}

std::optional<SpanView> SpanBatchReader::span(std::uint32_t number, std::uint32_t offset) const {
  const auto found = entry(offset);
  if (!found || number >= size()) return std::nullopt;
  SpanView span;
  span.project = traces_[found->trace].project;
  span.trace_id = traces_[found->trace].id;
  span.span_id = span_id(number);
  span.parent_span_id = found->parent_span_id;
  span.source = static_cast<model::Source>(found->source);
  span.kind = static_cast<model::SpanKind>(found->kind);
  span.status = static_cast<model::SpanStatus>(found->status);
  span.started_at_unix_us = found->started_at_unix_us;
  span.duration_us = found->duration_us;
  span.received_at_unix_us = found->received_at_unix_us;
  for (std::size_t i = 0; i < SpanView::kTexts; ++i) span.texts[i] = text(found->texts[i]);
  return span;
}

}  // namespace pagewake::storage::sqlite
