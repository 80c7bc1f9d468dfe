// Evaluates every rule and sends what is to be told. Nothing here waits or
// reads a clock: the server calls tick() once a minute, tests when they like.
#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <string>
#include <vector>

#include "alerting/alert_message.h"
#include "alerting/alert_rule.h"
#include "alerting/transport.h"
#include "query/weekly_report.h"
#include "storage/alert_store.h"
#include "storage/issue_store.h"
#include "storage/objective_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"
#include "storage/release_health_store.h"

namespace pagewake::alerting {

// Work of one tick is bounded: more is looked at in the next.
inline constexpr std::size_t kActivityATick = 1000;
inline constexpr std::size_t kIssuesATick = 500;  // newest by last event, for spikes
inline constexpr std::size_t kSendsATick = 50;
inline constexpr int kAttempts = 6;  // after 30 s, 2, 8, 32 min and 2 h

struct EngineStores {
  storage::RecordStore& records;
  storage::IssueStore& issues;
  storage::ProjectStore& projects;
  storage::AlertStore& alerts;
  storage::ReleaseHealthStore* release_health = nullptr;  // absent: no sessions in reports
  storage::ObjectiveStore* objectives = nullptr;          // absent: no rule about objectives
};

// How nothing is told twice: what a rule has to tell is committed as deliveries
// together with how far the rule has looked (a cursor in the issues' activity,
// or the time it was told). A delivery is marked as being sent before it is;
// one that was interrupted by a stop is marked unknown at the next start and
// not sent again, because the other side may have it.
//
// How nobody is flooded: one message a rule and tick holds everything found;
// within the cooldown a rule (for conditions: a rule and its page or issue)
// is silent, and what a rule about issues found meanwhile comes together after
// it.
//
// The weekly report of a channel is a delivery like any other, committed
// together with the week it is about: told once, by the first tick from Monday
// 08:00 UTC on, however late in the week that is.
class AlertEngine {
 public:
  // `public_url` for links, without a trailing slash.
  AlertEngine(EngineStores stores, Send send, std::string public_url)
      : stores_(stores), send_(std::move(send)), public_url_(std::move(public_url)) {}

  // Once, before the first tick.
  Status start(std::int64_t now_unix_us);
  // Errors of one rule or channel do not keep the others; the first is given.
  Status tick(std::int64_t now_unix_us);

  // Sends a test at once, past every queue, and logs it. Gives the delivery
  // with its end. Error "not_found": no such channel.
  Result<storage::AlertDelivery> send_test(storage::ProjectId project, std::int64_t channel_id,
                                           std::int64_t now_unix_us);
  // The weekly report's looks, about the seven days up to now; otherwise as a test.
  Result<storage::AlertDelivery> send_report(storage::ProjectId project, std::int64_t channel_id,
                                             std::int64_t now_unix_us);

 private:
  struct Found {
    std::vector<MessageItem> items;
    std::vector<std::pair<std::string, std::string>> states;  // to commit with the message
  };
  Status evaluate(const Rule& rule, const std::string& project_name,
                  const std::vector<Channel>& channels, std::int64_t now_unix_us);
  Result<Found> find_activity(const Rule& rule, std::int64_t now_unix_us);
  Result<Found> find_spikes(const Rule& rule, std::int64_t now_unix_us);
  Result<Found> find_slow_or_broken_pages(const Rule& rule, std::int64_t now_unix_us);
  Result<Found> find_burning_objectives(const Rule& rule, std::int64_t now_unix_us);
  Result<Found> find_absence(const Rule& rule, std::int64_t now_unix_us);
  Status report_week(const storage::Project& project, const std::vector<Channel>& channels,
                     std::int64_t now_unix_us);
  Result<Message> report_of(const storage::Project& project, query::ReportedTime time) const;
  Result<storage::AlertDelivery> send_at_once(
      storage::ProjectId project, std::int64_t channel_id, const std::string& key_prefix,
      std::int64_t now_unix_us,
      const std::function<Result<Message>(const storage::Project&, const Channel&)>& make);
  Status end_ignoring(storage::ProjectId project, std::int64_t now_unix_us);
  Status deliver_due(std::int64_t now_unix_us);
  Status deliver(storage::AlertDelivery& delivery, const Channel* channel, std::int64_t now_unix_us,
                 bool retry);
  Result<bool> in_cooldown(const Rule& rule, const std::string& subject, std::int64_t now_unix_us);

  EngineStores stores_;
  Send send_;
  std::string public_url_;
  std::mutex mutex_;  // a test may be sent while a tick runs
};

}  // namespace pagewake::alerting
