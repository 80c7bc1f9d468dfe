// The User-Agent header of the browsers people use. A table and not a library
// of thousands of patterns: what is unknown stays "", and a report says so.
// The header is a chain of "Product/version" tokens in which later browsers
// repeat the tokens of earlier ones, so the order of the table decides: the
// most specific token first (RFC 9110, section 10.1.5, and the browsers' own
// documentation of their strings).
#include <algorithm>
#include <array>
#include <functional>

#include "enrich/enrich.h"

namespace pagewake::enrich {
namespace {

// A User-Agent longer than this is not a browser's.
constexpr std::size_t kReadBytes = 1024;

struct Product {
  std::string_view token;  // what stands before the version
  std::string_view browser;
};

constexpr Product kProducts[] = {
    {"EdgiOS/", "Edge"},
    {"EdgA/", "Edge"},
    {"Edg/", "Edge"},
    {"Edge/", "Edge"},
    {"OPR/", "Opera"},
    {"OPiOS/", "Opera"},
    {"SamsungBrowser/", "Samsung Internet"},
    {"UCBrowser/", "UC Browser"},
    {"YaBrowser/", "Yandex"},
    {"Vivaldi/", "Vivaldi"},
    {"DuckDuckGo/", "DuckDuckGo"},
    {"FxiOS/", "Firefox"},
    {"CriOS/", "Chrome"},
    {"HeadlessChrome/", "Chrome"},
    {"Firefox/", "Firefox"},
    {"Chrome/", "Chrome"},
    {"Chromium/", "Chrome"},
};

constexpr std::string_view kBotWords[] = {
    "bot",         "crawler",       "spider",          "slurp",      "facebookexternalhit",
    "lighthouse",  "pingdom",       "uptimerobot",     "statuscake", "googleother",
    "bingpreview", "mediapartners", "python-requests", "curl/",      "wget/",
};

bool contains(std::string_view text, std::string_view part) {
  return text.find(part) != std::string_view::npos;
}

// "156.0.8078.79" gives "156"; Safari keeps its minor ("17.4").
std::string version_after(std::string_view agent, std::string_view token, bool with_minor) {
  const auto at = agent.find(token);
  if (at == std::string_view::npos) return {};
  std::string_view rest = agent.substr(at + token.size());
  int dots = 0;
  std::size_t n = 0;
  for (; n < rest.size() && n < 16; ++n) {
    const char c = rest[n];
    if (c == '.') {
      if (++dots > (with_minor ? 1 : 0)) break;
    } else if (c < '0' || c > '9') {
      break;
    }
  }
  while (n > 0 && rest[n - 1] == '.') --n;
  return std::string(rest.substr(0, n));
}

std::string os_of(std::string_view agent) {
  if (contains(agent, "Windows")) return "Windows";
  if (contains(agent, "Android")) return "Android";
  if (contains(agent, "iPhone") || contains(agent, "iPad") || contains(agent, "iPod")) return "iOS";
  if (contains(agent, "CrOS")) return "ChromeOS";
  if (contains(agent, "Macintosh") || contains(agent, "Mac OS X")) return "macOS";
  if (contains(agent, "Linux") || contains(agent, "X11")) return "Linux";
  return {};
}

std::string device_of(std::string_view agent, std::string_view os) {
  // Android tablets are those that do not say "Mobile" (Chrome's own advice).
  if (contains(agent, "iPad") || contains(agent, "Tablet")) return "tablet";
  if (os == "Android") return contains(agent, "Mobile") ? "mobile" : "tablet";
  if (contains(agent, "Mobile") || contains(agent, "iPhone") || contains(agent, "iPod")) {
    return "mobile";
  }
  return os.empty() ? std::string() : std::string("desktop");
}

UserAgent parse(std::string_view agent) {
  UserAgent result;
  for (const Product& product : kProducts) {
    if (!contains(agent, product.token)) continue;
    result.browser = product.browser;
    result.browser_version = version_after(agent, product.token, false);
    break;
  }
  // Safari writes its version into another token; so do web views of iOS,
  // which have no browser's name at all.
  if (result.browser.empty() && contains(agent, "AppleWebKit/")) {
    if (contains(agent, "Version/") && contains(agent, "Safari/")) {
      result.browser = "Safari";
      result.browser_version = version_after(agent, "Version/", true);
    } else if (contains(agent, "iPhone") || contains(agent, "iPad")) {
      result.browser = "iOS WebView";
    }
  }
  result.os = os_of(agent);
  result.device_type = device_of(agent, result.os);

  std::string lower(agent);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  // A maker of phones, not a robot.
  if (const auto cubot = lower.find("cubot"); cubot != lower.npos) lower.erase(cubot, 5);
  result.bot = std::any_of(std::begin(kBotWords), std::end(kBotWords),
                           [&](std::string_view word) { return contains(lower, word); });
  return result;
}

// What one thread parsed last. Visitors' browsers are few.
class Recent {
 public:
  const UserAgent& of(std::string_view agent) {
    Entry& entry = entries_[std::hash<std::string_view>()(agent) % entries_.size()];
    if (!entry.used || entry.text != agent) entry = {true, std::string(agent), parse(agent)};
    return entry.parsed;
  }

 private:
  struct Entry {
    bool used = false;
    std::string text;
    UserAgent parsed;
  };
  std::array<Entry, 64> entries_;
};

}  // namespace

UserAgent parse_user_agent(std::string_view user_agent) {
  thread_local Recent recent;
  return recent.of(user_agent.substr(0, kReadBytes));
}

}  // namespace pagewake::enrich
