#include "api/access.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "storage/project_rules.h"

namespace pagewake::api {
namespace {

constexpr char kCookie[] = "pagewake_session";
constexpr std::int64_t kSessionSeconds = 7 * 86'400;
constexpr std::size_t kSessions = 10'000;  // then the one that ends first goes

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// The scheme is case-insensitive (RFC 9110, 11.1).
std::optional<std::string> bearer_of(const http::Request& request) {
  const std::string_view header = trimmed(request.header("Authorization"));
  constexpr std::string_view kScheme = "bearer ";
  if (header.size() < kScheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < kScheme.size(); ++i) {
    const char c = header[i];
    if ((c >= 'A' && c <= 'Z' ? char(c - 'A' + 'a') : c) != kScheme[i]) return std::nullopt;
  }
  return std::string(trimmed(header.substr(kScheme.size())));
}

// HTTP/2 and proxies may split cookies over several headers.
std::string cookie_of(const http::Request& request) {
  for (const auto& [name, value] : request.headers) {
    if (name.size() != 6 || !std::equal(name.begin(), name.end(), "cookie", [](char a, char b) {
          return (a >= 'A' && a <= 'Z' ? char(a - 'A' + 'a') : a) == b;
        })) {
      continue;
    }
    std::string_view rest = value;
    while (!rest.empty()) {
      const auto end = rest.find(';');
      const std::string_view pair = trimmed(rest.substr(0, end));
      rest = end == std::string_view::npos ? std::string_view() : rest.substr(end + 1);
      const auto equals = pair.find('=');
      if (equals != std::string_view::npos && pair.substr(0, equals) == kCookie) {
        return std::string(pair.substr(equals + 1));
      }
    }
  }
  return "";
}

bool changes_something(const http::Request& request) {
  return request.method != "GET" && request.method != "HEAD";
}

http::Response unauthorized(std::string_view message) {
  http::Response response = http::error_response(401, "unauthorized", message);
  response.set_header("WWW-Authenticate", "Bearer realm=\"pagewake\"");
  return response;
}

http::Response no_content() {
  http::Response response;
  response.status = 204;
  response.content_type.clear();
  return response;
}

}  // namespace

Access::Access(storage::ProjectStore& projects, std::function<std::int64_t()> now_unix_us,
               bool secure)
    : projects_(projects), now_unix_us_(std::move(now_unix_us)), secure_(secure) {}

std::variant<Identity, http::Response> Access::check(const http::Request& request,
                                                     storage::Scope needed) {
  Identity identity;
  if (const auto secret = bearer_of(request)) {
    const auto token = projects_.token_by_secret(*secret);
    if (!token) return http::error_response(503, token.error().code, token.error().message);
    if (!token->has_value()) return unauthorized("the token is unknown");
    identity = {(*token)->scope, (*token)->name};
  } else if (const std::string cookie = cookie_of(request); !cookie.empty()) {
    const auto session = session_of(cookie);
    if (!session) return unauthorized("the session has ended; log in again");
    // A foreign page can make a browser send the cookie, but not this header.
    if (changes_something(request) && request.header("X-Pagewake-Csrf") != "1") {
      return http::error_response(403, "csrf_header_missing",
                                  "with the session cookie, requests that change something need "
                                  "the header X-Pagewake-Csrf: 1");
    }
    identity = *session;
  } else {
    return unauthorized("send Authorization: Bearer <token>, or log in");
  }
  if (identity.scope < needed) {
    return http::error_response(403, "insufficient_scope",
                                "this needs scope " + std::string(storage::name_of(needed)) +
                                    ", the token has " +
                                    std::string(storage::name_of(identity.scope)));
  }
  return identity;
}

http::Response Access::login(const http::Request& request) {
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  if (!body.is_object() || !body.contains("token") || !body["token"].is_string()) {
    return http::error_response(400, "malformed", "the body must be {\"token\":\"pwt_…\"}");
  }
  const auto token = projects_.token_by_secret(body["token"].get<std::string>());
  if (!token) return http::error_response(503, token.error().code, token.error().message);
  if (!token->has_value()) return unauthorized("the token is unknown");
  const std::string secret = storage::random_token().substr(4);  // without the token's prefix
  {
    const std::lock_guard lock(mutex_);
    const std::int64_t now = now_unix_us_();
    std::erase_if(sessions_, [now](const auto& s) { return s.second.ends_at_unix_us <= now; });
    if (sessions_.size() >= kSessions) {
      sessions_.erase(
          std::min_element(sessions_.begin(), sessions_.end(), [](const auto& a, const auto& b) {
            return a.second.ends_at_unix_us < b.second.ends_at_unix_us;
          }));
    }
    sessions_[storage::sha256(secret)] = {{(*token)->scope, (*token)->name},
                                          now + kSessionSeconds * 1'000'000};
  }
  http::Response response = no_content();
  response.set_header("Set-Cookie", cookie(secret, kSessionSeconds));
  return response;
}

http::Response Access::logout(const http::Request& request) {
  const std::string secret = cookie_of(request);
  if (!secret.empty()) {
    if (request.header("X-Pagewake-Csrf") != "1") {
      return http::error_response(403, "csrf_header_missing",
                                  "logging out needs the header X-Pagewake-Csrf: 1");
    }
    const std::lock_guard lock(mutex_);
    sessions_.erase(storage::sha256(secret));
  }
  http::Response response = no_content();
  response.set_header("Set-Cookie", cookie("", 0));
  return response;
}

std::optional<Identity> Access::session_of(const std::string& secret) {
  const std::string hash = storage::sha256(secret);
  const std::lock_guard lock(mutex_);
  const auto at = sessions_.find(hash);
  if (at == sessions_.end()) return std::nullopt;
  if (at->second.ends_at_unix_us <= now_unix_us_()) {
    sessions_.erase(at);
    return std::nullopt;
  }
  return at->second.identity;
}

std::string Access::cookie(const std::string& value, std::int64_t seconds) const {
  return std::string(kCookie) + "=" + value + "; Path=/; Max-Age=" + std::to_string(seconds) +
         "; HttpOnly; SameSite=Strict" + (secure_ ? "; Secure" : "");
}

}  // namespace pagewake::api
