// "Which segments may hold this id?" in a fraction of a microsecond, however
// many segments there are: Bloom filters of 64 segments stand bit by bit in
// one word, so that eight loads answer for all of them (BitFunnel's layout).
// A new page view pays this once; 57 KB and 0.2 % false answers a segment.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "model/records.h"

namespace pagewake::storage::sqlite {

// Of an id whose size is a multiple of eight bytes.
std::uint64_t hash_of(model::ProjectId project, std::span<const std::uint8_t> id);
// Another one in each process. Ids come from strangers: with it in the project's
// place they cannot choose one bucket of a table in memory.
std::uint64_t process_seed();

class IdFilter {
 public:
  static constexpr std::size_t kBits = 458'752;  // 14 a page view at 32,768 a segment

  // The bits of one segment, as stored with it.
  static std::string bits_of(const std::vector<std::uint64_t>& hashes);

  // Places are given out from 0; a place that was taken out is used again.
  std::size_t add(std::string_view bits);
  void remove(std::size_t place);
  // Places whose segment may hold the hash.
  std::vector<std::size_t> candidates(std::uint64_t hash) const;

 private:
  static constexpr int kProbes = 8;
  static std::array<std::uint32_t, kProbes> probes(std::uint64_t hash);

  std::vector<std::vector<std::uint64_t>> blocks_;  // kBits words, one bit a segment
  std::vector<std::size_t> free_;
};

}  // namespace pagewake::storage::sqlite
