// Page views that are in the journal and not yet in a segment: in memory, in
// the shape of a segment. One generation takes what arrives; when it is full
// it is frozen and sealed while the next one fills.
#pragma once

#include <cstdint>
#include <string>
#include <unordered_map>
#include <utility>
#include <vector>

#include "storage/sqlite/page_view_columns.h"
#include "storage/sqlite/page_view_segment.h"
#include "storage/sqlite/view_sums.h"

namespace pagewake::storage::sqlite {

struct PageViewKey {
  ProjectId project = 0;
  PageViewId id;
  friend bool operator==(const PageViewKey&, const PageViewKey&) = default;
};

struct PageViewKeyHash {
  std::size_t operator()(const PageViewKey& key) const {
    return hash_of(key.project ^ static_cast<std::int64_t>(process_seed()), key.id.bytes);
  }
};

struct ReplacedRow {
  SegmentId segment = 0;
  std::uint32_t row = 0;
  CountedView view;  // as the sums know it
};

struct PageViewGeneration {
  PageViewColumns columns;
  std::vector<std::string> entries;  // page_view_entry.h
  std::vector<TraceId> traces;
  std::vector<SessionId> sessions;
  std::unordered_map<PageViewKey, std::uint32_t, PageViewKeyHash> rows;
  // Rows of segments that rows of this generation replace. Stored when it is
  // sealed and not before: until then a replay of the journal must find them,
  // and the stored sums count them.
  std::vector<ReplacedRow> replaces;
  std::size_t entry_bytes = 0;
  std::int64_t newest_received_unix_us = 0;
  std::int64_t last_journal_seq = 0;

  // A new row, or the later state of one.
  void put(const model::PageViewRecord& record, const std::string& rollup_page, std::string entry);
};

}  // namespace pagewake::storage::sqlite
