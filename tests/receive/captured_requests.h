// Requests of real clients (tests/cases/clients), addressed to a test's project.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <utility>

#include "http/http.h"

namespace pagewake::testing {

// Target and headers of a request of index.json. The capture's own project
// numbers and keys are replaced: the key wherever the client put it, the
// project in the path.
inline std::pair<std::string, http::Headers> addressed(const nlohmann::json& captured,
                                                       const std::string& public_key) {
  std::string target = captured["request"]["line"];
  target = target.substr(target.find(' ') + 1);
  target = target.substr(0, target.find(' '));
  http::Headers headers;
  for (const auto& header : captured["request"]["headers"]) {
    std::string name = header[0], value = header[1];
    if (name == "X-Sentry-Auth") {
      const auto at = value.find("sentry_key=") + 11;
      value.replace(at, 32, public_key);
    }
    if (name == "authorization") value = "Bearer " + public_key;
    headers.add(name, value);
  }
  if (target.starts_with("/v1/")) {
    headers.add("x-pagewake-key", public_key);
  } else if (target.starts_with("/collect/")) {
    target = "/api/1/faro/?key=" + public_key;
  } else if (target.starts_with("/vitals/")) {
    target = "/api/1/vitals/?key=" + public_key;
  } else if (target.starts_with("/tunnel/")) {
    target = "/api/1/envelope/?sentry_key=" + public_key;
  } else {
    target = "/api/1" + target.substr(target.find('/', 5));
    if (const auto at = target.find("sentry_key="); at != std::string::npos)
      target.replace(at + 11, 32, public_key);
  }
  return {target, headers};
}

}  // namespace pagewake::testing
