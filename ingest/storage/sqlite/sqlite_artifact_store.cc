#include <zstd.h>

#include <utility>

#include "storage/artifact_store.h"
#include "storage/project_rules.h"
#include "storage/record_rules.h"
#include "storage/sqlite/connection.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

constexpr int kZstdLevel = 3;
constexpr const char* kColumns =
    "SELECT artifact_id, project, release, url, debug_id, map_sha256, file_sha256, map_bytes, "
    "file_bytes, created_at_unix_us FROM artifacts ";

Artifact read_artifact(Query& query) {
  Artifact artifact;
  artifact.artifact_id = query.read_integer();
  artifact.project = query.read_integer();
  artifact.release = query.read_text();
  artifact.url = query.read_text();
  artifact.debug_id = query.read_text();
  artifact.map_sha256 = query.read_text();
  artifact.file_sha256 = query.read_text();
  artifact.map_bytes = query.read_integer();
  artifact.file_bytes = query.read_integer();
  artifact.created_at_unix_us = query.read_integer();
  return artifact;
}

std::string compressed(std::string_view content) {
  std::string out(ZSTD_compressBound(content.size()), '\0');
  out.resize(ZSTD_compress(out.data(), out.size(), content.data(), content.size(), kZstdLevel));
  return out;
}

// A map and its file, compressed before the writer is asked for its turn.
struct Piece {
  std::string sha256, bytes;
  std::int64_t size = 0;
};
std::optional<Piece> piece_of(const std::optional<std::string>& content) {
  if (!content) return std::nullopt;
  return Piece{sha256_hex(*content), compressed(*content),
               static_cast<std::int64_t>(content->size())};
}

// Readers have connections of their own: a map may have 50 MB.
class Store final : public ArtifactStore, private sqlite::SharedConnection {
 public:
  Store(std::unique_ptr<Database> database, const std::string& path)
      : SharedConnection(std::move(database), "artifacts"), readers_(path, "artifacts") {}

  Result<Artifact> put(const ArtifactUpload& upload) override {
    if (Status checked = check_upload(upload); !checked) return checked.error();
    const std::optional<Piece> map = piece_of(upload.map), file = piece_of(upload.file);
    return write<Artifact>([&] {
      Artifact artifact;
      {
        Query query = database_->query(std::string(kColumns) +
                                       "WHERE project = ? AND release = ? AND url = ?" +
                                       (upload.url.empty() ? " AND debug_id = ?" : ""));
        query.integer(upload.project).text(upload.release).text(upload.url);
        if (upload.url.empty()) query.text(upload.debug_id);
        if (query.row()) artifact = read_artifact(query);
      }
      database_->query("DELETE FROM artifacts WHERE artifact_id = ?")
          .integer(artifact.artifact_id)
          .run();
      artifact.project = upload.project;
      artifact.release = upload.release;
      artifact.url = upload.url;
      if (!upload.debug_id.empty()) artifact.debug_id = upload.debug_id;
      artifact.created_at_unix_us = upload.at_unix_us;
      if (map) {
        artifact.map_sha256 = map->sha256;
        artifact.map_bytes = map->size;
      }
      if (file) {
        artifact.file_sha256 = file->sha256;
        artifact.file_bytes = file->size;
      }
      for (const auto* piece : {&map, &file}) {
        if (!*piece) continue;
        database_
            ->query(
                "INSERT INTO artifact_contents(sha256, content) VALUES(?,?) ON CONFLICT DO NOTHING")
            .text((*piece)->sha256)
            .blob((*piece)->bytes)
            .run();
      }
      database_
          ->query(
              "INSERT INTO artifacts(project, release, url, debug_id, map_sha256, file_sha256, "
              "map_bytes, file_bytes, created_at_unix_us) VALUES(?,?,?,?,?,?,?,?,?)")
          .integer(artifact.project)
          .text(artifact.release)
          .text(artifact.url)
          .text(artifact.debug_id)
          .text(artifact.map_sha256)
          .text(artifact.file_sha256)
          .integer(artifact.map_bytes)
          .integer(artifact.file_bytes)
          .integer(artifact.created_at_unix_us)
          .run();
      artifact.artifact_id = database_->last_insert_id();
      forget_unused(*database_);
      database_
          ->query(
              "INSERT INTO regroup_tasks(project, release, debug_id, generation) VALUES(?,?,?,1) "
              "ON CONFLICT DO UPDATE SET generation = generation + 1")
          .integer(upload.project)
          .text(upload.release)
          .text(upload.release.empty() ? upload.debug_id : "")
          .run();
      return artifact;
    });
  }

