// What people do with issues: status, assignee, comments, merging; and what is
// known about an issue beside its events. Counting stays with RecordStore,
// which also writes the activity of issues that appear or come back.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/records.h"
#include "storage/record_store.h"

namespace pagewake::storage {

enum class ActivityKind : std::uint8_t {
  kCreated = 1,    // its first event
  kRegressed = 2,  // an event reopened it; detail: the release
  kUnignored = 3,  // its limit of events was reached, or a spike came
  kStatus = 4,     // by hand; detail: the status
  kAssigned = 5,   // detail: to whom, "" nobody
  kComment = 6,    // detail: the text
  kMerged = 7,     // detail: titles of the parts, one a line
  kUnmerged = 8,
};
std::string_view name_of(ActivityKind kind);  // "created", "regressed", ...

struct Activity {
  std::int64_t activity_id = 0;  // grows
  ProjectId project = 0;
  IssueId issue_id = 0;
  std::int64_t at_unix_us = 0;
  ActivityKind kind = ActivityKind::kCreated;
  std::string actor;  // the token's name; "" the server
  std::string detail;
};

// What is left out stays as it is. A new status ends the limits of the old one.
struct IssueChange {
  std::optional<model::IssueStatus> status;
  std::uint64_t ignore_more_events = 0;  // with kIgnored: until that many more; 0 no limit
  bool ignore_until_spike = false;       // with kIgnored
  std::optional<std::string> assignee;
};

struct TagValue {
  std::string value;
  std::uint64_t event_count = 0;
};
struct TagDistribution {
  std::string key;
  std::uint64_t event_count = 0;
  std::vector<TagValue> values;  // most frequent first, at most kTagValuesShown
};
inline constexpr std::size_t kTagValuesShown = 10;

// When the server first got anything of a release, by its own clock: what is
// newer than a release that was resolved. (ReleaseSeen is about page views, by
// the visitors' clocks.)
struct ReleaseArrival {
  std::string release;
  std::int64_t first_seen_unix_us = 0;
};

// What failed in a release, over its whole life. An issue is what people see as
// one (a merged issue, not its parts).
struct ReleaseErrors {
  std::uint64_t events = 0;      // counted ones too
  std::uint64_t issues = 0;      // that had an event in it
  std::uint64_t new_issues = 0;  // of these, those whose first event was in it
};

// Safe to call from many threads. Errors: "store_failed", "store_unavailable".
class IssueStore {
 public:
  virtual ~IssueStore() = default;

  // Gives those of the issues that exist, changed. All or none.
  virtual Result<std::vector<model::Issue>> change_issues(ProjectId, const std::vector<IssueId>&,
                                                          const IssueChange&,
                                                          const std::string& actor,
                                                          std::int64_t now_unix_us) = 0;
  // The server ends the ignoring of an issue (a spike).
  virtual Status unignore_issue(ProjectId, IssueId, const std::string& detail,
                                std::int64_t now_unix_us) = 0;

  // Makes one issue of several: a new one that counts for all of them, whose
  // parts are hidden and go on counting for themselves, so that unmerging is
  // exact. A merged issue among them takes the others in. Error
  // "invalid_merge": fewer than two different issues of this project.
  virtual Result<model::Issue> merge_issues(ProjectId, const std::vector<IssueId>&,
                                            const std::string& actor, std::int64_t now_unix_us) = 0;
  // Takes parts out again. When one part is left, the merged issue dissolves.
  // Gives what is left of it, or the last part. Error "invalid_merge": not
  // parts of that issue.
  virtual Result<model::Issue> unmerge_issues(ProjectId, IssueId, const std::vector<IssueId>& parts,
                                              const std::string& actor,
                                              std::int64_t now_unix_us) = 0;
  // Oldest first; empty for an issue that stands for itself.
  virtual Result<std::vector<model::Issue>> issue_parts(ProjectId, IssueId) = 0;

  // Gives an issue the grouping (key, explanation, title, culprit) of one of
  // its events, which was symbolicated since. Where another issue has that key
  // already nothing changes. Gives the issue that has the key; 0: no such issue.
  virtual Result<IssueId> rekey_issue(ProjectId, IssueId, const model::EventRecord&) = 0;

  // Nothing where there is no such issue.
  virtual Result<std::optional<Activity>> comment_on_issue(ProjectId, IssueId,
                                                           const std::string& text,
                                                           const std::string& actor,
                                                           std::int64_t now_unix_us) = 0;
  // Newest first, that of the parts included; at most `limit`.
  virtual Result<std::vector<Activity>> issue_activity(ProjectId, IssueId, std::size_t limit) = 0;
  // Of every project, oldest first, beyond an activity_id: what alerts follow.
  virtual Result<std::vector<Activity>> activity_after(std::int64_t activity_id,
                                                       std::size_t limit) = 0;
  virtual Result<std::int64_t> last_activity_id() = 0;

  // By key; release, environment, browser, os, device, page, … and the tags.
  virtual Result<std::vector<TagDistribution>> issue_tags(ProjectId, IssueId) = 0;
  // Newest first, at most `limit`.
  virtual Result<std::vector<ReleaseArrival>> release_arrivals(ProjectId, std::size_t limit) = 0;
  virtual Result<ReleaseErrors> release_errors(ProjectId, const std::string& release) = 0;

  // A project's named text ("grouping_rules", "inbound_filters"); "" not set.
  virtual Result<std::string> project_setting(ProjectId, const std::string& name) = 0;
  virtual Status set_project_setting(ProjectId, const std::string& name,
                                     const std::string& value) = 0;
};

}  // namespace pagewake::storage
