// multipart/form-data (RFC 7578), as forms and upload tools send it.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pagewake::http {

struct Part {
  std::string name, filename;  // of Content-Disposition; "" none
  std::string_view body;       // points into the request's body
};

// The parts in order, at most `max_parts`. Error "malformed": another content
// type, no boundary, a part without name or end, too many parts.
Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          std::size_t max_parts);

}  // namespace pagewake::http
