#include "app/service.h"

#include <fcntl.h>
#include <fmt/chrono.h>
#include <fmt/format.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <charconv>
#include <chrono>
#include <condition_variable>
#include <filesystem>
#include <fstream>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>
#include <utility>

#include "alerting/alert_engine.h"
#include "api/api.h"
#include "app/default_steps.h"
#include "app/failure_log.h"
#include "app/metrics.h"
#include "app/open_files.h"
#include "app/page_metrics.h"
#include "app/project_policy.h"
#include "app/regroup.h"
#include "app/retention_clock.h"
#include "app/self_monitoring.h"
#include "app/slo_metrics.h"
#include "app/static_files.h"
#include "app/visit_sessions.h"
#include "grouping/grouping.h"
#include "http/server.h"
#include "http/tls.h"
#include "pipeline/pipeline.h"
#include "receive/receive.h"
#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::app {

namespace {

constexpr std::int64_t kDayUs = std::int64_t{24} * 3600 * 1'000'000;

// One server a data folder: two would each hold a part in memory.
class FolderLock {
 public:
  FolderLock() = default;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock() {
    if (fd_ >= 0) ::close(fd_);
  }
  bool take(const std::string& path) {
    fd_ = ::open(path.c_str(), O_CREAT | O_RDWR | O_CLOEXEC, 0600);
    return fd_ >= 0 && flock(fd_, LOCK_EX | LOCK_NB) == 0;
  }

 private:
  int fd_ = -1;
};

std::size_t resident_bytes() {
  std::ifstream file("/proc/self/statm");
  std::size_t total = 0, resident = 0;
  file >> total >> resident;
  return resident * static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
}

http::Response text_response(int status, std::string body) {
  http::Response response;
  response.status = status;
  response.content_type = "text/plain; charset=utf-8";
  response.body = std::move(body);
  return response;
}

std::string date_of(std::int64_t unix_s) {
  return fmt::format("{:%Y-%m-%d %H:%M} UTC", fmt::gmtime(static_cast<std::time_t>(unix_s)));
}

// Also what will soon be wrong with it: browsers refuse it from one second to the next.
void log_certificate(const http::CertificateFacts& certificate) {
  constexpr std::int64_t kSoonS = std::int64_t{7} * 24 * 3600;
  const std::int64_t now_unix_s = system_unix_us() / 1'000'000;
  const auto until = date_of(certificate.not_after_unix_s);
  if (certificate.not_after_unix_s <= now_unix_s) {
    spdlog::warn("the certificate of {} expired at {}; browsers refuse it", certificate.names,
                 until);
  } else if (certificate.not_before_unix_s > now_unix_s) {
    spdlog::warn("the certificate of {} is not valid before {}; browsers refuse it",
                 certificate.names, date_of(certificate.not_before_unix_s));
  } else if (certificate.not_after_unix_s <= now_unix_s + kSoonS) {
    spdlog::warn("the certificate of {} expires at {}", certificate.names, until);
  } else {
    spdlog::info("the certificate of {} is valid until {}", certificate.names, until);
  }
}

// Of those the configuration allows, as many as the system lets the process hold.
std::size_t possible_connections(const Config& config) {
  const auto wanted = static_cast<std::size_t>(config.max_connections);
  const std::size_t files = raise_open_files();
  const std::size_t possible = connections_within(files, wanted);
  if (possible < wanted) {
    spdlog::warn(
        "at most {} connections instead of {} (max_connections): the process may open {} files; "
        "raise that (LimitNOFILE, ulimit -n) or lower max_connections",
        possible, wanted, files);
  }
  return possible;
}

}  // namespace

