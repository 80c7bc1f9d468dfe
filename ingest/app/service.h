// The running server: stores, pipeline, routes and the HTTP server, put
// together from the settings.
#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "app/config.h"
#include "base/result.h"
#include "storage/account_store.h"
#include "storage/alert_store.h"
#include "storage/artifact_store.h"
#include "storage/issue_store.h"
#include "storage/objective_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"
#include "storage/release_health_store.h"

namespace pagewake::app {

std::int64_t system_unix_us();

struct Stores {
  std::unique_ptr<storage::RecordStore> records;
  std::unique_ptr<storage::ProjectStore> projects;
  std::unique_ptr<storage::AccountStore> accounts;
  std::unique_ptr<storage::ObjectiveStore> objectives;
  std::unique_ptr<storage::ReleaseHealthStore> release_health;
  std::unique_ptr<storage::AlertStore> alerts;
  std::shared_ptr<storage::IssueStore> issues;  // in memory: the same object as `records`
  std::unique_ptr<storage::ArtifactStore> artifacts;
};
// Makes the data folder when it is missing. Errors: "bad_setting", and those
// of the store.
Result<Stores> open_stores(const Config& config);
std::string database_path(const Config& config);
// Retention as the settings have it. Gives the number of raw records removed.
Result<std::size_t> prune(const Stores& stores, const Config& config, std::int64_t now_unix_us);

// What the first start made, for people to see once.
struct FirstStart {
  std::string admin_token;  // "" where one was given or existed already
  bool project_made = false;
};

class Service {
 public:
  // Opens everything, takes the port, makes project 1 and an admin token where
  // there are none, and serves. Errors as above and those of Server::bind,
  // "data_in_use" where another server runs on the same folder.
  static Result<std::unique_ptr<Service>> start(const Config& config);
  ~Service();

  const std::string& url() const;         // where it listens
  const std::string& public_url() const;  // how browsers reach it
  const FirstStart& first_start() const;
  storage::ProjectStore& projects();

  // Reads the files of tls_certificate and tls_key again and says in the log
  // what came of it; after an error the old certificate stays. From any thread.
  void reload_certificate();

  // Lets running requests finish within the configured time, then writes what
  // waits. True when none had to be cut.
  bool stop();

 private:
  struct Impl;
  explicit Service(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

// "http://KEY@HOST/ID"
std::string dsn_of(const storage::Project& project, const std::string& public_url);

}  // namespace pagewake::app
