#include "base/containers.h"
#include "wire/beacon.h"
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

}  // namespace pagewake
