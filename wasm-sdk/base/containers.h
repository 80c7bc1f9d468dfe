// Text and List: what records are made of. The server and the tests use the
// standard library's; the page's module uses small ones with the same
// interface, which halve its size (docs/decisions/0002): every instance of
// std::vector and every inlined check of std::string costs each visitor bytes.
#pragma once

#ifdef __EMSCRIPTEN__
#include "base/small_list.h"
#include "base/small_text.h"
#else
#include <string>
#include <vector>
#endif

namespace pagewake {

#ifdef __EMSCRIPTEN__
using Text = SmallText;
template <typename T>
using List = SmallList<T>;
#else
using Text = std::string;
template <typename T>
using List = std::vector<T>;
#endif

}  // namespace pagewake
