#include "http/multipart.h"

#include <algorithm>

namespace pagewake::http {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

bool starts_ignoring_case(std::string_view text, std::string_view prefix) {
  return text.size() >= prefix.size() &&
         std::equal(prefix.begin(), prefix.end(), text.begin(),
                    [](char a, char b) { return lower(a) == lower(b); });
}

std::string_view trimmed(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// `name` of "form-data; name="a"; filename="b"": quoted, or up to the next ';'.
std::string parameter(std::string_view header, std::string_view name) {
  auto semicolon = header.find(';');
  while (semicolon != header.npos) {
    header = trimmed(header.substr(semicolon + 1));
    const auto equals = header.find('=');
    if (equals == header.npos) return {};
    const std::string_view key = trimmed(header.substr(0, equals));
    std::string_view rest = trimmed(header.substr(equals + 1));
    std::string value;
    std::size_t at = 0;
    if (rest.starts_with('"')) {
      for (at = 1; at < rest.size() && rest[at] != '"'; ++at) {
        if (rest[at] == '\\' && at + 1 < rest.size()) ++at;
        value += rest[at];
      }
    } else {
      at = std::min(rest.find(';'), rest.size());
      value = std::string(trimmed(rest.substr(0, at)));
    }
    if (key.size() == name.size() && starts_ignoring_case(key, name)) return value;
    header = rest;
    semicolon = header.find(';', at);
  }
  return {};
}

Error malformed(std::string message) { return {"malformed", std::move(message)}; }

}  // namespace

Result<std::vector<Part>> parse_multipart(std::string_view content_type, std::string_view body,
                                          std::size_t max_parts) {
  if (!starts_ignoring_case(trimmed(content_type), "multipart/form-data")) {
    return malformed("the body must be multipart/form-data");
  }
  const std::string boundary = parameter(content_type, "boundary");
  if (boundary.empty() || boundary.size() > 200) {
    return malformed("the Content-Type names no boundary");
  }
  const std::string delimiter = "--" + boundary;
  std::vector<Part> parts;
  auto at = body.starts_with(delimiter) ? 0 : body.find("\r\n" + delimiter);
  if (at == body.npos) return malformed("the body does not hold its boundary");
  if (at != 0) at += 2;
  while (true) {
    at += delimiter.size();
    if (body.substr(at).starts_with("--")) return parts;
    const auto line_end = body.find("\r\n", at);
    if (line_end == body.npos) return malformed("the body ends within a part");
    at = line_end + 2;
    Part part;
    while (true) {
      const auto header_end = body.find("\r\n", at);
      if (header_end == body.npos) return malformed("the body ends within a part's headers");
      const std::string_view header = body.substr(at, header_end - at);
      at = header_end + 2;
      if (header.empty()) break;
      if (starts_ignoring_case(header, "content-disposition:")) {
        part.name = parameter(header, "name");
        part.filename = parameter(header, "filename");
      }
    }
    if (part.name.empty()) return malformed("a part has no name");
    if (parts.size() == max_parts) {
      return malformed("more than " + std::to_string(max_parts) + " parts");
    }
    const auto end = body.find("\r\n" + delimiter, at);
    if (end == body.npos) return malformed("the body ends within part \"" + part.name + "\"");
    part.body = body.substr(at, end - at);
    parts.push_back(std::move(part));
    at = end + 2;
  }
}

}  // namespace pagewake::http
