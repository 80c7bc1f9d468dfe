// Any bytes as a connection's: framer, cpp-httplib's parser, router, guard,
// decoders, steps and the memory store. Each answer has a status of the
// documented ones, and the server goes on.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <memory>
#include <string>

#include "hostile/whole_server.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  // A new one now and then: what was stored would else grow for hours.
  static std::unique_ptr<pagewake::testing::WholeServer> server;
  static int inputs = 0;
  if (inputs++ % 1000 == 0) server = std::make_unique<pagewake::testing::WholeServer>();
  for (const auto& answer : server->serve({reinterpret_cast<const char*>(data), size})) {
    if (answer.status < 200 || answer.status > 505 || answer.status == 500) std::abort();
  }
  return 0;
}
