#include "http/proxies.h"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>
#include <cstring>
#include <optional>

namespace pagewake::http {

namespace {

using Bytes = std::array<std::uint8_t, 16>;

std::string_view trim(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

struct Parsed {
  Bytes bytes{};
  bool v4 = false;
};

std::optional<Parsed> parse_address(std::string_view text) {
  if (text.empty() || text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string address(text);
  Parsed parsed;
  if (inet_pton(AF_INET, address.c_str(), parsed.bytes.data() + 12) == 1) {
    parsed.bytes[10] = parsed.bytes[11] = 0xff;
    parsed.v4 = true;
    return parsed;
  }
  if (inet_pton(AF_INET6, address.c_str(), parsed.bytes.data()) == 1) return parsed;
  return std::nullopt;
}

// As proxies write it: "1.2.3.4", "1.2.3.4:567", "[::1]", "[::1]:80", "::1".
std::string_view without_port(std::string_view text) {
  if (text.starts_with('[')) {
    const auto end = text.find(']');
    return end == std::string_view::npos ? std::string_view() : text.substr(1, end - 1);
  }
  const auto colon = text.find(':');
  if (colon != std::string_view::npos && text.find(':', colon + 1) == std::string_view::npos)
    return text.substr(0, colon);
  return text;
}

// All values of a header that may stand on several lines, in order.
std::vector<std::string_view> values_of(const Headers& headers, std::string_view wanted) {
  std::vector<std::string_view> values;
  for (const auto& [name, value] : headers) {
    if (!equal_ignoring_case(name, wanted)) continue;
    std::string_view rest = value;
    while (true) {
      const auto comma = rest.find(',');
      values.push_back(trim(rest.substr(0, comma)));
      if (comma == std::string_view::npos) break;
      rest.remove_prefix(comma + 1);
    }
  }
  return values;
}

}  // namespace

Result<Networks> Networks::parse(std::string_view list) {
  Networks networks;
  while (!trim(list).empty()) {
    const auto comma = list.find(',');
    const auto part = trim(list.substr(0, comma));
    list = comma == std::string_view::npos ? std::string_view() : list.substr(comma + 1);
    const auto slash = part.find('/');
    const auto address = parse_address(part.substr(0, slash));
    const Error error{"bad_network", "\"" + std::string(part) +
                                         "\" is no address or network, such as 10.0.0.0/8 or ::1"};
    if (!address) return error;
    Network network{address->bytes, 128};
    if (slash != std::string_view::npos) {
      const auto digits = part.substr(slash + 1);
      int bits = -1;
      const auto [end, failed] =
          std::from_chars(digits.data(), digits.data() + digits.size(), bits);
      if (failed != std::errc() || end != digits.data() + digits.size() || bits < 0 ||
          bits > (address->v4 ? 32 : 128)) {
        return error;
      }
      network.bits = address->v4 ? bits + 96 : bits;
    }
    networks.networks_.push_back(network);
  }
  return networks;
}

bool Networks::contains(std::string_view address) const {
  const auto parsed = parse_address(address);
  if (!parsed) return false;
  return std::any_of(networks_.begin(), networks_.end(), [&](const Network& network) {
    const int whole = network.bits / 8, rest = network.bits % 8;
    if (std::memcmp(parsed->bytes.data(), network.bytes.data(), static_cast<std::size_t>(whole)) !=
        0) {
      return false;
    }
    if (rest == 0) return true;
    const auto at = static_cast<std::size_t>(whole);
    return ((parsed->bytes[at] ^ network.bytes[at]) >> (8 - rest)) == 0;
  });
}

Client client_of(const std::string& peer, bool secure, const Headers& headers,
                 const Networks& trusted) {
  Client client{peer, secure};
  if (trusted.empty() || !trusted.contains(peer)) return client;
  const auto protocols = values_of(headers, "x-forwarded-proto");
  if (!protocols.empty()) client.secure = equal_ignoring_case(protocols.back(), "https");
  const auto hops = values_of(headers, "x-forwarded-for");
  for (auto hop = hops.rbegin(); hop != hops.rend(); ++hop) {
    const auto address = without_port(*hop);
    if (!parse_address(address)) break;  // the last good one is all that is known
    client.address = address;
    if (!trusted.contains(address)) break;
  }
  return client;
}

}  // namespace pagewake::http
