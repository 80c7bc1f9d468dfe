// A page view record as bytes: what the journal and the segments keep of it.
// Pure: bytes in, values out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "model/records.h"

namespace pagewake::storage::sqlite {

struct PageViewEntry {
  model::PageViewRecord record;
  std::string rollup_page;  // the name under which the rollups count it
};

std::string encode_page_view_entry(const model::PageViewRecord& record,
                                   std::string_view rollup_page);
// Any bytes. Errors: "malformed", "unknown_version".
Result<PageViewEntry> decode_page_view_entry(std::string_view bytes,
                                             ViewParts parts = ViewParts::kAll);

// The same entry without the packing that the browser sent it in, for who packs
// many together. Any bytes: what is no such entry stays as it is.
std::string unpacked_entry(std::string_view bytes);

}  // namespace pagewake::storage::sqlite
