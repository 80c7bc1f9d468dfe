// `pagewake sourcemaps upload`: a build's folder into the data folder, also
// beside a running server, which regroups older events within a second.
#pragma once

#include <iosfwd>
#include <string>

#include "base/result.h"
#include "model/records.h"
#include "storage/artifact_store.h"

namespace pagewake::app {

struct SourceMapUpload {
  model::ProjectId project = 1;
  std::string release;
  std::string url_prefix = "~/";  // in front of a file's path below `folder`
  std::string folder;
};

// Takes every .js, .mjs and .cjs file with its map (its sourceMappingURL, else
// FILE.map), and prints a line for each. Errors: "bad_setting" (no such
// folder, no release), "nothing_found", "invalid_map" (names the file; what
// came before it stays), and those of the store.
Status upload_source_maps(storage::ArtifactStore& artifacts, const SourceMapUpload& upload,
                          std::int64_t now_unix_us, std::ostream& out);

}  // namespace pagewake::app
