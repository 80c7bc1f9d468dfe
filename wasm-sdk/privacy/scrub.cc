// One rule, one pass over the text; scrub_plain() lists them in order. Two
// properties that tests hold up:
//
// Linear: every pass moves forward only. Where one looks back it looks at its
// own output, and only as far as characters it is about to take away.
//
// Idempotent: '[' and ']' belong to no token of any rule, so a marker only ever
// splits a token, and the rules are monotone: a part of something harmless is
// harmless. That is why the variety of base64 is judged in a window of 40
// characters and not as an average, which a long tail could dilute. What is
// left (a filtered card joins the words around it) settle() catches.
#include "privacy/scrub.h"

#include <algorithm>
#include <cstddef>
#include <utility>

#include "base/containers.h"
#include "base/limits.h"
#include "base/out_of_line.h"
#include "base/utf8.h"
#include "privacy/rules_hash.h"

namespace pagewake {
namespace {

constexpr std::string_view kFiltered = "[Filtered]";
constexpr auto kNone = std::string_view::npos;

// Bump when a rule changes that is not visible in the tables below.
constexpr std::string_view kRulesVersion = "1";

// Anywhere inside a name, after case and separators are folded away.
constexpr std::string_view kSecretStems[] = {
    "passwor",      "passwd",   "passphrase", "passcode",      "pwd",        "secret",
    "token",        "apikey",   "jwt",        "authorization", "credential", "cookie",
    "csrf",         "xsrf",     "privatekey", "accesskey",     "signingkey", "encryptionkey",
    "sessionid",    "sessid",   "sessionkey", "creditcard",    "cardnumber", "cardno",
    "securitycode", "ccnumber", "cardexp",    "cvv",           "cvc",
};
// Too short or too common to be looked for inside other words.
constexpr std::string_view kSecretNames[] = {
    "pass", "userpass", "dbpass", "auth", "session", "sid",   "key",
    "pin",  "otp",      "ssn",    "iban", "pan",     "ccnum",
};
// What may follow a content hash in the name of a file that is public anyway.
constexpr std::string_view kAssetExtensions[] = {
    "js",  "mjs",  "cjs",  "css",  "map", "min", "chunk", "bundle", "wasm",  "png",
    "jpg", "jpeg", "webp", "avif", "gif", "svg", "ico",   "woff",   "woff2", "ttf",
};
// URLs whose content is data and not an address.
constexpr std::string_view kOpaqueSchemes[] = {"blob:", "javascript:", "tel:", "sms:"};

// Classes of characters, as bits: one table and one loop over it are smaller
// than a comparison for each character of each rule.
enum Class : std::uint16_t {
  kDigit = 1 << 0,
  kUpper = 1 << 1,
  kLower = 1 << 2,
  kHexLetter = 1 << 3,
  kBlank = 1 << 4,  // within a line
  kLineEnd = 1 << 5,
  kOtherSpace = 1 << 6,
  kQuote = 1 << 7,
  kUrlEnd = 1 << 8,  // see kEndsUrl
  kJoiner = 1 << 9,  // - and _, of base64url and names
  kDot = 1 << 10,
  kMailMark = 1 << 11,  // % and +, of an address before its @
  kNotAscii = 1 << 12,
  kSlash = 1 << 13,
  kCredentialMark = 1 << 14,  // what else is in a credential: ~ and =
  kBackslash = 1 << 15,
};
constexpr unsigned kAlpha = kUpper | kLower;
constexpr unsigned kAlnum = kAlpha | kDigit;
constexpr unsigned kHex = kDigit | kHexLetter;
constexpr unsigned kWord = kAlnum | kJoiner;
constexpr unsigned kSpace = kBlank | kLineEnd | kOtherSpace;
// A URL in running text ends here. Brackets and apostrophes do not end it: they
// are legal in queries, and what follows them would stay.
constexpr unsigned kEndsUrl = kSpace | kUrlEnd;

struct Classes {
  std::uint16_t of[128] = {};
  constexpr Classes() {
    set("0123456789", kDigit);
    for (char c = 'A'; c <= 'Z'; ++c) set({&c, 1}, kUpper);
    for (char c = 'a'; c <= 'z'; ++c) set({&c, 1}, kLower);
    set("abcdefABCDEF", kHexLetter);
    set(" \t", kBlank);
    set("\n\r", kLineEnd);
    set("\f\v", kOtherSpace);
    set("\"'`", kQuote);
    set("\"`<>", kUrlEnd);
    set("-_", kJoiner);
    set(".", kDot);
    set("%+", kMailMark);
    set("/", kSlash);
    set("~=", kCredentialMark);
    set("\\", kBackslash);
  }
  constexpr void set(std::string_view characters, Class one) {
    for (char c : characters) of[static_cast<std::uint8_t>(c)] |= one;
  }
};
constexpr Classes kClasses;

PAGEWAKE_OUT_OF_LINE bool is(char c, unsigned classes) {
  const auto code = static_cast<std::uint8_t>(c);
  return ((code < 128 ? kClasses.of[code] : static_cast<unsigned>(kNotAscii)) & classes) != 0;
}
constexpr bool is_one_of(char c, std::string_view set) { return set.find(c) != kNone; }
constexpr char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

// Zero behind the end, which is no character of any rule.
PAGEWAKE_OUT_OF_LINE char char_at(std::string_view text, std::size_t at) {
  return at < text.size() ? text[at] : '\0';
}
bool is_at(std::string_view text, std::size_t at, unsigned classes) {
  return is(char_at(text, at), classes);
}
// Where the characters of these classes end that begin at `at`.
PAGEWAKE_OUT_OF_LINE std::size_t skip(std::string_view text, std::size_t at, unsigned classes) {
  while (is_at(text, at, classes)) ++at;
  return at;
}
// Where a character of these classes is next, or the end.
PAGEWAKE_OUT_OF_LINE std::size_t find_next(std::string_view text, std::size_t at,
                                           unsigned classes) {
  while (at < text.size() && !is(text[at], classes)) ++at;
  return at;
}
constexpr std::string_view slice(std::string_view text, std::size_t begin, std::size_t end) {
  return {text.data() + begin, end - begin};
}
PAGEWAKE_OUT_OF_LINE bool has_at(std::string_view text, std::size_t at, std::string_view part) {
  return text.size() - at >= part.size() && slice(text, at, at + part.size()) == part;
}
// [begin, end) of the text to `out`.
PAGEWAKE_OUT_OF_LINE void copy(std::string_view text, std::size_t begin, std::size_t end,
                               Text& out) {
  out.append(slice(text, begin, end));
}
PAGEWAKE_OUT_OF_LINE Text with_room(std::string_view text) {
  Text out;
  out.reserve(text.size());
  return out;
}

PAGEWAKE_OUT_OF_LINE bool starts_with_ignoring_case(std::string_view text,
                                                    std::string_view lower_prefix) {
  if (text.size() < lower_prefix.size()) return false;
  for (std::size_t i = 0; i < lower_prefix.size(); ++i) {
    if (lower(text[i]) != lower_prefix[i]) return false;
  }
  return true;
}

// Appends `url` without the user:password@ after every "//" that begins an
// authority: "://" anywhere, and a leading "//".
void append_without_userinfo(std::string_view url, Text& out) {
  std::size_t at = 0;
  while (at < url.size()) {
    std::size_t slashes = url.find("//", at);
    if (slashes == kNone) break;
    const bool is_authority = slashes == 0 || url[slashes - 1] == ':';
    const std::size_t begin = slashes + 2;
    std::size_t end = is_authority ? url.find('/', begin) : begin;
    if (end == kNone) end = url.size();
    const std::size_t user_end = slice(url, begin, end).rfind('@');
    copy(url, at, begin, out);
    at = user_end == kNone ? begin : begin + user_end + 1;
    copy(url, at, end, out);
    at = end;
  }
  copy(url, at, url.size(), out);
}

// Rule: the queries and fragments of URLs, and the queries of "/paths".
Text cut_urls(std::string_view text) {
  Text out = with_room(text);
  std::size_t i = 0;
  while (i < text.size()) {
    if (is(text[i], kEndsUrl)) {
      out += text[i++];
      continue;
    }
    const std::size_t run_end = find_next(text, i, kEndsUrl);
    const std::string_view run = slice(text, i, run_end);
    i = run_end;

    // Punctuation around the URL belongs to the sentence.
    std::size_t url_end = run.find_last_not_of(")]}'.,;:!?");
    url_end = url_end == kNone ? 0 : url_end + 1;
    const std::string_view url = slice(run, 0, url_end);
    const std::size_t scheme = url.find("://");
    std::size_t cut = kNone;
    if (scheme != kNone) {
      cut = url.find_first_of("?#", scheme + 3);
    } else {
      const std::size_t begin = url.find_first_not_of("([{'");
      if (begin != kNone && url[begin] == '/') {
        // "(?:" and the like are regular expressions, not queries.
        cut = begin;
        do {
          cut = url.find('?', cut + 1);
        } while (cut != kNone && cut + 1 < url.size() && !is(url[cut + 1], kAlnum) &&
                 !is_one_of(url[cut + 1], "_%&["));
        if (cut != kNone && cut + 1 >= url.size()) cut = kNone;
      }
    }
    const std::string_view kept = url.substr(0, cut);
    if (scheme != kNone) {
      append_without_userinfo(kept, out);
    } else {
      out.append(kept);
    }
    copy(run, url_end, run.size(), out);
  }
  return out;
}

// Length of a domain at the front of `text`: at least two labels, and one after
// the first begins with two letters ("react@18.2.0" is a version). 0: none.
std::size_t domain_length(std::string_view text) {
  constexpr unsigned kLetter = kAlpha | kNotAscii;
  std::size_t n = 0;
  while (is_at(text, n, kLetter | kDigit | kDot) || char_at(text, n) == '-') ++n;
  while (n > 0 && (text[n - 1] == '.' || text[n - 1] == '-')) --n;
  for (std::size_t i = 1; i + 2 < n; ++i) {
    if (text[i] == '.' && is(text[i + 1], kLetter) && is(text[i + 2], kLetter)) return n;
  }
  return 0;
}

// Rule: e-mail addresses, the '@' plain or as %40.
Text filter_emails(std::string_view text) {
  if (text.find('@') == kNone && text.find("%40") == kNone) return Text(text);
  Text out = with_room(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t at_bytes = text[i] == '@' ? 1 : has_at(text, i, "%40") ? 3 : 0;
    if (at_bytes > 0) {
      const std::size_t domain = domain_length(text.substr(i + at_bytes));
      std::size_t local = out.size();
      if (domain > 0) {
        while (local > 0 && is(out[local - 1], kWord | kDot | kMailMark | kNotAscii)) --local;
      }
      if (local < out.size()) {
        out.resize(local);
        out.append(kFiltered);
        i += at_bytes + domain;
        continue;
      }
    }
    out += text[i++];
  }
  return out;
}

// Rule: JWTs and JWEs: "eyJ" is base64 for '{"'.
Text filter_jwts(std::string_view text) {
  Text out = with_room(text);
  std::size_t at = 0;
  for (;;) {
    const std::size_t begin = text.find("eyJ", at);
    if (begin == kNone) break;
    copy(text, at, begin, out);
    const std::size_t header_end = skip(text, begin, kWord);
    std::size_t end = header_end;
    if (header_end - begin >= 10 && char_at(text, end) == '.') end = skip(text, end + 1, kWord);
    if (end - header_end >= 5) {
      end = skip(text, end, kWord | kDot);
      while (text[end - 1] == '.') --end;
      out.append(kFiltered);
      at = end;
    } else {
      // A later "eyJ" of the same part is shorter and would fail as well.
      copy(text, begin, header_end, out);
      at = header_end;
    }
  }
  copy(text, at, text.size(), out);
  return out;
}

bool is_secret_hex(std::string_view run) {
  if (run.size() < 32) return false;
  std::uint32_t seen = 0;
  for (char c : run) seen |= 1u << (is(c, kDigit) ? c - '0' : lower(c) - 'a' + 10);
  return __builtin_popcount(seen) >= 6;
}

// True when `rest`, which follows a hash, is ".js", ".min.css", ...
bool is_asset_suffix(std::string_view rest) {
  if (char_at(rest, 0) != '.') return false;
  const std::string_view extension = slice(rest, 1, skip(rest, 1, kAlnum));
  for (auto known : kAssetExtensions) {
    if (extension == known) return true;
  }
  return false;
}

// True when some 40 neighbouring characters look drawn by lot: they change
// between lower case, upper case and digits as often as base64 does (25 times
// on average; identifiers and slugs stay below 16), or they are nearly all
// different (30 on average; identifiers stay around 20).
bool is_secret_base64(std::string_view run) {
  constexpr std::size_t kWindow = 40;
  constexpr int kManyChanges = 16, kSomeChanges = 10, kManyDistinct = 26;
  if (run.size() < kWindow) return false;
  const auto kind = [](char c) {
    return is(c, kLower) ? 1 : is(c, kUpper) ? 2 : is(c, kDigit) ? 3 : 0;
  };
  const auto changes_at = [&](std::size_t i) {
    const int before = kind(run[i - 1]), here = kind(run[i]);
    return before != here && before != 0 && here != 0 ? 1 : 0;
  };
  std::uint8_t seen[128] = {};
  int changes = 0, digits = 0, distinct = 0;
  for (std::size_t i = 0; i < run.size(); ++i) {
    if (i > 0) changes += changes_at(i);
    digits += is(run[i], kDigit);
    distinct += seen[static_cast<std::uint8_t>(run[i])]++ == 0;
    if (i >= kWindow) {
      const char gone = run[i - kWindow];
      changes -= changes_at(i + 1 - kWindow);
      digits -= is(gone, kDigit);
      distinct -= --seen[static_cast<std::uint8_t>(gone)] == 0;
    }
    if (i + 1 < kWindow || digits == 0) continue;
    if (changes >= kManyChanges || (changes >= kSomeChanges && distinct >= kManyDistinct))
      return true;
  }
  return false;
}

// `padding` is the '='s after the run.
void append_base64(std::string_view run, std::string_view padding, Text& out) {
  if (!is_secret_base64(run)) {
    out.append(run);
    out.append(padding);
    return;
  }
  std::size_t begin = 0, end = run.size();
  while (!is(run[begin], kAlnum)) ++begin;
  while (!is(run[end - 1], kAlnum)) --end;
  copy(run, 0, begin, out);
  out.append(kFiltered);
  copy(run, end, run.size(), out);
}

// Rule: long hex and base64. In URLs and paths '/' separates, elsewhere it is a
// base64 character.
Text filter_long_secrets(std::string_view text, bool is_url) {
  Text out = with_room(text);
  bool in_path = is_url;
  std::size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (!is_url) {
      if (is(c, kEndsUrl)) in_path = false;
      if (has_at(text, i, "://")) in_path = true;
      if (c == '/' && (i == 0 || is(text[i - 1], kEndsUrl) || is_one_of(text[i - 1], "([{'")))
        in_path = true;
    }
    const auto is_base64 = [&](char x) {
      return is(x, in_path ? kWord : kWord | kSlash) || x == '+';
    };
    if (!is_base64(c)) {
      out += c;
      ++i;
      continue;
    }
    std::size_t piece = i;  // what was not appended yet
    while (i < text.size() && is_base64(text[i])) {
      if (!is(text[i], kHex)) {
        ++i;
        continue;
      }
      const std::size_t begin = i;
      i = skip(text, i, kHex);
      const std::string_view hex = slice(text, begin, i);
      if (!is_secret_hex(hex)) continue;
      append_base64(slice(text, piece, begin), {}, out);
      const bool is_content_hash = !out.empty() && is_one_of(out.back(), "-_.~") &&
                                   is_asset_suffix(slice(text, i, text.size()));
      out.append(is_content_hash ? hex : kFiltered);
      piece = i;
    }
    const std::size_t end = i;
    if (end > piece) {
      while (i < text.size() && text[i] == '=') ++i;
    }
    append_base64(slice(text, piece, end), slice(text, end, i), out);
  }
  return out;
}

bool passes_luhn(const char* digits, std::size_t count) {
  int sum = 0;
  for (std::size_t i = 0; i < count; ++i) {
    int value = digits[count - 1 - i] - '0';
    if (i % 2 == 1) value = value > 4 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return sum % 10 == 0;
}

// Length of a card number at the front of `text`, which is the start of a run
// of digits; 0: none. `before` is what precedes it.
std::size_t card_length(std::string_view text, std::string_view before) {
  constexpr std::size_t kMin = 13, kMax = 19;
  // Numbers that begin with 0 or 1 are times and counters; no card does.
  if (text[0] < '2') return 0;
  const bool glued = !before.empty() && is(before.back(), kAlnum);
  if (before.size() >= 2 && before.back() == '.' && is(before[before.size() - 2], kDigit)) {
    return 0;  // the decimals of a number
  }
  char digits[kMax];
  std::size_t count = 0, at = 0, found = 0;
  char separator = 0;
  for (;;) {
    const std::size_t group = at;
    while (is_at(text, at, kDigit)) {
      if (count == kMax) return found;
      digits[count++] = text[at++];
    }
    const std::size_t group_digits = at - group;
    if (separator != 0 && group_digits < 3) return found;
    const bool followed_by_letter = is_at(text, at, kAlnum);
    if (count >= kMin && passes_luhn(digits, count) && (separator == 0 || !followed_by_letter)) {
      found = at;
    }
    if (glued || group_digits < (separator == 0 ? 4 : 3)) return found;
    if (!is_at(text, at + 1, kDigit)) return found;
    if (separator == 0 ? text[at] != ' ' && text[at] != '-' : text[at] != separator) return found;
    separator = text[at++];
  }
}

// Rule: payment cards, in one piece or in groups ("4111 1111 1111 1111").
Text filter_cards(std::string_view text) {
  Text out = with_room(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t digits = find_next(text, i, kDigit);
    copy(text, i, digits, out);
    if (digits == text.size()) break;
    if (const std::size_t bytes = card_length(slice(text, digits, text.size()), out); bytes > 0) {
      out.append(kFiltered);
      i = digits + bytes;
      continue;
    }
    i = skip(text, digits, kDigit);
    copy(text, digits, i, out);
  }
  return out;
}

// Length of the credentials at the front of `text`, markers of earlier rules
// included, without the sentence's full stop.
std::size_t credential_length(std::string_view text) {
  std::size_t n = 0;
  while (n < text.size()) {
    if (has_at(text, n, kFiltered)) {
      n += kFiltered.size();
    } else if (is(text[n], kWord | kDot | kSlash | kCredentialMark) || text[n] == '+') {
      ++n;
    } else {
      break;
    }
  }
  while (n > 0 && text[n - 1] == '.') --n;
  return n;
}

// "Basic" is an English word too: what follows must not look like one.
bool looks_encoded(std::string_view text) {
  if (text.find(kFiltered) != kNone) return true;
  if (text.size() < 8) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (is(text[i], kDigit) || text[i] == '=' || (i > 0 && is(text[i], kUpper))) return true;
  }
  return false;
}

// Rule: "Bearer ..." and "Basic ...".
Text filter_credentials(std::string_view text) {
  Text out = with_room(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::string_view rest = slice(text, i, text.size());
    const bool bearer = starts_with_ignoring_case(rest, "bearer");
    const std::size_t scheme = bearer ? 6 : starts_with_ignoring_case(rest, "basic") ? 5 : 0;
    if (scheme > 0 && (out.empty() || !(is(out.back(), kAlnum) || out.back() == '_'))) {
      const std::size_t begin = skip(rest, scheme, kBlank);
      const std::size_t bytes =
          begin > scheme ? credential_length(slice(rest, begin, rest.size())) : 0;
      if (bytes > 0 && (bearer || looks_encoded(slice(rest, begin, begin + bytes)))) {
        copy(rest, 0, begin, out);
        out.append(kFiltered);
        i += begin + bytes;
        continue;
      }
    }
    const std::size_t next = std::min(text.find_first_of("bB", i + 1), text.size());
    copy(text, i, next, out);
    i = next;
  }
  return out;
}

// What follows a secret name and its separator.
struct Value {
  std::size_t begin = 0, end = 0;  // in the text; empty: nothing to filter
};

// `at` is behind the separator. The value is quoted, in brackets, or runs to a
// character that ends it; header values run to the end of the line.
Value value_at(std::string_view text, std::size_t at, bool whole_line) {
  at = skip(text, at, kBlank);
  const std::size_t quote = skip(text, at, kBackslash);
  if (is_at(text, quote, kQuote)) {
    // JSON inside JSON escapes its quotes: the value ends at a quote with no
    // more backslashes before it than the opening one had.
    const std::size_t depth = quote - at;
    std::size_t end = quote + 1, backslashes = 0;
    for (; end < text.size(); ++end) {
      if (text[end] == text[quote] && backslashes <= depth) break;
      backslashes = text[end] == '\\' ? backslashes + 1 : 0;
    }
    if (end < text.size()) end -= backslashes;
    return {quote + 1, end};
  }

  std::size_t end = at;
  const auto skip_markers = [&] {
    while (has_at(text, end, kFiltered)) end += kFiltered.size();
  };
  skip_markers();
  if (!whole_line && end == at && (char_at(text, end) == '{' || char_at(text, end) == '[')) {
    int depth = 0;
    do {
      if (text[end] == '{' || text[end] == '[') ++depth;
      if (text[end] == '}' || text[end] == ']') --depth;
      ++end;
    } while (end < text.size() && depth > 0);
  }
  // "token=Bearer abc": the scheme alone is not the secret.
  for (std::string_view scheme : {"bearer ", "basic ", "digest ", "token "}) {
    if (end == at && starts_with_ignoring_case(slice(text, at, text.size()), scheme)) {
      end = skip(text, at + scheme.size(), kBlank);
      skip_markers();
      break;
    }
  }
  constexpr std::string_view kClosing = ",;)}]";
  for (; end < text.size(); ++end) {
    const char c = text[end];
    if (is(c, kLineEnd)) break;
    if (whole_line) continue;
    if (is(c, kSpace | kQuote | kUrlEnd) || c == '&') break;
    if (is_one_of(c, kClosing)) {
      if (end + 1 == text.size() || is(text[end + 1], kSpace | kQuote) ||
          is_one_of(text[end + 1], kClosing))
        break;
    }
  }
  // An escaped quote behind the value is not part of it.
  if (is_at(text, end, kQuote)) {
    while (end > at && text[end - 1] == '\\') --end;
  }
  return {at, end};
}

// Headers whose value has several parts up to the end of the line.
bool is_header_name(std::string_view name) {
  const auto is = [&](std::string_view header) {
    return name.size() == header.size() && starts_with_ignoring_case(name, header);
  };
  return is("cookie") || is("set-cookie") || is("authorization") || is("proxy-authorization");
}

// Rule: name=value, name: value, "name": "value", 'name' => 'value'.
Text filter_named(std::string_view text) {
  constexpr unsigned kName = kWord | kDot;
  Text out = with_room(text);
  std::size_t i = 0;
  while (i < text.size()) {
    const std::size_t begin = find_next(text, i, kName);
    const std::size_t name_end = skip(text, begin, kName);
    std::string_view name = slice(text, begin, name_end);
    copy(text, i, name_end, out);
    i = name_end;

    std::size_t at = i;
    if (char_at(text, at) == ']') ++at;
    at = skip(text, at, kBackslash);
    const bool quoted = is_at(text, at, kQuote);
    if (quoted) ++at;
    at = skip(text, at, kBlank);
    if (char_at(text, at) != '=' && char_at(text, at) != ':') continue;
    if (has_at(text, at, "::")) continue;  // Session::Error
    const bool host_and_port = text[at] == ':' && begin >= 2 && has_at(text, begin - 2, "//") &&
                               is_at(text, at + 1, kDigit);
    if (host_and_port) continue;
    // Of "tokens.js:10" and "secret.example.com:8080" only the end is a name.
    if (const std::size_t dot = name.rfind('.'); dot != kNone) name.remove_prefix(dot + 1);
    if (!is_secret_name(name)) continue;

    for (int n = 0; n < 3 && at < text.size() && is_one_of(text[at], "=:>"); ++n) ++at;
    const Value value = value_at(text, at, !quoted && is_header_name(name));
    if (value.begin >= value.end) continue;
    copy(text, i, value.begin, out);
    out.append(kFiltered);
    i = value.end;
  }
  return out;
}

// Every rule for text in which no URL is left to cut. E-mail addresses come
// first, because a filtered local part would leave the rest behind.
Text scrub_plain(std::string_view text, bool is_url) {
  Text out = filter_emails(text);
  out = filter_jwts(out);
  out = filter_long_secrets(out, is_url);
  out = filter_cards(out);
  out = filter_credentials(out);
  return filter_named(out);
}

bool is_allowed(std::string_view parameter, std::span<const Text> allowed) {
  const std::string_view name = parameter.substr(0, parameter.find('='));
  for (const auto& candidate : allowed) {
    if (name == candidate) return true;
  }
  return false;
}

Text scrub_url_once(std::string_view url, std::span<const Text> allowed) {
  for (auto scheme : kOpaqueSchemes) {
    if (starts_with_ignoring_case(url, scheme)) return Text(url.substr(0, scheme.size()));
  }
  if (starts_with_ignoring_case(url, "data:")) {
    return Text(url.substr(0, url.find_first_of(";,?#")));
  }
  url = url.substr(0, url.find('#'));
  const std::size_t question = url.find('?');
  Text kept = with_room(url);
  append_without_userinfo(url.substr(0, question), kept);
  char separator = '?';
  std::size_t at = question == kNone ? url.size() : question + 1;
  while (at < url.size() && !allowed.empty()) {
    const std::size_t end = url.find('&', at);
    const std::string_view parameter = url.substr(at, end == kNone ? kNone : end - at);
    if (is_allowed(parameter, allowed)) {
      kept += separator;
      kept.append(parameter);
      separator = '&';
    }
    at = end == kNone ? url.size() : end + 1;
  }
  return scrub_plain(kept, true);
}

// Applies `pass` until it changes nothing. One round for text without secrets,
// two for nearly all other; the bound is there to stay linear on any input.
template <typename Pass>
Text settle(std::string_view text, Pass pass) {
  Text out = pass(text);
  if (out == text) return out;
  for (int round = 0; round < 4; ++round) {
    Text next = pass(out);
    const bool settled = next == out;
    out = std::move(next);
    if (settled) break;
  }
  return out;
}

}  // namespace

Text scrub_url(std::string_view url, std::span<const Text> allowed_query_parameters) {
  return settle(url, [&](std::string_view text) {
    Text out = scrub_url_once(text, allowed_query_parameters);
    // Cut after scrubbing: half an address would not be recognised.
    out.resize(cut_utf8(out, limits::kUrlBytes).size());
    return out;
  });
}

Text scrub_text(std::string_view text) {
  return settle(text, [](std::string_view part) { return scrub_plain(cut_urls(part), false); });
}

bool is_secret_name(std::string_view name) {
  Text folded = with_room(name);
  for (char c : name) {
    if (is(c, kAlnum)) folded += lower(c);
  }
  for (auto stem : kSecretStems) {
    if (folded.find(stem) != kNone) return true;
  }
  for (auto whole : kSecretNames) {
    if (folded == whole) return true;
  }
  return false;
}

std::uint32_t scrub_rules_hash() {
  constexpr std::uint32_t kHash =
      hash_of_rules(kRulesVersion, {kSecretStems, kSecretNames, kAssetExtensions, kOpaqueSchemes});
  return kHash;
}

}  // namespace pagewake
