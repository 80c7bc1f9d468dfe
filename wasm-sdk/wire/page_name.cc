#include "wire/page_name.h"

#include "base/containers.h"
#include "base/limits.h"
#include "base/utf8.h"

namespace pagewake {
namespace {

bool is_id(std::string_view segment) {
  std::size_t digits = 0, hex_letters = 0, lower = 0, upper = 0, dashes = 0;
  for (const char c : segment) {
    if (c >= '0' && c <= '9') {
      ++digits;
    } else if (c == '-' || c == '_') {
      ++dashes;
    } else {
      if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') ++hex_letters;
      if (c >= 'a' && c <= 'z') ++lower;
      if (c >= 'A' && c <= 'Z') ++upper;
    }
  }
  const std::size_t n = segment.size();
  if (n == 0 || digits == 0) return false;
  if (digits == n) return true;
  if (n >= 16 && digits + hex_letters + dashes == n) return true;  // UUID, object id, hash
  // Random letters of both cases with digits among them: nanoid, base64url.
  return n >= 16 && digits >= 2 && lower >= 3 && upper >= 3 && digits + lower + upper + dashes == n;
}

}  // namespace

Text page_name_of(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != std::string_view::npos && url.find_first_of("/?#") == scheme + 1) {
    url.remove_prefix(scheme + 3);
    const std::size_t path = url.find_first_of("/?#");
    url = path == std::string_view::npos ? std::string_view{} : url.substr(path);
  }
  url = url.substr(0, url.find_first_of("?#"));
  // "/cart/" and "/cart" are one page to people, whichever the site prefers.
  while (!url.empty() && url.back() == '/') url.remove_suffix(1);
  Text page;
  while (!url.empty()) {
    if (url.front() == '/') url.remove_prefix(1);
    const std::size_t end = url.find('/');
    const std::string_view segment = url.substr(0, end);
    page += '/';
    page += is_id(segment) ? std::string_view(":id") : segment;
    url = end == std::string_view::npos ? std::string_view{} : url.substr(end);
  }
  if (page.empty()) page = "/";
  return Text(cut_utf8(page, limits::kNameBytes));
}

}  // namespace pagewake
