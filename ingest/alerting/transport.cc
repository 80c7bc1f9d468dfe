#include "alerting/transport.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netinet/in.h>
#include <sodium.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <ctime>
#include <memory>
#include <utility>

#include "base/ids.h"

namespace pagewake::alerting {
namespace {

bool is_private_v4(std::uint32_t ip) {
  const auto in = [ip](std::uint32_t network, int bits) {
    return (ip >> (32 - bits)) == (network >> (32 - bits));
  };
  return in(0x00000000, 8) || in(0x0A000000, 8) || in(0x64400000, 10) || in(0x7F000000, 8) ||
         in(0xA9FE0000, 16) || in(0xAC100000, 12) || in(0xC0000000, 24) || in(0xC0A80000, 16) ||
         in(0xC6120000, 15) || in(0xE0000000, 3);
}

struct Guard {
  bool allow_private = false;
  bool refused = false;
};

curl_socket_t open_socket(void* data, curlsocktype, curl_sockaddr* address) {
  auto& guard = *static_cast<Guard*>(data);
  if (!guard.allow_private && is_private_address(&address->addr)) {
    guard.refused = true;
    return CURL_SOCKET_BAD;
  }
  return ::socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
}

struct Upload {
  const std::string& text;
  std::size_t at = 0;
};

std::size_t read_upload(char* into, std::size_t size, std::size_t count, void* data) {
  auto& upload = *static_cast<Upload*>(data);
  const std::size_t n = std::min(size * count, upload.text.size() - upload.at);
  std::memcpy(into, upload.text.data() + upload.at, n);
  upload.at += n;
  return n;
}

// What the other side says is only for the log: the beginning is enough.
std::size_t keep_some(char* from, std::size_t size, std::size_t count, void* data) {
  auto& kept = *static_cast<std::string*>(data);
  const std::size_t room = kept.size() < 300 ? 300 - kept.size() : 0;
  kept.append(from, std::min(size * count, room));
  return size * count;
}

struct CurlDeleter {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
};
struct ListDeleter {
  void operator()(curl_slist* list) const { curl_slist_free_all(list); }
};
using Curl = std::unique_ptr<CURL, CurlDeleter>;
using List = std::unique_ptr<curl_slist, ListDeleter>;

void add(List& list, const std::string& text) {
  list.reset(curl_slist_append(list.release(), text.c_str()));
}

class Transport {
 public:
  explicit Transport(TransportSettings settings) : settings_(std::move(settings)) {
    static const bool ready =
        curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK && sodium_init() >= 0;
    (void)ready;
  }

  Status send(const Channel& channel, const Message& message, std::int64_t delivery_id) const {
    return channel.kind == ChannelKind::kEmail ? mail(channel, message, delivery_id)
                                               : webhook(channel, message, delivery_id);
  }

 private:
  Curl open(char* error) const {
    Curl curl(curl_easy_init());
    curl_easy_setopt(curl.get(), CURLOPT_ERRORBUFFER, error);
    curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS, settings_.timeout_ms);
    curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
    return curl;
  }

