// The reader's side of page_view_store.h.
#include <algorithm>
#include <span>
#include <tuple>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/page_view_store.h"

namespace pagewake::storage::sqlite {
namespace {

using model::PageViewRecord;

char cursor_kind_of(const PageViewQuery& query) {
  return query.sort == PageViewQuery::Sort::kSlowestLcp ? kCursorSlowest : kCursorNewest;
}

std::int64_t key_of(const PageViewQuery& query, const PageViewRecord& record) {
  return query.sort == PageViewQuery::Sort::kSlowestLcp ? lcp_sort_key(record)
                                                        : record.started_at_unix_us();
}

// A place in a list that descends by (key, id).
struct Position {
  std::int64_t key = INT64_MAX;
  PageViewId id;
  friend auto operator<=>(const Position&, const Position&) = default;
};

// Where the list goes on: only what is below it.
Result<std::optional<Position>> start_of(const PageViewQuery& query, const Paging& paging) {
  if (paging.cursor.empty()) return std::optional<Position>();
  auto cursor = decode_cursor(paging.cursor, cursor_kind_of(query), PageViewId::kBytes);
  if (!cursor) return cursor.error();
  Position start;
  start.key = cursor->key;
  std::copy(cursor->id.begin(), cursor->id.end(), start.id.bytes.begin());
  return std::optional(start);
}

struct Candidate {
  Position position;
  const Segment* segment = nullptr;            // null: in memory
  const PageViewGeneration* memory = nullptr;  // where; until the lock is given up
  std::uint32_t row = 0;
  std::string entry;  // of one in memory
};

// The first `most` of a list, in whatever order they are offered.
class Best {
 public:
  explicit Best(std::size_t most) : most_(most) {}
  bool takes(const Position& position) const {
    return heap_.size() < most_ || position > heap_.front().position;
  }
  void add(Candidate candidate) {
    if (heap_.size() == most_) {
      std::pop_heap(heap_.begin(), heap_.end(), after);
      heap_.pop_back();
    }
    heap_.push_back(std::move(candidate));
    std::push_heap(heap_.begin(), heap_.end(), after);
  }
  // While memory stands still.
  void copy_from_memory() {
    for (Candidate& candidate : heap_) {
      if (candidate.memory == nullptr) continue;
      candidate.entry = candidate.memory->entries[candidate.row];
    }
  }
  std::vector<Candidate> take() {
    std::sort_heap(heap_.begin(), heap_.end(), after);
    return std::move(heap_);
  }

