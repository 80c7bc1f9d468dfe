// What must hold for any body, however odd: the fuzzers and the replay of their
// corpora ask the same.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "protocols/protocols.h"

namespace pagewake::testing {

// "" or what is broken: stored JSON is JSON, texts are UTF-8, ids are there,
// errors have one of the documented codes.
std::string broken_promise(const Result<protocols::Decoded>& decoded);

// With the decoders' usual face: the sender is always the same.
inline Result<protocols::Decoded> decode_web_vitals(std::string_view body,
                                                    std::int64_t received_at_unix_us) {
  return protocols::decode_web_vitals(body, {"visitor", "https://shop.example/"},
                                      received_at_unix_us);
}

}  // namespace pagewake::testing