  Result<std::optional<Artifact>> find_by_debug_id(model::ProjectId project,
                                                   const std::string& debug_id) override {
    return readers_.read<std::optional<Artifact>>([&](Database& database) {
      std::optional<Artifact> found;
      Query query = database.query(std::string(kColumns) +
                                   "WHERE project = ? AND debug_id = ? AND debug_id <> '' "
                                   "ORDER BY map_sha256 = '', artifact_id DESC LIMIT 1");
      if (query.integer(project).text(debug_id).row()) found = read_artifact(query);
      return found;
    });
  }

  Result<std::optional<Artifact>> find_by_url(model::ProjectId project, const std::string& release,
                                              const std::vector<std::string>& urls) override {
    return readers_.read<std::optional<Artifact>>([&](Database& database) {
      std::optional<Artifact> found;
      for (const std::string& url : urls) {
        if (url.empty()) continue;
        Query query =
            database.query(std::string(kColumns) + "WHERE project = ? AND release = ? AND url = ?");
        if (query.integer(project).text(release).text(url).row()) found = read_artifact(query);
        if (found) break;
      }
      return found;
    });
  }

  Result<bool> has_release(model::ProjectId project, const std::string& release) override {
    return readers_.read<bool>([&](Database& database) {
      Query query =
          database.query("SELECT 1 FROM artifacts WHERE project = ? AND release = ? LIMIT 1");
      return query.integer(project).text(release).row();
    });
  }

  Result<std::optional<std::string>> content(const std::string& sha256) override {
    return readers_.read<std::optional<std::string>>([&](Database& database) {
      std::optional<std::string> found;
      Query query = database.query("SELECT content FROM artifact_contents WHERE sha256 = ?");
      if (!query.text(sha256).row()) return found;
      const std::string_view bytes = query.read_blob();
      const unsigned long long size = ZSTD_getFrameContentSize(bytes.data(), bytes.size());
      if (size == ZSTD_CONTENTSIZE_UNKNOWN || size == ZSTD_CONTENTSIZE_ERROR) {
        database.fail("a stored artifact cannot be read");
        return found;
      }
      found.emplace(static_cast<std::size_t>(size), '\0');
      if (ZSTD_decompress(found->data(), found->size(), bytes.data(), bytes.size()) != size) {
        database.fail("a stored artifact cannot be read");
      }
      return found;
    });
  }

  Result<model::Listing<Artifact>> artifacts(model::ProjectId project,
                                             const std::optional<std::string>& release,
                                             const model::Paging& paging) override {
    std::int64_t before = INT64_MAX;
    if (!paging.cursor.empty()) {
      const auto cursor = decode_cursor(paging.cursor, kCursorArtifacts, 0);
      if (!cursor) return cursor.error();
      before = cursor->key;
    }
    const std::size_t limit = clamped_limit(paging);
    return readers_.read<model::Listing<Artifact>>([&](Database& database) {
      model::Listing<Artifact> listing;
      Query query = database.query(std::string(kColumns) + "WHERE project = ? AND artifact_id < ?" +
                                   (release ? " AND release = ?" : "") +
                                   " ORDER BY artifact_id DESC LIMIT ?");
      query.integer(project).integer(before);
      if (release) query.text(*release);
      query.integer(static_cast<std::int64_t>(limit) + 1);
      while (query.row()) {
        if (listing.items.size() == limit) {
          listing.next_cursor =
              encode_cursor({kCursorArtifacts, listing.items.back().artifact_id, ""});
          break;
        }
        listing.items.push_back(read_artifact(query));
      }
      return listing;
    });
  }

  Result<std::vector<ArtifactRelease>> artifact_releases(model::ProjectId project) override {
    return readers_.read<std::vector<ArtifactRelease>>([&](Database& database) {
      std::vector<ArtifactRelease> out;
      Query query = database.query(
          "SELECT release, count(*), sum(map_sha256 <> ''), sum(map_bytes + file_bytes), "
          "max(created_at_unix_us) FROM artifacts WHERE project = ? GROUP BY release "
          "ORDER BY 5 DESC, release");
      query.integer(project);
      while (query.row()) {
        ArtifactRelease& release = out.emplace_back();
        release.release = query.read_text();
        release.files = static_cast<std::uint64_t>(query.read_integer());
        release.maps = static_cast<std::uint64_t>(query.read_integer());
        release.bytes = query.read_integer();
        release.last_upload_unix_us = query.read_integer();
      }
      return out;
    });
  }

