// Any bytes, in any pieces: the framer takes the same number of requests, and
// the same ones, as from the bytes in one piece, and holds no more than the
// limits allow. The first byte seeds where the pieces end.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/framer.h"

namespace {

using pagewake::http::Framer;

constexpr std::size_t kBodyLimit = 4096;

void require(bool holds) {
  if (!holds) std::abort();
}

// What it said, as text: one line a request, and the end.
std::string told(std::string_view bytes, std::uint32_t pieces) {
  Framer framer([](const pagewake::http::Head&) { return kBodyLimit; }, 2048);
  std::string said;
  std::uint32_t state = pieces;
  while (!bytes.empty()) {
    std::size_t size = bytes.size();
    if (pieces != 0) {
      state = state * 1664525 + 1013904223;
      size = 1 + (state >> 16) % 40;
    }
    auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    while (!piece.empty()) {
      const std::size_t taken = framer.feed(piece);
      require(taken <= piece.size());
      piece.remove_prefix(taken);
      require(framer.body_bytes() <= kBodyLimit);
      if (framer.state() == Framer::State::kFailed) {
        require(framer.error().status >= 400 && framer.error().status < 600);
        return said + "failed " + std::to_string(framer.error().status) + framer.error().message;
      }
      if (framer.state() == Framer::State::kComplete) {
        const auto& head = framer.head();
        said += head.method + " " + head.target + (head.keep_alive ? " keep " : " close ");
        for (const auto& [name, value] : head.headers)
          said.append(name).append(":").append(value).append(";");
        said += framer.take_body() + "\n";
        framer.reset();
      } else {
        require(taken > 0);
      }
    }
  }
  return said + (framer.started() ? "open" : "clean");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data) + 1, size - 1);
  require(told(bytes, 0) == told(bytes, data[0] + 1u));
  return 0;
}
