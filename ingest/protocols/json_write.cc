#include "protocols/json_write.h"

#include <array>
#include <bit>
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

// Bytes that JSON does not take as they are, or that are not ASCII.
constexpr auto kSpecial = [] {
  std::array<bool, 256> special{};
  for (std::size_t c = 0; c < special.size(); ++c) {
    special[c] = c < ' ' || c == '"' || c == '\\' || c >= 0x80;
  }
  return special;
}();

// Sixteen bytes at a time: nearly all text is nothing special.
struct Sixteen {
  static constexpr std::size_t kBytes = 16;
  std::uint64_t low, high;  // all ones in each byte that is special

  static Sixteen at(const char* data) {
    using Bytes = signed char __attribute__((vector_size(kBytes)));
    Bytes bytes;
    std::memcpy(&bytes, data, kBytes);
    // Of signed bytes those that are not ASCII are below the space as well.
    const auto special = (bytes < ' ') | (bytes == '"') | (bytes == '\\');
    static_assert(sizeof special == sizeof(Sixteen));
    return std::bit_cast<Sixteen>(special);
  }
  // The first special one; kBytes when there is none.
  std::size_t first() const {
    static_assert(std::endian::native == std::endian::little);
    const auto bits = low != 0 ? std::countr_zero(low) : 64 + std::countr_zero(high);
    return static_cast<std::size_t>(bits) / 8;
  }
  // Of the first `n` bytes none is special any more.
  void forget(std::size_t n) {
    if (n >= 8) {
      low = 0;
      high = n == kBytes ? 0 : high >> (n - 8) * 8 << (n - 8) * 8;
    } else {
      low = low >> n * 8 << n * 8;
    }
  }
};

// Where the first special byte from `at` on is; the text's size where none is.
std::size_t first_special(std::string_view text, std::size_t at) {
  const std::size_t size = text.size();
  if (size < Sixteen::kBytes) {
    while (at < size && !kSpecial[static_cast<unsigned char>(text[at])]) ++at;
    return at;
  }
  for (; at + Sixteen::kBytes <= size; at += Sixteen::kBytes) {
    const std::size_t first = Sixteen::at(text.data() + at).first();
    if (first < Sixteen::kBytes) return at + first;
  }
  // The rest with bytes before it.
  const std::size_t start = size - Sixteen::kBytes;
  Sixteen last = Sixteen::at(text.data() + start);
  last.forget(at - start);
  return start + last.first();
}

void append_escaped(std::string& out, std::string_view text) {
  static constexpr char kDigits[] = "0123456789abcdef";
  std::size_t from = 0;
  for (std::size_t i = first_special(text, 0); i < text.size(); i = first_special(text, i + 1)) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x80) continue;
    out.append(text.data() + from, i - from);
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
  out.append(text.data() + from, text.size() - from);
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

bool JsonObject::begin(std::string_view key, void (*append)(std::string&, std::string_view)) {
  const std::size_t before = out_.size();
  out_ += empty() ? '{' : ',';
  append(out_, key);
  if (!is_new(std::string_view(out_).substr(before + 1))) {
    out_.resize(before);
    return false;
  }
  out_ += ':';
  return true;
}

void JsonObject::members(std::string_view members) {
  if (members.empty()) return;
  out_ += empty() ? '{' : ',';
  out_ += members;
}

void JsonObject::member(std::string_view key, std::string_view json) {
  if (begin(key, append_json_string)) out_ += json;
}

void JsonObject::text(std::string_view key, std::string_view value) {
  if (begin(key, append_json_string)) append_json_string(out_, value);
}

void JsonObject::valid_text(std::string_view key, std::string_view value) {
  if (begin(key, append_valid_json_string)) append_valid_json_string(out_, value);
}

std::string JsonObject::take() {
  if (!empty()) out_ += '}';
  few_size_ = 0;
  many_.clear();
  return std::move(out_);
}

}  // namespace pagewake::protocols
