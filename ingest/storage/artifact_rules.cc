#include "storage/artifact_store.h"

namespace pagewake::storage {

Status check_upload(const ArtifactUpload& upload) {
  if (upload.debug_id.empty() && (upload.release.empty() || upload.url.empty())) {
    return Error{"invalid_artifact", "an artifact needs a debug_id, or a release and a url"};
  }
  if (!upload.map && !upload.file) {
    return Error{"invalid_artifact", "an artifact needs a map, a file or both"};
  }
  return Done{};
}

}  // namespace pagewake::storage
