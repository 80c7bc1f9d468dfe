// The core's face to the page, docs/signals.md: names only. Free functions of
// numbers, because that is all the shim's half of Embind knows
// (js-shim/src/core/embind.ts). Text comes in through a buffer.
#include <emscripten/bind.h>

#include <concepts>
#include <cstdint>

#include "core/recorder.h"

namespace pagewake {
namespace {

// These live as long as the page: never destroyed, which saves the exit code.
Recorder& recorder = *new Recorder;
Text& in = *new Text;
Text& beacon = *new Text;

double address_of(const Text& text) { return reinterpret_cast<std::uintptr_t>(text.data()); }

// Where the page writes as many bytes, for the next feed() or flush(); on a
// multiple of 8.
double input(double bytes) {
  in.resize(static_cast<std::size_t>(bytes));
  return address_of(in);
}

// Takes the block of signals (wire/signal_block.h) that is in the input. How
// many were understood.
double feed(double numbers) {
  return static_cast<double>(recorder.feed_block(in, static_cast<std::size_t>(numbers)));
}

// The input holds the beacon's id as hex. Bytes of the beacon, 0: no news.
// `part` not 0: one of as many as there is news for.
double flush(double sent_at_unix_ms, double part) {
  beacon.clear();
  if (recorder.has_news()) {
    beacon = recorder.flush_bytes(parse_id<BeaconId>(in).value_or(BeaconId{}),
                                  static_cast<std::int64_t>(sent_at_unix_ms), part != 0);
  }
  return static_cast<double>(beacon.size());
}

double beacon_address() { return address_of(beacon); }

double unflush() {
  recorder.unflush();
  return 0;
}

// Any other type would need its own code in JavaScript.
template <std::same_as<double>... Arguments>
void bind(const char* name, double (*function)(Arguments...)) {
  emscripten::function(name, function);
}

}  // namespace

EMSCRIPTEN_BINDINGS(pagewake) {
  bind("input", &input);
  bind("feed", &feed);
  bind("flush", &flush);
  bind("beaconAddress", &beacon_address);
  bind("unflush", &unflush);
}

}  // namespace pagewake
