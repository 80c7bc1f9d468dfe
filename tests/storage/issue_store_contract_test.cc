// The promises of storage/issue_store.h, and how the issues of
// storage/record_store.h follow them. One suite; every store passes it.
#include <gtest/gtest.h>

#include <set>

#include "storage/record_rules.h"
#include "storage/store_fixtures.h"

namespace pagewake::storage {
namespace {

using model::EventRecord;
using model::Issue;
using model::IssueStatus;

struct Opened {
  std::unique_ptr<RecordStore> records;
  std::unique_ptr<IssueStore> owned;
  IssueStore* issues = nullptr;
};

struct Engine {
  const char* name;
  Opened (*open)(const TemporaryFolder& folder);
};

void PrintTo(const Engine& engine, std::ostream* out) { *out << engine.name; }

constexpr Engine kEngines[] = {
    {"Memory",
     [](const TemporaryFolder&) {
       auto store = make_memory_store();
       Opened opened;
       opened.issues = store.get();
       opened.records = std::move(store);
       return opened;
     }},
    {"Sqlite",
     [](const TemporaryFolder& folder) {
       const SqliteOptions options{folder.file("pagewake.sqlite3")};
       auto records = open_sqlite_store(options);
       auto issues = open_sqlite_issue_store(options);
       Opened opened;
       if (!records || !issues) {
         ADD_FAILURE() << (records ? issues.error() : records.error()).message;
         return opened;
       }
       opened.records = std::move(*records);
       opened.owned = std::move(*issues);
       opened.issues = opened.owned.get();
       return opened;
     }},
};

class IssueStoreContract : public testing::TestWithParam<Engine> {
 protected:
  void SetUp() override {
    opened_ = GetParam().open(folder_);
    ASSERT_NE(opened_.issues, nullptr);
  }
  RecordStore& records() { return *opened_.records; }
  IssueStore& store() { return *opened_.issues; }

  void append(std::vector<EventRecord> events) {
    RecordBatch batch;
    batch.records.events = std::move(events);
    const auto written = records().append(batch);
    ASSERT_TRUE(written.ok()) << written.error().message;
  }
  // An event received at `at`, of key `key` and `release`.
  EventRecord make(const std::string& key, const std::string& release = "",
                   std::int64_t at = kStart) {
    EventRecord one = event(++next_event_, at);
    one.grouping_key = key;
    one.title = "Title " + key;
    one.release = release;
    return one;
  }
  std::vector<Issue> issues(const IssueQuery& query = {}) {
    auto listing = records().issues(1, query, {1000, ""});
    EXPECT_TRUE(listing.ok()) << (listing.ok() ? "" : listing.error().message);
    return listing.ok() ? listing->items : std::vector<Issue>();
  }
  IssueId id_of_key(const std::string& key) {
    for (const Issue& issue : issues()) {
      if (issue.grouping_key == key) return issue.issue_id;
    }
    ADD_FAILURE() << "no issue " << key;
    return 0;
  }
  Issue issue(IssueId id) {
    auto found = records().issue(1, id);
    EXPECT_TRUE(found.ok() && found->has_value());
    return found.ok() && found->has_value() ? **found : Issue();
  }
  Issue change(IssueId id, const IssueChange& change, std::int64_t now = kStart + kMinuteUs) {
    auto changed = store().change_issues(1, {id}, change, "ann", now);
    EXPECT_TRUE(changed.ok() && changed->size() == 1);
    return changed.ok() && !changed->empty() ? changed->front() : Issue();
  }
  Issue set(IssueId id, IssueStatus status, std::int64_t now = kStart + kMinuteUs) {
    IssueChange wanted;
    wanted.status = status;
    return change(id, wanted, now);
  }
  // "created regressed": oldest first.
  std::string activity(IssueId id) {
    auto found = store().issue_activity(1, id, 100);
    EXPECT_TRUE(found.ok());
    std::string out;
    for (const Activity& one : *found) {
      out = std::string(name_of(one.kind)) + (out.empty() ? "" : " ") + out;
    }
    return out;
  }
  std::uint64_t tag(IssueId id, const std::string& key, const std::string& value) {
    auto found = store().issue_tags(1, id);
    EXPECT_TRUE(found.ok());
    for (const TagDistribution& one : *found) {
      if (one.key != key) continue;
      for (const TagValue& each : one.values) {
        if (each.value == value) return each.event_count;
      }
    }
    return 0;
  }

