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
  string_bytes_.reserve(2 * in_.remaining());  // prefixes unfold
  std::vector<std::uint32_t> urls;
  for (std::uint64_t i = 0; i < n; ++i) {
    const std::uint64_t head = in_.varint();
    Entry prefix;
    if ((head & 1) != 0) {
      const std::uint64_t shared = in_.varint();
      const std::uint64_t prefix_bytes = shared / kUrlWindow;
      if (prefix_bytes > 0) {
        const std::uint64_t back = shared % kUrlWindow;
        if (back >= urls.size()) return fail("a URL's prefix is out of range");
        const Entry& other = strings_[urls[urls.size() - 1 - back]];
        if (prefix_bytes > other.bytes) return fail("a URL's prefix is out of range");
        prefix = {other.begin, static_cast<std::size_t>(prefix_bytes)};
      }
    }
    const std::uint64_t rest_bytes = head >> 1;
    if (!in_.ok() || rest_bytes > in_.remaining()) return fail("cut short");
    if (prefix.bytes + rest_bytes > limits::kMessageBytes) return fail("a string is too long");
    const Entry entry{string_bytes_.size(), prefix.bytes + static_cast<std::size_t>(rest_bytes)};
    if (!charge(entry.bytes)) return;
    string_bytes_.append(string_bytes_, prefix.begin, prefix.bytes);
    string_bytes_.resize(entry.begin + entry.bytes);
    in_.bytes({reinterpret_cast<std::uint8_t*>(string_bytes_.data()) + entry.begin + prefix.bytes,
               static_cast<std::size_t>(rest_bytes)});
    if (!is_valid_utf8(std::string_view(string_bytes_).substr(entry.begin, entry.bytes)))
      return fail("a string is not UTF-8");
    if ((head & 1) != 0) urls.push_back(static_cast<std::uint32_t>(strings_.size()));
    strings_.push_back(entry);
  }
}

void RecordReader::text(std::string& value) {
  const std::uint64_t reference = raw();
  if (reference == 0) {
    value.clear();
  } else if (reference > strings_.size()) {
    fail("a string's number is out of range");
  } else {
    const Entry& entry = strings_[static_cast<std::size_t>(reference - 1)];
    if (charge(entry.bytes)) value = std::string(string_bytes_.data() + entry.begin, entry.bytes);
  }
}

}  // namespace pagewake::wire
