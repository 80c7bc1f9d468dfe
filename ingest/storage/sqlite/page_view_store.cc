#include "storage/sqlite/page_view_store.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {
namespace {

using model::PageViewRecord;

// What sealing waits for at most; a start replays no more than that. Where it
// is no more than a group of rows, for a day: each segment has its part of the
// IdFilter, and of a quiet site there would be 48 a day.
constexpr auto kLongestInMemory = std::chrono::minutes(30);
constexpr auto kLongestOfFew = std::chrono::hours(24);
constexpr std::size_t kMostEntryBytes = 64 << 20;
// A view still grows for that long, as a rule; a day is added up when it is
// over for longer.
constexpr std::int64_t kStillGrowingUs = kHourUs;

// Like with like: what is of one page stands together and compresses well, and
// a group of rows is of few pages.
std::vector<std::uint32_t> sealing_order(const PageViewColumns& columns) {
  std::vector<std::uint32_t> order(columns.rows());
  for (std::uint32_t i = 0; i < order.size(); ++i) order[i] = i;
  const TextColumn& pages = columns.of(Dimension::kPage);
  std::vector<std::uint32_t> by_text(pages.texts.size()), rank(pages.texts.size());
  for (std::uint32_t i = 0; i < by_text.size(); ++i) by_text[i] = i;
  std::sort(by_text.begin(), by_text.end(), [&](std::uint32_t a, std::uint32_t b) {
    return pages.texts.text(a) < pages.texts.text(b);
  });
  for (std::uint32_t i = 0; i < by_text.size(); ++i) rank[by_text[i]] = i;
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    return std::tuple(columns.project(a), rank[pages.numbers[a]], columns.started_at_unix_us[a],
                      a) <
           std::tuple(columns.project(b), rank[pages.numbers[b]], columns.started_at_unix_us[b], b);
  });
  return order;
}

SegmentSource source_of(const PageViewGeneration& generation, std::vector<std::uint32_t> order,
                        std::size_t rows_per_group) {
  return {&generation.columns,  &generation.entries, &generation.traces,
          &generation.sessions, std::move(order),    rows_per_group};
}

}  // namespace

PageViewStore::PageViewStore(Database& writer, FairMutex& write_mutex, Pace& pace,
                             const Limits& limits)
    : writer_(writer),
      write_mutex_(write_mutex),
      pace_(pace),
      turns_(writer, write_mutex),
      limits_(limits),
      page_names_(writer),
      fresh_(std::make_shared<PageViewGeneration>()),
      sealing_([this] { return seal_with_rests(); },
               {limits.on_sealing_changed, limits.seal_retry, kLongestInMemory,
                [this] { return is_few(); }, kLongestOfFew}) {}

PageViewStore::~PageViewStore() {
  const Pace::Hurry hurry(pace_);
  sealing_.stop();
}

Status PageViewStore::open() {
  {
    const std::lock_guard lock(write_mutex_);
    writer_.clear_error();
    Transaction transaction(writer_, Transaction::Kind::kWrite);
    delete_unpublished_segments(writer_);
    data_version_ = writer_.integer_of("PRAGMA data_version");
    take_over_old_rollups();
    reload();
    if (!transaction.commit()) return turns_.error();
  }
  (void)journal_.remove_sealed(writer_, turns_);  // of a seal that was cut short
  if (!limits_.seal_each_commit) sealing_.start();
  return Done{};
}

void PageViewStore::refresh() {
  const std::int64_t version = writer_.integer_of("PRAGMA data_version");
  if (version == data_version_) return;
  data_version_ = version;
  page_names_.forget();
  if (journal_.epoch(writer_) != epoch_) reload();
}

void PageViewStore::reload() {
  const std::unique_lock lock(state_mutex_);
  fresh_ = std::make_shared<PageViewGeneration>();
  frozen_ = nullptr;
  frozen_mask_.clear();
  segments_.clear();
  filter_ = {};
  segment_at_.clear();
  load_segments(writer_, [this](const SegmentInfo& info, RowMask mask, const std::string& bits) {
    add_segment(info, std::move(mask), bits);
  });
  epoch_ = journal_.epoch(writer_);
  next_seq_ = journal_.next_seq(writer_);
  days_summed_before_unix_us_ =
      writer_.integer_of("SELECT days_summed_before_unix_us FROM view_state");
  journal_.read(writer_, [&](std::int64_t seq, std::string_view row) {
    const std::string data(row);
    ByteReader in(data);
    while (in.ok() && !in.at_end()) {
      const std::string_view bytes = in.block();
      auto entry = decode_page_view_entry(bytes);
      if (!in.ok() || !entry) {
        writer_.fail("the journal of page views cannot be read");
        return false;
      }
      Old old;
      find_old({entry->record.project, entry->record.view.page_view_id}, old);
      stage(entry->record, std::string(bytes), entry->rollup_page, std::move(old));
      apply_staged();
    }
    fresh_->last_journal_seq = seq;
    return true;
  });
  if (!writer_.ok()) return;
  if (!fresh_->entries.empty()) sealing_.wake(fullness_of(*fresh_) >= 1);
}

