// Ids with a type of their own, so that a mix-up does not compile. An id is
// raw bytes; text form is lower-case hex. All zero means "none".
#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pagewake {

template <typename Tag, std::size_t N>
struct Id {
  static constexpr std::size_t kBytes = N;
  std::array<std::uint8_t, N> bytes{};

  constexpr bool is_zero() const {
    for (auto b : bytes)
      if (b != 0) return false;
    return true;
  }
  friend constexpr bool operator==(const Id&, const Id&) = default;
  // By hand: Emscripten's library has no <=> for arrays yet.
  friend constexpr std::strong_ordering operator<=>(const Id& a, const Id& b) {
    for (std::size_t i = 0; i < N; ++i) {
      if (a.bytes[i] != b.bytes[i]) return a.bytes[i] <=> b.bytes[i];
    }
    return std::strong_ordering::equal;
  }
};

using TraceId = Id<struct TraceIdTag, 16>;  // W3C trace-id
using SpanId = Id<struct SpanIdTag, 8>;     // W3C parent-id
using PageViewId = Id<struct PageViewIdTag, 16>;
using SessionId = Id<struct SessionIdTag, 16>;
using EventId = Id<struct EventIdTag, 16>;    // as Sentry's event_id
using BeaconId = Id<struct BeaconIdTag, 16>;  // idempotency of one upload

namespace detail {
bool parse_hex(std::string_view hex, std::uint8_t* out, std::size_t n);
std::string to_hex(const std::uint8_t* bytes, std::size_t n);
}  // namespace detail

// Exactly 2*N hex digits, either case; nothing for any other input.
template <typename T>
std::optional<T> parse_id(std::string_view hex) {
  T id;
  if (hex.size() != 2 * T::kBytes || !detail::parse_hex(hex, id.bytes.data(), T::kBytes)) {
    return std::nullopt;
  }
  return id;
}

template <typename Tag, std::size_t N>
std::string to_hex(const Id<Tag, N>& id) {
  return detail::to_hex(id.bytes.data(), N);
}

// Hash for unordered containers; ids are random, so their first bytes do.
struct IdHash {
  template <typename Tag, std::size_t N>
  std::size_t operator()(const Id<Tag, N>& id) const {
    std::size_t h = 0;
    for (std::size_t i = 0; i < N && i < sizeof h; ++i) h = h << 8 | id.bytes[i];
    return h;
  }
};

}  // namespace pagewake
