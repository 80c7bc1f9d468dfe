// Each rule of scrub.cc needs some character or a run of some length; where
// none of that is there, no rule applies. A new rule there needs its sign here
// (tests/privacy holds every case of the scrubber against this).
#include "privacy/harmless.h"

#include <cstddef>

#include "base/limits.h"

namespace pagewake {
namespace {

// Shorter is neither hex nor base64 of a secret.
constexpr std::size_t kShortestSecret = 32;
constexpr std::size_t kShortestCard = 13;

enum Sign : std::uint8_t {
  kRun = 1 << 0,    // of hex and base64
  kDigit = 1 << 1,  // of a card
  kSlash = 1 << 2,  // of base64, but not in URLs
  kLook = 1 << 3,   // may_begin() knows more
  kNever = 1 << 4,  // an address, a query, name=value
};

struct Signs {
  std::uint8_t of[256] = {};
  constexpr Signs() {
    for (char c = 'A'; c <= 'Z'; ++c) set({&c, 1}, kRun);
    for (char c = 'a'; c <= 'z'; ++c) set({&c, 1}, kRun);
    set("0123456789", kRun | kDigit);
    set("-_+", kRun);
    set("/", kSlash);
    set("@?=", kNever);
    set("%:#JbB", kLook);
  }
  constexpr void set(std::string_view characters, int signs) {
    for (const char c : characters) {
      auto& sign = of[static_cast<unsigned char>(c)];
      sign = static_cast<std::uint8_t>(sign | signs);
    }
  }
};
constexpr Signs kSigns;

bool begins_with(std::string_view text, std::string_view lower_word) {
  if (text.size() < lower_word.size()) return false;
  for (std::size_t i = 0; i < lower_word.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower_word[i]) return false;
  }
  return true;
}

bool is_name(char c) {
  return (kSigns.of[static_cast<unsigned char>(c)] & kRun && c != '+') || c == '.';
}

// The colon of "https://", or of "/:id": neither ends a name that could be a secret's.
bool is_harmless_colon(std::string_view text, std::size_t at) {
  if (at > 0 && text[at - 1] == '/') return true;
  if (text.substr(at, 3) != "://") return false;
  for (const std::string_view scheme : {"https", "http"}) {
    if (at < scheme.size() || text.substr(at - scheme.size(), scheme.size()) != scheme) continue;
    return at == scheme.size() || !is_name(text[at - scheme.size() - 1]);
  }
  return false;
}

bool may_begin(std::string_view text, std::size_t at, TextKind kind) {
  switch (text[at]) {
    case '%':
      return text.substr(at, 3) == "%40";
    case ':':
      return !is_harmless_colon(text, at);
    case '#':
      // In a selector it is an id; behind a scheme a fragment.
      return kind == TextKind::kUrl || text.find("://") != text.npos;
    case 'J':
      return at >= 2 && text.substr(at - 2, 2) == "ey";
    default:
      return begins_with(text.substr(at), "bearer") || begins_with(text.substr(at), "basic");
  }
}

}  // namespace

bool is_surely_harmless(std::string_view text, TextKind kind) {
  if (kind == TextKind::kUrl && text.size() > limits::kUrlBytes) return false;
  const int of_run = kind == TextKind::kUrl ? kRun : kRun | kSlash;
  std::size_t run = 0, digits = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const int sign = kSigns.of[static_cast<unsigned char>(text[i])];
    run = (sign & of_run) != 0 ? run + 1 : 0;
    digits += (sign & kDigit) != 0 ? 1 : 0;
    if (run >= kShortestSecret || (sign & kNever) != 0) return false;
    if ((sign & kLook) != 0 && may_begin(text, i, kind)) return false;
  }
  return digits < kShortestCard;
}

}  // namespace pagewake
