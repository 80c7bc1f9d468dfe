// OTLP/HTTP: traces and logs are kept, metrics are answered and counted.
#include <map>

#include "protocols/protocols.h"
#include "receive/otlp_answer.h"
#include "receive/protocol.h"

namespace pagewake::receive {

namespace {

using Decode = Result<protocols::Decoded> (*)(std::string_view, std::int64_t);

// "2 invalid_id, 1 too_old": what the decoder left out; steps of the pipeline
// may leave out more, which the outcomes name.
std::string reasons_of(const protocols::Decoded& decoded, std::uint64_t rejected) {
  if (rejected == 0) return {};
  std::map<std::string_view, std::uint64_t> counts;
  std::uint64_t named = 0;
  for (const auto& drop : decoded.drops) {
    counts[name_of(drop.reason)] += drop.count;
    named += drop.count;
  }
  std::string text = "not kept: ";
  bool first = true;
  for (const auto& [reason, count] : counts) {
    if (!first) text += ", ";
    first = false;
    text += std::to_string(count) + " " + std::string(reason);
  }
  if (rejected > named) {
    if (!first) text += ", ";
    text += std::to_string(rejected - named) + " by the server's rules, see the project's outcomes";
  }
  return text;
}

Protocol otlp(const char* rejected_name,
              std::function<Result<protocols::Decoded>(OtlpEncoding, const Incoming&)> decode,
              std::function<std::string(const protocols::Decoded&, std::uint64_t)> message) {
  Protocol protocol;
  protocol.body_bytes = limits::kOtlpBodyBytes;
  protocol.decode =
      [decode = std::move(decode)](const Incoming& incoming) -> Result<protocols::Decoded> {
    const auto encoding = otlp_encoding(incoming.request);
    if (!encoding) {
      return Error{"unsupported_media_type",
                   "Content-Type must be application/x-protobuf or application/json"};
    }
    return decode(*encoding, incoming);
  };
  protocol.accepted = [rejected_name, message = std::move(message)](
                          const http::Request& request, const protocols::Decoded& decoded,
                          const pipeline::Accepted& accepted) {
    const auto encoding = otlp_encoding(request).value_or(OtlpEncoding::kJson);
    return otlp_accepted(encoding, rejected_name, accepted.dropped,
                         message(decoded, accepted.dropped));
  };
  protocol.refused = [](const http::Request& request, const Refusal& refusal) {
    return otlp_refused(otlp_encoding(request).value_or(OtlpEncoding::kJson), refusal);
  };
  return protocol;
}

Protocol by_encoding(const char* rejected_name, Decode proto, Decode json) {
  return otlp(
      rejected_name,
      [proto, json](OtlpEncoding encoding, const Incoming& incoming) {
        return (encoding == OtlpEncoding::kProto ? proto : json)(incoming.body,
                                                                 incoming.received_at_unix_us);
      },
      reasons_of);
}

}  // namespace

Protocol otlp_traces_protocol() {
  return by_encoding("rejectedSpans", protocols::decode_otlp_traces_proto,
                     protocols::decode_otlp_traces_json);
}

Protocol otlp_logs_protocol() {
  return by_encoding("rejectedLogRecords", protocols::decode_otlp_logs_proto,
                     protocols::decode_otlp_logs_json);
}

Protocol otlp_metrics_protocol() {
  return otlp(
      "rejectedDataPoints",
      [](OtlpEncoding encoding, const Incoming& incoming) -> Result<protocols::Decoded> {
        const auto points = count_data_points(encoding, incoming.body);
        if (!points.ok()) return points.error();
        protocols::Decoded decoded;
        if (points.value() > 0) {
          decoded.drops.push_back(
              {model::Category::kOther, DropReason::kUnsupported, points.value()});
        }
        return decoded;
      },
      [](const protocols::Decoded&, std::uint64_t) {
        return std::string("Pagewake keeps no metrics");
      });
}

}  // namespace pagewake::receive
