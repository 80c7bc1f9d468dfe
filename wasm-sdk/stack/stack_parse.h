// Stack texts of Chromium (V8), Firefox (SpiderMonkey) and Safari
// (JavaScriptCore) as frames. Linear time: a hostile stack costs no more than
// its length. Sources: the engines' documented formats; see stack_parse.cc.
#pragma once

#include <string_view>

#include "base/containers.h"
#include "wire/page_view.h"

namespace pagewake {

// `type` and `value` are the exception's name and message: V8 repeats them in
// front of the frames, and a message with '@' or "at " must not become one.
// Frames newest call first, at most limits::kFramesPerException; the text
// beyond limits::kStackBytes is not read. File names are as reported (the
// caller scrubs them). Eval, native, wasm, async and anonymous frames are kept
// and named ("eval", "<anonymous>", ...); an eval frame has the place that called
// eval, a wasm frame line 1 and its byte offset + 1 as column. Frames of browser
// extensions, of the engine itself and under node_modules have in_app = false.
List<Frame> parse_stack(std::string_view stack, std::string_view type, std::string_view value);

// True for what is known not to be the page's fault: "Script error." without a
// frame, "ResizeObserver loop ...", or a newest frame in a browser extension.
bool is_known_noise(const Exception& exception);

// A file of a browser extension: "chrome-extension://…" and its likes.
bool is_extension(std::string_view file);

}  // namespace pagewake
