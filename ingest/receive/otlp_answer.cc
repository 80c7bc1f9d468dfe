#include "receive/otlp_answer.h"

#include <nlohmann/json.hpp>
#include <protozero/exception.hpp>
#include <protozero/pbf_reader.hpp>

#include "base/byte_writer.h"

namespace pagewake::receive {

namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// Protobuf tags: field number << 3 | wire type.
constexpr std::uint8_t varint_tag(int field) { return static_cast<std::uint8_t>(field << 3); }
constexpr std::uint8_t bytes_tag(int field) { return static_cast<std::uint8_t>(field << 3 | 2); }

std::string dump(const nlohmann::json& json) {
  return json.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

constexpr auto kBytes = protozero::pbf_wire_type::length_delimited;

// google.rpc.Code for a status.
int rpc_code(int status) {
  switch (status) {
    case 401:
      return 16;  // UNAUTHENTICATED
    case 403:
      return 7;  // PERMISSION_DENIED
    case 404:
      return 5;  // NOT_FOUND
    case 413:
    case 429:
      return 8;  // RESOURCE_EXHAUSTED
    case 503:
      return 14;  // UNAVAILABLE
    default:
      return status >= 500 ? 13 : 3;  // INTERNAL, INVALID_ARGUMENT
  }
}

std::uint64_t points_of_metric(protozero::pbf_reader metric) {
  std::uint64_t points = 0;
  while (metric.next()) {
    // A field of another wire type is another field by the same number.
    switch (metric.wire_type() == kBytes ? metric.tag() : 0) {
      case 5:     // gauge
      case 7:     // sum
      case 9:     // histogram
      case 10:    // exponential histogram
      case 11: {  // summary
        auto data = metric.get_message();
        while (data.next(1, kBytes)) {
          data.skip();
          ++points;
        }
        break;
      }
      default:
        metric.skip();
    }
  }
  return points;
}

std::uint64_t count_proto(std::string_view body) {
  std::uint64_t points = 0;
  protozero::pbf_reader request(body.data(), body.size());
  while (request.next(1, kBytes)) {
    auto resource = request.get_message();
    while (resource.next(2, kBytes)) {
      auto scope = resource.get_message();
      while (scope.next(2, kBytes)) points += points_of_metric(scope.get_message());
    }
  }
  return points;
}

// Counts the elements of every array called "dataPoints" without building a
// tree: a body of 64 MiB would become a gigabyte.
class PointCounter : public nlohmann::json_sax<nlohmann::json> {
 public:
  std::uint64_t points = 0;
  bool null() override { return value(); }
  bool boolean(bool) override { return value(); }
  bool number_integer(number_integer_t) override { return value(); }
  bool number_unsigned(number_unsigned_t) override { return value(); }
  bool number_float(number_float_t, const string_t&) override { return value(); }
  bool string(string_t&) override { return value(); }
  bool binary(binary_t&) override { return value(); }
  bool start_object(std::size_t) override { return open(false); }
  bool end_object() override { return close(); }
  bool start_array(std::size_t) override { return open(true); }
  bool end_array() override { return close(); }
  bool key(string_t& name) override {
    is_points_ = name == "dataPoints";
    return true;
  }
  bool parse_error(std::size_t, const std::string&, const nlohmann::detail::exception&) override {
    return false;
  }
  bool too_deep() const { return too_deep_; }

 private:
  bool value() {
    if (!arrays_.empty() && arrays_.back()) ++points;
    is_points_ = false;
    return true;
  }
  bool open(bool array) {
    const bool points_here = array && is_points_;
    value();
    arrays_.push_back(points_here);
    too_deep_ = arrays_.size() > static_cast<std::size_t>(limits::kJsonDepth);
    return !too_deep_;
  }
  bool close() {
    arrays_.pop_back();
    return true;
  }
  std::vector<bool> arrays_;  // open containers: is it an array of data points
  bool is_points_ = false, too_deep_ = false;
};

}  // namespace

std::optional<OtlpEncoding> otlp_encoding(const http::Request& request) {
  std::string type;
  for (const char c : request.header("Content-Type")) {
    if (c == ';') break;
    if (c != ' ') type += lower(c);
  }
  if (type == "application/x-protobuf" || type == "application/protobuf")
    return OtlpEncoding::kProto;
  if (type == "application/json") return OtlpEncoding::kJson;
  return std::nullopt;
}

http::Response otlp_accepted(OtlpEncoding encoding, std::string_view rejected_name,
                             std::uint64_t rejected, std::string_view message) {
  http::Response response;
  const bool partial = rejected > 0 || !message.empty();
  if (encoding == OtlpEncoding::kJson) {
    nlohmann::json json = nlohmann::json::object();
    // Protobuf's JSON mapping writes int64 as a string.
    if (partial) {
      json["partialSuccess"] = {{std::string(rejected_name), std::to_string(rejected)},
                                {"errorMessage", message}};
    }
    response.body = dump(json);
    return response;
  }
  response.content_type = "application/x-protobuf";
  if (!partial) return response;
  // ExportTracePartialSuccess and its siblings: 1 rejected, 2 error_message.
  ByteWriter inner;
  if (rejected > 0) {
    inner.byte(varint_tag(1));
    inner.varint(rejected);
  }
  if (!message.empty()) {
    inner.byte(bytes_tag(2));
    inner.block(message);
  }
  ByteWriter outer;
  outer.byte(bytes_tag(1));
  outer.block(inner.view());
  response.body = outer.take();
  return response;
}

http::Response otlp_refused(OtlpEncoding encoding, const Refusal& refusal) {
  http::Response response;
  response.status = refusal.status;
  if (encoding == OtlpEncoding::kJson) {
    // google.rpc.Status, and our own form beside it for who reads only that.
    nlohmann::json json = {{"code", rpc_code(refusal.status)},
                           {"message", refusal.message},
                           {"error", {{"code", refusal.code}, {"message", refusal.message}}}};
    if (refusal.limit_bytes > 0) json["error"]["limit_bytes"] = refusal.limit_bytes;
    response.body = dump(json);
    return response;
  }
  response.content_type = "application/x-protobuf";
  ByteWriter status;
  status.byte(varint_tag(1));
  status.varint(static_cast<std::uint64_t>(rpc_code(refusal.status)));
  status.byte(bytes_tag(2));
  status.block(refusal.code + ": " + refusal.message);
  response.body = status.take();
  return response;
}

Result<std::uint64_t> count_data_points(OtlpEncoding encoding, std::string_view body) {
  if (encoding == OtlpEncoding::kProto) {
    try {
      return count_proto(body);
    } catch (const protozero::exception& e) {
      return Error{"malformed", std::string("not an ExportMetricsServiceRequest: ") + e.what()};
    }
  }
  PointCounter counter;
  if (!nlohmann::json::sax_parse(body, &counter)) {
    if (counter.too_deep())
      return Error{"nesting_too_deep", "the JSON nests deeper than 64 levels"};
    return Error{"malformed", "the body is not JSON"};
  }
  return counter.points;
}

}  // namespace pagewake::receive
