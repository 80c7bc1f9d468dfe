#include "base/text.h"
#include "wire/beacon.h"
#include "wire/explain.h"
#include "wire/record_reader.h"

namespace pagewake {

Result<Beacon> decode_beacon(std::span<const std::byte> bytes) {
  wire::RecordReader in(bytes, true);
  if (in.byte() != static_cast<std::uint8_t>(kBeaconMagic[0]) ||
      in.byte() != static_cast<std::uint8_t>(kBeaconMagic[1])) {
    return Error{"malformed", "not a beacon: it does not start with \"PW\""};
  }
  const std::uint8_t version = in.byte();
  if (!in.ok()) return Error{"malformed", "byte 2: cut short"};
  if (version == 0 || version > kBeaconVersion) {
    return Error{"unknown_version", "beacon version " + decimal(version) +
                                        "; this server reads 1 to " + decimal(kBeaconVersion)};
  }
  Beacon beacon;
  in.string_table();
  if (in.ok() && in.at_end()) in.fail("cut short");
  in.record(beacon);
  if (in.ok() && !in.at_end()) in.fail("bytes are left over");
  if (!in.ok()) {
    return Error{"malformed", "byte " + decimal(in.failed_at()) + ": " + std::string(in.failure())};
  }
  for (PageView& view : beacon.page_views) explain(view);
  return beacon;
}

}  // namespace pagewake
