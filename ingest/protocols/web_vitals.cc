// web-vitals' own Metric objects, as its README posts them: one at a time, or
// a queue as a list. Format: github.com/GoogleChrome/web-vitals, "Metric".
#include <algorithm>
#include <map>
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json.h"
#include "protocols/protocols.h"
#include "protocols/vital_values.h"
#include "wire/explain.h"

namespace pagewake::protocols {
namespace {

using model::Category;

// Metrics of one load are made within milliseconds of each other.
constexpr std::int64_t kSameLoadMs = 2000;

// A metric is a hundred bytes; more than this in one body is no page's queue.
constexpr std::size_t kMetricsPerBody = 1000;

template <typename T>
T id_from_text(const Value& value) {
  std::string hex;
  for (const char c : value.text().substr(0, 64)) {
    if (c != '-') hex += c;
  }
  return parse_id<T>(hex).value_or(T{});
}

Value first_of(const Value& object, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (const Value value = object[key]; value.present() && !value.is_null()) return value;
  }
  return {};
}

std::string text_of(const Value& object, std::initializer_list<std::string_view> keys,
                    std::size_t bytes = limits::kNameBytes) {
  return std::string(cut_utf8(first_of(object, keys).to_text(), bytes));
}

class PageViews {
 public:
  PageViews(const VitalsSender& sender, std::int64_t received_at_unix_us)
      : sender_(sender), received_at_unix_us_(received_at_unix_us) {}

  // Error "malformed" where the metric cannot be read.
  std::optional<Error> take(Decoded& decoded, const Value& metric, std::size_t ordinal) {
    const std::string where = "metric " + std::to_string(ordinal);
    if (!metric.is_object()) return Error{"malformed", where + " is no JSON object"};
    if (!metric["name"].is_string()) return Error{"malformed", where + " has no \"name\""};
    const auto name = vital_name_from(metric["name"].text());
    if (!name) {
      // FID, or a metric of the site's own.
      decoded.drops.push_back({Category::kPageView, DropReason::kUnsupported, 1});
      return {};
    }
    const auto value = vital_value_from(metric["value"]);
    if (!value) {
      return Error{"malformed", where +
                                    ": \"value\" must be a number from 0, in milliseconds or "
                                    "a layout shift score"};
    }
    model::PageViewRecord& record = view_of(metric);
    set_vital(record.view.vitals, *name, *value);
    read_attribution(record.view.attribution, *name, metric["attribution"], metric);
    return {};
  }

  void give_to(Decoded& decoded) {
    for (auto& [id, record] : records_) {
      explain(record.view);  // as merging does: or the same one again would differ
      decoded.records.page_views.push_back(std::move(record));
    }
  }

 private:
  model::PageViewRecord& view_of(const Value& metric) {
    std::string url = text_of(metric, {"url", "href", "page_url"}, limits::kUrlBytes);
    if (url.empty()) url = cut_utf8(sender_.referer, limits::kUrlBytes);
    const std::int64_t made_ms = unix_ms_from_vital_id(metric["id"].text());
    const std::int64_t started_ms = made_ms > 0 ? made_ms : received_at_unix_us_ / 1000;
    PageViewId id = id_from_text<PageViewId>(first_of(metric, {"page_view_id", "pageViewId"}));
    if (id.is_zero()) {
      ContentHash hash;
      hash.add("web-vitals page view").add(sender_.visitor).add(url);
      hash.add(static_cast<std::uint64_t>(load_of(started_ms)));
      id.bytes = hash.event_id().bytes;
    }
    auto [at, fresh] = records_.try_emplace(id);
    model::PageViewRecord& record = at->second;
    PageView& view = record.view;
    if (fresh) {
      view.page_view_id = id;
      view.started_at_unix_ms = started_ms;
      record.sdk_version = "web-vitals";
      record.received_at_unix_us = received_at_unix_us_;
    }
    view.started_at_unix_ms = std::min(view.started_at_unix_ms, started_ms);
    view.navigation_type = navigation_type_of(metric["navigationType"].text());
    if (view.url.empty()) view.url = std::move(url);
    const auto fill = [&](std::string& field, std::initializer_list<std::string_view> keys) {
      if (field.empty()) field = text_of(metric, keys);
    };
    fill(view.page, {"page"});
    fill(record.release, {"release"});
    fill(record.environment, {"environment"});
    fill(record.user_id, {"user_id", "userId"});
    if (record.session_id.is_zero()) {
      record.session_id = id_from_text<SessionId>(first_of(metric, {"session_id", "sessionId"}));
    }
    if (view.trace_id.is_zero()) {
      view.trace_id = id_from_text<TraceId>(first_of(metric, {"trace_id", "traceId"}));
    }
    return record;
  }

  // Within a body the first metric's load, when it is near: a queue never
  // falls apart at the edge of two intervals.
  std::int64_t load_of(std::int64_t started_ms) {
    for (const std::int64_t load : loads_ms_) {
      if (std::abs(load - started_ms) < kSameLoadMs) return load / kSameLoadMs;
    }
    loads_ms_.push_back(started_ms);
    return started_ms / kSameLoadMs;
  }

  const VitalsSender& sender_;
  std::int64_t received_at_unix_us_;
  std::vector<std::int64_t> loads_ms_;
  std::map<PageViewId, model::PageViewRecord> records_;
};

}  // namespace

Result<Decoded> decode_web_vitals(std::string_view body, const VitalsSender& sender,
                                  std::int64_t received_at_unix_us) {
  auto document = Document::parse(body, "the body");
  if (!document.ok()) return document.error();
  const Value root = document->root();
  Decoded decoded;
  PageViews views(sender, received_at_unix_us);
  std::optional<Error> first_error;
  std::size_t ordinal = 0, read = 0;
  const auto take = [&](const Value& metric) {
    if (++ordinal > kMetricsPerBody) {
      decoded.drops.push_back({Category::kPageView, DropReason::kTruncated, 1});
      return;
    }
    if (auto error = views.take(decoded, metric, ordinal)) {
      decoded.drops.push_back({Category::kPageView, DropReason::kMalformed, 1});
      if (!first_error) first_error = std::move(error);
    } else {
      ++read;
    }
  };
  if (root.is_array()) {
    root.for_each_item(take);
  } else {
    take(root);
  }
  if (first_error && read == 0) return *first_error;
  views.give_to(decoded);
  return decoded;
}

}  // namespace pagewake::protocols
