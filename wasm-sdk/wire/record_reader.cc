#include "wire/record_reader.h"

#include "base/utf8.h"
#include "wire/string_table.h"

namespace pagewake::wire {

void RecordReader::string_table() {
  const std::uint64_t n = in_.varint();
  if (!in_.ok()) return fail("cut short");
  if (limited_ && n > limits::kStringsPerBeacon) return fail("too many strings");
  if (n > in_.remaining()) return fail("cut short");
  if (!charge(n * sizeof(std::string))) return;
  strings_.reserve(static_cast<std::size_t>(n));
  std::vector<std::uint32_t> urls;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t head = in_.varint();
    std::string_view prefix;
    if ((head & 1) != 0) {
      const std::uint64_t shared = in_.varint();
      const std::uint64_t prefix_bytes = shared / kUrlWindow;
      if (prefix_bytes > 0) {
        const std::uint64_t back = shared % kUrlWindow;
        if (back >= urls.size()) return fail("a URL's prefix is out of range");
        const std::string& other = strings_[urls[urls.size() - 1 - back]];
        if (prefix_bytes > other.size()) return fail("a URL's prefix is out of range");
        prefix = std::string_view(other).substr(0, static_cast<std::size_t>(prefix_bytes));
      }
    }
    const std::uint64_t rest_bytes = head >> 1;
    if (!in_.ok() || rest_bytes > in_.remaining()) return fail("cut short");
    if (prefix.size() + rest_bytes > limits::kMessageBytes) return fail("a string is too long");
    if (!charge(prefix.size() + rest_bytes)) return;
    std::string text(prefix);
    const std::size_t prefix_bytes = text.size();
    text.resize(prefix_bytes + static_cast<std::size_t>(rest_bytes));
    in_.bytes({reinterpret_cast<std::uint8_t*>(text.data()) + prefix_bytes,
               static_cast<std::size_t>(rest_bytes)});
    if (!is_valid_utf8(text)) return fail("a string is not UTF-8");
    if ((head & 1) != 0) urls.push_back(static_cast<std::uint32_t>(strings_.size()));
    strings_.push_back(std::move(text));
  }
}

void RecordReader::text(std::string& value) {
  const std::uint64_t reference = raw();
  if (reference == 0) {
    value.clear();
  } else if (reference > strings_.size()) {
    fail("a string's number is out of range");
  } else {
    const std::string& text = strings_[static_cast<std::size_t>(reference - 1)];
    if (charge(text.size())) value = text;
  }
}

}  // namespace pagewake::wire
