// Grafana Faro's payload: one `meta` for all, then lists of what happened.
// Format: github.com/grafana/faro-web-sdk, packages/core/src/api; bodies of a
// real page in tests/cases/clients.
#include <algorithm>
#include <map>
#include <unordered_map>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json.h"
#include "protocols/json_write.h"
#include "protocols/levels.h"
#include "protocols/otlp_json.h"
#include "protocols/protocols.h"
#include "protocols/time_text.h"
#include "protocols/vital_values.h"
#include "wire/explain.h"

namespace pagewake::protocols {
namespace {

using model::Category;

std::string name_text(const Value& value) {
  return std::string(cut_utf8(value.to_text(), limits::kNameBytes));
}

template <typename T>
T id_of(const Value& value) {
  return parse_id<T>(value.text()).value_or(T{});
}

// What all of a payload share.
struct Meta {
  std::string release, environment, service, user_id, page, url, sdk_version, browser, os;
  std::string session_text, user_json;
  SessionId session_id;

  static Meta from(const Value& meta) {
    Meta out;
    out.service = name_text(meta["app"]["name"]);
    out.release = name_text(meta["app"]["version"]);
    if (out.release.empty()) out.release = name_text(meta["app"]["release"]);
    out.environment = name_text(meta["app"]["environment"]);
    out.user_id = name_text(meta["user"]["id"]);
    if (out.user_id.empty()) out.user_id = name_text(meta["user"]["username"]);
    if (meta["user"].is_object()) out.user_json = to_json(meta["user"]);
    if (out.user_json == "{}") out.user_json.clear();
    out.url = cut_utf8(meta["page"]["url"].text(), limits::kUrlBytes);
    out.page = name_text(meta["page"]["id"]);
    out.browser = name_text(meta["browser"]["name"]);
    out.os = name_text(meta["os"]["name"]);
    out.sdk_version = name_text(meta["sdk"]["name"]) + " " + name_text(meta["sdk"]["version"]);
    out.session_text = meta["session"]["id"].text();
    if (!out.session_text.empty()) {
      out.session_id.bytes =
          ContentHash().add("faro session").add(out.session_text).event_id().bytes;
    }
    return out;
  }
};

class FaroCollector {
 public:
  FaroCollector(const Meta& meta, std::int64_t received_at_unix_us)
      : meta_(meta), received_at_unix_us_(received_at_unix_us) {}

  void exception(const Value& value) {
    if (!room(Category::kEvent, decoded_.records.events.size())) return;
    model::EventRecord record;
    record.source = model::Source::kFaro;
    record.platform = "javascript";
    record.received_at_unix_us = received_at_unix_us_;
    record.occurred_at_unix_us = time_of(value);
    record.release = meta_.release;
    record.environment = meta_.environment;
    record.user_id = meta_.user_id;
    record.user_json = meta_.user_json;
    record.page = meta_.page;
    record.url = meta_.url;
    record.session_id = meta_.session_id;
    record.trace_id = id_of<TraceId>(value["trace"]["trace_id"]);
    record.span_id = id_of<SpanId>(value["trace"]["span_id"]);
    model::Exception& exception = record.exceptions.emplace_back();
    exception.type = name_text(value["type"]);
    exception.value = cut_utf8(value["value"].to_text(), limits::kMessageBytes);
    exception.mechanism = "faro";
    value["stacktrace"]["frames"].for_each_item([&](const Value& frame) {
      if (exception.frames.size() < limits::kFramesPerException) {
        exception.frames.push_back(frame_from(frame));
      }
    });
    // The cause comes as one text, "RangeError: currency table empty".
    const std::string_view cause = value["context"]["cause"].text();
    if (!cause.empty()) {
      model::Exception& out = record.exceptions.emplace_back();
      const auto colon = cause.find(": ");
      const bool typed = colon != cause.npos && colon < 100 && cause.find(' ') > colon;
      if (typed) out.type = cut_utf8(cause.substr(0, colon), limits::kNameBytes);
      out.value = cut_utf8(typed ? cause.substr(colon + 2) : cause, limits::kMessageBytes);
      out.mechanism = "cause";
    }
    if (value["context"].is_object()) record.extra_json = to_json(value["context"]);
    if (record.extra_json == "{}") record.extra_json.clear();
    const std::uint64_t content = hash_of("faro exception", value);
    record.event_id = ContentHash()
                          .add("faro event")
                          .add(meta_.session_text)
                          .add(content)
                          .add(seen_[content]++)
                          .event_id();
    decoded_.records.events.push_back(std::move(record));
  }

  void log(const Value& value) {
    JsonObject attributes;
    add_members(attributes, value["context"]);
    add_log(value, value["message"], level_from(value["level"].text()).value_or("info"), "faro.log",
            std::move(attributes));
  }

