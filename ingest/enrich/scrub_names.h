// What the name of a field says about its value. Names are those of Sentry,
// OpenTelemetry and HTTP.
#pragma once

#include <string_view>

namespace pagewake::enrich {

// "url.full", "http.url", "request.url", "url", "http.target", "Referer".
bool is_url_name(std::string_view name);
bool is_sql_name(std::string_view name);
// "query_string": whole parameters, of which none is allowed here.
bool is_query_name(std::string_view name);
// Where a visitor's IP address stands: Sentry's user and request, the headers
// of proxies ("http.request.header.x-forwarded-for"), OpenTelemetry's names old
// and new.
bool is_address_name(std::string_view name);
// Trace ids, commits and request ids are as long and random as secrets, but
// they are what joins records. Only hex counts, only under such a name, and only
// where it is too long for a card number.
bool is_identifier(std::string_view name, std::string_view value);
// Names of numbers: "input_tokens" counts something; a token is no number.
bool is_count_name(std::string_view name);

// What the name says, at once. Each thread remembers it of the names it met: those
// of a site or a backend are few.
struct NameRules {
  bool goes = false;  // a secret's (privacy/scrub.h), an address's or a query's
  bool is_url = false, is_sql = false;
};
NameRules rules_of(std::string_view name);

}  // namespace pagewake::enrich