std::shared_ptr<const Segment> PageViewStore::add_segment(const SegmentInfo& info, RowMask mask,
                                                          const std::string& id_bits) {
  auto segment = std::make_shared<Segment>();
  segment->info = info;
  segment->mask = std::move(mask);
  segment->filter_places = filter_.add(id_bits);
  for (const std::size_t place : segment->filter_places) {
    if (segment_at_.size() <= place) segment_at_.resize(place + 1);
    segment_at_[place] = info.segment;
  }
  segments_[info.segment] = segment;
  return segment;
}

void PageViewStore::forget_segment(const Segment& segment) {
  filter_.remove(segment.filter_places);
  segments_.erase(segment.info.segment);
}

void PageViewStore::mask_in_memory(SegmentId id, const std::vector<std::uint32_t>& rows) {
  const auto at = segments_.find(id);
  if (at == segments_.end()) return;
  // Readers keep the one they have.
  auto changed = std::make_shared<Segment>(*at->second);
  changed->mask.resize(changed->info.rows);
  for (const std::uint32_t row : rows) changed->mask[row] = true;
  at->second = std::move(changed);
}

double PageViewStore::fullness_of(const PageViewGeneration& generation) const {
  const auto part = [](std::size_t is, std::size_t most) {
    return static_cast<double>(is) / static_cast<double>(most);
  };
  return std::max(part(generation.entries.size(), limits_.segment_views),
                  part(generation.entry_bytes, kMostEntryBytes));
}

bool PageViewStore::is_few() {
  const std::shared_lock lock(state_mutex_);
  return frozen_ == nullptr && fresh_->entries.size() < limits_.group_views;
}

// --- Appending

std::optional<PageViewEntry> PageViewStore::find_old(const PageViewKey& key, Old& old) {
  const auto found = [&](Old::Where where, PageViewEntry entry) {
    old.where = where;
    if (where == Old::Where::kSegment) old.view = counted_view(entry.record, entry.rollup_page);
    return entry;
  };
  for (const auto& [generation, where] :
       {std::pair{fresh_.get(), Old::Where::kMemory},
        std::pair{const_cast<PageViewGeneration*>(frozen_.get()), Old::Where::kFrozen}}) {
    if (generation == nullptr) continue;
    const auto at = generation->rows.find(key);
    if (at == generation->rows.end()) continue;
    old.row = at->second;
    auto entry = decode_page_view_entry(generation->entries[at->second]);
    if (!entry) {
      writer_.fail("a page view in memory cannot be read: " + entry.error().message);
      return std::nullopt;
    }
    return found(where, std::move(*entry));
  }
  const std::uint64_t hash = hash_of(key.project, key.id.bytes);
  for (const std::size_t place : filter_.candidates(hash)) {
    const auto at = segments_.find(segment_at_[place]);
    if (at == segments_.end()) continue;
    const Segment& segment = *at->second;
    for (const std::uint32_t row :
         reader_.rows_of(writer_, segment.info.segment, KeyKind::kPageView, hash)) {
      if (row >= segment.info.rows || (!segment.mask.empty() && segment.mask[row])) continue;
      auto entry = reader_.entry(writer_, segment.info.segment, row);
      if (!entry) return std::nullopt;
      if (entry->record.project != key.project || entry->record.view.page_view_id != key.id) {
        continue;
      }
      old.segment = segment.info.segment;
      old.row = row;
      return found(Old::Where::kSegment, std::move(*entry));
    }
  }
  return std::nullopt;
}

void PageViewStore::stage(const PageViewRecord& record, std::string entry, std::string rollup_page,
                          Old old) {
  staged_rows_[{record.project, record.view.page_view_id}] = staged_.size();
  Staged& staged = staged_.emplace_back();
  staged.record = &record;
  staged.entry = std::move(entry);
  staged.rollup_page = std::move(rollup_page);
  staged.old = std::move(old);
}

