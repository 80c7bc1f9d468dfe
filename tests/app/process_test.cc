// The binary as people start it: first start, keys, signals, exit codes.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <spawn.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <regex>
#include <string>
#include <vector>

#include "http/certificate.h"
#include "http/raw_client.h"
#include "http/tls_client.h"

namespace {

using pagewake::testing::make_certificate;
using pagewake::testing::RawClient;
using pagewake::testing::RawResponse;
using pagewake::testing::TlsClient;
using pagewake::testing::write_file;

class Folder {
 public:
  Folder() {
    std::string pattern =
        (std::filesystem::temp_directory_path() / "pagewake-test-XXXXXX").string();
    path_ = mkdtemp(pattern.data());
  }
  ~Folder() { std::filesystem::remove_all(path_); }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

// A child whose output is read through one pipe. Killed when it goes out of
// scope, so a failing test leaves nothing behind.
class Process {
 public:
  explicit Process(std::vector<std::string> arguments, std::vector<std::string> variables = {})
      : Process(PAGEWAKE_BINARY, std::move(arguments), std::move(variables)) {}
  Process(const char* program, std::vector<std::string> arguments,
          std::vector<std::string> variables = {}) {
    int ends[2];
    EXPECT_EQ(pipe2(ends, O_CLOEXEC), 0);
    out_ = ends[0];
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 1);
    posix_spawn_file_actions_adddup2(&actions, ends[1], 2);
    arguments.insert(arguments.begin(), program);
    variables.push_back(std::string("PATH=") + getenv("PATH"));
    std::vector<char*> argv, envp;
    for (auto& text : arguments) argv.push_back(text.data());
    for (auto& text : variables) envp.push_back(text.data());
    argv.push_back(nullptr);
    envp.push_back(nullptr);
    EXPECT_EQ(posix_spawn(&pid_, program, &actions, nullptr, argv.data(), envp.data()), 0);
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
  }
  ~Process() {
    if (pid_ > 0) {
      kill(pid_, SIGKILL);
      waitpid(pid_, nullptr, 0);
    }
    close(out_);
  }

  // Reads until the pattern appears; its first group. Fails the test when the
  // output ends or 60 s pass before.
  std::string wait_for(const std::string& pattern) {
    const std::regex regex(pattern);
    std::smatch match;
    while (!std::regex_search(output, match, regex)) {
      if (!more()) {
        ADD_FAILURE() << "no " << pattern << " in:\n" << output;
        return "";
      }
    }
    return match[1];
  }
  void signal(int number) { kill(pid_, number); }
  // Exit code, or minus the signal. Reads the rest of the output.
  int wait() {
    while (more()) {
    }
    int status = 0;
    waitpid(pid_, &status, 0);
    pid_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
  }

  std::string output;

