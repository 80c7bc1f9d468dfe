#include "protocols/sentry_items.h"

#include <algorithm>
#include <cmath>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json_write.h"
#include "protocols/levels.h"
#include "protocols/stack_text.h"
#include "protocols/time_text.h"

namespace pagewake::protocols {
namespace {

using model::Category;

std::string name_text(const Value& value) {
  return std::string(cut_utf8(value.to_text(), limits::kNameBytes));
}

std::string message_text(std::string_view text) {
  return std::string(cut_utf8(text, limits::kMessageBytes));
}

// A member that is an object with something in it, as JSON; "" otherwise.
std::string object_json(const Value& value) {
  bool empty = true;
  value.for_each_member([&](std::string_view, const Value&) { empty = false; });
  return empty ? std::string() : to_json(value);
}

// Sentry's ids are UUIDs in hex, by some clients with dashes.
template <typename T>
std::optional<T> id_from(std::string_view text) {
  std::string hex;
  for (const char c : text.substr(0, 64)) {
    if (c != '-') hex += c;
  }
  auto id = parse_id<T>(hex);
  if (id && id->is_zero()) id.reset();
  return id;
}

template <typename T>
T id_or_zero(const Value& value) {
  return id_from<T>(value.text()).value_or(T{});
}

std::int64_t time_or(const Value& value, std::int64_t fallback) {
  return unix_us_from_seconds_or_text(value).value_or(fallback);
}

// Tags are {"k":"v"} or [["k","v"], ...]; values are texts, in practice also
// numbers and booleans.
KeyValues tags_from(const Value& tags) {
  KeyValues out;
  const auto add = [&](std::string_view key, const Value& value) {
    if (out.size() >= limits::kTags || key.empty() || value.is_null()) return;
    out.emplace_back(cut_utf8(key, limits::kNameBytes), name_text(value));
  };
  tags.for_each_member(add);
  tags.for_each_item([&](const Value& pair) {
    std::vector<Value> parts;
    pair.for_each_item([&](const Value& part) {
      if (parts.size() < 2) parts.push_back(part);
    });
    if (parts.size() == 2) add(parts[0].text(), parts[1]);
  });
  return out;
}

// Fills a message's parameters in: "%s of %d" with a list, "%(name)s" with an
// object, "{}" and "{0}" as newer SDKs write. What has no parameter stays.
std::string fill_in(std::string_view text, const Value& params) {
  std::vector<std::string> list;
  params.for_each_item([&](const Value& param) {
    if (list.size() < limits::kTags) list.push_back(message_text(param.to_text()));
  });
  if (list.empty() && !params.is_object()) return message_text(text);
  text = cut_utf8(text, limits::kMessageBytes);  // bounds the searches below, too
  std::string out;
  std::size_t next = 0;
  for (std::size_t i = 0; i < text.size() && out.size() < limits::kMessageBytes; ++i) {
    const std::string_view rest = text.substr(i);
    if (rest.starts_with("%%")) {
      out += '%';
      ++i;
    } else if (rest.starts_with("%(")) {
      const auto close = rest.find(')');
      const bool whole = close != rest.npos && close + 1 < rest.size();
      const Value named = whole ? params[rest.substr(2, close - 2)] : Value();
      if (named.present()) {
        out += named.to_text();
        i += close + 1;
      } else {
        out += '%';
      }
    } else if (rest.size() >= 2 && rest[0] == '%' &&
               std::string_view("sdifrxuo").find(rest[1]) != std::string_view::npos &&
               next < list.size()) {
      out += list[next++];
      ++i;
    } else if (rest.starts_with("{}") && next < list.size()) {
      out += list[next++];
      ++i;
    } else if (rest.size() >= 3 && rest[0] == '{' && rest[1] >= '0' && rest[1] <= '9' &&
               rest[2] == '}' && static_cast<std::size_t>(rest[1] - '0') < list.size()) {
      out += list[static_cast<std::size_t>(rest[1] - '0')];
      i += 2;
    } else {
      out += text[i];
    }
  }
  return message_text(out);
}

// structlog through stdlib logging makes the event's message the repr of its
// dict: `{'order_id': 7, 'event': 'checkout_failed', ...}`. The value of
// 'event' is the part that is the same each time.
std::string_view event_key_of_python_repr(std::string_view message) {
  if (!message.starts_with("{'")) return {};
  constexpr std::string_view kKey = "'event': ";
  std::size_t at = 0;
  while ((at = message.find(kKey, at)) != message.npos) {
    // A key stands behind "{" or ", ", not inside a value's text.
    const bool is_key = at == 1 || message.substr(at - 2, 2) == ", ";
    at += kKey.size();
    if (!is_key || at >= message.size()) continue;
    const char quote = message[at];
    if (quote != '\'' && quote != '"') return {};
    const auto end = message.find(quote, at + 1);
    return end == message.npos ? std::string_view() : message.substr(at + 1, end - at - 1);
  }
  return {};
}

void read_message(model::EventRecord& record, const Value& event) {
  // `logentry`, or `message` in its object form; `message` as text is final.
  const Value entry = event["logentry"].is_object() ? event["logentry"] : event["message"];
  if (entry.is_object()) {
    const std::string_view text = entry["message"].text();
    record.message_template = message_text(text);
    const std::string_view formatted = entry["formatted"].text();
    record.message = formatted.empty() ? fill_in(text, entry["params"]) : message_text(formatted);
    if (record.message.empty()) record.message = record.message_template;
  } else {
    record.message = message_text(event["message"].text());
  }
  const std::string_view text =
      record.message_template.empty() ? record.message : record.message_template;
  if (const auto key = event_key_of_python_repr(text); !key.empty()) {
    record.message_template = message_text(key);
  }
}

std::vector<std::string> lines_from(const Value& lines) {
  constexpr std::size_t kContextLines = 10;
  std::vector<std::string> out;
  lines.for_each_item([&](const Value& line) {
    if (out.size() < kContextLines) out.emplace_back(cut_utf8(line.text(), limits::kNameBytes));
  });
  return out;
}

std::int32_t position(const Value& value) {
  const auto number = value.integer();
  return number && *number > 0 && *number < INT32_MAX ? static_cast<std::int32_t>(*number) : 0;
}

model::Frame frame_from(const Value& frame) {
  model::Frame out;
  out.function = name_text(frame["function"]);
  if (out.function == "?") out.function.clear();  // how the SDKs write "unknown"
  out.filename = cut_utf8(frame["filename"].text(), limits::kUrlBytes);
  out.abs_path = cut_utf8(frame["abs_path"].text(), limits::kUrlBytes);
  if (out.filename.empty()) out.filename = out.abs_path;
  out.module = name_text(frame["module"]);
  out.line = position(frame["lineno"]);
  out.column = position(frame["colno"]);
  out.in_app = frame["in_app"].boolean().value_or(true);
  out.context.pre = lines_from(frame["pre_context"]);
  out.context.line = cut_utf8(frame["context_line"].text(), limits::kNameBytes);
  out.context.post = lines_from(frame["post_context"]);
  return out;
}

// Sentry writes the oldest call first; we keep the newest first and, when
// there are too many, the newest.
std::vector<model::Frame> frames_from(const Value& stacktrace) {
  std::vector<Value> frames;
  stacktrace["frames"].for_each_item([&](const Value& frame) {
    if (frame.is_object()) frames.push_back(frame);
  });
  std::vector<model::Frame> out;
  for (auto at = frames.rbegin(); at != frames.rend(); ++at) {
    if (out.size() >= limits::kFramesPerException) break;
    out.push_back(frame_from(*at));
  }
  return out;
}

std::vector<model::Exception> exceptions_from(const Value& exception) {
  // {"values":[...]}, a bare list, or one exception.
  std::vector<Value> values;
  const auto add = [&](const Value& value) {
    if (value.is_object()) values.push_back(value);
  };
  if (exception.is_array()) {
    exception.for_each_item(add);
  } else if (exception["values"].present()) {
    exception["values"].for_each_item(add);
  } else {
    add(exception);
  }
  // The last value is the one that was thrown, its causes come before it.
  std::vector<model::Exception> out;
  for (auto at = values.rbegin(); at != values.rend(); ++at) {
    if (out.size() >= limits::kExceptionsPerEvent) break;
    const Value& value = *at;
    if (!value["type"].present() && !value["value"].present()) continue;
    model::Exception& exception_out = out.emplace_back();
    exception_out.type = name_text(value["type"]);
    exception_out.value = message_text(value["value"].to_text());
    exception_out.module = name_text(value["module"]);
    exception_out.mechanism = name_text(value["mechanism"]["type"]);
    exception_out.handled = value["mechanism"]["handled"].boolean().value_or(true);
    exception_out.frames = frames_from(value["stacktrace"]);
  }
  return out;
}

// "debug_meta":{"images":[{"type":"sourcemap","code_file":"https://…","debug_id":"…"}]}
void add_debug_ids(const Value& debug_meta, std::vector<model::Exception>& exceptions) {
  debug_meta["images"].for_each_item([&](const Value& image) {
    const std::string_view file = image["code_file"].text();
    const std::string debug_id = debug_id_from(image["debug_id"].text());
    if (file.empty() || debug_id.empty() || image["type"].text() != "sourcemap") return;
    for (model::Exception& exception : exceptions) {
      for (model::Frame& frame : exception.frames) {
        if (frame.filename == file || frame.abs_path == file) frame.debug_id = debug_id;
      }
    }
  });
}

std::vector<pagewake::Breadcrumb> breadcrumbs_from(const Value& breadcrumbs,
                                                   std::int64_t fallback_unix_us) {
  std::vector<Value> values;
  const Value list = breadcrumbs.is_object() ? breadcrumbs["values"] : breadcrumbs;
  list.for_each_item([&](const Value& crumb) {
    if (crumb.is_object()) values.push_back(crumb);
  });
  // The newest are nearest to the error.
  const std::size_t skip =
      values.size() > limits::kBreadcrumbs ? values.size() - limits::kBreadcrumbs : 0;
  std::vector<pagewake::Breadcrumb> out;
  for (std::size_t i = skip; i < values.size(); ++i) {
    const Value& value = values[i];
    pagewake::Breadcrumb& crumb = out.emplace_back();
    crumb.index = static_cast<std::uint32_t>(i - skip);
    crumb.at_unix_ms = time_or(value["timestamp"], fallback_unix_us) / 1000;
    crumb.type = value["type"].text().empty() ? "default" : name_text(value["type"]);
    crumb.category = name_text(value["category"]);
    crumb.level = level_from(value["level"].text()).value_or("info");
    crumb.message = message_text(value["message"].to_text());
    value["data"].for_each_member([&](std::string_view key, const Value& item) {
      if (crumb.data.size() >= limits::kTags || item.is_null()) return;
      crumb.data.emplace_back(cut_utf8(key, limits::kNameBytes), message_text(item.to_text()));
    });
  }
  return out;
}

// Contexts without the trace, which has fields of its own.
std::string contexts_json(const Value& contexts) {
  JsonObject out;
  contexts.for_each_member([&](std::string_view key, const Value& value) {
    if (key != "trace" && value.is_object()) out.member(key, to_json(value));
  });
  return out.take();
}

std::string user_id_from(const Value& user) {
  for (const auto* key : {"id", "username", "email"}) {
    if (auto text = name_text(user[key]); !text.empty()) return text;
  }
  return {};
}

// "ok" and the gRPC-like names of Sentry's span status.
void set_status(model::SpanRecord& span, std::string_view status) {
  if (status == "ok") {
    span.status = model::SpanStatus::kOk;
  } else if (!status.empty() && status != "unset" && status != "unknown" && status != "cancelled") {
    span.status = model::SpanStatus::kError;
    span.status_message = cut_utf8(status, limits::kNameBytes);
  }
}

model::SpanKind kind_from(std::string_view kind, std::string_view op) {
  using model::SpanKind;
  if (kind == "server") return SpanKind::kServer;
  if (kind == "client") return SpanKind::kClient;
  if (kind == "producer") return SpanKind::kProducer;
  if (kind == "consumer") return SpanKind::kConsumer;
  if (kind == "internal") return SpanKind::kInternal;
  if (op == "http.server") return SpanKind::kServer;
  if (op == "http.client" || op == "http" || op == "db" || op.starts_with("db."))
    return SpanKind::kClient;
  return SpanKind::kUnspecified;
}

// Sentry's spans need not name a service. Without one, what runs there stands
// for it: the page and the backend of one trace must not look like one process,
// whose clock needs no correction. "sentry.python.django" is "python"; of
// JavaScript the platform tells, or the SDK's name.
std::string service_or_runtime(std::string service, std::string_view platform,
                               std::string_view sdk) {
  if (!service.empty()) return service;
  if (platform.empty() && sdk.starts_with("sentry.")) {
    sdk.remove_prefix(7);
    platform = sdk.substr(0, sdk.find('.'));
    if (sdk.starts_with("javascript.node")) platform = "node";
  }
  return platform == "javascript" ? "browser" : std::string(cut_utf8(platform, limits::kNameBytes));
}

// Fills ids; false when they are missing or wrong, which is one drop.
bool read_span_ids(Decoded& decoded, model::SpanRecord& record, const Value& trace_id,
                   const Value& span_id, const Value& parent_span_id) {
  const auto trace = id_from<TraceId>(trace_id.text());
  const auto span = id_from<SpanId>(span_id.text());
  if (!trace || !span) {
    decoded.drops.push_back({Category::kSpan, DropReason::kInvalidId, 1});
    return false;
  }
  record.trace_id = *trace;
  record.span_id = *span;
  record.parent_span_id = id_or_zero<SpanId>(parent_span_id);
  return true;
}

void read_span_times(model::SpanRecord& record, const Value& start, const Value& end,
                     std::int64_t received_at_unix_us) {
  const auto ended = unix_us_from_seconds_or_text(end);
  const auto started = unix_us_from_seconds_or_text(start);
  record.started_at_unix_us = started ? *started : ended.value_or(received_at_unix_us);
  record.duration_us = std::max<std::int64_t>(ended.value_or(0) - record.started_at_unix_us, 0);
  record.received_at_unix_us = received_at_unix_us;
}

// An attribute of the v2 containers is {"value":…,"type":…}.
Value attribute(const Value& attributes, std::string_view key) { return attributes[key]["value"]; }

// The rest of a v2 item's attributes: what the record says elsewhere, and what
// the SDK says about itself, is left out.
std::string attributes_json(const Value& attributes) {
  static constexpr std::string_view kKnown[] = {"sentry.release",
                                                "sentry.environment",
                                                "sentry.op",
                                                "sentry.kind",
                                                "sentry.sdk.name",
                                                "sentry.sdk.version",
                                                "sentry.segment.id",
                                                "sentry.trace_lifecycle",
                                                "sentry.segment.name",
                                                "sentry.timestamp.sequence",
                                                "sentry.trace.parent_span_id"};
  JsonObject out;
  attributes.for_each_member([&](std::string_view key, const Value& value) {
    if (std::find(std::begin(kKnown), std::end(kKnown), key) != std::end(kKnown)) return;
    if (value["value"].present()) out.member(key, to_json(value["value"]));
  });
  return out.take();
}

void add_members(JsonObject& out, const Value& object) {
  object.for_each_member([&](std::string_view key, const Value& value) {
    if (!value.is_null()) out.member(key, to_json(value));
  });
}

Category category_of_report(std::string_view category) {
  if (category == "error" || category == "default" || category == "security") {
    return Category::kEvent;
  }
  if (category == "transaction" || category == "span" || category == "transaction_indexed" ||
      category == "span_indexed") {
    return Category::kSpan;
  }
  if (category == "session") return Category::kSession;
  if (category == "log_item") return Category::kLog;
  return Category::kOther;
}

}  // namespace

std::string take_sentry_event(Decoded& decoded, const Value& event, const SentryContext& context) {
  const std::string_view own_id = event["event_id"].text();
  const std::string_view text_id = own_id.empty() ? context.envelope_event_id : own_id;
  auto event_id = id_from<EventId>(text_id);
  if (!event_id && text_id.empty()) {
    // Old clients leave the id to the server. From the content, so that a
    // retry is the same event.
    event_id = ContentHash().add("sentry event").add(to_json(event)).event_id();
  }
  if (!event_id) {
    decoded.drops.push_back({Category::kEvent, DropReason::kInvalidId, 1});
    return {};
  }

  model::EventRecord record;
  record.event_id = *event_id;
  record.source = model::Source::kSentry;
  record.received_at_unix_us = context.received_at_unix_us;
  record.occurred_at_unix_us = time_or(event["timestamp"], context.received_at_unix_us);
  if (context.sent_at_unix_us > 0) {
    record.clock_skew_us = context.received_at_unix_us - context.sent_at_unix_us;
  }
  record.platform = event["platform"].text().empty() ? "other" : name_text(event["platform"]);
  record.level = level_from(event["level"].text()).value_or("error");
  record.logger = name_text(event["logger"]);
  record.transaction = name_text(event["transaction"]);
  record.server_name = name_text(event["server_name"]);
  record.release = name_text(event["release"]);
  record.environment = name_text(event["environment"]);
  read_message(record, event);
  record.exceptions = exceptions_from(event["exception"]);
  add_debug_ids(event["debug_meta"], record.exceptions);
  // captureMessage() with a stack: an exception without a type. It stays a
  // message; an exception of that name would be a lie.
  std::erase_if(record.exceptions, [&](const model::Exception& exception) {
    return exception.type.empty() && (exception.value.empty() || exception.value == record.message);
  });
  record.breadcrumbs = breadcrumbs_from(event["breadcrumbs"], record.occurred_at_unix_us);
  record.tags = tags_from(event["tags"]);
  record.contexts_json = contexts_json(event["contexts"]);
  record.user_json = object_json(event["user"]);
  record.user_id = user_id_from(event["user"]);
  record.request_json = object_json(event["request"]);
  record.extra_json = object_json(event["extra"]);
  record.url = cut_utf8(event["request"]["url"].text(), limits::kUrlBytes);
  const Value contexts = event["contexts"];
  record.trace_id = id_or_zero<TraceId>(contexts["trace"]["trace_id"]);
  record.span_id = id_or_zero<SpanId>(contexts["trace"]["span_id"]);
  record.browser = name_text(contexts["browser"]["name"]);
  if (record.platform == "javascript") record.os = name_text(contexts["os"]["name"]);
  event["fingerprint"].for_each_item([&](const Value& part) {
    if (record.custom_fingerprint.size() < limits::kTags) {
      record.custom_fingerprint.push_back(name_text(part));
    }
  });
  // The SDKs' way of saying "as you would without me".
  if (record.custom_fingerprint == std::vector<std::string>{"{{ default }}"}) {
    record.custom_fingerprint.clear();
  }
  decoded.records.events.push_back(std::move(record));
  return to_hex(*event_id);
}

std::string take_sentry_transaction(Decoded& decoded, const Value& transaction,
                                    const SentryContext& context) {
  const Value trace = transaction["contexts"]["trace"];
  model::SpanRecord root;
  root.source = model::Source::kSentry;
  root.release = name_text(transaction["release"]);
  root.environment = name_text(transaction["environment"]);
  root.service =
      service_or_runtime(name_text(trace["data"]["service.name"]), transaction["platform"].text(),
                         transaction["sdk"]["name"].text());
  const auto read_common = [&](model::SpanRecord& record, const Value& span) {
    record.op = name_text(span["op"]);
    set_status(record, span["status"].text());
    record.kind = kind_from(span["data"]["sentry.kind"].text(), record.op);
    JsonObject attributes;
    add_members(attributes, span["data"]);
    add_members(attributes, span["tags"]);
    return attributes;
  };
  if (read_span_ids(decoded, root, trace["trace_id"], trace["span_id"], trace["parent_span_id"])) {
    root.name = name_text(transaction["transaction"]);
    if (root.name.empty()) root.name = "(unnamed)";
    read_span_times(root, transaction["start_timestamp"], transaction["timestamp"],
                    context.received_at_unix_us);
    JsonObject attributes = read_common(root, trace);
    const Value request = transaction["request"];
    if (!request["url"].text().empty()) attributes.text("url.full", request["url"].text());
    if (!request["method"].text().empty()) {
      attributes.text("http.request.method", request["method"].text());
    }
    for (const auto& [key, value] : tags_from(transaction["tags"])) attributes.text(key, value);
    root.attributes_json = attributes.take();
    decoded.records.spans.push_back(root);
  }
  transaction["spans"].for_each_item([&](const Value& span) {
    if (decoded.records.spans.size() >= limits::kRecordsPerRequest) {
      decoded.drops.push_back({Category::kSpan, DropReason::kTruncated, 1});
      return;
    }
    model::SpanRecord record;
    record.source = model::Source::kSentry;
    record.release = root.release;
    record.environment = root.environment;
    record.service = root.service;
    const Value trace_id = span["trace_id"].present() ? span["trace_id"] : trace["trace_id"];
    if (!read_span_ids(decoded, record, trace_id, span["span_id"], span["parent_span_id"])) return;
    read_span_times(record, span["start_timestamp"], span["timestamp"],
                    context.received_at_unix_us);
    JsonObject attributes = read_common(record, span);
    // The description of a database span is its statement, by OpenTelemetry's
    // name an attribute; others are kept whole where the name has to be cut.
    const std::string_view description = span["description"].text();
    record.name = description.empty() ? record.op : cut_utf8(description, limits::kNameBytes);
    if (record.op == "db" || record.op.starts_with("db.")) {
      if (!description.empty()) attributes.text("db.query.text", description);
    } else if (description.size() > limits::kNameBytes) {
      attributes.text("sentry.description", description);
    }
    record.attributes_json = attributes.take();
    decoded.records.spans.push_back(std::move(record));
  });
  const auto id = id_from<EventId>(transaction["event_id"].text());
  return id ? to_hex(*id) : std::string();
}

void take_sentry_span(Decoded& decoded, const Value& span, const SentryContext& context) {
  model::SpanRecord record;
  record.source = model::Source::kSentry;
  if (!read_span_ids(decoded, record, span["trace_id"], span["span_id"], span["parent_span_id"])) {
    return;
  }
  const Value attributes = span["attributes"];
  const Value data = span["data"];
  // v2 has `attributes` and `end_timestamp`, v1 `data`, `timestamp` and fields of its own.
  const auto field = [&](std::string_view key, std::string_view attribute_key) {
    const Value own = span[key];
    if (own.present() && !own.is_null()) return name_text(own);
    const Value given = attribute(attributes, attribute_key);
    return name_text(given.present() ? given : data[attribute_key]);
  };
  const Value end = span["end_timestamp"].present() ? span["end_timestamp"] : span["timestamp"];
  read_span_times(record, span["start_timestamp"], end, context.received_at_unix_us);
  record.op = field("op", "sentry.op");
  record.name = field("name", "sentry.name");
  if (record.name.empty()) record.name = name_text(span["description"]);
  if (record.name.empty()) record.name = record.op;
  record.release = field("release", "sentry.release");
  record.environment = field("environment", "sentry.environment");
  record.service =
      service_or_runtime(field("service", "service.name"), {}, field("", "sentry.sdk.name"));
  record.kind = kind_from(field("kind", "sentry.kind"), record.op);
  set_status(record, span["status"].text());
  if (attributes.present()) {
    record.attributes_json = attributes_json(attributes);
  } else {
    JsonObject out;
    add_members(out, data);
    add_members(out, span["tags"]);
    record.attributes_json = out.take();
  }
  std::string links;
  span["links"].for_each_item([&](const Value& link) {
    const auto trace = id_from<TraceId>(link["trace_id"].text());
    const auto id = id_from<SpanId>(link["span_id"].text());
    if (!trace || !id) return;
    links += links.empty() ? "[" : ",";
    links += R"({"trace_id":")" + to_hex(*trace) + R"(","span_id":")" + to_hex(*id) + "\"}";
  });
  if (!links.empty()) record.links_json = links + "]";
  decoded.records.spans.push_back(std::move(record));
}

