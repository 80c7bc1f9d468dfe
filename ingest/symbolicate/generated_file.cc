#include "symbolicate/generated_file.h"

#include <algorithm>
#include <array>

namespace pagewake::symbolicate {
namespace {

constexpr std::size_t kLookBackBytes = 256 << 10;
constexpr int kCandidates = 2000;
constexpr std::size_t kParameterBytes = 2000;

// Bytes of other scripts count as parts of names: JavaScript allows most.
bool is_name_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

std::size_t skip_space(std::string_view text, std::size_t at) {
  while (at < text.size() && (text[at] == ' ' || text[at] == '\t' || text[at] == '\n')) ++at;
  return at;
}

// The place behind the bracket that closes the one at `at`; nothing where it is
// too far away or never closed.
std::optional<std::size_t> behind_bracket(std::string_view text, std::size_t at) {
  int depth = 0;
  const std::size_t limit = std::min(text.size(), at + kParameterBytes);
  for (; at < limit; ++at) {
    if (text[at] == '(') ++depth;
    if (text[at] == ')' && --depth == 0) return skip_space(text, at + 1);
  }
  return std::nullopt;
}

// Whether a method begins there: "(…){". A call has no brace.
bool is_method(std::string_view text, std::size_t at) {
  if (at >= text.size() || text[at] != '(') return false;
  const auto behind = behind_bracket(text, at);
  return behind && *behind < text.size() && text[*behind] == '{';
}

// Whether a function or class is written there, as a value: variables of other
// kinds share a minifier's short names.
bool is_function_value(std::string_view text, std::size_t at) {
  std::string_view rest = text.substr(at);
  for (const std::string_view word : {"async", "function", "class"}) {
    if (rest.starts_with(word) &&
        (rest.size() == word.size() || !is_name_byte(rest[word.size()]))) {
      return true;
    }
  }
  if (rest.starts_with('(')) {
    const auto behind = behind_bracket(text, at);
    return behind && text.substr(*behind).starts_with("=>");
  }
  std::size_t end = at;
  while (end < text.size() && is_name_byte(text[end])) ++end;
  return end > at && text.substr(skip_space(text, end)).starts_with("=>");
}

bool declares(std::string_view text, std::size_t at, std::size_t end) {
  std::size_t before = at;
  while (before > 0 && (text[before - 1] == ' ' || text[before - 1] == '*')) --before;
  const std::string_view head = text.substr(0, before);
  if (before < at && (head.ends_with("function") || head.ends_with("class"))) return true;
  const std::size_t next = skip_space(text, end);
  if (next >= text.size()) return false;
  if (text[next] == '=' || text[next] == ':') {
    return is_function_value(text, skip_space(text, next + 1));
  }
  return is_method(text, next);
}

}  // namespace

std::optional<std::string_view> line_of(std::string_view text, std::uint32_t line) {
  for (; line > 0; --line) {
    const auto end = text.find('\n');
    if (end == text.npos) return std::nullopt;
    text.remove_prefix(end + 1);
  }
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  return text;
}

std::optional<std::size_t> offset_of(std::string_view text, TextPosition position) {
  const auto line = line_of(text, position.line);
  if (!line) return std::nullopt;
  std::size_t at = 0;
  std::uint32_t column = 0;
  while (column < position.column) {
    if (at >= line->size()) return std::nullopt;
    const auto lead = static_cast<unsigned char>((*line)[at]);
    const std::size_t bytes = lead < 0x80 ? 1 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : 4;
    at += bytes;
    column += bytes == 4 ? 2 : 1;  // a surrogate pair
  }
  if (at > line->size()) return std::nullopt;
  return static_cast<std::size_t>(line->data() - text.data()) + at;
}

TextPosition position_of(std::string_view text, std::size_t offset) {
  text = text.substr(0, offset);
  TextPosition position;
  position.line = static_cast<std::uint32_t>(std::count(text.begin(), text.end(), '\n'));
  const auto line = text.rfind('\n');
  if (line != text.npos) text.remove_prefix(line + 1);
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80 || byte >= 0xc0) position.column += byte >= 0xf0 ? 2 : 1;
  }
  return position;
}

std::string_view bare_function(std::string_view function) {
  function = function.substr(0, function.find(" [as "));
  if (const auto space = function.rfind(' '); space != function.npos) {
    function.remove_prefix(space + 1);  // "async ", "new ", "get "
  }
  // Firefox writes the way to a function as a path: "render/<", "init/this.run".
  while (function.ends_with('<') || function.ends_with('/')) function.remove_suffix(1);
  for (const char separator : {'/', '.'}) {
    if (const auto at = function.rfind(separator); at != function.npos) {
      function.remove_prefix(at + 1);
    }
  }
  if (function.starts_with('#')) function.remove_prefix(1);
  if (function == "anonymous" || function == "?") return {};
  return std::all_of(function.begin(), function.end(), is_name_byte) ? function
                                                                     : std::string_view();
}

std::optional<std::size_t> find_declaration(std::string_view text, std::size_t offset,
                                            std::string_view name) {
  if (name.empty() || offset > text.size()) return std::nullopt;
  const std::size_t first = offset > kLookBackBytes ? offset - kLookBackBytes : 0;
  std::size_t at = offset;
  for (int candidate = 0; candidate < kCandidates; ++candidate) {
    at = text.rfind(name, at);
    if (at == text.npos || at < first) return std::nullopt;
    const std::size_t end = at + name.size();
    const bool whole = (at == 0 || !is_name_byte(text[at - 1])) &&
                       (end >= text.size() || !is_name_byte(text[end]));
    if (whole && declares(text, at, end)) return at;
    if (at == 0) return std::nullopt;
    --at;
  }
  return std::nullopt;
}

std::string_view identifier_at(std::string_view text, std::size_t offset) {
  constexpr std::array<std::string_view, 24> kKeywords = {
      "async",  "await",  "case", "catch",    "class", "const", "default", "delete",
      "export", "false",  "for",  "function", "get",   "if",    "let",     "new",
      "null",   "return", "set",  "static",   "this",  "throw", "true",    "var"};
  if (offset >= text.size()) return {};
  std::size_t end = offset;
  while (end < text.size() && is_name_byte(text[end])) ++end;
  const std::string_view word = text.substr(offset, end - offset);
  if (word.empty() || (word[0] >= '0' && word[0] <= '9')) return {};
  if (std::find(kKeywords.begin(), kKeywords.end(), word) != kKeywords.end()) return {};
  return word;
}

}  // namespace pagewake::symbolicate
