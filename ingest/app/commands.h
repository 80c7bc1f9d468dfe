// The subcommands that do one thing and end. Each prints its result to `out`
// and gives an error for the caller to print.
#pragma once

#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "app/config.h"
#include "app/sourcemaps.h"
#include "base/result.h"
#include "model/records.h"

namespace pagewake::app {

Status run_project_create(const Config& config, const std::string& name,
                          const std::vector<std::string>& origins, std::ostream& out);
Status run_project_list(const Config& config, std::ostream& out);
// `project` 0: every project.
Status run_token_create(const Config& config, const std::string& name, const std::string& scope,
                        model::ProjectId project, std::ostream& out);
Status run_token_list(const Config& config, std::ostream& out);
Status run_token_revoke(const Config& config, std::int64_t id, std::ostream& out);

// Passwords are read from `in`, its first line, where asked; else one is made
// and printed. These work beside a running server and hold at once.
struct NewUser {
  std::string email, name;
  bool admin = false, password_from_input = false;
};
Status run_user_create(const Config& config, const NewUser& wanted, std::istream& in,
                       std::ostream& out);
Status run_user_list(const Config& config, std::ostream& out);
Status run_user_password(const Config& config, const std::string& email, bool from_input,
                         std::istream& in, std::ostream& out);
// `role`: viewer, member, admin or none.
Status run_user_role(const Config& config, const std::string& email, model::ProjectId project,
                     const std::string& role, std::ostream& out);
// Ends their sessions and lets them log in no more, or again.
Status run_user_disable(const Config& config, const std::string& email, bool disabled,
                        std::ostream& out);
Status run_prune(const Config& config, std::ostream& out);
// Both also beside a running server.
Status run_backup(const Config& config, const std::string& destination, std::ostream& out);
Status run_check(const Config& config, std::ostream& out);
// --project must exist; see app/sourcemaps.h.
Status run_sourcemaps_upload(const Config& config, const SourceMapUpload& upload,
                             std::ostream& out);
Status run_decode(const std::string& path, std::ostream& out);  // "-" is standard input
void print_config(const Loaded& loaded, std::ostream& out);

}  // namespace pagewake::app
