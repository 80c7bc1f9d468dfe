// JSON lines, such as structlog, pino, winston and zap write.
#include "protocols/protocols.h"
#include "receive/protocol.h"

namespace pagewake::receive {

Protocol json_logs_protocol() {
  Protocol protocol;
  protocol.decode = [](const Incoming& incoming) {
    return protocols::decode_json_logs(incoming.body, incoming.received_at_unix_us,
                                       incoming.request.header("Idempotency-Key"));
  };
  protocol.accepted = [](const http::Request&, const protocols::Decoded&,
                         const pipeline::Accepted& accepted) {
    http::Response response;
    response.status = 202;
    response.body = "{\"stored\":" + std::to_string(accepted.stored) +
                    ",\"duplicates\":" + std::to_string(accepted.duplicates) +
                    ",\"dropped\":" + std::to_string(accepted.dropped) + "}";
    return response;
  };
  return protocol;
}

}  // namespace pagewake::receive