  // An event of the page (pushEvent): a log by its name, as OpenTelemetry's
  // events are. Timings of single resources come by the dozen and belong to no
  // page view that we could name: counted only.
  void event(const Value& value) {
    const std::string_view name = value["name"].text();
    if (name == "faro.performance.resource") return drop(Category::kLog, DropReason::kUnsupported);
    if (name == "faro.performance.navigation") {
      const Value attributes = value["attributes"];
      navigation_ = attributes["faroNavigationId"].text();
      model::PageViewRecord& record = page_view(navigation_, time_of(value));
      record.view.navigation_type = navigation_type_of(attributes["type"].text());
      return;
    }
    JsonObject attributes;
    attributes.text("event.name", name);
    if (!value["domain"].text().empty()) attributes.text("event.domain", value["domain"].text());
    add_members(attributes, value["attributes"]);
    add_log(value, value["name"], "info", "faro.event", std::move(attributes));
  }

  void measurement(const Value& value) {
    const Value values = value["values"], context = value["context"];
    if (value["type"].text() != "web-vitals") {
      JsonObject attributes;
      add_members(attributes, values);
      add_members(attributes, context);
      return add_log(value, value["type"], "info", "faro.measurement", std::move(attributes));
    }
    bool known = false;
    values.for_each_member([&](std::string_view key, const Value& number) {
      const auto name = vital_name_from(key);
      const auto vital = vital_value_from(number);
      if (!name || !vital) return;
      known = true;
      // Early vitals do not know their navigation yet: it is the payload's.
      std::string_view navigation = context["navigation_entry_id"].text();
      if (navigation.empty() || navigation == "unknown") navigation = navigation_;
      model::PageViewRecord& record = page_view(navigation, time_of(value));
      const std::int64_t made_ms = unix_ms_from_vital_id(context["id"].text());
      if (made_ms > 0) {
        record.view.started_at_unix_ms = std::min(record.view.started_at_unix_ms, made_ms);
      }
      record.view.navigation_type = navigation_type_of(context["navigation_type"].text());
      if (record.view.trace_id.is_zero()) {
        record.view.trace_id = id_of<TraceId>(value["trace"]["trace_id"]);
      }
      set_vital(record.view.vitals, *name, *vital);
      read_attribution(record.view.attribution, *name, values, context);
    });
    if (!known) drop(Category::kPageView, DropReason::kUnsupported);
  }

  // Whose navigation the vitals of this payload belong to, where some say it.
  void find_navigation(const Value& measurements) {
    measurements.for_each_item([&](const Value& value) {
      const std::string_view id = value["context"]["navigation_entry_id"].text();
      if (navigation_.empty() && !id.empty() && id != "unknown") navigation_ = id;
    });
  }

  void traces(const Value& request) {
    OtlpCollector collector(received_at_unix_us_);
    const bool whole = collect_otlp_traces(collector, request).ok();
    Decoded spans = collector.take();
    for (auto& span : spans.records.spans) {
      span.source = model::Source::kFaro;
      decoded_.records.spans.push_back(std::move(span));
    }
    for (auto& event : spans.records.events) {
      event.source = model::Source::kFaro;
      event.session_id = meta_.session_id;
      decoded_.records.events.push_back(std::move(event));
    }
    for (const auto& dropped : spans.drops) decoded_.drops.push_back(dropped);
    if (!whole) drop(Category::kSpan, DropReason::kMalformed);
  }

  void drop(Category category, DropReason reason) {
    auto& drops = decoded_.drops;
    if (!drops.empty() && drops.back().category == category && drops.back().reason == reason) {
      ++drops.back().count;
    } else {
      drops.push_back({category, reason, 1});
    }
  }

  Decoded take() {
    for (auto& [id, record] : page_views_) {
      explain(record.view);  // as merging does: or the same one again would differ
      decoded_.records.page_views.push_back(std::move(record));
    }
    return std::move(decoded_);
  }

 private:
  static model::Frame frame_from(const Value& value) {
    const auto position = [](const Value& number) {
      const auto n = number.integer();
      return n && *n > 0 && *n < INT32_MAX ? static_cast<std::int32_t>(*n) : 0;
    };
    model::Frame frame;
    frame.function = name_text(value["function"]);
    if (frame.function == "?") frame.function.clear();
    frame.filename = cut_utf8(value["filename"].text(), limits::kUrlBytes);
    frame.line = position(value["lineno"]);
    frame.column = position(value["colno"]);
    frame.in_app = frame.filename != "<anonymous>" &&
                   frame.filename.find("node_modules/") == frame.filename.npos;
    return frame;
  }

  static void add_members(JsonObject& out, const Value& object) {
    object.for_each_member([&](std::string_view key, const Value& value) {
      if (!value.is_null()) out.member(key, to_json(value));
    });
  }

  static std::uint64_t hash_of(std::string_view kind, const Value& value) {
    return ContentHash().add(kind).add(to_json(value)).number();
  }

