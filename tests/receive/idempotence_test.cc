// A client's retry stores nothing twice: every captured request, every corpus of
// ours and log lines, sent again at once, later, and to a server that was
// started anew.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>
#include <sstream>

#include "receive/captured_requests.h"
#include "receive/receive_fixture.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::receive {
namespace {

using testing::read_case;
using testing::ReceiveFixture;

constexpr std::int64_t kLaterUs = 100'000'000;

struct Sent {
  std::string name, target, body;
  http::Headers headers;
};

// Senders that never send again, so that nothing tells a retry from a second
// one (docs/clients.md): counts of sessions, report-uri.
bool is_never_sent_again(const std::string& name) {
  return name == "py-envelope-sessions" || name == "browser_reports/report_uri";
}

std::vector<Sent> everything(const std::string& key) {
  std::vector<Sent> all;
  for (const auto& captured : nlohmann::json::parse(read_case("clients/index.json"))) {
    if (captured["body"].is_null() || is_never_sent_again(captured["name"])) continue;
    const auto [target, headers] = testing::addressed(captured, key);
    all.push_back({captured["name"], target,
                   read_case("clients/" + captured["body"]["file"].get<std::string>()), headers});
  }
  const std::string corpora = PAGEWAKE_SOURCE_DIR "/tests/fuzz/corpus/";
  const struct {
    const char *folder, *route;
  } ours[] = {{"beacon_body", "beacon"}, {"browser_reports", "security"}};
  for (const auto& [folder, route] : ours) {
    for (const auto& entry : std::filesystem::directory_iterator(corpora + folder)) {
      const std::string name = std::string(folder) + "/" + entry.path().filename().string();
      if (is_never_sent_again(name)) continue;
      std::ifstream file(entry.path(), std::ios::binary);
      all.push_back({name,
                     std::string("/api/1/") + route + "/?key=" + key,
                     {std::istreambuf_iterator<char>(file), {}},
                     {}});
    }
  }
  const std::string logs = "/api/1/logs/?key=" + key;
  for (const char* file : {"django-structlog.jsonl", "node-app-logs.jsonl"}) {
    all.push_back({file, logs, read_case(std::string("clients/bodies/") + file), {}});
  }
  all.push_back({"lines without a time, with a key",
                 logs,
                 "{\"msg\":\"a\"}\n{\"msg\":\"a\"}\n",
                 {{"Idempotency-Key", "batch-1"}}});
  return all;
}

// Everything that can be asked of the project: all lists whole, each record by
// what identifies it, and the sessions.
std::string contents(ReceiveFixture& f) {
  std::ostringstream out;
  const auto ids_of = [&](const auto& listing, auto id) {
    EXPECT_TRUE(listing.ok());
    out << listing->items.size() << ":";
    for (const auto& item : listing->items) out << " " << id(item);
    out << "\n";
  };
  storage::Paging all;
  all.limit = 1000;
  ids_of(f.records->events(1, {}, all), [](const auto& e) {
    return to_hex(e.event_id) + "@" + std::to_string(e.occurred_at_unix_us);
  });
  ids_of(f.records->logs(1, {}, all), [](const auto& log) { return log.log_id; });
  ids_of(f.records->page_views(1, {}, all),
         [](const auto& view) { return to_hex(view.view.page_view_id); });
  ids_of(f.records->issues(1, {}, all), [](const auto& issue) {
    return std::to_string(issue.issue_id) + "*" + std::to_string(issue.event_count);
  });
  const auto views = f.records->summarize(1, {}, storage::GroupBy::kPage);
  EXPECT_TRUE(views.ok());
  for (const auto& row : *views) out << row.key << " " << row.summary.views << "\n";
  const auto health = f.release_health->health(1, 0, INT64_MAX, std::nullopt);
  EXPECT_TRUE(health.ok());
  for (const auto& release : *health) {
    out << release.release << " " << release.sessions << " " << release.errored << " "
        << release.unhandled << "\n";
  }
  // Spans are known by their traces only: what the store counted as new.
  const auto outcomes = f.records->outcomes(1, 0, INT64_MAX);
  EXPECT_TRUE(outcomes.ok());
  for (const auto& outcome : *outcomes) {
    if (!outcome.drop_reason && outcome.category == model::Category::kSpan) {
      out << "spans " << outcome.count << "\n";
    }
  }
  return out.str();
}

// A browser that sends its reports again says how much older they are now.
std::string aged(const Sent& sent, std::int64_t by_us) {
  if (sent.name != "browser_reports/reporting_api") return sent.body;
  auto reports = nlohmann::json::parse(sent.body);
  for (auto& report : reports) {
    if (report.is_object() && report.contains("age"))
      report["age"] = report["age"].get<std::int64_t>() + by_us / 1000;
  }
  return reports.dump();
}

// Gives the stored records' number.
std::uint64_t send(ReceiveFixture& f, const Sent& sent, std::int64_t later_us = 0) {
  const auto stored = [&] {
    std::uint64_t sum = 0;
    for (const auto& [name, count] : f.outcomes()) {
      if (name.ends_with("/stored")) sum += count;
    }
    return sum;
  };
  const auto before = stored();
  const auto response = f.post(sent.target, aged(sent, later_us), sent.headers);
  EXPECT_LT(response.status, 300) << response.body;
  return stored() - before;
}

TEST(Idempotence, ARetryStoresNothingTwice) {
  const std::string folder = ::testing::TempDir() + "pagewake-idempotence";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  const auto open = [&] {
    const storage::SqliteOptions options{folder + "/pagewake.db"};
    return ReceiveFixture::Stores{storage::open_sqlite_store(options).value(),
                                  storage::open_sqlite_project_store(options).value(),
                                  storage::open_sqlite_release_health_store(options).value()};
  };
  auto f = std::make_unique<ReceiveFixture>(open());
  const std::string key = f->project.public_key;
  std::size_t with_records = 0;
  for (const Sent& sent : everything(key)) {
    SCOPED_TRACE(sent.name);
    if (send(*f, sent) > 0) ++with_records;
    const std::string once = contents(*f);
    EXPECT_EQ(send(*f, sent), 0u);
    EXPECT_EQ(contents(*f), once) << "at once";
    f->now_unix_us += kLaterUs;
    EXPECT_EQ(send(*f, sent, kLaterUs), 0u);
    EXPECT_EQ(contents(*f), once) << "later";
    f->now_unix_us -= kLaterUs;
  }
  EXPECT_GT(with_records, 40u);

  const std::string before = contents(*f);
  f.reset();
  f = std::make_unique<ReceiveFixture>(open());
  f->now_unix_us += kLaterUs;
  EXPECT_EQ(contents(*f), before);
  for (const Sent& sent : everything(key)) {
    // Its page view's id is salted by the process; beacons are never sent again.
    if (sent.name == "web-vitals-beacon") continue;
    SCOPED_TRACE(sent.name);
    EXPECT_EQ(send(*f, sent, kLaterUs), 0u) << "after a restart";
  }
  EXPECT_EQ(contents(*f), before);
  f.reset();
  std::filesystem::remove_all(folder);
}

TEST(Idempotence, LinesWithoutATimeAreTheSameByTheirKeyOnly) {
  ReceiveFixture f;
  const std::string target = "/api/1/logs/?key=" + f.project.public_key;
  const struct {
    const char *name, *key;
    std::size_t stored;
  } sends[] = {
      {"first", "k1", 2}, {"retry", "k1", 2},       {"another request", "k2", 4},
      {"no key", "", 6},  {"no key, later", "", 8},
  };
  for (const auto& one : sends) {
    SCOPED_TRACE(one.name);
    f.now_unix_us += 1'000'000;
    http::Headers headers;
    if (*one.key) headers.add("Idempotency-Key", one.key);
    EXPECT_EQ(f.post(target, "{\"msg\":\"a\"}\n{\"msg\":\"a\"}\n", headers).status, 202);
    EXPECT_EQ(f.outcomes()["log/stored"], one.stored);
  }
}

}  // namespace
}  // namespace pagewake::receive
