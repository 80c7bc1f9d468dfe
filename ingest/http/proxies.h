// Who really asks, behind proxies that the operator trusts. A header is
// believed only where the connection comes from one of them: everybody else
// can write what they like.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/http.h"

namespace pagewake::http {

// IPv4 and IPv6 networks; an IPv4 address is the same as its ::ffff: form.
class Networks {
 public:
  // "10.0.0.0/8, ::1, fd00::/8"; "" none. Error "bad_network" naming the part.
  static Result<Networks> parse(std::string_view list);
  // False for what is no address.
  bool contains(std::string_view address) const;
  bool empty() const { return networks_.empty(); }

 private:
  struct Network {
    std::array<std::uint8_t, 16> bytes{};
    int bits = 128;
  };
  std::vector<Network> networks_;
};

struct Client {
  std::string address;
  bool secure = false;
};

// `peer` is the connection's address. From a trusted one, X-Forwarded-For is
// read from its end: the first address that is not a trusted proxy's is the
// client's, and what stands before it may be made up. X-Forwarded-Proto is the
// nearest proxy's word; without one, `secure` says how the connection itself is.
Client client_of(const std::string& peer, bool secure, const Headers& headers,
                 const Networks& trusted);

}  // namespace pagewake::http
