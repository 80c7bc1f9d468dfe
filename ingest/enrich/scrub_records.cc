// The second pass of the scrubber: the same rules as in the page, over
// everything that any client sent. Our own SDK's records come here too, since
// a forged or an old client may have sent them unscrubbed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "base/limits.h"
#include "enrich/enrich.h"
#include "privacy/harmless.h"
#include "privacy/scrub.h"

namespace pagewake::enrich {
namespace {

using nlohmann::json;

constexpr std::string_view kFiltered = "[Filtered]";

// What one thread found harmless last, by hash: a site's URLs and texts come
// again with every visit, and to look at one takes several times as long.
class HarmlessMemory {
 public:
  bool is_harmless(std::string_view text, TextKind kind) {
    if (text.size() < kShortest) return is_surely_harmless(text, kind);
    const std::uint64_t hash =
        std::hash<std::string_view>()(text) * 2 + (kind == TextKind::kUrl ? 1 : 0);
    std::uint64_t& known = hashes_[(hash >> 32) % hashes_.size()];
    if (known == hash) return true;
    if (!is_surely_harmless(text, kind)) return false;
    known = hash;
    return true;
  }

 private:
  static constexpr std::size_t kShortest = 16;  // below, to look is as cheap
  std::array<std::uint64_t, 4096> hashes_{};
};

bool is_harmless(std::string_view text, TextKind kind) {
  thread_local HarmlessMemory memory;
  return memory.is_harmless(text, kind);
}

// These say whether they changed anything.

bool replace(std::string& value, std::string scrubbed) {
  if (value == scrubbed) return false;
  value = std::move(scrubbed);
  return true;
}

bool text(std::string& value) {
  return !is_harmless(value, TextKind::kText) && replace(value, scrub_text(value));
}

bool url(std::string& value) {
  return !is_harmless(value, TextKind::kUrl) && replace(value, scrub_url(value));
}

// A URL that our own SDK scrubbed. Which parameters the site allows
// (allowedQueryParameters) is known in the page only, so what is left of the
// query stays, its values scrubbed once more. Raw logs do not rely on this: the
// core replays them with the site's list.
bool own_url(std::string& value) {
  if (is_harmless(value, TextKind::kUrl)) return false;
  std::vector<std::string> kept;
  std::string_view query = value;
  query = query.substr(0, query.find('#'));
  while (true) {
    const auto begin = query.find_first_of("?&");
    if (begin == query.npos) break;
    query.remove_prefix(begin + 1);
    kept.emplace_back(query.substr(0, query.find_first_of("=&")));
  }
  return replace(value, scrub_url(value, kept));
}

// An id the site gave: a hash or a UUID is what it should be, an address is not.
bool user_id(std::string& value) {
  return (value.find('@') != value.npos || value.find("%40") != value.npos) && text(value);
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

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

// Where a visitor's IP address stands: Sentry's user and request, the headers
// of proxies ("http.request.header.x-forwarded-for"), OpenTelemetry's names old
// and new.
bool is_address_name(std::string_view name) {
  const std::string compared = folded(name);
  if (compared == "ip" || compared == "forwarded") return true;
  for (const std::string_view end :
       {"ipaddress", "clientip", "remoteaddr", "clientaddress", "forwardedfor", "realip",
        "connectingip", "networkpeeraddress", "netpeerip", "netsockpeeraddr"}) {
    if (ends_with(compared, end)) return true;
  }
  return false;
}

// Trace ids, commits and request ids are as long and random as secrets, but
// they are what joins records. Only hex counts, only under such a name, and only
// where it is too long for a card number.
bool is_identifier(std::string_view name, std::string_view value) {
  if (value.size() < 32 || value.size() > 64 ||
      value.find_first_not_of("0123456789abcdefABCDEF-") != value.npos) {
    return false;
  }
  const std::string compared = folded(name);
  for (const std::string_view end : {"id", "ids", "trace", "span", "commit", "sha", "revision",
                                     "release", "version", "digest", "hash", "fingerprint"}) {
    if (ends_with(compared, end)) return true;
  }
  return false;
}

// "input_tokens": 12 counts something; a token is no number.
bool is_count(std::string_view name, const json& value) {
  const std::string compared = folded(name);
  return value.is_boolean() ||
         (value.is_number() && (ends_with(compared, "tokens") || ends_with(compared, "count") ||
                                ends_with(compared, "length") || ends_with(compared, "size")));
}

void scrub_value(std::string_view name, json& value, int depth) {
  const bool goes = (is_secret_name(name) && !is_count(name, value)) || is_address_name(name) ||
                    is_query_name(name);
  // A whole object too: of "cookies" any member may be the session.
  if (goes) {
    if (!value.is_null() && value != "") value = kFiltered;
    return;
  }
  if (value.is_string()) {
    auto& held = value.get_ref<std::string&>();
    if (is_identifier(name, held)) {
      return;
    } else if (is_url_name(name)) {
      url(held);
    } else if (is_sql_name(name)) {
      held = without_literals(held);
      text(held);
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

bool pairs(KeyValues& values, bool (*scrub_a_url)(std::string&)) {
  bool changed = false;
  for (auto& [key, value] : values) {
    if (is_secret_name(key) || is_address_name(key) || is_query_name(key)) {
      if (!value.empty()) changed |= replace(value, std::string(kFiltered));
    } else if (is_identifier(key, value)) {
      continue;
    } else if (is_url_name(key)) {
      changed |= scrub_a_url(value);
    } else {
      changed |= text(value);
    }
  }
  return changed;
}

bool breadcrumbs(std::vector<pagewake::Breadcrumb>& crumbs, bool (*scrub_a_url)(std::string&)) {
  bool changed = false;
  for (auto& crumb : crumbs) {
    changed |= text(crumb.message);
    changed |= pairs(crumb.data, scrub_a_url);
  }
  return changed;
}

bool scrub_view(PageView& view) {
  bool changed = false;
  changed |= own_url(view.url);
  changed |= own_url(view.referrer);
  changed |= text(view.page);
  changed |= text(view.title);
  changed |= text(view.attribution.lcp_target);
  changed |= own_url(view.attribution.lcp_url);
  changed |= text(view.attribution.inp_target);
  changed |= own_url(view.attribution.inp_longest_script_url);
  changed |= text(view.attribution.inp_longest_script_invoker);
  changed |= text(view.attribution.cls_largest_shift_target);
  if (view.timing) changed |= text(view.timing->server_timing);
  for (auto& resource : view.resources) {
    changed |= own_url(resource.url);
    changed |= text(resource.server_timing);
  }
  for (auto& frame : view.long_frames) {
    changed |= own_url(frame.script_url);
    changed |= text(frame.invoker);
    for (auto& script : frame.scripts) {
      changed |= own_url(script.url);
      changed |= text(script.invoker);
    }
  }
  changed |= breadcrumbs(view.breadcrumbs, own_url);
  for (auto& span : view.spans) {
    changed |= text(span.name);
    changed |= pairs(span.attributes, own_url);
  }
  for (auto& event : view.events) {
    changed |= text(event.message);
    changed |= own_url(event.url);
    changed |= pairs(event.tags, own_url);
    changed |= breadcrumbs(event.breadcrumbs, own_url);
    for (auto& part : event.fingerprint) changed |= text(part);
    for (auto& exception : event.exceptions) {
      changed |= text(exception.value);
      for (auto& frame : exception.frames) changed |= own_url(frame.filename);
    }
  }
  changed |= pairs(view.tags, own_url);
  return changed;
}

}  // namespace

void scrub(model::PageViewRecord& record) {
  // What was sent names the user too.
  const bool changed = user_id(record.user_id);
  if (scrub_view(record.view) || changed) record.as_sent.clear();
}

void scrub(model::SpanRecord& record) {
  // Some instrumentations name a span after its statement.
  if (record.op.starts_with("db")) record.name = without_literals(record.name);
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
  const auto scrub_a_url = record.source == model::Source::kPagewake ? own_url : url;
  text(record.message);
  text(record.message_template);
  text(record.transaction);
  text(record.page);
  scrub_a_url(record.url);
  user_id(record.user_id);
  for (auto& part : record.custom_fingerprint) text(part);
  for (auto& exception : record.exceptions) {
    text(exception.value);
    for (auto& frame : exception.frames) {
      scrub_a_url(frame.filename);
      scrub_a_url(frame.abs_path);
      for (auto& line : frame.context.pre) text(line);
      text(frame.context.line);
      for (auto& line : frame.context.post) text(line);
    }
  }
  breadcrumbs(record.breadcrumbs, scrub_a_url);
  pairs(record.tags, scrub_a_url);
  object(record.contexts_json);
  object(record.user_json);
  object(record.request_json);
  object(record.extra_json);
}

}  // namespace pagewake::enrich
