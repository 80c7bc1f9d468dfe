// Any bytes: decode_beacon and decode_page_view refuse them or give records
// that can be written and read again unchanged.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>

#include "wire/beacon.h"
#include "wire/page_view_codec.h"

namespace {

std::span<const std::byte> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}

void require(bool holds) {
  if (!holds) std::abort();
}

// A view that could be read can be read without what happened in it.
void require_measured_part(const pagewake::Result<pagewake::PageView>& part,
                           pagewake::PageView whole) {
  require(part.ok());
  whole.breadcrumbs.clear();
  whole.events.clear();
  require(encode_page_view(*part) == encode_page_view(whole));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pagewake;
  const std::span<const std::byte> input(reinterpret_cast<const std::byte*>(data), size);
  std::string as_sent;
  if (const auto beacon = decode_beacon(input, &as_sent); beacon.ok()) {
    const auto alone = decode_lone_page_view(as_sent);
    require(as_sent.empty() || alone.ok() == (beacon->page_views.size() == 1));
    // Not ==: a hostile beacon may hold a time that is no number.
    require(!alone.ok() || encode_page_view(*alone) == encode_page_view(beacon->page_views[0]));
    const auto plain = unpacked(as_sent);
    require(as_sent.empty() || plain.ok());
    require(!alone.ok() ||
            encode_page_view(*decode_lone_page_view(*plain)) == encode_page_view(*alone));
    if (alone.ok()) {
      require_measured_part(decode_lone_page_view(as_sent, ViewParts::kMeasured), *alone);
    }
    const std::string written = encode_beacon(*beacon);
    const auto again = decode_beacon(bytes_of(written));
    require(again.ok());
    // The first reading may have rounded; the second changes nothing.
    require(encode_beacon(*again) == written);
    const auto unpacked = decode_beacon(bytes_of(pack_beacon(written)));
    // Packed it may come too small for what it unfolds to.
    require(!unpacked.ok() || *unpacked == *again);
  }
  (void)decode_lone_page_view({reinterpret_cast<const char*>(data), size});
  (void)decode_lone_page_view({reinterpret_cast<const char*>(data), size}, ViewParts::kMeasured);
  (void)decode_page_view(input, ViewParts::kMeasured);
  (void)unpacked({reinterpret_cast<const char*>(data), size});
  if (const auto view = decode_page_view(input); view.ok()) {
    const std::string written = encode_page_view(*view);
    const auto again = decode_page_view(bytes_of(written));
    require(again.ok());
    require(encode_page_view(*again) == written);
    require_measured_part(decode_page_view(input, ViewParts::kMeasured), *view);
    PageView merged = *view;
    merge_page_view(merged, *again);
  }
  return 0;
}
