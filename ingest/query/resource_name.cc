#include "query/resource_name.h"

#include <algorithm>

#include "wire/page_name.h"

namespace pagewake::query {
namespace {

bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }
bool is_joint(char c) { return c == '-' || c == '_' || c == '.' || c == '~' || c == '@'; }

// ":id", ":hash" or nothing for a part of a file's name between two joints.
std::string_view folded(std::string_view part, bool in_version) {
  const auto digits = std::count_if(part.begin(), part.end(), is_digit);
  if (digits == 0) return {};
  if (digits == std::ptrdiff_t(part.size())) return in_version ? std::string_view() : ":id";
  if (part.size() >= 8 && std::all_of(part.begin(), part.end(), is_hex)) return ":hash";
  // Bundlers' base64 hashes: both cases and digits, and no word is that.
  const bool lower =
      std::any_of(part.begin(), part.end(), [](char c) { return c >= 'a' && c <= 'z'; });
  const bool upper =
      std::any_of(part.begin(), part.end(), [](char c) { return c >= 'A' && c <= 'Z'; });
  if (part.size() >= 8 && lower && upper && digits >= 2) return ":hash";
  return {};
}

std::string fold_file(std::string_view name) {
  std::string out;
  for (std::size_t at = 0; at < name.size();) {
    if (is_joint(name[at])) {
      out += name[at++];
      continue;
    }
    std::size_t end = at;
    while (end < name.size() && !is_joint(name[end])) ++end;
    const auto number_at = [&](std::size_t place) {
      return place < name.size() && is_digit(name[place]);
    };
    const bool in_version = (end < name.size() && name[end] == '.' && number_at(end + 1)) ||
                            (at >= 2 && name[at - 1] == '.' && is_digit(name[at - 2]));
    const std::string_view part = name.substr(at, end - at);
    const std::string_view fold = folded(part, in_version);
    out += fold.empty() ? part : fold;
    at = end;
  }
  return out;
}

}  // namespace

std::string resource_name(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos || url.find_first_of("/?#") != scheme + 1) {
    return std::string(url);
  }
  url = url.substr(0, url.find_first_of("?#"));
  const std::size_t path = url.find('/', scheme + 3);
  if (path == std::string_view::npos) return std::string(url) + "/";
  const std::size_t file = url.rfind('/') + 1;
  std::string out(url.substr(0, path));
  const std::string folder = page_name_of(url.substr(path, file - path));
  out += folder;
  if (folder != "/") out += '/';
  return out + fold_file(url.substr(file));
}

std::string host_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme == std::string_view::npos) return {};
  url.remove_prefix(scheme + 3);
  std::string host(url.substr(0, url.find_first_of("/?#")));
  for (char& c : host) {
    if (c >= 'A' && c <= 'Z') c = char(c | 0x20);
  }
  return host;
}

bool same_site(std::string_view host, std::string_view other) {
  const auto without_port = [](std::string_view h) {
    const std::size_t colon = h.rfind(':');
    return colon != std::string_view::npos && h.find(']', colon) == std::string_view::npos
               ? h.substr(0, colon)
               : h;
  };
  const auto site = [](std::string_view h) {
    const bool address = !h.empty() && (h.front() == '[' || is_digit(h.back()));
    const std::size_t last = h.rfind('.');
    if (address || last == std::string_view::npos || last == 0) return h;
    const std::size_t before = h.rfind('.', last - 1);
    return before == std::string_view::npos ? h : h.substr(before + 1);
  };
  return site(without_port(host)) == site(without_port(other));
}

}  // namespace pagewake::query
