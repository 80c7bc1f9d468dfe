#include <algorithm>
#include <map>
#include <mutex>
#include <utility>

#include "storage/artifact_store.h"
#include "storage/project_rules.h"
#include "storage/record_rules.h"

namespace pagewake::storage {
namespace {

class Store final : public ArtifactStore {
 public:
  Result<Artifact> put(const ArtifactUpload& upload) override {
    if (Status checked = check_upload(upload); !checked) return checked.error();
    const std::lock_guard lock(mutex_);
    Artifact artifact;
    for (auto at = artifacts_.begin(); at != artifacts_.end(); ++at) {
      const Artifact& old = at->second;
      const bool same = old.project == upload.project && old.release == upload.release &&
                        old.url == upload.url &&
                        (!upload.url.empty() || old.debug_id == upload.debug_id);
      if (!same) continue;
      artifact = old;
      artifacts_.erase(at);
      break;
    }
    artifact.artifact_id = ++last_id_;
    artifact.project = upload.project;
    artifact.release = upload.release;
    artifact.url = upload.url;
    if (!upload.debug_id.empty()) artifact.debug_id = upload.debug_id;
    artifact.created_at_unix_us = upload.at_unix_us;
    if (upload.map) {
      artifact.map_sha256 = keep(*upload.map);
      artifact.map_bytes = static_cast<std::int64_t>(upload.map->size());
    }
    if (upload.file) {
      artifact.file_sha256 = keep(*upload.file);
      artifact.file_bytes = static_cast<std::int64_t>(upload.file->size());
    }
    artifacts_[artifact.artifact_id] = artifact;
    forget_unused();
    RegroupTask& task =
        tasks_[{upload.project, upload.release, upload.release.empty() ? upload.debug_id : ""}];
    if (task.task_id == 0) task.task_id = ++last_id_;
    ++task.generation;
    return artifact;
  }

  Result<std::optional<Artifact>> find_by_debug_id(model::ProjectId project,
                                                   const std::string& debug_id) override {
    const std::lock_guard lock(mutex_);
    std::optional<Artifact> found;
    for (const auto& [id, artifact] : artifacts_) {
      if (artifact.project != project || debug_id.empty() || artifact.debug_id != debug_id)
        continue;
      if (!found || found->map_sha256.empty() || !artifact.map_sha256.empty()) found = artifact;
    }
    return found;
  }

  Result<std::optional<Artifact>> find_by_url(model::ProjectId project, const std::string& release,
                                              const std::vector<std::string>& urls) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& url : urls) {
      for (const auto& [id, artifact] : artifacts_) {
        if (artifact.project == project && artifact.release == release && !url.empty() &&
            artifact.url == url) {
          return std::optional(artifact);
        }
      }
    }
    return std::optional<Artifact>();
  }

  Result<bool> has_release(model::ProjectId project, const std::string& release) override {
    const std::lock_guard lock(mutex_);
    return std::any_of(artifacts_.begin(), artifacts_.end(), [&](const auto& entry) {
      return entry.second.project == project && entry.second.release == release;
    });
  }

  Result<std::optional<std::string>> content(const std::string& sha256) override {
    const std::lock_guard lock(mutex_);
    const auto at = contents_.find(sha256);
    return at == contents_.end() ? std::optional<std::string>() : at->second;
  }

  Result<model::Listing<Artifact>> artifacts(model::ProjectId project,
                                             const std::optional<std::string>& release,
                                             const model::Paging& paging) override {
    const std::lock_guard lock(mutex_);
    std::int64_t before = INT64_MAX;
    if (!paging.cursor.empty()) {
      const auto cursor = decode_cursor(paging.cursor, kCursorArtifacts, 0);
      if (!cursor) return cursor.error();
      before = cursor->key;
    }
    const std::size_t limit = clamped_limit(paging);
    model::Listing<Artifact> listing;
    for (auto at = artifacts_.rbegin(); at != artifacts_.rend(); ++at) {
      const Artifact& artifact = at->second;
      if (artifact.project != project || (release && artifact.release != *release) ||
          artifact.artifact_id >= before) {
        continue;
      }
      if (listing.items.size() == limit) {
        listing.next_cursor =
            encode_cursor({kCursorArtifacts, listing.items.back().artifact_id, ""});
        break;
      }
      listing.items.push_back(artifact);
    }
    return listing;
  }

