#include "protocols/otlp_records.h"

#include <algorithm>

#include "base/glance_hash.h"
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

void add_member(JsonObject& out, const OtlpAttribute& a) {
  a.json.empty() ? out.valid_text(a.key, a.text) : out.member(a.key, a.json);
}

// `"a":1,"b":2`, without the braces.
std::string members_of(JsonObject& object) {
  const std::string json = object.take();
  return json.empty() ? json : json.substr(1, json.size() - 2);
}

constexpr std::size_t kFewSpans = 16;  // of the scopes of one request, mostly
constexpr std::string_view kOfResource = "resource.";
constexpr std::string_view kOfScope = "otel.scope.";

// Own attributes first: where a key is there twice, the nearest wins.
std::string attributes_json(const OtlpAttributes& own, const OtlpScope& scope,
                            const OtlpResource& resource) {
  JsonObject out;
  std::size_t bytes = scope.members.size() + resource.members.size() + 4;
  bool own_has_outer_names = false;
  for (const auto& a : own) {
    bytes += a.key.size() + a.json.size() + a.text.size() + 6;
    own_has_outer_names |= a.key.starts_with(kOfResource) || a.key.starts_with(kOfScope);
  }
  out.reserve(std::min<std::size_t>(bytes, limits::kMessageBytes));
  for (const auto& a : own) add_member(out, a);
  if (!own_has_outer_names) {
    out.members(scope.members);
    out.members(resource.members);
    return out.take();
  }
  // Rare: one by one, so that an own attribute of such a name stays.
  if (!scope.name.empty()) out.text("otel.scope.name", scope.name);
  if (!scope.version.empty()) out.text("otel.scope.version", scope.version);
  for (const auto& a : resource.kept) {
    add_member(out, {std::string(kOfResource) + std::string(a.key), a.json, a.text});
  }
  return out.take();
}

// By the semantic conventions, old and new names.
void derive(const OtlpAttributes& own, const OtlpScope& scope, const OtlpResource& resource,
            OtlpDerived& out) {
  out = {};
  for (const auto& [key, json, text] : own) {
    out.db |= key == "db.system.name" || key == "db.system";
    out.http |= key == "http.request.method" || key == "http.method";
    out.rpc |= key == "rpc.system" || key == "rpc.system.name";
    out.messaging |= key == "messaging.system";
    if (key == "http.route" && out.route.empty()) out.route = text;
    if (key == "url.full" && out.url.empty()) out.url = text;
  }
  out.json = attributes_json(own, scope, resource);
}

// Sentry's op.
std::string_view op_of(const OtlpDerived& span, model::SpanKind kind) {
  if (span.db) return "db";
  if (span.http && kind == model::SpanKind::kServer) return "http.server";
  if (span.http && kind == model::SpanKind::kClient) return "http.client";
  return span.rpc ? "rpc" : span.messaging ? "messaging" : "";
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
      if (key == "host.name") resource.host = name_text(a.text);
      const std::size_t size = a.key.size() + a.json.size() + a.text.size();
      if (bytes + size > limits::kResourceBytes) continue;
      bytes += size;
      resource.kept.push_back(a);
    }
  }
  JsonObject members;
  for (const auto& a : resource.kept) {
    add_member(members, {std::string(kOfResource) + std::string(a.key), a.json, a.text});
  }
  resource.members = members_of(members);
  return resource;
}

// Names as in "OpenTelemetry to non-OTLP Exporters".
OtlpScope OtlpScope::from(std::string_view name, std::string_view version) {
  JsonObject members;
  if (!name.empty()) members.valid_text("otel.scope.name", name);
  if (!version.empty()) members.valid_text("otel.scope.version", version);
  return {std::string(name), std::string(version), members_of(members)};
}

void OtlpCollector::drop(Category category, DropReason reason) {
  auto& drops = decoded_.drops;
  if (!drops.empty() && drops.back().category == category && drops.back().reason == reason) {
    ++drops.back().count;
  } else {
    drops.push_back({category, reason, 1});
  }
}

void OtlpCollector::expect_spans(std::size_t count) {
  auto& spans = decoded_.records.spans;
  // A sender says how many with two bytes each: never more than it will get,
  // and many small groups still grow by doubling.
  const std::size_t wanted = std::min<std::size_t>(
      spans.size() + std::min<std::size_t>(count, 4096), limits::kRecordsPerRequest);
  if (wanted > spans.capacity()) spans.reserve(std::max({wanted, 2 * spans.capacity(), kFewSpans}));
}

std::size_t OtlpCollector::place_of(std::string_view encoded_attributes) {
  return glance_hash(encoded_attributes) % kKnown;
}

