#include "protocols/json_write.h"

#include <charconv>
#include <cmath>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/json.h"

namespace pagewake::protocols {
namespace {

template <typename T>
void append_number(std::string& out, T value) {
  char buffer[32];
  const auto [end, error] = std::to_chars(buffer, buffer + sizeof buffer, value);
  if (error == std::errc()) out.append(buffer, end);
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::size_t from = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text, from, i - from);
    from = i + 1;
    switch (c) {
      case '"':
        out += "\\\"";
        break;
      case '\\':
        out += "\\\\";
        break;
      case '\n':
        out += "\\n";
        break;
      case '\r':
        out += "\\r";
        break;
      case '\t':
        out += "\\t";
        break;
      default:
        out += "\\u00";
        out += kDigits[c >> 4];
        out += kDigits[c & 15];
    }
  }
  out.append(text, from);
}

}  // namespace

void append_json_string(std::string& out, std::string_view text) {
  out += '"';
  text = cut_utf8(text, limits::kMessageBytes);
  if (is_valid_utf8(text)) {
    append_escaped(out, text);
  } else {
    append_escaped(out, repair_utf8(text));
  }
  out += '"';
}

void append_json_number(std::string& out, double value) {
  if (std::isfinite(value)) {
    append_number(out, value);
  } else {
    out += std::isnan(value) ? "\"NaN\"" : value > 0 ? "\"Infinity\"" : "\"-Infinity\"";
  }
}
void append_json_number(std::string& out, std::int64_t value) { append_number(out, value); }
void append_json_number(std::string& out, std::uint64_t value) { append_number(out, value); }

// Recursion is bounded: a Document nests at most limits::kJsonDepth deep.
void append_json(std::string& out, const Value& value) {
  if (value.is_object()) {
    out += '{';
    bool first = true;
    value.for_each_member([&](std::string_view key, const Value& member) {
      if (!first) out += ',';
      first = false;
      append_json_string(out, key);
      out += ':';
      append_json(out, member);
    });
    out += '}';
  } else if (value.is_array()) {
    out += '[';
    bool first = true;
    value.for_each_item([&](const Value& item) {
      if (!first) out += ',';
      first = false;
      append_json(out, item);
    });
    out += ']';
  } else if (value.is_string()) {
    append_json_string(out, value.text());
  } else if (const auto boolean = value.boolean()) {
    out += *boolean ? "true" : "false";
  } else if (value.is_number()) {
    value.append_number_to(out);
  } else {
    out += "null";
  }
}

std::string to_json(const Value& value) {
  std::string out;
  append_json(out, value);
  return out;
}

bool JsonObject::begin(std::string_view key) {
  if (!keys_.emplace(key).second) return false;
  out_ += out_.empty() ? '{' : ',';
  append_json_string(out_, key);
  out_ += ':';
  return true;
}

void JsonObject::member(std::string_view key, std::string_view json) {
  if (begin(key)) out_ += json;
}

void JsonObject::text(std::string_view key, std::string_view value) {
  if (begin(key)) append_json_string(out_, value);
}

std::string JsonObject::take() {
  if (!out_.empty()) out_ += '}';
  keys_.clear();
  return std::move(out_);
}

}  // namespace pagewake::protocols
