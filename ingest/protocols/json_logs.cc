// JSON lines as logging libraries write them: structlog, python-json-logger,
// pino, winston, zap, bunyan. Each has names of its own for the same things.
#include <algorithm>
#include <unordered_map>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json.h"
#include "protocols/json_write.h"
#include "protocols/levels.h"
#include "protocols/protocols.h"
#include "protocols/time_text.h"

namespace pagewake::protocols {
namespace {

using model::Category;

// In order of preference; the first that is there is taken.
constexpr std::string_view kTimeKeys[] = {"timestamp", "time",    "@timestamp",
                                          "ts",        "asctime", "datetime"};
constexpr std::string_view kLevelKeys[] = {"level", "levelname", "severity",
                                           "lvl",   "log.level", "log_level"};
constexpr std::string_view kMessageKeys[] = {"message", "msg", "event"};
constexpr std::string_view kLoggerKeys[] = {"logger", "logger_name", "log.logger"};
constexpr std::string_view kServiceKeys[] = {"service", "service.name", "service_name",
                                             "otelServiceName", "dd.service"};
constexpr std::string_view kReleaseKeys[] = {"release", "service.version", "dd.version"};
constexpr std::string_view kEnvironmentKeys[] = {"environment", "deployment.environment.name",
                                                 "deployment.environment", "env", "dd.env"};
constexpr std::string_view kTraceKeys[] = {"trace_id",    "traceId",     "trace.id",
                                           "otelTraceID", "dd.trace_id", "traceid"};
constexpr std::string_view kSpanKeys[] = {"span_id",    "spanId",     "span.id",
                                          "otelSpanID", "dd.span_id", "spanid"};

class LineFields {
 public:
  explicit LineFields(const Value& line) : line_(line) {}

  // Takes the first of `keys` whose value `fits`: what is taken is left out of
  // the attributes, a field of that name that holds something else stays.
  template <std::size_t N, typename Fits>
  Value take(const std::string_view (&keys)[N], Fits fits) {
    for (const std::string_view key : keys) {
      const Value value = line_[key];
      if (value.present() && fits(value)) {
        taken_.push_back(key);
        return value;
      }
    }
    return {};
  }
  bool is_taken(std::string_view key) const {
    return std::find(taken_.begin(), taken_.end(), key) != taken_.end();
  }