PageViewStore::Put PageViewStore::put(const PageViewRecord& record) {
  const PageViewKey key{record.project, record.view.page_view_id};
  const auto restage = [this](Staged& staged, PageViewRecord merged) {
    staged.merged = std::make_unique<PageViewRecord>(std::move(merged));
    staged.record = staged.merged.get();
    staged.rollup_page = page_names_.name(staged.record->project, staged.record->view.page);
    staged.entry = encode_page_view_entry(*staged.record, staged.rollup_page);
  };
  if (const auto at = staged_rows_.find(key); at != staged_rows_.end()) {
    Staged& staged = staged_[at->second];
    PageViewRecord merged = *staged.record;
    if (!merge_record(merged, record)) return Put::kSame;
    restage(staged, std::move(merged));
    return Put::kGrew;
  }
  Old old;
  auto stored = find_old(key, old);
  if (!writer_.ok()) return Put::kSame;
  if (!stored) {
    std::string page = page_names_.name(record.project, record.view.page);
    std::string entry = encode_page_view_entry(record, page);
    stage(record, std::move(entry), std::move(page), std::move(old));
    return Put::kNew;
  }
  if (!merge_record(stored->record, record)) return Put::kSame;
  stage(record, {}, {}, std::move(old));
  restage(staged_.back(), std::move(stored->record));
  return Put::kGrew;
}

void PageViewStore::apply_staged() {
  for (Staged& staged : staged_) {
    Old& old = staged.old;
    if (old.where == Old::Where::kFrozen) frozen_mask_[old.row] = true;
    if (old.where == Old::Where::kSegment) {
      mask_in_memory(old.segment, {old.row});
      fresh_->replaces.push_back({old.segment, old.row, std::move(old.view)});
    }
    fresh_->put(*staged.record, staged.rollup_page, std::move(staged.entry));
  }
  staged_.clear();
  staged_rows_.clear();
}

bool PageViewStore::commit(Transaction& transaction) {
  if (staged_.empty()) return transaction.commit();
  ByteWriter data;
  for (const Staged& staged : staged_) data.block(staged.entry);
  const std::int64_t seq = next_seq_;
  journal_.append(writer_, seq, data.view());
  bool full = false, first = false;
  {
    const std::unique_lock lock(state_mutex_);
    if (!transaction.commit()) return false;
    epoch_.last_seq = seq;
    next_seq_ = seq + 1;
    first = fresh_->entries.empty();
    apply_staged();
    fresh_->last_journal_seq = seq;
    full = fullness_of(*fresh_) >= 1;
  }
  if (full || first) sealing_.wake(full);
  return true;
}

void PageViewStore::discard() {
  staged_.clear();
  staged_rows_.clear();
  page_names_.forget();
}

void PageViewStore::after_commit() {
  // A failure leaves everything in the journal; the next commit tries again.
  if (limits_.seal_each_commit) (void)seal();
}

// --- Sealing

bool PageViewStore::freeze() {
  const std::lock_guard writing(write_mutex_);
  const std::unique_lock lock(state_mutex_);
  if (frozen_ != nullptr) return true;  // of a seal that failed
  if (fresh_->entries.empty()) return false;
  frozen_mask_.assign(fresh_->entries.size(), false);
  frozen_ = std::exchange(fresh_, std::make_shared<PageViewGeneration>());
  return true;
}

Status PageViewStore::seal() {
  const Pace::Hurry hurry(pace_);
  return seal_with_rests();
}

Status PageViewStore::seal_with_rests() {
  const std::lock_guard sealing(seal_mutex_);
  PacedWork work(pace_, [this] {
    const std::shared_lock lock(state_mutex_);
    return fullness_of(*fresh_);
  });
  if (freeze()) {
    if (Status sealed = seal_in_steps(&work); !sealed) return sealed;
  }
  // By the server's clock, as its records carry it. Also where nothing was left
  // to seal: a day may wait from the last time, when it did not work.
  return sum_days(day_start_unix_us(newest_sealed_received_unix_us_ - kStillGrowingUs), &work);
}

