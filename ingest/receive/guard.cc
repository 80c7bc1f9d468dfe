#include "receive/guard.h"

#include <algorithm>
#include <charconv>
#include <utility>

#include "http/inflate.h"
#include "protocols/protocols.h"

namespace pagewake::receive {

namespace {

// How long a project that another process changed may still be seen as it was.
constexpr std::int64_t kCacheUs = 1'000'000;

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_with_ignoring_case(std::string_view text, std::string_view start) {
  return text.size() >= start.size() &&
         std::equal(start.begin(), start.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && text.front() == ' ') text.remove_prefix(1);
  while (!text.empty() && text.back() == ' ') text.remove_suffix(1);
  return text;
}

// "Sentry sentry_version=7, sentry_key=…, sentry_client=…"
std::string_view sentry_key_of(std::string_view header) {
  if (!starts_with_ignoring_case(header, "Sentry ")) return {};
  header.remove_prefix(7);
  while (true) {
    const auto comma = header.find(',');
    const auto pair = trim(header.substr(0, comma));
    if (pair.starts_with("sentry_key=")) return trim(pair.substr(11));
    if (comma == std::string_view::npos) return {};
    header.remove_prefix(comma + 1);
  }
}

bool origin_allowed(const storage::Project& project, std::string_view origin) {
  // Backends send no Origin. A browser always does, and cannot be made not to.
  if (project.allowed_origins.empty() || origin.empty()) return true;
  return std::any_of(project.allowed_origins.begin(), project.allowed_origins.end(),
                     [&](const std::string& allowed) {
                       return allowed.size() == origin.size() &&
                              starts_with_ignoring_case(origin, allowed);
                     });
}

std::optional<model::ProjectId> parse_project(std::string_view text) {
  model::ProjectId id = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), id);
  if (error != std::errc() || end != text.data() + text.size() || id <= 0) return std::nullopt;
  return id;
}

Refusal store_down(const Error& error) {
  Refusal refusal;
  refusal.status = 503;
  refusal.reason = DropReason::kStoreFailed;
  refusal.code = "store_failed";
  refusal.message = error.message;
  refusal.retry_after_s = 5;
  return refusal;
}

}  // namespace

std::string public_key_of(const http::Request& request) {
  for (const auto name : {"key", "sentry_key"}) {
    if (const auto value = request.query_value(name); !value.empty()) return std::string(value);
  }
  for (const auto name : {"x-pagewake-key", "x-api-key"}) {  // the second is Faro's `apiKey`
    if (const auto value = request.header(name); !value.empty()) return std::string(value);
  }
  if (const auto key = sentry_key_of(request.header("X-Sentry-Auth")); !key.empty())
    return std::string(key);
  const auto authorization = request.header("Authorization");
  if (starts_with_ignoring_case(authorization, "Bearer "))
    return std::string(trim(authorization.substr(7)));
  return std::string(sentry_key_of(authorization));
}

Guard::Guard(storage::ProjectStore& projects, std::function<std::int64_t()> now_unix_us,
             const Rates& rates, std::function<model::Quotas(model::ProjectId)> quotas_of)
    : projects_(projects),
      now_unix_us_(std::move(now_unix_us)),
      per_key_(rates.key_per_second, rates.key_burst),
      per_address_(rates.address_per_second, rates.address_burst),
      quotas_of_(std::move(quotas_of)) {}

Result<std::optional<storage::Project>> Guard::project_by_key(const std::string& key,
                                                              std::int64_t now_us) {
  std::uint64_t forgotten = 0;
  {
    const std::lock_guard lock(mutex_);
    forgotten = forgotten_;
    const auto found = by_key_.find(key);
    // A clock that was set back must not keep an entry for years.
    if (found != by_key_.end() && now_us < found->second.until_unix_us &&
        found->second.until_unix_us - now_us <= kCacheUs) {
      return std::optional(found->second.project);
    }
  }
  auto project = projects_.project_by_key(key);
  if (!project.ok()) return project;
  const std::lock_guard lock(mutex_);
  // Only keys that exist are kept, so guessing keys takes no memory.
  if (!project.value()) {
    by_key_.erase(key);
  } else if (forgotten == forgotten_) {
    by_key_[key] = {*project.value(), now_us + kCacheUs};
  }
  return project;
}

void Guard::forget(model::ProjectId project) {
  const std::lock_guard lock(mutex_);
  ++forgotten_;
  std::erase_if(by_key_, [&](const auto& known) { return known.second.project.id == project; });
}

