// Takes out of messages and file names what differs between two occurrences of
// the same error. One pass, forward only.
#include <algorithm>
#include <string>
#include <string_view>

#include "grouping/grouping.h"

namespace pagewake::grouping {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_alnum(char c) { return is_digit(c) || is_lower(c) || is_upper(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool starts_with(std::string_view text, std::string_view prefix) {
  return text.substr(0, prefix.size()) == prefix;
}

struct Letters {
  std::size_t digits = 0, lower = 0, upper = 0;
  bool all_hex = true;
};
Letters count(std::string_view token) {
  Letters n;
  for (char c : token) {
    n.digits += is_digit(c);
    n.lower += is_lower(c);
    n.upper += is_upper(c);
    n.all_hex = n.all_hex && is_hex(c);
  }
  return n;
}

// 8-4-4-4-12 hex digits at the beginning of `text`.
bool is_uuid_at(std::string_view text) {
  constexpr std::size_t kUuid = 36;
  if (text.size() < kUuid || (text.size() > kUuid && is_alnum(text[kUuid]))) return false;
  for (std::size_t i = 0; i < kUuid; ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

// "2026-11-21T02:27:10.836872Z", with a blank or 'T' before the time and the
// zone and the fraction optional; 0: none.
std::size_t timestamp_length(std::string_view text) {
  constexpr std::string_view kShape = "dddd-dd-dd?dd:dd:dd";
  if (text.size() < kShape.size()) return 0;
  for (std::size_t i = 0; i < kShape.size(); ++i) {
    const bool fits = kShape[i] == 'd'   ? is_digit(text[i])
                      : kShape[i] == '?' ? text[i] == 'T' || text[i] == ' '
                                         : text[i] == kShape[i];
    if (!fits) return 0;
  }
  std::size_t n = kShape.size();
  const auto digits_from = [&](std::size_t at) {
    while (at < text.size() && (is_digit(text[at]) || text[at] == ':')) ++at;
    return at;
  };
  if (n + 1 < text.size() && (text[n] == '.' || text[n] == ',') && is_digit(text[n + 1])) {
    n = digits_from(n + 1);
  }
  if (n < text.size() && text[n] == 'Z') return n + 1;
  if (n + 1 < text.size() && (text[n] == '+' || text[n] == '-') && is_digit(text[n + 1])) {
    n = digits_from(n + 1);
  }
  return n;
}

// Random-looking: hex of eight and more, or a long mix of letters and digits.
bool looks_like_id(std::string_view token) {
  const Letters n = count(token);
  if (n.digits == 0 || n.digits == token.size()) return false;
  if (token.size() >= 8 && n.all_hex) return true;
  return token.size() >= 10 && n.digits >= 3;
}

// "https://host/path" ends at a blank, quote or closing bracket.
std::size_t url_length(std::string_view text) {
  for (std::string_view scheme : {"https://", "http://", "wss://", "ws://", "file://", "blob:"}) {
    if (!starts_with(text, scheme)) continue;
    const auto end = text.find_first_of(" \t\n\r\"'`<>)]}");
    return end == std::string_view::npos ? text.size() : end;
  }
  return 0;
}

// The closing mark of a quotation that opens at `text[0]`; npos when it is an
// apostrophe or never closes on this line.
std::size_t closing_quote(std::string_view text) {
  const char mark = text[0];
  for (std::size_t i = 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] != mark) continue;
    if (i + 1 == text.size() || !is_alnum(text[i + 1])) return i;
  }
  return std::string_view::npos;
}

std::string fold_values(std::string_view message) {
  std::string out;
  out.reserve(message.size());
  // Each kind of quote is searched to the end of its line once: a line full of
  // unclosed marks stays linear.
  bool closes[3] = {true, true, true};
  const auto slot = [](char c) { return c == '\'' ? 0 : c == '"' ? 1 : 2; };
  for (std::size_t i = 0; i < message.size();) {
    const std::string_view rest = message.substr(i);
    const char c = rest[0];
    const bool at_boundary = i == 0 || !is_alnum(message[i - 1]);
    if (c == '\n') std::fill(std::begin(closes), std::end(closes), true);
    if ((c == '\'' || c == '"' || c == '`') && at_boundary && closes[slot(c)]) {
      const std::size_t end = closing_quote(rest);
      if (end != std::string_view::npos) {
        out += "<quoted>";
        i += end + 1;
        continue;
      }
      closes[slot(c)] = false;
    }
    if (!is_alnum(c) || !at_boundary) {
      out += c;
      ++i;
      continue;
    }
    if (const std::size_t n = url_length(rest)) {
      out += "<url>";
      i += n;
      continue;
    }
    if (is_uuid_at(rest)) {
      out += "<id>";
      i += 36;
      continue;
    }
    if (const std::size_t time = timestamp_length(rest)) {
      out += "<time>";
      i += time;
      continue;
    }
    std::size_t n = 0;
    while (n < rest.size() && is_alnum(rest[n])) ++n;
    const std::string_view token = rest.substr(0, n);
    if (token.size() > 2 && starts_with(token, "0x") && count(token.substr(2)).all_hex) {
      out += "<number>";
      i += n;
    } else if (is_digit(c) && !looks_like_id(token)) {
      // A number with its fraction, groups and a short unit: 1,200.5 or 300ms.
      std::size_t digits = 0;
      while (digits < rest.size() &&
             (is_digit(rest[digits]) ||
              ((rest[digits] == '.' || rest[digits] == ',' || rest[digits] == ':') &&
               digits + 1 < rest.size() && is_digit(rest[digits + 1])))) {
        ++digits;
      }
      out += "<number>";
      i += digits;
    } else if (looks_like_id(token)) {
      out += "<id>";
      i += n;
    } else {
      // "user48213": a name with a number. Fewer digits are part of the name
      // ("utf8", "h264").
      std::size_t name = n;
      while (name > 0 && is_digit(token[name - 1])) --name;
      const bool numbered = n - name >= 4;
      out += token.substr(0, numbered ? name : n);
      if (numbered) out += "<number>";
      i += n;
    }
  }
  return out;
}

std::string_view between(std::string_view text, std::string_view before, std::string_view after) {
  const auto from = text.find(before);
  if (from == std::string_view::npos) return {};
  const auto at = from + before.size();
  const auto to = text.find(after, at);
  return to == std::string_view::npos ? std::string_view() : text.substr(at, to - at);
}

// "a.b.c" and "a['c']" end in the property that was read.
std::string_view last_member(std::string_view expression) {
  while (!expression.empty() && !is_alnum(expression.back()) && expression.back() != '_' &&
         expression.back() != '$') {
    expression.remove_suffix(1);
  }
  std::size_t n = expression.size();
  while (n > 0 &&
         (is_alnum(expression[n - 1]) || expression[n - 1] == '_' || expression[n - 1] == '$')) {
    --n;
  }
  return expression.substr(n);
}

// The same mistake as Chromium, Safari and Firefox word it. "" when it is not
// this one.
std::string fold_nullish_access(std::string_view message) {
  for (std::string_view nullish : {"undefined", "null"}) {
    const std::string value(nullish);
    std::string_view property;
    if (starts_with(message, "Cannot read properties of " + value) ||
        starts_with(message, "Cannot set properties of " + value)) {
      property = between(message, "ing '", "')");  // reading, setting
    } else if (starts_with(message, "Cannot read property '") &&
               message.find("' of " + value) != std::string_view::npos) {
      property = between(message, "property '", "' of ");  // Chromium before 93
    } else if (starts_with(message, value + " is not an object (evaluating '")) {
      property = last_member(between(message, "(evaluating '", "')"));
    } else if (starts_with(message, "can't access property ") &&
               message.find(" is " + value) != std::string_view::npos) {
      property = between(message, "property \"", "\"");
    }
    if (!property.empty()) {
      return "property <" + std::string(property) + "> of " + value;
    }
  }
  return {};
}

// Other mistakes that Safari and Firefox word in their own way, as Chromium
// words them. "" when it is none of them.
std::string fold_wording(std::string_view message) {
  constexpr struct {
    std::string_view says, chromium;
  } kWordings[] = {
      {"NetworkError when attempting to fetch resource.", "Failed to fetch"},
      {"Load failed", "Failed to fetch"},
      {"too much recursion", "Maximum call stack size exceeded"},
      {"Maximum call stack size exceeded.", "Maximum call stack size exceeded"},
  };
  for (const auto& wording : kWordings) {
    if (message == wording.says) return std::string(wording.chromium);
  }
  constexpr std::string_view kVariable = "Can't find variable: ";
  if (starts_with(message, kVariable)) {
    return std::string(message.substr(kVariable.size())) + " is not defined";
  }
  // "a.b is not a function. (In 'a.b()', 'a.b' is undefined)"
  constexpr std::string_view kNoFunction = " is not a function";
  const auto at = message.find(kNoFunction);
  if (at != std::string_view::npos &&
      starts_with(message.substr(at + kNoFunction.size()), ". (In '")) {
    return std::string(message.substr(0, at + kNoFunction.size()));
  }
  return {};
}

// A content hash or a build number inside a file name: "3f2a9c1b", "BfxQ3k1T",
// "2F7XQZ3A". Names with a number behind them ("checkout2", "CartItem2") are not.
bool is_content_hash(std::string_view part) {
  const Letters n = count(part);
  if (n.digits + n.lower + n.upper < part.size()) return false;
  if (part.size() >= 6 && n.all_hex && n.digits > 0) return true;
  // Vite's hashes are eight letters of both cases and may have no digit.
  if (part.size() == 8 && n.lower > 0 && n.upper > 1) return true;
  if (part.size() < 8 || n.digits == 0 || n.digits == part.size()) return false;
  const std::size_t first_digit = part.find_first_of("0123456789");
  const bool only_at_the_end = part.find_first_not_of("0123456789", first_digit) == part.npos;
  return !only_at_the_end && (n.digits >= 2 || (n.lower > 0 && n.upper > 1));
}

bool is_version(std::string_view segment) {
  if (!segment.empty() && segment[0] == 'v') segment.remove_prefix(1);
  if (segment.empty() || !is_digit(segment[0])) return false;
  return std::all_of(segment.begin(), segment.end(),
                     [](char c) { return is_digit(c) || c == '.'; });
}

std::string fold_segment(std::string_view segment) {
  std::string out;
  std::size_t at = 0;
  char separator = 0;
  while (at <= segment.size()) {
    std::size_t end = segment.find_first_of(".-_", at);
    if (end == std::string_view::npos) end = segment.size();
    const std::string_view part = segment.substr(at, end - at);
    if (at == 0) {
      // The first part names the file, unless a bundler left nothing but hash.
      out += part.size() >= 8 && end < segment.size() && is_content_hash(part) &&
                     count(part).digits > 1
                 ? std::string_view("<hash>")
                 : part;
    } else if (!is_content_hash(part)) {
      out += separator;
      out += part;
    }
    if (end == segment.size()) break;
    separator = segment[end];
    at = end + 1;
  }
  return out;
}

}  // namespace

std::string fold_message(std::string_view message) {
  std::string nullish = fold_nullish_access(message);
  if (!nullish.empty()) return nullish;
  const std::string reworded = fold_wording(message);
  return fold_values(reworded.empty() ? message : reworded);
}

std::string fold_file(std::string_view file) {
  file = file.substr(0, file.find_first_of("?#"));
  if (const auto scheme = file.find("://"); scheme != std::string_view::npos) {
    const auto path = file.find('/', scheme + 3);
    file = path == std::string_view::npos ? std::string_view() : file.substr(path);
  }
  std::string out;
  std::size_t at = 0;
  while (at <= file.size()) {
    std::size_t end = file.find('/', at);
    if (end == std::string_view::npos) end = file.size();
    const std::string_view segment = file.substr(at, end - at);
    const bool folder = end < file.size();
    // A release's own folder ("/v1.2.3/", "/3f2a9c1b/") says nothing.
    if (!(folder && (is_version(segment) || is_content_hash(segment)))) {
      if (at > 0 && (out.empty() || out.back() != '/')) out += '/';
      out += fold_segment(segment);
    }
    if (end == file.size()) break;
    at = end + 1;
  }
  return out;
}

}  // namespace pagewake::grouping