Status PageViewStore::seal_in_steps(PacedWork* work) {
  // Only this thread (seal_mutex_) ends a generation's freeze, but for a
  // reload, which finish_seal() notices.
  std::shared_ptr<const PageViewGeneration> generation;
  {
    const std::shared_lock lock(state_mutex_);
    generation = frozen_;
  }
  if (generation == nullptr) return Done{};
  const std::vector<std::uint32_t> order = sealing_order(generation->columns);
  const SegmentImage image = make_segment(source_of(*generation, order, limits_.group_views), work);
  SegmentId segment = 0;
  Status written = turns_.turn([&] { segment = reserve_segment(writer_, image); });
  if (written) {
    written = turns_.turns(
        image.blobs,
        [&](const SegmentImage::Blob& blob) {
          write_blob(writer_, segment, blob);
          return blob.data.size();
        },
        work);
  }
  // Added up before the last transaction: appends wait for that one.
  const SumDeltas sums = sums_of(*generation, work);
  if (written) {
    const std::lock_guard writing(write_mutex_);
    writer_.clear_error();
    Transaction transaction(writer_, Transaction::Kind::kWrite);
    refresh();
    written = frozen_ == generation
                  ? finish_seal(transaction, image, segment, order, sums)
                  : Status(Error{"store_failed", "another process wrote page views meanwhile"});
  }
  if (!written && segment != 0) {
    // Gives the room back; where that fails too, the next start does it.
    SegmentInfo info = image.info;
    info.segment = segment;
    (void)turns_.turn([&] { delete_segment(writer_, info); });
  }
  // What cannot be removed now is with the next seal.
  if (written) (void)journal_.remove_sealed(writer_, turns_, work);
  return written;
}

Status PageViewStore::finish_seal(Transaction& transaction, const SegmentImage& image,
                                  SegmentId segment, const std::vector<std::uint32_t>& order,
                                  const SumDeltas& sums) {
  if (segment != 0 && !publish_segment(writer_, segment)) {
    return Error{"store_failed",
                 writer_.ok() ? "another process removed the segment" : writer_.message()};
  }
  add_to_sums(writer_, sums);
  std::map<SegmentId, std::vector<std::uint32_t>> replaced;
  for (const ReplacedRow& row : frozen_->replaces) replaced[row.segment].push_back(row.row);
  for (const auto& [of, rows] : replaced) {
    if (const auto at = segments_.find(of); at != segments_.end()) {
      mask_rows(writer_, at->second->info, rows);
    }
  }
  journal_.mark_sealed(writer_, frozen_->last_journal_seq);
  const std::unique_lock lock(state_mutex_);
  if (!transaction.commit()) return turns_.error();
  ++epoch_.version;
  if (fresh_->entries.empty()) epoch_.last_seq = 0;
  if (segment != 0) {
    SegmentInfo info = image.info;
    info.segment = segment;
    // Rows that grew while they were sealed.
    std::vector<std::uint32_t> grown;
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      if (frozen_mask_[order[i]]) grown.push_back(i);
    }
    add_segment(info, {}, image.id_bits);
    if (!grown.empty()) mask_in_memory(segment, grown);
    for (const std::uint32_t row : grown) {
      fresh_->replaces.push_back({segment, row, counted_view(frozen_->columns, order[row])});
    }
  }
  newest_sealed_received_unix_us_ =
      std::max(newest_sealed_received_unix_us_, frozen_->newest_received_unix_us);
  frozen_ = nullptr;
  frozen_mask_.clear();
  return Done{};
}

Result<std::size_t> PageViewStore::seal_at_once(std::int64_t drop_before_unix_us) {
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  refresh();
  if (frozen_ == nullptr) return std::size_t{0};
  std::vector<std::uint32_t> order = sealing_order(frozen_->columns);
  const std::size_t all = order.size();
  std::erase_if(order, [&](std::uint32_t row) {
    return frozen_->columns.started_at_unix_us[row] < drop_before_unix_us && !frozen_mask_[row];
  });
  // First what frees pages: they are taken again below.
  journal_.remove(writer_, frozen_->last_journal_seq);
  SegmentImage image;
  SegmentId segment = 0;
  if (!order.empty()) {
    image = make_segment(source_of(*frozen_, order, limits_.group_views));
    segment = reserve_segment(writer_, image);
    for (const auto& blob : image.blobs) write_blob(writer_, segment, blob);
  }
  if (Status sealed = finish_seal(transaction, image, segment, order, sums_of(*frozen_, nullptr));
      !sealed) {
    return sealed.error();
  }
  return all - order.size();
}