  Result<std::vector<ArtifactRelease>> artifact_releases(model::ProjectId project) override {
    const std::lock_guard lock(mutex_);
    std::map<std::string, ArtifactRelease> releases;
    for (const auto& [id, artifact] : artifacts_) {
      if (artifact.project != project) continue;
      ArtifactRelease& release = releases[artifact.release];
      release.release = artifact.release;
      ++release.files;
      if (!artifact.map_sha256.empty()) ++release.maps;
      release.bytes += artifact.map_bytes + artifact.file_bytes;
      release.last_upload_unix_us =
          std::max(release.last_upload_unix_us, artifact.created_at_unix_us);
    }
    std::vector<ArtifactRelease> out;
    for (auto& [name, release] : releases) out.push_back(std::move(release));
    std::sort(out.begin(), out.end(), [](const auto& a, const auto& b) {
      return std::tie(b.last_upload_unix_us, a.release) <
             std::tie(a.last_upload_unix_us, b.release);
    });
    return out;
  }

  Result<std::size_t> remove_release(model::ProjectId project,
                                     const std::string& release) override {
    const std::lock_guard lock(mutex_);
    const std::size_t removed = std::erase_if(artifacts_, [&](const auto& entry) {
      return entry.second.project == project && entry.second.release == release;
    });
    forget_unused();
    return removed;
  }

  Result<std::vector<RegroupTask>> regroup_tasks() override {
    const std::lock_guard lock(mutex_);
    std::vector<RegroupTask> out;
    for (const auto& [key, task] : tasks_) {
      RegroupTask& copy = out.emplace_back(task);
      std::tie(copy.project, copy.release, copy.debug_id) = key;
    }
    std::sort(out.begin(), out.end(),
              [](const auto& a, const auto& b) { return a.task_id < b.task_id; });
    return out;
  }

  Status finish_regroup(const RegroupTask& task) override {
    const std::lock_guard lock(mutex_);
    std::erase_if(tasks_, [&](const auto& entry) {
      return entry.second.task_id == task.task_id && entry.second.generation == task.generation;
    });
    return Done{};
  }

  Status put_chunk(const std::string& sha1, std::string_view bytes,
                   std::int64_t now_unix_us) override {
    const std::lock_guard lock(mutex_);
    std::int64_t waiting = static_cast<std::int64_t>(bytes.size());
    for (const auto& [key, chunk] : chunks_) {
      waiting += static_cast<std::int64_t>(chunk.bytes.size());
    }
    if (waiting > kChunkBytes) return Error{"too_much_waiting", "too many uploaded pieces wait"};
    chunks_[sha1] = {std::string(bytes), now_unix_us};
    return Done{};
  }

  Result<bool> has_chunk(const std::string& sha1) override {
    const std::lock_guard lock(mutex_);
    return chunks_.contains(sha1);
  }

  Result<std::optional<std::string>> chunk(const std::string& sha1) override {
    const std::lock_guard lock(mutex_);
    const auto at = chunks_.find(sha1);
    return at == chunks_.end() ? std::optional<std::string>() : at->second.bytes;
  }

  Status remove_chunks(const std::vector<std::string>& sha1s) override {
    const std::lock_guard lock(mutex_);
    for (const std::string& sha1 : sha1s) chunks_.erase(sha1);
    return Done{};
  }

  Result<std::size_t> prune_artifacts(std::int64_t before_unix_us,
                                      std::int64_t now_unix_us) override {
    const std::lock_guard lock(mutex_);
    const std::size_t removed = std::erase_if(artifacts_, [&](const auto& entry) {
      return entry.second.created_at_unix_us < before_unix_us;
    });
    std::erase_if(chunks_, [&](const auto& entry) {
      return entry.second.at_unix_us < now_unix_us - kChunkLifeUs;
    });
    forget_unused();
    return removed;
  }

 private:
  struct Chunk {
    std::string bytes;
    std::int64_t at_unix_us = 0;
  };

  std::string keep(const std::string& content) {
    std::string key = sha256_hex(content);
    contents_.try_emplace(key, content);
    return key;
  }

  void forget_unused() {
    std::erase_if(contents_, [&](const auto& entry) {
      return std::none_of(artifacts_.begin(), artifacts_.end(), [&](const auto& artifact) {
        return artifact.second.map_sha256 == entry.first ||
               artifact.second.file_sha256 == entry.first;
      });
    });
  }

  std::mutex mutex_;
  std::int64_t last_id_ = 0;
  std::map<std::int64_t, Artifact> artifacts_;
  std::map<std::string, std::string> contents_;  // by SHA-256
  std::map<std::tuple<model::ProjectId, std::string, std::string>, RegroupTask> tasks_;
  std::map<std::string, Chunk> chunks_;  // by SHA-1
};

}  // namespace

std::unique_ptr<ArtifactStore> make_memory_artifact_store() { return std::make_unique<Store>(); }

}  // namespace pagewake::storage