  TemporaryFolder folder_;
  Opened opened_;
  std::uint64_t next_event_ = 0;
};

INSTANTIATE_TEST_SUITE_P(Every, IssueStoreContract, testing::ValuesIn(kEngines),
                         [](const auto& info) { return std::string(info.param.name); });

// --- Status

TEST_P(IssueStoreContract, AnIssueMayTakeTheGroupingOfItsSymbolicatedEvent) {
  append({event(1)});
  const IssueId id = (*records().event(1, event(1).event_id))->issue_id;
  EventRecord symbolicated = event(1);
  symbolicated.grouping_key = "by source";
  symbolicated.grouping_explanation = "grouped by: checkout (cart.ts)";
  symbolicated.title = "TypeError: no total";
  symbolicated.culprit = "checkout in cart.ts";
  EXPECT_EQ(*store().rekey_issue(1, id + 1000, symbolicated), 0);
  EXPECT_EQ(*store().rekey_issue(2, id, symbolicated), 0);
  EXPECT_EQ(*store().rekey_issue(1, id, symbolicated), id);
  const auto changed = records().issue(1, id);
  ASSERT_TRUE(changed.ok() && *changed);
  EXPECT_EQ((*changed)->grouping_key, "by source");
  EXPECT_EQ((*changed)->title, "TypeError: no total");
  EXPECT_EQ((*changed)->culprit, "checkout in cart.ts");
  EXPECT_EQ((*changed)->event_count, 1u);
  // The next event with the new key is its second; the old key is free again.
  EventRecord next = event(2);
  next.grouping_key = "by source";
  append({next});
  EXPECT_EQ((*records().issue(1, id))->event_count, 2u);
  append({event(3)});
  const IssueId other = (*records().event(1, event(3).event_id))->issue_id;
  EXPECT_NE(other, id);
  // Where another has the key nothing changes.
  EXPECT_EQ(*store().rekey_issue(1, other, symbolicated), id);
  EXPECT_NE((*records().issue(1, other))->grouping_key, "by source");
}

TEST_P(IssueStoreContract, AResolvedIssueIsReopenedByItsNextEvent) {
  const EventRecord first = make("a");
  append({first});
  const IssueId id = id_of_key("a");
  EXPECT_EQ(set(id, IssueStatus::kResolved).status, IssueStatus::kResolved);
  append({first});  // a duplicate is no regression
  EXPECT_EQ(issue(id).status, IssueStatus::kResolved);
  append({make("a", "1.4")});
  EXPECT_EQ(issue(id).status, IssueStatus::kUnresolved);
  EXPECT_EQ(activity(id), "created status regressed");
  EXPECT_EQ((*store().issue_activity(1, id, 1))[0].detail, "1.4");
}

TEST_P(IssueStoreContract, ResolvedInTheNextReleaseReopensOnlyInANewerOne) {
  append({make("other", "0.9"), make("a", "1.0")});
  const IssueId id = id_of_key("a");
  const std::int64_t now = kStart + kMinuteUs;
  EXPECT_EQ(set(id, IssueStatus::kResolvedInNextRelease, now).resolved_release, "1.0");
  append({make("a", "1.0", now + kSecondUs),  // the release that has the bug is still out
          make("a", "0.9", now + kSecondUs),  // and so is one before it, in an old tab
          make("a", "", now + kSecondUs)});   // cannot say where it comes from
  EXPECT_EQ(issue(id).status, IssueStatus::kResolvedInNextRelease);
  EXPECT_EQ(issue(id).event_count, 4u);
  append({make("a", "1.1", now + 2 * kSecondUs)});
  EXPECT_EQ(issue(id).status, IssueStatus::kUnresolved);
  EXPECT_EQ(issue(id).resolved_release, "");
  EXPECT_EQ(activity(id), "created status regressed");
}

TEST_P(IssueStoreContract, WhatFailedInARelease) {
  append({make("a", "1.0"), make("a", "1.1"), make("a", "1.1"), make("b", "1.1"), make("c", "1.0"),
          make("d", "1.1"), make("no release")});
  const auto expect = [&](const std::string& release, std::uint64_t events, std::uint64_t issues,
                          std::uint64_t new_issues) {
    SCOPED_TRACE(release);
    const auto found = store().release_errors(1, release);
    ASSERT_TRUE(found.ok());
    EXPECT_EQ(found->events, events);
    EXPECT_EQ(found->issues, issues);
    EXPECT_EQ(found->new_issues, new_issues);
  };
  expect("1.0", 2, 2, 2);
  expect("1.1", 4, 3, 2);
  expect("2.0", 0, 0, 0);
  // Merged they are one to people, and count the same events.
  ASSERT_TRUE(
      store().merge_issues(1, {id_of_key("b"), id_of_key("d")}, "ann", kStart + kMinuteUs).ok());
  expect("1.1", 4, 2, 1);
  EXPECT_EQ(store().release_errors(2, "1.1")->events, 0u);
}

TEST_P(IssueStoreContract, APageViewMakesAReleaseKnown) {
  append({make("a", "1.0")});
  RecordBatch batch;
  batch.records.page_views = {page_view(1, kStart + kSecondUs)};
  batch.records.page_views[0].release = "1.1";
  ASSERT_TRUE(records().append(batch).ok());
  const auto releases = store().release_arrivals(1, 10);
  ASSERT_EQ(releases->size(), 2u);
  EXPECT_EQ((*releases)[0].release, "1.1");
  const IssueId id = id_of_key("a");
  EXPECT_EQ(set(id, IssueStatus::kResolvedInNextRelease).resolved_release, "1.1");
  append({make("a", "1.1", kStart + kHourLength)});
  EXPECT_EQ(issue(id).status, IssueStatus::kResolvedInNextRelease);
}

TEST_P(IssueStoreContract, AnIgnoredIssueStaysIgnoredForEverOrUntilManyMore) {
  append({make("for ever"), make("three more")});
  const IssueId for_ever = id_of_key("for ever"), limited = id_of_key("three more");
  set(for_ever, IssueStatus::kIgnored);
  IssueChange until;
  until.status = IssueStatus::kIgnored;
  until.ignore_more_events = 3;
  EXPECT_EQ(change(limited, until).ignored_until_event_count, 4u);
  for (int i = 0; i < 2; ++i) append({make("for ever"), make("three more")});
  EXPECT_EQ(issue(limited).status, IssueStatus::kIgnored);
  append({make("for ever"), make("three more")});
  EXPECT_EQ(issue(for_ever).status, IssueStatus::kIgnored);
  EXPECT_EQ(issue(limited).status, IssueStatus::kUnresolved);
  EXPECT_EQ(activity(limited), "created status unignored");

  until.ignore_more_events = 0;
  until.ignore_until_spike = true;
  EXPECT_TRUE(change(limited, until).ignored_until_spike);
  ASSERT_TRUE(store().unignore_issue(1, limited, "40 events in an hour", kStart).ok());
  EXPECT_EQ(issue(limited).status, IssueStatus::kUnresolved);
  EXPECT_FALSE(issue(limited).ignored_until_spike);
  ASSERT_TRUE(store().unignore_issue(1, limited, "again", kStart).ok());
  EXPECT_EQ(activity(limited), "created status unignored status unignored");
}

TEST_P(IssueStoreContract, ManyIssuesChangeAtOnceAndKeepWhatIsNotSaid) {
  append({make("a"), make("b"), make("c")});
  IssueChange assign;
  assign.assignee = "bob";
  const auto changed =
      store().change_issues(1, {id_of_key("a"), id_of_key("b"), 999}, assign, "ann", kStart);
  ASSERT_TRUE(changed.ok());
  EXPECT_EQ(changed->size(), 2u) << "those that exist";
  set(id_of_key("a"), IssueStatus::kResolved);
  EXPECT_EQ(issue(id_of_key("a")).assignee, "bob");
  IssueQuery query;
  query.assignee = "bob";
  EXPECT_EQ(issues(query).size(), 2u);
  query.assignee = "";
  ASSERT_EQ(issues(query).size(), 1u);
  EXPECT_EQ(issues(query)[0].grouping_key, "c");
  EXPECT_TRUE(store().change_issues(2, {id_of_key("a")}, assign, "ann", kStart)->empty())
      << "of another project";
}

// --- Searching and counting

TEST_P(IssueStoreContract, SearchesByWhatTheEventsHad) {
  EventRecord one = make("a", "1.0"), two = make("b", "1.1");
  one.browser = "Firefox";
  one.user_id = "42";
  one.tags = {{"team", "shop"}};
  one.exceptions.emplace_back().type = "TypeError";
  two.browser = "Chrome";
  two.level = "warning";
  two.platform = "python";
  append({one, two});
  const auto keys = [&](const std::function<void(IssueQuery&)>& fill) {
    IssueQuery query;
    fill(query);
    std::set<std::string> out;
    for (const Issue& found : issues(query)) out.insert(found.grouping_key);
    return out;
  };
  using Keys = std::set<std::string>;
  EXPECT_EQ(keys([](auto& q) { q.release = "1.0"; }), Keys{"a"});
  EXPECT_EQ(keys([](auto& q) { q.user = "42"; }), Keys{"a"});
  EXPECT_EQ(keys([](auto& q) { q.user = "43"; }), Keys{});
  EXPECT_EQ(keys([](auto& q) { q.tags = {{"browser", "firefox"}}; }), Keys{"a"});
  EXPECT_EQ(keys([](auto& q) { q.tags = {{"browser", "Firefox"}, {"team", "shop"}}; }), Keys{"a"});
  EXPECT_EQ(keys([](auto& q) { q.tags = {{"browser", "Firefox"}, {"team", "x"}}; }), Keys{});
  EXPECT_EQ(keys([](auto& q) { q.level = "warning"; }), Keys{"b"});
  EXPECT_EQ(keys([](auto& q) { q.type = "TypeError"; }), Keys{"a"});
  EXPECT_EQ(keys([](auto& q) { q.platform = "python"; }), Keys{"b"});
}

TEST_P(IssueStoreContract, TagsAreCountedAndBounded) {
  std::vector<EventRecord> sent;
  for (int i = 0; i < 3; ++i) sent.push_back(make("a", i == 0 ? "1.0" : "1.1"));
  for (std::size_t i = 0; i < kTagValuesKept + 20; ++i) {
    sent.push_back(make("many"));
    sent.back().tags = {{"request", "r" + std::to_string(i)}};
  }
  append(sent);
  EXPECT_EQ(tag(id_of_key("a"), "release", "1.1"), 2u);
  EXPECT_EQ(tag(id_of_key("a"), "release", "1.0"), 1u);
  EXPECT_EQ(tag(id_of_key("many"), "request", std::string(kOtherValue)), 20u);
  for (const auto& one : *store().issue_tags(1, id_of_key("many"))) {
    EXPECT_LE(one.values.size(), kTagValuesShown);
    EXPECT_EQ(one.event_count, kTagValuesKept + 20) << one.key;
  }
  EXPECT_TRUE(store().issue_tags(2, id_of_key("a"))->empty());
}

// --- Merging

TEST_P(IssueStoreContract, AMergedIssueCountsForItsPartsAndUnmergingIsExact) {
  EventRecord a = make("a", "1.0", kStart), b = make("b", "1.1", kStart + kHourLength);
  a.user_id = b.user_id = "42";
  append({a, b, make("b", "1.1", kStart + kHourLength), make("c")});
  const IssueId id_a = id_of_key("a"), id_b = id_of_key("b"), id_c = id_of_key("c");
  const auto merged = store().merge_issues(1, {id_a, id_b}, "ann", kStart);
  ASSERT_TRUE(merged.ok()) << merged.error().message;
  const IssueId whole = merged->issue_id;
  EXPECT_EQ(merged->event_count, 3u);
  EXPECT_EQ(merged->user_count, 1u);
  EXPECT_EQ(merged->first_seen_unix_us, kStart);
  EXPECT_EQ(merged->last_seen_unix_us, kStart + kHourLength);
  EXPECT_EQ(merged->first_release, "1.0");
  EXPECT_EQ(merged->last_release, "1.1");
  EXPECT_EQ(issues().size(), 2u) << "the parts are hidden";
  EXPECT_EQ(issue(id_a).merged_into, whole);
  EXPECT_EQ(store().issue_parts(1, whole)->size(), 2u);
  EXPECT_EQ(records().issue_hours(1, whole, 0, INT64_MAX)->size(), 2u);
  EXPECT_EQ(tag(whole, "release", "1.1"), 2u);

  // New events of either key count in the whole and in their part.
  EventRecord later = make("b", "1.2", kStart + 2 * kHourLength);
  later.user_id = "43";
  append({later, make("a", "1.2", kStart + kMinuteUs)});
  EXPECT_EQ(issue(whole).event_count, 5u);
  EXPECT_EQ(issue(whole).user_count, 2u);
  EXPECT_EQ(issue(whole).last_release, "1.2");
  EXPECT_EQ(issue(id_a).event_count, 2u);
  EventQuery query;
  query.issue_id = whole;
  const auto events = records().events(1, query, {1000, ""});
  ASSERT_EQ(events->items.size(), 5u);
  for (const auto& one : events->items) EXPECT_EQ(one.issue_id, whole);
  EXPECT_EQ((*records().event(1, later.event_id))->issue_id, whole);

  // A third joins, and the status is the whole's.
  ASSERT_EQ(store().merge_issues(1, {whole, id_c}, "ann", kStart)->issue_id, whole);
  EXPECT_EQ(issue(whole).event_count, 6u);
  set(whole, IssueStatus::kResolved);
  append({make("c")});
  EXPECT_EQ(issue(whole).status, IssueStatus::kUnresolved);

  // Out again: everybody has their own counts.
  ASSERT_TRUE(store().unmerge_issues(1, whole, {id_c}, "ann", kStart).ok());
  EXPECT_EQ(issue(id_c).event_count, 2u);
  EXPECT_EQ(issue(whole).event_count, 5u);
  EXPECT_EQ(tag(whole, "release", "1.2"), 2u);
  EXPECT_EQ(issues().size(), 2u);
  const auto last = store().unmerge_issues(1, whole, {id_a}, "ann", kStart);
  ASSERT_TRUE(last.ok());
  EXPECT_EQ(last->issue_id, id_b) << "with one part left the merged issue dissolves";
  EXPECT_EQ(issues().size(), 3u);
  EXPECT_EQ(issue(id_a).event_count, 2u);
  EXPECT_EQ(issue(id_b).event_count, 3u);
  EXPECT_EQ(issue(id_b).user_count, 2u);
  EXPECT_FALSE(records().issue(1, whole)->has_value());
  append({make("a"), make("b")});
  EXPECT_EQ(issue(id_a).event_count, 3u);
  EXPECT_NE(activity(id_b).find("merged"), std::string::npos);
}

TEST_P(IssueStoreContract, TwoMergedIssuesBecomeOne) {
  append({make("a"), make("b"), make("c"), make("d")});
  const auto ab = store().merge_issues(1, {id_of_key("a"), id_of_key("b")}, "ann", kStart);
  const auto cd = store().merge_issues(1, {id_of_key("c"), id_of_key("d")}, "ann", kStart);
  ASSERT_TRUE(ab.ok() && cd.ok());
  const auto all = store().merge_issues(1, {ab->issue_id, cd->issue_id}, "ann", kStart);
  ASSERT_TRUE(all.ok());
  EXPECT_EQ(all->event_count, 4u);
  EXPECT_EQ(issues().size(), 1u);
  EXPECT_EQ(store().issue_parts(1, all->issue_id)->size(), 4u);
}

TEST_P(IssueStoreContract, WhatCannotBeMergedIsRefused) {
  append({make("a"), make("b"), make("c")});
  const IssueId a = id_of_key("a"), b = id_of_key("b"), c = id_of_key("c");
  const auto code = [](const auto& result) {
    return result.ok() ? std::string("ok") : result.error().code;
  };
  EXPECT_EQ(code(store().merge_issues(1, {a, a}, "", kStart)), "invalid_merge");
  EXPECT_EQ(code(store().merge_issues(1, {a, 999}, "", kStart)), "invalid_merge");
  EXPECT_EQ(code(store().merge_issues(2, {a, b}, "", kStart)), "invalid_merge");
  const auto merged = store().merge_issues(1, {a, b}, "", kStart);
  ASSERT_TRUE(merged.ok());
  EXPECT_EQ(code(store().merge_issues(1, {a, c}, "", kStart)), "invalid_merge");
  EXPECT_EQ(code(store().unmerge_issues(1, merged->issue_id, {c}, "", kStart)), "invalid_merge");
  EXPECT_EQ(code(store().unmerge_issues(1, merged->issue_id, {}, "", kStart)), "invalid_merge");
  EXPECT_EQ(code(store().unmerge_issues(1, 999, {a}, "", kStart)), "invalid_merge");
  EXPECT_EQ(store().issue_parts(1, merged->issue_id)->size(), 2u);
}

// --- Activity and settings

TEST_P(IssueStoreContract, ActivityIsTheHistoryAndCanBeFollowed) {
  const auto before = store().last_activity_id();
  append({make("a")});
  const IssueId id = id_of_key("a");
  const auto comment = store().comment_on_issue(1, id, "seen at the till too", "ann", kStart + 5);
  ASSERT_TRUE(comment.ok() && comment->has_value());
  EXPECT_EQ((*comment)->actor, "ann");
  EXPECT_FALSE(store().comment_on_issue(1, 999, "x", "ann", kStart)->has_value());
  const auto all = store().activity_after(*before, 100);
  ASSERT_EQ(all->size(), 2u);
  EXPECT_EQ((*all)[0].kind, ActivityKind::kCreated);
  EXPECT_EQ((*all)[0].at_unix_us, kStart + kSecondUs) << "when the server got it";
  EXPECT_EQ((*all)[1].detail, "seen at the till too");
  EXPECT_EQ(*store().last_activity_id(), (*all)[1].activity_id);
  EXPECT_TRUE(store().activity_after((*all)[1].activity_id, 100)->empty());
  EXPECT_EQ(store().activity_after(*before, 1)->size(), 1u);
}

TEST_P(IssueStoreContract, ProjectSettingsAreNamedTexts) {
  EXPECT_EQ(*store().project_setting(1, "grouping_rules"), "");
  ASSERT_TRUE(store().set_project_setting(1, "grouping_rules", "ignore: type:x").ok());
  ASSERT_TRUE(store().set_project_setting(1, "grouping_rules", "ignore: type:y").ok());
  EXPECT_EQ(*store().project_setting(1, "grouping_rules"), "ignore: type:y");
  EXPECT_EQ(*store().project_setting(2, "grouping_rules"), "");
}

TEST_P(IssueStoreContract, PruneTakesWhatHangsOnAnIssue) {
  append({make("old", "", kStart - 50 * 24 * kHourLength), make("new")});
  const IssueId old = id_of_key("old"), fresh = id_of_key("new");
  ASSERT_TRUE(records().prune(kStart, kStart).ok());
  EXPECT_EQ(issues().size(), 1u);
  EXPECT_TRUE(store().issue_tags(1, old)->empty());
  EXPECT_FALSE(store().issue_tags(1, fresh)->empty());
  append({make("old")});
  EXPECT_EQ(issue(id_of_key("old")).event_count, 1u);
}

}  // namespace
}  // namespace pagewake::storage
