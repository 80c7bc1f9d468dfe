#include "wire/beacon.h"
#include "wire/record_writer.h"

namespace pagewake {

std::string encode_beacon(const Beacon& beacon) {
  wire::RecordWriter records;
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