std::int64_t system_unix_us() {
  return std::chrono::duration_cast<std::chrono::microseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

std::string database_path(const Config& config) {
  return (std::filesystem::path(config.data) / "pagewake.db").string();
}

Result<Stores> open_stores(const Config& config) {
  Stores stores;
  if (config.store == "memory") {
    // One object is both stores, owned once.
    std::unique_ptr<storage::MemoryStore> memory = storage::make_memory_store();
    stores.issues = std::shared_ptr<storage::IssueStore>(memory.get(), [](auto*) {});
    stores.records = std::move(memory);
    stores.projects = storage::make_memory_project_store();
    stores.accounts = storage::make_memory_account_store();
    stores.objectives = storage::make_memory_objective_store();
    stores.release_health = storage::make_memory_release_health_store();
    stores.alerts = storage::make_memory_alert_store();
    stores.artifacts = storage::make_memory_artifact_store();
    return stores;
  }
  std::error_code error;
  if (std::filesystem::create_directories(config.data, error)) {
    // Visitors' data: nobody else's to read.
    std::filesystem::permissions(config.data, std::filesystem::perms::owner_all, error);
  }
  if (error || !std::filesystem::is_directory(config.data, error)) {
    return Error{"bad_setting", "setting data: cannot make the folder \"" + config.data +
                                    "\": " + (error ? error.message() : "it is a file")};
  }
  storage::SqliteOptions options;
  options.path = database_path(config);
  options.full_sync = config.sync == "full";
  options.max_file_bytes = config.max_file_mb << 20;
  options.on_sealing_changed = [](const Status& sealed) {
    if (sealed.ok()) {
      spdlog::info("records are moved into segments again");
    } else {
      spdlog::error("records wait in the journal, no segment can be made of them: {}",
                    sealed.error().message);
    }
  };
  auto records = storage::open_sqlite_store(options);
  if (!records.ok()) return records.error();
  auto projects = storage::open_sqlite_project_store(options);
  if (!projects.ok()) return projects.error();
  auto accounts = storage::open_sqlite_account_store(options);
  if (!accounts.ok()) return accounts.error();
  stores.accounts = std::move(accounts).value();
  auto objectives = storage::open_sqlite_objective_store(options);
  if (!objectives.ok()) return objectives.error();
  auto release_health = storage::open_sqlite_release_health_store(options);
  if (!release_health.ok()) return release_health.error();
  stores.release_health = std::move(release_health).value();
  auto issues = storage::open_sqlite_issue_store(options);
  if (!issues.ok()) return issues.error();
  auto alerts = storage::open_sqlite_alert_store(options);
  if (!alerts.ok()) return alerts.error();
  stores.alerts = std::move(alerts).value();
  stores.issues = std::move(issues).value();
  stores.records = std::move(records).value();
  stores.projects = std::move(projects).value();
  stores.objectives = std::move(objectives).value();
  auto artifacts = storage::open_sqlite_artifact_store(options);
  if (!artifacts.ok()) return artifacts.error();
  stores.artifacts = std::move(artifacts).value();
  return stores;
}

model::RetentionRule retention_rule(const Config& config) {
  return {{config.raw_retention_days, config.rollup_retention_days},
          config.raw_retention_origin,
          config.rollup_retention_origin};
}

Result<std::size_t> prune(const Stores& stores, const Config& config, std::int64_t now_unix_us) {
  const auto change = api::saved_retention(*stores.issues);
  if (!change.ok()) return change.error();
  const model::Retention retention = retention_rule(config).with(*change);
  const std::int64_t raw_before_unix_us = now_unix_us - retention.raw_days * kDayUs;
  const std::int64_t rollups_before_unix_us = now_unix_us - retention.rollup_days * kDayUs;
  auto sessions = stores.release_health->prune_sessions(raw_before_unix_us);
  if (!sessions.ok()) return sessions;
  auto records = stores.records->prune(raw_before_unix_us, rollups_before_unix_us);
  if (!records.ok()) return records;
  auto artifacts = stores.artifacts->prune_artifacts(rollups_before_unix_us, now_unix_us);
  if (!artifacts.ok()) return artifacts;
  return records.value() + sessions.value();
}

std::string dsn_of(const storage::Project& project, const std::string& public_url) {
  const auto scheme_end = public_url.find("://") + 3;
  return public_url.substr(0, scheme_end) + project.public_key + "@" +
         public_url.substr(scheme_end) + "/" + std::to_string(project.id);
}

struct Service::Impl {
  Config config;
  FolderLock lock;
  Stores stores;
  std::unique_ptr<symbolicate::Symbolicator> symbolicator;
  HttpMetrics http_metrics;
  LatencyHistogram writes;
  std::atomic<std::uint64_t> failed_writes{0};
  FailureLog write_log{"the store refuses what comes in, which is answered with 503",
                       "the store takes what comes in again", std::chrono::seconds(10)};
  FailureLog visit_log{"visits wait to be counted for release health",
                       "visits are counted for release health again"};
  FailureLog alert_log{"alerts failed", "alerts work again"};
  FailureLog regroup_log{"regrouping by source maps failed", "regrouping works again"};
  LineLimit refusal_lines{std::chrono::minutes(1)};
  std::unique_ptr<PageMetrics> page_metrics;
  SloMetrics slo_metrics;
  std::unique_ptr<ProjectPolicies> policies;
  api::LiveFeed live{system_unix_us};
  VisitSessions visits;
  std::unique_ptr<alerting::AlertEngine> alerts;
  std::unique_ptr<pipeline::Pipeline> pipeline;
  std::shared_ptr<http::TlsContext> tls;  // nullptr: plain HTTP
  FailureLog tls_log{"the certificate could not be read again, the old one stays in use",
                     "the certificate can be read again"};
  std::unique_ptr<http::Server> server;
  std::string url, public_url;
  FirstStart first;
  std::int64_t started_at_unix_us = system_unix_us();
  std::atomic<bool> stopping{false};

  std::mutex self_mutex;  // two first visitors of the dashboard make one project
  std::mutex mutex;
  std::condition_variable wake;
  std::thread pruner, alerter, regrouper, visit_writer, certificate_watcher;

  Status make_first() {
    auto projects = stores.projects->projects();
    if (!projects.ok()) return projects.error();
    if (projects.value().empty()) {
      auto made = stores.projects->create_project(config.project_name, {});
      if (!made.ok()) return made.error();
      first.project_made = true;
    }
    if (!config.admin_token.empty())
      return stores.projects->ensure_token(config.admin_token, "admin", storage::Scope::kAdmin);
    auto any = stores.projects->any_token();
    if (!any.ok()) return any.error();
    if (!any.value()) {
      auto token = stores.projects->create_token("admin", storage::Scope::kAdmin);
      if (!token.ok()) return token.error();
      first.admin_token = token.value();
    }
    return Done{};
  }

  std::string metrics() {
    std::string out;
    write_outcomes(pipeline->outcomes_since_start(), out);
    http_metrics.write(out);
    writes.write("pagewake_store_write_duration_seconds", "Time of one group commit, kept or not.",
                 out);
    write_counter("pagewake_store_write_failures_total", "Group commits that the store refused.",
                  static_cast<double>(failed_writes.load()), out);
    page_metrics->write(out);
    write_gauge("pagewake_http_connections", "Open connections.",
                static_cast<double>(server->connections()), out);
    write_gauge("pagewake_pipeline_waiting_records",
                "Records that wait for the writer or are being written.",
                static_cast<double>(pipeline->waiting_records()), out);
    write_gauge("pagewake_live_listeners", "Who listens to a live tail.",
                static_cast<double>(live.listeners()), out);
    write_counter("pagewake_live_dropped_total", "Items that a live tail left out.",
                  static_cast<double>(live.dropped_total()), out);
    if (tls) {
      write_gauge("pagewake_tls_certificate_not_after_seconds",
                  "When the certificate in use expires, Unix time.",
                  static_cast<double>(tls->certificate().not_after_unix_s), out);
    }
    const auto cache = symbolicator->cache_stats();
    write_gauge("pagewake_source_map_cache_bytes", "Decoded source maps in memory.",
                static_cast<double>(cache.bytes), out);
    write_gauge("pagewake_store_up", "1 when the store answers.",
                stores.records->ping().ok() ? 1 : 0, out);
    write_gauge("process_resident_memory_bytes", "Resident memory.",
                static_cast<double>(resident_bytes()), out);
    write_gauge("process_start_time_seconds", "Start of the process, Unix time.",
                static_cast<double>(started_at_unix_us / 1000) / 1000, out);
    slo_metrics.write(*stores.records, *stores.projects, *stores.objectives, system_unix_us(), out);
    out += "# HELP pagewake_build_info Version of this server.\n# TYPE pagewake_build_info gauge\n";
    out += "pagewake_build_info{version=\"" PAGEWAKE_VERSION "\"} 1\n";
    return out;
  }

  model::Quotas server_quotas() const {
    return {config.project_requests_per_day, config.project_events_per_day,
            config.project_spans_per_day, config.project_logs_per_day,
            config.project_sessions_per_day};
  }

  http::Router routes() {
    http::Router router;
    receive::Dependencies in{
        *pipeline,
        *stores.projects,
        system_unix_us,
        {config.rate_per_key, config.burst_per_key, config.rate_per_address,
         config.burst_per_address, server_quotas()},
        stores.release_health.get(),
        [this](model::ProjectId project) { return policies->of(project)->quotas; }};
    const auto way_in = receive::add_routes(router, in);
    api::add_routes(router,
                    {.records = *stores.records,
                     .projects = *stores.projects,
                     .accounts = *stores.accounts,
                     .objectives = *stores.objectives,
                     .issues = *stores.issues,
                     .alerts = *stores.alerts,
                     .now_unix_us = system_unix_us,
                     .public_url = public_url,
                     .release_health = stores.release_health.get(),
                     .send_test_alert =
                         [this](model::ProjectId project, std::int64_t channel_id) {
                           return alerts->send_test(project, channel_id, system_unix_us());
                         },
                     .send_weekly_report =
                         [this](model::ProjectId project, std::int64_t channel_id) {
                           return alerts->send_report(project, channel_id, system_unix_us());
                         },
                     .settings_changed =
                         [this, changed = way_in.project_changed](model::ProjectId project) {
                           policies->forget(project);
                           changed(project);
                         },
                     .artifacts = stores.artifacts.get(),
                     .symbolicator = symbolicator.get(),
                     .server_quotas = server_quotas(),
                     .used_today = way_in.used_today,
                     .retention = retention_rule(config),
                     .live = &live});
    router.add("GET", "/healthz", [](const http::Request&) { return text_response(200, "ok\n"); });
    router.add("GET", "/readyz", [this](const http::Request&) {
      if (stopping.load()) return text_response(503, "stopping\n");
      const auto status = stores.records->ping();
      return status.ok() ? text_response(200, "ok\n")
                         : text_response(503, status.error().message + "\n");
    });
    router.add("GET", "/metrics", [this](const http::Request&) {
      auto response = text_response(200, metrics());
      response.content_type = "text/plain; version=0.0.4; charset=utf-8";
      return response;
    });
    router.add("GET", "/self.js", [this](const http::Request&) {
      if (config.self_monitoring == "off") return self_script({});
      const std::lock_guard lock(self_mutex);
      const auto project = self_project(*stores.projects, *stores.issues);
      if (!project.ok()) spdlog::warn("self monitoring: {}", project.error().message);
      return project.ok() ? self_script(*project) : self_script({});
    });
    add_static_routes(router, embedded_files());
    return router;
  }

  void on_exchange(const http::Exchange& exchange) {
    http_metrics.count(exchange);
    // What failed for the server's sake is seen without an access log; what it
    // refuses for lack of room or time comes in floods.
    auto level = exchange.status >= 500 ? spdlog::level::warn : spdlog::level::debug;
    std::uint64_t left_out = 0;
    if (exchange.status == 503 && !refusal_lines.pass(left_out)) level = spdlog::level::debug;
    if (!spdlog::should_log(level)) return;
    nlohmann::ordered_json line = {
        {"event", "request"},
        {"request_id", exchange.request_id},
        {"method", exchange.method},
        {"path", exchange.path},
        {"route", exchange.route},
        {"status", exchange.status},
        {"duration_ms", static_cast<double>(exchange.duration_us) / 1000},
        {"request_bytes", exchange.request_bytes},
        {"response_bytes", exchange.response_bytes}};
    if (left_out > 0) line["more_503_not_logged"] = left_out;
    // No address: the log would keep what the records do not.
    spdlog::log(level, "{}", line.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace));
  }

  void prune_hourly() {
    constexpr char kSetting[] = "retention_clock";  // of the server, project 0
    const auto last = stores.issues->project_setting(0, kSetting);
    std::int64_t last_unix_us = 0;
    const bool known =
        last.ok() &&
        std::from_chars(last->data(), last->data() + last->size(), last_unix_us).ec == std::errc();
    RetentionClock clock(known ? std::optional(last_unix_us) : std::nullopt);
    bool doubted = false;
    std::unique_lock guard(mutex);
    while (!stopping.load()) {
      guard.unlock();
      const std::int64_t now = clock.now(system_unix_us(), std::chrono::steady_clock::now());
      if (const bool doubts = clock.doubted_us() > 0; doubts != std::exchange(doubted, doubts)) {
        if (doubts) {
          spdlog::warn(
              "the clock is {} hours ahead of where retention left it; retention goes by "
              "it once it has been so for a day",
              clock.doubted_us() / 3'600'000'000);
        } else {
          spdlog::info("retention goes by the clock again");
        }
      }
      (void)stores.issues->set_project_setting(0, kSetting, std::to_string(now));
      const auto removed = prune(stores, config, now);
      if (!removed.ok()) {
        spdlog::error("retention failed: {}", removed.error().message);
      } else if (removed.value() > 0) {
        spdlog::info("retention removed {} records", removed.value());
      }
      guard.lock();
      wake.wait_for(guard, std::chrono::hours(1), [&] { return stopping.load(); });
    }
  }

  void write_visits() { visit_log.note(visits.flush(*stores.release_health)); }

  void write_visits_each_second() {
    const auto wait_until = [&](std::chrono::steady_clock::time_point when) {
      std::unique_lock guard(mutex);
      wake.wait_until(guard, when, [&] { return stopping.load(); });
    };
    auto next = std::chrono::steady_clock::now();
    while (!stopping.load()) {
      wait_until(next += std::chrono::seconds(1));
      // Over most of the second: of a busy server they are 40 ms of work, which
      // in one go would keep page views waiting.
      visit_log.note(visits.flush(*stores.release_health, [&](double done) {
        wait_until(next + std::chrono::duration_cast<std::chrono::milliseconds>(
                              done * std::chrono::milliseconds(700)));
      }));
      next = std::max(next, std::chrono::steady_clock::now() - std::chrono::seconds(1));
    }
  }

  void note_reload(const Result<bool>& changed) {
    tls_log.note(changed.ok() ? Status(Done{}) : Status(changed.error()));
    if (changed.ok() && changed.value()) log_certificate(tls->certificate());
  }

  // Renewals need no word to the server. Once a day it is read in any case:
  // session tickets then get new keys, and the log says that it is about to expire.
  void watch_certificate() {
    std::unique_lock guard(mutex);
    for (int minute = 1; !stopping.load(); ++minute) {
      if (wake.wait_for(guard, std::chrono::minutes(1), [&] { return stopping.load(); })) return;
      guard.unlock();
      if (minute % (24 * 60) == 0) {
        const auto status = tls->reload();
        note_reload(status.ok() ? Result<bool>(true) : Result<bool>(status.error()));
      } else {
        note_reload(tls->reload_if_changed());
      }
      guard.lock();
    }
  }

  void alert_regularly() {
    std::unique_lock guard(mutex);
    while (!stopping.load()) {
      guard.unlock();
      alert_log.note(alerts->tick(system_unix_us()));
      guard.lock();
      wake.wait_for(guard, std::chrono::seconds(config.alert_interval_seconds),
                    [&] { return stopping.load(); });
    }
  }

  // An upload may come through this server or from another process, so the
  // store is asked; a task that fails stays and is tried again.
  void regroup_after_uploads() {
    const Regrouper with{*stores.records, *stores.issues, *symbolicator,
                         [this](model::EventRecord& event) {
                           const auto policy = policies->of(event.project);
                           grouping::group(event, &policy->rules);
                         },
                         system_unix_us};
    std::unique_lock guard(mutex);
    while (!stopping.load()) {
      guard.unlock();
      const auto tasks = stores.artifacts->regroup_tasks();
      for (std::size_t i = 0; tasks.ok() && i < tasks.value().size() && !stopping.load(); ++i) {
        const auto& task = tasks.value()[i];
        const auto changed = regroup(with, task);
        const Status finished =
            changed.ok() ? stores.artifacts->finish_regroup(task) : Status(changed.error());
        regroup_log.note(finished);
        if (finished.ok() && changed.value() > 0) {
          spdlog::info("{} issues of release \"{}\" regrouped by their source maps",
                       changed.value(), task.release);
        }
      }
      guard.lock();
      wake.wait_for(guard, std::chrono::milliseconds(500), [&] { return stopping.load(); });
    }
  }

  bool stop() {
    if (stopping.exchange(true)) return true;
    const bool drained = server ? server->stop(std::chrono::seconds(config.drain_seconds)) : true;
    {
      const std::lock_guard guard(mutex);
      wake.notify_all();
    }
    if (pruner.joinable()) pruner.join();
    if (alerter.joinable()) alerter.join();
    if (regrouper.joinable()) regrouper.join();
    if (certificate_watcher.joinable()) certificate_watcher.join();
    // Writes what waits; after the server, whose handlers use it.
    if (server) pipeline.reset();
    if (visit_writer.joinable()) {
      visit_writer.join();
      write_visits();
    }
    return drained;
  }
};

Service::Service(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
Service::~Service() { impl_->stop(); }

Result<std::unique_ptr<Service>> Service::start(const Config& config) {
  auto impl = std::make_unique<Impl>();
  impl->config = config;
  if (!config.tls_certificate.empty()) {
    auto tls = http::TlsContext::load({config.tls_certificate, config.tls_key});
    if (!tls.ok()) {
      return Error{"bad_setting", "settings tls_certificate and tls_key: " + tls.error().message};
    }
    impl->tls = std::move(tls).value();
    log_certificate(impl->tls->certificate());
  }
  auto stores = open_stores(config);
  if (!stores.ok()) return stores.error();
  impl->stores = std::move(stores).value();
  if (config.store == "sqlite") {
    const auto path = (std::filesystem::path(config.data) / "lock").string();
    if (!impl->lock.take(path)) {
      return Error{"data_in_use", "setting data: another server runs on \"" + config.data + "\" (" +
                                      path + " is locked)"};
    }
  }

  http::ServerOptions options;
  options.listen = config.listen;
  options.workers = static_cast<std::size_t>(config.workers);
  options.max_connections = possible_connections(config);
  options.max_connections_per_address =
      static_cast<std::size_t>(config.max_connections_per_address);
  options.trusted_proxies = http::Networks::parse(config.trusted_proxies).value();
  options.tls = impl->tls;
  options.on_exchange = [raw = impl.get()](const http::Exchange& exchange) {
    raw->on_exchange(exchange);
  };
  auto server = http::Server::bind(options);
  if (!server.ok()) return server.error();
  impl->server = std::move(server).value();
  // After the port: a token made by a start that then fails is never shown.
  if (auto status = impl->make_first(); !status.ok()) return status.error();
  impl->url = impl->server->url();
  impl->public_url = config.public_url.empty() ? impl->url : config.public_url;

  StepSettings steps;
  impl->policies = std::make_unique<ProjectPolicies>(*impl->stores.issues, system_unix_us,
                                                     retention_rule(config));
  steps.policy_of = [raw = impl.get()](model::ProjectId project) {
    return raw->policies->of(project);
  };
  impl->symbolicator = std::make_unique<symbolicate::Symbolicator>(*impl->stores.artifacts);
  steps.symbolicator = impl->symbolicator.get();
  impl->page_metrics =
      std::make_unique<PageMetrics>(static_cast<std::size_t>(config.metrics_pages));
  pipeline::Options pipeline_options;
  pipeline_options.on_write = [raw = impl.get()](std::int64_t duration_us, const Status& written) {
    raw->writes.count(duration_us);
    if (!written.ok()) ++raw->failed_writes;
    raw->write_log.note(written);
  };
  pipeline_options.on_stored = [raw = impl.get()](const model::Records& records,
                                                  const std::vector<bool>& duplicates) {
    raw->live.publish(records, duplicates);
    raw->visits.add(records);
  };
  auto all_steps = default_steps(steps);
  all_steps.push_back(impl->page_metrics->step());
  impl->pipeline = std::make_unique<pipeline::Pipeline>(*impl->stores.records, std::move(all_steps),
                                                        pipeline_options);
  alerting::TransportSettings transport;
  transport.smtp_url = config.smtp_url;
  transport.smtp_user = config.smtp_user;
  transport.smtp_password = config.smtp_password;
  transport.smtp_from = config.smtp_from;
  transport.smtp_require_tls = config.smtp_tls == "required";
  transport.allow_private_webhooks = config.allow_private_webhooks == "yes";
  impl->alerts = std::make_unique<alerting::AlertEngine>(
      alerting::EngineStores{*impl->stores.records, *impl->stores.issues, *impl->stores.projects,
                             *impl->stores.alerts, impl->stores.release_health.get(),
                             impl->stores.objectives.get()},
      alerting::make_transport(std::move(transport)), impl->public_url);
  if (auto status = impl->alerts->start(system_unix_us()); !status.ok()) return status.error();
  impl->server->start(impl->routes());
  impl->pruner = std::thread([raw = impl.get()] { raw->prune_hourly(); });
  impl->visit_writer = std::thread([raw = impl.get()] { raw->write_visits_each_second(); });
  impl->alerter = std::thread([raw = impl.get()] { raw->alert_regularly(); });
  impl->regrouper = std::thread([raw = impl.get()] { raw->regroup_after_uploads(); });
  if (impl->tls) {
    impl->certificate_watcher = std::thread([raw = impl.get()] { raw->watch_certificate(); });
  }
  return std::unique_ptr<Service>(new Service(std::move(impl)));
}

void Service::reload_certificate() {
  if (!impl_->tls) return;
  // Who asks is told every time.
  if (const auto status = impl_->tls->reload(); !status.ok()) {
    spdlog::error("the old certificate stays in use: {}", status.error().message);
  } else {
    impl_->note_reload(true);
  }
}

const std::string& Service::url() const { return impl_->url; }
const std::string& Service::public_url() const { return impl_->public_url; }
const FirstStart& Service::first_start() const { return impl_->first; }
storage::ProjectStore& Service::projects() { return *impl_->stores.projects; }
bool Service::stop() { return impl_->stop(); }

}  // namespace pagewake::app
