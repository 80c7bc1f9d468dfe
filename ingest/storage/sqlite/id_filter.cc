#include "storage/sqlite/id_filter.h"

#include <algorithm>
#include <bit>
#include <cstring>
#include <random>

namespace pagewake::storage::sqlite {

std::uint64_t hash_of(model::ProjectId project, std::span<const std::uint8_t> id) {
  std::uint64_t hash = static_cast<std::uint64_t>(project) * 0x9e3779b97f4a7c15;
  for (std::size_t i = 0; i + 8 <= id.size(); i += 8) {
    std::uint64_t word = 0;
    std::memcpy(&word, id.data() + i, 8);
    // One round of MurmurHash3's finalizer a word.
    hash ^= word;
    hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccd;
    hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53;
    hash ^= hash >> 33;
  }
  return hash;
}

std::uint64_t process_seed() {
  static const std::uint64_t value = [] {
    std::random_device random;
    return std::uint64_t{random()} << 32 | random();
  }();
  return value;
}

std::array<std::uint32_t, IdFilter::kProbes> IdFilter::probes(std::uint64_t hash,
                                                              std::size_t bits) {
  // Two halves make all probes (Kirsch and Mitzenmacher).
  std::array<std::uint32_t, kProbes> out{};
  const std::uint64_t step = hash >> 32 | 1;
  for (auto& probe : out) {
    probe = static_cast<std::uint32_t>((hash & 0xffffffff) % bits);
    hash += step;
  }
  return out;
}

std::string IdFilter::bits_of(const std::vector<std::uint64_t>& hashes, std::size_t bits) {
  const std::size_t places = std::max<std::size_t>(1, (hashes.size() + kIds - 1) / kIds);
  std::string out(places * bits / 8, '\0');
  for (std::size_t i = 0; i < hashes.size(); ++i) {
    char* const of_place = &out[i % places * bits / 8];
    for (const std::uint32_t probe : probes(hashes[i], bits)) {
      char& byte = of_place[probe / 8];
      byte = static_cast<char>(static_cast<unsigned char>(byte) | (1U << (probe % 8)));
    }
  }
  return out;
}

std::vector<std::size_t> IdFilter::add(std::string_view bits) {
  constexpr std::size_t kBytes = kBits / 8;
  if (bits.size() % kBytes != 0) return {add_place(bits, kOldBits)};
  std::vector<std::size_t> places;
  for (; !bits.empty(); bits.remove_prefix(kBytes)) {
    places.push_back(add_place(bits.substr(0, kBytes), kBits));
  }
  return places;
}

std::size_t IdFilter::add_place(std::string_view bits, std::size_t count) {
  std::vector<std::size_t>& free = count == kBits ? free_ : free_of_old_;
  if (free.empty()) {
    for (std::size_t i = 64; i > 0; --i) free.push_back(64 * blocks_.size() + i - 1);
    blocks_.emplace_back(count, 0);
  }
  const std::size_t place = free.back();
  free.pop_back();
  auto& block = blocks_[place / 64];
  const std::uint64_t mine = std::uint64_t{1} << (place % 64);
  for (std::size_t i = 0; i < bits.size() && i < count / 8; ++i) {
    for (unsigned byte = static_cast<unsigned char>(bits[i]); byte != 0; byte &= byte - 1) {
      block[8 * i + static_cast<std::size_t>(std::countr_zero(byte))] |= mine;
    }
  }
  return place;
}

void IdFilter::remove(std::span<const std::size_t> places) {
  for (const std::size_t place : places) {
    const std::uint64_t others = ~(std::uint64_t{1} << (place % 64));
    auto& block = blocks_[place / 64];
    for (auto& word : block) word &= others;
    (block.size() == kBits ? free_ : free_of_old_).push_back(place);
  }
}

std::vector<std::size_t> IdFilter::candidates(std::uint64_t hash) const {
  std::vector<std::size_t> out;
  const auto places = probes(hash, kBits), places_of_old = probes(hash, kOldBits);
  for (std::size_t i = 0; i < blocks_.size(); ++i) {
    std::uint64_t left = ~std::uint64_t{0};
    for (const std::uint32_t probe : blocks_[i].size() == kBits ? places : places_of_old) {
      left &= blocks_[i][probe];
    }
    for (; left != 0; left &= left - 1) {
      out.push_back(64 * i + static_cast<std::size_t>(std::countr_zero(left)));
    }
  }
  return out;
}

}  // namespace pagewake::storage::sqlite
