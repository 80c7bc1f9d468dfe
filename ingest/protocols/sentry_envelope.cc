// Sentry's envelope: a header line, then items, each a header line and a
// payload of `length` bytes or, without one, up to the end of the line.
// Format: develop.sentry.dev, "Envelopes".
#include <cstdint>
#include <optional>

#include "protocols/json.h"
#include "protocols/protocols.h"
#include "protocols/sentry_items.h"
#include "protocols/time_text.h"

namespace pagewake::protocols {
namespace {

using model::Category;

constexpr std::int64_t kContainerVersion = 2;

struct Item {
  std::string_view payload;
  std::size_t payload_at = 0;  // in the body
};

class EnvelopeReader {
 public:
  explicit EnvelopeReader(std::string_view body) : body_(body) {}

  std::size_t position() const { return at_; }

  // The next line without its end; moves behind it.
  std::string_view line() {
    const std::size_t end = body_.find('\n', at_);
    std::string_view text = body_.substr(at_, end == body_.npos ? body_.npos : end - at_);
    at_ = end == body_.npos ? body_.size() : end + 1;
    if (text.ends_with('\r')) text.remove_suffix(1);
    return text;
  }
  // Some clients end with more than one newline.
  bool at_end() {
    while (at_ < body_.size() && (body_[at_] == '\n' || body_[at_] == '\r')) ++at_;
    return at_ == body_.size();
  }
  // Exactly `length` bytes and the newline behind them; nothing if there are fewer.
  std::optional<std::string_view> bytes(std::uint64_t length) {
    if (length > body_.size() - at_) return {};
    const std::string_view payload = body_.substr(at_, static_cast<std::size_t>(length));
    at_ += payload.size();
    if (at_ < body_.size()) {
      if (body_[at_] != '\n') return {};
      ++at_;
    }
    return payload;
  }

