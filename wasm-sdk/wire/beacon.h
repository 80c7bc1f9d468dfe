// The binary beacon (docs/beacon-format.md): encode in the page, decode in the
// server, and `pagewake decode` for people.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <string_view>

#include "base/containers.h"
#include "base/result.h"
#include "wire/page_view.h"

namespace pagewake {

inline constexpr std::uint8_t kBeaconVersion = 1;
inline constexpr std::uint8_t kPackedBeaconVersion = 2;  // version 1, as an LZ4 block

// The first two bytes of every beacon; a raw signal log starts with '['.
inline constexpr char kBeaconMagic[2] = {'P', 'W'};
inline constexpr std::size_t kBeaconHeadBytes = sizeof kBeaconMagic + 1;  // and the version

// Writes `beacon` and, behind its own page views, those that are lent: the core
// keeps its records while they are written. `part`: only the first
// limits::kItemsPerPart of each list.
Text encode_beacon(const Beacon& beacon, std::span<const PageView* const> lent = {},
                   bool part = false);

// A beacon of version 1 as one of version 2; as it was where that is not
// shorter, or more than limits::kBodyBytes would have to be unpacked.
Text pack_beacon(Text beacon);

// Reads every version there is. Fields that a later minor addition appended to
// a record are skipped. Errors: "malformed" (magic, cut short, index out of
// range, a list over its limit, no LZ4 block of the size it says),
// "unknown_version".
// `as_sent`, where given, becomes what decode_lone_page_view() reads again: the
// version and all behind it, as it came. It stays as it was for a body that
// unpacks to far more than beacons do, which nobody should keep so.
Result<Beacon> decode_beacon(std::span<const std::byte> bytes, std::string* as_sent = nullptr);

// The page view of a beacon that has one and no more, once more: the same as
// decode_beacon() gave, whatever version the beacon was of. Errors: "malformed",
// "unknown_version".
Result<PageView> decode_lone_page_view(std::string_view as_sent, ViewParts parts = ViewParts::kAll);

// The same as version 1: longer, and of bytes that a compressor with a
// dictionary makes less of. Errors: as decode_lone_page_view().
Result<std::string> unpacked(std::string_view as_sent);

}  // namespace pagewake
