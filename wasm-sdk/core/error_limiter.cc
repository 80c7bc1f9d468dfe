#include "core/error_limiter.h"

#include <bit>

#include "base/limits.h"

namespace pagewake {
namespace {

// More kinds of errors than a page view may hold need no counting.
constexpr std::size_t kKinds = 2 * limits::kEventsPerPageView;

// Places in the signal (docs/signals.md).
constexpr std::size_t kMessage = 4, kExceptions = 7;

class Fnv {
 public:
  void add(const SignalField& field) {
    if (field.is_number()) {
      const auto number = std::bit_cast<std::uint64_t>(field.number());
      for (int shift = 0; shift < 64; shift += 8) byte(static_cast<unsigned char>(number >> shift));
    } else {
      for (const char c : field.text()) byte(static_cast<unsigned char>(c));
      byte(0xFF);  // no byte of UTF-8, so "ab" + "c" is not "a" + "bc"
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  void byte(unsigned char b) { hash_ = (hash_ ^ b) * 1099511628211u; }
  std::uint64_t hash_ = 14695981039346656037u;
};

}  // namespace

bool ErrorLimiter::keep(const Signal& error) {
  Fnv hash;
  if (error.fields.size() > kMessage) hash.add(error.fields[kMessage]);
  for (std::size_t i = kExceptions; i < error.fields.size(); ++i) hash.add(error.fields[i]);
  for (Seen& seen : seen_) {
    if (seen.hash != hash.value()) continue;
    if (seen.count >= limits::kSameErrorPerPageView) return false;
    ++seen.count;
    return true;
  }
  if (seen_.size() < kKinds) seen_.push_back({hash.value(), 1});
  return true;
}

}  // namespace pagewake
