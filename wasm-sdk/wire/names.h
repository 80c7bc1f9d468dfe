// Names of the wire's enums, as the API and the signals spell them.
#pragma once

#include <optional>
#include <string_view>

#include "wire/page_view.h"

namespace pagewake {

// "navigate", "reload", "back_forward", "back_forward_cache", "prerender",
// "restore", "soft_navigation".
std::string_view name_of(NavigationType type);
std::optional<NavigationType> navigation_type_from(std::string_view name);

// "none", "not_yet", "no_interaction", "hidden_first", "unsupported",
// "not_applicable", "left_early".
std::string_view name_of(MissingReason reason);

}  // namespace pagewake