const OtlpDerived* OtlpCollector::known(std::string_view encoded_attributes) const {
  if (encoded_attributes.empty()) return nullptr;
  const Known& known = known_[place_of(encoded_attributes)];
  return known.encoded_attributes == encoded_attributes ? &known.derived : nullptr;
}

void OtlpCollector::begin_scope() {
  for (Known& known : known_) known.encoded_attributes = {};
}

void OtlpCollector::add(const OtlpResource& resource, const OtlpScope& scope,
                        const OtlpSpan& span) {
  if (!span.trace_id || !span.span_id || span.bad_parent) {
    return drop(Category::kSpan, DropReason::kInvalidId);
  }
  if (decoded_.records.spans.size() >= limits::kRecordsPerRequest) {
    return drop(Category::kSpan, DropReason::kTruncated);
  }
  model::SpanRecord& record = decoded_.records.spans.emplace_back();
  record.source = model::Source::kOtlp;
  record.trace_id = *span.trace_id;
  record.span_id = *span.span_id;
  record.parent_span_id = span.parent_span_id;
  if (span.kind >= 0 && span.kind <= 5) record.kind = static_cast<model::SpanKind>(span.kind);
  if (span.status_code == 1) record.status = model::SpanStatus::kOk;
  if (span.status_code == 2) record.status = model::SpanStatus::kError;
  record.name = span.name.empty() ? "(unnamed)" : name_text(span.name);
  OtlpDerived own;
  const OtlpDerived* derived = span.known;
  if (derived == nullptr) {
    const std::string_view encoded = span.encoded_attributes;
    Known* const place = encoded.empty() ? nullptr : &known_[place_of(encoded)];
    derive(span.attributes, scope, resource, place != nullptr ? place->derived : own);
    if (place != nullptr) place->encoded_attributes = encoded;
    derived = place != nullptr ? &place->derived : &own;
  }
  record.op = op_of(*derived, record.kind);
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
  record.attributes_json = derived->json;
  record.events_json = events_json(span.events);
  record.links_json = links_json(span.links);
  for (const OtlpSpanEvent& event : span.events) {
    if (event.name == "exception") add_exception(resource, span, *derived, event);
  }
}

void OtlpCollector::append_attributes(std::string& out, const OtlpSpanEvent& event) {
  const std::string_view encoded = event.encoded_attributes;
  if (!encoded.empty() && encoded == last_event_.encoded_attributes) {
    out += last_event_.json;
    return;
  }
  const std::size_t start = out.size();
  JsonObject attributes(std::move(out));
  for (const auto& a : event.attributes) add_member(attributes, a);
  const bool none = attributes.empty();
  out = attributes.take();
  if (none) out += "{}";
  last_event_.encoded_attributes = encoded;
  last_event_.json.assign(out, start);
}

std::string OtlpCollector::events_json(const std::vector<OtlpSpanEvent>& events) {
  std::string out;
  std::size_t bytes = 0;
  for (const OtlpSpanEvent& event : events) {
    bytes += event.name.size() + 60;
    for (const auto& a : event.attributes) {
      // A stack has some line ends to escape.
      bytes += a.key.size() + a.json.size() + 48 + std::min(a.text.size(), limits::kMessageBytes);
    }
  }
  out.reserve(bytes);
  for (const OtlpSpanEvent& event : events) {
    out += out.empty() ? "[" : ",";
    out += R"({"name":)";
    append_json_string(out, event.name);
    out += R"(,"at_unix_us":)";
    append_json_number(out, us_from_nano(event.time_unix_nano));
    out += R"(,"attributes":)";
    append_attributes(out, event);
    out += '}';
  }
  if (!out.empty()) out += ']';
  return out;
}

void OtlpCollector::add_exception(const OtlpResource& resource, const OtlpSpan& span,
                                  const OtlpDerived& derived, const OtlpSpanEvent& event) {
  const std::string_view type =
      cut_utf8(find_text(event.attributes, "exception.type"), limits::kNameBytes);
  const std::string_view value =
      cut_utf8(find_text(event.attributes, "exception.message"), limits::kMessageBytes);
  if (type.empty() && value.empty()) return;
  if (last_exception_.trace_id == *span.trace_id && last_exception_.type == type &&
      last_exception_.value == value) {
    return;
  }
  last_exception_.trace_id = *span.trace_id;
  last_exception_.type = type;
  last_exception_.value = value;
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
  record.transaction = name_text(derived.route.empty() ? span.name : derived.route);
  record.url = cut_utf8(derived.url, limits::kUrlBytes);
  record.server_name = resource.host;
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

void OtlpCollector::add(const OtlpResource& resource, const OtlpScope& scope, const OtlpLog& log) {
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
