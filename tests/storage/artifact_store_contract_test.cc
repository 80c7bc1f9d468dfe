// The promises of storage/artifact_store.h, for every store.
#include <gtest/gtest.h>

#include "storage/artifact_store.h"
#include "storage/project_rules.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

struct Engine {
  const char* name;
  std::unique_ptr<ArtifactStore> (*open)(const TemporaryFolder& folder);
};

void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory", [](const TemporaryFolder&) { return make_memory_artifact_store(); }},
    {"Sqlite",
     [](const TemporaryFolder& folder) -> std::unique_ptr<ArtifactStore> {
       auto opened = open_sqlite_artifact_store({folder.file("pagewake.sqlite3")});
       if (!opened) {
         ADD_FAILURE() << opened.error().message;
         return nullptr;
       }
       return std::move(*opened);
     }},
};

ArtifactUpload upload(const std::string& release, const std::string& url,
                      const std::string& debug_id, std::optional<std::string> map,
                      std::optional<std::string> file = std::nullopt) {
  return {1, release, url, debug_id, std::move(map), std::move(file), kStart};
}

class ArtifactStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    store_ = GetParam().open(folder_);
    ASSERT_NE(store_, nullptr);
  }
  Artifact put(const ArtifactUpload& upload) {
    auto put = store_->put(upload);
    if (!put) ADD_FAILURE() << put.error().message;
    return put ? *put : Artifact();
  }
  std::string content(const std::string& sha256) {
    auto content = store_->content(sha256);
    return content && *content ? **content : "(none)";
  }
  TemporaryFolder folder_;
  std::unique_ptr<ArtifactStore> store_;
};

