#include "protocols/json_write.h"

#include <charconv>
#include <cmath>
#include <cstring>

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

// How many bytes from `at` are ASCII that JSON takes as it is. Eight at a time:
// nearly all text is nothing else.
std::size_t plain_bytes(std::string_view text, std::size_t at) {
  constexpr std::uint64_t kOnes = 0x0101010101010101, kHighs = kOnes * 0x80;
  // The high bit of each byte that is zero (and maybe of ones above such a byte).
  const auto zeros = [](std::uint64_t x) { return (x - kOnes) & ~x & kHighs; };
  const std::size_t start = at;
  for (; at + 8 <= text.size(); at += 8) {
    std::uint64_t x;
    std::memcpy(&x, text.data() + at, 8);
    const std::uint64_t controls = (x - kOnes * 0x20) & ~x & kHighs;
    if ((x & kHighs) | controls | zeros(x ^ kOnes * '"') | zeros(x ^ kOnes * '\\')) break;
  }
  for (; at < text.size(); ++at) {
    const auto c = static_cast<unsigned char>(text[at]);
    if (c < 0x20 || c >= 0x80 || c == '"' || c == '\\') break;
  }
  return at - start;
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::size_t from = 0;
  for (std::size_t i = plain_bytes(text, 0); i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) continue;
    if (c >= 0x20 && c != '"' && c != '\\') {
      i += plain_bytes(text, i) - 1;
      continue;
    }
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

void append_valid_json_string(std::string& out, std::string_view text) {
  out += '"';
  append_escaped(out, cut_utf8(text, limits::kMessageBytes));
  out += '"';
}

void append_json_string(std::string& out, std::string_view text) {
  text = cut_utf8(text, limits::kMessageBytes);
  if (is_valid_utf8(text)) {
    append_valid_json_string(out, text);
  } else {
    // Repaired text is longer; it was cut before.
    out += '"';
    append_escaped(out, repair_utf8(text));
    out += '"';
  }
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

bool JsonObject::is_new(std::string_view escaped_key) {
  if (few_size_ < few_.size()) {
    const std::string_view out = out_;
    for (std::size_t i = 0; i < few_size_; ++i) {
      if (out.substr(few_[i].at, few_[i].size) == escaped_key) return false;
    }
    few_[few_size_++] = {static_cast<std::uint32_t>(escaped_key.data() - out.data()),
                         static_cast<std::uint32_t>(escaped_key.size())};
    return true;
  }
  if (many_.empty()) {
    for (const Place& place : few_) many_.insert(out_.substr(place.at, place.size));
  }
  return many_.emplace(escaped_key).second;
}

bool JsonObject::begin(std::string_view key) {
  const std::size_t before = out_.size();
  out_ += out_.empty() ? '{' : ',';
  append_json_string(out_, key);
  if (!is_new(std::string_view(out_).substr(before + 1))) {
    out_.resize(before);
    return false;
  }
  out_ += ':';
  return true;
}

void JsonObject::members(std::string_view members) {
  if (members.empty()) return;
  out_ += out_.empty() ? '{' : ',';
  out_ += members;
}

void JsonObject::member(std::string_view key, std::string_view json) {
  if (begin(key)) out_ += json;
}

void JsonObject::text(std::string_view key, std::string_view value) {
  if (begin(key)) append_json_string(out_, value);
}

void JsonObject::valid_text(std::string_view key, std::string_view value) {
  if (begin(key)) append_valid_json_string(out_, value);
}

std::string JsonObject::take() {
  if (!out_.empty()) out_ += '}';
  few_size_ = 0;
  many_.clear();
  return std::move(out_);
}

}  // namespace pagewake::protocols
