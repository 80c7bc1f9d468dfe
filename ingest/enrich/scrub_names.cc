#include "enrich/scrub_names.h"

#include <array>
#include <string>

#include "base/glance_hash.h"
#include "privacy/scrub.h"

namespace pagewake::enrich {
namespace {

bool ends_with(std::string_view name, std::string_view end) {
  return name.size() >= end.size() && name.substr(name.size() - end.size()) == end;
}

std::string folded(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c >= 'A' && c <= 'Z') out += static_cast<char>(c + 32);
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) out += c;
  }
  return out;
}

class NamesKnown {
 public:
  NameRules of(std::string_view name) {
    // A stranger's may be as long as a body.
    if (name.size() > kLongest) return found(name);
    Entry& entry = entries_[glance_hash(name) % entries_.size()];
    if (entry.name != name) entry = {std::string(name), found(name)};
    return entry.rules;
  }

 private:
  static constexpr std::size_t kLongest = 100;
  static NameRules found(std::string_view name) {
    return {is_secret_name(name) || is_address_name(name) || is_query_name(name), is_url_name(name),
            is_sql_name(name)};
  }
  struct Entry {
    std::string name;  // of the empty one nothing is known, which is right
    NameRules rules;
  };
  std::array<Entry, 256> entries_;
};

}  // namespace

NameRules rules_of(std::string_view name) {
  thread_local NamesKnown known;
  return known.of(name);
}

bool is_url_name(std::string_view name) {
  return name == "url" || name == "uri" || name == "href" || name == "from" || name == "to" ||
         name == "referer" || name == "Referer" || name == "url.full" || ends_with(name, ".url") ||
         ends_with(name, "_url") || name == "http.target";
}

bool is_sql_name(std::string_view name) {
  return name == "db.statement" || name == "db.query.text" || name == "sql" || name == "query_text";
}

bool is_query_name(std::string_view name) {
  return name == "query_string" || name == "url.query" || name == "http.query";
}

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

bool is_count_name(std::string_view name) {
  const std::string compared = folded(name);
  return ends_with(compared, "tokens") || ends_with(compared, "count") ||
         ends_with(compared, "length") || ends_with(compared, "size");
}

}  // namespace pagewake::enrich
