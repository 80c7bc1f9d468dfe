// Rules against a world whose clock the test moves.
#include "alerting/alert_engine.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "storage/memory/memory_store.h"

namespace pagewake::alerting {
namespace {

constexpr std::int64_t kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs, kHourUs = 60 * kMinuteUs;
// 2026-11-21T12:00:00Z, a full hour.
constexpr std::int64_t kStart = 1'795'262'400 * kSecondUs;

class AlertEngineTest : public testing::Test {
 protected:
  AlertEngineTest() {
    EXPECT_TRUE(projects_->create_project("shop", {}).ok());
    channel_ = save(R"({"kind":"webhook","name":"chat","url":"https://chat.example/"})");
    restart();
  }

  // As a new process would: what is not in a store is forgotten.
  void restart() {
    engine_ = std::make_unique<AlertEngine>(
        EngineStores{*records_, *records_, *projects_, *alerts_},
        [this](const Channel&, const Message& message, std::int64_t delivery_id) -> Status {
          if (on_send_) on_send_();
          if (refuse_ > 0) {
            --refuse_;
            return Error{"send_failed", "HTTP 503"};
          }
          sent_.push_back(message);
          sent_ids_.push_back(delivery_id);
          return Done{};
        },
        "http://h");
    EXPECT_TRUE(engine_->start(now_).ok());
  }
  std::int64_t save(const std::string& channel) {
    const auto parsed = parse_channel(channel);
    EXPECT_TRUE(parsed.ok());
    return **alerts_->save_alert_definition(storage::AlertDefinitionKind::kChannel,
                                            {0, 1, to_json(*parsed)});
  }
  void rule(const std::string& fields, std::int64_t id = 0) {
    auto parsed = parse_rule("{\"channel_ids\":[" + std::to_string(channel_) + "]," + fields + "}");
    ASSERT_TRUE(parsed.ok()) << parsed.error().message;
    parsed->id = id;
    parsed->project = 1;
    const auto saved = save_rule(*alerts_, *records_, *parsed);
    ASSERT_TRUE(saved.ok() && saved->has_value());
  }
  void tick(std::int64_t later_us = kMinuteUs) {
    now_ += later_us;
    const Status told = engine_->tick(now_);
    EXPECT_TRUE(told.ok()) << told.error().message;
  }
  // `count` events of one key, now.
  void events(const std::string& key, int count = 1, const std::string& release = "") {
    storage::RecordBatch batch;
    for (int i = 0; i < count; ++i) {
      model::EventRecord event;
      event.project = 1;
      for (std::size_t b = 0; b < 4; ++b) {
        event.event_id.bytes[b] = static_cast<std::uint8_t>(next_ >> (8 * b));
      }
      ++next_;
      event.grouping_key = key;
      event.title = "Title " + key;
      event.culprit = "cart.js";
      event.release = release;
      event.occurred_at_unix_us = event.received_at_unix_us = now_;
      batch.records.events.push_back(event);
    }
    ASSERT_TRUE(records_->append(batch).ok());
  }
  void views(const std::string& page, int count, double lcp_ms, int with_error = 0) {
    storage::RecordBatch batch;
    for (int i = 0; i < count; ++i) {
      model::PageViewRecord record;
      record.project = 1;
      for (std::size_t b = 0; b < 4; ++b) {
        record.view.page_view_id.bytes[b] = static_cast<std::uint8_t>(next_ >> (8 * b));
      }
      ++next_;
      record.view.page = page;
      record.view.started_at_unix_ms = now_ / 1000;
      record.view.vitals.lcp_ms = lcp_ms;
      record.view.error_count = i < with_error ? 1 : 0;
      record.received_at_unix_us = now_;
      batch.records.page_views.push_back(record);
    }
    ASSERT_TRUE(records_->append(batch).ok());
  }
  model::Issue issue(const std::string& key) {
    const auto all = records_->issues(1, {}, {100, ""});
    for (const auto& one : all->items) {
      if (one.grouping_key == key) return one;
    }
    ADD_FAILURE() << "no issue " << key;
    return {};
  }
  void set(const std::string& key, model::IssueStatus status, bool until_spike = false) {
    storage::IssueChange change;
    change.status = status;
    change.ignore_until_spike = until_spike;
    ASSERT_TRUE(records_->change_issues(1, {issue(key).issue_id}, change, "ann", now_).ok());
  }

  std::int64_t now_ = kStart;
  std::uint32_t next_ = 1;
  int refuse_ = 0;
  std::function<void()> on_send_;
  std::vector<Message> sent_;
  std::vector<std::int64_t> sent_ids_;
  std::unique_ptr<storage::MemoryStore> records_ = storage::make_memory_store();
  std::unique_ptr<storage::ProjectStore> projects_ = storage::make_memory_project_store();
  std::unique_ptr<storage::AlertStore> alerts_ = storage::make_memory_alert_store();
  std::unique_ptr<AlertEngine> engine_;
  std::int64_t channel_ = 0;
};

TEST_F(AlertEngineTest, NewIssuesComeOnceGroupedAndAfterTheCooldown) {
  events("before the rule");
  rule(R"("kind":"new_issue","cooldown_minutes":30)");
  tick();
  EXPECT_TRUE(sent_.empty()) << "a rule is about what comes";
  events("a", 3);
  events("b");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "2 new issues in shop");
  EXPECT_EQ(sent_[0].items[0].title, "Title a");
  EXPECT_EQ(sent_[0].items[0].url, "http://h/p/1/issues/" + std::to_string(issue("a").issue_id));
  events("a");
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  // Within the cooldown silence, then everything at once.
  events("c");
  tick();
  events("d");
  tick();
  restart();
  tick();
  EXPECT_EQ(sent_.size(), 1u);
  tick(30 * kMinuteUs);
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items.size(), 2u);
  restart();
  tick(60 * kMinuteUs);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(AlertEngineTest, ARuleSeesWhatComesRightAfterItWasSaved) {
  events("before the rule");
  rule(R"("kind":"new_issue","cooldown_minutes":0)");
  events("a second later");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  ASSERT_EQ(sent_[0].items.size(), 1u);
  EXPECT_EQ(sent_[0].items[0].title, "Title a second later");

  // Saved again it goes on where it was; enabled again it begins anew.
  const std::int64_t id =
      (*alerts_->alert_definitions(storage::AlertDefinitionKind::kRule, 1))[0].id;
  events("b");
  rule(R"("kind":"new_issue","cooldown_minutes":0,"name":"renamed")", id);
  tick();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[1].items[0].title, "Title b");
  rule(R"("kind":"new_issue","cooldown_minutes":0,"enabled":false)", id);
  events("while it was off");
  tick();
  rule(R"("kind":"new_issue","cooldown_minutes":0)", id);
  events("c");
  tick();
  ASSERT_EQ(sent_.size(), 3u);
  ASSERT_EQ(sent_[2].items.size(), 1u);
  EXPECT_EQ(sent_[2].items[0].title, "Title c");
}

TEST_F(AlertEngineTest, ARegressionNamesItsRelease) {
  rule(R"("kind":"regression")");
  events("a", 1, "1.0");
  tick();
  set("a", model::IssueStatus::kResolvedInNextRelease);
  tick();
  events("a", 1, "1.1");
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "An issue came back in shop");
  EXPECT_EQ(sent_[0].items[0].detail, "cart.js, in 1.1");
}

