// Where a decoder keeps text that the body does not hold as it is needed: made
// valid, or a number as JSON. Lives as long as what is being read; what fits
// into the first bytes takes no memory from the heap.
#pragma once

#include <cstddef>
#include <cstring>
#include <memory_resource>
#include <string_view>

namespace pagewake::protocols {

class TextArena {
 public:
  TextArena() = default;
  TextArena(const TextArena&) = delete;
  TextArena& operator=(const TextArena&) = delete;

  // A copy that stays until clear().
  std::string_view keep(std::string_view text) {
    if (text.empty()) return {};
    char* copy = static_cast<char*>(pool_.allocate(text.size(), 1));
    std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }
  void clear() { pool_.release(); }

 private:
  std::byte first_[2048];
  std::pmr::monotonic_buffer_resource pool_{first_, sizeof first_};
};

}  // namespace pagewake::protocols
