// What other vendors' browser libraries and browsers themselves post.
#include <sodium/randombytes.h>

#include <array>
#include <string>

#include "protocols/protocols.h"
#include "receive/protocol.h"

namespace pagewake::receive {

namespace {

Protocol answering(int status, std::string body) {
  Protocol protocol;
  protocol.accepted = [status, body](const http::Request&, const protocols::Decoded&,
                                     const pipeline::Accepted&) {
    http::Response response;
    response.status = status;
    response.body = body;
    return response;
  };
  return protocol;
}

}  // namespace

Protocol faro_protocol() {
  Protocol protocol = answering(202, "{}");
  protocol.decode = [](const Incoming& incoming) {
    return protocols::decode_faro(incoming.body, incoming.received_at_unix_us);
  };
  return protocol;
}

Protocol web_vitals_protocol() {
  // Ids of page views are made from the visitor's address among others; with
  // the salt, which lives as long as the process, nobody can try addresses.
  std::array<unsigned char, 16> random{};
  randombytes_buf(random.data(), random.size());
  const std::string salt(random.begin(), random.end());
  Protocol protocol = answering(202, "{}");
  protocol.decode = [salt](const Incoming& incoming) {
    protocols::VitalsSender sender;
    sender.visitor = salt + incoming.request.remote_address + '\n';
    sender.visitor += incoming.request.header("User-Agent");
    sender.referer = incoming.request.header("Referer");
    return protocols::decode_web_vitals(incoming.body, sender, incoming.received_at_unix_us);
  };
  return protocol;
}

Protocol browser_reports_protocol() {
  Protocol protocol;
  protocol.decode = [](const Incoming& incoming) {
    return protocols::decode_browser_reports(incoming.body, incoming.received_at_unix_us);
  };
  protocol.accepted = [](const http::Request&, const protocols::Decoded& decoded,
                         const pipeline::Accepted&) {
    http::Response response;
    response.body = decoded.id.empty() ? "{}" : "{\"id\":\"" + decoded.id + "\"}";
    return response;
  };
  return protocol;
}

}  // namespace pagewake::receive
