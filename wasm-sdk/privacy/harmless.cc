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

// What a character adds: the sum over a text says of each sign how often it is
// there. A field has room for limits::kMessageBytes and more.
constexpr std::uint64_t kDigit = 1;           // of a card
constexpr std::uint64_t kLook = 1ull << 20;   // may_begin() knows more
constexpr std::uint64_t kNever = 1ull << 40;  // an address, a query, name=value
constexpr std::uint64_t kCount = kLook - 1;
constexpr std::size_t kLongestText = kCount;

struct Signs {
  std::uint64_t of[256] = {};
  bool of_run[256] = {};  // of hex and base64, but for the slash
  constexpr Signs() {
    for (char c = 'A'; c <= 'Z'; ++c) of_run[static_cast<unsigned char>(c)] = true;
    for (char c = 'a'; c <= 'z'; ++c) of_run[static_cast<unsigned char>(c)] = true;
    for (char c = '0'; c <= '9'; ++c) {
      of_run[static_cast<unsigned char>(c)] = true;
      of[static_cast<unsigned char>(c)] = kDigit;
    }
    for (const char c : std::string_view("-_+")) of_run[static_cast<unsigned char>(c)] = true;
    for (const char c : std::string_view("%:#J \t")) of[static_cast<unsigned char>(c)] = kLook;
    for (const char c : std::string_view("@?=")) of[static_cast<unsigned char>(c)] = kNever;
  }
};
constexpr Signs kSigns;

bool is_of_run(char c, TextKind kind) {
  return kSigns.of_run[static_cast<unsigned char>(c)] || (c == '/' && kind == TextKind::kText);
}

// A run of that many characters holds one of every so many places.
bool has_long_run(std::string_view text, TextKind kind) {
  for (std::size_t at = kShortestSecret - 1; at < text.size(); at += kShortestSecret) {
    std::size_t begin = at + 1, end = at + 1;
    while (begin > 0 && is_of_run(text[begin - 1], kind)) --begin;
    if (begin > at) continue;
    while (end < text.size() && is_of_run(text[end], kind)) ++end;
    if (end - begin >= kShortestSecret) return true;
  }
  return false;
}

bool ends_with(std::string_view text, std::string_view lower_word) {
  if (text.size() < lower_word.size()) return false;
  text.remove_prefix(text.size() - lower_word.size());
  for (std::size_t i = 0; i < lower_word.size(); ++i) {
    const char c = text[i];
    if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != lower_word[i]) return false;
  }
  return true;
}

bool is_name(char c) {
  return (kSigns.of_run[static_cast<unsigned char>(c)] && c != '+') || c == '.';
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
    default:  // a blank: what follows may be credentials
      return ends_with(text.substr(0, at), "bearer") || ends_with(text.substr(0, at), "basic");
  }
}

}  // namespace

bool is_surely_harmless(std::string_view text, TextKind kind) {
  if (text.size() > (kind == TextKind::kUrl ? limits::kUrlBytes : kLongestText)) return false;
  // Nearly every URL begins so, and then there is nothing to look at.
  const std::size_t begin = text.starts_with("https://") ? 8 : 0;
  std::uint64_t signs = 0;
  for (std::size_t i = begin; i < text.size(); ++i) {
    signs += kSigns.of[static_cast<unsigned char>(text[i])];
  }
  if (signs >= kNever || (signs & kCount) >= kShortestCard) return false;
  if (signs >= kLook) {
    for (std::size_t i = begin; i < text.size(); ++i) {
      if (kSigns.of[static_cast<unsigned char>(text[i])] == kLook && may_begin(text, i, kind))
        return false;
    }
  }
  return !has_long_run(text, kind);
}

}  // namespace pagewake
