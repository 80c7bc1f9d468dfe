#include "enrich/inbound_filters.h"

#include <cstdlib>
#include <nlohmann/json.hpp>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kBrowsers = 50, kNameBytes = 50;

struct Flag {
  const char* name;
  bool InboundFilters::*value;
};
constexpr Flag kFlags[] = {{"known_noise", &InboundFilters::known_noise},
                           {"browser_extensions", &InboundFilters::browser_extensions},
                           {"bots", &InboundFilters::bots},
                           {"localhost", &InboundFilters::localhost},
                           {"webdriver", &InboundFilters::webdriver}};

Error wrong(std::string message) { return {"invalid_filters", std::move(message)}; }

// "http://user@LOCALHOST:3000/a" gives "localhost".
std::string host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  url = url.substr(0, url.find_first_of("/?#"));
  if (const auto at = url.rfind('@'); at != std::string_view::npos) url.remove_prefix(at + 1);
  url = url.starts_with('[') ? url.substr(0, url.find(']') + 1) : url.substr(0, url.find(':'));
  std::string host(url);
  for (char& c : host) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  return host;
}

bool is_local(std::string_view url) {
  if (url.starts_with("file:")) return true;
  const std::string host = host_of(url);
  return host == "localhost" || host == "[::1]" || host.ends_with(".localhost") ||
         (host.starts_with("127.") && host.find_first_not_of("0123456789.") == std::string::npos);
}

// 15.10 is newer than 15.9, so not by value; a setting has one decimal at most.
bool is_older(const std::string& version, double oldest) {
  char* rest = nullptr;
  const double major = static_cast<double>(std::strtol(version.c_str(), &rest, 10));
  const double minor = *rest == '.' ? static_cast<double>(std::strtol(rest + 1, nullptr, 10)) : 0;
  const double oldest_major = static_cast<double>(static_cast<long>(oldest));
  const double oldest_minor =
      static_cast<double>(static_cast<long>((oldest - oldest_major) * 10 + 0.5));
  return major < oldest_major || (major == oldest_major && minor < oldest_minor);
}

}  // namespace

Result<InboundFilters> parse_inbound_filters(std::string_view json) {
  InboundFilters filters;
  if (json.empty()) return filters;
  const Json body = Json::parse(json, nullptr, false);
  if (!body.is_object()) return wrong("must be a JSON object, {\"bots\":true}");
  for (const auto& [name, value] : body.items()) {
    const Flag* flag = nullptr;
    for (const Flag& one : kFlags) {
      if (name == one.name) flag = &one;
    }
    if (flag != nullptr) {
      if (!value.is_boolean()) return wrong(name + ": must be true or false");
      filters.*(flag->value) = value.get<bool>();
      continue;
    }
    if (name != "oldest_versions") {
      return wrong(name +
                   ": is not one of known_noise, browser_extensions, bots, localhost, "
                   "webdriver, oldest_versions");
    }
    if (!value.is_object() || value.size() > kBrowsers) {
      return wrong("oldest_versions: must be an object of at most 50 browsers, {\"Chrome\":100}");
    }
    for (const auto& [browser, version] : value.items()) {
      const double number = version.is_number() ? version.get<double>() : -1;
      if (!(number >= 0 && number <= 10'000) || browser.empty() || browser.size() > kNameBytes) {
        return wrong("oldest_versions: \"" + browser.substr(0, kNameBytes) +
                     "\" needs a version from 0 to 10000, such as 100 or 15.4");
      }
      filters.oldest_versions[browser] = number;
    }
  }
  return filters;
}

std::string to_json(const InboundFilters& filters) {
  Json json;
  for (const Flag& flag : kFlags) json[flag.name] = filters.*(flag.value);
  Json versions = Json::object();
  for (const auto& [browser, version] : filters.oldest_versions) {
    if (version == static_cast<double>(static_cast<long>(version))) {
      versions[browser] = static_cast<long>(version);
    } else {
      versions[browser] = version;
    }
  }
  json["oldest_versions"] = std::move(versions);
  return json.dump();
}

std::optional<DropReason> filtered(const InboundFilters& filters, const Visitor& visitor) {
  if (filters.localhost && is_local(visitor.url)) return DropReason::kFilteredLocalhost;
  if (filters.webdriver &&
      (visitor.webdriver || visitor.user_agent.find("Headless") != std::string_view::npos)) {
    return DropReason::kFilteredWebdriver;
  }
  if (!filters.bots && filters.oldest_versions.empty()) return std::nullopt;
  const UserAgent agent = parse_user_agent(visitor.user_agent);
  if (filters.bots && agent.bot) return DropReason::kFilteredBot;
  const auto oldest = filters.oldest_versions.find(agent.browser);
  if (oldest != filters.oldest_versions.end() && !agent.browser_version.empty() &&
      is_older(agent.browser_version, oldest->second)) {
    return DropReason::kFilteredOldBrowser;
  }
  return std::nullopt;
}

}  // namespace pagewake::enrich
