// The command's upload of a folder, and what it does to issues from before.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "app/regroup.h"
#include "app/sourcemaps.h"
#include "grouping/grouping.h"
#include "storage/memory/memory_store.h"
#include "storage/store_fixtures.h"

namespace pagewake::app {
namespace {

namespace fs = std::filesystem;

// Line 1: column 0 -> cart.ts 3:4, a function of the name "checkout" in column 9.
constexpr char kMap[] =
    R"({"version":3,"sources":["../src/cart.ts"],"names":["checkout"],"mappings":"AAEI,SAAAA"})";

class SourceMapsTest : public testing::Test {
 protected:
  void write(const std::string& name, const std::string& text) {
    const fs::path path = folder_.file("dist/" + name);
    fs::create_directories(path.parent_path());
    std::ofstream(path) << text;
  }
  Status upload(const std::string& release = "1.0", const std::string& prefix = "~/static") {
    out_.str("");
    return upload_source_maps(*artifacts_, {1, release, prefix, folder_.file("dist")}, 7, out_);
  }
  bool has(const std::string& url) {
    const auto found = artifacts_->find_by_url(1, "1.0", {url});
    return found && *found && !(*found)->map_sha256.empty() && !(*found)->file_sha256.empty();
  }

  storage::TemporaryFolder folder_;
  std::unique_ptr<storage::ArtifactStore> artifacts_ = storage::make_memory_artifact_store();
  std::ostringstream out_;
};

TEST_F(SourceMapsTest, TakesScriptsWithTheMapThatTheyNameOrThatLiesBeside) {
  write("a.js", "x();\n//# sourceMappingURL=maps/a.map");
  write("maps/a.map", kMap);
  write("sub/b.mjs", "y();");
  write("sub/b.mjs.map", kMap);
  write("plain.js", "z();");
  write("style.css", "p {}");
  const Status done = upload();
  ASSERT_TRUE(done.ok()) << done.error().message;
  EXPECT_TRUE(has("~/static/a.js"));
  EXPECT_TRUE(has("~/static/sub/b.mjs"));
  EXPECT_FALSE(has("~/static/plain.js"));
  EXPECT_NE(out_.str().find("~/static/plain.js: no map"), std::string::npos) << out_.str();
  EXPECT_NE(out_.str().find("2 of 3 scripts uploaded for release 1.0"), std::string::npos);
}

TEST_F(SourceMapsTest, SaysWhatIsWrong) {
  EXPECT_EQ(upload().error().code, "bad_setting");  // no such folder
  write("plain.js", "z();");
  EXPECT_EQ(upload().error().code, "nothing_found");
  EXPECT_EQ(upload("").error().code, "bad_setting");
  write("plain.js.map", "{}");
  const Status broken = upload();
  EXPECT_EQ(broken.error().code, "invalid_map");
  EXPECT_NE(broken.error().message.find("plain.js.map"), std::string::npos);
}

class RegroupTest : public SourceMapsTest {
 protected:
  model::EventRecord event(std::uint64_t id, const std::string& release = "1.0") {
    model::EventRecord event = storage::event(id);
    event.platform = "javascript";
    event.release = release;
    event.custom_fingerprint.clear();
    event.exceptions.clear();
    event.exceptions.emplace_back().type = "TypeError";
    model::Frame& frame = event.exceptions[0].frames.emplace_back();
    frame.function = "t";
    frame.filename = "https://shop.example/static/a.js";
    frame.line = 1;
    frame.column = 12;
    symbolicator_.symbolicate(event);
    grouping::group(event);
    return event;
  }
  void append(const model::EventRecord& event) {
    storage::RecordBatch batch;
    batch.records.events = {event};
    ASSERT_TRUE(records_->append(batch).ok());
  }
  model::IssueId issue_of(std::uint64_t id) {
    return (*records_->event(1, storage::id_of<EventId>(id)))->issue_id;
  }
  std::size_t run() {
    std::size_t changed = 0;
    const auto tasks = artifacts_->regroup_tasks();
    for (const auto& task : *tasks) {
      const auto done = regroup(with_, task);
      EXPECT_TRUE(done.ok());
      changed += *done;
    }
    return changed;
  }

  std::unique_ptr<storage::MemoryStore> records_ = storage::make_memory_store();
  symbolicate::Symbolicator symbolicator_{*artifacts_};
  Regrouper with_{*records_, *records_, symbolicator_,
                  [](model::EventRecord& e) { grouping::group(e); }, [] { return 1; }};
};

TEST_F(RegroupTest, AnIssueFromBeforeTheMapTakesTheSourcesNames) {
  append(event(1));
  append(event(2, "other"));
  const model::IssueId id = issue_of(1);
  EXPECT_EQ(issue_of(2), id) << "minified names cannot tell them apart";
  write("a.js", "function t(){throw 1}");
  write("a.js.map", kMap);
  ASSERT_TRUE(upload().ok());
  EXPECT_EQ(run(), 1u);
  const auto issue = records_->issue(1, id);
  ASSERT_TRUE(issue.ok() && *issue);
  EXPECT_EQ((*issue)->culprit, "checkout in cart.ts");
  EXPECT_EQ((*issue)->event_count, 2u);
  EXPECT_EQ(run(), 0u) << "again changes nothing";

  append(event(3));
  EXPECT_EQ(issue_of(3), id);
  append(event(4, "other"));  // without a map its names are the minifier's
  EXPECT_NE(issue_of(4), id);
}

TEST_F(RegroupTest, AnIssueWhoseSourcesNameIsTakenIsMergedWithIt) {
  append(event(1));
  write("a.js", "function t(){throw 1}");
  write("a.js.map", kMap);
  ASSERT_TRUE(upload("1.1").ok());
  EXPECT_EQ(run(), 0u);
  append(event(2, "1.1"));  // named by its sources from the start
  const model::IssueId part = issue_of(1);
  ASSERT_NE(part, issue_of(2));
  ASSERT_TRUE(upload("1.0").ok());
  EXPECT_EQ(run(), 1u);
  const auto issues = records_->issues(1, {}, {10, ""});
  ASSERT_EQ(issues->items.size(), 1u);
  EXPECT_EQ(issues->items[0].culprit, "checkout in cart.ts");
  EXPECT_EQ(issues->items[0].event_count, 2u);

  // A person takes them apart: the next upload leaves them so.
  const model::IssueId whole = issues->items[0].issue_id;
  ASSERT_TRUE(records_->unmerge_issues(1, whole, {part}, "ann", 2).ok());
  ASSERT_TRUE(upload("1.0").ok());
  EXPECT_EQ(run(), 0u);
  EXPECT_EQ(records_->issues(1, {}, {10, ""})->items.size(), 2u);
}

TEST_F(RegroupTest, LeavesAloneWhatTheMapDoesNotTouch) {
  append(event(1, "2.0"));
  const std::string key = (*records_->issue(1, issue_of(1)))->grouping_key;
  write("a.js", "function t(){throw 1}");
  write("a.js.map", kMap);
  ASSERT_TRUE(upload("1.0").ok());
  EXPECT_EQ(run(), 0u);
  EXPECT_EQ((*records_->issue(1, issue_of(1)))->grouping_key, key);
}

}  // namespace
}  // namespace pagewake::app
