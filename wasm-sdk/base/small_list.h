// A vector that is small in code: growing and erasing are one function for all
// element types, because elements are moved as bytes. So T must bear that: no
// pointers into itself, and all bytes zero is an element that needs no
// destructor. Numbers, SmallText, SmallList, std::optional and std::unique_ptr
// of Emscripten's library do. The interface is the part of std::vector that the
// core uses. Moving leaves the source with some other valid elements. Out of
// memory traps.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <new>
#include <utility>

namespace pagewake {

class SmallListBytes {
 protected:
  // Room for `items` elements at least.
  void grow(std::size_t items, std::size_t item_bytes);
  // One more element's place, not yet constructed.
  void* add(std::size_t item_bytes) {
    if (size_ == capacity_) grow(size_ + 1, item_bytes);
    return static_cast<char*>(data_) + size_++ * item_bytes;
  }
  // Closes the gap of destroyed elements.
  void close_gap(void* first, void* last, std::size_t item_bytes);
  void swap(SmallListBytes& other) noexcept;

  void* data_ = nullptr;
  std::uint32_t size_ = 0, capacity_ = 0;
};

template <typename T>
class SmallList : SmallListBytes {
 public:
  using value_type = T;
  using iterator = T*;

  SmallList() = default;
  SmallList(std::initializer_list<T> items) { assign(items.begin(), items.end()); }
  SmallList(const SmallList& other) { assign(other.begin(), other.end()); }
  SmallList(SmallList&& other) noexcept { SmallListBytes::swap(other); }
  ~SmallList() {
    clear();
    std::free(data_);
  }
  SmallList& operator=(const SmallList& other) {
    if (this != &other) assign(other.begin(), other.end());
    return *this;
  }
  SmallList& operator=(SmallList&& other) noexcept {
    SmallListBytes::swap(other);
    return *this;
  }

  std::size_t size() const { return size_; }
  bool empty() const { return size_ == 0; }
  T* data() { return static_cast<T*>(data_); }
  const T* data() const { return static_cast<const T*>(data_); }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }
  T& operator[](std::size_t i) { return data()[i]; }
  const T& operator[](std::size_t i) const { return data()[i]; }
  T& front() { return *data(); }
  const T& front() const { return *data(); }
  T& back() { return data()[size_ - 1]; }
  const T& back() const { return data()[size_ - 1]; }

  void reserve(std::size_t items) {
    if (items > capacity_) grow(items, sizeof(T));
  }
  // Takes the bytes and leaves zeros, which is the state of a default element.
  void push_back(T&& item) {
    std::memcpy(add(sizeof(T)), static_cast<void*>(&item), sizeof(T));
    std::memset(static_cast<void*>(&item), 0, sizeof(T));
  }
  // The element may be one of the list's own.
  void push_back(const T& item) {
    T copy(item);
    push_back(std::move(copy));
  }
  // The arguments must not be elements of the list.
  template <typename... Args>
  T& emplace_back(Args&&... args) {
    return *::new (add(sizeof(T))) T{std::forward<Args>(args)...};
  }
  void pop_back() { erase(end() - 1); }
  void erase(T* at) { erase(at, at + 1); }
  void erase(T* first, T* last) {
    for (T* item = first; item != last; ++item) item->~T();
    close_gap(first, last, sizeof(T));
  }
  void clear() { erase(begin(), end()); }
  void resize(std::size_t items) {
    if (items < size_) erase(begin() + items, end());
    reserve(items);
    while (size_ < items) ::new (add(sizeof(T))) T();
  }
  // The elements must not be the list's own.
  void assign(const T* first, const T* last) {
    clear();
    reserve(static_cast<std::size_t>(last - first));
    for (; first != last; ++first) ::new (add(sizeof(T))) T(*first);
  }
  void assign(std::size_t items, const T& value) {
    clear();
    reserve(items);
    while (size_ < items) ::new (add(sizeof(T))) T(value);
  }

  friend bool operator==(const SmallList& a, const SmallList& b) {
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i < a.size(); ++i) {
      if (!(a[i] == b[i])) return false;
    }
    return true;
  }
};

}  // namespace pagewake
