#include "storage/sqlite/span_generation.h"

#include <algorithm>
#include <cstring>

namespace pagewake::storage::sqlite {
namespace {

constexpr std::size_t kFirstPlaces = 1024;
// What a batch, a trace and a span take beside the journal's bytes.
constexpr std::size_t kBatchBytes = 512, kTraceBytes = 160, kSpanBytes = 48;

}  // namespace

std::size_t SpanSet::place_of(const Key& key) const {
  std::uint64_t hash = 0;
  std::memcpy(&hash, key.id.bytes.data(), sizeof hash);
  // Seeded between the rounds: who chooses ids cannot choose places.
  hash = (hash ^ process_seed()) * 0xff51afd7ed558ccd;
  hash = (hash ^ hash >> 32 ^ key.trace) * 0xc4ceb9fe1a85ec53;
  hash ^= hash >> 29;
  const std::size_t mask = places_.size() - 1;
  std::size_t place = hash & mask;
  while (places_[place] != 0 && keys_[places_[place] - 1] != key) place = (place + 1) & mask;
  return place;
}

void SpanSet::grow() {
  places_.assign(std::max(2 * places_.size(), kFirstPlaces), 0);
  for (std::size_t i = 0; i < keys_.size(); ++i) {
    places_[place_of(keys_[i])] = static_cast<std::uint32_t>(i + 1);
  }
}

bool SpanSet::insert(std::uint32_t trace, const SpanId& id) {
  if (2 * (keys_.size() + 1) > places_.size()) grow();
  std::uint32_t& place = places_[place_of({id, trace})];
  if (place != 0) return false;
  keys_.push_back({id, trace});
  place = static_cast<std::uint32_t>(keys_.size());
  return true;
}

bool SpanSet::contains(std::uint32_t trace, const SpanId& id) const {
  return !places_.empty() && places_[place_of({id, trace})] != 0;
}

void SpanSet::clear() {
  keys_.clear();
  // A large batch leaves no table behind that every small one has to clear.
  if (places_.size() > 8 * kFirstPlaces) {
    places_ = {};
  } else {
    std::fill(places_.begin(), places_.end(), 0);
  }
}

bool SpanGeneration::add(std::string bytes) {
  auto batch = std::make_unique<Batch>();
  batch->bytes = std::move(bytes);
  auto opened = SpanBatchReader::open(batch->bytes);
  if (!opened) return false;
  const SpanBatchReader& reader = batch->reader.emplace(std::move(*opened));
  std::vector<std::pair<std::uint32_t, SpanEntry>> entries;  // with their offsets
  entries.reserve(reader.size());
  const bool whole = reader.for_each([&](std::uint32_t, std::uint32_t offset, std::uint32_t) {
    if (const auto entry = reader.entry(offset)) entries.emplace_back(offset, *entry);
  });
  if (!whole || entries.size() != reader.size()) return false;

  std::vector<std::uint32_t> numbers;  // by the batch's
  for (const TraceKey& key : reader.traces()) {
    const auto next = static_cast<std::uint32_t>(traces_.size());
    const auto [at, fresh] = numbers_.try_emplace(key, next);
    if (fresh) traces_.push_back({key});
    numbers.push_back(at->second);
    bytes_ += fresh ? kTraceBytes : 0;
  }
  for (std::uint32_t i = 0; i < entries.size(); ++i) {
    const auto& [offset, entry] = entries[i];
    const std::uint32_t number = numbers[entry.trace];
    if (!ids_.insert(number, reader.span_id(i))) continue;
    const auto next = static_cast<std::uint32_t>(spans_.size());
    Trace& trace = traces_[number];
    (trace.spans == 0 ? trace.first : spans_[trace.last].next) = next;
    trace.last = next;
    ++trace.spans;
    if (entry.started_at_unix_us < trace.started_at_unix_us) {
      trace.started_at_unix_us = entry.started_at_unix_us;
      trace.kind = reader.text(entry.texts[0]);
    }
    spans_.push_back({static_cast<std::uint32_t>(batches_.size()), offset, i, kNone});
    min_started_unix_us = std::min(min_started_unix_us, entry.started_at_unix_us);
    max_started_unix_us = std::max(max_started_unix_us, entry.started_at_unix_us);
    first_received_unix_us = std::min(first_received_unix_us, entry.received_at_unix_us);
    last_received_unix_us = std::max(last_received_unix_us, entry.received_at_unix_us);
  }
  bytes_ += batch->bytes.size() + kBatchBytes + kSpanBytes * entries.size();
  batches_.push_back(std::move(batch));
  return true;
}

std::uint32_t SpanGeneration::find(const TraceKey& key) const {
  const auto at = numbers_.find(key);
  return at == numbers_.end() ? kNone : at->second;
}

}  // namespace pagewake::storage::sqlite
