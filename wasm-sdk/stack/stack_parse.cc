// The formats, one frame a line:
//
// V8 (https://v8.dev/docs/stack-trace-api), after "Name: message":
//     at [async] [new] function [as alias] (location)
//     at [async] location
//   location: url:line:column | native | <anonymous> | index 0 |
//             url:wasm-function[n]:0xoffset |
//             eval at function (location), <anonymous>:line:column
// SpiderMonkey (MDN, "Error.prototype.stack"), no header:
//   [async cause*]function@url:line:column
//   function@url line 26 > eval:1:3
// JavaScriptCore, no header:
//   function@url:line:column | url:line:column | function@[native code] |
//   global code@url:line:column | eval code@ | function@[wasm code]
//
// A V8 stack is read by V8's rules only: its message may look like a frame of
// the others ("early throw bob@example.com"), and would carry an address into
// a function name.
#include "stack/stack_parse.h"

#include <cstddef>
#include <optional>
#include <utility>

#include "base/containers.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace pagewake {
namespace {

constexpr auto kNone = std::string_view::npos;
constexpr std::string_view kAnonymous = "<anonymous>";

constexpr bool is_digit(char c) { return c >= '0' && c <= '9'; }

std::string_view trim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == kNone) return {};
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool contains(std::string_view text, std::string_view part) { return text.find(part) != kNone; }

// Takes ":123" off the end; nothing, and `text` as it was, when there is none.
std::optional<std::int32_t> take_number(std::string_view& text) {
  std::size_t begin = text.size();
  while (begin > 0 && is_digit(text[begin - 1])) --begin;
  // More digits do not fit and are no position.
  if (begin == text.size() || text.size() - begin > 9 || begin == 0 || text[begin - 1] != ':') {
    return std::nullopt;
  }
  std::int32_t value = 0;
  for (std::size_t i = begin; i < text.size(); ++i) value = value * 10 + (text[i] - '0');
  text.remove_suffix(text.size() - begin + 1);
  return value;
}

struct Location {
  std::string_view file;
  std::int32_t line = 0, column = 0;
  bool is_eval = false;
  bool is_native = false;          // the engine's own code
  std::string_view wasm_function;  // "wasm-function[12]"
};

// "url:wasm-function[12]:0x3a". A source map of WebAssembly has one line, and
// the byte offset is its column.
std::optional<Location> parse_wasm(std::string_view text) {
  const std::size_t name = text.find(":wasm-function[");
  if (name == kNone) return std::nullopt;
  Location location;
  location.file = text.substr(0, name);
  const std::size_t name_end = text.find(']', name);
  location.wasm_function = text.substr(name + 1, name_end == kNone ? kNone : name_end - name);
  const std::size_t offset = text.find(":0x", name);
  if (offset == kNone || text.size() - offset > 3 + 7) return location;
  std::int32_t value = 0;
  for (char c : text.substr(offset + 3)) {
    const char lower = static_cast<char>(c | 0x20);
    if (!is_digit(c) && (lower < 'a' || lower > 'f')) return location;
    value = value * 16 + (is_digit(c) ? c - '0' : lower - 'a' + 10);
  }
  location.line = 1;
  location.column = value + 1;
  return location;
}

// "url:line:column" or "url:line".
std::optional<Location> parse_position(std::string_view text) {
  if (auto wasm = parse_wasm(text)) return wasm;
  std::string_view file = text;
  const auto last = take_number(file);
  if (!last) return std::nullopt;
  Location location;
  if (const auto before = take_number(file)) {
    location.line = *before;
    location.column = *last;
  } else {
    // "http://localhost:8080" has a port and no line.
    const std::size_t scheme = file.find("://");
    if (scheme != kNone && file.find('/', scheme + 3) == kNone) return std::nullopt;
    location.line = *last;
  }
  if (file.empty()) return std::nullopt;
  location.file = file;
  return location;
}

