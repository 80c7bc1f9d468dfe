// The core's face to the page, docs/signals.md: names only. Free functions,
// because one Embind class costs 2.5 KB more of glue; numbers only, because
// Embind's strings cost 1 KB more and are encoded slower than by the browser's
// TextEncoder. Text comes in through a buffer.
#include <emscripten/bind.h>

#include <cstdint>

#include "core/recorder.h"

namespace pagewake {
namespace {

// These live as long as the page: never destroyed, which saves the exit code.
Recorder& recorder = *new Recorder;
Text& in = *new Text;
Text& beacon = *new Text;

double address_of(const Text& text) { return reinterpret_cast<std::uintptr_t>(text.data()); }

// Where the page writes as many bytes of UTF-8, for the next feed() or flush().
double input(double bytes) {
  in.resize(static_cast<std::size_t>(bytes));
  return address_of(in);
}

// Takes the signal log that is in the input. How many signals were understood,
// -1 when it is none (what came before the fault is taken).
double feed() {
  const auto understood = recorder.feed(in);
  return understood.ok() ? static_cast<double>(*understood) : -1;
}

// The input holds the beacon's id as hex. Bytes of the beacon, 0: no news.
double flush(double sent_at_unix_ms) {
  beacon.clear();
  if (recorder.has_news()) {
    beacon = recorder.flush_bytes(parse_id<BeaconId>(in).value_or(BeaconId{}),
                                  static_cast<std::int64_t>(sent_at_unix_ms));
  }
  return static_cast<double>(beacon.size());
}

double beacon_address() { return address_of(beacon); }

void unflush() { recorder.unflush(); }

}  // namespace

EMSCRIPTEN_BINDINGS(pagewake) {
  emscripten::function("input", &input);
  emscripten::function("feed", &feed);
  emscripten::function("flush", &flush);
  emscripten::function("beaconAddress", &beacon_address);
  emscripten::function("unflush", &unflush);
}

}  // namespace pagewake
