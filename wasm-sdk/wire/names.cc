#include "wire/names.h"

#include <cstddef>
#include <iterator>

namespace pagewake {
namespace {

// In the order of the enums' numbers.
constexpr std::string_view kNavigationTypes[] = {"navigate",           "reload",    "back_forward",
                                                 "back_forward_cache", "prerender", "restore",
                                                 "soft_navigation"};
constexpr std::string_view kMissingReasons[] = {"none",         "not_yet",     "no_interaction",
                                                "hidden_first", "unsupported", "not_applicable",
                                                "left_early"};

}  // namespace

std::string_view name_of(NavigationType type) {
  return kNavigationTypes[static_cast<std::size_t>(type)];
}

std::optional<NavigationType> navigation_type_from(std::string_view name) {
  for (std::size_t i = 0; i < std::size(kNavigationTypes); ++i) {
    if (kNavigationTypes[i] == name) return static_cast<NavigationType>(i);
  }
  return std::nullopt;
}

std::string_view name_of(MissingReason reason) {
  return kMissingReasons[static_cast<std::size_t>(reason)];
}

}  // namespace pagewake
