// The way out: routes of DESIGN part 3, JSON of docs/api.md.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

#include "api/live_feed.h"
#include "http/http.h"
#include "model/quotas.h"
#include "model/retention.h"
#include "storage/account_store.h"
#include "storage/alert_store.h"
#include "storage/artifact_store.h"
#include "storage/issue_store.h"
#include "storage/objective_store.h"
#include "storage/project_store.h"
#include "storage/record_store.h"
#include "storage/release_health_store.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::api {

struct Dependencies {
  storage::RecordStore& records;
  storage::ProjectStore& projects;
  storage::AccountStore& accounts;
  storage::ObjectiveStore& objectives;
  storage::IssueStore& issues;
  storage::AlertStore& alerts;
  std::function<std::int64_t()> now_unix_us;
  std::string public_url;  // "http://127.0.0.1:8790", for DSNs; no trailing slash
  storage::ReleaseHealthStore* release_health = nullptr;  // absent: no sessions
  // Sends a test to a channel and gives the logged delivery.
  std::function<Result<storage::AlertDelivery>(model::ProjectId, std::int64_t channel_id)>
      send_test_alert;
  // The same with the report of the last seven days.
  std::function<Result<storage::AlertDelivery>(model::ProjectId, std::int64_t channel_id)>
      send_weekly_report;
  // A project or its rules, filters or quotas were saved, or the server's
  // settings (kServerSettings); may be empty.
  std::function<void(model::ProjectId)> settings_changed;
  // Null: frames are shown as they came, and the routes of source maps are not there.
  storage::ArtifactStore* artifacts = nullptr;
  symbolicate::Symbolicator* symbolicator = nullptr;
  model::Quotas server_quotas = {};  // of each project, from the configuration
  // What a project sent this UTC day; empty: not known, all 0.
  std::function<model::Quotas(model::ProjectId)> used_today = {};
  model::RetentionRule retention = {};  // the configuration's part of it
  LiveFeed* live = nullptr;             // null: the route of the live tail is not there
};

// Where the store keeps what is set for the whole server while it runs.
inline constexpr model::ProjectId kServerSettings = 0;
inline constexpr char kRetentionSetting[] = "retention";
Result<model::RetentionChange> saved_retention(storage::IssueStore& settings);

// Adds /api/v1/... and /api/openapi.json. `dependencies` is copied; the stores
// must outlive the router.
void add_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace pagewake::api
