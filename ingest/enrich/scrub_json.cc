#include "enrich/scrub_json.h"

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/glance_hash.h"
#include "base/limits.h"
#include "enrich/scrub_names.h"
#include "enrich/scrub_text.h"
#include "privacy/scrub.h"

namespace pagewake::enrich {
namespace {

using nlohmann::json;

bool is_count(std::string_view name, const json& value) {
  return value.is_boolean() || (value.is_number() && is_count_name(name));
}

void scrub_value(std::string_view name, json& value, int depth) {
  const bool goes = (is_secret_name(name) && !is_count(name, value)) || is_address_name(name) ||
                    is_query_name(name);
  // A whole object too: of "cookies" any member may be the session.
  if (goes) {
    if (!value.is_null() && value != "") value = kFiltered;
    return;
  }
  if (value.is_string()) {
    auto& held = value.get_ref<std::string&>();
    if (is_identifier(name, held)) {
      return;
    } else if (is_url_name(name)) {
      scrub_url_in_place(held);
    } else if (is_sql_name(name)) {
      held = without_literals(held);
      scrub_text_in_place(held);
    } else {
      scrub_text_in_place(held);
    }
  } else if (depth >= limits::kJsonDepth) {
    value = kFiltered;  // decoders refuse deeper input; this guards the stack
  } else if (value.is_object()) {
    for (auto& [key, member] : value.items()) scrub_value(key, member, depth + 1);
  } else if (value.is_array()) {
    // [name, value] pairs, as Sentry writes headers and some query strings.
    for (auto& item : value) {
      if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
        scrub_value(item[0].get_ref<const std::string&>(), item[1], depth + 1);
      } else {
        scrub_value(name, item, depth + 1);
      }
    }
  }
}

// Objects in which nothing was found, of late and by this thread: the spans of one
// statement or route have the same attributes. By their hash one of so many;
// larger ones repeat less and are not kept.
class CleanObjects {
 public:
  bool has(std::string_view json) {
    return json.size() <= kLongest && entry_of(json) == json && !json.empty();
  }
  void add(std::string_view json) {
    if (json.size() <= kLongest) entry_of(json) = json;
  }

 private:
  static constexpr std::size_t kLongest = 1024;
  std::string& entry_of(std::string_view json) {
    return entries_[glance_hash(json) % entries_.size()];
  }
  std::array<std::string, 64> entries_;
};

// Reads over JSON as our decoders write it and stops where scrub_value() might
// change something, or where it is more than plain: to parse an object and to
// write it anew takes twenty times as long.
class QuickLook {
 public:
  explicit QuickLook(std::string_view text) : at_(text.data()), end_(at_ + text.size()) {}

  bool finds_nothing() { return value({}, {}, 0) && at_ == end_; }

 private:
  bool take(char c) {
    if (at_ == end_ || *at_ != c) return false;
    ++at_;
    return true;
  }

  bool value(std::string_view name, NameRules rules, int depth) {
    if (rules.goes || depth >= limits::kJsonDepth || at_ == end_) return false;
    switch (*at_) {
      case '"':
        return text(name, rules);
      case '{':
        return object(depth);
      case '[':
        return array(name, rules, depth);
      case 't':
        return word("true");
      case 'f':
        return word("false");
      case 'n':
        return word("null");
      default:
        return number();
    }
  }

  bool text(std::string_view name, NameRules rules) {
    std::string_view held;
    if (!string(held, value_text_)) return false;
    if (is_identifier(name, held)) return true;
    if (rules.is_url) return is_clean_url(held);
    if (rules.is_sql && held.find('\'') != held.npos) return false;
    return is_clean_text(held);
  }

  bool object(int depth) {
    ++at_;
    if (take('}')) return true;
    do {
      std::string_view name;
      std::string kept;  // where the name has escapes
      if (!string(name, kept) || !take(':')) return false;
      if (!value(name, rules_of(name), depth + 1)) return false;
    } while (take(','));
    return take('}');
  }

