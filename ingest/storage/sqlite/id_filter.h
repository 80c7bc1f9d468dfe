// "Which segments may hold this id?" in a fraction of a microsecond, however
// many segments there are: Bloom filters of 64 segments stand bit by bit in
// one word, so that eight loads answer for all of them (BitFunnel's layout).
// A new page view pays this once; 74 KB and 0.03 % false answers for 32,768 ids
// (57 KB and 0.2 % of those of before: a false answer is a look-up in the file,
// and at 300 segments every second view had one). A segment of more ids, as where
// seals lag behind a full load, takes the place of several.
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
  static constexpr std::size_t kIds = 32'768;       // of a place, at most
  static constexpr std::size_t kBits = 589'824;     // of a place, 18 an id
  static constexpr std::size_t kOldBits = 458'752;  // of segments of before, 14

  // The bits of one segment, as stored with it: `bits` for each of its places.
  static std::string bits_of(const std::vector<std::uint64_t>& hashes, std::size_t bits = kBits);

  // Places are given out from 0; a place that was taken out is used again.
  // Bits that are not of whole places of kBits are those of a segment of before.
  std::vector<std::size_t> add(std::string_view bits);
  void remove(std::span<const std::size_t> places);
  // Places whose segment may hold the hash.
  std::vector<std::size_t> candidates(std::uint64_t hash) const;

 private:
  static constexpr int kProbes = 8;
  std::size_t add_place(std::string_view bits, std::size_t count);
  static std::array<std::uint32_t, kProbes> probes(std::uint64_t hash, std::size_t bits);

  // As many words as its segments have bits, one bit a segment.
  std::vector<std::vector<std::uint64_t>> blocks_;
  std::vector<std::size_t> free_, free_of_old_;  // places
};

}  // namespace pagewake::storage::sqlite
