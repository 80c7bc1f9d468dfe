// The dashboard is a page like any other: it measures itself with Pagewake,
// into a project of its own.
#pragma once

#include <optional>
#include <string>

#include "base/result.h"
#include "http/http.h"
#include "storage/issue_store.h"
#include "storage/project_store.h"

namespace pagewake::app {

// The project that the dashboard reports to; made where there is none yet, so
// when somebody first opens the dashboard. Its number is kept among the
// server's settings, so its name may change. One call at a time.
Result<storage::Project> self_project(storage::ProjectStore& projects,
                                      storage::IssueStore& settings);

// GET /self.js, which the dashboard's page names: loads the SDK for `project`,
// or does nothing. The beacons go where the page came from, whatever name the
// server was reached by.
http::Response self_script(const std::optional<storage::Project>& project);

}  // namespace pagewake::app
