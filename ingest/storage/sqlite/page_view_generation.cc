#include "storage/sqlite/page_view_generation.h"

namespace pagewake::storage::sqlite {

void PageViewGeneration::put(const model::PageViewRecord& record, std::string entry) {
  const auto next = static_cast<std::uint32_t>(entries.size());
  const auto [at, fresh] = rows.try_emplace({record.project, record.view.page_view_id}, next);
  const std::uint32_t row = at->second;
  columns.put(row, record);
  entry_bytes += entry.size();
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
