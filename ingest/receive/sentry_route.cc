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

http::Response refused(const http::Request& request, const Refusal& refusal) {
  auto response = default_refusal(request, refusal);
  if (refusal.status == 429) {
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
