#include "query/issue_search.h"

#include <algorithm>
#include <array>
#include <string>
#include <vector>

namespace pagewake::query {
namespace {

constexpr std::size_t kSearchBytes = 2000;
constexpr std::array<std::string_view, 7> kTagKeys = {"browser", "os",          "device", "country",
                                                      "page",    "server_name", "handled"};
constexpr std::string_view kKnown =
    "is, assigned, release, environment, level, type, platform, user, browser, os, device, "
    "country, page, server_name, handled, tag.NAME";

Error wrong(std::string message) { return {"invalid_query", std::move(message)}; }

bool is_key_text(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || c == '_' || c == '.' || c == '-' || (c >= '0' && c <= '9') ||
           (c >= 'A' && c <= 'Z');
  });
}

std::optional<Error> apply(storage::IssueQuery& query, const std::string& key, std::string value) {
  const auto once = [&](std::optional<std::string>& field) -> std::optional<Error> {
    if (field) return wrong("\"" + key + ":\" is there twice; an issue is searched by one");
    field = std::move(value);
    return std::nullopt;
  };
  if (key == "is") {
    if (value == "unassigned") {
      query.assignee = "";
      return std::nullopt;
    }
    const auto status = model::issue_status_from(value);
    if (!status) {
      return wrong("is:" + value +
                   " is unknown; is: takes unresolved, resolved, resolved_in_next_release, "
                   "ignored or unassigned");
    }
    if (query.status) return wrong("\"is:\" with a status is there twice");
    query.status = status;
    return std::nullopt;
  }
  if (key == "assigned") return once(query.assignee);
  if (key == "release") return once(query.release);
  if (key == "environment") return once(query.environment);
  if (key == "level") return once(query.level);
  if (key == "type") return once(query.type);
  if (key == "platform") return once(query.platform);
  if (key == "user") return once(query.user);
  if (std::find(kTagKeys.begin(), kTagKeys.end(), key) != kTagKeys.end()) {
    query.tags.emplace_back(key, std::move(value));
    return std::nullopt;
  }
  if (key.starts_with("tag.") && key.size() > 4) {
    query.tags.emplace_back(key.substr(4), std::move(value));
    return std::nullopt;
  }
  return wrong("unknown key \"" + key + ":\"; known are " + std::string(kKnown) +
               ". Quotes search for the text itself: \"" + key + ":" + value + "\"");
}

}  // namespace

Result<storage::IssueQuery> parse_issue_search(std::string_view text) {
  if (text.size() > kSearchBytes) {
    return wrong("the search is longer than " + std::to_string(kSearchBytes) + " bytes");
  }
  storage::IssueQuery query;
  std::size_t at = 0;
  const auto word_end = [&](std::size_t from) {
    return std::min(text.find_first_of(" \t\n", from), text.size());
  };
  // What stands in quotes from `at`, which moves behind them.
  const auto quoted = [&]() -> Result<std::string> {
    const auto end = text.find('"', at + 1);
    if (end == std::string_view::npos) return wrong("a quote is not closed");
    std::string value(text.substr(at + 1, end - at - 1));
    at = end + 1;
    return value;
  };
  const auto add_text = [&](std::string_view word) {
    if (word.empty()) return;
    if (!query.text.empty()) query.text += ' ';
    query.text += word;
  };
  while (true) {
    at = text.find_first_not_of(" \t\n", at);
    if (at == std::string_view::npos) return query;
    if (text[at] == '"') {
      auto value = quoted();
      if (!value) return value.error();
      add_text(*value);
      continue;
    }
    const std::string_view word = text.substr(at, word_end(at) - at);
    const auto colon = word.find(':');
    // "TypeError: x" and "http://…" are texts, not keys.
    const bool keyed = colon != std::string_view::npos && is_key_text(word.substr(0, colon)) &&
                       colon + 1 < word.size() && !word.substr(colon).starts_with("://");
    if (!keyed) {
      if (colon != std::string_view::npos && colon + 1 == word.size() &&
          (word.substr(0, colon) == "is" || word.substr(0, colon) == "release" ||
           word.substr(0, colon) == "user")) {
        return wrong("\"" + std::string(word) + "\" has no value behind it");
      }
      add_text(word);
      at += word.size();
      continue;
    }
    const std::string key(word.substr(0, colon));
    at += colon + 1;
    std::string value;
    if (text[at] == '"') {
      auto inner = quoted();
      if (!inner) return inner.error();
      value = std::move(*inner);
    } else {
      value = std::string(text.substr(at, word_end(at) - at));
      at = word_end(at);
    }
    if (auto error = apply(query, key, std::move(value))) return *error;
  }
}

}  // namespace pagewake::query
