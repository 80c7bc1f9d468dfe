// Writes the primitives of our binary formats: LEB128 varints, zigzag for
// signed ones, fixed bytes, length-prefixed blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <utility>

#include "base/containers.h"

namespace pagewake {

class ByteWriter {
 public:
  void byte(std::uint8_t value) { out_.push_back(static_cast<char>(value)); }
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      byte(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    byte(static_cast<std::uint8_t>(value));
  }
  void zigzag(std::int64_t value) {
    varint(static_cast<std::uint64_t>(value) << 1 ^ static_cast<std::uint64_t>(value >> 63));
  }
  void bytes(std::span<const std::uint8_t> data) {
    out_.append(reinterpret_cast<const char*>(data.data()), data.size());
  }
  void append(std::string_view data) { out_.append(data); }
  // varint length, then the bytes.
  void block(std::string_view data) {
    varint(data.size());
    out_.append(data);
  }

  // Drops what was written after the first `size` bytes.
  void truncate(std::size_t size) { out_.resize(size); }
  // Makes what was written since `start` a block: its length goes in front.
  void make_block(std::size_t start) {
    ByteWriter length;
    length.varint(out_.size() - start);
    out_.insert(start, length.out_);
  }

  std::size_t size() const { return out_.size(); }
  const Text& view() const { return out_; }
  Text take() { return std::move(out_); }

 private:
  Text out_;
};

}  // namespace pagewake
