// What the ways of uploading source maps have in common.
#pragma once

#include "api/route_table.h"
#include "storage/artifact_store.h"

namespace pagewake::api {

// Checks the map, takes a missing debug id from it or its file, and stores it
// for the context's project. Errors: "invalid_parameter", "invalid_artifact",
// "invalid_map" (with what is wrong in it), "too_large", and those of the store.
Result<storage::Artifact> store_artifact(const Context& context, storage::ArtifactUpload upload);

}  // namespace pagewake::api
