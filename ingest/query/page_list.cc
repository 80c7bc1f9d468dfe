#include "query/page_list.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace pagewake::query {

Result<model::Listing<PageRow>> page_list(storage::RecordReader& records, model::ProjectId project,
                                          const model::Filter& filter,
                                          const model::Paging& paging) {
  // The order by views is known only when all rows are, so the cursor is a
  // place in it.
  std::size_t offset = 0;
  if (!paging.cursor.empty()) {
    const char* end = paging.cursor.data() + paging.cursor.size();
    const auto [at, error] = std::from_chars(paging.cursor.data(), end, offset);
    if (error != std::errc() || at != end) {
      return Error{"invalid_cursor", "cursor: not one that this list gave"};
    }
  }
  auto rows =
      records.summarize(project, filter, storage::GroupBy::kPage, storage::SummaryParts::kVitals);
  if (!rows) return rows.error();
  std::sort(rows->begin(), rows->end(), [](const auto& a, const auto& b) {
    if (a.summary.views != b.summary.views) return a.summary.views > b.summary.views;
    return a.key < b.key;
  });
  model::Listing<PageRow> list;
  for (std::size_t i = offset; i < rows->size() && list.items.size() < paging.limit; ++i) {
    auto& [page, summary] = (*rows)[i];
    list.items.push_back(
        {std::move(page), summary.views, error_rate_of(summary), vitals_of(summary)});
  }
  if (offset < rows->size() && rows->size() - offset > paging.limit) {
    list.next_cursor = std::to_string(offset + paging.limit);
  }
  return list;
}

}  // namespace pagewake::query