std::optional<Refusal> Guard::identify(const http::Request& request, const std::string& key,
                                       storage::Project& project) {
  Refusal refusal;
  const auto in_path = request.path_parameter("project");
  const auto wanted = in_path.empty() ? std::nullopt : parse_project(in_path);
  auto found = key.empty()
                   ? Result<std::optional<storage::Project>>(std::optional<storage::Project>())
                   : project_by_key(key, now_unix_us_());
  if (!found.ok()) return store_down(found.error());
  if (!found.value() || (wanted && found.value()->id != *wanted) || (!in_path.empty() && !wanted)) {
    // Which of the two is wrong: the number first, it is what the URL says.
    if (!in_path.empty()) {
      auto named = wanted
                       ? projects_.project(*wanted)
                       : Result<std::optional<storage::Project>>(std::optional<storage::Project>());
      if (!named.ok()) return store_down(named.error());
      if (!named.value()) {
        refusal.status = 404;
        refusal.reason = DropReason::kUnknownProject;
        refusal.code = name_of(refusal.reason);
        refusal.message = "no project has the number \"" + std::string(in_path) +
                          "\"; copy the DSN from the project's settings";
        return refusal;
      }
      refusal.project = named.value()->id;
    }
    refusal.status = 401;
    refusal.reason = DropReason::kBadKey;
    refusal.code = name_of(refusal.reason);
    refusal.message = key.empty()     ? "no public key: send it as ?key=, x-pagewake-key, "
                                        "X-Sentry-Auth or Authorization: Bearer"
                      : found.value() ? "the public key belongs to another project"
                                      : "the public key is not known";
    return refusal;
  }
  project = std::move(*found.value());
  if (!origin_allowed(project, request.header("Origin"))) {
    refusal.project = project.id;
    refusal.status = 403;
    refusal.reason = DropReason::kOriginDenied;
    refusal.code = name_of(refusal.reason);
    refusal.message = "the origin " + std::string(request.header("Origin")) +
                      " is not among the project's allowed origins";
    return refusal;
  }
  return std::nullopt;
}

std::variant<Admitted, Refusal> Guard::admit(const http::Request& request,
                                             const Protocol& protocol) {
  const std::int64_t now = now_unix_us_();
  const auto limited = [](int retry_after_s, model::ProjectId project, const char* whose) {
    Refusal refusal;
    refusal.status = 429;
    refusal.reason = DropReason::kRateLimited;
    refusal.code = name_of(refusal.reason);
    refusal.project = project;
    refusal.message = std::string("this ") + whose + " sends more than its rate";
    refusal.retry_after_s = retry_after_s;
    return refusal;
  };
  if (const auto wait = per_address_.take(request.remote_address, now))
    return limited(*wait, 0, "address");

  Admitted admitted;
  admitted.received_at_unix_us = now;
  std::string key = public_key_of(request);
  const auto read_body = [&](model::ProjectId project) -> std::optional<Refusal> {
    auto plain =
        http::inflate_body(request.body, request.header("Content-Encoding"), protocol.body_bytes);
    if (plain.ok()) {
      admitted.body = std::move(plain).value();
      return std::nullopt;
    }
    Refusal refusal;
    refusal.project = project;
    refusal.code = plain.error().code;
    refusal.message = plain.error().message;
    const bool large = plain.error().code == "body_too_large";
    refusal.status = large ? 413 : 400;
    refusal.reason = large ? DropReason::kTooLarge : DropReason::kBadEncoding;
    refusal.limit_bytes = large ? protocol.body_bytes : 0;
    return refusal;
  };
  bool read = false;
  if (key.empty() && protocol.key_in_envelope) {
    if (auto refusal = read_body(0)) return *refusal;
    read = true;
    const auto auth = protocols::peek_envelope_auth(admitted.body);
    if (auth.ok()) key = auth.value().public_key;
  }
  storage::Project project;
  if (auto refusal = identify(request, key, project)) return *refusal;
  admitted.project = project.id;
  if (const auto wait = per_key_.take(project.public_key, now))
    return limited(*wait, project.id, "key");
  if (const auto wait =
          per_project_.take(project.id, quotas_of_(project.id).requests_per_day, now)) {
    auto refusal = limited(*wait, project.id, "project");
    refusal.message = "the project has used up its requests of this UTC day";
    return refusal;
  }
  if (!read) {
    if (auto refusal = read_body(project.id)) return *refusal;
  }
  return admitted;
}

Refusal Guard::too_large(const http::Request& request, const Protocol& protocol) {
  storage::Project project;
  const std::string key = public_key_of(request);
  // Without a body a tunnelled key cannot be seen; the size is then the reason.
  if (!(key.empty() && protocol.key_in_envelope)) {
    if (auto refusal = identify(request, key, project)) return *refusal;
  }
  Refusal refusal;
  refusal.status = 413;
  refusal.reason = DropReason::kTooLarge;
  refusal.code = name_of(refusal.reason);
  refusal.project = project.id;
  refusal.message = "the body is larger than " + std::to_string(protocol.body_bytes) + " bytes";
  refusal.limit_bytes = protocol.body_bytes;
  return refusal;
}

}  // namespace pagewake::receive
