#include "storage/password.h"

#include <sodium.h>

#include <array>
#include <mutex>
#include <utility>

#include "storage/project_rules.h"

namespace pagewake::storage {

namespace {

constexpr unsigned long long kPasses = 2;
constexpr std::size_t kMemoryBytes = std::size_t{19} << 20;
constexpr std::size_t kShortest = 12, kLongest = 200;

std::mutex& one_at_a_time() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

Status check_password(std::string_view password) {
  std::size_t characters = 0;
  for (const char c : password) characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
  if (characters < kShortest || characters > kLongest || password.size() > 4 * kLongest) {
    return Error{"weak_password", "a password has 12 to 200 characters"};
  }
  return Done{};
}

Result<std::string> hash_password(std::string_view password) {
  if (sodium_init() < 0) return Error{"hash_failed", "libsodium cannot start"};
  std::array<char, crypto_pwhash_STRBYTES> hash{};
  const std::lock_guard lock(one_at_a_time());
  if (crypto_pwhash_argon2id_str(hash.data(), password.data(), password.size(), kPasses,
                                 kMemoryBytes) != 0) {
    return Error{"hash_failed", "there is no memory to hash the password"};
  }
  return std::string(hash.data());
}

bool password_matches(const std::string& hash, std::string_view password) {
  // Of a random password that nobody knows, made once.
  static const std::string nobodys = [] {
    auto made = hash_password(random_password());
    return made.ok() ? std::move(made).value() : std::string();
  }();
  const bool known = !hash.empty();
  const std::string& compared = known ? hash : nobodys;
  const std::lock_guard lock(one_at_a_time());
  const bool equal =
      crypto_pwhash_argon2id_str_verify(compared.c_str(), password.data(), password.size()) == 0;
  return known && equal;
}

std::string random_password() { return random_token().substr(4, 20); }

}  // namespace pagewake::storage
