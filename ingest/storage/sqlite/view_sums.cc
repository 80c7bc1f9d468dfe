#include "storage/sqlite/view_sums.h"

#include <algorithm>
#include <limits>
#include <tuple>
#include <utility>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/record_rules.h"
#include "storage/sqlite/payload.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr std::uint8_t kVersion = 1;
// Counted between two looks at the pace.
constexpr std::ptrdiff_t kRowsPerStep = 64;

bool is_of_page(SumKind kind) {
  return kind == SumKind::kHourOfPage || kind == SumKind::kDayOfPage;
}
bool is_day(SumKind kind) { return kind == SumKind::kDayOfPage || kind == SumKind::kDayOfAll; }
std::int64_t step_us(SumKind kind) { return is_day(kind) ? kDayUs : kHourUs; }
constexpr std::array kKinds = {SumKind::kHourOfPage, SumKind::kDayOfPage, SumKind::kHourOfAll,
                               SumKind::kDayOfAll};

Query& bind(Query& query, SumKind kind, Dimension dimension) {
  return query.integer(static_cast<std::int64_t>(kind))
      .integer(static_cast<std::int64_t>(dimension));
}

Query& bind(Query& query, const SumPlace& place) {
  return bind(query, place.kind, place.dimension)
      .integer(place.start_unix_us)
      .integer(place.project)
      .text(place.page);
}

void fail_unreadable(Database& database, const Error& error) {
  database.fail("a stored rollup cannot be read: " + error.message);
}

// `each(value, bytes of its summary)`. False: malformed.
template <typename Each>
bool for_each_value(std::string_view bytes, Each each) {
  ByteReader in(bytes);
  if (in.byte() != kVersion) return false;
  while (in.ok() && !in.at_end()) {
    const std::string_view value = in.block();
    const std::string_view summary = in.block();
    if (!in.ok() || !each(value, summary)) return false;
  }
  return in.ok();
}

const Error kMalformed{"malformed", "it is cut short or too long"};

}  // namespace

std::vector<Dimension> dimensions_of(SumKind kind) {
  if (kind == SumKind::kHourOfPage) return {kNoDimension};
  std::vector<Dimension> out = {kNoDimension};
  for (const GroupBy group : kDimensionGroups) out.push_back(*dimension_of(group));
  return out;
}

std::int64_t sum_start(SumKind kind, std::int64_t unix_us) {
  return is_day(kind) ? day_start_unix_us(unix_us) : hour_start_unix_us(unix_us);
}

CountedView counted_view(const model::PageViewRecord& record, const std::string& rollup_page) {
  // The columns know how a record is counted; a second way would drift.
  PageViewColumns columns;
  columns.put(0, record, rollup_page);
  return counted_view(columns, 0);
}

CountedView counted_view(const PageViewColumns& columns, std::size_t row) {
  CountedView view;
  view.project = columns.project(row);
  view.started_at_unix_us = columns.started_at_unix_us[row];
  for (std::size_t i = 0; i < kDimensions; ++i) {
    view.texts[i] = columns.text(static_cast<Dimension>(i), row);
  }
  view.coded = columns.coded(row);
  return view;
}

