#include "protocols/check_decoded.h"

#include <nlohmann/json.hpp>

#include "base/utf8.h"

namespace pagewake::testing {
namespace {

bool is_json_or_empty(const std::string& text) {
  return text.empty() || nlohmann::json::accept(text);
}

}  // namespace

std::string broken_promise(const Result<protocols::Decoded>& decoded) {
  if (!decoded.ok()) {
    const std::string& code = decoded.error().code;
    if (code != "malformed" && code != "nesting_too_deep" && code != "unknown_version") {
      return "error code " + code;
    }
    return decoded.error().message.empty() ? "an error without a message" : "";
  }
  for (const auto& span : decoded->records.spans) {
    if (span.trace_id.is_zero() || span.span_id.is_zero()) return "a span without ids";
    if (span.duration_us < 0) return "a negative duration";
    if (!is_json_or_empty(span.attributes_json)) return "attributes: " + span.attributes_json;
    if (!is_json_or_empty(span.events_json)) return "span events: " + span.events_json;
    if (!is_json_or_empty(span.links_json)) return "links: " + span.links_json;
    if (!is_valid_utf8(span.name)) return "a span's name is not UTF-8";
  }
  for (const auto& log : decoded->records.logs) {
    if (!is_json_or_empty(log.attributes_json)) return "attributes: " + log.attributes_json;
    if (!is_valid_utf8(log.message)) return "a message is not UTF-8";
    if (log.severity_number < 1 || log.severity_number > 24) return "a severity out of range";
  }
  for (const auto& event : decoded->records.events) {
    if (event.event_id.is_zero()) return "an event without id";
    for (const std::string* json :
         {&event.contexts_json, &event.user_json, &event.request_json, &event.extra_json}) {
      if (!is_json_or_empty(*json)) return "an event's JSON: " + *json;
    }
    if (!is_valid_utf8(event.message)) return "a message is not UTF-8";
  }
  for (const auto& record : decoded->records.page_views) {
    if (record.view.page_view_id.is_zero()) return "a page view without id";
  }
  for (const auto& drop : decoded->drops) {
    if (drop.count == 0) return "a drop of nothing";
  }
  return "";
}

}  // namespace pagewake::testing
