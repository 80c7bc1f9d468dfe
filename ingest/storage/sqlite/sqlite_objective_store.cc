#include <utility>

#include "storage/objective_store.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

class Store final : public ObjectiveStore, private sqlite::SharedConnection {
 public:
  explicit Store(std::unique_ptr<Database> database)
      : SharedConnection(std::move(database), "objectives") {}

  Result<Objective> create(Objective objective) override {
    if (Status checked = check(objective); !checked) return checked.error();
    return write<Objective>([&]() -> Result<Objective> {
      // Counted and written in one statement: two requests at once cannot both
      // take the last place.
      const auto written =
          database_
              ->query(
                  "INSERT INTO objectives(project, name, page, measure, threshold, target, "
                  "window_days, created_at_unix_us) SELECT ?,?,?,?,?,?,?,? WHERE "
                  "(SELECT count(*) FROM objectives WHERE project = ?) < ?")
              .integer(objective.project)
              .text(objective.name)
              .text(objective.page)
              .integer(static_cast<std::int64_t>(objective.measure))
              .real(objective.threshold)
              .real(objective.target)
              .integer(objective.window_days)
              .integer(objective.created_at_unix_us)
              .integer(objective.project)
              .integer(static_cast<std::int64_t>(kObjectivesPerProject))
              .run();
      if (written == 0) return Error{"invalid_count", "a project has at most 100 objectives"};
      objective.id = database_->last_insert_id();
      return objective;
    });
  }

  Result<std::vector<Objective>> objectives(model::ProjectId project) override {
    return read<std::vector<Objective>>([&] {
      std::vector<Objective> out;
      {
        Query query = database_->query(
            "SELECT objective, project, name, page, measure, threshold, target, window_days, "
            "created_at_unix_us FROM objectives WHERE project = ? ORDER BY objective");
        query.integer(project);
        while (query.row()) {
          Objective found;
          found.id = query.read_integer();
          found.project = query.read_integer();
          found.name = query.read_text();
          found.page = query.read_text();
          found.measure = static_cast<Measure>(query.read_integer());
          found.threshold = query.read_real();
          found.target = query.read_real();
          found.window_days = query.read_integer();
          found.created_at_unix_us = query.read_integer();
          out.push_back(std::move(found));
        }
      }
      return out;
    });
  }

  Result<bool> remove(model::ProjectId project, std::int64_t id) override {
    return write<bool>([&] {
      const auto removed =
          database_->query("DELETE FROM objectives WHERE project = ? AND objective = ?")
              .integer(project)
              .integer(id)
              .run();
      return removed > 0;
    });
  }

 private:
};

}  // namespace

Result<std::unique_ptr<ObjectiveStore>> open_sqlite_objective_store(const SqliteOptions& options) {
  return sqlite::open_shared<ObjectiveStore, Store>(options);
}

}  // namespace pagewake::storage
