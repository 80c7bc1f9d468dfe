#include "protocols/otlp_records.h"

#include <algorithm>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json_write.h"
#include "protocols/levels.h"
#include "protocols/stack_text.h"

namespace pagewake::protocols {
namespace {

using model::Category;

std::string name_text(std::string_view text) {
  return std::string(cut_utf8(text, limits::kNameBytes));
}
std::string message_text(std::string_view text) {
  return std::string(cut_utf8(text, limits::kMessageBytes));
}

std::int64_t us_from_nano(std::uint64_t nano) { return static_cast<std::int64_t>(nano / 1000); }

bool has(const OtlpAttributes& attributes, std::string_view key) {
  return std::any_of(attributes.begin(), attributes.end(),
                     [&](const OtlpAttribute& a) { return a.key == key; });
}

// Own attributes first: where a key is there twice, the nearest wins.
std::string attributes_json(const OtlpAttributes& own, const OtlpScope& scope,
                            const OtlpResource& resource) {
  JsonObject out;
  for (const auto& a : own) out.member(a.key, a.json);
  // Names as in "OpenTelemetry to non-OTLP Exporters".
  if (!scope.name.empty()) out.text("otel.scope.name", scope.name);
  if (!scope.version.empty()) out.text("otel.scope.version", scope.version);
  for (const auto& a : resource.kept) out.member("resource." + a.key, a.json);
  return out.take();
}

// Sentry's op, from the semantic conventions (old and new names).
std::string op_of(const OtlpAttributes& attributes, model::SpanKind kind) {
  if (has(attributes, "db.system.name") || has(attributes, "db.system")) return "db";
  const bool http = has(attributes, "http.request.method") || has(attributes, "http.method");
  if (http && kind == model::SpanKind::kServer) return "http.server";
  if (http && kind == model::SpanKind::kClient) return "http.client";
  if (has(attributes, "rpc.system") || has(attributes, "rpc.system.name")) return "rpc";
  if (has(attributes, "messaging.system")) return "messaging";
  return {};
}

std::string events_json(const std::vector<OtlpSpanEvent>& events) {
  std::string out;
  for (const OtlpSpanEvent& event : events) {
    out += out.empty() ? "[" : ",";
    out += R"({"name":)";
    append_json_string(out, event.name);
    out += R"(,"at_unix_us":)";
    append_json_number(out, us_from_nano(event.time_unix_nano));
    JsonObject attributes;
    for (const auto& a : event.attributes) attributes.member(a.key, a.json);
    const std::string json = attributes.take();
    out += R"(,"attributes":)" + (json.empty() ? "{}" : json) + "}";
  }
  return out.empty() ? out : out + "]";
}

std::string links_json(const std::vector<OtlpLink>& links) {
  std::string out;
  for (const OtlpLink& link : links) {
    if (!link.trace_id || !link.span_id) continue;
    out += out.empty() ? "[" : ",";
    out += R"({"trace_id":")" + to_hex(*link.trace_id) + R"(","span_id":")" +
           to_hex(*link.span_id) + "\"}";
  }
  return out.empty() ? out : out + "]";
}

// Some SDKs leave telemetry.sdk.language out (the browser's may): then the
// stack's own form tells. Only JavaScript's frames have columns.
std::string platform_of(const OtlpResource& resource, std::string_view stack) {
  if (!resource.platform.empty()) return resource.platform;
  if (stack.find("Traceback (most recent call last):") != stack.npos) return "python";
  const auto frames = frames_from_stack("javascript", stack, {}, {});
  const bool columns = std::any_of(frames.begin(), frames.end(),
                                   [](const model::Frame& frame) { return frame.column > 0; });
  return columns ? "javascript" : "other";
}

}  // namespace

std::string_view find_text(const OtlpAttributes& attributes, std::string_view key) {
  for (const auto& a : attributes) {
    if (a.key == key) return a.text;
  }
  return {};
}

OtlpResource OtlpResource::from(const OtlpAttributes& attributes) {
  OtlpResource resource;
  std::size_t bytes = 0;
  for (const OtlpAttribute& a : attributes) {
    const std::string_view key = a.key;
    if (key == "service.name") {
      resource.service = name_text(a.text);
    } else if (key == "service.version") {
      resource.release = name_text(a.text);
    } else if (key == "deployment.environment.name") {
      resource.environment = name_text(a.text);
    } else if (key == "deployment.environment") {
      if (resource.environment.empty()) resource.environment = name_text(a.text);
    } else if (key == "telemetry.sdk.language") {
      resource.platform = a.text == "nodejs"  ? "node"
                          : a.text == "webjs" ? "javascript"
                                              : name_text(a.text);
    } else if (!key.starts_with("process.") && !key.starts_with("os.") &&
               !key.starts_with("telemetry.")) {
      const std::size_t size = a.key.size() + a.json.size();
      if (bytes + size > limits::kResourceBytes) continue;
      bytes += size;
      resource.kept.push_back(a);
    }
  }
  return resource;
}

void OtlpCollector::drop(Category category, DropReason reason) {
  auto& drops = decoded_.drops;
  if (!drops.empty() && drops.back().category == category && drops.back().reason == reason) {
    ++drops.back().count;
  } else {
    drops.push_back({category, reason, 1});
  }
}