 private:
  Value line_;
  std::vector<std::string_view> taken_;
};

std::optional<std::int64_t> time_from(const Value& value) {
  if (const auto number = value.number()) return unix_us_from_any_unit(*number);
  return unix_us_from_text(value.text());
}

// Hex; Datadog's tracers write the low 64 bits in decimal, which no trace of
// ours has as its id, so those stay attributes.
template <typename T>
bool is_id(const Value& value) {
  const auto id = parse_id<T>(value.text());
  return id && !id->is_zero();
}

model::LogRecord record_from(const Value& line, std::int64_t received_at_unix_us, bool& has_time) {
  model::LogRecord record;
  record.source = model::Source::kJsonLog;
  record.received_at_unix_us = received_at_unix_us;
  LineFields fields(line);

  const Value time =
      fields.take(kTimeKeys, [](const Value& v) { return time_from(v).has_value(); });
  has_time = time.present();
  record.at_unix_us = has_time ? *time_from(time) : received_at_unix_us;

  const Value level = fields.take(kLevelKeys, [](const Value& v) {
    return v.is_number() ? v.integer().has_value() : level_from(v.text()).has_value();
  });
  record.level = !level.present()    ? "info"
                 : level.is_number() ? level_from_pino(*level.integer())
                                     : *level_from(level.text());
  record.severity_number = severity_of(record.level);

  const Value message = fields.take(kMessageKeys, [](const Value& v) { return v.is_string(); });
  record.message = cut_utf8(message.text(), limits::kMessageBytes);

  const auto name = [&](const auto& keys) {
    const Value value =
        fields.take(keys, [](const Value& v) { return v.is_string() && !v.text().empty(); });
    return std::string(cut_utf8(value.text(), limits::kNameBytes));
  };
  record.logger = name(kLoggerKeys);
  record.service = name(kServiceKeys);
  record.release = name(kReleaseKeys);
  record.environment = name(kEnvironmentKeys);
  // bunyan and pino call the logger "name"; so do people call other things.
  const bool from_node = line["pid"].present() && line["hostname"].present();
  if (record.logger.empty() && from_node) {
    static constexpr std::string_view kNameKey[] = {"name"};
    record.logger = name(kNameKey);
  }

  const Value trace = fields.take(kTraceKeys, is_id<TraceId>);
  if (const auto id = parse_id<TraceId>(trace.text())) record.trace_id = *id;
  const Value span = fields.take(kSpanKeys, is_id<SpanId>);
  if (const auto id = parse_id<SpanId>(span.text())) record.span_id = *id;

  JsonObject attributes;
  line.for_each_member([&](std::string_view key, const Value& value) {
    if (!fields.is_taken(key)) attributes.member(key, to_json(value));
  });
  record.attributes_json = attributes.take();
  return record;
}

}  // namespace

Result<Decoded> decode_json_logs(std::string_view body, std::int64_t received_at_unix_us) {
  return decode_json_logs(body, received_at_unix_us, {});
}

Result<Decoded> decode_json_logs(std::string_view body, std::int64_t received_at_unix_us,
                                 std::string_view idempotency_key) {
  Decoded decoded;
  std::optional<Error> first_error;
  // How often the same content came before in this body: equal lines are
  // several events, the same body sent again is not.
  std::unordered_map<std::uint64_t, std::uint64_t> equal_lines;
  std::optional<std::int64_t> stamp_us;  // the time as the last line gave it, and as it was kept
  std::int64_t last_at_unix_us = 0;
  const auto drop = [&](Error error) {
    const DropReason reason =
        error.code == "nesting_too_deep" ? DropReason::kTooDeep : DropReason::kMalformed;
    decoded.drops.push_back({Category::kLog, reason, 1});
    if (!first_error) first_error = std::move(error);
  };
  const auto take = [&](const Value& line, std::size_t at) {
    if (!line.is_object()) {
      return drop({"malformed", "the line at byte " + std::to_string(at) + " is no JSON object"});
    }
    if (decoded.records.logs.size() >= limits::kRecordsPerRequest) {
      decoded.drops.push_back({Category::kLog, DropReason::kTruncated, 1});
      return;
    }
    bool has_time = false;
    model::LogRecord record = record_from(line, received_at_unix_us, has_time);
    ContentHash content;
    content.add("json log");
    if (has_time || idempotency_key.empty()) {
      content.add(static_cast<std::uint64_t>(record.at_unix_us));
    } else {
      content.add("key").add(idempotency_key);
    }
    content.add(record.trace_id)
        .add(record.span_id)
        .add(record.level)
        .add(record.message)
        .add(record.attributes_json);
    const std::uint64_t hash = content.number();
    record.log_id = ContentHash().add(hash).add(equal_lines[hash]++).number();
    // Lines stamped alike (pino's clock tells milliseconds) stay in the order
    // of their body, a microsecond apart. After the id: a retry may cut the
    // lines into other bodies.
    if (stamp_us == record.at_unix_us) {
      record.at_unix_us = ++last_at_unix_us;
    } else {
      stamp_us = last_at_unix_us = record.at_unix_us;
    }
    decoded.records.logs.push_back(std::move(record));
  };

  const std::size_t first = body.find_first_not_of(" \t\r\n");
  if (first == body.npos)
    return Error{"malformed", "the body is empty; want one JSON object a line"};
  if (body[first] == '[') {
    // Some shippers send their lines as one array.
    auto document = Document::parse(body, "the list of lines");
    if (!document.ok()) return document.error();
    document->root().for_each_item([&](const Value& line) { take(line, first); });
  } else {
    LineParser parser;
    for (std::size_t at = first; at < body.size();) {
      const std::size_t end = std::min(body.find('\n', at), body.size());
      const std::string_view text = body.substr(at, end - at);
      if (text.find_first_not_of(" \t\r") != text.npos) {
        auto line = parser.parse(text, "the line", at);
        if (line.ok()) {
          take(*line, at);
        } else {
          drop(line.error());
        }
      }
      at = end + 1;
    }
  }
  // With one line readable the others are drops; with none, the request is.
  if (first_error && decoded.records.logs.empty()) return *first_error;
  return decoded;
}

}  // namespace pagewake::protocols
