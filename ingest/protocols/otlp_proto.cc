// OTLP/HTTP with protobuf. Field numbers are those of the files
//   opentelemetry/proto/common/v1/common.proto
//   opentelemetry/proto/resource/v1/resource.proto
//   opentelemetry/proto/trace/v1/trace.proto
//   opentelemetry/proto/logs/v1/logs.proto
// and are written beside each read; the request messages
// (opentelemetry/proto/collector/{trace,logs}/v1/*_service.proto) have the
// repeated resource as field 1. Fields we do not know are skipped.
#include <exception>
#include <protozero/pbf_reader.hpp>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/json_write.h"
#include "protocols/otlp_records.h"
#include "protocols/protocols.h"
#include "protocols/text_arena.h"

namespace pagewake::protocols {
namespace {

using model::Category;
using protozero::pbf_reader;
using protozero::pbf_wire_type;

struct TooDeep : std::exception {
  const char* what() const noexcept override { return "nested too deep"; }
};

// A field of the wrong wire type is another field by the same number: a
// protobuf parser treats it as unknown, and so do we.
bool is(const pbf_reader& message, protozero::pbf_tag_type tag, pbf_wire_type type) {
  return message.tag() == tag && message.wire_type() == type;
}
constexpr auto kBytes = pbf_wire_type::length_delimited;
constexpr auto kVarint = pbf_wire_type::varint;
constexpr auto kFixed64 = pbf_wire_type::fixed64;

std::string_view bytes_of(pbf_reader& message) {
  const auto view = message.get_view();
  return {view.data(), view.size()};
}

// proto3 strings are UTF-8; a sender's mistake must not reach our JSON.
std::string_view text_of(pbf_reader& message, TextArena& arena) {
  const std::string_view text = bytes_of(message);
  return is_valid_utf8(text) ? text : arena.keep(repair_utf8(text));
}

void append_base64(std::string& out, std::string_view bytes) {
  static constexpr char kAlphabet[] =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  bytes = bytes.substr(0, limits::kMessageBytes);
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    const std::size_t n = std::min<std::size_t>(3, bytes.size() - i);
    for (std::size_t k = 0; k < 3; ++k) {
      group = group << 8 | (k < n ? static_cast<unsigned char>(bytes[i + k]) : 0u);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      out += k <= n ? kAlphabet[group >> (18 - 6 * k) & 63] : '=';
    }
  }
}

void append_any(std::string& out, pbf_reader any, int depth);

// KeyValue (common.proto): key = 1, value = 2.
template <typename Take>
void read_key_value(pbf_reader pair, Take take) {
  std::string_view key;  // not checked yet
  pbf_reader value;
  while (pair.next()) {
    if (is(pair, 1, kBytes)) {
      key = bytes_of(pair);
    } else if (is(pair, 2, kBytes)) {
      value = pair.get_message();
    } else {
      pair.skip();
    }
  }
  take(key, value);
}

// AnyValue (common.proto): string_value = 1, bool_value = 2, int_value = 3,
// double_value = 4, array_value = 5, kvlist_value = 6, bytes_value = 7.
// It is a oneof: the last field wins, as in every protobuf parser.
void append_any(std::string& out, pbf_reader any, int depth) {
  if (depth > limits::kJsonDepth) throw TooDeep();
  const std::size_t start = out.size();
  while (any.next()) {
    out.resize(start);
    if (is(any, 1, kBytes)) {
      append_json_string(out, bytes_of(any));
    } else if (is(any, 2, kVarint)) {
      out += any.get_bool() ? "true" : "false";
    } else if (is(any, 3, kVarint)) {
      append_json_number(out, any.get_int64());
    } else if (is(any, 4, kFixed64)) {
      append_json_number(out, any.get_double());
    } else if (is(any, 5, kBytes)) {  // ArrayValue: values = 1
      pbf_reader list = any.get_message();
      char separator = '[';
      while (list.next()) {
        if (is(list, 1, kBytes)) {
          out += std::exchange(separator, ',');
          append_any(out, list.get_message(), depth + 1);
        } else {
          list.skip();
        }
      }
      out += separator == '[' ? "[]" : "]";
    } else if (is(any, 6, kBytes)) {  // KeyValueList: values = 1
      pbf_reader map = any.get_message();
      char separator = '{';
      while (map.next()) {
        if (is(map, 1, kBytes)) {
          out += std::exchange(separator, ',');
          read_key_value(map.get_message(), [&](std::string_view key, const pbf_reader& value) {
            append_json_string(out, key);
            out += ':';
            append_any(out, value, depth + 1);
          });
        } else {
          map.skip();
        }
      }
      out += separator == '{' ? "{}" : "}";
    } else if (is(any, 7, kBytes)) {
      out += '"';
      append_base64(out, bytes_of(any));
      out += '"';
    } else {
      any.skip();
    }
  }
  if (out.size() == start) out += "null";
}

// The string of an AnyValue that is one, uncut.
std::optional<std::string_view> string_of(pbf_reader any, TextArena& arena) {
  std::optional<std::string_view> text;
  while (any.next()) {
    if (is(any, 1, kBytes)) {
      text = text_of(any, arena);
    } else {
      text.reset();
      any.skip();
    }
  }
  return text;
}

// Any other AnyValue as JSON.
std::string_view json_of(const pbf_reader& any, TextArena& arena) {
  std::string json;
  append_any(json, any, 1);
  return arena.keep(json);
}

void read_attribute(OtlpAttributes& out, pbf_reader pair, TextArena& arena) {
  read_key_value(pair, [&](std::string_view key, const pbf_reader& value) {
    if (key.empty()) return;
    if (!is_valid_utf8(key)) key = arena.keep(repair_utf8(key));
    OtlpAttribute& attribute = out.emplace_back();
    attribute.key = key;
    if (const auto text = string_of(value, arena)) {
      attribute.text = *text;
      return;
    }
    attribute.json = json_of(value, arena);
    if (attribute.json[0] != '[' && attribute.json[0] != '{' && attribute.json != "null") {
      attribute.text = attribute.json;
    }
  });
}

std::string_view any_text(const pbf_reader& any, TextArena& arena) {
  if (const auto text = string_of(any, arena)) return *text;
  const std::string_view json = json_of(any, arena);
  return json == "null" ? std::string_view() : json;
}

// Ids are bytes: 16 or 8 of them.
template <typename T>
std::optional<T> raw_id(std::string_view bytes) {
  T id;
  if (bytes.size() != T::kBytes) return {};
  for (std::size_t i = 0; i < T::kBytes; ++i) id.bytes[i] = static_cast<std::uint8_t>(bytes[i]);
  return id;
}

template <typename T>
std::optional<T> id_of(pbf_reader& message) {
  auto id = raw_id<T>(bytes_of(message));
  if (id && id->is_zero()) id.reset();
  return id;
}

template <typename T>
T optional_id(pbf_reader& message, bool& bad) {
  const std::string_view bytes = bytes_of(message);
  if (bytes.empty()) return {};
  const auto id = raw_id<T>(bytes);
  if (!id) bad = true;
  return id.value_or(T{});
}

// Span.Event (trace.proto): time_unix_nano = 1, name = 2, attributes = 3.
OtlpSpanEvent event_from(pbf_reader message, TextArena& arena) {
  OtlpSpanEvent event;
  event.attributes.reserve(4);  // an exception's
  while (true) {
    const protozero::data_view rest = message.data();
    if (!message.next()) break;
    if (is(message, 1, kFixed64)) {
      event.time_unix_nano = message.get_fixed64();
    } else if (is(message, 2, kBytes)) {
      event.name = text_of(message, arena);
    } else if (is(message, 3, kBytes)) {
      if (event.attributes.empty()) event.encoded_attributes = {rest.data(), rest.size()};
      read_attribute(event.attributes, message.get_message(), arena);
    } else {
      message.skip();
    }
  }
  return event;
}

// Span.Link (trace.proto): trace_id = 1, span_id = 2.
OtlpLink link_from(pbf_reader message) {
  OtlpLink link;
  while (message.next()) {
    if (is(message, 1, kBytes)) {
      link.trace_id = id_of<TraceId>(message);
    } else if (is(message, 2, kBytes)) {
      link.span_id = id_of<SpanId>(message);
    } else {
      message.skip();
    }
  }
  return link;
}

// Status (trace.proto): message = 2, code = 3.
void read_status(OtlpSpan& span, pbf_reader message, TextArena& arena) {
  while (message.next()) {
    if (is(message, 2, kBytes)) {
      span.status_message = text_of(message, arena);
    } else if (is(message, 3, kVarint)) {
      span.status_code = message.get_enum();
    } else {
      message.skip();
    }
  }
}

// The attributes of a span (field 9) that stand together at the beginning of
// `rest`. "" where one is not whole; who reads them says so.
std::string_view attributes_at(protozero::data_view rest) {
  constexpr char kAttribute = 9 << 3 | static_cast<int>(pbf_wire_type::length_delimited);
  const char *at = rest.data(), *const end = at + rest.size();
  while (at != end && *at == kAttribute) {
    ++at;
    std::uint64_t size = 0;
    for (int shift = 0;; shift += 7) {
      if (at == end || shift > 28) return {};
      const auto byte = static_cast<unsigned char>(*at++);
      size |= static_cast<std::uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) break;
    }
    if (size > static_cast<std::uint64_t>(end - at)) return {};
    at += size;
  }
  return {rest.data(), static_cast<std::size_t>(at - rest.data())};
}

