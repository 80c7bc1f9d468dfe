#include "base/containers.h"
#include "base/limits.h"
#include "wire/beacon.h"
#include "wire/lz4_block.h"
#include "wire/record_writer.h"

namespace pagewake {

Text encode_beacon(const Beacon& beacon, std::span<const PageView* const> lent, bool part) {
  wire::RecordWriter records;
  if (part) records.write_part();
  records.lend(lent);
  records.record(beacon);
  ByteWriter out;
  out.append({kBeaconMagic, sizeof kBeaconMagic});
  out.byte(kBeaconVersion);
  out.varint(records.strings().size());
  out.append(records.strings().entries());
  out.append(records.view());
  return out.take();
}

Text pack_beacon(Text beacon) {
  const auto plain = std::string_view(beacon).substr(kBeaconHeadBytes);
  if (plain.size() > limits::kBodyBytes) return beacon;
  ByteWriter out;
  out.append({kBeaconMagic, sizeof kBeaconMagic});
  out.byte(kPackedBeaconVersion);
  out.varint(plain.size());
  append_lz4_block(out, plain);
  return out.size() < beacon.size() ? out.take() : beacon;
}

}  // namespace pagewake
