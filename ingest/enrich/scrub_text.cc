#include "enrich/scrub_text.h"

#include <array>
#include <cstdint>
#include <functional>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "privacy/harmless.h"
#include "privacy/scrub.h"

namespace pagewake::enrich {
namespace {

enum class Scrubbed : std::uint8_t { kText, kUrl, kOwnUrl };

TextKind kind_of(Scrubbed how) { return how == Scrubbed::kText ? TextKind::kText : TextKind::kUrl; }

// What one thread found clean last, by hash: a site's URLs, a backend's SQL come
// again with every visit, and to look at one takes many times as long.
class CleanMemory {
 public:
  // `scrub` gives what a text becomes: its result, where that is another text.
  template <typename Scrub>
  std::optional<std::string> scrubbed(std::string_view text, Scrubbed how, const Scrub& scrub) {
    // Below, to look is as cheap.
    if (text.size() < 16 && is_surely_harmless(text, kind_of(how))) return std::nullopt;
    const std::uint64_t hash =
        std::hash<std::string_view>()(text) * 4 + static_cast<std::uint64_t>(how) + 1;
    std::uint64_t& known = hashes_[(hash >> 32) % hashes_.size()];
    if (known == hash) return std::nullopt;
    if (!is_surely_harmless(text, kind_of(how))) {
      std::string scrubbed = scrub(text);
      if (scrubbed != text) return scrubbed;
    }
    known = hash;
    return std::nullopt;
  }

 private:
  std::array<std::uint64_t, 4096> hashes_{};
};

// Which parameters the site allows (allowedQueryParameters) is known in the
// page only. Raw logs do not rely on this: the core replays them with the
// site's list.
std::string scrub_own_url(std::string_view value) {
  std::vector<std::string> kept;
  std::string_view query = value;
  query = query.substr(0, query.find('#'));
  while (true) {
    const auto begin = query.find_first_of("?&");
    if (begin == query.npos) break;
    query.remove_prefix(begin + 1);
    kept.emplace_back(query.substr(0, query.find_first_of("=&")));
  }
  return scrub_url(value, kept);
}

std::optional<std::string> scrubbed(std::string_view value, Scrubbed how) {
  thread_local CleanMemory memory;
  return memory.scrubbed(value, how, [how](std::string_view text) {
    return how == Scrubbed::kText  ? scrub_text(text)
           : how == Scrubbed::kUrl ? scrub_url(text)
                                   : scrub_own_url(text);
  });
}

bool in_place(std::string& value, Scrubbed how) {
  auto changed = scrubbed(value, how);
  if (changed) value = std::move(*changed);
  return changed.has_value();
}

}  // namespace

bool is_clean_text(std::string_view value) { return !scrubbed(value, Scrubbed::kText); }

bool is_clean_url(std::string_view value) { return !scrubbed(value, Scrubbed::kUrl); }

bool scrub_text_in_place(std::string& value) { return in_place(value, Scrubbed::kText); }

bool scrub_url_in_place(std::string& value) { return in_place(value, Scrubbed::kUrl); }

bool scrub_own_url_in_place(std::string& value) { return in_place(value, Scrubbed::kOwnUrl); }

bool scrub_user_id_in_place(std::string& value) {
  return (value.find('@') != value.npos || value.find("%40") != value.npos) &&
         scrub_text_in_place(value);
}

}  // namespace pagewake::enrich
