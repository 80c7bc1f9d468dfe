// Any text: as a raw log for the server and as signals for the page's core.
// Whatever was recorded can be sent, and read by the server.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <string_view>

#include "core/recorder.h"
#include "wire/beacon.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace pagewake;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  (void)replay_signal_log(text);
  Recorder recorder;
  (void)recorder.feed(text);
  for (int round = 0; round < 2; ++round) {
    const std::string bytes = encode_beacon(recorder.flush(BeaconId{}, 1));
    const auto decoded =
        decode_beacon({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
    if (!decoded.ok()) std::abort();
    recorder.unflush();
    (void)recorder.feed(text);
  }
  return 0;
}
