// A small seeded world behind the API: one page load joined with its backend,
// a slower visit, one kept for being slow, another page. No sockets: requests
// go through the router.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "alerting/alert_engine.h"
#include "api/api.h"
#include "http/http.h"
#include "storage/artifact_store.h"
#include "storage/memory/memory_store.h"
#include "symbolicate/symbolicator.h"

namespace pagewake::api {

inline constexpr std::int64_t kNow = 1'795'237'200'000'000;  // 2026-11-21T05:00:00Z

struct World {
  // Whether and where the configuration fixes how long records are kept.
  explicit World(const std::string& raw_retention_fixed_by = "");
  // "GET", "/api/v1/projects/1/pages?from=-24h"; with the read token unless
  // headers are given. Percent-encoding is not decoded here.
  http::Response send(const std::string& method, const std::string& target,
                      const std::string& body = "");
  http::Response send(const std::string& method, const std::string& target, const std::string& body,
                      http::Headers headers);

  std::unique_ptr<storage::MemoryStore> records;
  std::unique_ptr<storage::ProjectStore> projects;
  std::unique_ptr<storage::AccountStore> accounts;
  std::unique_ptr<storage::ObjectiveStore> objectives;
  std::unique_ptr<storage::ReleaseHealthStore> release_health =
      storage::make_memory_release_health_store();
  std::unique_ptr<storage::AlertStore> alerts;
  // Sends nothing; a webhook to …/refuse fails.
  std::unique_ptr<alerting::AlertEngine> engine;
  std::unique_ptr<storage::ArtifactStore> artifacts = storage::make_memory_artifact_store();
  symbolicate::Symbolicator symbolicator{*artifacts};
  std::int64_t now_unix_us = kNow;
  std::vector<model::ProjectId> changed;  // whose settings were saved
  LiveFeed live{[this] { return now_unix_us; }};
  http::Router router;
  std::string public_key;
};

inline const http::Headers kRead{{"Authorization", "Bearer read-secret"}};
inline const http::Headers kWrite{{"Authorization", "Bearer write-secret"}};
inline const http::Headers kAdmin{{"authorization", "bearer admin-secret"}};

}  // namespace pagewake::api
