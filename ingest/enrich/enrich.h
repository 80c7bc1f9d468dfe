// What the server adds to a record: browser and device from the User-Agent, and
// clock skew; and the second pass of the scrubber. (The route of a URL is the
// core's: wire/page_name.h.) All pure and safe from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "model/records.h"

namespace pagewake::enrich {

struct UserAgent {
  std::string browser, browser_version, os, device_type;  // "Chrome","156","Android","mobile"
  bool bot = false;
};
// Best effort for the browsers people use; bounded time. "" where unknown.
UserAgent parse_user_agent(std::string_view user_agent);

// Scrub everything a client sent (texts, URLs, JSON attribute values by field
// name), the same rules as in the page; visitors' IP addresses go, SQL keeps its
// text without literals, trace ids and the like stay. Of URLs from our own SDK
// the parameters stay that the page kept; of all others the query goes.
// Idempotent.
void scrub(model::PageViewRecord&);
void scrub(model::SpanRecord&);
void scrub(model::LogRecord&);
void scrub(model::EventRecord&);

// `client_sent_at_unix_us` against the server's clock: shift beyond 2 s is
// corrected, below it is kept as zero (network time looks like skew).
std::int64_t clock_skew_us(std::int64_t client_sent_at_unix_us, std::int64_t received_at_unix_us);

}  // namespace pagewake::enrich