Result<std::size_t> PageViewStore::prune(std::int64_t before_unix_us) {
  const Pace::Hurry hurry(pace_);
  const std::lock_guard sealing(seal_mutex_);
  std::size_t removed = 0;
  // Twice: once for a seal that failed before, once for what came since.
  for (int round = 0; round < 2 && freeze(); ++round) {
    if (seal_in_steps(nullptr)) continue;
    // No room for journal and segment side by side: one transaction needs less
    // than it frees, and leaves out what is to go anyway.
    auto dropped = seal_at_once(before_unix_us);
    if (!dropped) return dropped.error();
    removed += *dropped;
  }
  // What goes is first added up, also the part of a day. Where there is no room
  // for it, room is made all the same: hours and whole days stay.
  (void)sum_days(day_start_unix_us(before_unix_us - 1) + kDayUs, nullptr);
  std::vector<SegmentId> ids;
  {
    const std::shared_lock lock(state_mutex_);
    for (const auto& [id, segment] : segments_) {
      if (segment->info.min_started_unix_us < before_unix_us) ids.push_back(id);
    }
  }
  for (const SegmentId id : ids) {
    auto count = prune_segment(id, before_unix_us);
    if (!count) return count.error();
    removed += *count;
  }
  return removed;
}

Result<std::size_t> PageViewStore::prune_segment(SegmentId id, std::int64_t before_unix_us) {
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  refresh();
  const auto at = segments_.find(id);
  if (at == segments_.end()) return std::size_t{0};
  const std::shared_ptr<const Segment> segment = at->second;
  const auto masked = [&](std::uint32_t row) {
    return !segment->mask.empty() && segment->mask[row];
  };
  std::vector<std::uint32_t> old_rows;
  std::size_t live = 0;
  if (segment->info.max_started_unix_us < before_unix_us) {
    for (std::uint32_t row = 0; row < segment->info.rows; ++row) live += masked(row) ? 0 : 1;
  } else {
    for (const RowGroup& group : segment->info.groups) {
      const auto columns = reader_.columns(writer_, segment->info, group, {});
      if (!columns) return turns_.error();
      for (std::uint32_t row = 0; row < group.rows; ++row) {
        if (masked(group.first_row + row)) continue;
        ++live;
        if (columns->started_at_unix_us[row] < before_unix_us) {
          old_rows.push_back(group.first_row + row);
        }
      }
    }
    if (live > 0 && old_rows.empty()) return std::size_t{0};
  }
  // A view in the journal that replaces a row of it: a replay must find that
  // row, so the segment goes with a later prune.
  const bool needed = std::any_of(fresh_->replaces.begin(), fresh_->replaces.end(),
                                  [&](const auto& replaced) { return replaced.segment == id; });
  const bool whole = old_rows.empty() || (old_rows.size() == live && !needed);
  if (whole && needed) return std::size_t{0};
  if (whole) {
    delete_segment(writer_, segment->info);
  } else {
    mask_rows(writer_, segment->info, old_rows);
  }
  journal_.raise_version(writer_);
  const std::unique_lock lock(state_mutex_);
  if (!transaction.commit()) return turns_.error();
  ++epoch_.version;
  if (whole) {
    forget_segment(*segment);
    return live;
  }
  mask_in_memory(id, old_rows);
  return old_rows.size();
}

// --- Reading

std::unique_ptr<PageViewSnapshot> PageViewStore::pin(Database& database, ReaderPool& readers) {
  std::shared_lock lock(state_mutex_);
  // The first read of the transaction: it fixes the file's moment while
  // memory stands still.
  if (journal_.epoch(database) != epoch_) return nullptr;
  std::unique_ptr<PageViewSnapshot> snapshot(
      new PageViewSnapshot(database, reader_, std::move(lock)));
  static const RowMask kNone;
  snapshot->memory_.push_back({fresh_, &kNone});
  if (frozen_ != nullptr) snapshot->memory_.push_back({frozen_, &frozen_mask_});
  snapshot->days_summed_before_unix_us_ = days_summed_before_unix_us_;
  snapshot->open_helper_ = [this, &readers]() -> std::unique_ptr<PageViewSnapshot::Helper> {
    auto lease = readers.lease_one_more();
    if (!lease) return nullptr;
    auto helper = std::make_unique<PageViewSnapshot::Helper>(std::move(*lease));
    // Memory stands still, so the file does; but for another process.
    if (journal_.epoch(*helper->lease) != epoch_) return nullptr;
    return helper;
  };
  snapshot->segments_.reserve(segments_.size());
  for (const auto& [id, segment] : segments_) snapshot->segments_.push_back(segment);
  return snapshot;
}

}  // namespace pagewake::storage::sqlite