void OtlpCollector::add(const OtlpResource& resource, const OtlpScope& scope, OtlpSpan span) {
  if (!span.trace_id || !span.span_id || span.bad_parent) {
    return drop(Category::kSpan, DropReason::kInvalidId);
  }
  if (decoded_.records.spans.size() >= limits::kRecordsPerRequest) {
    return drop(Category::kSpan, DropReason::kTruncated);
  }
  model::SpanRecord record;
  record.source = model::Source::kOtlp;
  record.trace_id = *span.trace_id;
  record.span_id = *span.span_id;
  record.parent_span_id = span.parent_span_id;
  if (span.kind >= 0 && span.kind <= 5) record.kind = static_cast<model::SpanKind>(span.kind);
  if (span.status_code == 1) record.status = model::SpanStatus::kOk;
  if (span.status_code == 2) record.status = model::SpanStatus::kError;
  record.name = span.name.empty() ? "(unnamed)" : name_text(span.name);
  record.op = op_of(span.attributes, record.kind);
  record.service = resource.service;
  record.status_message = message_text(span.status_message);
  record.release = resource.release;
  record.environment = resource.environment;
  record.started_at_unix_us =
      span.start_unix_nano > 0 ? us_from_nano(span.start_unix_nano) : received_at_unix_us_;
  if (span.start_unix_nano > 0 && span.end_unix_nano > span.start_unix_nano) {
    record.duration_us = us_from_nano(span.end_unix_nano - span.start_unix_nano);
  }
  record.received_at_unix_us = received_at_unix_us_;
  record.attributes_json = attributes_json(span.attributes, scope, resource);
  record.events_json = events_json(span.events);
  record.links_json = links_json(span.links);
  for (const OtlpSpanEvent& event : span.events) {
    if (event.name == "exception") add_exception(resource, span, event);
  }
  decoded_.records.spans.push_back(std::move(record));
}

void OtlpCollector::add_exception(const OtlpResource& resource, const OtlpSpan& span,
                                  const OtlpSpanEvent& event) {
  const std::string type = name_text(find_text(event.attributes, "exception.type"));
  const std::string value = message_text(find_text(event.attributes, "exception.message"));
  if (type.empty() && value.empty()) return;
  const EventId id =
      ContentHash().add("otlp exception").add(*span.trace_id).add(type).add(value).event_id();
  if (!exceptions_.insert(id).second) return;
  if (decoded_.records.events.size() >= limits::kRecordsPerRequest) {
    return drop(Category::kEvent, DropReason::kTruncated);
  }

  model::EventRecord record;
  record.event_id = id;
  record.source = model::Source::kOtlp;
  const std::string_view stack = find_text(event.attributes, "exception.stacktrace");
  record.platform = platform_of(resource, stack);
  record.trace_id = *span.trace_id;
  record.span_id = *span.span_id;
  const std::string_view route = find_text(span.attributes, "http.route");
  record.transaction = name_text(route.empty() ? std::string_view(span.name) : route);
  const std::string_view url = find_text(span.attributes, "url.full");
  record.url = cut_utf8(url, limits::kUrlBytes);
  record.server_name = name_text(find_text(resource.kept, "host.name"));
  record.logger = resource.service;
  record.release = resource.release;
  record.environment = resource.environment;
  record.occurred_at_unix_us =
      event.time_unix_nano > 0 ? us_from_nano(event.time_unix_nano) : received_at_unix_us_;
  record.received_at_unix_us = received_at_unix_us_;

  model::Exception& exception = record.exceptions.emplace_back();
  exception.type = type;
  exception.value = value;
  exception.mechanism = "otel";
  // Python writes the boolean as the text "True".
  const std::string_view escaped = find_text(event.attributes, "exception.escaped");
  exception.handled = !(escaped == "true" || escaped == "True");
  exception.frames = frames_from_stack(record.platform, stack, type, value);
  if (exception.frames.empty() && !stack.empty()) {
    // A language whose stacks are not read yet: people can still read it.
    JsonObject extra;
    extra.text("exception.stacktrace", stack);
    record.extra_json = extra.take();
  }
  decoded_.records.events.push_back(std::move(record));
}

void OtlpCollector::add(const OtlpResource& resource, const OtlpScope& scope, OtlpLog log) {
  if (log.bad_id) return drop(Category::kLog, DropReason::kInvalidId);
  if (decoded_.records.logs.size() >= limits::kRecordsPerRequest) {
    return drop(Category::kLog, DropReason::kTruncated);
  }
  model::LogRecord record;
  record.source = model::Source::kOtlp;
  record.trace_id = log.trace_id;
  record.span_id = log.span_id;
  const std::uint64_t nano = log.time_unix_nano > 0 ? log.time_unix_nano : log.observed_unix_nano;
  record.at_unix_us = nano > 0 ? us_from_nano(nano) : received_at_unix_us_;
  record.received_at_unix_us = received_at_unix_us_;
  const auto level = level_from(log.severity_text);
  if (log.severity_number >= 1 && log.severity_number <= 24) {
    record.severity_number = static_cast<std::uint8_t>(log.severity_number);
  } else {
    record.severity_number = severity_of(level.value_or("info"));
  }
  record.level = level.value_or(level_of(record.severity_number));
  record.message = message_text(log.body.empty() ? log.event_name : log.body);
  record.logger = name_text(scope.name);
  record.service = resource.service;
  record.release = resource.release;
  record.environment = resource.environment;
  record.attributes_json = attributes_json(log.attributes, {}, resource);
  ContentHash content;
  content.add("otlp log")
      .add(static_cast<std::uint64_t>(record.at_unix_us))
      .add(record.trace_id)
      .add(record.span_id)
      .add(std::uint64_t{record.severity_number})
      .add(record.logger)
      .add(record.message)
      .add(record.attributes_json);
  const std::uint64_t hash = content.number();
  record.log_id = ContentHash().add(hash).add(equal_logs_[hash]++).number();
  decoded_.records.logs.push_back(std::move(record));
}

}  // namespace pagewake::protocols
