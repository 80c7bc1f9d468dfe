#include "wire/record_reader.h"

#include <algorithm>
#include <array>

#include "base/utf8.h"
#include "wire/string_table.h"

namespace pagewake::wire {
namespace {

// Of a character of UTF-8 that began before.
bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xc0) == 0x80; }

}  // namespace

std::uint64_t RecordReader::long_raw() {
  std::uint64_t value = 0;
  for (int shift = 0; shift < 64 && at_ != end_; shift += 7) {
    const std::uint8_t b = *at_++;
    // The tenth byte has room for one bit only.
    if (shift == 63 && b > 1) break;
    value |= static_cast<std::uint64_t>(b & 0x7f) << shift;
    if (b < 0x80) return value;
  }
  fail("cut short");
  return 0;
}

void RecordReader::string_table() {
  if (at_end()) return fail("cut short");
  const std::uint64_t n = raw();
  if (!ok()) return;
  if (limited_ && n > limits::kStringsPerBeacon) return fail("too many strings");
  if (n > remaining()) return fail("cut short");
  if (!charge(n * sizeof(std::string))) return;
  strings_.reserve(static_cast<std::size_t>(n));
  // The latest URLs, which may lend a prefix; the newest is the one before `urls`.
  std::array<std::string_view, kUrlWindow> latest;
  std::size_t urls = 0;
  for (std::uint64_t i = 0; i < n; ++i) {
    if (at_end()) return fail("cut short");
    const std::uint64_t head = raw();
    const bool is_url = (head & 1) != 0;
    std::string_view prefix;
    bool cuts_character = false;
    if (is_url) {
      if (at_end()) return fail("cut short");
      const std::uint64_t shared = raw();
      const std::uint64_t prefix_bytes = shared / kUrlWindow;
      if (prefix_bytes > 0) {
        const std::uint64_t back = shared % kUrlWindow;
        if (back >= urls) return fail("a URL's prefix is out of range");
        const std::string_view lender = latest[(urls - 1 - back) % kUrlWindow];
        if (prefix_bytes > lender.size()) return fail("a URL's prefix is out of range");
        prefix = lender.substr(0, static_cast<std::size_t>(prefix_bytes));
        cuts_character = prefix.size() < lender.size() && is_continuation(lender[prefix.size()]);
      }
    }
    const std::uint64_t rest_bytes = head >> 1;
    if (!ok()) return;
    if (rest_bytes > remaining()) return fail("cut short");
    if (prefix.size() + rest_bytes > limits::kMessageBytes) return fail("a string is too long");
    const std::string_view rest(reinterpret_cast<const char*>(at_),
                                static_cast<std::size_t>(rest_bytes));
    if (!charge(prefix.size() + rest.size())) return;
    const std::string_view text = prefix.empty() ? rest : joined(prefix, rest);
    at_ += rest.size();
    // What stands before the rest is another's, of whole characters as a rule.
    if (!is_valid_utf8(cuts_character ? text : rest)) return fail("a string is not UTF-8");
    if (is_url) latest[urls++ % kUrlWindow] = text;
    strings_.push_back(text);
  }
}

std::string_view RecordReader::joined(std::string_view prefix, std::string_view rest) {
  const std::size_t bytes = prefix.size() + rest.size();
  if (bytes > joined_room_) {
    joined_room_ = std::max<std::size_t>(bytes, 4096);
    joined_.push_back(std::make_unique_for_overwrite<char[]>(joined_room_));
    joined_end_ = joined_.back().get();
  }
  char* const text = joined_end_;
  std::memcpy(text, prefix.data(), prefix.size());
  if (!rest.empty()) std::memcpy(text + prefix.size(), rest.data(), rest.size());
  joined_end_ += bytes;
  joined_room_ -= bytes;
  return {text, bytes};
}

}  // namespace pagewake::wire
