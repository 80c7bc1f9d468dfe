// Ids made from content, so that a retry makes the same id again. BLAKE2b: a
// sender cannot choose content to collide with another's.
#pragma once

#include <sodium/crypto_generichash.h>

#include <cstdint>
#include <string_view>

#include "base/ids.h"

namespace pagewake::protocols {

class ContentHash {
 public:
  ContentHash() { crypto_generichash_init(&state_, nullptr, 0, kBytes); }

  // Each part with its length: ("ab","c") differs from ("a","bc").
  ContentHash& add(std::string_view part) {
    add(static_cast<std::uint64_t>(part.size()));
    crypto_generichash_update(&state_, reinterpret_cast<const unsigned char*>(part.data()),
                              part.size());
    return *this;
  }
  ContentHash& add(std::uint64_t number) {
    unsigned char bytes[8];
    for (int i = 0; i < 8; ++i) bytes[i] = static_cast<unsigned char>(number >> 8 * i);
    crypto_generichash_update(&state_, bytes, sizeof bytes);
    return *this;
  }
  template <typename Tag, std::size_t N>
  ContentHash& add(const Id<Tag, N>& id) {
    crypto_generichash_update(&state_, id.bytes.data(), N);
    return *this;
  }

  EventId event_id() {
    EventId id;
    crypto_generichash_final(&state_, id.bytes.data(), kBytes);
    return id;
  }
  std::uint64_t number() {
    const EventId id = event_id();
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 8; ++i) value |= std::uint64_t{id.bytes[i]} << 8 * i;
    return value;
  }

 private:
  static constexpr std::size_t kBytes = EventId::kBytes;
  crypto_generichash_state state_;
};

}  // namespace pagewake::protocols
