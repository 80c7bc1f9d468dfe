// Token buckets by name: `burst` at once, `per_second` in the long run.
#pragma once

#include <cstddef>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <unordered_map>

namespace pagewake::http {

// Safe to call from many threads. The clock is the caller's.
class RateLimiter {
 public:
  // per_second <= 0: no limit.
  RateLimiter(double per_second, double burst);

  // Takes one token. Nothing where there was one; else the whole seconds after
  // which one will be there, at least 1.
  std::optional<int> take(const std::string& name, std::int64_t now_us);

  // Undoes one take(): for limits on failures, taken before it is known.
  void give_back(const std::string& name);

  std::size_t buckets() const;

 private:
  struct Bucket {
    double tokens = 0;
    std::int64_t at_us = 0;
  };
  void forget_full(std::int64_t now_us);

  const double per_second_, burst_;
  mutable std::mutex mutex_;
  std::unordered_map<std::string, Bucket> buckets_;
  std::size_t forget_above_;
};

}  // namespace pagewake::http
