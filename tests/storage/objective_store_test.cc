// The promises of storage/objective_store.h, for every store.
#include "storage/objective_store.h"

#include <gtest/gtest.h>

#include <cmath>

#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Engine {
  const char* name;
  std::unique_ptr<ObjectiveStore> (*open)(const TemporaryFolder& folder);
};
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

std::unique_ptr<ObjectiveStore> open_sqlite(const TemporaryFolder& folder) {
  auto opened = open_sqlite_objective_store({folder.file("pagewake.sqlite3")});
  EXPECT_TRUE(opened.ok());
  return opened.ok() ? std::move(*opened) : nullptr;
}

class ObjectiveStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override { store_ = GetParam().open(folder_); }
  static Objective objective() {
    Objective one;
    one.project = 1;
    one.name = "Products load fast";
    one.page = "/product/:id";
    one.measure = Measure::kLcpMs;
    one.threshold = 2500;
    one.target = 0.9;
    one.created_at_unix_us = 17;
    return one;
  }
  TemporaryFolder folder_;
  std::unique_ptr<ObjectiveStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, ObjectiveStoreContract,
                         testing::Values(Engine{"Memory",
                                                [](const TemporaryFolder&) {
                                                  return make_memory_objective_store();
                                                }},
                                         Engine{"Sqlite", open_sqlite}),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ObjectiveStoreContract, KeepsEveryFieldUntilRemoved) {
  const auto made = store_->create(objective());
  ASSERT_TRUE(made.ok());
  EXPECT_GT(made->id, 0);
  auto second = objective();
  second.measure = Measure::kNoError;
  ASSERT_TRUE(store_->create(second).ok());
  const auto found = store_->objectives(1);
  ASSERT_EQ(found->size(), 2u);
  const Objective& first = (*found)[0];
  EXPECT_EQ(first.id, made->id);
  EXPECT_EQ(first.name, "Products load fast");
  EXPECT_EQ(first.page, "/product/:id");
  EXPECT_EQ(first.measure, Measure::kLcpMs);
  EXPECT_EQ(first.threshold, 2500);
  EXPECT_EQ(first.target, 0.9);
  EXPECT_EQ(first.window_days, 28);
  EXPECT_EQ(first.created_at_unix_us, 17);
  EXPECT_EQ((*found)[1].measure, Measure::kNoError);
  EXPECT_TRUE(store_->objectives(2)->empty());

  EXPECT_FALSE(*store_->remove(2, made->id)) << "another project's";
  EXPECT_TRUE(*store_->remove(1, made->id));
  EXPECT_FALSE(*store_->remove(1, made->id));
  EXPECT_EQ(store_->objectives(1)->size(), 1u);
}

TEST_P(ObjectiveStoreContract, RefusesWhatIsNoObjective) {
  const struct {
    const char* code;
    void (*spoil)(Objective&);
  } cases[] = {
      {"invalid_name", [](Objective& o) { o.name.clear(); }},
      {"invalid_name", [](Objective& o) { o.name = std::string(101, 'x'); }},
      {"invalid_threshold", [](Objective& o) { o.threshold = 0; }},
      {"invalid_threshold", [](Objective& o) { o.threshold = NAN; }},
      {"invalid_target", [](Objective& o) { o.target = 1; }},
      {"invalid_target", [](Objective& o) { o.target = 0; }},
      {"invalid_window", [](Objective& o) { o.window_days = 0; }},
      {"invalid_window", [](Objective& o) { o.window_days = 91; }},
  };
  for (const auto& c : cases) {
    Objective one = objective();
    c.spoil(one);
    EXPECT_EQ(store_->create(one).error().code, c.code);
  }
  EXPECT_TRUE(store_->objectives(1)->empty());
}

TEST_P(ObjectiveStoreContract, AProjectHasAHundredAtMost) {
  for (std::size_t i = 0; i < kObjectivesPerProject; ++i) {
    ASSERT_TRUE(store_->create(objective()).ok());
  }
  EXPECT_EQ(store_->create(objective()).error().code, "invalid_count");
  Objective other = objective();
  other.project = 2;
  EXPECT_TRUE(store_->create(other).ok());
}

TEST(Measure, NamesGoBothWays) {
  for (int i = 1; i <= 7; ++i) {
    const auto measure = static_cast<Measure>(i);
    EXPECT_EQ(measure_from(name_of(measure)), measure);
  }
  EXPECT_FALSE(measure_from("speed").has_value());
}

}  // namespace
}  // namespace pagewake::storage