  Status mail(const Channel& channel, const Message& message, std::int64_t delivery_id) const {
    if (settings_.smtp_url.empty() || settings_.smtp_from.empty()) {
      return Error{"not_configured",
                   "e-mail needs the settings smtp_url and smtp_from (pagewake config)"};
    }
    char error[CURL_ERROR_SIZE] = "";
    const Curl curl = open(error);
    const auto at = settings_.smtp_from.find('@');
    const std::string domain =
        at == std::string::npos ? "localhost" : settings_.smtp_from.substr(at + 1);
    const std::string text = to_mail(message, settings_.smtp_from, channel.addresses,
                                     "pagewake-" + std::to_string(delivery_id) + "-" +
                                         std::to_string(message.at_unix_us) + "@" + domain);
    Upload upload{text};
    List recipients;
    for (const std::string& one : channel.addresses) add(recipients, "<" + one + ">");
    curl_easy_setopt(curl.get(), CURLOPT_URL, settings_.smtp_url.c_str());
    curl_easy_setopt(
        curl.get(), CURLOPT_USE_SSL,
        static_cast<long>(settings_.smtp_require_tls ? CURLUSESSL_ALL : CURLUSESSL_TRY));
    if (!settings_.smtp_ca_file.empty()) {
      curl_easy_setopt(curl.get(), CURLOPT_CAINFO, settings_.smtp_ca_file.c_str());
    }
    if (!settings_.smtp_user.empty()) {
      curl_easy_setopt(curl.get(), CURLOPT_USERNAME, settings_.smtp_user.c_str());
      curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, settings_.smtp_password.c_str());
    }
    const std::string from = "<" + settings_.smtp_from + ">";
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_FROM, from.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_MAIL_RCPT, recipients.get());
    curl_easy_setopt(curl.get(), CURLOPT_UPLOAD, 1L);
    curl_easy_setopt(curl.get(), CURLOPT_READFUNCTION, read_upload);
    curl_easy_setopt(curl.get(), CURLOPT_READDATA, &upload);
    const CURLcode code = curl_easy_perform(curl.get());
    if (code != CURLE_OK) {
      return Error{"send_failed", *error ? error : curl_easy_strerror(code)};
    }
    return Done{};
  }

  Status webhook(const Channel& channel, const Message& message, std::int64_t delivery_id) const {
    char error[CURL_ERROR_SIZE] = "";
    const Curl curl = open(error);
    const std::string body = to_webhook_json(message, delivery_id);
    // Of this attempt: a receiver refuses old ones, also when they are ours.
    const std::string timestamp = std::to_string(std::time(nullptr));
    Guard guard{settings_.allow_private_webhooks};
    std::string answer;
    List headers;
    add(headers, "Content-Type: application/json");
    add(headers, "User-Agent: Pagewake");
    add(headers, "X-Pagewake-Delivery: " + std::to_string(delivery_id));
    if (!channel.secret.empty()) {
      add(headers, "X-Pagewake-Timestamp: " + timestamp);
      add(headers, "X-Pagewake-Signature: " + signature_of(channel.secret, timestamp, body));
    }
    curl_easy_setopt(curl.get(), CURLOPT_URL, channel.url.c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
    // A proxy would connect for us, where no address can be checked.
    curl_easy_setopt(curl.get(), CURLOPT_PROXY, "");
    curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, headers.get());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, body.data());
    curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDSIZE, static_cast<long>(body.size()));
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETFUNCTION, open_socket);
    curl_easy_setopt(curl.get(), CURLOPT_OPENSOCKETDATA, &guard);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, keep_some);
    curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
    const CURLcode code = curl_easy_perform(curl.get());
    if (guard.refused) {
      return Error{"address_refused",
                   "the address is loopback, link-local or private; the setting "
                   "allow_private_webhooks lets such webhooks through"};
    }
    if (code != CURLE_OK) {
      return Error{"send_failed", *error ? error : curl_easy_strerror(code)};
    }
    long status = 0;
    curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
    if (status < 200 || status > 299) {
      return Error{"send_failed", "HTTP " + std::to_string(status) + ": " + answer};
    }
    return Done{};
  }

  const TransportSettings settings_;
};

}  // namespace

bool is_private_address(const void* socket_address) {
  const auto* address = static_cast<const sockaddr*>(socket_address);
  if (address->sa_family == AF_INET) {
    return is_private_v4(ntohl(reinterpret_cast<const sockaddr_in*>(address)->sin_addr.s_addr));
  }
  if (address->sa_family != AF_INET6) return true;
  const auto& bytes = reinterpret_cast<const sockaddr_in6*>(address)->sin6_addr.s6_addr;
  const auto v4_at = [&bytes = bytes](int at) {
    return std::uint32_t{bytes[at]} << 24 | std::uint32_t{bytes[at + 1]} << 16 |
           std::uint32_t{bytes[at + 2]} << 8 | bytes[at + 3];
  };
  const bool high_zero = std::all_of(bytes, bytes + 10, [](std::uint8_t b) { return b == 0; });
  // ::ffff:a.b.c.d, and ::, ::1, ::a.b.c.d
  if (high_zero && bytes[10] == 0xff && bytes[11] == 0xff) return is_private_v4(v4_at(12));
  if (high_zero && bytes[10] == 0 && bytes[11] == 0) return true;
  if (bytes[0] == 0 && bytes[1] == 0x64 && bytes[2] == 0xff && bytes[3] == 0x9b) {
    return is_private_v4(v4_at(12));  // 64:ff9b::, NAT64
  }
  if (bytes[0] == 0x20 && bytes[1] == 0x02) return is_private_v4(v4_at(2));  // 6to4
  return (bytes[0] & 0xfe) == 0xfc || (bytes[0] == 0xfe && (bytes[1] & 0x80) != 0) ||
         bytes[0] == 0xff;
}

std::string signature_of(const std::string& secret, const std::string& timestamp,
                         const std::string& body) {
  crypto_auth_hmacsha256_state state;
  crypto_auth_hmacsha256_init(&state, reinterpret_cast<const unsigned char*>(secret.data()),
                              secret.size());
  const std::string signed_text = timestamp + "." + body;
  crypto_auth_hmacsha256_update(&state, reinterpret_cast<const unsigned char*>(signed_text.data()),
                                signed_text.size());
  std::array<std::uint8_t, crypto_auth_hmacsha256_BYTES> digest{};
  crypto_auth_hmacsha256_final(&state, digest.data());
  return "sha256=" + pagewake::detail::to_hex(digest.data(), digest.size());
}

Send make_transport(TransportSettings settings) {
  auto transport = std::make_shared<Transport>(std::move(settings));
  return [transport](const Channel& channel, const Message& message, std::int64_t delivery_id) {
    return transport->send(channel, message, delivery_id);
  };
}

}  // namespace pagewake::alerting
