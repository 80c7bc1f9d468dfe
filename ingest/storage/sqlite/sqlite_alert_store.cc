#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

constexpr const char* kDeliveryRead =
    "SELECT delivery_id, project, rule_id, channel_id, key, title, message_json, status, attempts, "
    "created_at_unix_us, next_attempt_at_unix_us, ended_at_unix_us, last_error FROM "
    "alert_deliveries ";

AlertDelivery read_delivery(Query& query) {
  AlertDelivery one;
  one.delivery_id = query.read_integer();
  one.project = query.read_integer();
  one.rule_id = query.read_integer();
  one.channel_id = query.read_integer();
  one.key = query.read_text();
  one.title = query.read_text();
  one.message_json = query.read_text();
  one.status = static_cast<DeliveryStatus>(query.read_integer());
  one.attempts = static_cast<int>(query.read_integer());
  one.created_at_unix_us = query.read_integer();
  one.next_attempt_at_unix_us = query.read_integer();
  one.ended_at_unix_us = query.read_integer();
  one.last_error = query.read_text();
  return one;
}

class Store final : public AlertStore, private sqlite::SharedConnection {
 public:
  explicit Store(std::unique_ptr<Database> database)
      : SharedConnection(std::move(database), "alerts") {}

  Result<std::vector<AlertDefinition>> alert_definitions(
      AlertDefinitionKind kind, std::optional<ProjectId> project) override {
    return read<std::vector<AlertDefinition>>([&] {
      std::vector<AlertDefinition> out;
      Query query = database_->query(
          "SELECT id, project, body_json FROM alert_definitions WHERE kind = ?1 AND "
          "(?2 = 0 OR project = ?2) ORDER BY id");
      query.integer(static_cast<std::int64_t>(kind)).integer(project.value_or(0));
      while (query.row()) {
        AlertDefinition& one = out.emplace_back();
        one.id = query.read_integer();
        one.project = query.read_integer();
        one.body_json = query.read_text();
      }
      return out;
    });
  }

  Result<std::optional<std::int64_t>> save_alert_definition(
      AlertDefinitionKind kind, const AlertDefinition& definition) override {
    return write<std::optional<std::int64_t>>([&]() -> std::optional<std::int64_t> {
      if (definition.id == 0) {
        database_->query("INSERT INTO alert_definitions(kind, project, body_json) VALUES(?,?,?)")
            .integer(static_cast<std::int64_t>(kind))
            .integer(definition.project)
            .text(definition.body_json)
            .run();
        return database_->last_insert_id();
      }
      const auto changed = database_
                               ->query(
                                   "UPDATE alert_definitions SET body_json = ? WHERE id = ? AND "
                                   "kind = ? AND project = ?")
                               .text(definition.body_json)
                               .integer(definition.id)
                               .integer(static_cast<std::int64_t>(kind))
                               .integer(definition.project)
                               .run();
      if (changed == 0) return std::nullopt;
      return definition.id;
    });
  }

  Result<bool> remove_alert_definition(AlertDefinitionKind kind, ProjectId project,
                                       std::int64_t id) override {
    return write<bool>([&] {
      return database_
                 ->query("DELETE FROM alert_definitions WHERE id = ? AND kind = ? AND project = ?")
                 .integer(id)
                 .integer(static_cast<std::int64_t>(kind))
                 .integer(project)
                 .run() > 0;
    });
  }

  Result<std::string> alert_state(const std::string& name) override {
    return read<std::string>([&] {
      Query query = database_->query("SELECT value FROM alert_state WHERE name = ?");
      return query.text(name).row() ? query.read_text() : std::string();
    });
  }

