// One JSON object a line on standard error, for machines first.
#pragma once

#include <string_view>

namespace pagewake::app {

// Sets the format of all of spdlog. A message that is a JSON object's inside
// given as {"a":1} is laid flat into the line; any other becomes "message".
void start_logging(std::string_view level);
void set_log_level(std::string_view level);

}  // namespace pagewake::app