SumDeltas count_rows(const PageViewColumns& columns, const std::vector<std::uint32_t>& rows,
                     SumKind kind, PacedWork* work) {
  // Rows of one place together; within it each value of each dimension has a
  // sum, used again for the next place.
  const bool of_page = is_of_page(kind);
  const TextColumn& pages = columns.of(Dimension::kRollupPage);
  struct Row {
    ProjectId project;
    std::int64_t start;
    std::uint32_t page, row;
    auto place() const { return std::tie(project, start, page); }
  };
  std::vector<Row> sorted;
  sorted.reserve(rows.size());
  for (const std::uint32_t row : rows) {
    sorted.push_back({columns.project(row), sum_start(kind, columns.started_at_unix_us[row]),
                      of_page ? pages.numbers[row] : 0, row});
  }
  std::sort(sorted.begin(), sorted.end(), [](const Row& a, const Row& b) {
    return std::tuple_cat(a.place(), std::tie(a.row)) < std::tuple_cat(b.place(), std::tie(b.row));
  });
  struct Split {
    Dimension dimension;
    const TextColumn* values;  // null: no dimension
    std::vector<SummarySum> sums;
    std::vector<std::uint32_t> used;
  };
  std::vector<Split> splits;
  for (const Dimension dimension : dimensions_of(kind)) {
    const TextColumn* values = dimension == kNoDimension ? nullptr : &columns.of(dimension);
    splits.push_back({dimension,
                      values,
                      std::vector<SummarySum>(values != nullptr ? values->texts.size() : 1),
                      {}});
  }
  SumDeltas deltas;
  for (auto at = sorted.begin(); at != sorted.end();) {
    const Row& first = *at;
    for (; at != sorted.end() && at->place() == first.place(); ++at) {
      if ((at - sorted.begin()) % kRowsPerStep == 0) breathe(work);
      const CodedView view = columns.coded(at->row);
      for (Split& split : splits) {
        const std::uint32_t number = split.values != nullptr ? split.values->numbers[at->row] : 0;
        if (split.used.empty() || split.used.back() != number) split.used.push_back(number);
        split.sums[number].add(view, 1);
      }
    }
    for (Split& split : splits) {
      std::sort(split.used.begin(), split.used.end());
      split.used.erase(std::unique(split.used.begin(), split.used.end()), split.used.end());
      SumValues& into = deltas[{kind, split.dimension, first.start, first.project,
                                of_page ? pages.texts.text(first.page) : std::string()}];
      for (const std::uint32_t number : split.used) {
        into[split.values != nullptr ? split.values->texts.text(number) : std::string()] =
            split.sums[number].take();
      }
      split.used.clear();
    }
  }
  return deltas;
}

void take_out(const CountedView& view, SumKind kind, SumDeltas& deltas) {
  const auto text = [&](Dimension of) { return view.texts[static_cast<std::size_t>(of)]; };
  SummarySum one;
  one.add(view.coded, -1);
  const VitalSummary negative = one.take();
  for (const Dimension dimension : dimensions_of(kind)) {
    deltas[{kind, dimension, sum_start(kind, view.started_at_unix_us), view.project,
            is_of_page(kind) ? text(Dimension::kRollupPage) : std::string()}]
          [dimension == kNoDimension ? std::string() : text(dimension)]
              .merge(negative);
  }
}

Result<std::string> with_added(std::string_view bytes, const SumValues& values) {
  SumValues sums;
  std::optional<Error> error;
  if (!bytes.empty() &&
      !for_each_value(bytes, [&](std::string_view value, std::string_view summary) {
        auto decoded = decode_summary(summary);
        if (!decoded) {
          error = decoded.error();
          return false;
        }
        sums.emplace(std::string(value), std::move(*decoded));
        return true;
      })) {
    return error.value_or(kMalformed);
  }
  for (const auto& [value, delta] : values) {
    const bool fits = sums.contains(value) || sums.size() < kValuesPerSum;
    sums[fits ? value : std::string(kOtherValue)].merge(delta);
  }
  ByteWriter out;
  out.byte(kVersion);
  const std::size_t nothing = out.size();
  for (const auto& [value, summary] : sums) {
    if (is_empty(summary)) continue;
    out.block(value);
    out.block(encode_summary(summary));
  }
  return out.size() == nothing ? std::string() : std::string(out.take());
}

void add_to_sums(Database& database, const SumDeltas& deltas) {
  for (const auto& [place, values] : deltas) {
    std::string stored;
    {
      Query query = database.query(
          "SELECT data FROM view_sums WHERE kind = ? AND dimension = ? AND start_unix_us = ? AND "
          "project = ? AND page = ?");
      if (bind(query, place).row()) stored = query.read_blob();
    }
    auto bytes = with_added(stored, values);
    if (!bytes) return fail_unreadable(database, bytes.error());
    put_sum(database, place, *bytes);
  }
}

void put_sum(Database& database, const SumPlace& place, std::string_view bytes) {
  if (bytes.empty()) {
    Query query = database.query(
        "DELETE FROM view_sums WHERE kind = ? AND dimension = ? AND start_unix_us = ? AND project "
        "= ? AND page = ?");
    bind(query, place).run();
    return;
  }
  Query query = database.query(
      "INSERT INTO view_sums(kind, dimension, start_unix_us, project, page, data) "
      "VALUES(?,?,?,?,?,?) ON CONFLICT DO UPDATE SET data = excluded.data");
  bind(query, place).blob(bytes).run();
}

void delete_day_sums_from(Database& database, std::int64_t day_unix_us) {
  Query query = database.query(
      "DELETE FROM view_sums WHERE kind = ? AND dimension = ? AND start_unix_us >= ?");
  for (const SumKind kind : {SumKind::kDayOfPage, SumKind::kDayOfAll}) {
    for (const Dimension dimension : dimensions_of(kind)) {
      bind(query, kind, dimension).integer(day_unix_us).run();
    }
  }
}

