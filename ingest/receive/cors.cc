#include "receive/cors.h"

#include <algorithm>
#include <string>

namespace pagewake::receive {

namespace {

// What the clients we know send, for a preflight that names none.
constexpr const char* kUsualHeaders =
    "content-type, content-encoding, authorization, x-pagewake-key, x-sentry-auth, x-api-key, "
    "x-faro-session-id, idempotency-key, traceparent, tracestate, baggage, sentry-trace";

bool is_header_list(std::string_view text) {
  return !text.empty() && text.size() <= 1024 && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == ',' || c == ' ';
  });
}

}  // namespace

void add_cors(const http::Request& request, http::Response& response) {
  const auto origin = request.header("Origin");
  response.headers.reserve(8, 512);
  if (origin.empty()) {
    response.set_header("Access-Control-Allow-Origin", "*");
  } else {
    // sendBeacon sends with credentials, for which "*" is no answer.
    response.set_header("Access-Control-Allow-Origin", origin);
    response.set_header("Access-Control-Allow-Credentials", "true");
    response.set_header("Vary", "Origin");
  }
  response.set_header("Access-Control-Expose-Headers",
                      "X-Sentry-Rate-Limits, X-Sentry-Error, Retry-After");
  response.set_header("Cross-Origin-Resource-Policy", "cross-origin");
}

http::Response preflight(const http::Request& request) {
  http::Response response;
  response.status = 204;
  add_cors(request, response);
  const auto asked = request.header("Access-Control-Request-Headers");
  response.set_header("Access-Control-Allow-Methods", "POST");
  response.set_header("Access-Control-Allow-Headers",
                      is_header_list(asked) ? asked : std::string_view(kUsualHeaders));
  response.set_header("Access-Control-Max-Age", "86400");
  return response;
}

}  // namespace pagewake::receive