void read_attributes(OtlpAttributes& out, pbf_reader fields, TextArena& arena) {
  while (fields.next()) read_attribute(out, fields.get_message(), arena);
}

// Span (trace.proto): trace_id = 1, span_id = 2, parent_span_id = 4, name = 5,
// kind = 6, start_time_unix_nano = 7, end_time_unix_nano = 8, attributes = 9,
// events = 11, links = 13, status = 15.
// `span` is anew but for the memory that its lists keep.
void read(OtlpSpan& span, pbf_reader message, TextArena& arena, const OtlpCollector& collector) {
  while (true) {
    const protozero::data_view rest = message.data();
    if (!message.next()) break;
    if (is(message, 1, kBytes)) {
      span.trace_id = id_of<TraceId>(message);
    } else if (is(message, 2, kBytes)) {
      span.span_id = id_of<SpanId>(message);
    } else if (is(message, 4, kBytes)) {
      span.parent_span_id = optional_id<SpanId>(message, span.bad_parent);
    } else if (is(message, 5, kBytes)) {
      span.name = text_of(message, arena);
    } else if (is(message, 6, kVarint)) {
      span.kind = message.get_enum();
    } else if (is(message, 7, kFixed64)) {
      span.start_unix_nano = message.get_fixed64();
    } else if (is(message, 8, kFixed64)) {
      span.end_unix_nano = message.get_fixed64();
    } else if (is(message, 9, kBytes)) {
      const bool first = span.attributes.empty() && span.known == nullptr;
      const std::string_view together = first ? attributes_at(rest) : std::string_view();
      if (!together.empty()) {
        span.encoded_attributes = together;
        span.known = collector.known(together);
        if (span.known == nullptr) {
          read_attributes(span.attributes, {together.data(), together.size()}, arena);
        }
        message = pbf_reader(rest.data() + together.size(), rest.size() - together.size());
        continue;
      }
      // They stand in several places, as no exporter writes them.
      const std::string_view before = std::exchange(span.encoded_attributes, {});
      if (std::exchange(span.known, nullptr) != nullptr) {
        read_attributes(span.attributes, {before.data(), before.size()}, arena);
      }
      read_attribute(span.attributes, message.get_message(), arena);
    } else if (is(message, 11, kBytes)) {
      span.events.push_back(event_from(message.get_message(), arena));
    } else if (is(message, 13, kBytes)) {
      span.links.push_back(link_from(message.get_message()));
    } else if (is(message, 15, kBytes)) {
      read_status(span, message.get_message(), arena);
    } else {
      message.skip();
    }
  }
}

