// Sentry's SDKs. They never look at a body's text, only at the status,
// Retry-After and X-Sentry-Rate-Limits.
#include "protocols/protocols.h"
#include "receive/protocol.h"

namespace pagewake::receive {

namespace {

http::Response accepted(const http::Request&, const protocols::Decoded& decoded,
                        const pipeline::Accepted&) {
  http::Response response;
  // Decoders give ids as hex digits, so nothing needs escaping.
  response.body = decoded.id.empty() ? "{}" : "{\"id\":\"" + decoded.id + "\"}";
  return response;
}

// Sentry's names of what a category of ours holds, as its SDKs ask for them
// before they send (develop.sentry.dev, "Rate Limiting").
std::string_view sentry_categories(model::Category category) {
  switch (category) {
    case model::Category::kEvent:
      return "default;error;security;feedback";
    case model::Category::kSpan:
      return "transaction;span";
    case model::Category::kLog:
      return "log_item";
    case model::Category::kSession:
      return "session";
    default:
      return "";  // all of them
  }
}

// "86400:default;error:project, 86400:session:project"
void tell_limits(const std::vector<CategoryLimit>& limits, http::Response& response) {
  std::string text;
  for (const auto& limit : limits) {
    if (!text.empty()) text += ", ";
    text += std::to_string(limit.retry_after_s) + ":" +
            std::string(sentry_categories(limit.category)) + ":project";
  }
  response.set_header("X-Sentry-Rate-Limits", text);
}

http::Response refused(const http::Request& request, const Refusal& refusal) {
  auto response = default_refusal(request, refusal);
  if (!refusal.limits.empty()) {
    tell_limits(refusal.limits, response);
  } else if (refusal.status == 429) {
    // No category named: all of them.
    response.set_header("X-Sentry-Rate-Limits", std::to_string(refusal.retry_after_s) + "::key");
  }
  response.set_header("X-Sentry-Error", refusal.code);
  return response;
}

Protocol sentry(Result<protocols::Decoded> (*decode)(std::string_view, std::int64_t)) {
  Protocol protocol;
  protocol.decode = [decode](const Incoming& incoming) {
    return decode(incoming.body, incoming.received_at_unix_us);
  };
  protocol.accepted = accepted;
  protocol.refused = refused;
  protocol.limited = tell_limits;
  return protocol;
}

}  // namespace

Protocol sentry_envelope_protocol() {
  Protocol protocol = sentry(protocols::decode_sentry_envelope);
  protocol.key_in_envelope = true;
  return protocol;
}

Protocol sentry_store_protocol() { return sentry(protocols::decode_sentry_store); }

}  // namespace pagewake::receive
