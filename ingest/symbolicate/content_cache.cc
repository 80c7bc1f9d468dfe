#include "symbolicate/content_cache.h"

#include <utility>

namespace pagewake::symbolicate {

std::size_t Content::bytes() const {
  return sizeof *this + (map ? map->bytes() : 0) + text.capacity() + problem.capacity();
}

std::shared_ptr<const Content> ContentCache::get(const std::string& key,
                                                 const std::function<Result<Content>()>& load) {
  std::shared_ptr<Slot> slot;
  {
    const std::lock_guard lock(mutex_);
    const auto [at, missing] = entries_.try_emplace(key);
    Entry& entry = at->second;
    if (missing) {
      entry.slot = std::make_shared<Slot>();
      by_use_.push_front(key);
      entry.used = by_use_.begin();
      ++misses_;
    } else {
      by_use_.splice(by_use_.begin(), by_use_, entry.used);
      ++hits_;
    }
    slot = entry.slot;
  }
  const std::lock_guard loading(slot->loading);
  if (slot->content) return slot->content;
  auto loaded = load();
  const std::lock_guard lock(mutex_);
  const auto at = entries_.find(key);
  const bool kept = at != entries_.end() && at->second.slot == slot;
  if (!loaded) {
    // The store did not answer: the next one asks again.
    if (kept) {
      by_use_.erase(at->second.used);
      entries_.erase(at);
    }
    return nullptr;
  }
  slot->content = std::make_shared<const Content>(std::move(*loaded));
  if (kept) {
    at->second.bytes = slot->content->bytes();
    bytes_ += at->second.bytes;
    const auto content = slot->content;
    shrink();
    return content;
  }
  return slot->content;
}

void ContentCache::shrink() {
  while (bytes_ > max_bytes_ && !by_use_.empty()) {
    const auto at = entries_.find(by_use_.back());
    bytes_ -= at->second.bytes;
    entries_.erase(at);
    by_use_.pop_back();
  }
}

CacheStats ContentCache::stats() const {
  const std::lock_guard lock(mutex_);
  return {entries_.size(), bytes_, hits_, misses_};
}

}  // namespace pagewake::symbolicate
