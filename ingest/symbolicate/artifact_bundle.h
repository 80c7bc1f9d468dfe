// Artifact bundles of sentry-cli and its bundler plugins: eight bytes ("SYSB",
// version 2) and a ZIP with files and a manifest.json that says what each is:
//
//   {"files":{"files/_/_/a.js":{"type":"minified_source","url":"~/a.js",
//     "headers":{"debug-id":"…","sourcemap":"a.js.map"}}, …},"release":"1.0"}
//
// The only file that includes the ZIP library.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pagewake::symbolicate {

// A generated file with its map, or a map alone.
struct BundledFile {
  std::string url, debug_id;
  std::optional<std::string> map, file;
};

struct ArtifactBundle {
  std::string release;  // "" none
  std::vector<BundledFile> files;
};

struct BundleLimits {
  std::size_t entries = 20'000;
  std::size_t entry_bytes = std::size_t{64} << 20;   // unpacked, each
  std::size_t total_bytes = std::size_t{512} << 20;  // unpacked, together
};

// Maps are joined to their files by debug id, else by the file's reference. A
// ZIP that lies about its sizes is cut off where the limits are. Errors:
// "bad_bundle" (no ZIP, no manifest, damaged), "too_large".
Result<ArtifactBundle> read_artifact_bundle(std::string_view bytes,
                                            const BundleLimits& limits = {});

// The URL that a file's sourceMappingURL means: "~/js/a.js", "a.js.map" ->
// "~/js/a.js.map"; "" for inline maps (data:).
std::string map_url_of(std::string_view file_url, std::string_view reference);

// SHA-1 in hex, which names the pieces of uploads.
std::string sha1_hex(std::string_view bytes);

}  // namespace pagewake::symbolicate
