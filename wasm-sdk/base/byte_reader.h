// Reads what ByteWriter wrote, from bytes that may be hostile. The first
// failure sticks: later reads give zeros and ok() stays false, so a decoder
// checks once a record and not once a field.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace pagewake {

class ByteReader {
 public:
  explicit ByteReader(std::span<const std::byte> data) : data_(data) {}
  explicit ByteReader(std::string_view data)
      : data_(reinterpret_cast<const std::byte*>(data.data()), data.size()) {}

  bool ok() const { return ok_; }
  void fail() { ok_ = false; }
  bool at_end() const { return !ok_ || at_ == data_.size(); }
  std::size_t position() const { return at_; }
  std::size_t remaining() const { return ok_ ? data_.size() - at_ : 0; }
  // What is still to be read, for who knows a quicker way through some of it.
  std::span<const std::byte> rest() const { return data_.subspan(at_, remaining()); }
  void skip(std::size_t n) {
    if (need(n)) at_ += n;
  }

  std::uint8_t byte() {
    if (!need(1)) return 0;
    return static_cast<std::uint8_t>(data_[at_++]);
  }
  std::uint64_t varint() {
    std::uint64_t value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      const std::uint8_t b = byte();
      // The tenth byte has room for one bit only.
      if (shift == 63 && b > 1) break;
      value |= static_cast<std::uint64_t>(b & 0x7f) << shift;
      if (b < 0x80) return ok_ ? value : 0;
    }
    fail();
    return 0;
  }
  std::int64_t zigzag() {
    const std::uint64_t v = varint();
    return static_cast<std::int64_t>(v >> 1 ^ (~(v & 1) + 1));
  }
  void bytes(std::span<std::uint8_t> out) {
    if (!need(out.size())) {
      std::memset(out.data(), 0, out.size());
      return;
    }
    std::memcpy(out.data(), data_.data() + at_, out.size());
    at_ += out.size();
  }
  // A length-prefixed block; the view points into the source.
  std::string_view block() {
    const std::uint64_t n = varint();
    if (n > remaining() || !ok_) {
      fail();
      return {};
    }
    const std::string_view view(reinterpret_cast<const char*>(data_.data()) + at_,
                                static_cast<std::size_t>(n));
    at_ += view.size();
    return view;
  }

 private:
  bool need(std::size_t n) {
    if (!ok_ || data_.size() - at_ < n) ok_ = false;
    return ok_;
  }
  std::span<const std::byte> data_;
  std::size_t at_ = 0;
  bool ok_ = true;
};

}  // namespace pagewake