INSTANTIATE_TEST_SUITE_P(Every, ArtifactStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

TEST_P(ArtifactStoreContract, IsFoundByUrlOfItsReleaseAndByDebugId) {
  const std::string big(300'000, 'm');
  const Artifact made = put(upload("1.0", "~/a.js", "id-1", big, "file"));
  EXPECT_EQ(made.map_bytes, 300'000);
  EXPECT_EQ(made.file_bytes, 4);
  EXPECT_EQ(made.map_sha256, sha256_hex(big));
  EXPECT_EQ(content(made.map_sha256), big);
  EXPECT_EQ(content(made.file_sha256), "file");

  const struct {
    const char* name;
    model::ProjectId project;
    const char* release;
    std::vector<std::string> urls;
    bool found;
  } cases[] = {
      {"its url", 1, "1.0", {"~/a.js"}, true},
      {"the second of the urls", 1, "1.0", {"https://x/a.js", "~/a.js"}, true},
      {"another release", 1, "1.1", {"~/a.js"}, false},
      {"another project", 2, "1.0", {"~/a.js"}, false},
      {"another url", 1, "1.0", {"~/b.js"}, false},
      {"no url", 1, "1.0", {""}, false},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto found = store_->find_by_url(c.project, c.release, c.urls);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->has_value(), c.found);
    if (*found) {
      EXPECT_EQ((*found)->map_sha256, made.map_sha256);
    }
  }
  EXPECT_TRUE(store_->find_by_debug_id(1, "id-1")->has_value());
  EXPECT_FALSE(store_->find_by_debug_id(2, "id-1")->has_value());
  EXPECT_FALSE(store_->find_by_debug_id(1, "id-2")->has_value());
  EXPECT_FALSE(store_->find_by_debug_id(1, "")->has_value());
  EXPECT_TRUE(*store_->has_release(1, "1.0"));
  EXPECT_FALSE(*store_->has_release(1, "1.1"));
  EXPECT_FALSE(*store_->has_release(2, "1.0"));
}

TEST_P(ArtifactStoreContract, AnotherUploadOfTheSameFileReplacesIt) {
  const Artifact old = put(upload("1.0", "~/a.js", "id-1", "old map", "old file"));
  const Artifact made = put(upload("1.0", "~/a.js", "", "new map"));
  EXPECT_EQ(content(made.map_sha256), "new map");
  EXPECT_EQ(content(made.file_sha256), "old file");  // left out: stays
  EXPECT_EQ(made.debug_id, "id-1");
  EXPECT_EQ(content(old.map_sha256), "(none)");  // nobody's any more
  const auto all = store_->artifacts(1, std::nullopt, {});
  ASSERT_TRUE(all.ok());
  ASSERT_EQ(all->items.size(), 1u);
  EXPECT_EQ(all->items[0].artifact_id, made.artifact_id);
}

TEST_P(ArtifactStoreContract, ByDebugIdTheNewestWithAMapComesFirst) {
  put(upload("1.0", "~/a.js", "id-1", "first"));
  put(upload("1.1", "~/a.js", "id-1", "second"));
  put(upload("1.2", "~/a.js", "id-1", std::nullopt, "no map"));
  const auto found = store_->find_by_debug_id(1, "id-1");
  ASSERT_TRUE(found.ok() && *found);
  EXPECT_EQ(content((*found)->map_sha256), "second");
}

TEST_P(ArtifactStoreContract, AContentOfTwoReleasesGoesWithTheLast) {
  const Artifact made = put(upload("1.0", "~/a.js", "", "same"));
  put(upload("1.1", "~/a.js", "", "same"));
  EXPECT_EQ(*store_->remove_release(1, "1.0"), 1u);
  EXPECT_EQ(content(made.map_sha256), "same");
  EXPECT_EQ(*store_->remove_release(1, "1.1"), 1u);
  EXPECT_EQ(content(made.map_sha256), "(none)");
  EXPECT_EQ(*store_->remove_release(1, "1.1"), 0u);
}

TEST_P(ArtifactStoreContract, RefusesWhatCannotBeFoundAgain) {
  const ArtifactUpload cases[] = {
      upload("", "~/a.js", "", "map"),
      upload("1.0", "", "", "map"),
      upload("1.0", "~/a.js", "", std::nullopt),
  };
  for (const auto& c : cases) {
    const auto put = store_->put(c);
    ASSERT_FALSE(put.ok());
    EXPECT_EQ(put.error().code, "invalid_artifact");
  }
  EXPECT_TRUE(store_->regroup_tasks()->empty());
}

TEST_P(ArtifactStoreContract, ListsPageByPageAndSumsUpReleases) {
  for (int i = 0; i < 5; ++i) {
    put(upload(i < 3 ? "1.0" : "1.1", "~/" + std::to_string(i) + ".js", "", "map",
               i == 0 ? std::optional<std::string>("file") : std::nullopt));
  }
  std::vector<std::string> urls;
  model::Paging paging{2, ""};
  do {
    const auto page = store_->artifacts(1, std::nullopt, paging);
    ASSERT_TRUE(page.ok());
    ASSERT_LE(page->items.size(), 2u);
    for (const auto& item : page->items) urls.push_back(item.url);
    paging.cursor = page->next_cursor;
  } while (!paging.cursor.empty());
  EXPECT_EQ(urls, (std::vector<std::string>{"~/4.js", "~/3.js", "~/2.js", "~/1.js", "~/0.js"}));
  EXPECT_EQ(store_->artifacts(1, "1.1", {})->items.size(), 2u);
  EXPECT_EQ(store_->artifacts(1, std::nullopt, {10, "nonsense"}).error().code, "invalid_cursor");
  const auto releases = store_->artifact_releases(1);
  ASSERT_TRUE(releases.ok());
  ASSERT_EQ(releases->size(), 2u);
  EXPECT_EQ((*releases)[0].release, "1.0");
  EXPECT_EQ((*releases)[0].files, 3u);
  EXPECT_EQ((*releases)[0].maps, 3u);
  EXPECT_EQ((*releases)[0].bytes, 3 * 3 + 4);
  EXPECT_EQ((*releases)[0].last_upload_unix_us, kStart);
}

TEST_P(ArtifactStoreContract, AnUploadLeavesATaskThatARenewalKeeps) {
  put(upload("1.0", "~/a.js", "id-1", "map"));
  put(upload("1.0", "~/b.js", "id-2", "map"));
  put(upload("", "", "id-3", "map"));
  auto tasks = store_->regroup_tasks();
  ASSERT_TRUE(tasks.ok());
  ASSERT_EQ(tasks->size(), 2u);
  EXPECT_EQ((*tasks)[0].release, "1.0");
  EXPECT_EQ((*tasks)[0].debug_id, "");
  EXPECT_EQ((*tasks)[1].release, "");
  EXPECT_EQ((*tasks)[1].debug_id, "id-3");
  put(upload("1.0", "~/c.js", "", "map"));  // while the task is worked on
  ASSERT_TRUE(store_->finish_regroup((*tasks)[0]).ok());
  ASSERT_TRUE(store_->finish_regroup((*tasks)[1]).ok());
  tasks = store_->regroup_tasks();
  ASSERT_EQ(tasks->size(), 1u);
  EXPECT_EQ((*tasks)[0].release, "1.0");
  ASSERT_TRUE(store_->finish_regroup((*tasks)[0]).ok());
  EXPECT_TRUE(store_->regroup_tasks()->empty());
}

TEST_P(ArtifactStoreContract, ChunksWaitUntilTheyAreUsedOrOld) {
  ASSERT_TRUE(store_->put_chunk("aa", std::string("\0bytes", 6), kStart).ok());
  ASSERT_TRUE(store_->put_chunk("bb", "later", kStart + kHourLength).ok());
  EXPECT_TRUE(*store_->has_chunk("aa"));
  EXPECT_EQ(**store_->chunk("aa"), std::string("\0bytes", 6));
  EXPECT_FALSE(*store_->has_chunk("cc"));
  EXPECT_FALSE(store_->chunk("cc")->has_value());
  ASSERT_TRUE(store_->prune_artifacts(0, kStart + kChunkLifeUs + 1).ok());
  EXPECT_FALSE(*store_->has_chunk("aa"));
  EXPECT_TRUE(*store_->has_chunk("bb"));
  ASSERT_TRUE(store_->remove_chunks({"bb", "cc"}).ok());
  EXPECT_FALSE(*store_->has_chunk("bb"));
}

TEST_P(ArtifactStoreContract, PruningRemovesOldArtifactsWithTheirContents) {
  const Artifact made = put(upload("1.0", "~/a.js", "", "map"));
  EXPECT_EQ(*store_->prune_artifacts(kStart, kStart), 0u);
  EXPECT_EQ(*store_->prune_artifacts(kStart + 1, kStart), 1u);
  EXPECT_EQ(content(made.map_sha256), "(none)");
}

TEST(SqliteArtifactStore, KeepsEverythingOverARestart) {
  TemporaryFolder folder;
  std::string sha256;
  {
    auto store = open_sqlite_artifact_store({folder.file("pagewake.sqlite3")});
    ASSERT_TRUE(store.ok());
    sha256 = (*store)->put(upload("1.0", "~/a.js", "", "map"))->map_sha256;
  }
  auto store = open_sqlite_artifact_store({folder.file("pagewake.sqlite3")});
  ASSERT_TRUE(store.ok());
  EXPECT_EQ(**(*store)->content(sha256), "map");
  EXPECT_EQ((*store)->regroup_tasks()->size(), 1u);
}

}  // namespace
}  // namespace pagewake::storage
