#include "api/live_feed.h"

#include <charconv>
#include <deque>
#include <map>
#include <mutex>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "api/json_writer.h"
#include "http/rate_limiter.h"

namespace pagewake::api {

namespace {

using Text = std::shared_ptr<const std::string>;

std::string message(std::string_view event, const Json& data, const std::string& id = "") {
  std::string text;
  if (!id.empty()) text += "id: " + id + "\n";
  text.append("event: ").append(event).append("\ndata: ");
  // Repaired where it is not UTF-8; JSON has no line ends of its own.
  text += data.dump(-1, ' ', false, Json::error_handler_t::replace);
  return text + "\n\n";
}

class Listener : public http::StreamSource {
 public:
  Listener(std::size_t queued_bytes, std::function<bool()> allowed,
           std::shared_ptr<std::atomic<std::uint64_t>> dropped_total)
      : queued_bytes_(queued_bytes),
        allowed_(std::move(allowed)),
        dropped_total_(std::move(dropped_total)) {}

  void put(const Text& text) {
    const std::lock_guard lock(mutex_);
    if (bytes_ + text->size() > queued_bytes_) return drop();
    bytes_ += text->size();
    queue_.push_back(text);
  }
  void left_out() {
    const std::lock_guard lock(mutex_);
    drop();
  }

  std::string take() override {
    const std::lock_guard lock(mutex_);
    if (queue_.empty()) return {};
    std::string out = dropped_message();
    for (const Text& text : queue_) out += *text;
    queue_.clear();
    bytes_ = 0;
    return out;
  }

  std::optional<std::string> heartbeat() override {
    if (!allowed_()) return std::nullopt;
    const std::lock_guard lock(mutex_);
    return ":\n\n" + dropped_message();
  }

 private:
  void drop() {
    ++dropped_;
    ++*dropped_total_;
  }
  std::string dropped_message() {
    if (dropped_ == 0) return {};
    return message("dropped", {{"count", std::exchange(dropped_, 0)}});
  }

  const std::size_t queued_bytes_;
  const std::function<bool()> allowed_;
  const std::shared_ptr<std::atomic<std::uint64_t>> dropped_total_;
  std::mutex mutex_;
  std::deque<Text> queue_;
  std::size_t bytes_ = 0;
  std::uint64_t dropped_ = 0;  // not told yet
};

// One project's listeners, and the items that one who comes back may have missed.
struct Topic {
  std::int64_t began_at_unix_us = 0;  // tells its ids from those of an earlier one
  std::int64_t heard_at_unix_us = 0;  // when it last had a listener
  std::uint64_t last_number = 0;
  std::deque<Text> kept;  // the last one has last_number
  std::vector<std::weak_ptr<Listener>> listeners;

  std::string last_id() const {
    return std::to_string(began_at_unix_us) + "-" + std::to_string(last_number);
  }

  std::vector<std::shared_ptr<Listener>> listening(std::int64_t now_unix_us) {
    std::vector<std::shared_ptr<Listener>> all;
    std::erase_if(listeners, [&](const auto& weak) {
      auto listener = weak.lock();
      if (!listener) {
        heard_at_unix_us = now_unix_us;  // it may be back soon
        return true;
      }
      all.push_back(std::move(listener));
      return false;
    });
    if (!all.empty()) heard_at_unix_us = now_unix_us;
    return all;
  }

  // Where in `kept` the items behind `last_event_id` begin; nothing: some of
  // them are not here any more, or the id is not of this topic.
  std::optional<std::size_t> behind(std::string_view last_event_id) const {
    const std::string begin = std::to_string(began_at_unix_us) + "-";
    if (!last_event_id.starts_with(begin)) return std::nullopt;
    last_event_id.remove_prefix(begin.size());
    const char* const end = last_event_id.data() + last_event_id.size();
    std::uint64_t number = 0;
    const auto parsed = std::from_chars(last_event_id.data(), end, number);
    if (parsed.ec != std::errc() || parsed.ptr != end || number > last_number) return std::nullopt;
    const std::uint64_t last_gone = last_number - kept.size();
    if (number < last_gone) return std::nullopt;
    return number - last_gone;
  }
};

Json live_event_json(const model::EventRecord& event) {
  Json json = event_item_json(event);
  json.erase("issue_id");  // given in the store
  json["page"] = event.page;
  return json;
}

}  // namespace

struct LiveFeed::State {
  State(std::function<std::int64_t()> now, const LiveLimits& given)
      : now_unix_us(std::move(now)), limits(given), rate(given.items_per_second, given.burst) {}

  std::function<std::int64_t()> now_unix_us;
  LiveLimits limits;
  http::RateLimiter rate;
  std::shared_ptr<std::atomic<std::uint64_t>> dropped =
      std::make_shared<std::atomic<std::uint64_t>>(0);
  std::atomic<std::size_t> watched{0};  // topics.size(), without the lock
  mutable std::mutex mutex;
  std::map<model::ProjectId, Topic> topics;

