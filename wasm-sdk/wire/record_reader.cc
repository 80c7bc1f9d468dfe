#include "wire/record_reader.h"

#include <algorithm>

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
  std::vector<std::uint32_t> urls;
  urls.reserve(static_cast<std::size_t>(n));
  for (std::uint64_t i = 0; i < n; ++i) {
    if (at_end()) return fail("cut short");
    const std::uint64_t head = raw();
    Entry prefix;
    bool cuts_character = false;
    if ((head & 1) != 0) {
      if (at_end()) return fail("cut short");
      const std::uint64_t shared = raw();
      const std::uint64_t prefix_bytes = shared / kUrlWindow;
      if (prefix_bytes > 0) {
        const std::uint64_t back = shared % kUrlWindow;
        if (back >= urls.size()) return fail("a URL's prefix is out of range");
        prefix = strings_[urls[urls.size() - 1 - back]];
        if (prefix_bytes > prefix.bytes) return fail("a URL's prefix is out of range");
        cuts_character = prefix_bytes < prefix.bytes &&
                         is_continuation(string_of(prefix)[static_cast<std::size_t>(prefix_bytes)]);
        prefix.bytes = static_cast<std::size_t>(prefix_bytes);
      }
    }
    const std::uint64_t rest_bytes = head >> 1;
    if (!ok()) return;
    if (rest_bytes > remaining()) return fail("cut short");
    if (prefix.bytes + rest_bytes > limits::kMessageBytes) return fail("a string is too long");
    const std::string_view rest(reinterpret_cast<const char*>(at_),
                                static_cast<std::size_t>(rest_bytes));
    Entry entry{rest.data(), 0, prefix.bytes + rest.size()};
    if (!charge(entry.bytes)) return;
    if (prefix.bytes > 0) {
      entry.in_input = nullptr;
      entry.joined_at = joined_bytes_;
      join(string_of(prefix), rest);
    }
    at_ += rest.size();
    // What stands before the rest is another's, of whole characters as a rule.
    if (!is_valid_utf8(cuts_character ? string_of(entry) : rest))
      return fail("a string is not UTF-8");
    if ((head & 1) != 0) urls.push_back(static_cast<std::uint32_t>(strings_.size()));
    strings_.push_back(entry);
  }
}

void RecordReader::join(std::string_view prefix, std::string_view rest) {
  const std::size_t end = joined_bytes_ + prefix.size() + rest.size();
  if (end > joined_room_) {
    joined_room_ = std::max<std::size_t>(2 * end, 4096);
    auto wider = std::make_unique_for_overwrite<char[]>(joined_room_);
    if (joined_bytes_ > 0) std::memcpy(wider.get(), joined_.get(), joined_bytes_);
    // The prefix may stand in the old one.
    std::memcpy(wider.get() + joined_bytes_, prefix.data(), prefix.size());
    joined_ = std::move(wider);
  } else {
    std::memcpy(joined_.get() + joined_bytes_, prefix.data(), prefix.size());
  }
  if (!rest.empty()) std::memcpy(joined_.get() + end - rest.size(), rest.data(), rest.size());
  joined_bytes_ = end;
}

void RecordReader::take_text(std::uint64_t reference, std::string& value) {
  if (reference > strings_.size()) return fail("a string's number is out of range");
  const Entry& entry = strings_[static_cast<std::size_t>(reference - 1)];
  if (!charge(entry.bytes)) return;
  if (entry.bytes <= value.capacity()) {
    value.assign(string_of(entry));
  } else {
    value = std::string(string_of(entry));
  }
}

}  // namespace pagewake::wire
