// What a project does not want from browsers, by who sent it. Pure, safe from
// many threads. (Noise by what an error says is stack/stack_parse.h's.)
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "base/drop_reason.h"
#include "base/result.h"

namespace pagewake::enrich {

struct InboundFilters {
  bool known_noise = true;         // "Script error." without a place, ResizeObserver loop
  bool browser_extensions = true;  // errors thrown in an extension's script
  // Of page views and errors of browsers; off until someone wants them.
  bool bots = false;       // crawlers and tools that say so in their User-Agent
  bool localhost = false;  // pages of localhost, 127.0.0.0/8, ::1, *.localhost and files
  bool webdriver = false;  // browsers under automation
  // The oldest version still wanted, by browser as reports name it:
  // {"Chrome": 100, "Safari": 15.4}. Others are always wanted.
  std::map<std::string, double> oldest_versions;
  friend bool operator==(const InboundFilters&, const InboundFilters&) = default;
};

// As the API takes and gives them; what is left out has its default, "" is all
// defaults. Error "invalid_filters": names the field and what is allowed.
Result<InboundFilters> parse_inbound_filters(std::string_view json);
std::string to_json(const InboundFilters& filters);

struct Visitor {
  std::string_view user_agent, url;
  bool webdriver = false;  // navigator.webdriver, where the browser said so
};
// Why not to keep what this visitor sent; nothing: keep it.
std::optional<DropReason> filtered(const InboundFilters& filters, const Visitor& visitor);

}  // namespace pagewake::enrich
