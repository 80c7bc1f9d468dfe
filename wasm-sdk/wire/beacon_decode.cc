#include <lz4.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "base/byte_reader.h"
#include "base/limits.h"
#include "base/text.h"
#include "wire/beacon.h"
#include "wire/explain.h"
#include "wire/record_reader.h"

namespace pagewake {
namespace {

constexpr std::size_t kMostPacked = 8;

// What stands behind the version: the strings and the record. `place`: how to
// say where byte 0 of it is.
Result<Beacon> read_plain(std::span<const std::byte> bytes, std::size_t charged_bytes,
                          std::size_t first_byte, std::string_view place) {
  wire::RecordReader in(bytes, charged_bytes);
  Beacon beacon;
  in.string_table();
  if (in.ok() && in.at_end()) in.fail("cut short");
  in.record(beacon);
  if (in.ok() && !in.at_end()) in.fail("bytes are left over");
  if (!in.ok()) {
    return Error{"malformed", "byte " + decimal(first_byte + in.failed_at()) + std::string(place) +
                                  ": " + std::string(in.failure())};
  }
  for (PageView& view : beacon.page_views) explain(view);
  return beacon;
}

// The size they say, then an LZ4 block of exactly that.
Result<std::string> unpack(std::span<const std::byte> bytes) {
  ByteReader in(bytes);
  const std::uint64_t size = in.varint();
  if (!in.ok()) return Error{"malformed", "byte 3: cut short"};
  const auto block = bytes.subspan(in.position());
  // Before the memory is taken. A byte of a block stands for 255 at most.
  const std::uint64_t most = std::min<std::uint64_t>(limits::kBodyBytes, block.size() * 255);
  if (size > most) {
    return Error{"malformed", "byte 3: would unpack to " + decimal(size) + " bytes; at most " +
                                  decimal(most) + " are possible"};
  }
  std::string plain(static_cast<std::size_t>(size), '\0');
  const int written =
      LZ4_decompress_safe(reinterpret_cast<const char*>(block.data()), plain.data(),
                          static_cast<int>(block.size()), static_cast<int>(plain.size()));
  if (written < 0 || static_cast<std::uint64_t>(written) != size) {
    return Error{"malformed", "byte " + decimal(kBeaconHeadBytes + in.position()) +
                                  ": not an LZ4 block of " + decimal(size) + " bytes"};
  }
  return plain;
}

// The strings and the record, in `room` if they have to be unpacked.
Result<std::string_view> plain_of(std::string_view as_sent, std::string& room) {
  if (as_sent.empty()) return Error{"malformed", "byte 0: cut short"};
  const auto version = static_cast<std::uint8_t>(as_sent.front());
  const std::string_view rest = as_sent.substr(1);
  if (version == kBeaconVersion) return rest;
  if (version != kPackedBeaconVersion) {
    return Error{"unknown_version", "beacon version " + decimal(version)};
  }
  auto unpacked = unpack(std::as_bytes(std::span(rest)));
  if (!unpacked.ok()) return unpacked.error();
  room = std::move(*unpacked);
  return std::string_view(room);
}

}  // namespace

Result<Beacon> decode_beacon(std::span<const std::byte> bytes, std::string* as_sent) {
  if (bytes.size() < sizeof kBeaconMagic ||
      std::memcmp(bytes.data(), kBeaconMagic, sizeof kBeaconMagic) != 0) {
    return Error{"malformed", "not a beacon: it does not start with \"PW\""};
  }
  if (bytes.size() < kBeaconHeadBytes) return Error{"malformed", "byte 2: cut short"};
  const auto version = static_cast<std::uint8_t>(bytes[2]);
  const auto rest = bytes.subspan(kBeaconHeadBytes);
  const auto keep = [&] {
    if (as_sent != nullptr) {
      *as_sent = std::string_view(reinterpret_cast<const char*>(bytes.data()), bytes.size())
                     .substr(sizeof kBeaconMagic);
    }
  };
  if (version == kBeaconVersion) {
    keep();
    return read_plain(rest, bytes.size(), kBeaconHeadBytes, "");
  }
  if (version == kPackedBeaconVersion) {
    auto unpacked = unpack(rest);
    if (!unpacked.ok()) return unpacked.error();
    // What a sender pays for is what it sent: a body that unpacks to far more
    // than beacons do (three times, mostly) may not unfold as one of that size.
    const std::size_t most = bytes.size() * kMostPacked;
    if (unpacked->size() <= most) keep();
    return read_plain(std::as_bytes(std::span(*unpacked)), std::min(unpacked->size(), most), 0,
                      " of what it unpacks to");
  }
  return Error{"unknown_version", "beacon version " + decimal(version) +
                                      "; this server reads 1 to " + decimal(kPackedBeaconVersion)};
}

Result<PageView> decode_lone_page_view(std::string_view as_sent, ViewParts parts) {
  // Filled in place: to move a page view costs hundreds of instructions.
  Result<PageView> view(std::in_place);
  std::string room;
  const auto plain = plain_of(as_sent, room);
  if (!plain.ok()) {
    view = plain.error();
    return view;
  }
  wire::RecordReader in(std::as_bytes(std::span(*plain)));
  Beacon beacon;
  if (parts == ViewParts::kMeasured) in.skip_what_happened();
  in.string_table();
  in.record(beacon);
  if (!in.ok() || !in.at_end() || beacon.page_views.size() != 1) {
    view = Error{"malformed", "not the bytes of one page view"};
    return view;
  }
  *view = std::move(beacon.page_views.front());
  explain(*view);
  return view;
}

Result<std::string> unpacked(std::string_view as_sent) {
  std::string room;
  const auto plain = plain_of(as_sent, room);
  if (!plain.ok()) return plain.error();
  return std::string(1, static_cast<char>(kBeaconVersion)).append(*plain);
}

}  // namespace pagewake
