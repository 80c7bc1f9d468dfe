#include "core/error_limiter.h"

#include "base/limits.h"

namespace pagewake {
namespace {

// More kinds of errors than a page view may hold need no counting.
constexpr std::size_t kKinds = 2 * limits::kEventsPerPageView;

class Fnv {
 public:
  void add(std::string_view text) {
    for (const char c : text) byte(static_cast<unsigned char>(c));
    byte(0xFF);  // no byte of UTF-8, so "ab" + "c" is not "a" + "bc"
  }
  void add(std::int32_t number) {
    for (int shift = 0; shift < 32; shift += 8) {
      byte(static_cast<unsigned char>(static_cast<std::uint32_t>(number) >> shift));
    }
  }
  std::uint64_t value() const { return hash_; }

 private:
  void byte(unsigned char b) { hash_ = (hash_ ^ b) * 1099511628211u; }
  std::uint64_t hash_ = 14695981039346656037u;
};

}  // namespace

bool ErrorLimiter::keep(const BrowserEvent& event) {
  Fnv hash;
  hash.add(event.message);
  for (const Exception& exception : event.exceptions) {
    hash.add(exception.type);
    hash.add(exception.value);
    if (exception.frames.empty()) continue;
    const Frame& newest = exception.frames.front();
    hash.add(newest.function);
    hash.add(newest.filename);
    hash.add(newest.line);
    hash.add(newest.column);
  }
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
