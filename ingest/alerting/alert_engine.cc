#include "alerting/alert_engine.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <set>
#include <utility>

#include "alerting/spike.h"
#include "alerting/weekly_message.h"
#include "alerting/words.h"
#include "query/slo.h"
#include "query/weekly_report.h"
#include "storage/record_rules.h"

namespace pagewake::alerting {
namespace {

using storage::ActivityKind;
using storage::AlertDelivery;
using storage::DeliveryStatus;

constexpr std::int64_t kSecondUs = 1'000'000, kMinuteUs = 60 * kSecondUs, kHourUs = 60 * kMinuteUs;
constexpr std::int64_t kLogUs = 90 * 24 * kHourUs;  // how long the delivery log is kept
constexpr std::int64_t kFirstPauseS = 30;
constexpr std::uint64_t kSpikeMinimum = 10;

std::int64_t number(const std::string& text, std::int64_t missing) {
  std::int64_t value = missing;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

const model::VitalHistogram* histogram_of(const storage::VitalSummary& summary,
                                          const std::string& vital) {
  if (vital == "lcp_ms") return &summary.lcp_ms;
  if (vital == "inp_ms") return &summary.inp_ms;
  if (vital == "cls") return &summary.cls;
  if (vital == "fcp_ms") return &summary.fcp_ms;
  if (vital == "ttfb_ms") return &summary.ttfb_ms;
  return nullptr;
}

std::string title_of(const Rule& rule, std::size_t count) {
  const std::string many = std::to_string(count) + " ";
  switch (rule.kind) {
    case RuleKind::kNewIssue:
      return count == 1 ? "New issue" : many + "new issues";
    case RuleKind::kRegression:
      return count == 1 ? "An issue came back" : many + "issues came back";
    case RuleKind::kSpike:
      return count == 1 ? "An issue spikes" : many + "issues spike";
    case RuleKind::kPageErrorRate:
      return count == 1 ? "A page fails often" : many + "pages fail often";
    case RuleKind::kVital:
      return short_vital(rule.vital) + (count == 1 ? " of a page is" : " of " + many + "pages is") +
             " over its threshold";
    case RuleKind::kAbsence:
      return "No data arrives";
    case RuleKind::kObjective:
      return count == 1 ? "An error budget burns" : many + "error budgets burn";
  }
  return "Alert";
}

// Where one goes on looking.
const char* place_of(const Rule& rule) {
  switch (rule.kind) {
    case RuleKind::kPageErrorRate:
    case RuleKind::kVital:
      return "/pages";
    case RuleKind::kObjective:
      return "/slos";
    default:
      return "/issues";
  }
}

// "16.2 times as fast as it may in 1 h and 15.8 in 5 min": the windows that say so.
std::string burn_words(const query::SloReport& report) {
  const auto windows = query::burning_windows(report.burn_rates).value_or(query::BurnWindows());
  const auto rate = [&](std::int64_t window_s) {
    const auto found =
        std::find_if(report.burn_rates.begin(), report.burn_rates.end(),
                     [&](const query::BurnRate& one) { return one.window_s == window_s; });
    return found == report.burn_rates.end() ? 0 : found->rate;
  };
  return shown(rate(windows.long_s), 1) + " times as fast as it may in " +
         shown_duration(windows.long_s) + " and " + shown(rate(windows.short_s), 1) + " in " +
         shown_duration(windows.short_s);
}

std::string rule_prefix(const Rule& rule) { return "rule:" + std::to_string(rule.id) + ":"; }

}  // namespace

Status AlertEngine::start(std::int64_t now_unix_us) {
  return stores_.alerts.give_up_interrupted(now_unix_us);
}

Status AlertEngine::tick(std::int64_t now_unix_us) {
  const std::lock_guard lock(mutex_);
  Status first = Done{};
  const auto keep = [&first](const Status& status) {
    if (first.ok() && !status.ok()) first = status;
  };
  const auto projects = stores_.projects.projects();
  if (!projects) return projects.error();
  for (const auto& project : *projects) {
    keep(end_ignoring(project.id, now_unix_us));
    const auto rules = load_rules(stores_.alerts, project.id);
    const auto channels = load_channels(stores_.alerts, project.id);
    if (!rules) {
      keep(rules.error());
      continue;
    }
    if (!channels) {
      keep(channels.error());
      continue;
    }
    for (const Rule& rule : *rules) {
      if (rule.enabled) keep(evaluate(rule, project.name, *channels, now_unix_us));
    }
    keep(report_week(project, *channels, now_unix_us));
  }
  keep(deliver_due(now_unix_us));
  keep(stores_.alerts.prune_deliveries(now_unix_us - kLogUs));
  return first;
}

Status AlertEngine::evaluate(const Rule& rule, const std::string& project_name,
                             const std::vector<Channel>& channels, std::int64_t now_unix_us) {
  Result<Found> found = [&]() -> Result<Found> {
    switch (rule.kind) {
      case RuleKind::kNewIssue:
      case RuleKind::kRegression:
        return find_activity(rule, now_unix_us);
      case RuleKind::kSpike:
        return find_spikes(rule, now_unix_us);
      case RuleKind::kPageErrorRate:
      case RuleKind::kVital:
        return find_slow_or_broken_pages(rule, now_unix_us);
      case RuleKind::kAbsence:
        return find_absence(rule, now_unix_us);
      case RuleKind::kObjective:
        return find_burning_objectives(rule, now_unix_us);
    }
    return Found{};
  }();
  if (!found) return found.error();
  std::vector<AlertDelivery> deliveries;
  if (!found->items.empty()) {
    Message message;
    message.kind = name_of(rule.kind);
    message.project = project_name;
    message.title = title_of(rule, found->items.size()) + " in " + project_name;
    message.url = public_url_ + "/p/" + std::to_string(rule.project) + place_of(rule);
    message.at_unix_us = now_unix_us;
    message.more_items = found->items.size() - std::min(found->items.size(), kItemsShown);
    found->items.resize(found->items.size() - message.more_items);
    message.items = std::move(found->items);
    for (const Channel& channel : channels) {
      if (std::find(rule.channel_ids.begin(), rule.channel_ids.end(), channel.id) ==
          rule.channel_ids.end()) {
        continue;
      }
      AlertDelivery delivery;
      delivery.project = rule.project;
      delivery.rule_id = rule.id;
      delivery.channel_id = channel.id;
      delivery.key =
          rule_prefix(rule) + std::to_string(now_unix_us) + ":" + std::to_string(channel.id);
      delivery.title = message.title;
      delivery.message_json = to_stored_json(message);
      delivery.created_at_unix_us = delivery.next_attempt_at_unix_us = now_unix_us;
      deliveries.push_back(std::move(delivery));
    }
  }
  if (deliveries.empty() && found->states.empty()) return Done{};
  const auto committed = stores_.alerts.commit_alerts(deliveries, found->states);
  if (!committed) return committed.error();
  return Done{};
}

Result<bool> AlertEngine::in_cooldown(const Rule& rule, const std::string& subject,
                                      std::int64_t now_unix_us) {
  const auto told = stores_.alerts.alert_state(rule_prefix(rule) + "told:" + subject);
  if (!told) return told.error();
  if (told->empty()) return false;
  // Told in the future: the clock was wrong then.
  const std::int64_t since_us = now_unix_us - number(*told, 0);
  return since_us >= 0 && since_us < rule.cooldown_minutes * kMinuteUs;
}

Result<AlertEngine::Found> AlertEngine::find_activity(const Rule& rule, std::int64_t now_unix_us) {
  const std::string state = cursor_name(rule.id);
  const auto cursor = stores_.alerts.alert_state(state);
  if (!cursor) return cursor.error();
  Found found;
  if (cursor->empty()) {
    // A rule of before save_rule(), which is about what comes, not what was.
    const auto last = stores_.issues.last_activity_id();
    if (!last) return last.error();
    found.states.emplace_back(state, std::to_string(*last));
    return found;
  }
  const auto cool = in_cooldown(rule, "", now_unix_us);
  if (!cool) return cool.error();
  if (*cool) return found;  // the cursor waits, so nothing is passed over
  const auto activity = stores_.issues.activity_after(number(*cursor, 0), kActivityATick);
  if (!activity) return activity.error();
  if (activity->empty()) return found;
  const auto wanted =
      rule.kind == RuleKind::kNewIssue ? ActivityKind::kCreated : ActivityKind::kRegressed;
  std::set<model::IssueId> seen;
  for (const storage::Activity& one : *activity) {
    if (one.project != rule.project || one.kind != wanted || !seen.insert(one.issue_id).second) {
      continue;
    }
    const auto issue = stores_.records.issue(one.project, one.issue_id);
    if (!issue) return issue.error();
    if (!issue->has_value() || (*issue)->status == model::IssueStatus::kIgnored) continue;
    std::string detail = (*issue)->culprit;
    if (!one.detail.empty()) detail += (detail.empty() ? "in " : ", in ") + one.detail;
    found.items.push_back(
        {(*issue)->title, std::move(detail), issue_url(public_url_, one.project, one.issue_id)});
  }
  found.states.emplace_back(state, std::to_string(activity->back().activity_id));
  if (!found.items.empty()) {
    found.states.emplace_back(rule_prefix(rule) + "told:", std::to_string(now_unix_us));
  }
  return found;
}

Result<AlertEngine::Found> AlertEngine::find_spikes(const Rule& rule, std::int64_t now_unix_us) {
  Found found;
  storage::IssueQuery query;
  query.status = model::IssueStatus::kUnresolved;
  query.seen_from_unix_us = now_unix_us - now_unix_us % kHourUs;
  const auto issues = stores_.records.issues(rule.project, query, {kIssuesATick, ""});
  if (!issues) return issues.error();
  for (const model::Issue& issue : issues->items) {
    const auto hours = stores_.records.issue_hours(rule.project, issue.issue_id,
                                                   now_unix_us - 7 * 24 * kHourUs, now_unix_us + 1);
    if (!hours) return hours.error();
    const auto spike = find_spike(*hours, issue.first_seen_unix_us, now_unix_us,
                                  static_cast<std::uint64_t>(rule.threshold));
    if (!spike) continue;
    const std::string subject = std::to_string(issue.issue_id);
    const auto cool = in_cooldown(rule, subject, now_unix_us);
    if (!cool) return cool.error();
    if (*cool) continue;
    found.items.push_back(
        {issue.title,
         std::to_string(spike->count) + " events this hour, usually " + shown(spike->usual, 0),
         issue_url(public_url_, rule.project, issue.issue_id)});
    found.states.emplace_back(rule_prefix(rule) + "told:" + subject, std::to_string(now_unix_us));
  }
  return found;
}

Result<AlertEngine::Found> AlertEngine::find_slow_or_broken_pages(const Rule& rule,
                                                                  std::int64_t now_unix_us) {
  Found found;
  model::Filter filter;
  filter.from_unix_us = now_unix_us - rule.window_minutes * kMinuteUs;
  filter.to_unix_us = now_unix_us + 1;
  if (!rule.page.empty()) filter.page = rule.page;
  const auto pages = stores_.records.summarize(rule.project, filter, storage::GroupBy::kPage,
                                               storage::SummaryParts::kVitals);
  if (!pages) return pages.error();
  for (const storage::SummaryRow& row : *pages) {
    const storage::VitalSummary& summary = row.summary;
    std::string detail;
    if (rule.kind == RuleKind::kPageErrorRate) {
      if (summary.views < static_cast<double>(rule.minimum_views)) continue;
      const double rate = summary.views_with_error / summary.views;
      if (rate <= rule.threshold) continue;
      detail = shown(rate * 100, 1) + " % of " + shown(summary.views, 0) +
               " views had an error, the threshold is " + shown(rule.threshold * 100, 1) + " %";
    } else {
      const auto* histogram = histogram_of(summary, rule.vital);
      if (histogram == nullptr || histogram->count() < static_cast<double>(rule.minimum_views)) {
        continue;
      }
      const auto p75 = histogram->quantile(0.75);
      if (!p75 || *p75 <= rule.threshold) continue;
      detail = "p75 is " + shown_vital(rule.vital, *p75) + " of " + shown(histogram->count(), 0) +
               " views, the threshold is " + shown_vital(rule.vital, rule.threshold);
    }
    const auto cool = in_cooldown(rule, row.key, now_unix_us);
    if (!cool) return cool.error();
    if (*cool) continue;
    found.items.push_back(
        {row.key, std::move(detail), page_url(public_url_, rule.project, row.key)});
    found.states.emplace_back(rule_prefix(rule) + "told:" + row.key, std::to_string(now_unix_us));
  }
  return found;
}

Result<AlertEngine::Found> AlertEngine::find_burning_objectives(const Rule& rule,
                                                                std::int64_t now_unix_us) {
  Found found;
  if (stores_.objectives == nullptr) return found;
  const auto objectives = stores_.objectives->objectives(rule.project);
  if (!objectives) return objectives.error();
  for (const storage::Objective& objective : *objectives) {
    if (!rule.page.empty() && objective.page != rule.page) continue;
    const auto report = query::slo_report(stores_.records, objective, now_unix_us);
    if (!report) return report.error();
    if (report->state != query::SloState::kFastBurn &&
        report->state != query::SloState::kSlowBurn) {
      continue;
    }
    // A slow burn that was told does not hide that it became a fast one.
    const std::string subject =
        std::to_string(objective.id) + ":" + std::string(query::name_of(report->state));
    const auto cool = in_cooldown(rule, subject, now_unix_us);
    if (!cool) return cool.error();
    if (*cool) continue;
    std::string detail =
        report->state == query::SloState::kFastBurn ? "Look at it now: " : "Look at it today: ";
    detail += "the budget burns " + burn_words(*report) + "; ";
    const double left = report->budget_left.value_or(0);
    detail += left > 0 ? shown(left * 100, 0) + " % of it is left" : "nothing of it is left";
    found.items.push_back({objective.name, std::move(detail),
                           objective.page.empty()
                               ? public_url_ + "/p/" + std::to_string(rule.project) + "/slos"
                               : page_url(public_url_, rule.project, objective.page)});
    found.states.emplace_back(rule_prefix(rule) + "told:" + subject, std::to_string(now_unix_us));
  }
  return found;
}

Result<AlertEngine::Found> AlertEngine::find_absence(const Rule& rule, std::int64_t now_unix_us) {
  Found found;
  // What a clock that was ahead had dated there is no sign of life now.
  storage::PageViewQuery newest_view;
  storage::EventQuery newest_event;
  newest_view.filter.to_unix_us = newest_event.filter.to_unix_us = now_unix_us + kHourUs;
  const auto views = stores_.records.page_views(rule.project, newest_view, {1, ""});
  if (!views) return views.error();
  const auto events = stores_.records.events(rule.project, newest_event, {1, ""});
  if (!events) return events.error();
  std::int64_t last = 0;
  for (const auto& view : views->items) last = std::max(last, view.received_at_unix_us);
  for (const auto& event : events->items) last = std::max(last, event.received_at_unix_us);
  // Nothing ever came: there is nothing that could be missing.
  if (last == 0 || now_unix_us - last < rule.window_minutes * kMinuteUs) return found;
  // Told once for each silence, however long it lasts.
  const std::string name = rule_prefix(rule) + "silence";
  const auto told = stores_.alerts.alert_state(name);
  if (!told) return told.error();
  if (*told == std::to_string(last)) return found;
  found.items.push_back(
      {"Nothing arrived for " + std::to_string((now_unix_us - last) / kMinuteUs) + " minutes",
       "The last page view or event was received then; is the site up, and the "
       "script on its pages?",
       public_url_ + "/p/" + std::to_string(rule.project) + "/outcomes"});
  found.states.emplace_back(name, std::to_string(last));
  return found;
}

Status AlertEngine::end_ignoring(storage::ProjectId project, std::int64_t now_unix_us) {
  storage::IssueQuery query;
  query.status = model::IssueStatus::kIgnored;
  query.seen_from_unix_us = now_unix_us - now_unix_us % kHourUs;
  const auto issues = stores_.records.issues(project, query, {kIssuesATick, ""});
  if (!issues) return issues.error();
  for (const model::Issue& issue : issues->items) {
    if (!issue.ignored_until_spike) continue;
    const auto hours = stores_.records.issue_hours(project, issue.issue_id,
                                                   now_unix_us - 7 * 24 * kHourUs, now_unix_us + 1);
    if (!hours) return hours.error();
    const auto spike = find_spike(*hours, issue.first_seen_unix_us, now_unix_us, kSpikeMinimum);
    if (!spike) continue;
    const Status ended = stores_.issues.unignore_issue(
        project, issue.issue_id,
        std::to_string(spike->count) + " events in an hour, usually " + shown(spike->usual, 0),
        now_unix_us);
    if (!ended) return ended.error();
  }
  return Done{};
}

Status AlertEngine::deliver_due(std::int64_t now_unix_us) {
  auto due = stores_.alerts.deliveries_due(now_unix_us, kSendsATick);
  if (!due) return due.error();
  if (due->empty()) return Done{};
  const auto channels = load_channels(stores_.alerts, std::nullopt);
  if (!channels) return channels.error();
  // A receiver that hangs costs a tick one wait, however many messages it has
  // coming: the others' must not wait behind them.
  std::set<std::int64_t> failed_channels;
  for (AlertDelivery& delivery : *due) {
    if (failed_channels.contains(delivery.channel_id)) {
      delivery.next_attempt_at_unix_us = now_unix_us + kFirstPauseS * kSecondUs;
      const Status later = stores_.alerts.update_delivery(delivery);
      if (!later) return later.error();
      continue;
    }
    const auto channel = std::find_if(channels->begin(), channels->end(), [&](const Channel& one) {
      return one.id == delivery.channel_id;
    });
    const Status delivered =
        deliver(delivery, channel == channels->end() ? nullptr : &*channel, now_unix_us, true);
    if (!delivered) return delivered.error();
    if (delivery.status == DeliveryStatus::kPending) failed_channels.insert(delivery.channel_id);
  }
  return Done{};
}

Status AlertEngine::deliver(AlertDelivery& delivery, const Channel* channel,
                            std::int64_t now_unix_us, bool retry) {
  constexpr std::array<std::int64_t, kAttempts - 1> kPausesS = {kFirstPauseS, 120, 480, 1920, 7200};
  // First the intent: whatever happens from here on, it is not sent again by
  // a start that does not know how it ended.
  delivery.status = DeliveryStatus::kSending;
  ++delivery.attempts;
  if (const Status marked = stores_.alerts.update_delivery(delivery); !marked) {
    return marked.error();
  }
  Status sent = Error{"not_found", "the channel was removed"};
  if (channel != nullptr) {
    const auto message = message_from(delivery.message_json);
    sent = message.ok() ? send_(*channel, *message, delivery.delivery_id) : message.error();
  }
  delivery.ended_at_unix_us = now_unix_us;
  delivery.last_error = sent.ok() ? "" : sent.error().message;
  if (sent.ok()) {
    delivery.status = DeliveryStatus::kSent;
  } else if (retry && sent.error().code == "send_failed" && delivery.attempts < kAttempts) {
    delivery.status = DeliveryStatus::kPending;
    delivery.next_attempt_at_unix_us =
        now_unix_us + kPausesS[static_cast<std::size_t>(delivery.attempts - 1)] * kSecondUs;
  } else {
    delivery.status = DeliveryStatus::kFailed;
  }
  return stores_.alerts.update_delivery(delivery);
}

Result<Message> AlertEngine::report_of(const storage::Project& project,
                                       query::ReportedTime time) const {
  const auto report = query::weekly_report(
      {stores_.records, stores_.issues, stores_.release_health}, project.id, time);
  if (!report) return report.error();
  return weekly_message(*report, project.name, public_url_);
}

Status AlertEngine::report_week(const storage::Project& project,
                                const std::vector<Channel>& channels, std::int64_t now_unix_us) {
  const query::ReportedTime week = week_due(now_unix_us);
  const std::string name = name_of_week(week);
  std::optional<Message> message;  // made once for all channels
  for (const Channel& channel : channels) {
    if (!channel.weekly_report) continue;
    const std::string state = reported_week_name(channel.id);
    const auto told = stores_.alerts.alert_state(state);
    if (!told) return told.error();
    // Dates as text are in the order of time; a clock that was set back tells
    // nothing anew, but where it was weeks ahead nobody waits until then (a week
    // that was sent is not sent again: its delivery has a key).
    if (*told >= name && *told <= name_of_week(week_due(now_unix_us + 7 * 24 * kHourUs))) continue;
    if (!message) {
      auto made = report_of(project, week);
      if (!made) return made.error();
      message = std::move(*made);
      message->at_unix_us = now_unix_us;
    }
    std::vector<AlertDelivery> deliveries;
    if (message->tells_something()) {
      AlertDelivery& delivery = deliveries.emplace_back();
      delivery.project = project.id;
      delivery.channel_id = channel.id;
      delivery.key = "report:" + std::to_string(channel.id) + ":" + name;
      delivery.title = message->title;
      delivery.message_json = to_stored_json(*message);
      delivery.created_at_unix_us = delivery.next_attempt_at_unix_us = now_unix_us;
    }
    const auto committed = stores_.alerts.commit_alerts(deliveries, {{state, name}});
    if (!committed) return committed.error();
  }
  return Done{};
}

Result<AlertDelivery> AlertEngine::send_test(storage::ProjectId project, std::int64_t channel_id,
                                             std::int64_t now_unix_us) {
  return send_at_once(
      project, channel_id, "test:", now_unix_us,
      [&](const storage::Project& of_project, const Channel& channel) -> Result<Message> {
        Message message;
        message.kind = "test";
        message.project = of_project.name;
        message.title = "A test message from Pagewake";
        message.url = public_url_ + "/p/" + std::to_string(project) + "/alerts";
        message.items = {{"Alerts will look like this",
                          "Sent to the channel “" + channel.name + "”", message.url}};
        return message;
      });
}

Result<AlertDelivery> AlertEngine::send_report(storage::ProjectId project, std::int64_t channel_id,
                                               std::int64_t now_unix_us) {
  return send_at_once(project, channel_id, "report_now:", now_unix_us,
                      [&](const storage::Project& of_project, const Channel&) {
                        return report_of(of_project, seven_days_to(now_unix_us));
                      });
}

Result<AlertDelivery> AlertEngine::send_at_once(
    storage::ProjectId project, std::int64_t channel_id, const std::string& key_prefix,
    std::int64_t now_unix_us,
    const std::function<Result<Message>(const storage::Project&, const Channel&)>& make) {
  const std::lock_guard lock(mutex_);
  const auto channels = load_channels(stores_.alerts, project);
  if (!channels) return channels.error();
  const auto channel = std::find_if(channels->begin(), channels->end(),
                                    [&](const Channel& one) { return one.id == channel_id; });
  if (channel == channels->end()) {
    return Error{"not_found", "no channel " + std::to_string(channel_id)};
  }
  const auto of_project = stores_.projects.project(project);
  if (!of_project) return of_project.error();
  if (!of_project->has_value()) return Error{"not_found", "no such project"};
  auto message = make(**of_project, *channel);
  if (!message) return message.error();
  message->at_unix_us = now_unix_us;
  AlertDelivery delivery;
  delivery.project = project;
  delivery.channel_id = channel_id;
  delivery.key = key_prefix + std::to_string(channel_id) + ":" + std::to_string(now_unix_us);
  delivery.title = message->title;
  delivery.message_json = to_stored_json(*message);
  delivery.created_at_unix_us = now_unix_us;
  // The attempt is made here.
  delivery.next_attempt_at_unix_us = storage::AlertStore::kNever;
  const auto committed = stores_.alerts.commit_alerts({delivery}, {});
  if (!committed) return committed.error();
  const auto log = stores_.alerts.deliveries(project, 100);
  if (!log) return log.error();
  const auto kept = std::find_if(log->begin(), log->end(),
                                 [&](const AlertDelivery& one) { return one.key == delivery.key; });
  if (kept == log->end()) return Error{"store_failed", "the message could not be logged"};
  delivery = *kept;
  if (const Status done = deliver(delivery, &*channel, now_unix_us, false); !done) {
    return done.error();
  }
  return delivery;
}

}  // namespace pagewake::alerting
