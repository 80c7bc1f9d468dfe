// One decoder under libFuzzer; PAGEWAKE_DECODE names it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "protocols/check_decoded.h"
#include "protocols/protocols.h"

namespace pagewake {
namespace {

Result<protocols::Decoded> decode(std::string_view body) {
  using namespace protocols;
  using testing::decode_web_vitals;  // hides the one that also takes a sender
  return PAGEWAKE_DECODE(body, 1'795'228'400'000'000);
}

}  // namespace
}  // namespace pagewake

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  // What looks for a key before anything is decoded sees the same bytes.
  (void)pagewake::protocols::peek_envelope_auth(body);
  const std::string broken = pagewake::testing::broken_promise(pagewake::decode(body));
  if (!broken.empty()) {
    std::fprintf(stderr, "broken promise: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
