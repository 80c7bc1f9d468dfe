// One decoder under libFuzzer; PAGEWAKE_DECODE names it.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

#include "protocols/check_decoded.h"
#include "protocols/protocols.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const std::string broken = pagewake::testing::broken_promise(
      pagewake::protocols::PAGEWAKE_DECODE(body, 1'795'228'400'000'000));
  if (!broken.empty()) {
    std::fprintf(stderr, "broken promise: %s\n", broken.c_str());
    std::abort();
  }
  return 0;
}
