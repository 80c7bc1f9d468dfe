// The promises of storage/alert_store.h, over every store.
#include <gtest/gtest.h>

#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Engine {
  const char* name;
  std::unique_ptr<AlertStore> (*open)(const TemporaryFolder& folder);
};
void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory", [](const TemporaryFolder&) { return make_memory_alert_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) -> std::unique_ptr<AlertStore> {
       auto opened = open_sqlite_alert_store({folder.file("pagewake.sqlite3")});
       if (!opened) {
         ADD_FAILURE() << opened.error().message;
         return nullptr;
       }
       return std::move(*opened);
     }},
};

class AlertStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }
  AlertDelivery delivery(const std::string& key, std::int64_t at = kStart) {
    AlertDelivery one;
    one.project = 1;
    one.rule_id = 3;
    one.channel_id = 4;
    one.key = key;
    one.title = "title of " + key;
    one.message_json = "{}";
    one.created_at_unix_us = one.next_attempt_at_unix_us = at;
    return one;
  }
  TemporaryFolder folder_;
  std::unique_ptr<AlertStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, AlertStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(AlertStoreContract, DefinitionsAreSavedByProject) {
  constexpr auto kRule = AlertDefinitionKind::kRule, kChannel = AlertDefinitionKind::kChannel;
  const auto rule = store_->save_alert_definition(kRule, {0, 1, "{\"a\":1}"});
  const auto other = store_->save_alert_definition(kRule, {0, 2, "{}"});
  const auto channel = store_->save_alert_definition(kChannel, {0, 1, "{}"});
  ASSERT_TRUE(rule.ok() && other.ok() && channel.ok());
  EXPECT_EQ(store_->alert_definitions(kRule, 1)->size(), 1u);
  EXPECT_EQ(store_->alert_definitions(kRule, std::nullopt)->size(), 2u);
  EXPECT_EQ(**store_->save_alert_definition(kRule, {**rule, 1, "{\"a\":2}"}), **rule);
  EXPECT_EQ((*store_->alert_definitions(kRule, 1))[0].body_json, "{\"a\":2}");
  EXPECT_FALSE(store_->save_alert_definition(kRule, {**rule, 2, "{}"})->has_value())
      << "of another project";
  EXPECT_FALSE(*store_->remove_alert_definition(kRule, 2, **rule));
  EXPECT_FALSE(*store_->remove_alert_definition(kRule, 1, **channel));
  EXPECT_TRUE(*store_->remove_alert_definition(kRule, 1, **rule));
  EXPECT_TRUE(store_->alert_definitions(kRule, 1)->empty());
}

TEST_P(AlertStoreContract, AKeyIsTakenOnceAndItsStateWithIt) {
  EXPECT_EQ(*store_->alert_state("cursor"), "");
  EXPECT_EQ(*store_->commit_alerts({delivery("a"), delivery("b")}, {{"cursor", "7"}}), 2u);
  EXPECT_EQ(*store_->commit_alerts({delivery("a")}, {{"cursor", "8"}}), 0u);
  EXPECT_EQ(*store_->alert_state("cursor"), "8");
  EXPECT_EQ(store_->deliveries(1, 10)->size(), 2u);
  EXPECT_TRUE(store_->deliveries(2, 10)->empty());
}

TEST_P(AlertStoreContract, DeliveriesAreDueSentAndNeverSentAgain) {
  ASSERT_TRUE(store_->commit_alerts({delivery("a"), delivery("later", kStart + kMinuteUs)}, {}));
  auto due = store_->deliveries_due(kStart, 10);
  ASSERT_EQ(due->size(), 1u);
  AlertDelivery one = due->front();
  EXPECT_EQ(one.key, "a");
  EXPECT_EQ(one.title, "title of a");
  one.status = DeliveryStatus::kSending;
  one.attempts = 1;
  ASSERT_TRUE(store_->update_delivery(one).ok());
  EXPECT_TRUE(store_->deliveries_due(kStart, 10)->empty());
  // The server stops here and starts again.
  ASSERT_TRUE(store_->give_up_interrupted(kStart + 5).ok());
  EXPECT_TRUE(store_->deliveries_due(kStart, 10)->empty());
  EXPECT_EQ(store_->deliveries(1, 10)->back().status, DeliveryStatus::kUnknown);
  EXPECT_EQ(store_->deliveries(1, 10)->back().ended_at_unix_us, kStart + 5);
  EXPECT_EQ(store_->deliveries(1, 1)->front().key, "later") << "newest first";
  ASSERT_TRUE(store_->prune_deliveries(kStart + kHourLength).ok());
  EXPECT_EQ(store_->deliveries(1, 10)->size(), 1u) << "what still waits stays";
}

TEST_P(AlertStoreContract, WhatWasMadeWhileTheClockWasAheadIsDueAtOnce) {
  const std::int64_t day = 24 * kHourLength;
  ASSERT_TRUE(store_->commit_alerts(
      {delivery("a month ahead", kStart + 30 * day), delivery("soon", kStart + 2 * kHourLength),
       delivery("sent at once", AlertStore::kNever)},
      {}));
  const auto due = store_->deliveries_due(kStart, 10);
  ASSERT_EQ(due->size(), 1u);
  EXPECT_EQ(due->front().key, "a month ahead");
}

}  // namespace
}  // namespace pagewake::storage
