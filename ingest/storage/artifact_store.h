// Source maps and the generated files they belong to, as builds upload them.
// Memory and SQLite sit behind it and pass one contract test suite. Contents
// are kept once however many releases share them, compressed.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "model/filter.h"
#include "model/records.h"

namespace pagewake::storage {

// One generated file of a build. Found by debug id, or by release and URL.
struct Artifact {
  std::int64_t artifact_id = 0;  // grows with every upload
  model::ProjectId project = 0;
  std::string release;   // "" where only the debug id counts
  std::string url;       // "https://shop.example/a.js", or "~/a.js" for any host; "" none
  std::string debug_id;  // lower case with dashes; "" none
  // SHA-256 in hex, the key for content(); "" not there.
  std::string map_sha256, file_sha256;
  std::int64_t map_bytes = 0, file_bytes = 0;
  std::int64_t created_at_unix_us = 0;
};

struct ArtifactUpload {
  model::ProjectId project = 0;
  std::string release, url, debug_id;
  std::optional<std::string> map, file;  // what is left out stays as it was
  std::int64_t at_unix_us = 0;
};

struct ArtifactRelease {
  std::string release;
  std::uint64_t files = 0, maps = 0;
  std::int64_t bytes = 0;  // of its files and maps, before compression
  std::int64_t last_upload_unix_us = 0;
};

// Events that came before their map are to be looked at again.
struct RegroupTask {
  std::int64_t task_id = 0, generation = 0;
  model::ProjectId project = 0;
  std::string release, debug_id;
};

// Uploaded pieces (Sentry's chunk upload) may wait at most this long and be at
// most this much in total.
inline constexpr std::int64_t kChunkLifeUs = std::int64_t{24} * 3600 * 1'000'000;
inline constexpr std::int64_t kChunkBytes = std::int64_t{1} << 30;

// Safe to call from many threads. Errors: "store_failed", "store_unavailable".
class ArtifactStore {
 public:
  virtual ~ArtifactStore() = default;

  // Adds or replaces: the same release and URL, or where there is no URL the
  // same release and debug id, is the same artifact. Notes in the same
  // transaction that older events are to be regrouped. Error
  // "invalid_artifact": neither release and URL nor debug id, or no content.
  virtual Result<Artifact> put(const ArtifactUpload& upload) = 0;

  // The newest with a map before those without.
  virtual Result<std::optional<Artifact>> find_by_debug_id(model::ProjectId,
                                                           const std::string& debug_id) = 0;
  // The first of `urls` that the release has, in the order given.
  virtual Result<std::optional<Artifact>> find_by_url(model::ProjectId, const std::string& release,
                                                      const std::vector<std::string>& urls) = 0;
  virtual Result<bool> has_release(model::ProjectId, const std::string& release) = 0;
  // Nothing where no artifact has it (any more).
  virtual Result<std::optional<std::string>> content(const std::string& sha256) = 0;

  // Newest first; `release` absent: of all.
  virtual Result<model::Listing<Artifact>> artifacts(model::ProjectId,
                                                     const std::optional<std::string>& release,
                                                     const model::Paging&) = 0;
  virtual Result<std::vector<ArtifactRelease>> artifact_releases(model::ProjectId) = 0;
  // Gives the number of artifacts removed.
  virtual Result<std::size_t> remove_release(model::ProjectId, const std::string& release) = 0;

  // Oldest first. A task stays until it is finished, also over a restart; one
  // that was renewed meanwhile (another generation) stays then, too.
  virtual Result<std::vector<RegroupTask>> regroup_tasks() = 0;
  virtual Status finish_regroup(const RegroupTask& task) = 0;

  // Pieces of uploads by their SHA-1 in hex (which the caller has checked).
  // Error "too_much_waiting": over kChunkBytes.
  virtual Status put_chunk(const std::string& sha1, std::string_view bytes,
                           std::int64_t now_unix_us) = 0;
  virtual Result<bool> has_chunk(const std::string& sha1) = 0;
  virtual Result<std::optional<std::string>> chunk(const std::string& sha1) = 0;
  virtual Status remove_chunks(const std::vector<std::string>& sha1s) = 0;

  // Artifacts uploaded before, and chunks that waited longer than their life.
  virtual Result<std::size_t> prune_artifacts(std::int64_t before_unix_us,
                                              std::int64_t now_unix_us) = 0;
};

// What both stores check alike. Error "invalid_artifact".
Status check_upload(const ArtifactUpload& upload);

std::unique_ptr<ArtifactStore> make_memory_artifact_store();

}  // namespace pagewake::storage
