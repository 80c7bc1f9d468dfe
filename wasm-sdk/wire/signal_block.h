// Signals as the page's shim hands them to the core (js-shim/src/core/bridge.ts):
// no parsing of text, which would be 3 KB of the page's module. The same signals
// as in a raw log (docs/signals.md), in another writing.
//
// A block is numbers, little-endian doubles, and after the last of them texts,
// UTF-8, each with a zero byte behind it. A signal is the number of its fields,
// then a number for each; NaN stands for the next text.
#pragma once

#include <cstddef>
#include <string_view>

#include "wire/signal_log.h"

namespace pagewake {

// `numbers` is how many doubles the block begins with. Calls `take` for each
// signal in order, until the block ends or makes no sense; fields beyond
// limits::kFieldsPerSignal are left out. Texts point into the block. The shim is
// trusted to write UTF-8, not to count: nothing outside the block is read.
void read_signal_block(std::string_view block, std::size_t numbers, SignalSink sink);

}  // namespace pagewake
