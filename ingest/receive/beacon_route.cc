// Pagewake's own SDK: text/plain, so that no preflight is needed.
#include <charconv>

#include "protocols/protocols.h"
#include "receive/protocol.h"

namespace pagewake::receive {
namespace {

// Far beyond what the SDK keeps; what is larger, or no number, counts as 0.
constexpr std::int64_t kLongestWaitMs = std::int64_t{30} * 24 * 3'600'000;

std::int64_t waited_us(std::string_view text) {
  std::int64_t ms = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), ms);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  return is_number && ms > 0 && ms <= kLongestWaitMs ? ms * 1000 : 0;
}

}  // namespace

Protocol beacon_protocol() {
  Protocol protocol;
  protocol.decode = [](const Incoming& incoming) {
    return protocols::decode_beacon_body(incoming.body, incoming.received_at_unix_us,
                                         waited_us(incoming.request.query_value("waited_ms")));
  };
  protocol.accepted = [](const http::Request&, const protocols::Decoded&,
                         const pipeline::Accepted&) {
    http::Response response;
    response.status = 202;
    return response;
  };
  return protocol;
}

}  // namespace pagewake::receive