// LogRecord (logs.proto): time_unix_nano = 1, severity_number = 2,
// severity_text = 3, body = 5, attributes = 6, trace_id = 9, span_id = 10,
// observed_time_unix_nano = 11, event_name = 12.
void read(OtlpLog& log, pbf_reader message, TextArena& arena, const OtlpCollector&) {
  while (message.next()) {
    if (is(message, 1, kFixed64)) {
      log.time_unix_nano = message.get_fixed64();
    } else if (is(message, 2, kVarint)) {
      log.severity_number = message.get_enum();
    } else if (is(message, 3, kBytes)) {
      log.severity_text = text_of(message, arena);
    } else if (is(message, 5, kBytes)) {
      log.body = any_text(message.get_message(), arena);
    } else if (is(message, 6, kBytes)) {
      read_attribute(log.attributes, message.get_message(), arena);
    } else if (is(message, 9, kBytes)) {
      log.trace_id = optional_id<TraceId>(message, log.bad_id);
    } else if (is(message, 10, kBytes)) {
      log.span_id = optional_id<SpanId>(message, log.bad_id);
    } else if (is(message, 11, kFixed64)) {
      log.observed_unix_nano = message.get_fixed64();
    } else if (is(message, 12, kBytes)) {
      log.event_name = text_of(message, arena);
    } else {
      message.skip();
    }
  }
}

