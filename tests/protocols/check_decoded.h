// What must hold for any body, however odd: the fuzzers and the replay of their
// corpora ask the same.
#pragma once

#include <string>

#include "protocols/decoded.h"

namespace pagewake::testing {

// "" or what is broken: stored JSON is JSON, texts are UTF-8, ids are there,
// errors have one of the documented codes.
std::string broken_promise(const Result<protocols::Decoded>& decoded);

}  // namespace pagewake::testing
