// "Which segments may hold this id?" in a fraction of a microsecond, however
// many segments there are: Bloom filters of 64 segments stand bit by bit in
// one word, so that eight loads answer for all of them (BitFunnel's layout).
// A new page view pays this once; 74 KB and 0.03 % false answers a segment
// (57 KB and 0.2 % of those of before: a false answer is a look-up in the file,
// and at 300 segments every second view had one).
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
  static constexpr std::size_t kBits = 589'824;     // 18 a page view at 32,768 a segment
  static constexpr std::size_t kOldBits = 458'752;  // of segments of before, 14

  // The bits of one segment, as stored with it.
  static std::string bits_of(const std::vector<std::uint64_t>& hashes, std::size_t bits = kBits);

  // Places are given out from 0; a place that was taken out is used again.
  // `bits` of any other length are those of a segment of before.
  std::size_t add(std::string_view bits);
  void remove(std::size_t place);
  // Places whose segment may hold the hash.
  std::vector<std::size_t> candidates(std::uint64_t hash) const;

 private:
  static constexpr int kProbes = 8;
  static std::array<std::uint32_t, kProbes> probes(std::uint64_t hash, std::size_t bits);

  // As many words as its segments have bits, one bit a segment.
  std::vector<std::vector<std::uint64_t>> blocks_;
  std::vector<std::size_t> free_, free_of_old_;  // places
};

}  // namespace pagewake::storage::sqlite
