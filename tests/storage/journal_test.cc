// What a seal leaves of the journal: rows that are marked are nobody's, whenever
// the process ended before it deleted them.
#include <gtest/gtest.h>

#include "storage/sqlite/database.h"
#include "storage/sqlite_file.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

class JournalOf : public ::testing::TestWithParam<const char*> {
 protected:
  std::string table(const char* end) const { return std::string(GetParam()) + end; }
  bool of_views() const { return GetParam() == std::string("view"); }
  void append(std::uint64_t n, bool seal) {
    options.seal_each_commit = seal;
    const auto store = open_or_fail(options);
    RecordBatch batch;
    if (of_views()) {
      batch.records.page_views = {full_page_view(n)};
    } else {
      batch.records.spans = {span(n, 1)};
    }
    const auto written = store->append(batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
    EXPECT_EQ(written->stored, 1u);
  }
  // Of the first so many, each of which must be there.
  void expect_there(std::uint64_t n) {
    options.seal_each_commit = false;
    const auto store = open_or_fail(options);
    for (std::uint64_t i = 1; i <= n; ++i) {
      SCOPED_TRACE(i);
      if (of_views()) {
        const auto view = store->page_view(1, full_page_view(i).view.page_view_id);
        ASSERT_TRUE(view.ok());
        EXPECT_TRUE(view->has_value());
      } else {
        const auto spans = store->spans_of_trace(1, span(i, 1).trace_id);
        ASSERT_TRUE(spans.ok());
        EXPECT_EQ(spans->size(), 1u);
      }
    }
  }
  std::int64_t rows() const {
    return integer_of(options.path, "SELECT count(*) FROM " + table("_journal"));
  }

  TemporaryFolder folder;
  SqliteOptions options{folder.file("pagewake.sqlite3")};
};

INSTANTIATE_TEST_SUITE_P(Kinds, JournalOf, ::testing::Values("view", "span"));

TEST_P(JournalOf, ASealThatIsOverLeavesNoRow) {
  append(1, true);
  EXPECT_EQ(rows(), 0);
  expect_there(1);
}

TEST_P(JournalOf, RowsThatAreSealedAndNotYetDeletedAreNotReadAndGoAtTheNextStart) {
  append(1, true);
  // Unreadable: whoever read it would refuse the file.
  for (const char* seq : {"sealed_seq", "sealed_seq - 1"}) {
    execute(options.path, "INSERT INTO " + table("_journal") + "(seq, data) SELECT " + seq +
                              ", x'ff' FROM " + table("_state"));
  }
  ASSERT_EQ(rows(), 2);
  expect_there(1);
  EXPECT_EQ(rows(), 0);
}

TEST_P(JournalOf, WhatComesAfterASealAndARestartIsNotTakenForSealed) {
  append(1, true);
  append(2, false);
  EXPECT_EQ(rows(), 1);
  EXPECT_EQ(integer_of(options.path, "SELECT min(seq) > (SELECT sealed_seq FROM " +
                                         table("_state") + ") FROM " + table("_journal")),
            1);
  expect_there(2);
  append(3, true);
  EXPECT_EQ(rows(), 0);
  expect_there(3);
}

TEST(LeaveDeletedBytes, WipesAgainBehindItAlsoWhereTheDeletionFailed) {
  TemporaryFolder folder;
  auto opened =
      sqlite::Database::open(folder.file("pagewake.sqlite3"), sqlite::Database::Mode::kReadWrite);
  ASSERT_TRUE(opened.ok());
  sqlite::Database& database = **opened;
  database.run("PRAGMA secure_delete = ON");
  for (const bool fails : {false, true}) {
    {
      const sqlite::LeaveDeletedBytes leave(database);
      EXPECT_EQ(database.integer_of("PRAGMA secure_delete"), 0);
      if (fails) database.run("DELETE FROM nowhere");
      EXPECT_EQ(database.ok(), !fails);
    }
    database.clear_error();
    EXPECT_EQ(database.integer_of("PRAGMA secure_delete"), 1);
  }
}

}  // namespace
}  // namespace pagewake::storage
