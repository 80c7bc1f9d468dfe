// The second pass of the scrubber: the same rules as in the page, over
// everything that any client sent. Our own SDK's records come here too, since
// a forged or an old client may have sent them unscrubbed.
#include <nlohmann/json.hpp>
#include <string>

#include "base/limits.h"
#include "enrich/enrich.h"
#include "privacy/scrub.h"

namespace pagewake::enrich {
namespace {

using nlohmann::json;

constexpr std::string_view kFiltered = "[Filtered]";

void text(std::string& value) {
  if (!value.empty()) value = scrub_text(value);
}

void url(std::string& value) {
  if (!value.empty()) value = scrub_url(value);
}

bool ends_with(std::string_view name, std::string_view end) {
  return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
}

// "url.full", "http.url", "request.url", "url", "http.target", "Referer".
bool is_url_name(std::string_view name) {
  return name == "url" || name == "uri" || name == "href" || name == "from" || name == "to" ||
         name == "referer" || name == "Referer" || name == "url.full" || ends_with(name, ".url") ||
         ends_with(name, "_url") || name == "http.target";
}

bool is_sql_name(std::string_view name) {
  return name == "db.statement" || name == "db.query.text" || name == "sql" || name == "query_text";
}

// A statement stays readable, its literals go: 'ann@example.org' becomes '?'.
// Two quotes in a row inside a literal stand for one (SQL-92, 5.3).
std::string without_literals(std::string_view sql) {
  std::string out;
  out.reserve(sql.size());
  for (std::size_t i = 0; i < sql.size(); ++i) {
    if (sql[i] != '\'') {
      out += sql[i];
      continue;
    }
    out += "'?'";
    for (++i; i < sql.size(); ++i) {
      if (sql[i] != '\'') continue;
      if (i + 1 < sql.size() && sql[i + 1] == '\'') {
        ++i;
        continue;
      }
      break;
    }
  }
  return out;
}

// "query_string": whole parameters, of which none is allowed here.
bool is_query_name(std::string_view name) {
  return name == "query_string" || name == "url.query" || name == "http.query";
}

void scrub_value(std::string_view name, json& value, int depth) {
  if (is_secret_name(name) && !value.is_null() && !value.is_object() && !value.is_array()) {
    value = kFiltered;
    return;
  }
  if (value.is_string()) {
    auto& held = value.get_ref<std::string&>();
    if (is_query_name(name)) {
      if (!held.empty()) held = kFiltered;
    } else if (is_url_name(name)) {
      url(held);
    } else if (is_sql_name(name)) {
      held = scrub_text(without_literals(held));
    } else {
      text(held);
    }
  } else if (depth >= limits::kJsonDepth) {
    value = kFiltered;  // decoders refuse deeper input; this guards the stack
  } else if (value.is_object()) {
    for (auto& [key, member] : value.items()) scrub_value(key, member, depth + 1);
  } else if (value.is_array()) {
    // [name, value] pairs, as Sentry writes headers and some query strings.
    for (auto& item : value) {
      if (item.is_array() && item.size() == 2 && item[0].is_string() && item[1].is_string()) {
        scrub_value(item[0].get_ref<const std::string&>(), item[1], depth + 1);
      } else {
        scrub_value(name, item, depth + 1);
      }
    }
  }
}

void object(std::string& stored) {
  if (stored.empty()) return;
  json value = json::parse(stored, nullptr, false);
  if (value.is_discarded()) {
    // Only our own decoders write these columns; broken text is not kept.
    stored.clear();
    return;
  }
  scrub_value("", value, 0);
  stored = value.dump(-1, ' ', false, json::error_handler_t::replace);
}

void pairs(KeyValues& values) {
  for (auto& [key, value] : values) {
    if (is_secret_name(key)) {
      value = kFiltered;
    } else if (is_url_name(key)) {
      url(value);
    } else {
      text(value);
    }
  }
}

void breadcrumbs(std::vector<pagewake::Breadcrumb>& crumbs) {
  for (auto& crumb : crumbs) {
    text(crumb.message);
    pairs(crumb.data);
  }
}

}  // namespace

void scrub(model::PageViewRecord& record) {
  PageView& view = record.view;
  url(view.url);
  url(view.referrer);
  text(view.page);
  text(view.title);
  url(view.attribution.lcp_url);
  url(view.attribution.inp_longest_script_url);
  for (auto& resource : view.resources) url(resource.url);
  for (auto& frame : view.long_frames) url(frame.script_url);
  breadcrumbs(view.breadcrumbs);
  for (auto& span : view.spans) {
    text(span.name);
    pairs(span.attributes);
  }
  for (auto& event : view.events) {
    text(event.message);
    url(event.url);
    pairs(event.tags);
    breadcrumbs(event.breadcrumbs);
    for (auto& exception : event.exceptions) {
      text(exception.value);
      for (auto& frame : exception.frames) url(frame.filename);
    }
  }
  pairs(view.tags);
}

void scrub(model::SpanRecord& record) {
  text(record.name);
  text(record.status_message);
  object(record.attributes_json);
  object(record.events_json);
}

void scrub(model::LogRecord& record) {
  text(record.message);
  object(record.attributes_json);
}

void scrub(model::EventRecord& record) {
  text(record.message);
  text(record.message_template);
  text(record.transaction);
  url(record.url);
  for (auto& exception : record.exceptions) {
    text(exception.value);
    for (auto& frame : exception.frames) {
      for (auto& line : frame.context.pre) text(line);
      text(frame.context.line);
      for (auto& line : frame.context.post) text(line);
    }
  }
  breadcrumbs(record.breadcrumbs);
  pairs(record.tags);
  object(record.contexts_json);
  object(record.user_json);
  object(record.request_json);
  object(record.extra_json);
}

}  // namespace pagewake::enrich
