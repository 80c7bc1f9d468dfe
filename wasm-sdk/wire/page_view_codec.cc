#include "wire/page_view_codec.h"

#include "base/text.h"
#include "wire/beacon.h"
#include "wire/record_reader.h"
#include "wire/record_writer.h"

namespace pagewake {
std::string encode_page_view(const PageView& page_view) {
  wire::RecordWriter records(/*cut_lists=*/false);
  records.record_from(page_view, 0);
  ByteWriter out;
  out.byte(kBeaconVersion);
  out.varint(records.strings().size());
  out.append(records.strings().entries());
  out.append(records.view());
  return out.take();
}

Result<PageView> decode_page_view(std::span<const std::byte> bytes, ViewParts parts) {
  // Filled in place: to move a page view costs hundreds of instructions.
  Result<PageView> page_view(std::in_place);
  wire::RecordReader in(bytes);
  const std::uint8_t version = in.byte();
  if (!in.ok()) {
    page_view = Error{"malformed", "byte 0: cut short"};
    return page_view;
  }
  if (version == 0 || version > kBeaconVersion) {
    page_view = Error{"unknown_version", "page view version " + decimal(version)};
    return page_view;
  }
  wire::Running from;
  if (parts == ViewParts::kMeasured) in.skip_what_happened();
  in.string_table();
  if (in.ok() && in.at_end()) in.fail("cut short");
  in.record_from(*page_view, from);
  if (in.ok() && !in.at_end()) in.fail("bytes are left over");
  if (!in.ok()) {
    page_view =
        Error{"malformed", "byte " + decimal(in.failed_at()) + ": " + std::string(in.failure())};
  }
  return page_view;
}

}  // namespace pagewake
