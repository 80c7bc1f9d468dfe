// What OTLP says, whichever encoding it came in, and how it becomes records.
// otlp_json and otlp_proto read into these; everything that is decided about a
// span or a log line is decided once, in otlp_records.cc.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "protocols/decoded.h"

namespace pagewake::protocols {

// Here and below text points into the body or into the reader's TextArena,
// valid UTF-8 both. `json` is stored, `text` is read by the rules.
struct OtlpAttribute {
  std::string_view key;
  std::string_view json;  // "" of a string: that is `text`, yet to be quoted.
                          // Nested lists stay nested: flattening would repeat the
                          // outer keys for each inner one, which a sender can abuse
  std::string_view text;  // of scalars; "" for lists
};
using OtlpAttributes = std::vector<OtlpAttribute>;

// The text of the attribute, "" when it is not there.
std::string_view find_text(const OtlpAttributes& attributes, std::string_view key);

// service.name, service.version, deployment.environment.name (or the old
// deployment.environment) become fields. Others are kept with each record as
// "resource.<name>", up to limits::kResourceBytes, but for process.*, os.* and
// telemetry.*: long, alike on every span, and never asked for by span.
struct OtlpResource {
  std::string service, release, environment, platform, host;
  OtlpAttributes kept;
  std::string members;  // the kept as an object's members, `"resource.a":1,"resource.b":2`
  static OtlpResource from(const OtlpAttributes& attributes);
};

struct OtlpScope {
  std::string name, version;
  std::string members;  // as above
  static OtlpScope from(std::string_view name, std::string_view version);
};

// What a span's record takes from its attributes.
struct OtlpDerived {
  std::string json;  // with the scope's and the resource's
  bool db = false, http = false, rpc = false, messaging = false;  // which conventions they follow
  std::string route, url;                                         // http.route, url.full
};

struct OtlpSpanEvent {
  std::string_view name;
  std::uint64_t time_unix_nano = 0;
  OtlpAttributes attributes;
  // The body from the first attribute to the event's end: where these bytes
  // are equal, so are the attributes. "" when it is not known.
  std::string_view encoded_attributes;
};

struct OtlpLink {
  std::optional<TraceId> trace_id;
  std::optional<SpanId> span_id;
};

struct OtlpSpan {
  std::optional<TraceId> trace_id;  // nothing: absent, all zero or of wrong length
  std::optional<SpanId> span_id;
  SpanId parent_span_id;
  bool bad_parent = false;  // there, but of wrong length
  std::string_view name;
  std::int64_t kind = 0, status_code = 0;
  std::string_view status_message;
  std::uint64_t start_unix_nano = 0, end_unix_nano = 0;
  OtlpAttributes attributes;
  // The body from the first attribute to the last one's end, where they stand
  // together: where these bytes are equal, so are the attributes. "" otherwise.
  std::string_view encoded_attributes;
  const OtlpDerived* known = nullptr;  // OtlpCollector::known(), in place of `attributes`
  std::vector<OtlpSpanEvent> events;
  std::vector<OtlpLink> links;
};

struct OtlpLog {
  TraceId trace_id;  // zero: none
  SpanId span_id;
  bool bad_id = false;  // there, but of wrong length
  std::uint64_t time_unix_nano = 0, observed_unix_nano = 0;
  std::int64_t severity_number = 0;
  std::string_view severity_text, body, event_name;
  OtlpAttributes attributes;
};

// Collects the records of one request.
class OtlpCollector {
 public:
  explicit OtlpCollector(std::int64_t received_at_unix_us)
      : received_at_unix_us_(received_at_unix_us) {}

  // A span's `exception` events become error events as well, one for each
  // exception of a trace: instrumentations record the same one on every span
  // that it passes. Their id comes from trace, type and message, so that the
  // same exception in a later or repeated request is the same event.
  void add(const OtlpResource& resource, const OtlpScope& scope, const OtlpSpan& span);
  void add(const OtlpResource& resource, const OtlpScope& scope, const OtlpLog& log);
  void drop(model::Category category, DropReason reason);
  // Of a span that was added since begin_scope(), whose attributes were those
  // bytes; null: of none. Until the next add(). A request tells the same
  // statement of a database many times.
  const OtlpDerived* known(std::string_view encoded_attributes) const;
  // Another scope or resource: the bytes of spans say no longer the same.
  void begin_scope();
  // So many spans more will be added: takes their memory at once.
  void expect_spans(std::size_t count);

  Decoded take() { return std::move(decoded_); }

 private:
  // What is known is one of sixteen, by the bytes' hash.
  struct Known {
    std::string_view encoded_attributes;  // "": nothing
    OtlpDerived derived;
  };
  static constexpr std::size_t kKnown = 16;
  static std::size_t place_of(std::string_view encoded_attributes);

  void add_exception(const OtlpResource& resource, const OtlpSpan& span, const OtlpDerived& derived,
                     const OtlpSpanEvent& event);
  std::string events_json(const std::vector<OtlpSpanEvent>& events);
  void append_attributes(std::string& out, const OtlpSpanEvent& event);

  std::int64_t received_at_unix_us_;
  Decoded decoded_;
  // An exception is mostly followed by itself, on the span around.
  struct {
    TraceId trace_id;
    std::string type, value;
  } last_exception_;
  // The same, stack and all, as it was written.
  struct {
    std::string_view encoded_attributes;
    std::string json;
  } last_event_;
  std::array<Known, kKnown> known_;
  std::unordered_set<EventId, IdHash> exceptions_;
  std::unordered_map<std::uint64_t, std::uint64_t> equal_logs_;
};

}  // namespace pagewake::protocols