  std::int64_t time_of(const Value& value) const {
    const Value time = value["timestamp"];
    if (const auto number = time.number()) {
      return unix_us_from_any_unit(*number).value_or(received_at_unix_us_);
    }
    return unix_us_from_text(time.text()).value_or(received_at_unix_us_);
  }

  bool room(Category category, std::size_t have) {
    if (have < limits::kRecordsPerRequest) return true;
    drop(category, DropReason::kTruncated);
    return false;
  }

  void add_log(const Value& value, const Value& message, std::string_view level,
               std::string_view logger, JsonObject attributes) {
    if (!room(Category::kLog, decoded_.records.logs.size())) return;
    model::LogRecord record;
    record.source = model::Source::kFaro;
    record.received_at_unix_us = received_at_unix_us_;
    record.at_unix_us = time_of(value);
    record.level = level;
    record.severity_number = severity_of(level);
    record.message = cut_utf8(message.to_text(), limits::kMessageBytes);
    record.logger = logger;
    record.service = meta_.service;
    record.release = meta_.release;
    record.environment = meta_.environment;
    record.trace_id = id_of<TraceId>(value["trace"]["trace_id"]);
    record.span_id = id_of<SpanId>(value["trace"]["span_id"]);
    if (!meta_.session_text.empty()) attributes.text("session.id", meta_.session_text);
    if (!meta_.url.empty()) attributes.text("url.full", meta_.url);
    record.attributes_json = attributes.take();
    const std::uint64_t content = hash_of(logger, value);
    record.log_id = ContentHash()
                        .add("faro log")
                        .add(meta_.session_text)
                        .add(content)
                        .add(seen_[content]++)
                        .number();
    decoded_.records.logs.push_back(std::move(record));
  }

  model::PageViewRecord& page_view(std::string_view navigation, std::int64_t at_unix_us) {
    ContentHash hash;
    hash.add("faro page view").add(meta_.session_text).add(navigation);
    // Without a navigation's id the URL has to tell views apart.
    if (navigation.empty()) hash.add(meta_.url);
    PageViewId id;
    id.bytes = hash.event_id().bytes;
    auto [at, fresh] = page_views_.try_emplace(id);
    model::PageViewRecord& record = at->second;
    if (fresh) {
      record.view.page_view_id = id;
      record.view.url = meta_.url;
      record.view.page = meta_.page;
      record.view.started_at_unix_ms = at_unix_us / 1000;
      record.session_id = meta_.session_id;
      record.release = meta_.release;
      record.environment = meta_.environment;
      record.user_id = meta_.user_id;
      record.sdk_version = meta_.sdk_version;
      record.received_at_unix_us = received_at_unix_us_;
    }
    record.view.started_at_unix_ms = std::min(record.view.started_at_unix_ms, at_unix_us / 1000);
    return record;
  }

  const Meta& meta_;
  std::int64_t received_at_unix_us_;
  std::string navigation_;  // id; "" not known
  Decoded decoded_;
  std::map<PageViewId, model::PageViewRecord> page_views_;
  // How often equal items came before in this body: a retry gives the same ids.
  std::unordered_map<std::uint64_t, std::uint64_t> seen_;
};

}  // namespace

Result<Decoded> decode_faro(std::string_view body, std::int64_t received_at_unix_us) {
  auto document = Document::parse(body, "the payload");
  if (!document.ok()) return document.error();
  const Value root = document->root();
  if (!root.is_object()) return Error{"malformed", "the payload at byte 0 is no JSON object"};
  for (const auto key : {"exceptions", "logs", "events", "measurements"}) {
    if (root[key].present() && !root[key].is_null() && !root[key].is_array()) {
      return Error{"malformed", "\"" + std::string(key) + "\" is not a list"};
    }
  }
  const Meta meta = Meta::from(root["meta"]);
  FaroCollector collector(meta, received_at_unix_us);
  const auto each = [&](std::string_view key, Category category,
                        void (FaroCollector::*take)(const Value&)) {
    root[key].for_each_item([&](const Value& item) {
      if (item.is_object()) {
        (collector.*take)(item);
      } else {
        collector.drop(category, DropReason::kMalformed);
      }
    });
  };
  collector.find_navigation(root["measurements"]);
  each("exceptions", Category::kEvent, &FaroCollector::exception);
  each("logs", Category::kLog, &FaroCollector::log);
  each("events", Category::kLog, &FaroCollector::event);
  each("measurements", Category::kOther, &FaroCollector::measurement);
  if (root["traces"].is_object()) {
    collector.traces(root["traces"]);
  } else if (root["traces"].present() && !root["traces"].is_null()) {
    collector.drop(Category::kSpan, DropReason::kMalformed);
  }
  return collector.take();
}

}  // namespace pagewake::protocols
