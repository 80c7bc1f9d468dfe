// The route of a URL where the site names none: its path with ids folded, so
// that a thousand products are one page.
#pragma once

#include <string_view>

#include "base/containers.h"

namespace pagewake {

// "https://shop.example/product/42?x=1" gives "/product/:id". Numbers, UUIDs,
// long hex strings and random-looking tokens are ids; a trailing slash goes.
// Without a path: "/".
Text page_name_of(std::string_view url);

}  // namespace pagewake