std::optional<Location> parse_v8_location(std::string_view text) {
  Location location;
  if (text == "native" || text == kAnonymous || text.starts_with("index ")) {
    location.file = text == "native" ? text : kAnonymous;
    location.is_native = true;
    return location;
  }
  if (text.starts_with("eval at ")) {
    // The code that was evaluated has no file: the innermost brackets hold the
    // place that evaluated it. Brackets of a URL ("/(shop)/page.js") are not
    // preceded by a space.
    const std::size_t begin = text.rfind(" (");
    std::string_view inner = begin == kNone ? std::string_view{} : text.substr(begin + 2);
    const std::size_t end = inner.find("), ");
    inner = inner.substr(0, end == kNone ? inner.find_last_of(')') : end);
    if (auto outer = parse_position(inner)) location = *outer;
    if (location.file.empty()) location.file = kAnonymous;
    location.is_eval = true;
    return location;
  }
  return parse_position(text);
}

// The browser's own code and extensions, and libraries where the file says so.
bool is_engine(std::string_view file) {
  static constexpr std::string_view kPrefixes[] = {
      "node:", "internal/", "resource://", "chrome://", "about:", "self-hosted", "[native code]"};
  for (std::string_view prefix : kPrefixes) {
    if (file.starts_with(prefix)) return true;
  }
  return false;
}

bool is_library(std::string_view file) {
  return contains(file, "/node_modules/") || contains(file, "\\node_modules\\");
}

Frame make_frame(std::string_view function, const Location& location) {
  Frame frame;
  if (function.empty()) {
    function = !location.wasm_function.empty() ? location.wasm_function
               : location.is_eval              ? std::string_view("eval")
                                               : kAnonymous;
  }
  frame.function = cut_utf8(function, limits::kNameBytes);
  frame.filename = location.file;
  frame.line = location.line;
  frame.column = location.column;
  frame.in_app = !location.is_native && !is_extension(location.file) && !is_engine(location.file) &&
                 !is_library(location.file);
  return frame;
}

std::optional<Frame> parse_v8_line(std::string_view line) {
  if (!line.starts_with("at ")) return std::nullopt;
  line.remove_prefix(3);
  if (line.starts_with("async ")) line.remove_prefix(6);
  std::string_view function, place = line;
  if (const std::size_t bracket = line.find(" ("); bracket != kNone) {
    function = line.substr(0, bracket);
    place = line.substr(bracket + 2);
    if (place.ends_with(')')) place.remove_suffix(1);
    if (const std::size_t alias = function.find(" [as "); alias != kNone) {
      function = function.substr(0, alias);
    }
  }
  const auto location = parse_v8_location(place);
  if (!location) return std::nullopt;
  return make_frame(trim(function), *location);
}

// SpiderMonkey and JavaScriptCore.
std::optional<Frame> parse_at_line(std::string_view line) {
  std::string_view function, place = line;
  if (const std::size_t at = line.find('@'); at != kNone && !contains(line.substr(0, at), "://")) {
    function = line.substr(0, at);
    place = line.substr(at + 1);
  } else if (line == "eval code") {
    function = line;
    place = {};
  }
  // No engine puts this into a name; a message has it.
  if (contains(function, ": ")) return std::nullopt;
  // "promise callback*load", "async*load", "setTimeout handler*load"
  if (const std::size_t cause = function.rfind('*'); cause != kNone) {
    function.remove_prefix(cause + 1);
  }
  Location location;
  if (function == "eval code") {
    function = "eval";
    location.is_eval = true;
    if (place.empty()) return make_frame(function, location);
  } else if (function == "global code" || function == "module code") {
    function = kAnonymous;
  }
  if (place == "[native code]" || place == "[wasm code]") {
    location.file = place;
    location.is_native = place == "[native code]";
    return make_frame(function, location);
  }
  // "url line 26 > eval:1:3", also nested: the first is the file's own line.
  if (const std::size_t eval = place.find(" > "); eval != kNone) {
    std::string_view outer = place.substr(0, eval);
    std::size_t number = outer.size();
    while (number > 0 && is_digit(outer[number - 1])) --number;
    constexpr std::string_view kLine = " line ";
    if (outer.substr(0, number).ends_with(kLine) && number < outer.size() &&
        outer.size() - number <= 9) {
      for (char c : outer.substr(number)) location.line = location.line * 10 + (c - '0');
      location.file = outer.substr(0, number - kLine.size());
      location.is_eval = true;
      return make_frame(function, location);
    }
  }
  const auto position = parse_position(place);
  if (!position) return std::nullopt;
  // Without '@' a line is only a frame if it is a place and nothing else.
  if (place.size() == line.size() && (contains(place, " ") || !contains(place, "/"))) {
    return std::nullopt;
  }
  return make_frame(function, *position);
}

