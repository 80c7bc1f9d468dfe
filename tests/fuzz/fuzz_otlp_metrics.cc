// Any bytes as OTLP metrics, in both encodings: they are counted, or refused
// with a known code. A point takes at least two bytes.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "receive/otlp_answer.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pagewake::receive;
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  for (const OtlpEncoding encoding : {OtlpEncoding::kProto, OtlpEncoding::kJson}) {
    const auto points = count_data_points(encoding, body);
    if (points.ok()
            ? points.value() * 2 > size
            : points.error().code != "malformed" && points.error().code != "nesting_too_deep") {
      std::abort();
    }
  }
  return 0;
}