  // Who listens now, by project; forgets the topics that nobody came back to.
  std::map<model::ProjectId, std::vector<std::shared_ptr<Listener>>> listening() {
    std::map<model::ProjectId, std::vector<std::shared_ptr<Listener>>> all;
    const std::int64_t now = now_unix_us();
    for (auto topic = topics.begin(); topic != topics.end();) {
      auto listeners = topic->second.listening(now);
      if (listeners.empty() && now - topic->second.heard_at_unix_us > limits.kept_us) {
        topic = topics.erase(topic);
        continue;
      }
      all.emplace(topic->first, std::move(listeners));
      ++topic;
    }
    watched = topics.size();
    return all;
  }
};

LiveFeed::LiveFeed(std::function<std::int64_t()> now_unix_us, LiveLimits limits)
    : state_(std::make_unique<State>(std::move(now_unix_us), limits)) {}
LiveFeed::~LiveFeed() = default;

void LiveFeed::publish(const model::Records& records, const std::vector<bool>& duplicates) {
  State& state = *state_;
  if (state.watched.load() == 0) return;
  std::map<model::ProjectId, std::vector<std::shared_ptr<Listener>>> listening;
  {
    const std::lock_guard lock(state.mutex);
    listening = state.listening();
    const std::int64_t now = state.now_unix_us();
    std::size_t flag = 0;
    const auto tell = [&](const auto& all, const char* kind, const auto& json_of) {
      for (const auto& record : all) {
        const bool duplicate = flag < duplicates.size() && duplicates[flag];
        ++flag;
        const auto found = state.topics.find(record.project);
        if (duplicate || found == state.topics.end()) continue;
        Topic& topic = found->second;
        const auto& listeners = listening[record.project];
        if (state.rate.take(std::to_string(record.project) + kind, now)) {
          for (const auto& listener : listeners) listener->left_out();
          continue;
        }
        ++topic.last_number;
        const auto text =
            std::make_shared<const std::string>(message(kind, json_of(record), topic.last_id()));
        topic.kept.push_back(text);
        if (topic.kept.size() > state.limits.kept_items) topic.kept.pop_front();
        for (const auto& listener : listeners) listener->put(text);
      }
    };
    tell(records.page_views, "page_view", page_view_item_json);
    flag += records.spans.size();
    tell(records.logs, "log", log_json);
    tell(records.events, "event", live_event_json);
  }
  for (const auto& [project, listeners] : listening) {
    for (const auto& listener : listeners) listener->wake();
  }
}

Result<std::shared_ptr<http::StreamSource>> LiveFeed::listen(model::ProjectId project,
                                                             std::string_view last_event_id,
                                                             std::function<bool()> allowed) {
  State& state = *state_;
  const std::lock_guard lock(state.mutex);
  auto listening = state.listening();
  std::size_t all = 0;
  for (const auto& [id, listeners] : listening) all += listeners.size();
  if (all >= state.limits.listeners ||
      listening[project].size() >= state.limits.listeners_of_project) {
    return Error{"too_many_listeners",
                 std::to_string(all) + " listen to live tails, " +
                     std::to_string(listening[project].size()) + " of them to this project; " +
                     std::to_string(state.limits.listeners) + " and " +
                     std::to_string(state.limits.listeners_of_project) + " may"};
  }
  const std::int64_t now = state.now_unix_us();
  Topic& topic = state.topics.try_emplace(project).first->second;
  if (topic.began_at_unix_us == 0) topic.began_at_unix_us = now;
  topic.heard_at_unix_us = now;
  state.watched = state.topics.size();
  auto listener =
      std::make_shared<Listener>(state.limits.queued_bytes, std::move(allowed), state.dropped);
  // A browser comes back after this time, with the id it saw last; the first id
  // is there before the first item.
  std::string hello = "retry: 1000\n";
  const auto behind = topic.behind(last_event_id);
  if (!last_event_id.empty() && !behind) hello += "event: gap\ndata: {}\n";
  if (!behind) hello += "id: " + topic.last_id() + "\n";
  listener->put(std::make_shared<const std::string>(hello + "\n"));
  for (std::size_t i = behind.value_or(topic.kept.size()); i < topic.kept.size(); ++i) {
    listener->put(topic.kept[i]);
  }
  topic.listeners.push_back(listener);
  return std::shared_ptr<http::StreamSource>(std::move(listener));
}

std::size_t LiveFeed::listeners() const {
  const std::lock_guard lock(state_->mutex);
  std::size_t count = 0;
  for (auto& [project, topic] : state_->topics) {
    for (const auto& listener : topic.listeners) count += !listener.expired();
  }
  return count;
}

std::uint64_t LiveFeed::dropped_total() const { return state_->dropped->load(); }

}  // namespace pagewake::api