 private:
  bool more() {
    pollfd poll_fd{out_, POLLIN, 0};
    if (poll(&poll_fd, 1, 60'000) <= 0) return false;
    char buffer[4096];
    const ssize_t n = read(out_, buffer, sizeof buffer);
    if (n <= 0) return false;
    output.append(buffer, static_cast<std::size_t>(n));
    return true;
  }

  pid_t pid_ = -1;
  int out_ = -1;
};

int run(std::vector<std::string> arguments, std::string& output,
        std::vector<std::string> variables = {}) {
  Process process(std::move(arguments), std::move(variables));
  const int code = process.wait();
  output = process.output;
  return code;
}

RawResponse request(std::uint16_t port, const std::string& method, const std::string& target,
                    const std::string& headers = "", const std::string& body = "") {
  RawClient client(port);
  client.send(method + " " + target + " HTTP/1.1\r\nHost: a\r\nContent-Length: " +
              std::to_string(body.size()) + "\r\n" + headers + "\r\n" + body);
  return client.receive();
}

std::uint16_t port_of(Process& server, const std::string& scheme = "http") {
  return static_cast<std::uint16_t>(
      std::atoi(server.wait_for("listening on " + scheme + "://127\\.0\\.0\\.1:(\\d+)\n").c_str()));
}

std::vector<std::string> serve(const Folder& folder) {
  return {"serve", "--listen", "127.0.0.1:0", "--data", folder / "data"};
}

TEST(Process, TheFirstStartMakesAProjectAndATokenAndALaterOneKeepsThem) {
  const Folder folder;
  std::string token, key;
  {
    Process server(serve(folder));
    const auto port = port_of(server);
    token = server.wait_for("admin token (pwt_[A-Za-z0-9_-]{43})");
    key = server.wait_for("data-dsn=\"http://([0-9a-f]{32})@127\\.0\\.0\\.1:\\d+/1\"");
    ASSERT_EQ(request(port, "GET", "/readyz").status, 200);
    EXPECT_EQ(request(port, "GET", "/healthz").status, 200);
    EXPECT_EQ(request(port, "GET", "/api/v1/projects").status, 401);
    const auto projects =
        request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n");
    ASSERT_EQ(projects.status, 200) << projects.body;
    EXPECT_EQ(nlohmann::json::parse(projects.body)["items"][0]["public_key"], key);
    EXPECT_EQ(nlohmann::json::parse(projects.body)["items"][0]["name"], "default");
    EXPECT_EQ(request(port, "POST", "/api/1/logs/?key=" + key, "", "{\"event\":\"kept\"}\n").status,
              202);
    EXPECT_EQ(request(port, "POST", "/api/1/beacon/?key=" + std::string(32, '0'), "", "PW").status,
              401);
    const auto metrics = request(port, "GET", "/metrics").body;
    EXPECT_NE(metrics.find("pagewake_outcomes_total{project=\"1\",category=\"log\",outcome="
                           "\"stored\",reason=\"\"} 1\n"),
              std::string::npos)
        << metrics;
    EXPECT_NE(metrics.find("reason=\"bad_key\"} 1\n"), std::string::npos);
    EXPECT_NE(metrics.find("pagewake_http_requests_total{method=\"POST\",route=\"/api/{project}/"
                           "logs/\",status=\"202\"} 1\n"),
              std::string::npos);
    EXPECT_NE(metrics.find("pagewake_store_up 1\n"), std::string::npos);
    EXPECT_EQ(request(port, "GET", "/").status, 200);
    server.signal(SIGTERM);
    EXPECT_EQ(server.wait(), 0) << server.output;
  }
  Process server(serve(folder));
  const auto port = port_of(server);
  EXPECT_EQ(server.output.find("admin token"), std::string::npos);
  EXPECT_EQ(
      request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n").status,
      200);
  const auto outcomes = request(port, "GET", "/api/v1/projects/1/outcomes?from=-1h",
                                "Authorization: Bearer " + token + "\r\n");
  EXPECT_EQ(nlohmann::json::parse(outcomes.body)["stored"], 1) << outcomes.body;
}

TEST(Process, WhatWasAcknowledgedSurvivesKill9) {
  const Folder folder;
  const std::string token = "pwt_" + std::string(43, 't');
  const auto started = [&](Process& server) {
    const auto port = port_of(server);
    const auto projects =
        request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n");
    return std::pair(
        port, nlohmann::json::parse(projects.body)["items"][0]["public_key"].get<std::string>());
  };
  {
    Process server(serve(folder), {"PAGEWAKE_ADMIN_TOKEN=" + token});
    const auto [port, key] = started(server);
    for (int i = 0; i < 20; ++i) {
      ASSERT_EQ(request(port, "POST", "/api/1/logs/?key=" + key, "",
                        "{\"event\":\"line " + std::to_string(i) + "\"}\n")
                    .status,
                202);
    }
    server.signal(SIGKILL);
    EXPECT_EQ(server.wait(), -SIGKILL);
  }
  Process server(serve(folder), {"PAGEWAKE_ADMIN_TOKEN=" + token});
  const auto [port, key] = started(server);
  const auto outcomes = request(port, "GET", "/api/v1/projects/1/outcomes?from=-1h",
                                "Authorization: Bearer " + token + "\r\n");
  EXPECT_EQ(nlohmann::json::parse(outcomes.body)["stored"], 20) << outcomes.body;
}

TEST(Process, TheGivenTokenAndNameAreTaken) {
  const Folder folder;
  const std::string token = "pwt_" + std::string(43, 'x');
  Process server(serve(folder), {"PAGEWAKE_ADMIN_TOKEN=" + token, "PAGEWAKE_PROJECT_NAME=shop",
                                 "PAGEWAKE_PUBLIC_URL=https://rum.example"});
  const auto port = port_of(server);
  EXPECT_EQ(server.output.find(token), std::string::npos);
  const auto projects =
      request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n");
  ASSERT_EQ(projects.status, 200);
  const auto project = nlohmann::json::parse(projects.body)["items"][0];
  EXPECT_EQ(project["name"], "shop");
  EXPECT_TRUE(std::regex_match(project["dsn"].get<std::string>(),
                               std::regex("https://[0-9a-f]{32}@rum\\.example/1")));
}

TEST(Process, ASecondServerOnTheSameFolderIsRefused) {
  const Folder folder;
  Process server(serve(folder));
  port_of(server);
  std::string output;
  EXPECT_EQ(run(serve(folder), output), 1);
  EXPECT_NE(output.find("another server runs"), std::string::npos) << output;
}

TEST(Process, CommandsWorkBesideARunningServer) {
  const Folder folder;
  Process server(serve(folder));
  const auto port = port_of(server);
  std::string output;
  EXPECT_EQ(run({"token", "create", "--scope", "read", "--data", folder / "data"}, output), 0);
  const std::string token = output.substr(0, output.find('\n'));
  EXPECT_EQ(
      request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n").status,
      200);
  EXPECT_EQ(run({"project", "create", "blog", "--origin", "https://blog.example", "--data",
                 folder / "data"},
                output),
            0);
  std::smatch match;
  ASSERT_TRUE(std::regex_search(output, match,
                                std::regex("http://([0-9a-f]{32})@127\\.0\\.0\\.1:8790/2\n")))
      << output;
  EXPECT_EQ(
      request(port, "POST", "/api/2/logs/?key=" + match[1].str(), "", "{\"event\":\"x\"}\n").status,
      202);
  EXPECT_EQ(request(port, "POST", "/api/2/logs/?key=" + match[1].str(),
                    "Origin: https://evil.example\r\n", "{}\n")
                .status,
            403);
  EXPECT_EQ(run({"project", "list", "--data", folder / "data"}, output), 0);
  EXPECT_NE(output.find("2\tblog\t"), std::string::npos) << output;
  EXPECT_EQ(run({"prune", "--data", folder / "data"}, output), 0);
  EXPECT_NE(output.find("0 records removed"), std::string::npos) << output;
}

TEST(Process, TheDashboardIsMeasuredIntoAProjectOfItsOwnUnlessItIsOff) {
  const Folder folder;
  std::string output;
  {
    Process server(serve(folder));
    const auto port = port_of(server);
    std::smatch own;
    const auto script = request(port, "GET", "/self.js").body;
    ASSERT_TRUE(
        std::regex_search(script, own, std::regex("//([0-9a-f]{32})@\\$\\{location.host\\}/2`")))
        << script;
    EXPECT_EQ(request(port, "GET", "/self.js").body, script);
    EXPECT_EQ(run({"project", "list", "--data", folder / "data"}, output), 0);
    EXPECT_NE(output.find("2\tPagewake dashboard\t"), std::string::npos) << output;
    EXPECT_EQ(output.find("\n3\t"), std::string::npos) << output;
  }
  auto command = serve(folder);
  command.insert(command.end(), {"--self-monitoring", "off"});
  Process server(command);
  EXPECT_EQ(request(port_of(server), "GET", "/self.js").body.find("pagewake.js"),
            std::string::npos);
}

TEST(Process, RetentionIsChangedWhileItRunsUnlessTheConfigurationSaysIt) {
  const Folder folder;
  const std::string token = "pwt_" + std::string(43, 'r');
  const std::vector<std::string> variables{"PAGEWAKE_ADMIN_TOKEN=" + token};
  const std::string admin = "Authorization: Bearer " + token + "\r\n";
  const std::string ten_days = R"({"raw_days":10})";
  std::string output;
  {
    Process server(serve(folder), variables);
    const auto port = port_of(server);
    const auto projects = request(port, "GET", "/api/v1/projects", admin);
    const auto key =
        nlohmann::json::parse(projects.body)["items"][0]["public_key"].get<std::string>();
    const auto old_line = [] {
      return R"({"event":"old","timestamp":)" + std::to_string(std::time(nullptr) - 20 * 86'400) +
             "}\n";
    };
    const std::string logs = "/api/1/logs/?key=" + key;
    const auto kept_lines = [&] {
      const auto kept = request(port, "GET", "/api/v1/projects/1/logs?from=-720h", admin);
      return nlohmann::json::parse(kept.body)["items"].size();
    };
    EXPECT_EQ(request(port, "POST", logs, "", old_line()).status, 202);
    EXPECT_EQ(kept_lines(), 1u);
    EXPECT_EQ(request(port, "PUT", "/api/v1/retention", admin, ten_days).status, 200);
    // The server removes it by itself too, and may be the first.
    EXPECT_EQ(run({"prune", "--data", folder / "data"}, output), 0);
    EXPECT_NE(output.find(" records removed"), std::string::npos) << output;
    EXPECT_EQ(kept_lines(), 0u);
    // At once, also for what comes in.
    EXPECT_EQ(request(port, "POST", logs, "", old_line()).status, 202);
    const auto metrics = request(port, "GET", "/metrics").body;
    EXPECT_NE(metrics.find("category=\"log\",outcome=\"dropped\",reason=\"too_old\"} 1\n"),
              std::string::npos);
  }
  auto command = serve(folder);
  command.insert(command.end(), {"--raw-retention-days", "60"});
  Process server(command, variables);
  const auto port = port_of(server);
  const auto shown = request(port, "GET", "/api/v1/retention", admin, "").body;
  EXPECT_NE(shown.find("\"raw_days\":60"), std::string::npos) << shown;
  EXPECT_EQ(request(port, "PUT", "/api/v1/retention", admin, ten_days).status, 409);
}

TEST(Process, PeopleAndTokensAreManagedBesideARunningServer) {
  const Folder folder;
  Process server(serve(folder));
  const auto port = port_of(server);
  std::string output;
  const auto with_data = [&](std::vector<std::string> arguments) {
    arguments.insert(arguments.end(), {"--data", folder / "data"});
    return run(std::move(arguments), output);
  };
  EXPECT_EQ(with_data({"user", "create", "ann@example.com", "--admin"}), 0) << output;
  std::smatch match;
  ASSERT_TRUE(std::regex_search(output, match, std::regex("password (\\S{20})"))) << output;
  const std::string password = match[1];
  const auto log_in = [&](const std::string& secret) {
    return request(port, "POST", "/api/v1/login", "",
                   R"({"email":"ann@example.com","password":")" + secret + R"("})");
  };
  const auto login = log_in(password);
  EXPECT_EQ(login.status, 204) << login.body;
  ASSERT_TRUE(std::regex_search(login.head, match, std::regex("Set-Cookie: ([^;]+);")))
      << login.head;
  const std::string cookie = "Cookie: " + match[1].str() + "\r\n";
  EXPECT_EQ(request(port, "GET", "/api/v1/users", cookie).status, 200);

  EXPECT_EQ(with_data({"user", "create", "ann@example.com"}), 1) << output;
  EXPECT_EQ(with_data({"user", "role", "ann@example.com", "1", "king"}), 2) << output;
  EXPECT_EQ(with_data({"user", "role", "ann@example.com", "9", "viewer"}), 2) << output;
  EXPECT_EQ(with_data({"user", "role", "ann@example.com", "1", "viewer"}), 0) << output;
  EXPECT_EQ(with_data({"user", "list"}), 0);
  EXPECT_NE(output.find("ann@example.com\tann@example.com\tserver administrator\t1:viewer\n"),
            std::string::npos)
      << output;
  EXPECT_EQ(with_data({"user", "disable", "ann@example.com"}), 0) << output;
  EXPECT_EQ(request(port, "GET", "/api/v1/users", cookie).status, 401);
  EXPECT_EQ(with_data({"user", "enable", "ann@example.com"}), 0) << output;
  EXPECT_EQ(with_data({"user", "password", "ann@example.com"}), 0) << output;
  EXPECT_EQ(log_in(password).status, 401);

  EXPECT_EQ(with_data({"token", "create", "--scope", "read", "--project", "1", "--name", "ci"}), 0);
  const std::string bearer =
      "Authorization: Bearer " + output.substr(0, output.find('\n')) + "\r\n";
  EXPECT_EQ(request(port, "GET", "/api/v1/projects/1/pages", bearer).status, 200);
  EXPECT_EQ(with_data({"token", "list"}), 0);
  ASSERT_TRUE(std::regex_search(output, match, std::regex("(\\d+)\tci\tread\tproject 1\n")))
      << output;
  EXPECT_EQ(with_data({"token", "revoke", match[1]}), 0) << output;
  EXPECT_EQ(request(port, "GET", "/api/v1/projects/1/pages", bearer).status, 401);
  EXPECT_EQ(with_data({"token", "revoke", "999"}), 2) << output;
}

TEST(Process, ARestartLogsNobodyOut) {
  const Folder folder;
  std::string output, cookie;
  {
    Process server(serve(folder));
    const auto port = port_of(server);
    const std::vector<std::string> create = {"user",    "create", "ann@example.com",
                                             "--admin", "--data", folder / "data"};
    ASSERT_EQ(run(create, output), 0) << output;
    std::smatch match;
    ASSERT_TRUE(std::regex_search(output, match, std::regex("password (\\S{20})"))) << output;
    const auto login =
        request(port, "POST", "/api/v1/login", "",
                R"({"email":"ann@example.com","password":")" + match[1].str() + R"("})");
    ASSERT_EQ(login.status, 204) << login.body;
    ASSERT_TRUE(std::regex_search(login.head, match, std::regex("Set-Cookie: ([^;]+);")));
    cookie = "Cookie: " + match[1].str() + "\r\n";
    server.signal(SIGKILL);
    server.wait();
  }
  Process server(serve(folder));
  const auto port = port_of(server);
  EXPECT_EQ(request(port, "GET", "/api/v1/me", cookie).status, 200);
  EXPECT_EQ(request(port, "POST", "/api/v1/logout", cookie + "X-Pagewake-Csrf: 1\r\n").status, 204);
  EXPECT_EQ(request(port, "GET", "/api/v1/me", cookie).status, 401);
}

TEST(Process, NoSecretEndsInTheLog) {
  const Folder folder;
  const std::string token = "pwt_the-admin-token-of-this-test";
  auto arguments = serve(folder);
  arguments.insert(arguments.end(), {"--log-level", "debug"});
  Process server(arguments, {"PAGEWAKE_ADMIN_TOKEN=" + token});
  const auto port = port_of(server);
  const std::string password = "a-password-of-this-test", card = "4111111111111111";
  const std::string bearer = "Authorization: Bearer " + token + "\r\n";
  EXPECT_EQ(request(port, "POST", "/api/v1/users", bearer,
                    R"({"email":"ann@example.com","password":")" + password + R"("})")
                .status,
            201);
  const auto login = request(port, "POST", "/api/v1/login", "",
                             R"({"email":"ann@example.com","password":")" + password + R"("})");
  EXPECT_EQ(login.status, 204);
  std::smatch match;
  ASSERT_TRUE(std::regex_search(login.head, match, std::regex("pagewake_session=([^;]+);")));
  const std::string session = match[1];
  EXPECT_EQ(request(port, "POST", "/api/v1/login", "", R"({"token":")" + token + R"("})").status,
            204);
  EXPECT_EQ(request(port, "POST", "/api/v1/login?password=" + password, "", "{").status, 400);
  EXPECT_EQ(
      request(port, "GET", "/api/v1/me", "Cookie: pagewake_session=" + session + "\r\n").status,
      200);
  EXPECT_EQ(request(port, "POST", "/api/1/logs/?key=" + std::string(32, 'a'), "",
                    "{\"event\":\"" + card + "\"}\n")
                .status,
            401);
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0);
  EXPECT_NE(server.output.find("\"request_id\":\""), std::string::npos);
  EXPECT_NE(server.output.find("/api/v1/login"), std::string::npos);
  for (const std::string& secret :
       {token, password, session, card, std::string(32, 'a'), std::string("127.0.0.1\"")})
    EXPECT_EQ(server.output.find(secret), std::string::npos) << secret;

  std::string output;
  EXPECT_EQ(run({"config"}, output, {"PAGEWAKE_ADMIN_TOKEN=" + token}), 0);
  EXPECT_NE(output.find("admin_token = ********"), std::string::npos) << output;
  EXPECT_EQ(output.find(token), std::string::npos);
}

// What this process may open, for a test's own sockets and for the programs it
// starts; as before when it goes out of scope.
class OpenFilesLimit {
 public:
  OpenFilesLimit(rlim_t soft, rlim_t hard) {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit limit{soft, std::min(hard, before_.rlim_max)};
    EXPECT_EQ(setrlimit(RLIMIT_NOFILE, &limit), 0);
  }
  ~OpenFilesLimit() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST(Process, OpensMoreFilesThanItWasStartedWith) {
  const Folder folder;
  constexpr rlim_t kSoft = 256, kOurs = 4096;
  std::optional<Process> server;
  {
    const OpenFilesLimit limit(kSoft, RLIM_INFINITY);
    server.emplace(serve(folder));
  }
  const auto port = port_of(*server);
  const OpenFilesLimit limit(kOurs, RLIM_INFINITY);
  std::vector<std::unique_ptr<RawClient>> clients;
  for (int i = 0; i < 1000; ++i) clients.push_back(std::make_unique<RawClient>(port));
  const std::string get = "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  for (int round = 0; round < 2; ++round) {
    for (auto& client : clients) ASSERT_TRUE(client->send(get));
    for (auto& client : clients) ASSERT_EQ(client->receive().status, 200);
  }
}

TEST(Process, HoldsAsManyConnectionsAsItMayOpenFilesAndSaysSo) {
  const Folder folder;
  // A process cannot take its own hard limit back: a shell's child lowers its own.
  const auto start = [&](const char* limit, std::vector<std::string> more) {
    auto arguments = serve(folder);
    arguments.insert(arguments.end(), more.begin(), more.end());
    std::string script = std::string("ulimit -n ") + limit + " && exec \"$0\" \"$@\"";
    arguments.insert(arguments.begin(), {"-c", script, PAGEWAKE_BINARY});
    return std::make_unique<Process>("/bin/sh", arguments);
  };
  {
    const auto server = start("200", {"--max-connections", "16"});
    port_of(*server);
    EXPECT_EQ(server->output.find("max_connections"), std::string::npos) << server->output;
  }
  const auto server = start("200", {});
  const auto port = port_of(*server);
  EXPECT_NE(server->output.find("at most 100 connections instead of 10000 (max_connections): the "
                                "process may open 200 files"),
            std::string::npos)
      << server->output;
  std::vector<std::unique_ptr<RawClient>> clients;
  const std::string get = "GET /readyz HTTP/1.1\r\nHost: a\r\n\r\n";
  int kept = 0;
  for (int i = 0; i < 150; ++i) {
    clients.push_back(std::make_unique<RawClient>(port));
    clients.back()->send(get);
    // The store answers whatever the connections do.
    const int status = clients.back()->receive().status;
    if (status == 200) ++kept;
    ASSERT_TRUE(status == 200 || status == 0) << status;
  }
  EXPECT_EQ(kept, 100);
}

TEST(Process, ABackupTakenBesideTheServerServes) {
  const Folder folder;
  const std::string token = "pwt_" + std::string(43, 'b');
  {
    Process server(serve(folder), {"PAGEWAKE_ADMIN_TOKEN=" + token});
    const auto port = port_of(server);
    const auto projects =
        request(port, "GET", "/api/v1/projects", "Authorization: Bearer " + token + "\r\n");
    const auto key =
        nlohmann::json::parse(projects.body)["items"][0]["public_key"].get<std::string>();
    ASSERT_EQ(request(port, "POST", "/api/1/logs/?key=" + key, "", "{\"event\":\"kept\"}\n").status,
              202);
    std::string output;
    std::filesystem::create_directory(folder / "copy");
    ASSERT_EQ(run({"backup", folder / "copy/pagewake.db", "--data", folder / "data"}, output), 0)
        << output;
    EXPECT_EQ(run({"backup", folder / "copy/pagewake.db", "--data", folder / "data"}, output), 1);
    EXPECT_EQ(run({"check", "--data", folder / "data"}, output), 0) << output;
    EXPECT_EQ(run({"check", "--data", folder / "copy"}, output), 0) << output;
  }
  Process server({"serve", "--listen", "127.0.0.1:0", "--data", folder / "copy"});
  const auto port = port_of(server);
  const auto outcomes = request(port, "GET", "/api/v1/projects/1/outcomes?from=-1h",
                                "Authorization: Bearer " + token + "\r\n");
  EXPECT_EQ(nlohmann::json::parse(outcomes.body)["stored"], 1) << outcomes.body;
}

TEST(Process, WrongUseEndsWithOneLine) {
  const Folder folder;
  const struct {
    std::vector<std::string> arguments;
    const char* says;
    int code;
  } cases[] = {
      {{"serve", "--listen", "nowhere"}, "setting listen from --listen", 2},
      {{"serve", "--config", folder / "missing.toml"}, "missing.toml", 2},
      {{"serve", "--nonsense"}, "nonsense", 2},
      {{}, "subcommand", 2},
      {{"token", "create", "--scope", "root", "--data", folder / "d"},
       "allowed: read, write, admin",
       2},
      {{"project", "create", "x", "--store", "memory"}, "store", 2},
      {{"serve", "--tls-key", "a.key"}, "tls_key is given without tls_certificate", 2},
      {{"serve", "--tls-certificate", folder / "none.pem", "--tls-key", folder / "none.key"},
       "cannot read the certificate",
       2},
      {{"decode", folder / "missing"}, "cannot read", 1},
      {{"serve", "--listen", "192.0.2.1:0", "--data", folder / "d"},
       "cannot listen on 192.0.2.1:0",
       1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.says);
    std::string output;
    EXPECT_EQ(run(c.arguments, output), c.code) << output;
    EXPECT_NE(output.find(c.says), std::string::npos) << output;
    EXPECT_EQ(std::count(output.begin(), output.end(), '\n'), 1) << output;
    EXPECT_TRUE(output.starts_with("pagewake: ")) << output;
  }
}

TEST(Process, ConfigShowsWhereEachValueCameFrom) {
  const Folder folder;
  std::ofstream(folder / "p.toml") << "workers = 5\n";
  std::string output;
  EXPECT_EQ(run({"config", "--config", folder / "p.toml", "--store", "memory"}, output,
                {"PAGEWAKE_ADMIN_TOKEN=pwt_abcdefghijklmnopqrstu"}),
            0);
  EXPECT_TRUE(std::regex_search(output, std::regex("workers = 5 +# .*p\\.toml\n"))) << output;
  EXPECT_TRUE(std::regex_search(output, std::regex("store = memory +# --store\n")));
  EXPECT_TRUE(
      std::regex_search(output, std::regex("admin_token = \\*+ +# PAGEWAKE_ADMIN_TOKEN\n")));
  EXPECT_EQ(output.find("pwt_abc"), std::string::npos);
}

TEST(Process, HangupReloadsTheLogLevel) {
  const Folder folder;
  std::ofstream(folder / "p.toml") << "log_level = \"warn\"\n";
  auto arguments = serve(folder);
  arguments.insert(arguments.end(), {"--config", folder / "p.toml"});
  Process server(arguments);
  const auto port = port_of(server);
  EXPECT_EQ(request(port, "GET", "/healthz").status, 200);
  std::ofstream(folder / "p.toml") << "log_level = \"debug\"\n";
  server.signal(SIGHUP);
  server.wait_for("(log level is now debug)");
  EXPECT_EQ(request(port, "GET", "/readyz").status, 200);
  const auto line = server.wait_for("(\\{.*\"event\":\"request\".*\\})\n");
  const auto json = nlohmann::json::parse(line);
  EXPECT_EQ(json["route"], "/readyz");
  EXPECT_EQ(json["level"], "debug");
  EXPECT_EQ(server.output.find("/healthz"), std::string::npos);
}

TEST(Process, ServesHttpsAndTakesARenewedCertificateOver) {
  std::signal(SIGPIPE, SIG_IGN);  // of the client's own writes
  const Folder folder;
  const auto first = make_certificate("rum.example"),
             soon = make_certificate("new.example", -60, 3 * 24 * 3600L);
  write_file(folder / "c.pem", first.certificate);
  write_file(folder / "k.pem", first.key);
  auto arguments = serve(folder);
  arguments.insert(arguments.end(),
                   {"--tls-certificate", folder / "c.pem", "--tls-key", folder / "k.pem"});
  Process server(arguments, {"PAGEWAKE_LOG_LEVEL=debug"});
  const auto port = port_of(server, "https");
  EXPECT_NE(server.output.find("the certificate of rum.example is valid until"), std::string::npos)
      << server.output;
  const std::string at = "@127.0.0.1:" + std::to_string(port) + "/1\"";
  const auto key = server.wait_for("data-dsn=\"https://([0-9a-f]{32})" + at);
  const auto token = server.wait_for("admin token (pwt_[A-Za-z0-9_-]{43})");
  {
    TlsClient client(port);
    ASSERT_TRUE(client.shaken()) << client.problem();
    EXPECT_EQ(client.host(), "rum.example");
    const std::string body = "{\"token\":\"" + token + "\"}";
    client.send("POST /api/v1/login HTTP/1.1\r\nHost: a\r\nContent-Length: " +
                std::to_string(body.size()) + "\r\n\r\n" + body);
    const auto login = client.receive();
    EXPECT_EQ(login.status, 204);
    EXPECT_TRUE(std::regex_search(
        login.head,
        std::regex("Set-Cookie: pagewake_session=.*; HttpOnly; SameSite=Lax; Secure\r")))
        << login.head;
    client.send("POST /api/1/logs/?key=" + key +
                " HTTP/1.1\r\nHost: a\r\nContent-Length: 18\r\n\r\n{\"event\":\"secret\"}");
    EXPECT_EQ(client.receive().status, 202);
    client.send("GET /metrics HTTP/1.1\r\nHost: a\r\n\r\n");
    EXPECT_NE(client.receive().body.find("\npagewake_tls_certificate_not_after_seconds 1"),
              std::string::npos);
  }
  EXPECT_EQ(request(port, "GET", "/healthz").status, 400);
  EXPECT_FALSE(
      TlsClient(port, {.min_version = TLS1_VERSION, .max_version = TLS1_1_VERSION}).shaken());
  server.wait_for("(a TLS handshake failed: unsupported protocol)");

  write_file(folder / "c.pem", soon.certificate);
  server.signal(SIGHUP);
  server.wait_for("(the old certificate stays in use: the key \\S+ does not belong to)");
  EXPECT_EQ(TlsClient(port).host(), "rum.example");
  write_file(folder / "k.pem", soon.key);
  server.signal(SIGHUP);
  server.wait_for("(the certificate of new.example expires at)");
  EXPECT_EQ(TlsClient(port).host(), "new.example");

  std::string output;
  EXPECT_EQ(run({"project", "list", "--data", folder / "data", "--listen", "h:1",
                 "--tls-certificate", "c", "--tls-key", "k"},
                output),
            0);
  EXPECT_NE(output.find("https://" + key + "@h:1/1"), std::string::npos) << output;
  server.signal(SIGTERM);
  EXPECT_EQ(server.wait(), 0) << server.output;
}

TEST(Process, SaysItsVersion) {
  std::string output;
  EXPECT_EQ(run({"--version"}, output), 0);
  EXPECT_TRUE(std::regex_match(output, std::regex("pagewake \\d+\\.\\d+\\.\\d+\n"))) << output;
}

}  // namespace
