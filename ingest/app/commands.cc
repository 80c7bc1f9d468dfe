#include "app/commands.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <ostream>

#include "app/decode.h"
#include "app/service.h"
#include "storage/sqlite/maintenance.h"

namespace pagewake::app {

namespace {

// How browsers reach the server, as far as the settings tell without one
// running: port 0 has no number yet.
std::string public_url_of(const Config& config) {
  return config.public_url.empty() ? "http://" + config.listen : config.public_url;
}

Result<Stores> open_kept_stores(const Config& config) {
  if (config.store == "memory") {
    return Error{"bad_setting",
                 "setting store: this command needs a store that keeps something; allowed: sqlite"};
  }
  return open_stores(config);
}

}  // namespace

Status run_project_create(const Config& config, const std::string& name,
                          const std::vector<std::string>& origins, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto project = stores->projects->create_project(name, origins);
  if (!project.ok()) return project.error();
  out << dsn_of(project.value(), public_url_of(config)) << "\n";
  return Done{};
}

Status run_project_list(const Config& config, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto projects = stores->projects->projects();
  if (!projects.ok()) return projects.error();
  for (const auto& project : projects.value()) {
    out << project.id << "\t" << project.name << "\t" << dsn_of(project, public_url_of(config));
    for (const auto& origin : project.allowed_origins) out << "\t" << origin;
    out << "\n";
  }
  return Done{};
}

Status run_token_create(const Config& config, const std::string& name, const std::string& scope,
                        std::ostream& out) {
  const auto wanted = storage::scope_from(scope);
  if (!wanted)
    return Error{"bad_setting",
                 "--scope: \"" + scope + "\" is not allowed; allowed: read, write, admin"};
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto token = stores->projects->create_token(name, *wanted);
  if (!token.ok()) return token.error();
  out << token.value() << "\n";
  return Done{};
}

Status run_prune(const Config& config, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto removed = prune(*stores->records, config, system_unix_us());
  if (!removed.ok()) return removed.error();
  out << removed.value() << " records removed\n";
  return Done{};
}

Status run_backup(const Config& config, const std::string& destination, std::ostream& out) {
  const auto bytes = storage::backup_sqlite_file(database_path(config), destination);
  if (!bytes.ok()) return bytes.error();
  out << destination << ": " << bytes.value() << " bytes\n";
  return Done{};
}

Status run_check(const Config& config, std::ostream& out) {
  const auto path = database_path(config);
  if (auto status = storage::check_sqlite_file(path); !status.ok()) return status;
  out << path << ": no damage found\n";
  return Done{};
}

Status run_decode(const std::string& path, std::ostream& out) {
  std::string bytes;
  if (path == "-") {
    bytes.assign(std::istreambuf_iterator<char>(std::cin), {});
  } else {
    std::ifstream file(path, std::ios::binary);
    if (!file) return Error{"cannot_open", "cannot read \"" + path + "\""};
    bytes.assign(std::istreambuf_iterator<char>(file), {});
  }
  const auto json = decode_to_json(bytes);
  if (!json.ok())
    return Error{json.error().code, path + ": " + json.error().code + ": " + json.error().message};
  out << json.value();
  return Done{};
}

void print_config(const Loaded& loaded, std::ostream& out) {
  std::size_t width = 0;
  for (const auto& row : loaded.effective)
    width = std::max(width, row.name.size() + row.value.size() + 3);
  for (const auto& row : loaded.effective) {
    const std::string text = row.name + " = " + row.value;
    out << text << std::string(width + 2 - text.size(), ' ') << "# " << row.origin << "\n";
  }
}

}  // namespace pagewake::app
