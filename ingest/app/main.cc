// pagewake: the server and the tool for it. Settings are in config.cc, what
// the server is made of in service.cc.
#include <spdlog/spdlog.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "app/commands.h"
#include "app/config.h"
#include "app/log.h"
#include "app/service.h"

namespace {

using namespace pagewake;
using namespace pagewake::app;

constexpr int kFailed = 1, kWrongUse = 2;

std::optional<std::string> environment(const std::string& variable) {
  const char* value = std::getenv(variable.c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

struct CommandLine {
  std::map<std::string, std::string> flags;
  std::string config_file;
};

Result<Loaded> load(const CommandLine& line) {
  Sources sources;
  sources.flags = line.flags;
  sources.environment = environment;
  sources.file_name =
      line.config_file.empty() ? environment("PAGEWAKE_CONFIG").value_or("") : line.config_file;
  if (!sources.file_name.empty()) {
    std::ifstream file(sources.file_name);
    if (!file)
      return Error{"bad_setting", "cannot read the settings file \"" + sources.file_name + "\""};
    sources.file_text.assign(std::istreambuf_iterator<char>(file), {});
  }
  return load_config(sources);
}

int fail(const Error& error) {
  std::cerr << "pagewake: " << error.message << "\n";
  return error.code == "bad_setting" ? kWrongUse : kFailed;
}

int finish(const Status& status) { return status.ok() ? 0 : fail(status.error()); }

void greet(Service& service) {
  const auto& url = service.public_url();
  const auto& first = service.first_start();
  std::cout << "Pagewake " PAGEWAKE_VERSION "\n";
  const auto projects = service.projects().projects();
  if (first.project_made && projects.ok() && !projects.value().empty()) {
    const auto& project = projects.value().front();
    const auto dsn = dsn_of(project, url);
    std::cout << "  project     " << project.id << " \"" << project.name << "\"\n"
              << "  DSN         " << dsn << "\n"
              << "  script tag  <script async src=\"" << url << "/pagewake.js\" data-dsn=\"" << dsn
              << "\"></script>\n";
  }
  if (first.admin_token.empty()) {
    std::cout << "  dashboard   " << url << "/\n";
  } else {
    std::cout << "  admin token " << first.admin_token << "   (shown this once)\n"
              << "  dashboard   " << url << "/login#token=" << first.admin_token << "\n";
  }
  // Scripts wait for this line.
  std::cout << "listening on " << service.url() << std::endl;
}

int serve(const CommandLine& line, const Config& config) {
  start_logging(config.log_level);
  // Before any thread is made, so that all of them leave these to sigwait().
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);

  auto service = Service::start(config);
  if (!service.ok()) return fail(service.error());
  greet(**service);
  while (true) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    service.value()->reload_certificate();
    const auto again = load(line);
    if (!again.ok()) {
      spdlog::error("settings are kept as they were: {}", again.error().message);
      continue;
    }
    set_log_level(again.value().config.log_level);
    spdlog::info("log level is now {}; other settings need a restart",
                 again.value().config.log_level);
  }
  spdlog::info("stopping");
  if (!service.value()->stop()) spdlog::warn("requests that did not finish in time were cut");
  return 0;
}

}  // namespace

