#include "storage/sqlite/page_view_generation.h"

#include <algorithm>

namespace pagewake::storage::sqlite {

void PageViewGeneration::put(const model::PageViewRecord& record, const std::string& rollup_page,
                             std::string entry) {
  const auto next = static_cast<std::uint32_t>(entries.size());
  const auto [at, fresh] = rows.try_emplace({record.project, record.view.page_view_id}, next);
  const std::uint32_t row = at->second;
  columns.put(row, record, rollup_page);
  entry_bytes += entry.size();
  newest_received_unix_us = std::max(newest_received_unix_us, record.received_at_unix_us);
  if (fresh) {
    entries.push_back(std::move(entry));
    traces.push_back(record.view.trace_id);
    sessions.push_back(record.session_id);
  } else {
    entry_bytes -= entries[row].size();
    entries[row] = std::move(entry);
    traces[row] = record.view.trace_id;
    sessions[row] = record.session_id;
  }
}

}  // namespace pagewake::storage::sqlite