void take_sentry_log(Decoded& decoded, const Value& log, std::uint64_t ordinal,
                     const SentryContext& context) {
  if (!log.is_object()) {
    decoded.drops.push_back({Category::kLog, DropReason::kMalformed, 1});
    return;
  }
  model::LogRecord record;
  record.source = model::Source::kSentry;
  const Value attributes = log["attributes"];
  record.trace_id = id_or_zero<TraceId>(log["trace_id"]);
  const Value span_id = log["span_id"].present()
                            ? log["span_id"]
                            : attribute(attributes, "sentry.trace.parent_span_id");
  record.span_id = id_or_zero<SpanId>(span_id);
  record.at_unix_us = time_or(log["timestamp"], context.received_at_unix_us);
  record.received_at_unix_us = context.received_at_unix_us;
  const auto severity = log["severity_number"].integer();
  const auto level = level_from(log["level"].text());
  if (severity && *severity >= 1 && *severity <= 24) {
    record.severity_number = static_cast<std::uint8_t>(*severity);
  } else {
    record.severity_number = severity_of(level.value_or("info"));
  }
  record.level = level.value_or(level_of(record.severity_number));
  record.message = message_text(log["body"].to_text());
  record.logger = name_text(attribute(attributes, "logger.name"));
  record.service = name_text(attribute(attributes, "service.name"));
  record.release = name_text(attribute(attributes, "sentry.release"));
  record.environment = name_text(attribute(attributes, "sentry.environment"));
  record.attributes_json = attributes_json(attributes);
  record.log_id = ContentHash()
                      .add("sentry log")
                      .add(static_cast<std::uint64_t>(record.at_unix_us))
                      .add(record.trace_id)
                      .add(record.span_id)
                      .add(record.message)
                      .add(record.attributes_json)
                      .add(ordinal)
                      .number();
  decoded.records.logs.push_back(std::move(record));
}