  bool array(std::string_view name, NameRules rules, int depth) {
    ++at_;
    if (take(']')) return true;
    do {
      // Maybe a pair of a name and a value.
      if (at_ != end_ && *at_ == '[') return false;
      if (!value(name, rules, depth + 1)) return false;
    } while (take(','));
    return take(']');
  }

  // `kept` holds what `out` shows, where that is not in the JSON as it is.
  bool string(std::string_view& out, std::string& kept) {
    if (!take('"')) return false;
    const char* const begin = at_;
    skip_plain();
    while (at_ != end_ && *at_ != '"' && *at_ != '\\') {
      if (static_cast<unsigned char>(*at_) < 0x20) return false;
      ++at_;
    }
    if (at_ == end_) return false;
    if (*at_ == '"') {
      out = {begin, static_cast<std::size_t>(at_ - begin)};
      ++at_;
      return true;
    }
    kept.assign(begin, at_);
    while (at_ != end_ && *at_ != '"') {
      if (static_cast<unsigned char>(*at_) < 0x20) return false;
      if (*at_ != '\\') {
        kept += *at_++;
        continue;
      }
      if (++at_ == end_) return false;
      constexpr std::string_view kEscapes = "\"\\/bfnrt", kMeant = "\"\\/\b\f\n\r\t";
      const auto which = kEscapes.find(*at_++);
      if (which == kEscapes.npos) return false;  // \u
      kept += kMeant[which];
    }
    out = kept;
    return take('"');
  }

  // Eight bytes at a time, to the first that ends a string, begins an escape or
  // may not stand in one; or nearly to the end.
  void skip_plain() {
    if constexpr (std::endian::native != std::endian::little) return;
    constexpr std::uint64_t kOnes = 0x0101010101010101, kTops = 0x80 * kOnes;
    for (; end_ - at_ >= static_cast<std::ptrdiff_t>(sizeof kOnes); at_ += sizeof kOnes) {
      std::uint64_t eight;
      std::memcpy(&eight, at_, sizeof eight);
      const std::uint64_t quote = eight ^ ('"' * kOnes), backslash = eight ^ ('\\' * kOnes);
      // The lowest sign is exact; one above it may come from a borrow.
      const std::uint64_t signs = (((quote - kOnes) & ~quote) | ((backslash - kOnes) & ~backslash) |
                                   ((eight - 0x20 * kOnes) & ~eight)) &
                                  kTops;
      if (signs == 0) continue;
      at_ += std::countr_zero(signs) / 8;
      return;
    }
  }

  bool word(std::string_view expected) {
    if (static_cast<std::size_t>(end_ - at_) < expected.size() ||
        std::memcmp(at_, expected.data(), expected.size()) != 0) {
      return false;
    }
    at_ += expected.size();
    return true;
  }

  bool digits() {
    const char* const begin = at_;
    while (at_ != end_ && *at_ >= '0' && *at_ <= '9') ++at_;
    return at_ != begin;
  }

  bool number() {
    take('-');
    if (!take('0') && !digits()) return false;
    if (take('.') && !digits()) return false;
    if (take('e') || take('E')) {
      if (!take('+')) take('-');
      return digits();
    }
    return true;
  }

  const char* at_;
  const char* end_;
  std::string value_text_;
};

}  // namespace

// Two quotes in a row inside a literal stand for one (SQL-92, 5.3).
std::string without_literals(std::string_view sql) {
  std::string out;
  out.reserve(sql.size());
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '\'') {
      out += sql[i];
      continue;
    }
    out += "'?'";
    for (++i; i < sql.size(); ++i) {
      if (sql[i] != '\'') continue;
      if (i + 1 < sql.size() && sql[i + 1] == '\'') {
        ++i;
        continue;
      }
      break;
    }
  }
  return out;
}

void scrub_json_in_place(std::string& stored) {
  thread_local CleanObjects clean;
  if (stored.empty() || clean.has(stored)) return;
  if (QuickLook(stored).finds_nothing()) return clean.add(stored);
  json value = json::parse(stored, nullptr, false);
  if (value.is_discarded()) {
    stored.clear();
    return;
  }
  scrub_value("", value, 0);
  stored = value.dump(-1, ' ', false, json::error_handler_t::replace);
}

}  // namespace pagewake::enrich