void prune_sums(Database& database, std::int64_t before_hour_unix_us) {
  Query query = database.query(
      "DELETE FROM view_sums WHERE kind = ? AND dimension = ? AND start_unix_us < ?");
  for (const SumKind kind : kKinds) {
    for (const Dimension dimension : dimensions_of(kind)) {
      bind(query, kind, dimension).integer(sum_start(kind, before_hour_unix_us)).run();
    }
  }
}

void take_over_rollups(Database& database) {
  Query rows = database.query("SELECT project, hour_unix_us, page, summary FROM rollups");
  while (rows.row()) {
    SumPlace place;
    place.project = rows.read_integer();
    place.start_unix_us = rows.read_integer();
    place.page = rows.read_text();
    auto summary = decode_summary(rows.read_blob());
    if (!summary) return fail_unreadable(database, summary.error());
    SumDeltas deltas;
    deltas[place][""] = *summary;
    place.kind = SumKind::kHourOfAll;
    place.page.clear();
    deltas[place][""] = std::move(*summary);
    add_to_sums(database, deltas);
  }
}

std::optional<SumQuery> kept_part(Database& database, SumQuery query) {
  const auto edge = [&](const char* sql) {
    Query rows = database.query(sql);
    return bind(rows, query.kind, query.dimension).row() ? std::optional(rows.read_integer())
                                                         : std::nullopt;
  };
  const auto first = edge(
      "SELECT start_unix_us FROM view_sums WHERE kind = ? AND dimension = ? "
      "ORDER BY start_unix_us LIMIT 1");
  const auto last = edge(
      "SELECT start_unix_us FROM view_sums WHERE kind = ? AND dimension = ? "
      "ORDER BY start_unix_us DESC LIMIT 1");
  if (!first || !last) return std::nullopt;
  query.from_unix_us = std::max(query.from_unix_us, *first);
  query.to_unix_us = std::min(query.to_unix_us, *last + step_us(query.kind));
  return query;
}

void add_sums(Database& database, const SumQuery& asked, GroupBy group_by, SummaryParts parts,
              GroupedSums& sums) {
  const auto kept = kept_part(database, asked);
  if (!kept) return;
  const SumQuery& query = *kept;
  const std::size_t histograms = histograms_of(parts);
  const auto add = [&](std::int64_t start, const std::string& page, std::string_view bytes) {
    // What does not depend on the value is looked up once.
    SummarySum* whole = nullptr;
    if (group_by == GroupBy::kPage) whole = &sums[page];
    if (group_by == GroupBy::kHour) whole = &sums[rfc3339(start)];
    if (group_by == GroupBy::kDay) whole = &sums[rfc3339(day_start_unix_us(start))];
    if (!for_each_value(bytes, [&](std::string_view value, std::string_view summary) {
          if (query.value && *query.value != value) return true;
          SummarySum& sum = whole != nullptr ? *whole : sums[std::string(value)];
          return add_encoded_summary(summary, histograms, sum);
        })) {
      fail_unreadable(database, kMalformed);
    }
  };
  if (is_of_page(query.kind) && !query.page) {
    Query rows = database.query(
        "SELECT start_unix_us, page, data FROM view_sums WHERE kind = ? AND dimension = ? AND "
        "start_unix_us >= ? AND start_unix_us < ? AND project = ?");
    bind(rows, query.kind, query.dimension)
        .integer(query.from_unix_us)
        .integer(query.to_unix_us)
        .integer(query.project);
    while (rows.row()) {
      const std::int64_t start = rows.read_integer();
      const std::string page = rows.read_text();
      add(start, page, rows.read_blob());
    }
    return;
  }
  // One page is one of very many: a look-up a step, not a scan of the range.
  Query row = database.query(
      "SELECT data FROM view_sums WHERE kind = ? AND dimension = ? AND start_unix_us = ? AND "
      "project = ? AND page = ?");
  SumPlace place{query.kind, query.dimension, query.from_unix_us, query.project,
                 is_of_page(query.kind) ? *query.page : std::string()};
  for (; place.start_unix_us < query.to_unix_us && database.ok();
       place.start_unix_us += step_us(query.kind)) {
    if (bind(row, place).row()) add(place.start_unix_us, place.page, row.read_blob());
    row.again();
  }
}

}  // namespace pagewake::storage::sqlite
