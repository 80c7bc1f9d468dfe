// How messages leave: SMTP and HTTP through libcurl, the only file with it.
// Blocking calls with a time limit; safe from many threads.
#pragma once

#include <functional>
#include <string>

#include "alerting/alert_message.h"
#include "alerting/alert_rule.h"
#include "base/result.h"

namespace pagewake::alerting {

struct TransportSettings {
  std::string smtp_url;  // "smtp://HOST:587" or "smtps://HOST:465"; "" no e-mail
  std::string smtp_user, smtp_password, smtp_from;
  bool smtp_require_tls = true;  // STARTTLS before anything is said; off: where offered
  std::string smtp_ca_file;      // "" the system's
  // Webhooks to loopback, link-local and private addresses, checked where they
  // are connected to, so that a name that moves there is refused as well.
  bool allow_private_webhooks = false;
  long timeout_ms = 10'000;
};

// Sends one message to one channel. Errors: "not_configured" (e-mail without
// smtp_url), "address_refused" (a private address), "send_failed" with what
// the other side said. Only "send_failed" is worth another attempt.
using Send = std::function<Status(const Channel&, const Message&, std::int64_t delivery_id)>;
Send make_transport(TransportSettings settings);

// "sha256=" + hex of the HMAC-SHA256 over `timestamp` "." `body`, as the header
// X-Pagewake-Signature carries it; the timestamp (Unix seconds) goes beside it,
// so that a receiver can refuse an old request that is played again.
std::string signature_of(const std::string& secret, const std::string& timestamp,
                         const std::string& body);

// Loopback, link-local, private, unspecified, multicast, and IPv4 within IPv6.
bool is_private_address(const void* socket_address);

}  // namespace pagewake::alerting
