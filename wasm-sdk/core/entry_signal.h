// A performance entry as the browser says it (signal kind "entry"), as the
// signals that the shim's late part makes of it. Where a visitor left before
// the late part had come, only the server can do that: it runs in the replay
// of raw logs and is no part of the page's module.
#pragma once

#include <vector>

#include "wire/owned_signal.h"

namespace pagewake {

// `entry` holds keys and values by turns: a PerformanceEntry's toJSON(), or
// "types" with the browser's supportedEntryTypes. Gives none for what no signal
// exists for; never fails.
std::vector<OwnedSignal> signals_of_entry(const Signal& entry);

}  // namespace pagewake
