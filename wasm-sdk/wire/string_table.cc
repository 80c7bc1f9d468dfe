#include "wire/string_table.h"

#include <cstring>

namespace pagewake {
namespace {

#ifdef __EMSCRIPTEN__

// The page pays for every byte of code and writes few beacons.
std::uint32_t hash_of(std::string_view text) {
  std::uint32_t hash = 2166136261u;  // FNV-1a
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619u;
  return hash;
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  std::size_t n = 0;
  while (n < a.size() && n < b.size() && a[n] == b[n]) ++n;
  return n;
}

#else

// The server writes every page view that it stores: eight bytes at a time. The
// result is the same; hashes do not leave the table.
std::uint64_t word_at(std::string_view text, std::size_t at) {
  std::uint64_t word;
  std::memcpy(&word, text.data() + at, sizeof word);
  return word;
}

std::uint32_t hash_of(std::string_view text) {
  constexpr std::uint64_t kPrime = 0x9e3779b97f4a7c15;
  std::uint64_t hash = text.size() * kPrime;
  const auto mix = [&hash](std::uint64_t word) {
    hash = (hash ^ word) * kPrime;
    hash ^= hash >> 32;
  };
  std::size_t at = 0;
  for (; at + sizeof hash <= text.size(); at += sizeof hash) mix(word_at(text, at));
  std::uint64_t rest = 0;
  std::memcpy(&rest, text.data() + at, text.size() - at);
  mix(rest);
  return static_cast<std::uint32_t>(hash);
}

std::size_t common_prefix(std::string_view a, std::string_view b) {
  const std::size_t most = a.size() < b.size() ? a.size() : b.size();
  std::size_t n = 0;
  while (n + sizeof(std::uint64_t) <= most && word_at(a, n) == word_at(b, n)) {
    n += sizeof(std::uint64_t);
  }
  while (n < most && a[n] == b[n]) ++n;
  return n;
}

#endif

}  // namespace

std::uint32_t StringTable::reference(std::string_view text, bool is_url) {
  if (text.empty()) return 0;
  if (strings_.size() * 2 >= slots_.size()) grow();
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = hash_of(text) & mask;
  while (slots_[at] != 0) {
    if (strings_[slots_[at] - 1] == text) return slots_[at];
    at = (at + 1) & mask;
  }
  strings_.push_back(text);
  slots_[at] = static_cast<std::uint32_t>(strings_.size());
  if (is_url) {
    write_url(text);
  } else {
    entries_.varint(text.size() * 2);
    entries_.append(text);
  }
  return slots_[at];
}

void StringTable::write_url(std::string_view url) {
  std::size_t best = 0, best_back = 0;
  for (std::size_t back = 0; back < kUrlWindow && back < urls_.size(); ++back) {
    const std::string_view lender = urls_[urls_.size() - 1 - back];
    // One that differs there already shares no more than the best so far.
    if (best < url.size() && (best >= lender.size() || lender[best] != url[best])) continue;
    const std::size_t n = common_prefix(url, lender);
    if (n > best) {
      best = n;
      best_back = back;
    }
  }
  urls_.push_back(url);
  entries_.varint((url.size() - best) * 2 + 1);
  entries_.varint(best * kUrlWindow + best_back);
  entries_.append(url.substr(best));
}

void StringTable::grow() {
  slots_.assign(slots_.empty() ? 64 : slots_.size() * 2, 0);
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t i = 0; i < strings_.size(); ++i) {
    std::size_t at = hash_of(strings_[i]) & mask;
    while (slots_[at] != 0) at = (at + 1) & mask;
    slots_[at] = static_cast<std::uint32_t>(i + 1);
  }
}

}  // namespace pagewake
