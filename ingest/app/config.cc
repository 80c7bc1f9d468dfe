#include "app/config.h"

#include <toml++/toml.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <cstdlib>
#include <sstream>
#include <utility>

#include "http/proxies.h"

namespace pagewake::app {

namespace {

// Gives what is allowed where the text is wrong; nothing where it was taken.
using Take = std::optional<std::string> (*)(const std::string& text, Config& config);

std::optional<std::int64_t> integer(const std::string& text) {
  std::int64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

template <std::int64_t Config::*member, std::int64_t low, std::int64_t high>
std::optional<std::string> whole(const std::string& text, Config& config) {
  const auto value = integer(text);
  if (!value || *value < low || *value > high) {
    return "a whole number from " + std::to_string(low) + " to " + std::to_string(high);
  }
  config.*member = *value;
  return std::nullopt;
}

template <double Config::*member>
std::optional<std::string> rate(const std::string& text, Config& config) {
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (error != std::errc() || end != text.data() + text.size() || !(value >= 0 && value <= 1e9)) {
    return "a number from 0 (no limit) to 1000000000";
  }
  config.*member = value;
  return std::nullopt;
}

template <std::string Config::*member>
std::optional<std::string> one_of(const std::string& text, Config& config,
                                  std::initializer_list<const char*> words) {
  std::string allowed = "one of";
  for (const char* word : words) {
    if (text == word) {
      config.*member = text;
      return std::nullopt;
    }
    allowed += std::string(allowed == "one of" ? " " : ", ") + word;
  }
  return allowed;
}

std::optional<std::string> take_listen(const std::string& text, Config& config) {
  const auto colon = text.rfind(':');
  const bool has_port = colon != std::string::npos && colon > 0;
  const auto port = has_port ? integer(text.substr(colon + 1)) : std::nullopt;
  const bool v6 = has_port && text.front() == '[' && text[colon - 1] == ']';
  if (!port || *port < 0 || *port > 65535 || (!v6 && text.find(':') != colon)) {
    return "HOST:PORT, for example 127.0.0.1:8790 or [::1]:8790; port 0 takes a free one";
  }
  config.listen = text;
  return std::nullopt;
}

std::optional<std::string> take_data(const std::string& text, Config& config) {
  if (text.empty()) return "a folder";
  config.data = text;
  return std::nullopt;
}

std::optional<std::string> take_public_url(const std::string& text, Config& config) {
  const bool http = text.starts_with("http://") && text.size() > 7;
  const bool https = text.starts_with("https://") && text.size() > 8;
  if (!text.empty() && ((!http && !https) || text.find('/', https ? 8 : 7) != std::string::npos)) {
    return "http://HOST[:PORT] or https://HOST[:PORT] without a path, or nothing";
  }
  config.public_url = text;
  return std::nullopt;
}

std::optional<std::string> take_project_name(const std::string& text, Config& config) {
  if (text.empty() || text.size() > 100) return "1 to 100 characters";
  config.project_name = text;
  return std::nullopt;
}

std::optional<std::string> take_admin_token(const std::string& text, Config& config) {
  const bool printable =
      std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
  if (!text.empty() && (text.size() < 20 || text.size() > 200 || !printable)) {
    return "20 to 200 printable characters without spaces, random ones";
  }
  config.admin_token = text;
  return std::nullopt;
}

std::optional<std::string> take_trusted_proxies(const std::string& text, Config& config) {
  if (!http::Networks::parse(text).ok()) {
    return "addresses and networks with commas between, such as 127.0.0.1, 10.0.0.0/8, ::1";
  }
  config.trusted_proxies = text;
  return std::nullopt;
}

std::optional<std::string> take_smtp_url(const std::string& text, Config& config) {
  const bool plain = text.starts_with("smtp://") && text.size() > 7;
  const bool tls = text.starts_with("smtps://") && text.size() > 8;
  if (!text.empty() && !plain && !tls) return "smtp://HOST[:PORT], smtps://HOST[:PORT] or nothing";
  config.smtp_url = text;
  return std::nullopt;
}

struct Row {
  Setting setting;
  Take take;
};

const std::vector<Row>& rows() {
  static const std::vector<Row> table = {
      {{"listen", "127.0.0.1:8790", "address to serve on; port 0 takes a free one"}, take_listen},
      {{"tls_certificate", "",
        "PEM file of the certificate and its chain: serve HTTPS only; none: HTTP; read again at "
        "SIGHUP and when it changes"},
       [](const std::string& text, Config& config) {
         config.tls_certificate = text;
         return std::optional<std::string>();
       }},
      {{"tls_key", "", "PEM file of the certificate's private key, without a passphrase"},
       [](const std::string& text, Config& config) {
         config.tls_key = text;
         return std::optional<std::string>();
       }},
      {{"data", "pagewake-data", "folder of the database; made when missing"}, take_data},
      {{"store", "sqlite", "where records are kept: sqlite, or memory (gone at the end)"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::store>(text, config, {"sqlite", "memory"});
       }},
      {{"sync", "normal", "normal: survives kill -9; full: also a power cut"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::sync>(text, config, {"normal", "full"});
       }},
      {{"public_url", "",
        "how browsers reach this server, for DSNs and the script tag; default: where it listens"},
       take_public_url},
      {{"project_name", "default", "name of project 1 when the first start makes it"},
       take_project_name},
      {{"admin_token", "",
        "admin token to register at start; default: the first start makes and prints one", true},
       take_admin_token},
      {{"log_level", "info", "debug (with an access log), info, warn or error; reloaded at SIGHUP"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::log_level>(text, config, {"debug", "info", "warn", "error"});
       }},
      {{"raw_retention_days", "30",
        "how long page views, events, spans and logs are kept; left out: the dashboard may change "
        "it"},
       whole<&Config::raw_retention_days, 1, 3650>},
      {{"rollup_retention_days", "400",
        "how long hourly numbers and outcomes are kept; left out: the dashboard may change it"},
       whole<&Config::rollup_retention_days, 1, 3650>},
      {{"max_file_mb", "0",
        "size in MiB at which the database grows no more and 503 is answered; 0: the disk's"},
       whole<&Config::max_file_mb, 0, 100'000'000>},
      {{"workers", "0", "threads that answer requests; 0: by the number of cores"},
       whole<&Config::workers, 0, 1024>},
      {{"max_connections", "10000", "open connections; more are closed at once"},
       whole<&Config::max_connections, 1, 1'000'000>},
      {{"max_connections_per_address", "0", "of one address; 0: no limit of its own"},
       whole<&Config::max_connections_per_address, 0, 1'000'000>},
      {{"rate_per_key", "2000", "requests a second that one public key may send; 0: no limit"},
       rate<&Config::rate_per_key>},
      {{"burst_per_key", "4000", "requests that one public key may send at once"},
       rate<&Config::burst_per_key>},
      {{"rate_per_address", "200",
        "requests a second that one address may send to the way in; 0: no limit"},
       rate<&Config::rate_per_address>},
      {{"burst_per_address", "1000", "requests that one address may send at once"},
       rate<&Config::burst_per_address>},
      {{"trusted_proxies", "",
        "whose X-Forwarded-For and X-Forwarded-Proto are believed: addresses and networks"},
       take_trusted_proxies},
      {{"project_requests_per_day", "0",
        "requests of one project's senders that are taken a UTC day; 0: no limit"},
       whole<&Config::project_requests_per_day, 0, 1'000'000'000'000>},
      {{"project_events_per_day", "0",
        "errors and messages of one project that are taken a UTC day; 0: no limit"},
       whole<&Config::project_events_per_day, 0, 1'000'000'000'000>},
      {{"project_spans_per_day", "0", "spans of one project that are taken a UTC day; 0: no limit"},
       whole<&Config::project_spans_per_day, 0, 1'000'000'000'000>},
      {{"project_logs_per_day", "0",
        "log lines of one project that are taken a UTC day; 0: no limit"},
       whole<&Config::project_logs_per_day, 0, 1'000'000'000'000>},
      {{"project_sessions_per_day", "0",
        "sessions of Sentry's SDKs of one project that are taken a UTC day; 0: no limit"},
       whole<&Config::project_sessions_per_day, 0, 1'000'000'000'000>},
      {{"metrics_pages", "100",
        "page names of a project that /metrics tells apart; the rest is (other)"},
       whole<&Config::metrics_pages, 0, 10'000>},
      {{"smtp_url", "",
        "server for e-mails: smtp://HOST:587 or smtps://HOST:465; none: no e-mails"},
       take_smtp_url},
      {{"smtp_user", "", "name to log in with at the mail server"},
       [](const std::string& text, Config& config) {
         config.smtp_user = text;
         return std::optional<std::string>();
       }},
      {{"smtp_password", "", "password to log in with at the mail server", true},
       [](const std::string& text, Config& config) {
         config.smtp_password = text;
         return std::optional<std::string>();
       }},
      {{"smtp_from", "", "sender's address of e-mails"},
       [](const std::string& text, Config& config) -> std::optional<std::string> {
         const bool address = text.find('@') != std::string::npos &&
                              text.find_first_of(" <>\r\n") == std::string::npos;
         if (!text.empty() && !address) return "an e-mail address, or nothing";
         config.smtp_from = text;
         return std::nullopt;
       }},
      {{"smtp_tls", "required",
        "required: nothing is said before STARTTLS; opportunistic: where the server offers it"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::smtp_tls>(text, config, {"required", "opportunistic"});
       }},
      {{"allow_private_webhooks", "no",
        "yes: alerts may go to webhooks on loopback, link-local and private addresses"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::allow_private_webhooks>(text, config, {"no", "yes"});
       }},
      {{"self_monitoring", "on",
        "on: the dashboard measures itself, into a project of its own; off: it does not"},
       [](const std::string& text, Config& config) {
         return one_of<&Config::self_monitoring>(text, config, {"on", "off"});
       }},
      {{"alert_interval_seconds", "60", "how often alert rules are looked at and messages sent"},
       whole<&Config::alert_interval_seconds, 1, 3600>},
      {{"drain_seconds", "8", "time that running requests get when the server stops"},
       whole<&Config::drain_seconds, 0, 60>},
  };
  return table;
}

Error bad_setting(std::string message) { return {"bad_setting", std::move(message)}; }

// Each top-level key as text. Errors name the place in the file.
Result<std::map<std::string, std::string>> read_file(const Sources& sources) {
  std::map<std::string, std::string> values;
  if (sources.file_text.empty()) return values;
  toml::table table;
  try {
    table = toml::parse(sources.file_text, sources.file_name);
  } catch (const toml::parse_error& e) {
    return bad_setting(sources.file_name + " line " + std::to_string(e.source().begin.line) +
                       ": not TOML: " + std::string(e.description()));
  }
  for (const auto& [key, node] : table) {
    const std::string name(key.str());
    const auto known = std::find_if(rows().begin(), rows().end(),
                                    [&](const Row& row) { return row.setting.name == name; });
    const std::string where =
        sources.file_name + " line " + std::to_string(node.source().begin.line);
    if (known == rows().end()) {
      return bad_setting("unknown setting \"" + name + "\" in " + where +
                         "; `pagewake config` lists them all");
    }
    if (const auto text = node.value<std::string>(); text && node.is_string()) {
      values[name] = *text;
    } else if (node.is_integer()) {
      values[name] = std::to_string(*node.value<std::int64_t>());
    } else if (node.is_floating_point()) {
      std::ostringstream out;
      out << *node.value<double>();
      values[name] = out.str();
    } else {
      return bad_setting("setting \"" + name + "\" in " + where + " is neither text nor a number");
    }
  }
  return values;
}

}  // namespace

std::string Setting::flag() const {
  std::string text = "--" + std::string(name);
  std::replace(text.begin(), text.end(), '_', '-');
  return text;
}

std::string Setting::variable() const {
  std::string text = "PAGEWAKE_";
  for (const char c : name) text += c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

const std::vector<Setting>& settings() {
  static const std::vector<Setting> list = [] {
    std::vector<Setting> all;
    for (const auto& row : rows()) all.push_back(row.setting);
    return all;
  }();
  return list;
}

Result<Loaded> load_config(const Sources& sources) {
  const auto file = read_file(sources);
  if (!file.ok()) return file.error();
  Loaded loaded;
  for (const auto& [setting, take] : rows()) {
    std::string value(setting.default_value), origin = "default";
    const std::string name(setting.name);
    if (const auto found = file.value().find(name); found != file.value().end()) {
      value = found->second;
      origin = sources.file_name;
    }
    if (sources.environment) {
      if (const auto text = sources.environment(setting.variable())) {
        value = *text;
        origin = setting.variable();
      }
    }
    if (const auto found = sources.flags.find(name); found != sources.flags.end()) {
      value = found->second;
      origin = setting.flag();
    }
    if (const auto allowed = take(value, loaded.config)) {
      return bad_setting("setting " + name + " from " + origin + ": " +
                         (setting.secret ? std::string("the given value") : "\"" + value + "\"") +
                         " is not allowed; allowed: " + *allowed);
    }
    if (origin != "default" && name == "raw_retention_days")
      loaded.config.raw_retention_origin = origin;
    if (origin != "default" && name == "rollup_retention_days")
      loaded.config.rollup_retention_origin = origin;
    if (setting.secret && !value.empty()) value = "********";
    loaded.effective.push_back({name, std::move(value), std::move(origin)});
  }
  if (loaded.config.tls_certificate.empty() != loaded.config.tls_key.empty()) {
    const bool key = loaded.config.tls_certificate.empty();
    return bad_setting(std::string("setting ") + (key ? "tls_key" : "tls_certificate") +
                       " is given without " + (key ? "tls_certificate" : "tls_key") +
                       "; HTTPS needs both, HTTP neither");
  }
  return loaded;
}

}  // namespace pagewake::app