 private:
  static bool after(const Candidate& a, const Candidate& b) { return a.position > b.position; }
  std::size_t most_;
  std::vector<Candidate> heap_;  // the last one in front
};

// Gives the records of a page of the list; one more than `limit` was found
// where there is a next page.
Listing<PageViewRecord> listing_of(std::vector<PageViewRecord> records, std::size_t limit,
                                   const PageViewQuery& query) {
  Listing<PageViewRecord> listing;
  listing.items = std::move(records);
  if (listing.items.size() > limit) {
    listing.items.resize(limit);
    const PageViewRecord& last = listing.items.back();
    const auto& id = last.view.page_view_id.bytes;
    listing.next_cursor =
        encode_cursor({cursor_kind_of(query), key_of(query, last),
                       std::string(reinterpret_cast<const char*>(id.data()), id.size())});
  }
  return listing;
}

bool is_masked(const RowMask& mask, std::size_t row) { return !mask.empty() && mask[row]; }

// Their records, in the same order; without those whose segment was pruned
// meanwhile.
std::vector<PageViewRecord> records_of(Database& database, SegmentReader& reader,
                                       const std::vector<Candidate>& candidates, ViewParts parts) {
  std::vector<PageViewRecord> records(candidates.size());
  std::vector<std::size_t> pruned;
  // Of one segment all at once, row by row: neighbours share a block.
  std::map<SegmentId, std::vector<std::pair<std::uint32_t, std::size_t>>> of_segment;
  for (std::size_t place = 0; place < candidates.size(); ++place) {
    const Candidate& candidate = candidates[place];
    if (candidate.segment != nullptr) {
      of_segment[candidate.segment->info.segment].emplace_back(candidate.row, place);
      continue;
    }
    auto entry = decode_page_view_entry(candidate.entry, parts);
    if (!entry) {
      database.fail("a page view in memory cannot be read");
      return {};
    }
    records[place] = std::move(entry->record);
  }
  for (auto& of : of_segment) {
    auto& places = of.second;
    std::sort(places.begin(), places.end());
    std::vector<std::uint32_t> rows;
    for (const auto& [row, place] : places) rows.push_back(row);
    std::size_t at = 0;
    const bool there = reader.entries(
        database, of.first, rows,
        [&](PageViewEntry& entry) { records[places[at++].second] = std::move(entry.record); },
        parts);
    if (there) continue;
    for (const auto& [row, place] : places) pruned.push_back(place);
  }
  std::sort(pruned.rbegin(), pruned.rend());
  for (const std::size_t place : pruned) {
    records.erase(records.begin() + static_cast<std::ptrdiff_t>(place));
  }
  return records;
}

}  // namespace

Result<Listing<PageViewRecord>> PageViewSnapshot::page_views(ProjectId project,
                                                             const PageViewQuery& query,
                                                             const Paging& paging) {
  if (query.trace_id) {
    return by_key(KeyKind::kTrace, hash_of(project, query.trace_id->bytes), project, query, paging);
  }
  if (query.session_id) {
    return by_key(KeyKind::kSession, hash_of(project, query.session_id->bytes), project, query,
                  paging);
  }
  auto start = start_of(query, paging);
  if (!start) return start.error();
  const bool slowest = query.sort == PageViewQuery::Sort::kSlowestLcp;
  const std::size_t limit = clamped_limit(paging);
  Best best(limit + 1);
  const auto offer = [&](const PageViewColumns& columns, const RowMask& mask,
                         std::uint32_t first_row, const Segment* segment,
                         const PageViewGeneration* memory) {
    for (const std::uint32_t row : matching_rows(columns, mask, first_row, project, query.filter)) {
      const Position position{slowest ? columns.lcp_keys[row] : columns.started_at_unix_us[row],
                              columns.ids[row]};
      if ((*start && position >= **start) || !best.takes(position)) continue;
      best.add({position, segment, memory, first_row + row, {}});
    }
  };
  for (const Memory& memory : memory_) {
    offer(memory.generation->columns, *memory.mask, 0, nullptr, memory.generation.get());
  }
  best.copy_from_memory();
  lock_.unlock();
  ColumnSet set = columns_for(query.filter);
  set.ids = true;
  set.lcp_key = slowest;
  // The newest end first: the list of the newest is then full after a few.
  std::sort(segments_.begin(), segments_.end(), [](const auto& a, const auto& b) {
    return a->info.max_started_unix_us > b->info.max_started_unix_us;
  });
  PageViewId last_id;
  last_id.bytes.fill(0xff);
  for (const auto& segment : segments_) {
    if (!slowest && !best.takes({segment->info.max_started_unix_us, last_id})) break;
    for (const RowGroup& group : segment->info.groups) {
      if (!group.may_match(query.filter, PageBy::kOwnName)) continue;
      if (!best.takes({slowest ? group.max_lcp_key : group.max_started_unix_us, last_id})) continue;
      if (!slowest && *start && group.min_started_unix_us > (*start)->key) continue;
      const auto columns = reader_.columns(database_, segment->info, group, set);
      if (columns) offer(*columns, segment->mask, group.first_row, segment.get(), nullptr);
    }
  }
  return listing_of(records_of(database_, reader_, best.take(), query.parts), limit, query);
}

Result<Listing<PageViewRecord>> PageViewSnapshot::by_key(KeyKind kind, std::uint64_t hash,
                                                         ProjectId project,
                                                         const PageViewQuery& query,
                                                         const Paging& paging) {
  auto start = start_of(query, paging);
  if (!start) return start.error();
  // The absence of an id is not an id.
  if ((query.trace_id && query.trace_id->is_zero()) ||
      (query.session_id && query.session_id->is_zero())) {
    return Listing<PageViewRecord>();
  }
  std::vector<PageViewRecord> records;
  const auto take = [&](PageViewRecord record) {
    if (record.project != project || !matches(query.filter, record)) return;
    if (query.trace_id && record.view.trace_id != *query.trace_id) return;
    if (query.session_id && record.session_id != *query.session_id) return;
    if (*start && Position{key_of(query, record), record.view.page_view_id} >= **start) return;
    records.push_back(std::move(record));
  };
  for (const Memory& memory : memory_) {
    const PageViewGeneration& generation = *memory.generation;
    for (std::size_t row = 0; row < generation.entries.size(); ++row) {
      if (generation.columns.project(row) != project || is_masked(*memory.mask, row) ||
          (query.trace_id && generation.traces[row] != *query.trace_id) ||
          (query.session_id && generation.sessions[row] != *query.session_id)) {
        continue;
      }
      auto entry = decode_page_view_entry(generation.entries[row]);
      if (!entry) {
        database_.fail("a page view in memory cannot be read");
        break;
      }
      take(std::move(entry->record));
    }
  }
  lock_.unlock();
  for (const auto& [id, row] : reader_.rows_of(database_, kind, hash)) {
    const auto at = std::lower_bound(
        segments_.begin(), segments_.end(), id,
        [](const auto& segment, SegmentId wanted) { return segment->info.segment < wanted; });
    if (at == segments_.end() || (*at)->info.segment != id || row >= (*at)->info.rows ||
        is_masked((*at)->mask, row)) {
      continue;
    }
    auto entry = reader_.entry(database_, id, row);
    if (entry) take(std::move(entry->record));
  }
  std::sort(records.begin(), records.end(), [&](const auto& a, const auto& b) {
    return Position{key_of(query, a), a.view.page_view_id} >
           Position{key_of(query, b), b.view.page_view_id};
  });
  return listing_of(std::move(records), clamped_limit(paging), query);
}

std::optional<PageViewRecord> PageViewSnapshot::page_view(ProjectId project, const PageViewId& id) {
  for (const Memory& memory : memory_) {
    const auto at = memory.generation->rows.find({project, id});
    if (at == memory.generation->rows.end() || is_masked(*memory.mask, at->second)) continue;
    auto entry = decode_page_view_entry(memory.generation->entries[at->second]);
    if (!entry) {
      database_.fail("a page view in memory cannot be read");
      return std::nullopt;
    }
    return std::move(entry->record);
  }
  for (const auto& place :
       reader_.rows_of(database_, KeyKind::kPageView, hash_of(project, id.bytes))) {
    const SegmentId segment_id = place.first;
    const std::uint32_t row = place.second;
    const auto at = std::find_if(segments_.begin(), segments_.end(), [&](const auto& segment) {
      return segment->info.segment == segment_id;
    });
    if (at == segments_.end() || row >= (*at)->info.rows || is_masked((*at)->mask, row)) continue;
    auto entry = reader_.entry(database_, segment_id, row);
    if (entry && entry->record.project == project && entry->record.view.page_view_id == id) {
      return std::move(entry->record);
    }
  }
  return std::nullopt;
}

}  // namespace pagewake::storage::sqlite
