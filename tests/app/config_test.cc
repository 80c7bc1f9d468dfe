#include "app/config.h"

#include <gtest/gtest.h>

namespace pagewake::app {
namespace {

Sources sources(std::map<std::string, std::string> flags,
                std::map<std::string, std::string> variables = {}, std::string file = "") {
  Sources s;
  s.flags = std::move(flags);
  s.environment = [variables](const std::string& name) -> std::optional<std::string> {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional(found->second);
  };
  s.file_name = file.empty() ? "" : "pagewake.toml";
  s.file_text = std::move(file);
  return s;
}

TEST(Config, DefaultsHold) {
  const auto loaded = load_config(sources({}));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded.value().config.listen, "127.0.0.1:8790");
  EXPECT_EQ(loaded.value().config.store, "sqlite");
  EXPECT_EQ(loaded.value().config.raw_retention_days, 30);
  EXPECT_EQ(loaded.value().config.rollup_retention_days, 400);
  EXPECT_EQ(loaded.value().effective.size(), settings().size());
  for (const auto& row : loaded.value().effective) EXPECT_EQ(row.origin, "default");
}

TEST(Config, FlagBeatsVariableBeatsFileBeatsDefault) {
  const std::string file = "listen = \"127.0.0.1:1\"\nworkers = 3\n";
  const struct {
    const char* name;
    Sources from;
    const char* listen;
    const char* origin;
  } cases[] = {
      {"file", sources({}, {}, file), "127.0.0.1:1", "pagewake.toml"},
      {"variable", sources({}, {{"PAGEWAKE_LISTEN", "127.0.0.1:2"}}, file), "127.0.0.1:2",
       "PAGEWAKE_LISTEN"},
      {"flag", sources({{"listen", "127.0.0.1:3"}}, {{"PAGEWAKE_LISTEN", "127.0.0.1:2"}}, file),
       "127.0.0.1:3", "--listen"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto loaded = load_config(c.from);
    ASSERT_TRUE(loaded.ok()) << loaded.error().message;
    EXPECT_EQ(loaded.value().config.listen, c.listen);
    EXPECT_EQ(loaded.value().effective[0].origin, c.origin);
    EXPECT_EQ(loaded.value().config.workers, 3);
  }
}

TEST(Config, AWrongSettingSaysWhichWhereAndWhatIsAllowed) {
  const struct {
    const char* name;
    Sources from;
    std::vector<std::string> says;
  } cases[] = {
      {"listen without port",
       sources({{"listen", "localhost"}}),
       {"listen", "--listen", "localhost", "HOST:PORT"}},
      {"port too large", sources({{"listen", "127.0.0.1:70000"}}), {"listen", "70000"}},
      {"port with letters", sources({{"listen", "127.0.0.1:80x"}}), {"listen"}},
      {"bare IPv6", sources({{"listen", "::1:80"}}), {"listen", "[::1]"}},
      {"store",
       sources({}, {{"PAGEWAKE_STORE", "postgres"}}),
       {"store", "PAGEWAKE_STORE", "sqlite, memory"}},
      {"sync", sources({{"sync", "yes"}}), {"sync", "normal, full"}},
      {"log level",
       sources({{"log_level", "loud"}}),
       {"log_level", "--log-level", "debug, info, warn, error"}},
      {"retention of zero",
       sources({{"raw_retention_days", "0"}}),
       {"raw_retention_days", "1 to 3650"}},
      {"retention with a unit", sources({{"raw_retention_days", "30d"}}), {"whole number"}},
      {"negative rate", sources({{"rate_per_key", "-1"}}), {"rate_per_key", "0 (no limit)"}},
      {"rate that is no number", sources({{"rate_per_key", "nan"}}), {"rate_per_key"}},
      {"public URL with a path",
       sources({{"public_url", "https://a.example/rum"}}),
       {"public_url", "without a path"}},
      {"public URL without scheme", sources({{"public_url", "a.example"}}), {"public_url"}},
      {"empty project name", sources({{"project_name", ""}}), {"project_name"}},
      {"empty data folder", sources({{"data", ""}}), {"data", "a folder"}},
      {"a certificate without its key",
       sources({{"tls_certificate", "a.pem"}}),
       {"setting tls_certificate is given without tls_key"}},
      {"a key without its certificate",
       sources({}, {{"PAGEWAKE_TLS_KEY", "a.key"}}),
       {"setting tls_key is given without tls_certificate"}},
      {"unknown key in the file",
       sources({}, {}, "workers = 1\nlisen = \"a\"\n"),
       {"lisen", "pagewake.toml line 2"}},
      {"wrong type in the file",
       sources({}, {}, "listen = [1]\n"),
       {"listen", "pagewake.toml line 1"}},
      {"no TOML", sources({}, {}, "workers = 1\nlisten =\n"), {"pagewake.toml line 2"}},
      {"wrong value in the file",
       sources({}, {}, "store = \"x\"\n"),
       {"store", "pagewake.toml", "sqlite"}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto loaded = load_config(c.from);
    ASSERT_FALSE(loaded.ok());
    EXPECT_EQ(loaded.error().code, "bad_setting");
    EXPECT_EQ(loaded.error().message.find('\n'), std::string::npos);
    for (const auto& part : c.says)
      EXPECT_NE(loaded.error().message.find(part), std::string::npos) << loaded.error().message;
  }
}

TEST(Config, SecretsAreMaskedAlsoInErrors) {
  const std::string secret = "pwt_0123456789abcdefghij";
  const auto loaded = load_config(sources({{"admin_token", secret}}));
  ASSERT_TRUE(loaded.ok());
  EXPECT_EQ(loaded.value().config.admin_token, secret);
  for (const auto& row : loaded.value().effective) {
    EXPECT_EQ(row.value.find(secret), std::string::npos);
    if (row.name == "admin_token") {
      EXPECT_EQ(row.value, "********");
    }
  }
  const auto refused = load_config(sources({{"admin_token", "short-secret"}}));
  ASSERT_FALSE(refused.ok());
  EXPECT_EQ(refused.error().message.find("short-secret"), std::string::npos);
}

TEST(Config, NumbersInTheFileMayBeWritten) {
  const auto loaded = load_config(sources({}, {}, "rate_per_key = 12.5\nburst_per_key = 100\n"));
  ASSERT_TRUE(loaded.ok()) << loaded.error().message;
  EXPECT_EQ(loaded.value().config.rate_per_key, 12.5);
  EXPECT_EQ(loaded.value().config.burst_per_key, 100);
}

TEST(Config, EverySettingHasItsNames) {
  for (const auto& setting : settings()) {
    EXPECT_TRUE(setting.flag().starts_with("--")) << setting.name;
    EXPECT_EQ(setting.flag().find('_'), std::string::npos) << setting.name;
    EXPECT_TRUE(setting.variable().starts_with("PAGEWAKE_")) << setting.name;
    EXPECT_FALSE(setting.help.empty()) << setting.name;
  }
}

}  // namespace
}  // namespace pagewake::app
