// Numbers as text without the printf family, which the page's module leaves
// out.
#pragma once

#include <cstdint>
#include <string>

namespace pagewake {

std::string decimal(std::uint64_t value);

}  // namespace pagewake
