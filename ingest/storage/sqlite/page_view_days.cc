// The rollups' side of page_view_store.h: what a seal adds to them, and the
// days that are over.
#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include "storage/record_rules.h"
#include "storage/sqlite/page_view_store.h"

namespace pagewake::storage::sqlite {
namespace {

std::vector<std::uint32_t> all_rows(const PageViewColumns& columns) {
  std::vector<std::uint32_t> rows(columns.rows());
  for (std::uint32_t row = 0; row < rows.size(); ++row) rows[row] = row;
  return rows;
}

ColumnSet counted_columns() {
  ColumnSet set;
  set.sums = SummaryParts::kAll;
  set.dimensions.fill(true);
  set.dimensions[static_cast<std::size_t>(Dimension::kPage)] = false;  // kRollupPage is enough
  return set;
}

}  // namespace

SumDeltas PageViewStore::sums_of(const PageViewGeneration& generation, PacedWork* work) {
  const PageViewColumns& columns = generation.columns;
  const std::vector<std::uint32_t> rows = all_rows(columns);
  std::int64_t summed_before = 0;  // moves under seal_mutex_ only, or with a reload
  {
    const std::shared_lock lock(state_mutex_);
    summed_before = days_summed_before_unix_us_;
  }
  // Of days that are added up already, what came late.
  std::vector<std::uint32_t> late;
  for (const std::uint32_t row : rows) {
    if (columns.started_at_unix_us[row] < summed_before) late.push_back(row);
  }
  SumDeltas sums;
  for (const SumKind kind :
       {SumKind::kHourOfPage, SumKind::kHourOfAll, SumKind::kDayOfPage, SumKind::kDayOfAll}) {
    const bool of_days = kind == SumKind::kDayOfPage || kind == SumKind::kDayOfAll;
    SumDeltas of_kind = count_rows(columns, of_days ? late : rows, kind, work);
    for (const ReplacedRow& replaced : generation.replaces) {
      if (of_days && replaced.view.started_at_unix_us >= summed_before) continue;
      take_out(replaced.view, kind, of_kind);
    }
    sums.merge(of_kind);
  }
  return sums;
}

Result<std::set<std::int64_t>> PageViewStore::days_to_sum(std::int64_t before_day_unix_us) {
  std::set<std::int64_t> days;
  std::vector<SegmentInfo> long_ones;
  {
    const std::shared_lock lock(state_mutex_);
    const auto to_sum = [&](std::int64_t day) {
      return day >= days_summed_before_unix_us_ && day < before_day_unix_us;
    };
    for (const auto& [id, segment] : segments_) {
      const SegmentInfo& info = segment->info;
      const std::int64_t first = day_start_unix_us(info.min_started_unix_us);
      const std::int64_t last = day_start_unix_us(info.max_started_unix_us);
      if (last < days_summed_before_unix_us_ || first >= before_day_unix_us) continue;
      if (last - first > 2 * kDayUs) long_ones.push_back(info);
      for (const std::int64_t day : {first, first + kDayUs, last}) {
        if (day <= last && to_sum(day)) days.insert(day);
      }
    }
  }
  // One visitor's wrong clock makes a segment years long; few of those days
  // have a view.
  for (const SegmentInfo& info : long_ones) {
    Status read = turns_.turn([&] {
      for (const RowGroup& group : info.groups) {
        const auto columns = reader_.columns(writer_, info, group, {});
        if (!columns) return;
        for (const std::int64_t started : columns->started_at_unix_us) {
          const std::int64_t day = day_start_unix_us(started);
          if (day >= days_summed_before_unix_us_ && day < before_day_unix_us) days.insert(day);
        }
      }
    });
    if (!read) return read.error();
  }
  return days;
}

Status PageViewStore::sum_days(std::int64_t before_day_unix_us, PacedWork* work) {
  {
    const std::shared_lock lock(state_mutex_);
    if (days_summed_before_unix_us_ >= before_day_unix_us) return Done{};
  }
  auto days = days_to_sum(before_day_unix_us);
  if (!days) return days.error();
  days->insert(before_day_unix_us - kDayUs);  // to end there, with views or without
  for (const std::int64_t day : *days) {
    if (Status summed = sum_day(day, work); !summed) return summed;
  }
  return Done{};
}

Status PageViewStore::sum_day(std::int64_t day_unix_us, PacedWork* work) {
  const std::int64_t end = day_unix_us + kDayUs;
  std::vector<SegmentInfo> infos;
  std::int64_t version = 0;
  {
    const std::shared_lock lock(state_mutex_);
    version = epoch_.version;
    for (const auto& [id, segment] : segments_) {
      if (segment->info.max_started_unix_us >= day_unix_us &&
          segment->info.min_started_unix_us < end) {
        infos.push_back(segment->info);
      }
    }
  }
  // Another process that sealed, pruned or added up meanwhile changes what the
  // sums must be: each transaction makes sure that none did.
  const Error changed{"store_failed",
                      "another process changed the page views while a day was added up"};
  const auto make_sure = [&] {
    if (journal_.epoch(writer_).version != version && writer_.ok()) writer_.fail(changed.message);
  };
  Filter day;
  day.from_unix_us = day_unix_us;
  day.to_unix_us = end;
  std::map<SumPlace, std::string> sums;  // encoded: an eighth of the room
  for (const SegmentInfo& info : infos) {
    for (const RowGroup& group : info.groups) {
      if (!group.may_match(day, PageBy::kRollupName)) continue;
      PageViewColumns columns;
      std::vector<std::uint32_t> rows;
      Status read = turns_.turn([&] {
        make_sure();
        // What is stored, not what memory has replaced of it: that is counted
        // when it is sealed.
        const RowMask mask = stored_mask(writer_, info);
        if (!reader_.read_columns(writer_, info, group, counted_columns(), columns)) return;
        for (std::uint32_t row = 0; row < columns.rows(); ++row) {
          const std::int64_t started = columns.started_at_unix_us[row];
          if (started >= day_unix_us && started < end &&
              (mask.empty() || !mask[group.first_row + row])) {
            rows.push_back(row);
          }
        }
      });
      if (!read) return read;
      for (const SumKind kind : {SumKind::kDayOfPage, SumKind::kDayOfAll}) {
        for (const auto& [place, values] : count_rows(columns, rows, kind, work)) {
          std::string& bytes = sums[place];
          auto more = with_added(bytes, values);
          if (!more) return more.error();
          bytes = std::move(*more);
          breathe(work);
        }
      }
    }
  }
  Status written = turns_.turn([&] {
    make_sure();
    delete_day_sums_from(writer_, day_unix_us);
  });
  if (!written) return written;
  written = turns_.turns(
      sums,
      [&](const auto& sum) {
        put_sum(writer_, sum.first, sum.second);
        return sum.second.size();
      },
      work, make_sure);
  if (!written) return written;
  const std::lock_guard writing(write_mutex_);
  writer_.clear_error();
  Transaction transaction(writer_, Transaction::Kind::kWrite);
  refresh();
  if (writer_.ok() && epoch_.version != version) return changed;
  writer_.query("UPDATE view_state SET days_summed_before_unix_us = ?").integer(end).run();
  journal_.raise_version(writer_);
  const std::unique_lock lock(state_mutex_);
  if (!transaction.commit()) return turns_.error();
  ++epoch_.version;
  days_summed_before_unix_us_ = end;
  return Done{};
}

void PageViewStore::take_over_old_rollups() {
  if (writer_.integer_of("SELECT count(*) FROM sqlite_schema WHERE name = 'rollups'") == 0) return;
  take_over_rollups(writer_);
  load_segments(writer_, [this](const SegmentInfo& info, const RowMask& mask, const std::string&) {
    for (const RowGroup& group : info.groups) {
      PageViewColumns columns;
      if (!reader_.read_columns(writer_, info, group, counted_columns(), columns)) return;
      std::vector<std::uint32_t> rows = all_rows(columns);
      std::erase_if(
          rows, [&](std::uint32_t row) { return !mask.empty() && mask[group.first_row + row]; });
      SumDeltas deltas = count_rows(columns, rows, SumKind::kHourOfAll);
      // Without a dimension they are in the old rows.
      std::erase_if(deltas, [](const auto& row) { return row.first.dimension == kNoDimension; });
      add_to_sums(writer_, deltas);
    }
  });
  writer_.run("DROP TABLE rollups");
}

}  // namespace pagewake::storage::sqlite