namespace {

constexpr std::int64_t kOldestSessionUs = std::int64_t{30} * 86'400 * 1'000'000;
// No server sees more in the interval that one item covers.
constexpr std::int64_t kMostSessionsPerItem = 10'000'000;

model::SessionStatus session_status_from(std::string_view text) {
  if (text == "exited") return model::SessionStatus::kExited;
  if (text == "abnormal") return model::SessionStatus::kAbnormal;
  if (text == "unhandled") return model::SessionStatus::kUnhandled;
  if (text == "crashed") return model::SessionStatus::kCrashed;
  return model::SessionStatus::kOk;  // "ok", and "errored" of old clients
}

// Release, environment and the start; false: nothing to count it under.
template <typename Session>
bool read_session_place(Decoded& decoded, Session& session, const Value& attributes,
                        const Value& started, const SentryContext& context) {
  session.release = name_text(attributes["release"]);
  session.environment = name_text(attributes["environment"]);
  const std::int64_t at = time_or(started, context.received_at_unix_us);
  // A clock ahead of ours would hide the session until then.
  session.started_at_unix_us = std::min(at, context.received_at_unix_us);
  if (session.release.empty()) {
    decoded.drops.push_back({Category::kSession, DropReason::kMalformed, 1});
  } else if (at < context.received_at_unix_us - kOldestSessionUs) {
    decoded.drops.push_back({Category::kSession, DropReason::kTooOld, 1});
  } else {
    return true;
  }
  return false;
}

}  // namespace