// The stack behind V8's "Name: message". The name in the stack is the one the
// error had when it was made, so only the message is compared.
std::string_view without_header(std::string_view stack, std::string_view type,
                                std::string_view value) {
  std::size_t end = kNone;
  if (!value.empty()) {
    const std::size_t first_line = stack.substr(0, stack.find('\n')).size();
    if (stack.starts_with(value) && (stack.size() == value.size() || stack[value.size()] == '\n')) {
      end = value.size();  // V8 with an empty name; not Gecko's "foo@" after throw "f"
    } else if (const std::size_t colon = stack.find(": "); colon < first_line) {
      // "Uncaught TypeError: x" or "Error: Error: x": one colon further.
      const std::size_t second = stack.find(": ", colon + 2);
      for (std::size_t begin : {colon, second}) {
        if (begin < first_line && stack.substr(begin + 2).starts_with(value)) {
          end = begin + 2 + value.size();
          break;
        }
      }
    }
  }
  if (end == kNone) {
    if (type.empty() || !stack.starts_with(type)) return stack;
    const std::string_view rest = stack.substr(type.size());
    if (!rest.empty() && rest[0] != ':' && rest[0] != '\n') return stack;
    end = type.size();
  }
  const std::size_t newline = stack.find('\n', end);
  return newline == kNone ? std::string_view{} : stack.substr(newline + 1);
}

template <typename ParseLine>
List<Frame> parse_lines(std::string_view stack, ParseLine parse_line) {
  List<Frame> frames;
  while (!stack.empty() && frames.size() < limits::kFramesPerException) {
    const std::size_t newline = stack.find('\n');
    if (auto frame = parse_line(trim(stack.substr(0, newline))))
      frames.push_back(std::move(*frame));
    if (newline == kNone) break;
    stack.remove_prefix(newline + 1);
  }
  return frames;
}

}  // namespace

List<Frame> parse_stack(std::string_view stack, std::string_view type, std::string_view value) {
  stack = without_header(stack.substr(0, limits::kStackBytes), type, value);
  List<Frame> frames = parse_lines(stack, parse_v8_line);
  return frames.empty() ? parse_lines(stack, parse_at_line) : frames;
}

bool is_extension(std::string_view file) {
  static constexpr std::string_view kSchemes[] = {
      "chrome-extension://",     "moz-extension://",        "safari-extension://",
      "safari-web-extension://", "ms-browser-extension://", "webkit-masked-url://"};
  for (std::string_view scheme : kSchemes) {
    if (file.starts_with(scheme)) return true;
  }
  return false;
}

bool is_known_noise(const Exception& exception) {
  // Callers that wrap an event's text repeat the type: "Uncaught Error: ...".
  std::string_view value = exception.value;
  if (value.starts_with("Uncaught ")) value.remove_prefix(9);
  if (value.starts_with("Error: ")) value.remove_prefix(7);
  if (value.starts_with("ResizeObserver loop ")) return true;

  bool has_place = false;
  for (const Frame& frame : exception.frames) {
    if (frame.filename.empty() || frame.filename == kAnonymous || is_engine(frame.filename)) {
      continue;
    }
    if (is_extension(frame.filename)) return true;
    has_place = true;
    break;
  }
  return !has_place && (value == "Script error." || value == "Script error");
}

}  // namespace pagewake