  Result<std::size_t> commit_alerts(
      const std::vector<AlertDelivery>& deliveries,
      const std::vector<std::pair<std::string, std::string>>& states) override {
    return write<std::size_t>([&] {
      std::size_t fresh = 0;
      for (const AlertDelivery& one : deliveries) {
        fresh += static_cast<std::size_t>(
            database_
                ->query(
                    "INSERT INTO alert_deliveries(project, rule_id, channel_id, key, title, "
                    "message_json, status, attempts, created_at_unix_us, next_attempt_at_unix_us, "
                    "ended_at_unix_us, last_error) VALUES(?,?,?,?,?,?,?,?,?,?,?,?) "
                    "ON CONFLICT DO NOTHING")
                .integer(one.project)
                .integer(one.rule_id)
                .integer(one.channel_id)
                .text(one.key)
                .text(one.title)
                .text(one.message_json)
                .integer(static_cast<std::int64_t>(one.status))
                .integer(one.attempts)
                .integer(one.created_at_unix_us)
                .integer(one.next_attempt_at_unix_us)
                .integer(one.ended_at_unix_us)
                .text(one.last_error)
                .run());
      }
      for (const auto& [name, value] : states) {
        database_
            ->query(
                "INSERT INTO alert_state(name, value) VALUES(?,?) ON CONFLICT DO UPDATE SET "
                "value = excluded.value")
            .text(name)
            .text(value)
            .run();
      }
      return fresh;
    });
  }

  Result<std::vector<AlertDelivery>> deliveries_due(std::int64_t now_unix_us,
                                                    std::size_t limit) override {
    return read<std::vector<AlertDelivery>>([&] {
      Query query =
          database_->query(std::string(kDeliveryRead) +
                           "WHERE status = 1 AND (next_attempt_at_unix_us <= ? OR "
                           "(next_attempt_at_unix_us > ? AND next_attempt_at_unix_us < ?)) "
                           "ORDER BY delivery_id LIMIT ?");
      query.integer(now_unix_us)
          .integer(now_unix_us + kLongestPauseUs)
          .integer(kNever)
          .integer(static_cast<std::int64_t>(limit));
      std::vector<AlertDelivery> out;
      while (query.row()) out.push_back(read_delivery(query));
      return out;
    });
  }

  Status update_delivery(const AlertDelivery& one) override {
    return write([&] {
      database_
          ->query(
              "UPDATE alert_deliveries SET status = ?, attempts = ?, next_attempt_at_unix_us = ?, "
              "ended_at_unix_us = ?, last_error = ? WHERE delivery_id = ?")
          .integer(static_cast<std::int64_t>(one.status))
          .integer(one.attempts)
          .integer(one.next_attempt_at_unix_us)
          .integer(one.ended_at_unix_us)
          .text(one.last_error)
          .integer(one.delivery_id)
          .run();
    });
  }

  Status give_up_interrupted(std::int64_t now_unix_us) override {
    return write([&] {
      database_
          ->query("UPDATE alert_deliveries SET status = 5, ended_at_unix_us = ? WHERE status = 2")
          .integer(now_unix_us)
          .run();
    });
  }

  Result<std::vector<AlertDelivery>> deliveries(ProjectId project, std::size_t limit) override {
    return read<std::vector<AlertDelivery>>([&] {
      Query query = database_->query(std::string(kDeliveryRead) +
                                     "WHERE project = ? ORDER BY delivery_id DESC LIMIT ?");
      query.integer(project).integer(static_cast<std::int64_t>(limit));
      std::vector<AlertDelivery> out;
      while (query.row()) out.push_back(read_delivery(query));
      return out;
    });
  }

  Status prune_deliveries(std::int64_t before_unix_us) override {
    return write([&] {
      database_->query("DELETE FROM alert_deliveries WHERE status > 2 AND created_at_unix_us < ?")
          .integer(before_unix_us)
          .run();
    });
  }
};

}  // namespace

Result<std::unique_ptr<AlertStore>> open_sqlite_alert_store(const SqliteOptions& options) {
  return sqlite::open_shared<AlertStore, Store>(options);
}

}  // namespace pagewake::storage
