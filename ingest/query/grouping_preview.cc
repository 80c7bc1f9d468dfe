#include "query/grouping_preview.h"

#include <algorithm>
#include <map>
#include <set>

#include "grouping/grouping.h"
#include "grouping/rules.h"

namespace pagewake::query {

Result<GroupingPreview> preview_grouping(storage::RecordReader& records, model::ProjectId project,
                                         const std::string& text) {
  constexpr std::size_t kExamined = 500, kTitles = 3;
  const auto rules = grouping::Rules::parse(text);
  if (!rules) return rules.error();
  auto events = records.events(project, {}, {kExamined, ""});
  if (!events) return events.error();
  GroupingPreview preview;
  preview.examined_events = events->items.size();
  std::set<std::string> before, after;
  std::map<int, RulePreview> by_line;
  for (model::EventRecord& event : events->items) {
    before.insert(event.grouping_key);
    const auto match = rules->match(event);
    if (match) {
      RulePreview& rule = by_line[match->line];
      rule.line = match->line;
      rule.ignore = match->ignore;
      ++rule.events;
      if (rule.titles.size() < kTitles &&
          std::find(rule.titles.begin(), rule.titles.end(), event.title) == rule.titles.end()) {
        rule.titles.push_back(event.title);
      }
      if (match->ignore) {
        ++preview.ignored_events;
        continue;
      }
    }
    grouping::group(event, &*rules);
    after.insert(event.grouping_key);
  }
  preview.issues_before = before.size();
  preview.issues_after = after.size();
  for (auto& [line, rule] : by_line) preview.rules.push_back(std::move(rule));
  return preview;
}

}  // namespace pagewake::query