int main(int argc, char** argv) {
  std::signal(SIGPIPE, SIG_IGN);
  // A limit on file sizes is to a write as a full disk is, not the end.
  std::signal(SIGXFSZ, SIG_IGN);
  CLI::App app{"Real-user monitoring: one server, one data folder, one script tag.", "pagewake"};
  app.set_version_flag("--version", "pagewake " PAGEWAKE_VERSION);
  app.require_subcommand(1);
  app.fallthrough();

  CommandLine line;
  app.add_option("--config", line.config_file, "TOML file with settings (PAGEWAKE_CONFIG)")
      ->type_name("FILE");
  for (const auto& setting : settings()) {
    const std::string name(setting.name);
    std::string help = std::string(setting.help) + " (" + setting.variable();
    if (!setting.default_value.empty()) help += ", default " + std::string(setting.default_value);
    app.add_option_function<std::string>(
           setting.flag(), [&line, name](const std::string& value) { line.flags[name] = value; },
           help + ")")
        ->type_name("")
        ->group("Settings");
  }

  const auto add = [](CLI::App& to, const char* name, const char* help) {
    auto* command = to.add_subcommand(name, help);
    command->fallthrough();
    return command;
  };
  auto* serve_command = add(app, "serve", "run the server");
  auto* project_command = add(app, "project", "make or list projects");
  project_command->require_subcommand(1);
  std::string project_name;
  std::vector<std::string> origins;
  auto* project_create = add(*project_command, "create", "print the new project's DSN");
  project_create->add_option("NAME", project_name)->required();
  project_create
      ->add_option("--origin", origins, "allowed origin, may be repeated; none: every origin")
      ->type_name("URL");
  auto* project_list = add(*project_command, "list", "id, name, DSN and allowed origins");
  auto* token_command = add(app, "token", "make access tokens");
  token_command->require_subcommand(1);
  std::string scope, token_name = "command line";
  auto* token_create = add(*token_command, "create", "print a token once; only its hash is stored");
  token_create->add_option("--scope", scope, "read, write or admin")->required();
  token_create->add_option("--name", token_name, "what it is for");
  model::ProjectId token_project = 0;
  token_create->add_option("--project", token_project, "only this one; default: every project");
  auto* token_list = add(*token_command, "list", "number, name, scope and project");
  std::int64_t token_id = 0;
  auto* token_revoke = add(*token_command, "revoke", "from the next request on");
  token_revoke->add_option("NUMBER", token_id)->required();
  auto* user_command = add(app, "user", "people who log in to the dashboard");
  user_command->require_subcommand(1);
  NewUser new_user;
  auto* user_create = add(*user_command, "create", "add somebody; prints a password");
  user_create->add_option("EMAIL", new_user.email)->required();
  user_create->add_option("--name", new_user.name, "shown in the dashboard");
  user_create->add_flag("--admin", new_user.admin, "of the server and every project");
  auto* user_list = add(*user_command, "list", "address, name, and roles as PROJECT:ROLE");
  std::string user_email, user_role_name;
  auto* user_password = add(*user_command, "password", "give a new one; ends their sessions");
  for (auto* command : {user_create, user_password})
    command->add_flag("--password-stdin", new_user.password_from_input,
                      "read it from standard input instead of making one");
  auto* user_role = add(*user_command, "role", "say what somebody may do in a project");
  auto* user_disable = add(*user_command, "disable", "end their sessions and let them in no more");
  auto* user_enable = add(*user_command, "enable", "let them in again");
  for (auto* command : {user_password, user_role, user_disable, user_enable})
    command->add_option("EMAIL", user_email)->required();
  model::ProjectId role_project = 0;
  user_role->add_option("PROJECT", role_project, "its number")->required();
  user_role->add_option("ROLE", user_role_name, "viewer, member, admin or none")->required();
  auto* prune_command = add(app, "prune", "remove what is older than the retention");
  std::string backup_file;
  auto* backup_command = add(app, "backup", "copy the database, also while the server runs");
  backup_command->add_option("FILE", backup_file, "must not exist yet")->required();
  auto* check_command = add(app, "check", "look for damage in the database");
  auto* config_command = add(app, "config", "print every setting and where it came from");
  auto* sourcemaps_command = add(app, "sourcemaps", "source maps of builds");
  sourcemaps_command->require_subcommand(1);
  SourceMapUpload maps;
  auto* sourcemaps_upload =
      add(*sourcemaps_command, "upload", "store a build's scripts and their source maps");
  sourcemaps_upload->add_option("--release", maps.release, "as the SDK's release option has it")
      ->required();
  sourcemaps_upload->add_option(
      "--url-prefix", maps.url_prefix,
      "what the folder is on the site: ~/assets or https://cdn.example/js "
      "(default ~/)");
  sourcemaps_upload->add_option("--project", maps.project, "its number (default 1)");
  sourcemaps_upload->add_option("DIR", maps.folder, "the build's folder")->required();
  std::string decode_file;
  auto* decode_command = add(app, "decode", "print a beacon or raw signal log as JSON");
  decode_command->add_option("FILE", decode_file, "- for standard input")->required();

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& e) {
    if (e.get_exit_code() == 0) return app.exit(e);
    std::cerr << "pagewake: " << e.what() << "; see pagewake --help\n";
    return kWrongUse;
  }

  if (decode_command->parsed()) return finish(run_decode(decode_file, std::cout));
  const auto loaded = load(line);
  if (!loaded.ok()) return fail(loaded.error());
  const Config& config = loaded.value().config;
  if (serve_command->parsed()) return serve(line, config);
  if (project_create->parsed())
    return finish(run_project_create(config, project_name, origins, std::cout));
  if (project_list->parsed()) return finish(run_project_list(config, std::cout));
  if (token_create->parsed())
    return finish(run_token_create(config, token_name, scope, token_project, std::cout));
  if (token_list->parsed()) return finish(run_token_list(config, std::cout));
  if (token_revoke->parsed()) return finish(run_token_revoke(config, token_id, std::cout));
  if (user_create->parsed()) return finish(run_user_create(config, new_user, std::cin, std::cout));
  if (user_list->parsed()) return finish(run_user_list(config, std::cout));
  if (user_password->parsed())
    return finish(
        run_user_password(config, user_email, new_user.password_from_input, std::cin, std::cout));
  if (user_role->parsed())
    return finish(run_user_role(config, user_email, role_project, user_role_name, std::cout));
  if (user_disable->parsed() || user_enable->parsed())
    return finish(run_user_disable(config, user_email, user_disable->parsed(), std::cout));
  if (prune_command->parsed()) return finish(run_prune(config, std::cout));
  if (backup_command->parsed()) return finish(run_backup(config, backup_file, std::cout));
  if (check_command->parsed()) return finish(run_check(config, std::cout));
  if (sourcemaps_upload->parsed()) return finish(run_sourcemaps_upload(config, maps, std::cout));
  if (config_command->parsed()) print_config(loaded.value(), std::cout);
  return 0;
}
