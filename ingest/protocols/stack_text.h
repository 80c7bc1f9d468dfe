// Stack traces that arrive as text (OpenTelemetry's exception.stacktrace).
#pragma once

#include <string_view>
#include <vector>

#include "model/records.h"

namespace pagewake::protocols {

// `platform` as in EventRecord. Python's tracebacks (the last one of a chain,
// which is the exception that came out) and JavaScript's stacks are read,
// newest call first; nothing for other languages. Linear time.
std::vector<model::Frame> frames_from_stack(std::string_view platform, std::string_view stack,
                                            std::string_view type, std::string_view value);

// "85314830-023F-…" in lower case; "" for what is no UUID with dashes.
std::string debug_id_from(std::string_view text);

// One of the browser core's frames as the server keeps it.
model::Frame frame_from(pagewake::Frame frame);

}  // namespace pagewake::protocols
