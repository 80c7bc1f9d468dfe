// What every decoder gives. Decoders are pure: bytes in, records out; they
// read no clock, no file and no global, so the fuzzer can call them alone.
// Limits are checked before memory is taken.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/drop.h"
#include "model/records.h"
#include "model/session_health.h"

namespace pagewake::protocols {

struct Decoded {
  model::Records records;
  std::vector<model::Drop> drops;  // items that were understood but left out, with the reason
  model::Sessions sessions;        // of Sentry's SDKs, for release health
  std::string id;                  // what the answer echoes: Sentry's event_id; else ""
};

}  // namespace pagewake::protocols