// What was read before goes, the memory of its lists stays.
void clear(OtlpSpan& span) {
  OtlpSpan anew;
  std::swap(anew.attributes, span.attributes);
  std::swap(anew.events, span.events);
  std::swap(anew.links, span.links);
  anew.attributes.clear();
  anew.events.clear();
  anew.links.clear();
  span = std::move(anew);
}
void clear(OtlpLog& log) {
  OtlpLog anew;
  std::swap(anew.attributes, log.attributes);
  anew.attributes.clear();
  log = std::move(anew);
}

// Resource (resource.proto): attributes = 1.
OtlpResource resource_from(pbf_reader message, TextArena& arena) {
  OtlpAttributes attributes;
  while (message.next()) {
    if (is(message, 1, kBytes)) {
      read_attribute(attributes, message.get_message(), arena);
    } else {
      message.skip();
    }
  }
  return OtlpResource::from(attributes);
}

// InstrumentationScope (common.proto): name = 1, version = 2.
OtlpScope scope_from(pbf_reader message, TextArena& arena) {
  std::string_view name, version;
  while (message.next()) {
    if (is(message, 1, kBytes)) {
      name = text_of(message, arena);
    } else if (is(message, 2, kBytes)) {
      version = text_of(message, arena);
    } else {
      message.skip();
    }
  }
  return OtlpScope::from(name, version);
}

void expect(OtlpCollector& collector, const OtlpSpan&, std::size_t n) { collector.expect_spans(n); }
void expect(OtlpCollector&, const OtlpLog&, std::size_t) {}

// The request: resource_spans = 1 or resource_logs = 1. Each of them
// (trace.proto, logs.proto): resource = 1, scope_spans or scope_logs = 2; in
// turn scope = 1, spans or log_records = 2. The header of a group may stand
// behind its records, so each message is read twice: header, then records.
template <typename Record>
Result<Decoded> decode(std::string_view body, std::int64_t received_at_unix_us) {
  OtlpCollector collector(received_at_unix_us);
  TextArena of_headers, of_record;
  Record record;
  const char* reading = body.data();  // the record, for the error's place
  try {
    pbf_reader request(body.data(), body.size());
    while (request.next()) {
      if (!is(request, 1, kBytes)) {
        request.skip();
        continue;
      }
      of_headers.clear();
      const pbf_reader of_resource = request.get_message();
      reading = of_resource.data().data();
      OtlpResource resource;
      for (pbf_reader m = of_resource; m.next();) {
        if (is(m, 1, kBytes)) {
          resource = resource_from(m.get_message(), of_headers);
        } else {
          m.skip();
        }
      }
      for (pbf_reader m = of_resource; m.next();) {
        if (!is(m, 2, kBytes)) {
          m.skip();
          continue;
        }
        const pbf_reader of_scope = m.get_message();
        reading = of_scope.data().data();
        OtlpScope scope;
        std::size_t records = 0;
        for (pbf_reader s = of_scope; s.next();) {
          if (is(s, 2, kBytes)) ++records;
          if (is(s, 1, kBytes)) {
            scope = scope_from(s.get_message(), of_headers);
          } else {
            s.skip();
          }
        }
        expect(collector, record, records);
        collector.begin_scope();
        for (pbf_reader s = of_scope; s.next();) {
          if (!is(s, 2, kBytes)) {
            s.skip();
            continue;
          }
          const pbf_reader message = s.get_message();
          reading = message.data().data();
          clear(record);
          of_record.clear();
          read(record, message, of_record, collector);
          collector.add(resource, scope, record);
        }
      }
    }
  } catch (const TooDeep&) {
    return Error{"nesting_too_deep",
                 "an attribute nests deeper than " + std::to_string(limits::kJsonDepth) +
                     " levels in the message at byte " + std::to_string(reading - body.data())};
  } catch (const protozero::exception& e) {
    return Error{"malformed", std::string("not valid protobuf in the message at byte ") +
                                  std::to_string(reading - body.data()) + ": " + e.what()};
  }
  return collector.take();
}

}  // namespace

Result<Decoded> decode_otlp_traces_proto(std::string_view body, std::int64_t received_at_unix_us) {
  return decode<OtlpSpan>(body, received_at_unix_us);
}

Result<Decoded> decode_otlp_logs_proto(std::string_view body, std::int64_t received_at_unix_us) {
  return decode<OtlpLog>(body, received_at_unix_us);
}

}  // namespace pagewake::protocols
