// Events (errors and messages) as rows.
#pragma once

#include <functional>
#include <optional>

#include "storage/record_store.h"
#include "storage/sqlite/database.h"

namespace pagewake::storage::sqlite {

// Kept, or counted only within the last day.
bool has_event(Database& database, ProjectId project, const EventId& id);
// Its id, and its place where another client may report it too.
void insert_counted_event(Database& database, const model::EventRecord& event);
// An event that has_event() does not know; issue_id 0: none.
void insert_event(Database& database, const model::EventRecord& event, IssueId issue_id);

// Where the failure that a new event reports is stored from another client's
// report, keeps what told_twice() makes of the two; nothing is left to insert.
// The stored event may be known by the new one's id now.
struct JoinedFailure {
  EventId old_id, id;
};
std::optional<JoinedFailure> join_same_failure(Database& database, const model::EventRecord& event);
// Another client reported it, and that report was only counted.
bool was_counted_for_another(Database& database, const model::EventRecord& event);

// The statements behind RecordReader's calls of the same names. `view_of` gives
// the page view of an event where the filter asks for what only that knows.
using ViewOf = std::function<std::optional<model::PageViewRecord>(const PageViewId&)>;
Result<Listing<model::EventRecord>> events(Database& database, ProjectId project,
                                           const EventQuery& query, const Paging& paging,
                                           const ViewOf& view_of);
std::optional<model::EventRecord> event(Database& database, ProjectId project, const EventId& id);

}  // namespace pagewake::storage::sqlite
