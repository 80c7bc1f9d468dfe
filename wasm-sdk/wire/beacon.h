// The binary beacon (docs/beacon-format.md): encode in the page, decode in the
// server, and `pagewake decode` for people.
#pragma once

#include <cstddef>
#include <span>

#include "base/containers.h"
#include "base/result.h"
#include "wire/page_view.h"

namespace pagewake {

inline constexpr std::uint8_t kBeaconVersion = 1;

// The first two bytes of every beacon; a raw signal log starts with '['.
inline constexpr char kBeaconMagic[2] = {'P', 'W'};

// Writes `beacon` and, behind its own page views, those that are lent: the core
// keeps its records while they are written. `part`: only the first
// limits::kItemsPerPart of each list.
Text encode_beacon(const Beacon& beacon, std::span<const PageView* const> lent = {},
                   bool part = false);

// Reads every version up to kBeaconVersion. Fields that a later minor addition
// appended to a record are skipped. Errors: "malformed" (magic, cut short,
// index out of range, a list over its limit), "unknown_version".
Result<Beacon> decode_beacon(std::span<const std::byte> bytes);

}  // namespace pagewake
