#include "http/rate_limiter.h"

#include <algorithm>
#include <cmath>

namespace pagewake::http {

namespace {
constexpr std::size_t kSmallestSweep = 10'000;
}

RateLimiter::RateLimiter(double per_second, double burst)
    : per_second_(per_second), burst_(std::max(1.0, burst)), forget_above_(kSmallestSweep) {}

std::optional<int> RateLimiter::take(const std::string& name, std::int64_t now_us) {
  if (per_second_ <= 0) return std::nullopt;
  const std::lock_guard lock(mutex_);
  if (buckets_.size() >= forget_above_) forget_full(now_us);
  auto [at, fresh] = buckets_.try_emplace(name, Bucket{burst_, now_us});
  Bucket& bucket = at->second;
  // A clock that was set back must not take tokens away.
  const double seconds = std::max(0.0, static_cast<double>(now_us - bucket.at_us) / 1e6);
  bucket.tokens = std::min(burst_, bucket.tokens + seconds * per_second_);
  bucket.at_us = now_us;
  if (bucket.tokens >= 1) {
    bucket.tokens -= 1;
    return std::nullopt;
  }
  return static_cast<int>(
      std::min(3600.0, std::max(1.0, std::ceil((1 - bucket.tokens) / per_second_))));
}

void RateLimiter::give_back(const std::string& name) {
  const std::lock_guard lock(mutex_);
  const auto at = buckets_.find(name);
  if (at != buckets_.end()) at->second.tokens = std::min(burst_, at->second.tokens + 1);
}

std::size_t RateLimiter::buckets() const {
  const std::lock_guard lock(mutex_);
  return buckets_.size();
}

// A full bucket is the same as none, so many addresses cost memory only while
// they send. Doubling the threshold keeps this cheap when all are busy.
void RateLimiter::forget_full(std::int64_t now_us) {
  std::erase_if(buckets_, [&](const auto& entry) {
    const double seconds = static_cast<double>(now_us - entry.second.at_us) / 1e6;
    return entry.second.tokens + seconds * per_second_ >= burst_;
  });
  forget_above_ = std::max(kSmallestSweep, buckets_.size() * 2);
}

}  // namespace pagewake::http
