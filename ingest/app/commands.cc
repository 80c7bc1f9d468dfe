#include "app/commands.h"

#include <fstream>
#include <iostream>
#include <iterator>
#include <ostream>

#include "app/decode.h"
#include "app/service.h"
#include "storage/account_store.h"
#include "storage/password.h"
#include "storage/sqlite/maintenance.h"

namespace pagewake::app {

namespace {

// How browsers reach the server, as far as the settings tell without one
// running: port 0 has no number yet.
std::string public_url_of(const Config& config) {
  if (!config.public_url.empty()) return config.public_url;
  return (config.tls_certificate.empty() ? "http://" : "https://") + config.listen;
}

Result<Stores> open_kept_stores(const Config& config) {
  if (config.store == "memory") {
    return Error{"bad_setting",
                 "setting store: this command needs a store that keeps something; allowed: sqlite"};
  }
  return open_stores(config);
}

void audit(Stores& stores, const char* action, const std::string& target,
           model::ProjectId project) {
  // What was done is done, also where the log cannot be written.
  (void)stores.accounts->add_audit({0, 0, "command line", action, target, project});
}

Status need_project(Stores& stores, model::ProjectId id) {
  if (id == 0) return Done{};
  const auto project = stores.projects->project(id);
  if (!project.ok()) return project.error();
  if (!project.value().has_value())
    return Error{"bad_setting", "no project has the number " + std::to_string(id) +
                                    "; `pagewake project list` shows them"};
  return Done{};
}

Result<storage::User> need_user(Stores& stores, const std::string& email) {
  auto user = stores.accounts->user_by_email(email);
  if (!user.ok()) return user.error();
  if (!user.value().has_value())
    return Error{"bad_setting", "there is no user " + email + "; `pagewake user list` shows them"};
  return std::move(*std::move(user).value());
}

Result<std::string> password_of(bool from_input, std::istream& in) {
  if (!from_input) return storage::random_password();
  std::string password;
  std::getline(in, password);
  if (auto status = storage::check_password(password); !status.ok()) return status.error();
  return password;
}

}  // namespace

Status run_project_create(const Config& config, const std::string& name,
                          const std::vector<std::string>& origins, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto project = stores->projects->create_project(name, origins);
  if (!project.ok()) return project.error();
  audit(*stores, "project_created", project->name, project->id);
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
                        model::ProjectId project, std::ostream& out) {
  const auto wanted = storage::scope_from(scope);
  if (!wanted)
    return Error{"bad_setting",
                 "--scope: \"" + scope + "\" is not allowed; allowed: read, write, admin"};
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  if (auto status = need_project(*stores, project); !status.ok()) return status;
  const auto token = stores->projects->create_token(name, *wanted, project);
  if (!token.ok()) return token.error();
  audit(*stores, "token_created", name + " (" + scope + ")", project);
  out << token.value() << "\n";
  return Done{};
}

Status run_token_list(const Config& config, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto tokens = stores->projects->tokens();
  if (!tokens.ok()) return tokens.error();
  for (const auto& token : tokens.value()) {
    out << token.id << "\t" << token.name << "\t" << storage::name_of(token.scope) << "\t"
        << (token.project == 0 ? "every project" : "project " + std::to_string(token.project))
        << "\n";
  }
  return Done{};
}

Status run_token_revoke(const Config& config, std::int64_t id, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto token = stores->projects->token(id);
  if (!token.ok()) return token.error();
  const auto revoked = stores->projects->revoke_token(id);
  if (!revoked.ok()) return revoked.error();
  if (!revoked.value() || !token.value().has_value())
    return Error{"bad_setting", "no token has the number " + std::to_string(id) +
                                    "; `pagewake token list` shows them"};
  audit(*stores, "token_revoked", (*token)->name, (*token)->project);
  out << "revoked\n";
  return Done{};
}

Status run_user_create(const Config& config, const NewUser& wanted, std::istream& in,
                       std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto password = password_of(wanted.password_from_input, in);
  if (!password.ok()) return password.error();
  const auto hash = storage::hash_password(password.value());
  if (!hash.ok()) return hash.error();
  const auto user = stores->accounts->create_user(
      wanted.email, wanted.name.empty() ? wanted.email : wanted.name, hash.value(), wanted.admin);
  if (!user.ok()) return user.error();
  audit(*stores, "user_created", user->email, 0);
  out << user->email << (wanted.admin ? " (server administrator)" : "") << "\n";
  if (!wanted.password_from_input)
    out << "password " << password.value() << "   (shown this once)\n";
  return Done{};
}

Status run_user_list(const Config& config, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto users = stores->accounts->users();
  if (!users.ok()) return users.error();
  for (const auto& user : users.value()) {
    out << user.email << "\t" << user.name << "\t"
        << (user.disabled       ? "disabled"
            : user.server_admin ? "server administrator"
                                : "");
    for (const auto& membership : user.memberships)
      out << "\t" << membership.project << ":" << storage::name_of(membership.role);
    out << "\n";
  }
  return Done{};
}

Status run_user_password(const Config& config, const std::string& email, bool from_input,
                         std::istream& in, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto user = need_user(*stores, email);
  if (!user.ok()) return user.error();
  const auto password = password_of(from_input, in);
  if (!password.ok()) return password.error();
  const auto hash = storage::hash_password(password.value());
  if (!hash.ok()) return hash.error();
  if (const auto set = stores->accounts->set_password_hash(user->id, hash.value()); !set.ok())
    return set.error();
  audit(*stores, "password_set", user->email, 0);
  if (from_input) {
    out << "changed\n";
  } else {
    out << "password " << password.value() << "   (shown this once)\n";
  }
  return Done{};
}

Status run_user_role(const Config& config, const std::string& email, model::ProjectId project,
                     const std::string& role, std::ostream& out) {
  const auto wanted = storage::role_from(role);
  if (!wanted && role != "none")
    return Error{"bad_setting",
                 "ROLE: \"" + role + "\" is not allowed; allowed: viewer, member, admin, none"};
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  if (auto status = need_project(*stores, project); !status.ok()) return status;
  const auto user = need_user(*stores, email);
  if (!user.ok()) return user.error();
  if (const auto set = stores->accounts->set_role(user->id, project, wanted); !set.ok())
    return set.error();
  audit(*stores, "role_changed", user->email + ": " + role, project);
  out << user->email << " is " << role << " in project " << project << "\n";
  return Done{};
}

Status run_user_disable(const Config& config, const std::string& email, bool disabled,
                        std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto user = need_user(*stores, email);
  if (!user.ok()) return user.error();
  storage::UserChange change;
  change.disabled = disabled;
  if (const auto changed = stores->accounts->update_user(user->id, change); !changed.ok())
    return changed.error();
  audit(*stores, disabled ? "user_disabled" : "user_enabled", user->email, 0);
  out << user->email << (disabled ? " is disabled\n" : " is enabled\n");
  return Done{};
}

Status run_prune(const Config& config, std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto removed = prune(*stores, config, system_unix_us());
  if (!removed.ok()) return removed.error();
  out << removed.value() << " records removed\n";
  return Done{};
}

Status run_sourcemaps_upload(const Config& config, const SourceMapUpload& upload,
                             std::ostream& out) {
  auto stores = open_kept_stores(config);
  if (!stores.ok()) return stores.error();
  const auto project = stores->projects->project(upload.project);
  if (!project.ok()) return project.error();
  if (!project.value()) {
    return Error{"bad_setting", "--project: there is no project " + std::to_string(upload.project) +
                                    "; see pagewake project list"};
  }
  return upload_source_maps(*stores->artifacts, upload, system_unix_us(), out);
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
