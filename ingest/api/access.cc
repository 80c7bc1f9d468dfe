#include "api/access.h"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <utility>

#include "storage/account_rules.h"
#include "storage/password.h"
#include "storage/project_rules.h"

namespace pagewake::api {
namespace {

constexpr char kCookie[] = "pagewake_session";
constexpr std::int64_t kSessionSeconds = 7 * 86'400;
constexpr std::size_t kUnsavedSessions = 100;

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

// A browser says where the page stands that made it send this; a page cannot
// change what it says (Fetch Metadata). Scripts and old browsers say nothing.
bool sent_by_a_foreign_page(const http::Request& request) {
  const auto site = request.header("Sec-Fetch-Site");
  return !site.empty() && site != "same-origin" && site != "none";
}

http::Response cross_site() {
  return http::error_response(403, "cross_site",
                              "a page of another site made the browser send this");
}

std::string text_of(const nlohmann::json& body, const char* name) {
  const auto found = body.find(name);
  return found != body.end() && found->is_string() ? found->get<std::string>() : "";
}

Identity identity_of_token(const storage::Token& token) {
  Identity identity;
  identity.scope = token.scope;
  identity.name = token.name;
  identity.token_id = token.id;
  identity.project = token.project;
  return identity;
}

}  // namespace

std::optional<storage::Scope> Identity::scope_in(model::ProjectId id) const {
  if (!user) {
    if (project != 0 && project != id) return std::nullopt;
    return scope;
  }
  if (user->server_admin) return storage::Scope::kAdmin;
  const auto role = user->role_in(id);
  if (!role) return std::nullopt;
  return storage::scope_of(*role);
}

bool Identity::is_for_all() const { return user ? user->server_admin : project == 0; }

std::string Identity::actor() const { return user ? user->email : "token " + name; }

Access::Access(storage::ProjectStore& projects, storage::AccountStore& accounts,
               std::function<std::int64_t()> now_unix_us, bool secure)
    : projects_(projects),
      accounts_(accounts),
      now_unix_us_(std::move(now_unix_us)),
      secure_(secure) {}

std::variant<Identity, http::Response> Access::check(const http::Request& request) {
  if (const auto secret = bearer_of(request)) {
    const auto token = projects_.token_by_secret(*secret);
    if (!token) return http::error_response(503, token.error().code, token.error().message);
    if (!token->has_value()) return unauthorized("the token is unknown");
    return identity_of_token(**token);
  }
  const std::string cookie = cookie_of(request);
  if (cookie.empty()) return unauthorized("send Authorization: Bearer <token>, or log in");
  const auto session = session_of(cookie);
  if (!session) return http::error_response(503, session.error().code, session.error().message);
  if (!session->has_value()) return unauthorized("the session has ended; log in again");
  auto identity = identity_of(**session);
  if (!identity) return http::error_response(503, identity.error().code, identity.error().message);
  if (!identity->has_value()) return unauthorized("the session has ended; log in again");
  // A foreign page can make a browser send the cookie, but not this header.
  if (changes_something(request)) {
    if (request.header("X-Pagewake-Csrf") != "1") {
      return http::error_response(403, "csrf_header_missing",
                                  "with the session cookie, requests that change something need "
                                  "the header X-Pagewake-Csrf: 1");
    }
    if (sent_by_a_foreign_page(request)) return cross_site();
  }
  return std::move(**identity);
}

Result<std::optional<Identity>> Access::identity_of(const Session& session) {
  if (session.token != 0) {
    const auto token = projects_.token(session.token);
    if (!token) return token.error();
    if (!token->has_value()) return std::optional<Identity>();
    return std::optional(identity_of_token(**token));
  }
  auto user = accounts_.user(session.user);
  if (!user) return user.error();
  if (!user->has_value() || (*user)->disabled ||
      (*user)->password_changed_at_unix_us != session.password_changed_at_unix_us) {
    return std::optional<Identity>();
  }
  Identity identity;
  identity.name = (*user)->name;
  if ((*user)->server_admin) identity.scope = storage::Scope::kAdmin;
  for (const auto& membership : (*user)->memberships)
    identity.scope = std::max(identity.scope, storage::scope_of(membership.role));
  identity.user = std::move(**user);
  return std::optional(std::move(identity));
}

Result<std::optional<Access::Session>> Access::tried(const std::string& token,
                                                     const std::string& email,
                                                     const std::string& password) {
  Session session;
  if (!token.empty()) {
    const auto found = projects_.token_by_secret(token);
    if (!found) return found.error();
    if (!found->has_value()) return std::optional<Session>();
    session.token = (*found)->id;
    return std::optional(session);
  }
  const auto user = accounts_.user_by_email(email);
  if (!user) return user.error();
  std::string hash;
  if (user->has_value() && !(*user)->disabled) {
    const auto stored = accounts_.password_hash((*user)->id);
    if (!stored) return stored.error();
    hash = *stored;
    session.user = (*user)->id;
    session.password_changed_at_unix_us = (*user)->password_changed_at_unix_us;
  }
  // Also where there is no such user: how long it takes must not tell.
  if (!storage::password_matches(hash, password)) return std::optional<Session>();
  return std::optional(session);
}

http::Response Access::login(const http::Request& request) {
  if (sent_by_a_foreign_page(request)) return cross_site();
  const auto body = nlohmann::json::parse(request.body, nullptr, false);
  const auto malformed = [] {
    return http::error_response(400, "malformed",
                                "the body must be {\"email\":\"…\",\"password\":\"…\"} or "
                                "{\"token\":\"pwt_…\"}");
  };
  if (!body.is_object()) return malformed();
  const std::string token = text_of(body, "token");
  const std::string password = text_of(body, "password");
  const auto email = storage::canonical_email(text_of(body, "email"));
  if (token.empty() && (!email || password.empty() || password.size() > 4096)) return malformed();

  // Before the attempt, so that many at once gain nothing; given back where it
  // was the right one.
  const std::int64_t now = now_unix_us_();
  const std::string account = token.empty() ? *email : "";
  auto wait = failures_of_address_.take(request.remote_address, now);
  if (!wait && !account.empty()) wait = failures_of_account_.take(account, now);
  if (wait) {
    auto response = http::error_response(
        429, "rate_limited",
        "too many failed log-ins; try again in " + std::to_string(*wait) + " s");
    response.set_header("Retry-After", std::to_string(*wait));
    return response;
  }
  const auto session = tried(token, account, password);
  if (!session) return http::error_response(503, session.error().code, session.error().message);
  if (!session->has_value()) {
    audit(token.empty() ? account : "token ?", "login_failed");
    return unauthorized(token.empty() ? "the e-mail address or the password is wrong"
                                      : "the token is unknown");
  }
  failures_of_address_.give_back(request.remote_address);
  if (!account.empty()) failures_of_account_.give_back(account);
  const auto identity = identity_of(**session);
  if (identity && *identity) audit((*identity)->actor(), "login");

  http::Response response = no_content();
  response.set_header("Set-Cookie", cookie(begin(**session), kSessionSeconds, request.secure));
  return response;
}

std::string Access::begin(Session session) {
  const std::string secret = storage::random_token().substr(4);  // without the token's prefix
  const std::int64_t now = now_unix_us_();
  session.ends_at_unix_us = now + kSessionSeconds * 1'000'000;
  const std::string hash = storage::sha256(secret);
  if (accounts_.save_session(hash, session, now).ok()) return secret;
  const std::lock_guard lock(mutex_);
  remember_unsaved(hash, session);
  return secret;
}

void Access::remember_unsaved(const std::string& hash, const Session& session) {
  if (unsaved_.size() >= kUnsavedSessions) unsaved_.clear();
  unsaved_[hash] = session;
}

http::Response Access::logout(const http::Request& request) {
  const std::string secret = cookie_of(request);
  if (!secret.empty()) {
    if (request.header("X-Pagewake-Csrf") != "1") {
      return http::error_response(403, "csrf_header_missing",
                                  "logging out needs the header X-Pagewake-Csrf: 1");
    }
    const std::string hash = storage::sha256(secret);
    const bool ended = accounts_.end_session(hash).ok();
    const std::lock_guard lock(mutex_);
    unsaved_.erase(hash);
    // A full disk keeps the row: here it is known to be over.
    if (!ended) remember_unsaved(hash, {});
  }
  http::Response response = no_content();
  response.set_header("Set-Cookie", cookie("", 0, request.secure));
  return response;
}

void Access::end_unsaved_sessions_of(std::int64_t user) {
  const std::lock_guard lock(mutex_);
  std::erase_if(unsaved_, [user](const auto& s) { return s.second.user == user; });
}

Result<std::optional<Access::Session>> Access::session_of(const std::string& secret) {
  const std::string hash = storage::sha256(secret);
  std::optional<Session> session;
  {
    const std::lock_guard lock(mutex_);
    const auto at = unsaved_.find(hash);
    if (at != unsaved_.end()) session = at->second;
  }
  if (!session) {
    auto stored = accounts_.session(hash);
    if (!stored) return stored;
    session = *stored;
  }
  if (session && session->ends_at_unix_us <= now_unix_us_()) session.reset();
  return session;
}

void Access::audit(const std::string& actor, const char* action) {
  // A log-in must not fail because the log is full.
  (void)accounts_.add_audit({0, 0, actor, action, "", 0});
}

std::string Access::cookie(const std::string& value, std::int64_t seconds, bool secure) const {
  // Lax and not Strict: a link in a chat message must open the dashboard logged
  // in. Requests that change something have the header and Sec-Fetch-Site.
  return std::string(kCookie) + "=" + value + "; Path=/; Max-Age=" + std::to_string(seconds) +
         "; HttpOnly; SameSite=Lax" + (secure_ || secure ? "; Secure" : "");
}

}  // namespace pagewake::api
