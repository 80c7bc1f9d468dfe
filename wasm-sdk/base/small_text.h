// A string that is small in code rather than in memory: no inline buffer, so
// that reading it is one load, and all that allocates is out of line. The
// interface is the part of std::string that the core uses; there is no
// terminating zero. Moving leaves the source with some other valid text.
// Out of memory traps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>
#include <utility>

namespace pagewake {

class SmallText {
 public:
  SmallText() = default;
  SmallText(const char* text) { append(text); }
  SmallText(const char* data, std::size_t bytes) { append({data, bytes}); }
  explicit SmallText(std::string_view text) { append(text); }
  SmallText(const SmallText& other) { append(other); }
  SmallText(SmallText&& other) noexcept { swap(other); }
  ~SmallText() { std::free(data_); }
  SmallText& operator=(const SmallText& other) { return *this = std::string_view(other); }
  SmallText& operator=(SmallText&& other) noexcept {
    swap(other);
    return *this;
  }
  SmallText& operator=(std::string_view text) { return replace_from(0, text); }
  SmallText& operator=(const char* text) { return *this = std::string_view(text); }

  operator std::string_view() const { return {data_, size_}; }
  const char* data() const { return data_; }
  char* data() { return data_; }
  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  char operator[](std::size_t i) const { return data_[i]; }
  char& operator[](std::size_t i) { return data_[i]; }
  char front() const { return data_[0]; }
  char back() const { return data_[size_ - 1]; }
  const char* begin() const { return data_; }
  const char* end() const { return data_ + size_; }
  std::size_t find(std::string_view part, std::size_t from = 0) const {
    return std::string_view(*this).find(part, from);
  }

  void clear() { size_ = 0; }
  void reserve(std::size_t bytes) {
    if (bytes > capacity_) grow(bytes);
  }
  // Bytes that come new are zero.
  void resize(std::size_t bytes);
  // May be a part of itself.
  SmallText& append(std::string_view text) { return replace_from(size_, text); }
  SmallText& append(const char* data, std::size_t bytes) { return append({data, bytes}); }
  SmallText& operator+=(std::string_view text) { return append(text); }
  SmallText& operator+=(char c) {
    push_back(c);
    return *this;
  }
  void push_back(char c);
  SmallText& insert(std::size_t at, std::string_view text);
  void swap(SmallText& other) noexcept;

  friend bool operator==(const SmallText& a, const SmallText& b) {
    return std::string_view(a) == std::string_view(b);
  }
  friend bool operator==(const SmallText& a, std::string_view b) {
    return std::string_view(a) == b;
  }
  friend bool operator==(const SmallText& a, const char* b) {
    return std::string_view(a) == std::string_view(b);
  }

 private:
  // What begins at `at` becomes `text`.
  SmallText& replace_from(std::size_t at, std::string_view text);
  void grow(std::size_t bytes);

  char* data_ = nullptr;
  std::uint32_t size_ = 0, capacity_ = 0;
};

}  // namespace pagewake
