// The writer's half of a beacon's string table: each string once, in order of
// first use, URLs as a shared prefix and a rest (docs/beacon-format.md).
#pragma once

#include <cstdint>
#include <string_view>

#include "base/byte_writer.h"
#include "base/containers.h"

namespace pagewake {

inline constexpr std::size_t kUrlWindow = 16;  // URLs back that may lend a prefix

// Keeps views: the strings must outlive the table.
class StringTable {
 public:
  // 0 for the empty string, else the entry's number + 1.
  std::uint32_t reference(std::string_view text, bool is_url);
  std::size_t size() const { return strings_.size(); }
  const Text& entries() const { return entries_.view(); }

 private:
  void grow();
  void write_url(std::string_view url);

  List<std::string_view> strings_;
  List<std::uint32_t> slots_;  // open addressing; entry number + 1
  List<std::string_view> urls_;
  ByteWriter entries_;
};

}  // namespace pagewake
