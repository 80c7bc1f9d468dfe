// `pagewake decode`: what is in a beacon, for people.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace pagewake::app {

// A binary beacon, or a raw signal log, which is replayed first. Gives indented
// JSON. Errors as of the decoders.
Result<std::string> decode_to_json(std::string_view bytes);

}  // namespace pagewake::app
