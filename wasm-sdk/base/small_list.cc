#include "base/small_list.h"

namespace pagewake {

void SmallListBytes::grow(std::size_t items, std::size_t item_bytes) {
  std::size_t wanted = std::size_t{capacity_} * 2;
  if (wanted < items) wanted = items;
  if (wanted > UINT32_MAX / item_bytes) std::abort();
  data_ = std::realloc(data_, wanted * item_bytes);
  if (data_ == nullptr) std::abort();
  capacity_ = static_cast<std::uint32_t>(wanted);
}

void SmallListBytes::close_gap(void* first, void* last, std::size_t item_bytes) {
  if (first == last) return;
  char* const end = static_cast<char*>(data_) + size_ * item_bytes;
  std::memmove(first, last, static_cast<std::size_t>(end - static_cast<char*>(last)));
  size_ -= static_cast<std::uint32_t>(
      static_cast<std::size_t>(static_cast<char*>(last) - static_cast<char*>(first)) / item_bytes);
}

void SmallListBytes::swap(SmallListBytes& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
}

}  // namespace pagewake
