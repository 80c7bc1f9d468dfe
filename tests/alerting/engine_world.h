// An alert engine on stores in memory, in a world whose clock the test moves.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "alerting/alert_engine.h"
#include "storage/memory/memory_store.h"

namespace pagewake::alerting {

inline constexpr std::int64_t kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs,
                              kHourUs = 60 * kMinuteUs;
// 2026-11-21T12:00:00Z, a full hour.
inline constexpr std::int64_t kStart = 1'795'262'400 * kSecondUs;

class EngineWorld : public testing::Test {
 protected:
  EngineWorld() {
    EXPECT_TRUE(projects_->create_project("shop", {}).ok());
    channel_ = save(R"({"kind":"webhook","name":"chat","url":"https://chat.example/"})");
    restart();
  }

  // As a new process would: what is not in a store is forgotten.
  void restart() {
    engine_ = std::make_unique<AlertEngine>(
        EngineStores{*records_, *records_, *projects_, *alerts_, health_.get(), objectives_.get()},
        [this](const Channel& channel, const Message& message, std::int64_t delivery_id) -> Status {
          if (on_send_) on_send_();
          if (refuse_ > 0 || channel.id == refusing_channel_) {
            refuse_ = std::max(0, refuse_ - 1);
            return Error{"send_failed", "HTTP 503"};
          }
          sent_.push_back(message);
          sent_ids_.push_back(delivery_id);
          sent_to_.push_back(channel.id);
          return Done{};
        },
        "http://h");
    EXPECT_TRUE(engine_->start(now_).ok());
  }
  std::int64_t save(const std::string& channel, std::int64_t id = 0) {
    auto parsed = parse_channel(channel);
    EXPECT_TRUE(parsed.ok());
    parsed->id = id;
    parsed->project = 1;
    return **save_channel(*alerts_, *parsed, now_);
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
  void views(const std::string& page, int count, double lcp_ms, int with_error = 0,
             const std::string& release = "") {
    storage::RecordBatch batch;
    for (int i = 0; i < count; ++i) {
      model::PageViewRecord record;
      record.project = 1;
      for (std::size_t b = 0; b < 4; ++b) {
        record.view.page_view_id.bytes[b] = static_cast<std::uint8_t>(next_ >> (8 * b));
      }
      ++next_;
      record.view.page = page;
      record.release = release;
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
  int refuse_ = 0;                      // so many sends fail
  std::int64_t refusing_channel_ = -1;  // and all to this one
  std::function<void()> on_send_;
  std::vector<Message> sent_;
  std::vector<std::int64_t> sent_ids_, sent_to_;
  std::unique_ptr<storage::MemoryStore> records_ = storage::make_memory_store();
  std::unique_ptr<storage::ProjectStore> projects_ = storage::make_memory_project_store();
  std::unique_ptr<storage::AlertStore> alerts_ = storage::make_memory_alert_store();
  std::unique_ptr<storage::ReleaseHealthStore> health_ =
      storage::make_memory_release_health_store();
  std::unique_ptr<storage::ObjectiveStore> objectives_ = storage::make_memory_objective_store();
  std::unique_ptr<AlertEngine> engine_;
  std::int64_t channel_ = 0;
};

}  // namespace pagewake::alerting
