#include "storage/sqlite/page_names.h"

#include "base/limits.h"
#include "storage/record_rules.h"

namespace pagewake::storage::sqlite {

std::string PageNames::name(ProjectId project, const std::string& page) {
  const auto [at, missing] = pages_.try_emplace(project);
  auto& pages = at->second;
  if (missing) {
    Query query = database_.query("SELECT page FROM pages WHERE project = ?");
    query.integer(project);
    while (query.row()) pages.insert(query.read_text());
  }
  if (pages.contains(page)) return page;
  if (pages.size() >= limits::kPagesPerProject) return std::string(kOtherPage);
  pages.insert(page);
  database_.query("INSERT INTO pages(project, page) VALUES(?,?) ON CONFLICT DO NOTHING")
      .integer(project)
      .text(page)
      .run();
  return page;
}

}  // namespace pagewake::storage::sqlite
