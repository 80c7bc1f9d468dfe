#include "protocols/json.h"

#include <charconv>
#include <cmath>
#include <nlohmann/json.hpp>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/json_write.h"

namespace pagewake::protocols {
namespace {

// simdjson's DOM says what is wrong but not where. A second, slower parser
// finds the place; it builds nothing.
struct ErrorPlace {
  std::size_t at = 0;
  std::string what;
  bool null() { return true; }
  bool boolean(bool) { return true; }
  bool number_integer(std::int64_t) { return true; }
  bool number_unsigned(std::uint64_t) { return true; }
  bool number_float(double, const std::string&) { return true; }
  bool string(std::string&) { return true; }
  bool binary(nlohmann::json::binary_t&) { return true; }
  bool start_object(std::size_t) { return true; }
  bool key(std::string&) { return true; }
  bool end_object() { return true; }
  bool start_array(std::size_t) { return true; }
  bool end_array() { return true; }
  bool parse_error(std::size_t position, const std::string&, const nlohmann::json::exception&) {
    at = position > 0 ? position - 1 : 0;  // nlohmann counts the bytes read
    return false;
  }
};

// Searching a large body twice would cost the sender of rubbish less than us.
constexpr std::size_t kLocateBytes = 1 << 20;

Error malformed(std::string_view text, std::string_view what, std::size_t offset,
                simdjson::error_code code) {
  std::string message = std::string(what) + " is not valid JSON";
  if (text.size() <= kLocateBytes) {
    ErrorPlace place;
    if (!nlohmann::json::sax_parse(text, &place)) {
      message += " at byte " + std::to_string(offset + std::min(place.at, text.size()));
    } else {
      message += " in the text from byte " + std::to_string(offset);
    }
  }
  return Error{"malformed", message + ": " + simdjson::error_message(code)};
}

// Where the text first nests deeper than the limit. Brackets are counted
// outside of strings only; on text that is no JSON the answer means nothing,
// but then the parser refuses it.
std::optional<std::size_t> too_deep_at(std::string_view text) {
  int depth = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    switch (text[i]) {
      case '[':
      case '{':
        if (++depth > limits::kJsonDepth) return i;
        break;
      case ']':
      case '}':
        --depth;
        break;
      case '"':
        for (++i; i < text.size() && text[i] != '"'; ++i) {
          if (text[i] == '\\') ++i;
        }
        break;
      default:
        break;
    }
  }
  return std::nullopt;
}

Result<Value> parse_with(simdjson::dom::parser& parser, std::string_view text,
                         std::string_view what, std::size_t offset) {
  if (const auto at = too_deep_at(text)) {
    return Error{"nesting_too_deep", std::string(what) + " nests deeper than " +
                                         std::to_string(limits::kJsonDepth) + " levels at byte " +
                                         std::to_string(offset + *at)};
  }
  std::string repaired;
  if (!is_valid_utf8(text)) {
    repaired = repair_utf8(text);
    text = repaired;
  }
  simdjson::dom::element element;
  // The copy gives simdjson the padding it reads beyond the end.
  const auto error = parser.parse(text.data(), text.size(), true).get(element);
  if (error) return malformed(text, what, offset, error);
  return Value(element);
}

template <typename T>
std::optional<T> whole_text_as(std::string_view text) {
  T value{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || text.empty()) return {};
  return value;
}

}  // namespace

Value Value::operator[](std::string_view key) const {
  if (!is_object()) return {};
  simdjson::dom::element found;
  if (simdjson::dom::object(element_).at_key(key).get(found)) return {};
  return Value(found);
}

std::string_view Value::text() const {
  std::string_view text;
  if (!present_ || element_.get(text)) return {};
  return text;
}

std::string Value::to_text() const {
  if (!present_ || is_null()) return {};
  if (is_string()) return std::string(text());
  std::string out;
  append_json(out, *this);
  return out;
}

std::optional<double> Value::number() const {
  if (!present_) return {};
  double value = 0;
  if (is_string()) {
    const auto parsed = whole_text_as<double>(text());
    if (!parsed || !std::isfinite(*parsed)) return {};
    return parsed;
  }
  if (!element_.is_number() || element_.get(value)) return {};
  return value;
}

std::optional<std::int64_t> Value::integer() const {
  if (!present_) return {};
  std::int64_t value = 0;
  if (!element_.get(value)) return value;
  if (is_string()) return whole_text_as<std::int64_t>(text());
  const auto real = number();
  // 2^63 is the first double that no longer fits.
  if (!real || std::trunc(*real) != *real || std::fabs(*real) >= 9.2e18) return {};
  return static_cast<std::int64_t>(*real);
}

std::optional<bool> Value::boolean() const {
  bool value = false;
  if (!present_ || element_.get(value)) return {};
  return value;
}

void Value::append_number_to(std::string& out) const {
  std::int64_t whole = 0;
  std::uint64_t large = 0;
  double real = 0;
  if (element_.is_int64() && !element_.get(whole)) {
    append_json_number(out, whole);
  } else if (element_.is_uint64() && !element_.get(large)) {
    append_json_number(out, large);
  } else if (!element_.get(real)) {
    append_json_number(out, real);
  }
}

Result<Document> Document::parse(std::string_view text, std::string_view what, std::size_t offset) {
  Document document;
  document.parser_ = std::make_unique<simdjson::dom::parser>();
  auto root = parse_with(*document.parser_, text, what, offset);
  if (!root.ok()) return root.error();
  document.root_ = *root;
  return document;
}

Result<Value> LineParser::parse(std::string_view text, std::string_view what, std::size_t offset) {
  return parse_with(parser_, text, what, offset);
}

}  // namespace pagewake::protocols
