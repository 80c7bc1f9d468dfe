// Decoded maps and generated files, at most so many bytes of them: the least
// recently used go first. Several requests for the same map decode it once.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <unordered_map>

#include "base/result.h"
#include "symbolicate/source_map.h"

namespace pagewake::symbolicate {

// What one content gave. Of `map` and `text` the one that was asked for is set.
struct Content {
  std::unique_ptr<const SourceMap> map;
  std::string text;
  std::string problem;  // why the map cannot be used; "" fine
  std::size_t bytes() const;
};

struct CacheStats {
  std::size_t entries = 0, bytes = 0;
  std::uint64_t hits = 0, misses = 0;
};

// Safe to call from many threads.
class ContentCache {
 public:
  explicit ContentCache(std::size_t max_bytes) : max_bytes_(max_bytes) {}

  // `load` runs for one caller at a time and key, without the cache's lock. A
  // content larger than the whole cache is given and not kept.
  std::shared_ptr<const Content> get(const std::string& key,
                                     const std::function<Result<Content>()>& load);
  CacheStats stats() const;

 private:
  struct Slot {
    std::mutex loading;
    std::shared_ptr<const Content> content;
  };
  struct Entry {
    std::shared_ptr<Slot> slot;
    std::list<std::string>::iterator used;
    std::size_t bytes = 0;
  };
  void shrink();

  const std::size_t max_bytes_;
  mutable std::mutex mutex_;
  std::list<std::string> by_use_;  // most recent first
  std::unordered_map<std::string, Entry> entries_;
  std::size_t bytes_ = 0;
  std::uint64_t hits_ = 0, misses_ = 0;
};

}  // namespace pagewake::symbolicate