 private:
  std::string_view body_;
  std::size_t at_ = 0;
};

// What a dropped item is counted as.
Category category_of_item(std::string_view type) {
  if (type == "event" || type == "user_report" || type == "feedback") return Category::kEvent;
  if (type == "transaction" || type == "span") return Category::kSpan;
  if (type == "log") return Category::kLog;
  if (type == "session" || type == "sessions") return Category::kSession;
  return Category::kOther;
}

std::uint64_t items_of(const Value& header) {
  const auto count = header["item_count"].integer();
  return count && *count > 0 && *count <= 100'000 ? static_cast<std::uint64_t>(*count) : 1;
}

// Takes one item whose payload is JSON that we keep. Gives the error of a
// payload that cannot be read; the caller decides what it is worth.
std::optional<Error> take_item(Decoded& decoded, std::string_view type, const Value& header,
                               const Item& item, const SentryContext& context) {
  const std::string what = "the " + std::string(type) + " item";
  auto document = Document::parse(item.payload, what, item.payload_at);
  if (!document.ok()) return document.error();
  const Value root = document->root();
  if (!root.is_object()) {
    return Error{"malformed",
                 what + " at byte " + std::to_string(item.payload_at) + " is no JSON object"};
  }
  if (type == "event") {
    const std::string id = take_sentry_event(decoded, root, context);
    if (decoded.id.empty()) decoded.id = id;
  } else if (type == "transaction") {
    const std::string id = take_sentry_transaction(decoded, root, context);
    if (decoded.id.empty()) decoded.id = id;
  } else if (type == "session") {
    take_sentry_session(decoded, root, context);
  } else if (type == "sessions") {
    take_sentry_sessions(decoded, root, context);
  } else if (type == "user_report" || type == "feedback") {
    take_sentry_user_report(decoded, root, context);
  } else if (type == "client_report") {
    take_sentry_client_report(decoded, root);
  } else if (!root["items"].present() && type == "span") {
    take_sentry_span(decoded, root, context);
  } else {
    // A container of spans or logs.
    if (root["version"].integer().value_or(kContainerVersion) > kContainerVersion) {
      decoded.drops.push_back(
          {category_of_item(type), DropReason::kUnknownVersion, items_of(header)});
      return {};
    }
    if (!root["items"].is_array()) {
      return Error{"malformed",
                   what + " at byte " + std::to_string(item.payload_at) + " has no list \"items\""};
    }
    std::uint64_t ordinal = 0;
    root["items"].for_each_item([&](const Value& entry) {
      if (type == "span") {
        take_sentry_span(decoded, entry, context);
      } else {
        take_sentry_log(decoded, entry, ordinal++, context);
      }
    });
  }
  return {};
}

bool is_kept(std::string_view type) {
  return type == "event" || type == "transaction" || type == "span" || type == "log" ||
         type == "session" || type == "sessions" || type == "user_report" || type == "feedback" ||
         type == "client_report";
}

Result<Document> parse_header(EnvelopeReader& reader, std::string_view what) {
  const std::size_t at = reader.position();
  auto header = Document::parse(reader.line(), what, at);
  if (header.ok() && !header->root().is_object()) {
    return Error{"malformed",
                 std::string(what) + " at byte " + std::to_string(at) + " is no JSON object"};
  }
  return header;
}

}  // namespace

Result<Decoded> decode_sentry_envelope(std::string_view body, std::int64_t received_at_unix_us) {
  EnvelopeReader reader(body);
  auto header = parse_header(reader, "the envelope's header");
  if (!header.ok()) return header.error();
  SentryContext context;
  context.received_at_unix_us = received_at_unix_us;
  context.sent_at_unix_us = unix_us_from_text(header->root()["sent_at"].text()).value_or(0);
  context.envelope_event_id = header->root()["event_id"].text();

  Decoded decoded;
  std::optional<Error> first_error;
  std::size_t readable = 0;
  while (!reader.at_end()) {
    auto item_header = parse_header(reader, "an item's header");
    if (!item_header.ok()) return item_header.error();
    const Value fields = item_header->root();
    const std::string_view type = fields["type"].text();
    Item item{{}, reader.position()};
    if (const auto length = fields["length"].integer()) {
      const auto payload =
          *length < 0 ? std::nullopt : reader.bytes(static_cast<std::uint64_t>(*length));
      if (!payload) {
        return Error{"malformed", "the item at byte " + std::to_string(item.payload_at) +
                                      " is not the " + std::to_string(*length) +
                                      " bytes long that its header says"};
      }
      item.payload = *payload;
    } else {
      item.payload = reader.line();
    }
    if (!is_kept(type)) {
      decoded.drops.push_back({category_of_item(type), DropReason::kUnsupported, items_of(fields)});
      ++readable;
      continue;
    }
    if (auto error = take_item(decoded, type, fields, item, context)) {
      const DropReason reason =
          error->code == "nesting_too_deep" ? DropReason::kTooDeep : DropReason::kMalformed;
      decoded.drops.push_back({category_of_item(type), reason, 1});
      if (!first_error) first_error = std::move(error);
    } else {
      ++readable;
    }
  }
  // One bad item does not cost its neighbours; where it was all there was, the
  // sender should hear of it.
  if (first_error && readable == 0) return *first_error;
  if (decoded.id.empty()) decoded.id = context.envelope_event_id;
  return decoded;
}

Result<EnvelopeAuth> peek_envelope_auth(std::string_view body) {
  EnvelopeReader reader(body);
  auto header = parse_header(reader, "the envelope's header");
  if (!header.ok()) return header.error();
  // {scheme}://{public_key}[:{secret}]@{host}/{project}. `trace.public_key`
  // belongs to the start of the trace, maybe another project: never used.
  EnvelopeAuth auth;
  std::string_view dsn = header->root()["dsn"].text();
  const auto scheme = dsn.find("://");
  if (scheme == dsn.npos) return auth;
  dsn.remove_prefix(scheme + 3);
  const auto at = dsn.find('@');
  if (at == dsn.npos) return auth;
  auth.public_key = dsn.substr(0, std::min(at, dsn.find(':')));
  return auth;
}

Result<Decoded> decode_sentry_store(std::string_view body, std::int64_t received_at_unix_us) {
  auto document = Document::parse(body, "the event");
  if (!document.ok()) return document.error();
  if (!document->root().is_object()) {
    return Error{"malformed", "the event at byte 0 is no JSON object"};
  }
  SentryContext context;
  context.received_at_unix_us = received_at_unix_us;
  Decoded decoded;
  decoded.id = take_sentry_event(decoded, document->root(), context);
  return decoded;
}

}  // namespace pagewake::protocols
