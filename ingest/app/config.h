// Every setting of the server: a flag, an environment variable and a TOML key,
// in that order of strength. One table (config.cc) makes all three, the help
// and `pagewake config`.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace pagewake::app {

struct Config {
  std::string listen, data, store, sync, public_url, project_name, admin_token, log_level;
  std::int64_t raw_retention_days = 0, rollup_retention_days = 0;
  // Where they were set; "" nowhere: the dashboard may.
  std::string raw_retention_origin, rollup_retention_origin;
  std::int64_t max_file_mb = 0;
  std::int64_t workers = 0, max_connections = 0, max_connections_per_address = 0;
  double rate_per_key = 0, burst_per_key = 0, rate_per_address = 0, burst_per_address = 0;
  std::int64_t drain_seconds = 0;
  std::string tls_certificate, tls_key;  // files; both or neither
  std::string trusted_proxies;           // checked: http::Networks::parse() takes it
  std::int64_t project_requests_per_day = 0, metrics_pages = 0;
  std::int64_t project_events_per_day = 0, project_spans_per_day = 0, project_logs_per_day = 0,
               project_sessions_per_day = 0;
  std::int64_t alert_interval_seconds = 0;
  std::string self_monitoring;
  std::string smtp_url, smtp_user, smtp_password, smtp_from, smtp_tls, allow_private_webhooks;
};

// One row of the table, for flags, help and documentation. The flag is
// "--raw-retention-days", the variable PAGEWAKE_RAW_RETENTION_DAYS, the TOML
// key raw_retention_days, all from `name`.
struct Setting {
  std::string_view name, default_value, help;
  bool secret = false;
  std::string flag() const;
  std::string variable() const;
};
const std::vector<Setting>& settings();

struct Sources {
  std::map<std::string, std::string> flags;  // by setting name, only those given
  std::function<std::optional<std::string>(const std::string& variable)> environment;
  std::string file_name, file_text;  // "" none
};

// A setting as it holds, for `pagewake config`.
struct Effective {
  std::string name, value;  // a secret is masked
  std::string origin;       // "default", "--listen", "PAGEWAKE_LISTEN", "pagewake.toml"
};

struct Loaded {
  Config config;
  std::vector<Effective> effective;  // in the table's order
};

// Pure. Errors: "bad_setting", one line that says which, where and what is allowed.
Result<Loaded> load_config(const Sources& sources);

}  // namespace pagewake::app