void take_sentry_session(Decoded& decoded, const Value& value, const SentryContext& context) {
  model::SessionUpdate session;
  const auto sid = id_from<EventId>(value["sid"].text());
  if (!sid) {
    decoded.drops.push_back({Category::kSession, DropReason::kInvalidId, 1});
    return;
  }
  session.sid = *sid;
  if (!read_session_place(decoded, session, value["attrs"], value["started"], context)) return;
  session.user = name_text(value["did"]);
  session.status = session_status_from(value["status"].text());
  const auto errors = value["errors"].integer().value_or(0);
  session.errors = static_cast<std::uint32_t>(std::clamp<std::int64_t>(errors, 0, 1'000'000));
  if (value["status"].text() == "errored") session.errors = std::max(session.errors, 1u);
  decoded.sessions.updates.push_back(std::move(session));
}

void take_sentry_sessions(Decoded& decoded, const Value& value, const SentryContext& context) {
  value["aggregates"].for_each_item([&](const Value& item) {
    model::SessionCounts counts;
    if (!read_session_place(decoded, counts, value["attrs"], item["started"], context)) return;
    counts.user = name_text(item["did"]);
    const auto count = [&](std::string_view key) {
      const auto number = item[key].integer().value_or(0);
      return static_cast<std::uint64_t>(std::clamp<std::int64_t>(number, 0, kMostSessionsPerItem));
    };
    counts.exited = count("exited");
    counts.errored = count("errored");
    counts.abnormal = count("abnormal");
    counts.unhandled = count("unhandled");
    counts.crashed = count("crashed");
    if (counts.total() > 0) decoded.sessions.counts.push_back(std::move(counts));
  });
}

