// Feeds signal logs to the native core and prints each beacon as hex, one line
// a file: what tests/wasm compares the page's module with, byte for byte.
// Usage: pagewake_replay LOG.json...   Exit code 1 for a log that cannot be read.
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string>

#include "core/recorder.h"

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    std::ifstream in(argv[i], std::ios::binary);
    const std::string log((std::istreambuf_iterator<char>(in)), {});
    pagewake::Recorder recorder;
    const auto fed = recorder.feed(log);
    if (!in || !fed.ok()) {
      std::fprintf(stderr, "%s: %s\n", argv[i],
                   fed.ok() ? "cannot be read" : fed.error().message.c_str());
      return 1;
    }
    pagewake::BeaconId id;
    id.bytes.fill(0xAB);
    for (const unsigned char byte : recorder.flush_bytes(id, 1'763'700'020'000)) {
      std::printf("%02x", byte);
    }
    std::printf("\n");
  }
  return 0;
}
