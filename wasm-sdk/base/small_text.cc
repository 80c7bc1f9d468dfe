#include "base/small_text.h"

#include <cstdint>
#include <cstring>

namespace pagewake {

void SmallText::grow(std::size_t bytes) {
  std::size_t wanted = capacity_ * 2;
  if (wanted < bytes) wanted = bytes;
  // A number that does not fit is a bug: no text here is over a few MB.
  if (wanted > UINT32_MAX) std::abort();
  data_ = static_cast<char*>(std::realloc(data_, wanted));
  if (data_ == nullptr) std::abort();
  capacity_ = static_cast<std::uint32_t>(wanted);
}

SmallText& SmallText::replace_from(std::size_t at, std::string_view text) {
  if (at + text.size() > capacity_) {
    // Before the old bytes go: `text` may be some of them. Numbers, as GCC
    // takes a pointer that is compared here for one that is used after the
    // realloc.
    const auto start = reinterpret_cast<std::uintptr_t>(data_);
    const auto inside = reinterpret_cast<std::uintptr_t>(text.data()) - start;
    const bool own = start != 0 && inside < size_;
    grow(at + text.size());
    if (own) text = {data_ + inside, text.size()};
  }
  if (!text.empty()) std::memmove(data_ + at, text.data(), text.size());
  size_ = static_cast<std::uint32_t>(at + text.size());
  return *this;
}

void SmallText::push_back(char c) { replace_from(size_, {&c, 1}); }

void SmallText::resize(std::size_t bytes) {
  if (bytes > capacity_) grow(bytes);
  if (bytes > size_) std::memset(data_ + size_, 0, bytes - size_);
  size_ = static_cast<std::uint32_t>(bytes);
}

SmallText& SmallText::insert(std::size_t at, std::string_view text) {
  const std::size_t before = size_;
  resize(before + text.size());
  if (before > at) std::memmove(data_ + at + text.size(), data_ + at, before - at);
  if (!text.empty()) std::memcpy(data_ + at, text.data(), text.size());
  return *this;
}

void SmallText::swap(SmallText& other) noexcept {
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
  std::swap(capacity_, other.capacity_);
}

}  // namespace pagewake
