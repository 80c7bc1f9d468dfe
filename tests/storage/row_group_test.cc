// Which groups of a segment's rows a question has to read.
#include "storage/sqlite/row_group.h"

#include <gtest/gtest.h>

#include "storage/store_fixtures.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr std::int64_t kHour = kHourLength;

PageViewColumns columns_of(const std::vector<std::string>& pages) {
  PageViewColumns columns;
  for (std::size_t row = 0; row < pages.size(); ++row) {
    model::PageViewRecord record =
        page_view(row + 1, kStart + static_cast<std::int64_t>(row) * kHour);
    record.view.page = pages[row];
    record.view.vitals.lcp_ms = 1000 + static_cast<double>(row);
    columns.put(row, record, pages[row] == "/rare" ? "(other)" : pages[row]);
  }
  return columns;
}

TEST(RowGroups, KnowWhatTheySpanAndComeBackAsTheyWere) {
  const std::string longer(200, 'x');
  const auto columns = columns_of({"/b", "/c", "/a", longer + "1", longer + "2"});
  const std::vector<std::uint32_t> order = {2, 0, 1, 3, 4};
  const auto groups = row_groups_of(columns, order, 2);
  const auto read = decode_row_groups(encode_row_groups(groups), 5);
  ASSERT_TRUE(read);
  for (const auto& got : {groups, *read}) {
    ASSERT_EQ(got.size(), 3u);
    EXPECT_EQ(got[0].first_row, 0u);
    EXPECT_EQ(got[0].rows, 2u);
    EXPECT_EQ(got[0].min_started_unix_us, columns.started_at_unix_us[0]);
    EXPECT_EQ(got[0].max_started_unix_us, columns.started_at_unix_us[2]);
    EXPECT_EQ(got[0].max_lcp_key, columns.lcp_keys[2]);
    EXPECT_EQ(got[0].pages->least, "/a");
    EXPECT_EQ(got[0].pages->most, "/b");
    EXPECT_EQ(got[2].number, 2u);
    EXPECT_EQ(got[2].first_row, 4u);
    EXPECT_EQ(got[2].rows, 1u);
    EXPECT_EQ(got[2].pages->least, std::string(64, 'x'));
  }
}

TEST(RowGroups, MayMatchWhatTheyCouldHold) {
  const std::string longer(200, 'x');
  const auto columns = columns_of({"/b", "/d", longer});
  const std::vector<std::uint32_t> order = {0, 1, 2};
  const RowGroup of_few = row_groups_of(columns, order, 2)[0];
  const RowGroup of_long = row_groups_of(columns, order, 2)[1];
  RowGroup unknown = of_few;
  unknown.pages.reset();
  const std::int64_t first = columns.started_at_unix_us[0], last = columns.started_at_unix_us[1];
  const struct {
    const char* name;
    const RowGroup& group;
    std::optional<std::string> page;
    std::int64_t from, to;
    PageBy page_by;
    bool expected;
  } cases[] = {
      {"any page", of_few, {}, first, last, PageBy::kOwnName, true},
      {"over before", of_few, {}, last + 1, last + 9, PageBy::kOwnName, false},
      {"begins after", of_few, {}, first - 9, first, PageBy::kOwnName, false},
      {"the last instant", of_few, {}, last, last + 1, PageBy::kOwnName, true},
      {"least", of_few, "/b", first, last, PageBy::kOwnName, true},
      {"most", of_few, "/d", first, last, PageBy::kRollupName, true},
      {"between", of_few, "/c", first, last, PageBy::kOwnName, true},
      {"below", of_few, "/a", first, last, PageBy::kOwnName, false},
      {"above", of_few, "/da", first, last, PageBy::kRollupName, false},
      {"the rollups' others", of_few, "(other)", first, last, PageBy::kRollupName, true},
      {"a page of that name", of_few, "(other)", first, last, PageBy::kOwnName, false},
      {"not known", unknown, "/z", first, last, PageBy::kOwnName, true},
      {"a long name", of_long, longer, first, INT64_MAX, PageBy::kOwnName, true},
      {"one with its beginning", of_long, longer + "y", first, INT64_MAX, PageBy::kOwnName, true},
      {"only a beginning", of_long, "xx", first, INT64_MAX, PageBy::kOwnName, false},
  };
  for (const auto& c : cases) {
    Filter filter;
    filter.page = c.page;
    filter.from_unix_us = c.from;
    filter.to_unix_us = c.to;
    EXPECT_EQ(c.group.may_match(filter, c.page_by), c.expected) << c.name;
  }
  Filter filter;
  filter.from_unix_us = first;
  filter.to_unix_us = last + 1;
  EXPECT_TRUE(of_few.is_within(filter));
  filter.to_unix_us = last;
  EXPECT_FALSE(of_few.is_within(filter));
}

TEST(RowGroups, OtherBytesAreRefused) {
  const auto columns = columns_of({"/a", "/b", "/c"});
  const std::vector<std::uint32_t> order = {0, 1, 2};
  const std::string bytes = encode_row_groups(row_groups_of(columns, order, 2));
  const struct {
    const char* name;
    std::string bytes;
    std::size_t rows;
  } cases[] = {
      {"nothing", "", 3},
      {"cut short", bytes.substr(0, bytes.size() - 1), 3},
      {"more rows than the segment", bytes, 2},
      {"fewer rows", bytes, 4},
      {"a group of none", '\0' + bytes.substr(1), 3},
      {"a group of all there can be", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01" + bytes, 3},
  };
  for (const auto& c : cases) EXPECT_FALSE(decode_row_groups(c.bytes, c.rows)) << c.name;
  EXPECT_TRUE(decode_row_groups("", 0));
}

}  // namespace
}  // namespace pagewake::storage::sqlite
