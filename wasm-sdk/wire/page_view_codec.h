// One page view as bytes of its own (docs/beacon-format.md, last section), for
// the server's store. Same record code as the beacon; a merged page view may
// hold more than a beacon could, so lists have no limit here.
#pragma once

#include <cstddef>
#include <span>
#include <string>

#include "base/result.h"
#include "wire/page_view.h"

namespace pagewake {

std::string encode_page_view(const PageView& page_view);

// Errors: "malformed", "unknown_version".
Result<PageView> decode_page_view(std::span<const std::byte> bytes,
                                  ViewParts parts = ViewParts::kAll);

}  // namespace pagewake
