// The core's face to the page, docs/signals.md: names only. Free functions,
// because one Embind class costs 2.5 KB more of glue.
#include <emscripten/bind.h>

#include <cstdint>
#include <string>

#include "core/recorder.h"

namespace pagewake {
namespace {

// Both live as long as the page: never destroyed, which saves the exit code.
Recorder& recorder = *new Recorder;
Text& beacon_bytes = *new Text;

int feed(const std::string& signals) {
  const auto understood = recorder.feed(signals);
  return understood.ok() ? static_cast<int>(*understood) : -1;
}

int flush(const std::string& beacon_id, double sent_at_unix_ms) {
  beacon_bytes.clear();
  if (recorder.has_news()) {
    beacon_bytes = recorder.flush_bytes(parse_id<BeaconId>(beacon_id).value_or(BeaconId{}),
                                        static_cast<std::int64_t>(sent_at_unix_ms));
  }
  return static_cast<int>(beacon_bytes.size());
}

unsigned beacon_address() { return reinterpret_cast<unsigned>(beacon_bytes.data()); }

void unflush() { recorder.unflush(); }

std::string core_version() { return PAGEWAKE_VERSION; }

}  // namespace

EMSCRIPTEN_BINDINGS(pagewake) {
  emscripten::function("feed", &feed);
  emscripten::function("flush", &flush);
  emscripten::function("beaconAddress", &beacon_address);
  emscripten::function("unflush", &unflush);
  emscripten::function("coreVersion", &core_version);
}

}  // namespace pagewake
