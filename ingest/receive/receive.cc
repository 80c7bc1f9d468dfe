#include "receive/receive.h"

#include <algorithm>
#include <array>
#include <memory>
#include <optional>
#include <utility>

#include "receive/category_quotas.h"
#include "receive/cors.h"
#include "receive/guard.h"
#include "receive/protocol.h"

namespace pagewake::receive {

namespace {

Refusal undecodable(const Error& error, model::ProjectId project, const Protocol& protocol) {
  struct Row {
    std::string_view code;
    int status;
    DropReason reason;
  };
  static constexpr std::array<Row, 6> kRows{{
      {"malformed", 400, DropReason::kMalformed},
      {"nesting_too_deep", 400, DropReason::kTooDeep},
      {"unknown_version", 400, DropReason::kUnknownVersion},
      {"invalid_id", 400, DropReason::kInvalidId},
      {"body_too_large", 413, DropReason::kTooLarge},
      {"unsupported_media_type", 415, DropReason::kUnsupported},
  }};
  Refusal refusal;
  refusal.project = project;
  refusal.code = "malformed";
  refusal.message = error.message;
  for (const auto& row : kRows) {
    if (row.code != error.code) continue;
    refusal.code = row.code;
    refusal.status = row.status;
    refusal.reason = row.reason;
    if (row.status == 413) refusal.limit_bytes = protocol.body_bytes;
  }
  return refusal;
}

// The pipeline refused the whole call; it counted each record.
Refusal not_kept(const Error& error, model::ProjectId project) {
  Refusal refusal;
  refusal.project = project;
  refusal.status = 503;
  refusal.reason = error.code == "queue_full" ? DropReason::kQueueFull : DropReason::kStoreFailed;
  refusal.code = error.code;
  refusal.message = error.message;
  refusal.retry_after_s = error.code == "store_failed" ? 5 : 1;
  refusal.counted = true;
  return refusal;
}

// Nothing of the request is left, and each record of it is counted.
Refusal all_limited(const std::vector<CategoryLimit>& limits, model::ProjectId project) {
  Refusal refusal;
  refusal.project = project;
  refusal.status = 429;
  refusal.reason = DropReason::kRateLimited;
  refusal.code = name_of(refusal.reason);
  refusal.message = "the project has used up its";
  const char* separator = " ";
  for (const auto& limit : limits) {
    refusal.message += separator + std::string(model::name_of(limit.category)) + "s";
    separator = ", ";
    refusal.retry_after_s = std::max(refusal.retry_after_s, limit.retry_after_s);
  }
  refusal.message += " of this UTC day";
  refusal.limits = limits;
  refusal.counted = true;
  return refusal;
}

// What all routes share: a quota counts whatever way a record comes.
struct Gate {
  Gate(const Dependencies& dependencies)
      : quotas_of([server = dependencies.rates.quotas,
                   own = dependencies.quotas_of](model::ProjectId project) {
          return own ? model::tightest(server, own(project)) : server;
        }),
        guard(dependencies.projects, dependencies.now_unix_us, dependencies.rates, quotas_of) {}
  const std::function<model::Quotas(model::ProjectId)> quotas_of;
  Guard guard;
  CategoryQuotas quotas;
};

class Route {
 public:
  Route(const Dependencies& dependencies, std::shared_ptr<Gate> gate, Protocol protocol)
      : pipeline_(dependencies.pipeline),
        release_health_(dependencies.release_health),
        gate_(std::move(gate)),
        protocol_(std::move(protocol)) {}

  http::Response operator()(const http::Request& request) const {
    auto verdict = gate_->guard.admit(request, protocol_);
    if (auto* refusal = std::get_if<Refusal>(&verdict)) return refuse(request, *refusal);
    const auto& admitted = std::get<Admitted>(verdict);

    auto decoded = protocol_.decode({request, admitted.body, admitted.received_at_unix_us});
    if (!decoded.ok())
      return refuse(request, undecodable(decoded.error(), admitted.project, protocol_));

    const auto limits = gate_->quotas.apply(admitted.project, gate_->quotas_of(admitted.project),
                                            admitted.received_at_unix_us, decoded.value());

    if (auto refusal =
            keep_sessions(decoded.value(), admitted.project, admitted.received_at_unix_us))
      return refuse(request, *refusal);

    pipeline::RequestContext context;
    context.project = admitted.project;
    context.user_agent = request.header("User-Agent");
    context.received_at_unix_us = admitted.received_at_unix_us;
    const auto taken = std::make_shared<Taken>();
    taken->project = admitted.project;
    taken->received_at_unix_us = admitted.received_at_unix_us;
    taken->nothing_left = decoded->records.size() == 0 && decoded->sessions.empty();
    taken->limits = limits;
    auto prepared = pipeline_.prepare(std::move(decoded->records), decoded->drops, context);
    taken->decoded = std::move(decoded).value();
    if (!prepared.submission) return answer(request, *taken, prepared.accepted);
    // Nobody waits for the commit: the server's threads go on with other requests.
    http::Response response;
    response.later = [this, &request, taken,
                      prepared = std::move(prepared)](std::function<void(http::Finish)> done) {
      pipeline_.write(prepared, [this, &request, taken,
                                 done = std::move(done)](Result<pipeline::Accepted> accepted) {
        done([this, &request, taken, accepted = std::move(accepted)] {
          return answer(request, *taken, accepted);
        });
      });
    };
    return response;
  }

