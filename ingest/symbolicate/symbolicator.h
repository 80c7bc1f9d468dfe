// From positions in generated files to positions in the sources: finds the map
// of a frame by debug id, or by release and URL, and looks the position up.
// Lazy: nothing is read before an event asks for it, and what was read stays
// in a cache that is bounded in bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/records.h"
#include "storage/artifact_store.h"
#include "symbolicate/content_cache.h"

namespace pagewake::symbolicate {

// Why a frame has no original position; each value's sentence says what to do.
enum class Unresolved : std::uint8_t {
  kResolved = 0,
  kNotInAFile,        // native or anonymous code, an extension: nothing to look up
  kNoPosition,        // the browser gave no line or no column
  kNoRelease,         // neither release nor debug id: no way to tell which build it was
  kNoMapForRelease,   // nothing was uploaded for the release
  kNoMapForFile,      // the release has uploads, but none with a map for this file
  kDebugIdUnknown,    // no upload has the file's debug id
  kMapBroken,         // the map cannot be read; `detail` says why
  kPositionOutside,   // the map has no mapping at or before the position on its line
  kNoSourceThere,     // the map says that this code has no source (made by the bundler)
  kStoreUnavailable,  // the store did not answer; later it may
};
// "no_map_for_file", ...; "" for kResolved.
std::string_view name_of(Unresolved reason);
// "The release has uploads, but ..."
std::string_view explanation_of(Unresolved reason);

struct Position {
  std::string filename;      // URL or path of the generated file
  std::string debug_id;      // "" none
  std::int32_t line = 0;     // from 1
  std::int32_t column = -1;  // from 0
};

// Where a frame is; its column counts from 1, as browsers write it.
Position place_of(const model::Frame& frame);

struct Resolved {
  std::optional<model::OriginalPosition> original;  // name: of the mapping
  bool ignored = false;                             // the map's ignoreList has the source
  Unresolved reason = Unresolved::kResolved;
  std::string detail;  // of kMapBroken
};

// "/a.js" and "a.js" -> "~/a.js"; URLs without query and fragment. How uploads
// are kept and frames are looked up.
std::string normal_url(std::string_view url);
// "webpack://shop/./src/a.ts?1f2e" -> "src/a.ts", "../../src/a.ts" -> "src/a.ts"
std::string clean_source(std::string_view source);

struct SymbolicatorOptions {
  std::size_t cache_bytes = std::size_t{256} << 20;
};

// Safe to call from many threads.
class Symbolicator {
 public:
  explicit Symbolicator(storage::ArtifactStore& artifacts, SymbolicatorOptions options = {});
  ~Symbolicator();

  // Positions of one release.
  std::vector<Resolved> resolve(model::ProjectId project, const std::string& release,
                                const std::vector<Position>& positions);

  // Sets `original` of the JavaScript frames that have none, with the
  // function's original name, and in_app where the source says so. Other
  // frames get their unresolved_reason. Gives the number of frames it set.
  std::size_t symbolicate(model::EventRecord& event);
  // For reading: symbolicate(), and the lines around each original position.
  void complete(model::EventRecord& event);

  CacheStats cache_stats() const;

 private:
  class Lookups;
  ContentCache cache_;
  storage::ArtifactStore& artifacts_;
};

}  // namespace pagewake::symbolicate
