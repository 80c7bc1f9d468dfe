// Reports that browsers send by themselves. report-uri posts one
// {"csp-report":{…}} with dashes in its names (CSP level 2); the Reporting API
// a list of {type, age, url, user_agent, body} (w3.org/TR/reporting-1).
#include <optional>
#include <utility>

#include "base/limits.h"
#include "base/utf8.h"
#include "protocols/content_hash.h"
#include "protocols/json.h"
#include "protocols/json_write.h"
#include "protocols/protocols.h"

namespace pagewake::protocols {
namespace {

using model::Category;

constexpr std::size_t kReportsPerBody = 1000;
constexpr std::int64_t kSecondUs = 1'000'000;

std::string name_text(std::string_view text) {
  return std::string(cut_utf8(text, limits::kNameBytes));
}

// The Reporting API's name of a field, then report-uri's.
Value field(const Value& body, std::string_view camel, std::string_view dashed) {
  const Value value = body[camel];
  return value.present() ? value : body[dashed];
}

bool is_extension(std::string_view url) {
  const auto scheme = url.substr(0, url.find(':'));
  return scheme.ends_with("-extension");  // chrome-, moz-, safari-web-, ...
}

// "https://cdn.example:8443/a.js?x=1" gives "cdn.example:8443"; keywords
// ("inline", "eval", "data") stay.
std::string_view host_of(std::string_view url) {
  const auto scheme = url.find("://");
  if (scheme == url.npos) return url;
  const std::string_view rest = url.substr(scheme + 3);
  return rest.substr(0, rest.find_first_of("/?#"));
}

std::int32_t position(const Value& value) {
  const auto number = value.integer();
  return number && *number > 0 && *number < INT32_MAX ? static_cast<std::int32_t>(*number) : 0;
}

void add_tag(model::EventRecord& record, std::string_view key, std::string_view value) {
  if (!value.empty()) record.tags.emplace_back(key, name_text(value));
}

struct Report {
  std::string_view type, url;
  Value body;
  std::int64_t occurred_at_unix_us = 0;
};

// A violation of the page's content security policy. Nothing: it comes from
// one of the visitor's browser extensions.
bool read_csp(model::EventRecord& record, const Report& report) {
  const Value& body = report.body;
  const std::string_view blocked = field(body, "blockedURL", "blocked-uri").text();
  const std::string_view source = field(body, "sourceFile", "source-file").text();
  if (is_extension(blocked) || is_extension(source)) return false;
  std::string_view directive = field(body, "effectiveDirective", "effective-directive").text();
  if (directive.empty()) directive = body["violated-directive"].text();
  directive = directive.substr(0, directive.find(' '));
  const std::string_view document = field(body, "documentURL", "document-uri").text();
  if (!document.empty()) record.url = cut_utf8(document, limits::kUrlBytes);
  const std::string what = blocked.empty() ? "something" : name_text(host_of(blocked));
  record.message = "Content security policy: " + name_text(directive) + " blocks " + what;
  record.message_template = record.message;
  add_tag(record, "effective_directive", directive);
  add_tag(record, "blocked", blocked);
  add_tag(record, "disposition", body["disposition"].text());
  return true;
}

void read_other(model::EventRecord& record, const Report& report) {
  const Value& body = report.body;
  std::string_view text = body["message"].text();
  if (text.empty()) text = body["reason"].text();  // crash
  if (text.empty()) text = body["id"].text();
  record.message = name_text(report.type);
  if (!text.empty()) record.message += ": " + std::string(text);
  record.message = cut_utf8(record.message, limits::kMessageBytes);
  record.message_template = record.message;
  add_tag(record, "report_id", body["id"].text());
  if (report.type == "crash") record.level = "fatal";
}

void take(Decoded& decoded, const Report& report, std::string_view user_agent, std::size_t ordinal,
          std::int64_t received_at_unix_us) {
  model::EventRecord record;
  record.source = model::Source::kBrowserReport;
  record.platform = "javascript";
  record.level = "warning";
  record.logger = name_text(report.type);
  record.url = cut_utf8(report.url, limits::kUrlBytes);
  record.occurred_at_unix_us = report.occurred_at_unix_us;
  record.received_at_unix_us = received_at_unix_us;
  if (report.type == "csp-violation") {
    if (!read_csp(record, report)) {
      decoded.drops.push_back({Category::kEvent, DropReason::kNoise, 1});
      return;
    }
  } else {
    read_other(record, report);
  }
  const Value source = field(report.body, "sourceFile", "source-file");
  if (const std::string_view file = source.text(); !file.empty()) {
    JsonObject extra;
    extra.text("source_file", file);
    const auto line = position(field(report.body, "lineNumber", "line-number"));
    const auto column = position(field(report.body, "columnNumber", "column-number"));
    if (line > 0) extra.member("line", std::to_string(line));
    if (column > 0) extra.member("column", std::to_string(column));
    extra.text("sample", field(report.body, "sample", "script-sample").text());
    record.extra_json = extra.take();
  }
  // Reports have no id. The browser sends a Reporting API report again when it
  // got no answer, with a greater age: the second in which it happened stays
  // the same. Two in that second are told apart by their place in the body.
  record.event_id = ContentHash()
                        .add("browser report")
                        .add(report.type)
                        .add(report.url)
                        .add(user_agent)
                        .add(to_json(report.body))
                        .add(static_cast<std::uint64_t>(report.occurred_at_unix_us / kSecondUs))
                        .add(static_cast<std::uint64_t>(ordinal))
                        .event_id();
  if (decoded.id.empty()) decoded.id = to_hex(record.event_id);
  decoded.records.events.push_back(std::move(record));
}

}  // namespace

Result<Decoded> decode_browser_reports(std::string_view body, std::int64_t received_at_unix_us) {
  auto document = Document::parse(body, "the report");
  if (!document.ok()) return document.error();
  const Value root = document->root();
  Decoded decoded;
  if (root["csp-report"].is_object()) {
    Report report;
    report.type = "csp-violation";
    report.body = root["csp-report"];
    report.url = report.body["document-uri"].text();
    report.occurred_at_unix_us = received_at_unix_us;
    take(decoded, report, {}, 0, received_at_unix_us);
    return decoded;
  }
  if (!root.is_array() && !root["type"].is_string()) {
    return Error{"malformed", "want {\"csp-report\":{…}} or the Reporting API's list of reports"};
  }
  std::size_t ordinal = 0;
  std::optional<Error> first_error;
  const auto take_one = [&](const Value& item) {
    if (++ordinal > kReportsPerBody) {
      decoded.drops.push_back({Category::kEvent, DropReason::kTruncated, 1});
      return;
    }
    if (!item["type"].is_string() || !item["body"].is_object()) {
      decoded.drops.push_back({Category::kEvent, DropReason::kMalformed, 1});
      if (!first_error) {
        first_error = Error{"malformed", "report " + std::to_string(ordinal) +
                                             " has no \"type\" or no object \"body\""};
      }
      return;
    }
    Report report;
    report.type = item["type"].text();
    report.url = item["url"].text();
    report.body = item["body"];
    // No older than a day: browsers give up long before.
    const auto age_ms = item["age"].integer().value_or(0);
    const bool usable = age_ms > 0 && age_ms < 86'400'000;
    report.occurred_at_unix_us = received_at_unix_us - (usable ? age_ms * 1000 : 0);
    take(decoded, report, item["user_agent"].text(), ordinal, received_at_unix_us);
  };
  if (root.is_array()) {
    root.for_each_item(take_one);
  } else {
    take_one(root);
  }
  if (first_error && decoded.drops.size() == ordinal) return *first_error;
  return decoded;
}

}  // namespace pagewake::protocols
