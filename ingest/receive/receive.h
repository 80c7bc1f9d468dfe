// The way in: routes of DESIGN part 3. Each checks key, origin, size and
// encoding (guard), decodes, submits to the pipeline, and answers in its
// protocol's own form.
#pragma once

#include <cstdint>
#include <functional>

#include "http/http.h"
#include "model/quotas.h"
#include "pipeline/pipeline.h"
#include "storage/project_store.h"
#include "storage/release_health_store.h"

namespace pagewake::receive {

// Token buckets; a rate of 0 is no limit.
struct Rates {
  double key_per_second = 2000, key_burst = 4000;
  double address_per_second = 200, address_burst = 1000;
  // Of one project, all its keys and senders together.
  model::Quotas quotas = {};
};

struct Dependencies {
  pipeline::Pipeline& pipeline;
  storage::ProjectStore& projects;
  std::function<std::int64_t()> now_unix_us;
  Rates rates = {};
  // Absent: sessions are counted as unsupported.
  storage::ReleaseHealthStore* release_health = nullptr;
  // A project's own quotas, below `rates.quotas`; asked for each request. May be empty.
  std::function<model::Quotas(model::ProjectId)> quotas_of = {};
};

// Safe to call from many threads, also after the router is gone.
struct WayIn {
  // To be called when a project was changed: the next request meets it as it is.
  std::function<void(model::ProjectId)> project_changed;
  // What the project sent since midnight UTC, or since the server's start where
  // that was later: what its quotas are held against, also where it has none.
  std::function<model::Quotas(model::ProjectId)> used_today;
};

// Adds the routes of DESIGN part 3's way in and their CORS answers.
// `dependencies` is copied; the pipeline and the store must outlive the router.
WayIn add_routes(http::Router& router, const Dependencies& dependencies);

}  // namespace pagewake::receive
