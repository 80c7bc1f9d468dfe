// Source maps as ECMA-426 has them (https://tc39.es/ecma426/): plain maps and
// index maps with sections, sourcesContent, names, ignoreList, and the debug
// id of the TC39 proposal ("debugId", also Sentry's "debug_id").
//
// Stricter than a browser where the map itself would lie (a mapping that
// points to a source that is not there), as lenient as the specification where
// a generator left something out (no "names").
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pagewake::symbolicate {

// More mappings than any bundle of a browser has; 20 bytes each in memory.
inline constexpr std::size_t kMappingsPerMap = 12'000'000;

// Where a generated position came from. Views point into the map.
struct Mapped {
  std::uint32_t source = 0;  // index
  std::uint32_t line = 0;    // both from 0, as in the map
  std::uint32_t column = 0;  // UTF-16 units
  std::string_view name;     // "" none
};

// What a position has: a mapping to a source, a mapping that says the code has
// no source (one field), or no mapping at or before it on its line.
enum class Lookup : std::uint8_t { kFound, kNoSource, kOutside };

// A decoded map: sorted arrays, searched by halving. Immutable, so safe to
// read from many threads.
class SourceMap {
 public:
  // `json` is taken over: it is padded for the parser and freed before this
  // returns. Errors: "map_broken" with what and where, "too_large" (more than
  // kMappingsPerMap).
  static Result<SourceMap> decode(std::string json);

  // The mapping at or before the column, on the same line. Both from 0.
  Lookup find(std::uint32_t line, std::uint32_t column, Mapped& out) const;

  std::size_t sources() const { return source_ends_.size(); }
  // With sourceRoot in front, otherwise as written; "" where it is null.
  std::string_view source(std::size_t index) const;
  // sourcesContent; nothing where it is null, left out or no valid text.
  std::optional<std::string_view> content(std::size_t index) const;
  bool is_ignored(std::size_t index) const;  // ignoreList
  std::size_t mappings() const { return columns_.size(); }
  const std::string& debug_id() const { return debug_id_; }  // normal form; "" none
  const std::string& file() const { return file_; }

  // Memory it holds, for a cache that is bounded in bytes.
  std::size_t bytes() const;

 private:
  friend class SourceMapReader;
  struct Target {
    std::uint32_t source = 0, line = 0, column = 0, name = 0;  // kNone: no source, no name
  };
  struct Line {
    std::uint32_t line = 0, first = 0;  // first of its mappings
  };
  static constexpr std::uint32_t kNone = UINT32_MAX;

  std::vector<Line> lines_;  // those with mappings, ascending
  std::vector<std::uint32_t> columns_;
  std::vector<Target> targets_;  // beside columns_
  std::string source_text_, name_text_, content_text_;
  std::vector<std::size_t> source_ends_, name_ends_, content_ends_;
  std::vector<bool> has_content_, ignored_;
  std::string debug_id_, file_;
};

// "8C8C...-..." or 32 hex digits -> lower case with dashes; "" for anything else.
std::string normal_debug_id(std::string_view text);

// What the comments at the end of a generated file say.
struct MagicComments {
  std::string debug_id;            // "//# debugId=…", normal form; "" none
  std::string source_mapping_url;  // "//# sourceMappingURL=…"; "" none
};
// Looks at the last lines only, the last comment of a kind wins.
MagicComments magic_comments(std::string_view generated);

}  // namespace pagewake::symbolicate
