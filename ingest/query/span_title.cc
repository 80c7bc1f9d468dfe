#include "query/span_title.h"

#include <simdjson.h>

#include <string_view>

#include "base/utf8.h"

namespace pagewake::query {
namespace {

bool is_word(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

// "IN (?, ?, ?)" -> "IN (?, …)", so that lists of every length are one query.
std::string fold_lists(const std::string& sql) {
  std::string out;
  for (std::size_t i = 0; i < sql.size(); ++i) {
    out += sql[i];
    if (sql[i] != '?') continue;
    std::size_t end = i + 1;
    while (true) {
      std::size_t next = end;
      while (next < sql.size() && sql[next] == ' ') ++next;
      if (next >= sql.size() || sql[next] != ',') break;
      ++next;
      while (next < sql.size() && sql[next] == ' ') ++next;
      if (next >= sql.size() || sql[next] != '?') break;
      end = next + 1;
    }
    if (end > i + 1) {
      out += ", …";
      i = end - 1;
    }
  }
  return out;
}

std::string fold_sql(std::string_view sql) {
  std::string out;
  for (std::size_t i = 0; i < sql.size();) {
    const char c = sql[i];
    const bool begins = out.empty() || !is_word(out.back());
    if (c == '\'') {
      ++i;
      while (i < sql.size()) {
        if (sql[i] == '\'' && (i + 1 >= sql.size() || sql[i + 1] != '\'')) break;
        i += sql[i] == '\'' ? 2 : 1;
      }
      ++i;
      out += '?';
    } else if (c == '"') {  // an identifier
      do {
        out += sql[i++];
      } while (i < sql.size() && sql[i] != '"');
      if (i < sql.size()) out += sql[i++];
    } else if (is_digit(c) && begins) {
      while (i < sql.size() && (is_word(sql[i]) || sql[i] == '.')) ++i;
      out += '?';
    } else if (c == '%' && i + 1 < sql.size() && sql[i + 1] == 's') {
      i += 2;
      out += '?';
    } else if (c == '$' && begins && i + 1 < sql.size() && is_digit(sql[i + 1])) {
      for (++i; i < sql.size() && is_digit(sql[i]);) ++i;
      out += '?';
    } else if (is_space(c)) {
      while (i < sql.size() && is_space(sql[i])) ++i;
      if (!out.empty() && i < sql.size()) out += ' ';
    } else {
      out += c;
      ++i;
    }
  }
  return fold_lists(out);
}

}  // namespace

std::string span_title(const std::string& name, const std::string& op,
                       const std::string& attributes_json) {
  constexpr std::size_t kTitleBytes = 300;
  std::string title = name;
  // Most spans are no queries: parsing is for those that are.
  if (attributes_json.find("\"db.") != std::string::npos) {
    static thread_local simdjson::dom::parser parser;
    simdjson::dom::object attributes;
    if (parser.parse(attributes_json).get(attributes) == simdjson::SUCCESS) {
      for (const char* key : {"db.query.text", "db.statement"}) {
        std::string_view text;
        if (attributes.at_key(key).get(text) == simdjson::SUCCESS && !text.empty()) {
          return std::string(cut_utf8(fold_sql(text), kTitleBytes));
        }
      }
    }
  }
  if (op.starts_with("db")) title = fold_sql(title);
  return std::string(cut_utf8(title, kTitleBytes));
}

}  // namespace pagewake::query