TEST_F(AlertEngineTest, ASpikeIsToldOnceAndEndsIgnoring) {
  rule(R"("kind":"spike")");
  events("a");
  events("ignored");
  events("for ever");
  set("ignored", model::IssueStatus::kIgnored, true);
  set("for ever", model::IssueStatus::kIgnored);
  tick(3 * 24 * kHourUs);
  events("a", 9);
  tick();
  EXPECT_TRUE(sent_.empty());
  events("a", 30);
  events("ignored", 30);
  events("for ever", 30);
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(issue("ignored").status, model::IssueStatus::kUnresolved);
  EXPECT_EQ(issue("for ever").status, model::IssueStatus::kIgnored);
  EXPECT_EQ(sent_[0].items.size(), 2u) << "what was ignored until a spike is told with it";
  EXPECT_NE(sent_[0].items[0].detail.find("events this hour, usually 0"), std::string::npos);
  events("a", 30);
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, APagesErrorRateAndVital) {
  rule(R"("kind":"page_error_rate","threshold":0.1,"minimum_views":20)");
  rule(R"("kind":"vital","vital":"lcp_ms","minimum_views":20)");
  views("/rare", 5, 9000, 5);
  views("/good", 40, 900, 2);
  tick();
  EXPECT_TRUE(sent_.empty());
  views("/slow & broken", 40, 4000, 10);
  tick();
  ASSERT_EQ(sent_.size(), 2u);
  EXPECT_EQ(sent_[0].items[0].title, "/slow & broken");
  EXPECT_EQ(sent_[0].items[0].detail, "25.0 % of 40 views had an error, the threshold is 10.0 %");
  EXPECT_EQ(sent_[0].items[0].url, "http://h/p/1/page?page=%2Fslow%20%26%20broken");
  EXPECT_EQ(sent_[1].title, "LCP of a page is over its threshold in shop");
  EXPECT_NE(sent_[1].items[0].detail.find("the threshold is 2500 ms"), std::string::npos);
  tick();
  EXPECT_EQ(sent_.size(), 2u) << "within the cooldown";
  tick(3 * kHourUs);
  EXPECT_EQ(sent_.size(), 2u) << "it was an hour ago";
}