void take_sentry_user_report(Decoded& decoded, const Value& report, const SentryContext& context) {
  const bool newer = report["contexts"]["feedback"].is_object();
  const Value feedback = newer ? report["contexts"]["feedback"] : report;
  model::EventRecord record;
  record.source = model::Source::kSentry;
  record.platform = report["platform"].text().empty() ? "other" : name_text(report["platform"]);
  record.level = "info";
  record.logger = "feedback";
  record.received_at_unix_us = context.received_at_unix_us;
  record.occurred_at_unix_us = time_or(report["timestamp"], context.received_at_unix_us);
  record.message = message_text(feedback[newer ? "message" : "comments"].text());
  // Each text is its author's: one issue for all of them.
  record.message_template = "User feedback";
  record.release = name_text(report["release"]);
  record.environment = name_text(report["environment"]);
  record.url = cut_utf8(feedback["url"].text(), limits::kUrlBytes);
  record.trace_id = id_or_zero<TraceId>(report["contexts"]["trace"]["trace_id"]);
  record.span_id = id_or_zero<SpanId>(report["contexts"]["trace"]["span_id"]);
  record.user_id = user_id_from(report["user"]);
  JsonObject user;
  user.text("name", feedback["name"].text());
  user.text("email", feedback[newer ? "contact_email" : "email"].text());
  record.user_json = user.take();
  const std::string about = name_text(newer ? feedback["associated_event_id"] : report["event_id"]);
  if (!about.empty()) record.tags.emplace_back("event_id", about);
  const auto own = newer ? id_from<EventId>(report["event_id"].text()) : std::nullopt;
  record.event_id =
      own ? *own : ContentHash().add("sentry feedback").add(to_json(report)).event_id();
  decoded.records.events.push_back(std::move(record));
}

void take_sentry_client_report(Decoded& decoded, const Value& report) {
  report["discarded_events"].for_each_item([&](const Value& item) {
    const auto quantity = item["quantity"].integer();
    if (!quantity || *quantity <= 0) return;
    // One report cannot claim more than a client could have made.
    constexpr std::int64_t kMostPerReport = 1'000'000;
    decoded.drops.push_back({category_of_report(item["category"].text()),
                             DropReason::kReportedByClient,
                             static_cast<std::uint64_t>(std::min(*quantity, kMostPerReport))});
  });
}

}  // namespace pagewake::protocols
