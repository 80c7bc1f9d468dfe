// OTLP/HTTP with JSON: the proto3 JSON mapping, but for ids, which are hex
// (opentelemetry.io, "OTLP Specification", "JSON Protobuf Encoding"). Numbers
// of 64 bits come as text or numbers, enums as numbers or names, field names
// in camelCase or as in the .proto.
#include "protocols/otlp_json.h"

#include "base/limits.h"
#include "protocols/json.h"
#include "protocols/json_write.h"
#include "protocols/otlp_records.h"
#include "protocols/protocols.h"
#include "protocols/text_arena.h"

namespace pagewake::protocols {
namespace {

using model::Category;

Value field(const Value& object, std::string_view camel, std::string_view snake) {
  const Value value = object[camel];
  return value.present() ? value : object[snake];
}

std::uint64_t nano_from(const Value& value) {
  const auto number = value.integer();
  return number && *number > 0 ? static_cast<std::uint64_t>(*number) : 0;
}

// An enum as its number, or as its name with the number's place in `names`.
template <std::size_t N>
std::int64_t enum_from(const Value& value, const std::string_view (&names)[N]) {
  if (const auto number = value.integer()) return *number;
  for (std::size_t i = 0; i < N; ++i) {
    if (names[i] == value.text()) return static_cast<std::int64_t>(i);
  }
  return 0;
}

constexpr std::string_view kSpanKinds[] = {"SPAN_KIND_UNSPECIFIED", "SPAN_KIND_INTERNAL",
                                           "SPAN_KIND_SERVER",      "SPAN_KIND_CLIENT",
                                           "SPAN_KIND_PRODUCER",    "SPAN_KIND_CONSUMER"};
constexpr std::string_view kStatusCodes[] = {"STATUS_CODE_UNSET", "STATUS_CODE_OK",
                                             "STATUS_CODE_ERROR"};
constexpr std::string_view kSeverities[] = {
    "SEVERITY_NUMBER_UNSPECIFIED", "SEVERITY_NUMBER_TRACE",  "SEVERITY_NUMBER_TRACE2",
    "SEVERITY_NUMBER_TRACE3",      "SEVERITY_NUMBER_TRACE4", "SEVERITY_NUMBER_DEBUG",
    "SEVERITY_NUMBER_DEBUG2",      "SEVERITY_NUMBER_DEBUG3", "SEVERITY_NUMBER_DEBUG4",
    "SEVERITY_NUMBER_INFO",        "SEVERITY_NUMBER_INFO2",  "SEVERITY_NUMBER_INFO3",
    "SEVERITY_NUMBER_INFO4",       "SEVERITY_NUMBER_WARN",   "SEVERITY_NUMBER_WARN2",
    "SEVERITY_NUMBER_WARN3",       "SEVERITY_NUMBER_WARN4",  "SEVERITY_NUMBER_ERROR",
    "SEVERITY_NUMBER_ERROR2",      "SEVERITY_NUMBER_ERROR3", "SEVERITY_NUMBER_ERROR4",
    "SEVERITY_NUMBER_FATAL",       "SEVERITY_NUMBER_FATAL2", "SEVERITY_NUMBER_FATAL3",
    "SEVERITY_NUMBER_FATAL4"};

// AnyValue as plain JSON. Its depth is bounded by the document's.
void append_any(std::string& out, const Value& any) {
  if (const Value text = field(any, "stringValue", "string_value"); text.present()) {
    append_json_string(out, text.text());
  } else if (const Value boolean = field(any, "boolValue", "bool_value"); boolean.present()) {
    out += boolean.boolean().value_or(false) ? "true" : "false";
  } else if (const Value whole = field(any, "intValue", "int_value"); whole.present()) {
    append_json_number(out, whole.integer().value_or(0));
  } else if (const Value real = field(any, "doubleValue", "double_value"); real.present()) {
    // "NaN" and "Infinity" come as text and stay so.
    if (const auto number = real.number()) {
      append_json_number(out, *number);
    } else {
      append_json_string(out, real.text());
    }
  } else if (const Value list = field(any, "arrayValue", "array_value"); list.present()) {
    char separator = '[';
    list["values"].for_each_item([&](const Value& item) {
      out += std::exchange(separator, ',');
      append_any(out, item);
    });
    out += separator == '[' ? "[]" : "]";
  } else if (const Value map = field(any, "kvlistValue", "kvlist_value"); map.present()) {
    char separator = '{';
    map["values"].for_each_item([&](const Value& pair) {
      out += std::exchange(separator, ',');
      append_json_string(out, pair["key"].text());
      out += ':';
      append_any(out, pair["value"]);
    });
    out += separator == '{' ? "{}" : "}";
  } else if (const Value bytes = field(any, "bytesValue", "bytes_value"); bytes.present()) {
    append_json_string(out, bytes.text());  // base64 already
  } else {
    out += "null";
  }
}

// Scalars as text, lists as JSON.
std::string_view any_text(const Value& any, TextArena& arena) {
  const Value text = field(any, "stringValue", "string_value");
  if (text.present()) return text.text();
  std::string out;
  append_any(out, any);
  return out == "null" ? std::string_view() : arena.keep(out);
}

OtlpAttributes attributes_from(const Value& list, TextArena& arena) {
  OtlpAttributes out;
  list.for_each_item([&](const Value& pair) {
    const std::string_view key = pair["key"].text();
    if (key.empty()) return;
    OtlpAttribute& attribute = out.emplace_back();
    attribute.key = key;
    const Value text = field(pair["value"], "stringValue", "string_value");
    if (text.present()) {
      attribute.text = text.text();
      return;
    }
    std::string json;
    append_any(json, pair["value"]);
    attribute.json = arena.keep(json);
    if (json[0] != '[' && json[0] != '{' && json != "null") attribute.text = attribute.json;
  });
  return out;
}

template <typename T>
std::optional<T> id_from(const Value& value) {
  auto id = parse_id<T>(value.text());
  if (id && id->is_zero()) id.reset();
  return id;
}

// An optional id: zero when absent or empty, `bad` when it is no id.
template <typename T>
T optional_id(const Value& value, bool& bad) {
  if (!value.present() || value.is_null() || (value.is_string() && value.text().empty())) return {};
  const auto id = parse_id<T>(value.text());
  if (!id) bad = true;
  return id.value_or(T{});
}

OtlpSpan span_from(const Value& value, TextArena& arena) {
  OtlpSpan span;
  span.trace_id = id_from<TraceId>(field(value, "traceId", "trace_id"));
  span.span_id = id_from<SpanId>(field(value, "spanId", "span_id"));
  span.parent_span_id =
      optional_id<SpanId>(field(value, "parentSpanId", "parent_span_id"), span.bad_parent);
  span.name = value["name"].text();
  span.kind = enum_from(value["kind"], kSpanKinds);
  span.status_code = enum_from(value["status"]["code"], kStatusCodes);
  span.status_message = value["status"]["message"].text();
  span.start_unix_nano = nano_from(field(value, "startTimeUnixNano", "start_time_unix_nano"));
  span.end_unix_nano = nano_from(field(value, "endTimeUnixNano", "end_time_unix_nano"));
  span.attributes = attributes_from(value["attributes"], arena);
  value["events"].for_each_item([&](const Value& item) {
    OtlpSpanEvent& event = span.events.emplace_back();
    event.name = item["name"].text();
    event.time_unix_nano = nano_from(field(item, "timeUnixNano", "time_unix_nano"));
    event.attributes = attributes_from(item["attributes"], arena);
  });
  value["links"].for_each_item([&](const Value& item) {
    span.links.push_back({id_from<TraceId>(field(item, "traceId", "trace_id")),
                          id_from<SpanId>(field(item, "spanId", "span_id"))});
  });
  return span;
}

OtlpLog log_from(const Value& value, TextArena& arena) {
  OtlpLog log;
  log.trace_id = optional_id<TraceId>(field(value, "traceId", "trace_id"), log.bad_id);
  log.span_id = optional_id<SpanId>(field(value, "spanId", "span_id"), log.bad_id);
  log.time_unix_nano = nano_from(field(value, "timeUnixNano", "time_unix_nano"));
  log.observed_unix_nano =
      nano_from(field(value, "observedTimeUnixNano", "observed_time_unix_nano"));
  log.severity_number = enum_from(field(value, "severityNumber", "severity_number"), kSeverities);
  log.severity_text = field(value, "severityText", "severity_text").text();
  log.body = any_text(value["body"], arena);
  log.event_name = field(value, "eventName", "event_name").text();
  log.attributes = attributes_from(value["attributes"], arena);
  return log;
}

// The lists' names on the way down.
struct Names {
  std::string_view resources, resources_snake, scopes, scopes_snake, records, records_snake;
  Category category;
};
constexpr Names kTraces = {"resourceSpans", "resource_spans", "scopeSpans",   "scope_spans",
                           "spans",         "spans",          Category::kSpan};
constexpr Names kLogs = {"resourceLogs", "resource_logs", "scopeLogs",   "scope_logs",
                         "logRecords",   "log_records",   Category::kLog};

template <typename Read>
Status collect(OtlpCollector& collector, const Value& request, const Names& names, Read read) {
  // A list of another type means that the sender means something else; a
  // single odd record only costs itself.
  std::string not_a_list;
  TextArena of_resource_arena, of_record;
  const auto list = [&](const Value& object, std::string_view camel, std::string_view snake) {
    const Value value = field(object, camel, snake);
    if (value.present() && !value.is_null() && !value.is_array()) not_a_list = camel;
    return value;
  };
  list(request, names.resources, names.resources_snake)
      .for_each_item([&](const Value& of_resource) {
        of_resource_arena.clear();
        const OtlpResource resource = OtlpResource::from(
            attributes_from(of_resource["resource"]["attributes"], of_resource_arena));
        list(of_resource, names.scopes, names.scopes_snake)
            .for_each_item([&](const Value& of_scope) {
              const OtlpScope scope = OtlpScope::from(of_scope["scope"]["name"].text(),
                                                      of_scope["scope"]["version"].text());
              list(of_scope, names.records, names.records_snake)
                  .for_each_item([&](const Value& record) {
                    if (record.is_object()) {
                      of_record.clear();
                      collector.add(resource, scope, read(record, of_record));
                    } else {
                      collector.drop(names.category, DropReason::kMalformed);
                    }
                  });
            });
      });
  if (!not_a_list.empty()) return Error{"malformed", "\"" + not_a_list + "\" is not a list"};
  return Done{};
}

template <typename Read>
Result<Decoded> decode(std::string_view body, std::int64_t received_at_unix_us, const Names& names,
                       Read read) {
  auto document = Document::parse(body, "the request");
  if (!document.ok()) return document.error();
  if (!document->root().is_object()) {
    return Error{"malformed", "the request at byte 0 is no JSON object"};
  }
  OtlpCollector collector(received_at_unix_us);
  if (auto status = collect(collector, document->root(), names, read); !status.ok()) {
    return status.error();
  }
  return collector.take();
}

}  // namespace

Status collect_otlp_traces(OtlpCollector& collector, const Value& request) {
  return collect(collector, request, kTraces, span_from);
}

Result<Decoded> decode_otlp_traces_json(std::string_view body, std::int64_t received_at_unix_us) {
  return decode(body, received_at_unix_us, kTraces, span_from);
}

Result<Decoded> decode_otlp_logs_json(std::string_view body, std::int64_t received_at_unix_us) {
  return decode(body, received_at_unix_us, kLogs, log_from);
}

}  // namespace pagewake::protocols
