#include "storage/sqlite/span_store.h"

#include <algorithm>
#include <deque>
#include <span>
#include <utility>

#include "storage/sqlite/span_rows.h"

namespace pagewake::storage::sqlite {
namespace {

using model::SpanRecord;

// What a start replays at most, and what is in memory twice while it is sealed.
constexpr std::size_t kMostBytes = 16 << 20;
constexpr std::size_t kMostTraces = 32'768;
// A quiet site's spans become a segment a day: then retention finds them.
constexpr std::uint64_t kLongestUs = std::uint64_t{24} * 3600 * 1'000'000;
constexpr std::size_t kSpansPerJournalRow = 4096;
// Blocks read in one turn of the writer's connection.
constexpr std::uint32_t kBlocksPerTurn = 64;
constexpr std::size_t kLargeBatch = 8192;
constexpr std::size_t kRowsTakenOver = 2048;

}  // namespace

SpanStore::SpanStore(Database& writer, FairMutex& write_mutex, Pace& pace, const Limits& limits)
    : writer_(writer),
      write_mutex_(write_mutex),
      pace_(pace),
      turns_(writer, write_mutex),
      limits_(limits),
      fresh_(std::make_shared<SpanGeneration>()),
      sealing_([this] { return seal_with_rests(); },
               {limits.on_sealing_changed, limits.seal_retry, {}}) {}

SpanStore::~SpanStore() {
  const Pace::Hurry hurry(pace_);
  sealing_.stop();
}

Status SpanStore::open() {
  {
    const std::lock_guard lock(write_mutex_);
    writer_.clear_error();
    Transaction transaction(writer_, Transaction::Kind::kWrite);
    delete_unpublished_span_segments(writer_);
    seed_ = static_cast<std::uint64_t>(writer_.integer_of("SELECT seed FROM span_state"));
    data_version_ = writer_.integer_of("PRAGMA data_version");
    reload();
    if (!transaction.commit()) return turns_.error();
  }
  (void)journal_.remove_sealed(writer_, turns_);  // of a seal that was cut short
  if (Status taken = take_over_rows(); !taken) return taken;
  if (!limits_.seal_each_commit) sealing_.start();
  return Done{};
}

// In transactions of a few thousand rows, so that neither memory nor the log
// holds all of them; what a kill leaves is taken over at the next start.
Status SpanStore::take_over_rows() {
  while (true) {
    {
      const std::lock_guard lock(write_mutex_);
      writer_.clear_error();
      Transaction transaction(writer_, Transaction::Kind::kWrite);
      refresh();
      if (!has_span_rows(writer_)) return writer_.ok() ? Status(Done{}) : Status(turns_.error());
      const std::vector<SpanRecord> rows = take_span_rows(writer_, kRowsTakenOver);
      if (rows.empty()) drop_span_rows(writer_);
      for (const SpanRecord& row : rows) put(row);
      if (!commit([&] { return transaction.commit(); })) {
        discard();
        return turns_.error();
      }
    }
    if (is_full(*fresh_)) {
      if (Status sealed = seal(); !sealed) return sealed;
    }
  }
}

void SpanStore::refresh() {
  const std::int64_t version = writer_.integer_of("PRAGMA data_version");
  if (version == data_version_) return;
  data_version_ = version;
  if (journal_.epoch(writer_) != epoch_) reload();
}

void SpanStore::reload() {
  const std::unique_lock lock(state_mutex_);
  fresh_ = std::make_shared<SpanGeneration>();
  frozen_ = nullptr;
  segments_.clear();
  filter_ = {};
  segment_at_.clear();
  load_span_segments(writer_, [this](const SpanSegmentInfo& info, const std::string& bits) {
    add_segment(info, bits);
  });
  epoch_ = journal_.epoch(writer_);
  next_seq_ = journal_.next_seq(writer_);
  journal_.read(writer_, [&](std::int64_t seq, std::string_view data) {
    fresh_->last_journal_seq = seq;
    const bool read = fresh_->add(std::string(data));
    if (!read) writer_.fail("the journal of spans cannot be read");
    return read;
  });
  if (!writer_.ok()) return;
  if (is_full(*fresh_)) sealing_.wake(true);
}

void SpanStore::add_segment(const SpanSegmentInfo& info, const std::string& id_bits) {
  const std::vector<std::size_t> places = filter_.add(id_bits);
  for (const std::size_t place : places) {
    if (segment_at_.size() <= place) segment_at_.resize(place + 1);
    segment_at_[place] = info.segment;
  }
  segments_[info.segment] = {info, places};
}

void SpanStore::forget_segment(SpanSegmentId id) {
  const auto at = segments_.find(id);
  if (at == segments_.end()) return;
  filter_.remove(at->second.filter_places);
  segments_.erase(at);
}

double SpanStore::fullness_of(const SpanGeneration& generation) const {
  const auto part = [](std::size_t is, std::size_t most) {
    return static_cast<double>(is) / static_cast<double>(most);
  };
  return std::max({part(generation.span_count(), limits_.segment_spans),
                   part(generation.bytes(), kMostBytes),
                   part(generation.traces().size(), kMostTraces)});
}

bool SpanStore::is_full(const SpanGeneration& generation) const {
  // Times of the clock, which may have jumped: their difference may be any.
  const std::uint64_t waited_us =
      generation.empty() ? 0
                         : static_cast<std::uint64_t>(generation.last_received_unix_us) -
                               static_cast<std::uint64_t>(generation.first_received_unix_us);
  return fullness_of(generation) >= 1 || waited_us >= kLongestUs;
}

// --- Appending

std::vector<SpanSegmentId> SpanStore::candidates(std::uint64_t hash) const {
  std::vector<SpanSegmentId> out;
  for (const std::size_t place : filter_.candidates(hash)) out.push_back(segment_at_[place]);
  return out;
}

SpanStore::Known SpanStore::look_up(const TraceKey& key) {
  Known known;
  known.hash = trace_hash(seed_, key);
  known.fresh = fresh_->find(key);
  if (frozen_ != nullptr) known.frozen = frozen_->find(key);
  for (const SpanSegmentId id : candidates(known.hash)) {
    const SpanSegmentInfo& info = segments_.at(id).info;
    auto blocks = reader_.blocks_of(writer_, id, known.hash);
    if (blocks.size() > kFewBlocks) {
      known.large.emplace_back(id, std::move(blocks));
      continue;
    }
    for (const std::uint32_t number : blocks) {
      const auto block = reader_.block(writer_, id, number);
      if (block == nullptr) continue;
      const SpanBatchReader& reader = *block->reader;
      reader.for_each([&](std::uint32_t span, std::uint32_t offset, std::uint32_t trace) {
        if (reader.traces()[trace] != key) return;
        const auto entry = reader.entry(offset);
        if (entry && entry->started_at_unix_us >= info.hidden_before_unix_us) {
          known.sealed.push_back(reader.span_id(span));
        }
      });
    }
  }
  std::sort(known.sealed.begin(), known.sealed.end());
  return known;
}

bool SpanStore::is_known(const TraceKey& key, const Known& known, const SpanId& id) {
  if (known.fresh != SpanGeneration::kNone && fresh_->has(known.fresh, id)) return true;
  if (known.frozen != SpanGeneration::kNone && frozen_->has(known.frozen, id)) return true;
  if (std::binary_search(known.sealed.begin(), known.sealed.end(), id)) return true;
  if (known.large.empty()) return false;
  const std::vector<SpanSegmentId> may_hold = candidates(span_hash(known.hash, id));
  return std::any_of(known.large.begin(), known.large.end(), [&](const auto& large) {
    return std::find(may_hold.begin(), may_hold.end(), large.first) != may_hold.end() &&
           reader_.search(writer_, segments_.at(large.first).info, large.second, key, id);
  });
}

bool SpanStore::put(const SpanRecord& span) {
  if (staged_.empty() && known_.empty()) refresh();
  const TraceKey key{span.project, span.trace_id};
  if (known_.empty() || key != last_trace_) {
    const auto [at, fresh] =
        known_numbers_.try_emplace(key, static_cast<std::uint32_t>(known_.size()));
    if (fresh) known_.push_back(look_up(key));
    last_trace_ = key;
    last_known_ = at->second;
  }
  if (is_known(key, known_[last_known_], span.span_id) ||
      !staged_ids_.insert(last_known_, span.span_id)) {
    return false;
  }
  staged_.push_back(view_of(span));
  return true;
}

bool SpanStore::commit(const std::function<bool()>& commit) {
  if (staged_.empty()) {
    discard();
    return commit();
  }
  std::vector<std::string> rows;
  std::int64_t seq = next_seq_;
  for (std::size_t first = 0; first < staged_.size(); first += kSpansPerJournalRow) {
    const std::size_t some = std::min(kSpansPerJournalRow, staged_.size() - first);
    rows.push_back(encoder_.encode(std::span(staged_).subspan(first, some)));
    journal_.append(writer_, seq++, rows.back());
  }
  bool full = false;
  {
    const std::unique_lock lock(state_mutex_);
    if (!commit()) return false;
    for (std::string& row : rows) fresh_->add(std::move(row));
    epoch_.last_seq = fresh_->last_journal_seq = seq - 1;
    next_seq_ = seq;
    full = is_full(*fresh_);
  }
  discard();
  if (full) sealing_.wake(true);
  return true;
}

void SpanStore::discard() {
  // A large batch leaves nothing large behind, which small ones would clear.
  if (known_numbers_.bucket_count() > kLargeBatch) known_numbers_ = {};
  if (staged_.capacity() > kLargeBatch) staged_ = {};
  staged_.clear();
  staged_ids_.clear();
  known_numbers_.clear();
  known_.clear();
}

void SpanStore::after_commit() {
  // A failure leaves everything in the journal; the next commit tries again.
  if (limits_.seal_each_commit) (void)seal();
}

// --- Sealing

bool SpanStore::freeze() {
  const std::lock_guard writing(write_mutex_);
  const std::unique_lock lock(state_mutex_);
  if (frozen_ != nullptr) return true;  // of a seal that failed
  if (fresh_->empty()) return false;
  frozen_ = std::exchange(fresh_, std::make_shared<SpanGeneration>());
  return true;
}

Status SpanStore::seal() {
  const Pace::Hurry hurry(pace_);
  return seal_with_rests();
}

Status SpanStore::seal_with_rests() {
  const std::lock_guard sealing(seal_mutex_);
  if (!freeze()) return Done{};
  PacedWork work(pace_, [this] {
    const std::shared_lock lock(state_mutex_);
    return fullness_of(*fresh_);
  });
  return seal_in_steps(&work);
}

Status SpanStore::seal_in_steps(PacedWork* work) {
  // Only this thread (seal_mutex_) ends a generation's freeze, but for a
  // reload, which is noticed below.
  std::shared_ptr<const SpanGeneration> generation;
  {
    const std::shared_lock lock(state_mutex_);
    generation = frozen_;
  }
  if (generation == nullptr) return Done{};
  const SpanBlockPlan plan = plan_span_blocks(*generation, INT64_MIN, work);
  std::vector<Sealed> segments;
  Status written = Done{};
  for (std::size_t next = 0; written && next < plan.size();) {
    SpanSegmentImage image = make_span_segment(*generation, plan, next, seed_, work);
    written = turns_.turn([&] { image.info.segment = reserve_span_segment(writer_, image); });
    if (!written) break;
    segments.push_back({image.info, std::move(image.id_bits)});
    written = turns_.turns(
        image.blobs,
        [&](const auto& blob) {
          write_span_blob(writer_, image.info.segment, blob);
          return blob.data.size();
        },
        work);
  }
  std::vector<SpanSegmentId> ids;
  for (const Sealed& segment : segments) ids.push_back(segment.info.segment);
  if (written) {
    const std::lock_guard writing(write_mutex_);
    writer_.clear_error();
    Transaction transaction(writer_, Transaction::Kind::kWrite);
    refresh();
    written = frozen_ == generation
                  ? finish_seal(transaction, std::move(segments))
                  : Status(Error{"store_failed", "another process wrote spans meanwhile"});
  }
  if (!written) {
    // Gives the room back; where that fails too, the next start does it.
    for (const SpanSegmentId id : ids) (void)turns_.turn([&] { delete_span_segment(writer_, id); });
  }
  // What cannot be removed now is with the next seal.
  if (written) (void)journal_.remove_sealed(writer_, turns_, work);
  return written;
}

Status SpanStore::finish_seal(Transaction& transaction, std::vector<Sealed> segments) {
  for (const Sealed& segment : segments) {
    if (!publish_span_segment(writer_, segment.info.segment)) {
      return Error{"store_failed",
                   writer_.ok() ? "another process removed the segment" : writer_.message()};
    }
  }
  journal_.mark_sealed(writer_, frozen_->last_journal_seq);
  const std::unique_lock lock(state_mutex_);
  if (!transaction.commit()) return turns_.error();
  ++epoch_.version;
  if (fresh_->empty()) epoch_.last_seq = 0;
  for (const Sealed& segment : segments) add_segment(segment.info, segment.id_bits);
  frozen_ = nullptr;
  return Done{};
}

// In one transaction, which frees the journal's room before it takes any, and
// without what is to go anyway.
Result<std::size_t> SpanStore::seal_at_once(std::int64_t drop_before_unix_us) {
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  refresh();
  if (frozen_ == nullptr) return std::size_t{0};
  journal_.remove(writer_, frozen_->last_journal_seq);
  const SpanBlockPlan plan = plan_span_blocks(*frozen_, drop_before_unix_us);
  std::vector<Sealed> segments;
  std::size_t kept = 0;
  for (std::size_t next = 0; next < plan.size();) {
    SpanSegmentImage image = make_span_segment(*frozen_, plan, next, seed_);
    image.info.segment = reserve_span_segment(writer_, image);
    for (const auto& blob : image.blobs) write_span_blob(writer_, image.info.segment, blob);
    kept += image.info.spans;
    segments.push_back({image.info, std::move(image.id_bits)});
  }
  const std::size_t dropped = frozen_->span_count() - kept;
  if (Status sealed = finish_seal(transaction, std::move(segments)); !sealed) {
    return sealed.error();
  }
  return dropped;
}

// --- Retention

Result<std::size_t> SpanStore::prune(std::int64_t before_unix_us) {
  const Pace::Hurry hurry(pace_);
  const std::lock_guard sealing(seal_mutex_);
  std::size_t removed = 0;
  const auto is_old_in_memory = [&] {
    const std::shared_lock lock(state_mutex_);
    return frozen_ != nullptr || fresh_->min_started_unix_us < before_unix_us;
  };
  const auto is_all_old = [&] {
    const std::shared_lock lock(state_mutex_);
    return frozen_ != nullptr && frozen_->max_started_unix_us < before_unix_us;
  };
  // Twice: once for a seal that failed before, once for what came since.
  for (int round = 0; round < 2 && is_old_in_memory() && freeze(); ++round) {
    if (!is_all_old() && seal_in_steps(nullptr)) continue;
    // There is no room for journal and segment side by side, or nothing to keep.
    auto dropped = seal_at_once(before_unix_us);
    if (!dropped) return dropped.error();
    removed += *dropped;
  }
  std::vector<SpanSegmentId> ids;
  {
    const std::shared_lock lock(state_mutex_);
    for (const auto& [id, segment] : segments_) {
      if (std::max(segment.info.min_started_unix_us, segment.info.hidden_before_unix_us) <
          before_unix_us) {
        ids.push_back(id);
      }
    }
  }
  for (const SpanSegmentId id : ids) {
    auto count = prune_segment(id, before_unix_us);
    if (!count) return count.error();
    removed += *count;
  }
  return removed;
}

Result<std::uint32_t> SpanStore::count_older(const SpanSegmentInfo& info,
                                             std::int64_t before_unix_us) {
  std::uint32_t older = 0;
  // Between the turns, appends pass.
  for (std::uint32_t next = 0, blocks = 1; next < blocks;) {
    const std::lock_guard writing(write_mutex_);
    writer_.clear_error();
    const Transaction moment(writer_, Transaction::Kind::kRead);
    blocks = reader_.block_count(writer_, info.segment);
    for (const std::uint32_t end = std::min(next + kBlocksPerTurn, blocks); next < end; ++next) {
      const auto block = reader_.block(writer_, info.segment, next);
      if (block == nullptr) return Error{"store_failed", "a segment of spans lacks a block"};
      const SpanBatchReader& reader = *block->reader;
      reader.for_each([&](std::uint32_t, std::uint32_t offset, std::uint32_t) {
        const auto entry = reader.entry(offset);
        older += entry && entry->started_at_unix_us >= info.hidden_before_unix_us &&
                 entry->started_at_unix_us < before_unix_us;
      });
    }
    if (!writer_.ok()) return turns_.error();
  }
  return older;
}

Result<std::size_t> SpanStore::prune_segment(SpanSegmentId id, std::int64_t before_unix_us) {
  SpanSegmentInfo info;
  {
    const std::shared_lock lock(state_mutex_);
    const auto at = segments_.find(id);
    if (at == segments_.end()) return std::size_t{0};
    info = at->second.info;
  }
  std::uint32_t older = info.spans - info.hidden;
  if (info.max_started_unix_us >= before_unix_us) {
    auto counted = count_older(info, before_unix_us);
    if (!counted) return counted.error();
    older = *counted;
  }
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  refresh();
  const auto at = segments_.find(id);
  // Another process was here meanwhile: it counted.
  if (at == segments_.end() || at->second.info.hidden != info.hidden) return std::size_t{0};
  info.hidden += older;
  info.hidden_before_unix_us = before_unix_us;
  const bool whole = info.hidden >= info.spans;
  if (whole) {
    delete_span_segment(writer_, id);
  } else {
    store_hidden(writer_, info);
  }
  journal_.raise_version(writer_);
  const std::unique_lock lock(state_mutex_);
  if (!transaction.commit()) return turns_.error();
  ++epoch_.version;
  if (whole) {
    forget_segment(id);
  } else {
    at->second.info = info;
  }
  return std::size_t{older};
}

// --- Reading

std::unique_ptr<SpanSnapshot> SpanStore::pin(Database& database, ProjectId project,
                                             const std::vector<TraceId>& traces) {
  std::unique_ptr<SpanSnapshot> snapshot(new SpanSnapshot(database, reader_, project));
  snapshot->traces_ = traces;
  std::sort(snapshot->traces_.begin(), snapshot->traces_.end());
  snapshot->traces_.erase(std::unique(snapshot->traces_.begin(), snapshot->traces_.end()),
                          snapshot->traces_.end());
  const std::shared_lock lock(state_mutex_);
  // The first read of the transaction: it fixes the file's moment while
  // memory stands still.
  if (journal_.epoch(database) != epoch_) return nullptr;
  snapshot->generations_.push_back(fresh_);
  if (frozen_ != nullptr) snapshot->generations_.push_back(frozen_);
  for (std::size_t trace = 0; trace < snapshot->traces_.size(); ++trace) {
    const TraceKey key{project, snapshot->traces_[trace]};
    for (const auto& generation : snapshot->generations_) {
      const std::uint32_t number = generation->find(key);
      if (number == SpanGeneration::kNone) continue;
      for (std::uint32_t span = generation->trace(number).first; span != SpanGeneration::kNone;
           span = generation->span(span).next) {
        const SpanGeneration::Span& where = generation->span(span);
        snapshot->in_memory_.push_back(
            {trace, &generation->batch(where.batch), where.number_in_batch, where.offset});
      }
    }
    const std::uint64_t hash = trace_hash(seed_, key);
    for (const std::size_t place : filter_.candidates(hash)) {
      const SpanSegmentId id = segment_at_[place];
      auto& in_segment = snapshot->in_segments_[id];
      if (in_segment.hashes.empty()) in_segment.info = segments_.at(id).info;
      in_segment.hashes.push_back(hash);
    }
  }
  return snapshot;
}

std::vector<SpanRecord> SpanSnapshot::spans() {
  struct Place {
    std::uint32_t trace;  // number in traces_
    std::int64_t started;
    SpanId id;
    std::size_t record;
    auto operator<=>(const Place&) const = default;
  };
  std::vector<Place> order;
  std::deque<SpanRecord> records;  // none is moved while they become more
  const auto take = [&](const SpanBatchReader& reader, std::uint32_t number, std::uint32_t offset,
                        std::int64_t from, std::size_t trace) {
    const auto span = reader.span(number, offset);
    if (!span) {
      database_.fail("a stored span cannot be read");
    } else if (span->started_at_unix_us >= from) {
      order.push_back({static_cast<std::uint32_t>(trace), span->started_at_unix_us, span->span_id,
                       records.size()});
      records.push_back(record_of(*span));
    }
  };
  const auto number_of = [&](const TraceId& trace) -> std::size_t {
    const auto at = std::lower_bound(traces_.begin(), traces_.end(), trace);
    return at != traces_.end() && *at == trace ? static_cast<std::size_t>(at - traces_.begin())
                                               : traces_.size();
  };
  for (const InMemory& where : in_memory_) {
    take(*where.batch->reader, where.number, where.offset, INT64_MIN, where.trace);
  }
  for (const auto& [id, found] : in_segments_) {
    const InSegment& in_segment = found;
    std::vector<std::uint32_t> blocks;
    for (const std::uint64_t hash : in_segment.hashes) {
      const auto of_trace = reader_.blocks_of(database_, id, hash);
      blocks.insert(blocks.end(), of_trace.begin(), of_trace.end());
    }
    std::sort(blocks.begin(), blocks.end());
    blocks.erase(std::unique(blocks.begin(), blocks.end()), blocks.end());
    for (const std::uint32_t number : blocks) {
      const auto block = reader_.block(database_, id, number);
      if (block == nullptr) break;
      const SpanBatchReader& reader = *block->reader;
      std::vector<std::size_t> wanted;  // by the block's traces
      for (const TraceKey& trace : reader.traces()) {
        wanted.push_back(trace.project == project_ ? number_of(trace.id) : traces_.size());
      }
      reader.for_each([&](std::uint32_t span, std::uint32_t offset, std::uint32_t trace) {
        if (wanted[trace] < traces_.size()) {
          take(reader, span, offset, in_segment.info.hidden_before_unix_us, wanted[trace]);
        }
      });
    }
  }
  std::sort(order.begin(), order.end());
  std::vector<SpanRecord> sorted;
  sorted.reserve(records.size());
  for (const Place& place : order) sorted.push_back(std::move(records[place.record]));
  return sorted;
}

}  // namespace pagewake::storage::sqlite
