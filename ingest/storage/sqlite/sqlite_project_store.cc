#include <chrono>

#include "storage/project_rules.h"
#include "storage/sqlite/database.h"
#include "storage/sqlite/shared_connection.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

using sqlite::Database;
using sqlite::Query;

constexpr const char* kColumns =
    "SELECT project, name, public_key, allowed_origins, created_at_unix_us FROM projects ";

constexpr const char* kTokenColumns =
    "SELECT token, name, scope, project, created_at_unix_us FROM tokens ";

Token read_token(Query& query) {
  Token token;
  token.id = query.read_integer();
  token.name = query.read_text();
  token.scope = static_cast<Scope>(query.read_integer());
  token.project = query.read_integer();
  token.created_at_unix_us = query.read_integer();
  return token;
}

std::int64_t now_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

// Origins hold no line break (canonical_origin checked them).
std::string joined(const std::vector<std::string>& origins) {
  std::string out;
  for (const std::string& origin : origins) {
    if (!out.empty()) out += '\n';
    out += origin;
  }
  return out;
}

std::vector<std::string> split(std::string_view lines) {
  std::vector<std::string> out;
  while (!lines.empty()) {
    const std::size_t end = lines.find('\n');
    out.emplace_back(lines.substr(0, end));
    lines.remove_prefix(end == std::string_view::npos ? lines.size() : end + 1);
  }
  return out;
}

Project read_project(Query& query) {
  Project project;
  project.id = query.read_integer();
  project.name = query.read_text();
  project.public_key = query.read_text();
  project.allowed_origins = split(query.read_blob());
  project.created_at_unix_us = query.read_integer();
  return project;
}

class Store final : public ProjectStore, private sqlite::SharedConnection {
 public:
  explicit Store(std::unique_ptr<Database> database)
      : SharedConnection(std::move(database), "projects") {}

  Result<Project> create_project(const std::string& name,
                                 const std::vector<std::string>& allowed_origins) override {
    if (Status checked = check_name(name); !checked) return checked.error();
    auto origins = canonical_origins(allowed_origins);
    if (!origins) return origins.error();
    Project project;
    project.name = name;
    project.public_key = random_public_key();
    project.allowed_origins = std::move(*origins);
    project.created_at_unix_us = now_unix_us();
    return write<Project>([&] {
      database_
          ->query(
              "INSERT INTO projects(name, public_key, allowed_origins, created_at_unix_us) "
              "VALUES(?,?,?,?)")
          .text(project.name)
          .text(project.public_key)
          .text(joined(project.allowed_origins))
          .integer(project.created_at_unix_us)
          .run();
      project.id = database_->last_insert_id();
      return project;
    });
  }

  Result<std::vector<Project>> projects() override {
    return read<std::vector<Project>>([&] {
      std::vector<Project> out;
      Query query = database_->query(std::string(kColumns) + "ORDER BY project");
      while (query.row()) out.push_back(read_project(query));
      return out;
    });
  }

  Result<std::optional<Project>> project(model::ProjectId id) override {
    return read<std::optional<Project>>([&] { return find(id); });
  }

  Result<std::optional<Project>> project_by_key(const std::string& public_key) override {
    return read<std::optional<Project>>([&] {
      std::optional<Project> found;
      Query query = database_->query(std::string(kColumns) + "WHERE public_key = ?");
      if (query.text(public_key).row()) found = read_project(query);
      return found;
    });
  }

  Result<std::optional<Project>> update_project(
      model::ProjectId id, const std::optional<std::string>& name,
      const std::optional<std::vector<std::string>>& allowed_origins) override {
    if (name) {
      if (Status checked = check_name(*name); !checked) return checked.error();
    }
    auto origins = canonical_origins(allowed_origins.value_or(std::vector<std::string>()));
    if (!origins) return origins.error();
    return write<std::optional<Project>>([&]() -> Result<std::optional<Project>> {
      auto found = find(id);
      if (!found) return found;
      Project& project = *found;
      if (name) project.name = *name;
      if (allowed_origins) project.allowed_origins = std::move(*origins);
      database_->query("UPDATE projects SET name = ?, allowed_origins = ? WHERE project = ?")
          .text(project.name)
          .text(joined(project.allowed_origins))
          .integer(id)
          .run();
      return found;
    });
  }

  Result<std::string> create_token(const std::string& name, Scope scope,
                                   model::ProjectId project) override {
    std::string secret = random_token();
    if (Status put = put_token(secret, name, scope, project); !put) return put.error();
    return secret;
  }

  Status ensure_token(const std::string& secret, const std::string& name, Scope scope) override {
    if (secret.empty()) return Error{"invalid_token", "a token's secret must not be empty"};
    return put_token(secret, name, scope, 0);
  }

  Result<std::optional<Token>> token_by_secret(const std::string& secret) override {
    const std::string hash = sha256(secret);
    return read<std::optional<Token>>([&] {
      std::optional<Token> found;
      Query query = database_->query(std::string(kTokenColumns) + "WHERE secret_sha256 = ?");
      if (query.blob(hash).row()) found = read_token(query);
      return found;
    });
  }

  Result<std::optional<Token>> token(std::int64_t id) override {
    return read<std::optional<Token>>([&] {
      std::optional<Token> found;
      Query query = database_->query(std::string(kTokenColumns) + "WHERE token = ?");
      if (query.integer(id).row()) found = read_token(query);
      return found;
    });
  }

  Result<std::vector<Token>> tokens() override {
    return read<std::vector<Token>>([&] {
      std::vector<Token> out;
      Query query = database_->query(std::string(kTokenColumns) + "ORDER BY token");
      while (query.row()) out.push_back(read_token(query));
      return out;
    });
  }

  Result<bool> revoke_token(std::int64_t id) override {
    return write<bool>([&] {
      return database_->query("DELETE FROM tokens WHERE token = ?").integer(id).run() > 0;
    });
  }

  Result<bool> any_token() override {
    return read<bool>(
        [&] { return database_->integer_of("SELECT EXISTS(SELECT 1 FROM tokens)") != 0; });
  }

 private:
  std::optional<Project> find(model::ProjectId id) {
    std::optional<Project> found;
    Query query = database_->query(std::string(kColumns) + "WHERE project = ?");
    if (query.integer(id).row()) found = read_project(query);
    return found;
  }

  Status put_token(const std::string& secret, const std::string& name, Scope scope,
                   model::ProjectId project) {
    if (Status checked = check_name(name); !checked) return checked.error();
    const std::string hash = sha256(secret);
    return write([&] {
      database_
          ->query(
              "INSERT INTO tokens(name, scope, secret_sha256, created_at_unix_us, project) "
              "VALUES(?,?,?,?,?) ON CONFLICT(secret_sha256) DO UPDATE SET name = excluded.name, "
              "scope = excluded.scope, project = excluded.project")
          .text(name)
          .integer(static_cast<std::int64_t>(scope))
          .blob(hash)
          .integer(now_unix_us())
          .integer(project)
          .run();
    });
  }
};

}  // namespace

Result<std::unique_ptr<ProjectStore>> open_sqlite_project_store(const SqliteOptions& options) {
  SqliteOptions own = options;
  // These rows are few; the limit is for records.
  own.max_file_bytes = 0;
  return sqlite::open_shared<ProjectStore, Store>(own);
}

}  // namespace pagewake::storage