  http::Response too_large(const http::Request& request) const {
    return refuse(request, gate_->guard.too_large(request, protocol_));
  }

  std::size_t body_bytes() const { return protocol_.body_bytes; }

 private:
  // What the answer needs to know of a request whose records are being written.
  struct Taken {
    model::ProjectId project = 0;
    std::int64_t received_at_unix_us = 0;
    bool nothing_left = false;  // the quotas took all of it
    std::vector<CategoryLimit> limits;
    protocols::Decoded decoded;  // without its records
  };

  http::Response answer(const http::Request& request, const Taken& taken,
                        const Result<pipeline::Accepted>& accepted) const {
    if (!accepted.ok()) return refuse(request, not_kept(accepted.error(), taken.project));
    gate_->quotas.give_back_events(taken.project, taken.received_at_unix_us,
                                   accepted->counted_only);
    if (!taken.limits.empty() && taken.nothing_left)
      return refuse(request, all_limited(taken.limits, taken.project));

    auto response = protocol_.accepted(request, taken.decoded, accepted.value());
    if (!taken.limits.empty() && protocol_.limited) protocol_.limited(taken.limits, response);
    add_cors(request, response);
    return response;
  }

  // Before the records: when these are refused, the client sends all again,
  // and sessions known by their sid are not counted twice.
  std::optional<Refusal> keep_sessions(protocols::Decoded& decoded, model::ProjectId project,
                                       std::int64_t received_at_unix_us) const {
    const model::Sessions& sessions = decoded.sessions;
    if (sessions.empty()) return std::nullopt;
    if (release_health_ == nullptr) {
      decoded.drops.push_back(
          {model::Category::kSession, DropReason::kUnsupported, sessions.size()});
      return std::nullopt;
    }
    const auto written = release_health_->add(project, sessions);
    gate_->quotas.give_back_sessions(project, received_at_unix_us,
                                     written.ok() ? written->duplicates : sessions.size());
    if (!written.ok()) {
      Refusal refusal = not_kept(written.error(), project);
      refusal.counted = false;
      return refusal;
    }
    pipeline_.kept_elsewhere(project, model::Category::kSession, written->stored,
                             written->duplicates);
    return std::nullopt;
  }

  http::Response refuse(const http::Request& request, const Refusal& refusal) const {
    if (!refusal.counted)
      pipeline_.refuse(refusal.project, model::Category::kRequest, refusal.reason);
    auto response =
        protocol_.refused ? protocol_.refused(request, refusal) : default_refusal(request, refusal);
    if (refusal.retry_after_s > 0)
      response.set_header("Retry-After", std::to_string(refusal.retry_after_s));
    add_cors(request, response);
    return response;
  }

  pipeline::Pipeline& pipeline_;
  storage::ReleaseHealthStore* release_health_;
  std::shared_ptr<Gate> gate_;
  Protocol protocol_;
};

}  // namespace

http::Response default_refusal(const http::Request&, const Refusal& refusal) {
  if (refusal.limit_bytes > 0) return http::too_large_response(refusal.limit_bytes);
  return http::error_response(refusal.status, refusal.code, refusal.message);
}

WayIn add_routes(http::Router& router, const Dependencies& dependencies) {
  const auto gate = std::make_shared<Gate>(dependencies);
  const auto add = [&](const char* pattern, Protocol protocol) {
    const auto route = std::make_shared<Route>(dependencies, gate, std::move(protocol));
    http::BodyRule body;
    body.max_bytes = route->body_bytes();
    body.too_large = [route](const http::Request& request) { return route->too_large(request); };
    router.add(
        "POST", pattern, [route](const http::Request& request) { return (*route)(request); },
        std::move(body));
    router.add("OPTIONS", pattern, preflight);
  };
  add("/api/{project}/beacon/", beacon_protocol());
  add("/api/{project}/envelope/", sentry_envelope_protocol());
  add("/api/{project}/store/", sentry_store_protocol());
  add("/api/{project}/security/", browser_reports_protocol());
  add("/api/{project}/logs/", json_logs_protocol());
  add("/api/{project}/faro/", faro_protocol());
  add("/api/{project}/vitals/", web_vitals_protocol());
  // The last is where Sentry's documentation sends OTLP exporters.
  for (const std::string prefix : {"", "/api/{project}/otlp", "/api/{project}/integration/otlp"}) {
    add((prefix + "/v1/traces").c_str(), otlp_traces_protocol());
    add((prefix + "/v1/logs").c_str(), otlp_logs_protocol());
    add((prefix + "/v1/metrics").c_str(), otlp_metrics_protocol());
  }
  return {.project_changed = [gate](model::ProjectId project) { gate->guard.forget(project); },
          .used_today =
              [gate, now_unix_us = dependencies.now_unix_us](model::ProjectId project) {
                model::Quotas today{.requests_per_day = gate->guard.requests_today(project)};
                gate->quotas.used(project, now_unix_us(), today);
                return today;
              }};
}

}  // namespace pagewake::receive
