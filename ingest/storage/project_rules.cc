#include "storage/project_rules.h"

#include <sodium.h>

#include <algorithm>
#include <array>
#include <cstdlib>

#include "base/ids.h"
#include "base/utf8.h"

namespace pagewake::storage {
namespace {

constexpr std::size_t kNameCharacters = 100;
constexpr std::size_t kOriginBytes = 300;

void need_sodium() {
  // Fails only where the system has no random numbers: no key can be made then.
  static const bool ready = sodium_init() >= 0;
  if (!ready) std::abort();
}

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_alnum(char c) { return is_digit(c) || (c >= 'a' && c <= 'z'); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f'); }

bool is_host(std::string_view host) {
  if (host.size() > 2 && host.front() == '[' && host.back() == ']') {
    const std::string_view address = host.substr(1, host.size() - 2);
    return std::count(address.begin(), address.end(), ':') >= 2 &&
           std::all_of(address.begin(), address.end(),
                       [](char c) { return is_hex(c) || c == ':' || c == '.'; });
  }
  if (host.empty() || host.size() > 253) return false;
  std::size_t label = 0;
  for (std::size_t i = 0; i < host.size(); ++i) {
    if (host[i] == '.') {
      if (label == 0 || host[i - 1] == '-') return false;
      label = 0;
    } else if (is_alnum(host[i]) || host[i] == '_' || (host[i] == '-' && label > 0)) {
      if (++label > 63) return false;
    } else {
      return false;
    }
  }
  return label > 0 && host.back() != '-';
}

}  // namespace

std::string_view name_of(Scope scope) {
  switch (scope) {
    case Scope::kRead:
      return "read";
    case Scope::kWrite:
      return "write";
    case Scope::kAdmin:
      return "admin";
  }
  return "unknown";
}

std::optional<Scope> scope_from(std::string_view name) {
  for (auto scope : {Scope::kRead, Scope::kWrite, Scope::kAdmin}) {
    if (name_of(scope) == name) return scope;
  }
  return std::nullopt;
}

Status check_name(std::string_view name) {
  const Error error{"invalid_name",
                    "a name has 1 to 100 characters, is UTF-8 and has no control characters"};
  if (name.empty() || !is_valid_utf8(name)) return error;
  std::size_t characters = 0;
  for (char c : name) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || byte == 0x7f) return error;
    if ((byte & 0xc0) != 0x80) ++characters;
  }
  if (characters > kNameCharacters) return error;
  return Done{};
}

Result<std::string> canonical_origin(std::string_view origin) {
  const auto error = [&] {
    const std::string shown = repair_utf8(cut_utf8(origin, 100));
    return Error{"invalid_origin", "\"" + shown +
                                       "\" is not an origin: scheme://host[:port] with http or "
                                       "https, such as https://shop.example"};
  };
  if (origin.size() > kOriginBytes) return error();
  std::string text(origin);
  for (char& c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  }
  if (!text.empty() && text.back() == '/') text.pop_back();
  std::string_view rest = text;
  std::string_view own_port;
  if (rest.starts_with("https://")) {
    rest.remove_prefix(8);
    own_port = "443";
  } else if (rest.starts_with("http://")) {
    rest.remove_prefix(7);
    own_port = "80";
  } else {
    return error();
  }
  const std::string scheme = text.substr(0, text.size() - rest.size());
  const std::size_t after_host = rest.starts_with('[') ? rest.find(']') : 0;
  if (after_host == std::string_view::npos) return error();
  const std::size_t colon = rest.find(':', after_host);
  const std::string_view host = rest.substr(0, colon);
  if (!is_host(host)) return error();
  if (colon == std::string_view::npos) return scheme + std::string(host);
  const std::string_view port = rest.substr(colon + 1);
  if (port.empty() || port.size() > 5 || port[0] == '0' ||
      !std::all_of(port.begin(), port.end(), is_digit)) {
    return error();
  }
  int number = 0;
  for (char c : port) number = number * 10 + (c - '0');
  if (number > 65'535) return error();
  if (port == own_port) return scheme + std::string(host);
  return text;
}

Result<std::vector<std::string>> canonical_origins(const std::vector<std::string>& origins) {
  std::vector<std::string> out;
  for (const std::string& origin : origins) {
    Result<std::string> canonical = canonical_origin(origin);
    if (!canonical) return canonical.error();
    if (std::find(out.begin(), out.end(), *canonical) == out.end()) {
      out.push_back(std::move(*canonical));
    }
  }
  return out;
}

std::string random_public_key() {
  need_sodium();
  std::array<std::uint8_t, 16> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  return pagewake::detail::to_hex(bytes.data(), bytes.size());
}

std::string random_token() {
  need_sodium();
  std::array<std::uint8_t, 32> bytes;
  randombytes_buf(bytes.data(), bytes.size());
  constexpr auto kVariant = sodium_base64_VARIANT_URLSAFE_NO_PADDING;
  std::array<char, sodium_base64_ENCODED_LEN(32, kVariant)> text;
  sodium_bin2base64(text.data(), text.size(), bytes.data(), bytes.size(), kVariant);
  return std::string("pwt_") + text.data();
}

std::string sha256(std::string_view text) {
  need_sodium();
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(text.data()), text.size());
  return hash;
}

std::string sha256_hex(std::string_view text) {
  const std::string hash = sha256(text);
  return pagewake::detail::to_hex(reinterpret_cast<const std::uint8_t*>(hash.data()), hash.size());
}

}  // namespace pagewake::storage