TEST_F(AlertEngineTest, SilenceIsToldOnceUntilDataComesAgain) {
  rule(R"("kind":"absence","window_minutes":15)");
  tick(60 * kMinuteUs);
  EXPECT_TRUE(sent_.empty()) << "nothing ever came";
  views("/", 1, 900);
  tick(14 * kMinuteUs);
  EXPECT_TRUE(sent_.empty());
  tick();
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(sent_[0].title, "No data arrives in shop");
  restart();
  tick(5 * kHourUs);
  EXPECT_EQ(sent_.size(), 1u);
  events("a");
  tick();
  tick(15 * kMinuteUs);
  EXPECT_EQ(sent_.size(), 2u);
}

TEST_F(AlertEngineTest, WhatFailsIsTriedAgainLaterAndLaterThenGivenUp) {
  rule(R"("kind":"new_issue")");
  tick();
  events("a");
  refuse_ = 2;
  tick();
  EXPECT_TRUE(sent_.empty());
  auto log = alerts_->deliveries(1, 10);
  ASSERT_EQ(log->size(), 1u);
  EXPECT_EQ(log->front().status, storage::DeliveryStatus::kPending);
  EXPECT_EQ(log->front().last_error, "HTTP 503");
  EXPECT_EQ(log->front().next_attempt_at_unix_us, now_ + 30 * kSecondUs);
  tick(29 * kSecondUs);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().attempts, 1);
  tick(kSecondUs);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().next_attempt_at_unix_us, now_ + 2 * kMinuteUs);
  tick(2 * kMinuteUs);
  ASSERT_EQ(sent_.size(), 1u);
  EXPECT_EQ(alerts_->deliveries(1, 10)->front().status, storage::DeliveryStatus::kSent);

  tick(2 * kHourUs);
  events("b");
  refuse_ = 100;
  for (int i = 0; i < 20; ++i) tick(kHourUs);
  log = alerts_->deliveries(1, 10);
  EXPECT_EQ(log->front().status, storage::DeliveryStatus::kFailed);
  EXPECT_EQ(log->front().attempts, kAttempts);
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, AStopInTheMiddleOfSendingNeverSendsTwice) {
  rule(R"("kind":"new_issue")");
  tick();
  events("a");
  // The process ends while the other side has the message but before we know:
  // a second engine starts on the same stores.
  bool stopped = false;
  on_send_ = [&] {
    if (stopped) return;
    stopped = true;
    const auto log = alerts_->deliveries(1, 1);
    EXPECT_EQ(log->front().status, storage::DeliveryStatus::kSending) << "the intent comes first";
    AlertEngine second(
        {*records_, *records_, *projects_, *alerts_},
        [this](const Channel&, const Message& message, std::int64_t) -> Status {
          sent_.push_back(message);
          return Done{};
        },
        "http://h");
    ASSERT_TRUE(second.start(now_).ok());
    ASSERT_TRUE(second.tick(now_ + kMinuteUs).ok());
    ASSERT_TRUE(second.tick(now_ + 5 * kHourUs).ok());
    EXPECT_TRUE(sent_.empty());
    EXPECT_EQ(alerts_->deliveries(1, 1)->front().status, storage::DeliveryStatus::kUnknown);
  };
  tick();
  EXPECT_EQ(sent_.size(), 1u);
}

TEST_F(AlertEngineTest, ATestIsSentAtOnceAndLogged) {
  auto test = engine_->send_test(1, channel_, now_);
  ASSERT_TRUE(test.ok());
  EXPECT_EQ(test->status, storage::DeliveryStatus::kSent);
  EXPECT_EQ(sent_.size(), 1u);
  refuse_ = 1;
  test = engine_->send_test(1, channel_, now_ + 1);
  EXPECT_EQ(test->status, storage::DeliveryStatus::kFailed);
  EXPECT_EQ(test->last_error, "HTTP 503");
  tick(kHourUs);
  EXPECT_EQ(sent_.size(), 1u) << "a failed test is not tried again";
  EXPECT_EQ(engine_->send_test(2, channel_, now_).error().code, "not_found");
}

}  // namespace
}  // namespace pagewake::alerting
