// The subcommands that do one thing and end. Each prints its result to `out`
// and gives an error for the caller to print.
#pragma once

#include <iosfwd>
#include <string>
#include <vector>

#include "app/config.h"
#include "base/result.h"

namespace pagewake::app {

Status run_project_create(const Config& config, const std::string& name,
                          const std::vector<std::string>& origins, std::ostream& out);
Status run_project_list(const Config& config, std::ostream& out);
Status run_token_create(const Config& config, const std::string& name, const std::string& scope,
                        std::ostream& out);
Status run_prune(const Config& config, std::ostream& out);
// Both also beside a running server.
Status run_backup(const Config& config, const std::string& destination, std::ostream& out);
Status run_check(const Config& config, std::ostream& out);
Status run_decode(const std::string& path, std::ostream& out);  // "-" is standard input
void print_config(const Loaded& loaded, std::ostream& out);

}  // namespace pagewake::app
