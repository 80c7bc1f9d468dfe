// Pagewake's own SDK: text/plain, so that no preflight is needed.
#include "protocols/protocols.h"
#include "receive/protocol.h"

namespace pagewake::receive {

Protocol beacon_protocol() {
  Protocol protocol;
  protocol.decode = [](const Incoming& incoming) {
    return protocols::decode_beacon_body(incoming.body, incoming.received_at_unix_us);
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
