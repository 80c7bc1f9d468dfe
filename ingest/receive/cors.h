// Any page may send: the way in carries no cookie and gives nothing away. The
// origins that a project allows are checked by the guard, not here, so that a
// page can read why it was refused.
#pragma once

#include "http/http.h"

namespace pagewake::receive {

void add_cors(const http::Request& request, http::Response& response);
http::Response preflight(const http::Request& request);

}  // namespace pagewake::receive