  Result<std::size_t> remove_release(model::ProjectId project,
                                     const std::string& release) override {
    return write<std::size_t>([&] {
      const auto removed = static_cast<std::size_t>(
          database_->query("DELETE FROM artifacts WHERE project = ? AND release = ?")
              .integer(project)
              .text(release)
              .run());
      forget_unused(*database_);
      return removed;
    });
  }

  Result<std::vector<RegroupTask>> regroup_tasks() override {
    return readers_.read<std::vector<RegroupTask>>([&](Database& database) {
      std::vector<RegroupTask> out;
      Query query = database.query(
          "SELECT task_id, generation, project, release, debug_id FROM regroup_tasks "
          "ORDER BY task_id");
      while (query.row()) {
        RegroupTask& task = out.emplace_back();
        task.task_id = query.read_integer();
        task.generation = query.read_integer();
        task.project = query.read_integer();
        task.release = query.read_text();
        task.debug_id = query.read_text();
      }
      return out;
    });
  }

  Status finish_regroup(const RegroupTask& task) override {
    return write([&] {
      database_->query("DELETE FROM regroup_tasks WHERE task_id = ? AND generation = ?")
          .integer(task.task_id)
          .integer(task.generation)
          .run();
    });
  }

  Status put_chunk(const std::string& sha1, std::string_view bytes,
                   std::int64_t now_unix_us) override {
    return write([&]() -> Status {
      const std::int64_t waiting =
          database_->integer_of("SELECT ifnull(sum(length(content)), 0) FROM upload_chunks");
      const bool full = waiting + static_cast<std::int64_t>(bytes.size()) > kChunkBytes;
      if (full) return Error{"too_much_waiting", "too many uploaded pieces wait"};
      database_
          ->query("INSERT OR REPLACE INTO upload_chunks(sha1, content, at_unix_us) VALUES(?,?,?)")
          .text(sha1)
          .blob(bytes)
          .integer(now_unix_us)
          .run();
      return Done{};
    });
  }

  Result<bool> has_chunk(const std::string& sha1) override {
    return readers_.read<bool>([&](Database& database) {
      Query query = database.query("SELECT 1 FROM upload_chunks WHERE sha1 = ?");
      return query.text(sha1).row();
    });
  }

  Result<std::optional<std::string>> chunk(const std::string& sha1) override {
    return readers_.read<std::optional<std::string>>([&](Database& database) {
      std::optional<std::string> found;
      Query query = database.query("SELECT content FROM upload_chunks WHERE sha1 = ?");
      if (query.text(sha1).row()) found = std::string(query.read_blob());
      return found;
    });
  }

  Status remove_chunks(const std::vector<std::string>& sha1s) override {
    return write([&] {
      for (const std::string& sha1 : sha1s) {
        database_->query("DELETE FROM upload_chunks WHERE sha1 = ?").text(sha1).run();
      }
    });
  }

  Result<std::size_t> prune_artifacts(std::int64_t before_unix_us,
                                      std::int64_t now_unix_us) override {
    return write<std::size_t>([&] {
      const auto removed = static_cast<std::size_t>(
          database_->query("DELETE FROM artifacts WHERE created_at_unix_us < ?")
              .integer(before_unix_us)
              .run());
      database_->query("DELETE FROM upload_chunks WHERE at_unix_us < ?")
          .integer(now_unix_us - kChunkLifeUs)
          .run();
      if (removed > 0) forget_unused(*database_);
      return removed;
    });
  }

 private:
  static void forget_unused(Database& database) {
    database.run(
        "DELETE FROM artifact_contents WHERE NOT EXISTS(SELECT 1 FROM artifacts a WHERE "
        "a.map_sha256 = artifact_contents.sha256) AND NOT EXISTS(SELECT 1 FROM artifacts a WHERE "
        "a.file_sha256 = artifact_contents.sha256)");
  }
  sqlite::ReaderPool readers_;
};

}  // namespace

Result<std::unique_ptr<ArtifactStore>> open_sqlite_artifact_store(const SqliteOptions& options) {
  auto database = sqlite::open_writer(options);
  if (!database) return database.error();
  return std::unique_ptr<ArtifactStore>(
      std::make_unique<Store>(std::move(*database), options.path));
}

}  // namespace pagewake::storage
