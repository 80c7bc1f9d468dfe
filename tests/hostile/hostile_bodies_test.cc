// 2,000 generated hostile bodies a protocol through the whole request path:
// each has a documented status in bounded time, what is kept can be read back
// as valid JSON, and a good request is still served afterwards.
#include <gtest/gtest.h>
#include <time.h>
#include <zlib.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>
#include <set>
#include <string>
#include <vector>

#include "base/utf8.h"
#include "deflated.h"
#include "hostile/mutate.h"
#include "hostile/whole_server.h"

namespace pagewake {
namespace {

using testing::mutated;
using testing::Seeded;
using testing::WholeServer;

constexpr int kBodies = 2'000;
constexpr std::size_t kMaxBodyBytes = 1 << 20;
// Real bodies take well under a millisecond; this leaves room for sanitizers.
constexpr double kMaxCpuSeconds = 2;

const std::string kCases = PAGEWAKE_SOURCE_DIR "/tests/cases/";

std::string read_file(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  EXPECT_TRUE(file) << path;
  return {std::istreambuf_iterator<char>(file), {}};
}

std::string unzipped(const std::string& packed) {
  z_stream stream{};
  EXPECT_EQ(inflateInit2(&stream, 15 + 16), Z_OK);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

struct Protocol {
  const char* name;
  const char* path;
  const char* content_type;
  // Of tests/cases; those ending in .gz are inflated. A folder: all its files.
  std::vector<std::string> seeds;
};
void PrintTo(const Protocol& protocol, std::ostream* out) { *out << protocol.name; }

std::vector<std::string> bodies_of(const Protocol& protocol) {
  std::vector<std::string> bodies;
  for (const auto& seed : protocol.seeds) {
    const std::string path = kCases + seed;
    if (!std::filesystem::is_directory(path)) {
      bodies.push_back(path.ends_with(".gz") ? unzipped(read_file(path)) : read_file(path));
      continue;
    }
    std::vector<std::string> files;
    for (const auto& entry : std::filesystem::directory_iterator(path))
      files.push_back(entry.path());
    std::sort(files.begin(), files.end());  // the folder's order differs between machines
    for (const auto& file : files) bodies.push_back(read_file(file));
  }
  return bodies;
}

// The body as one request, framed in one of the ways clients have.
std::string request_with(const Protocol& protocol, std::string body, Seeded& random) {
  std::string encoding;
  if (random.one_in(6)) {
    const bool gzip = random.one_in(2);
    encoding = gzip ? "gzip" : "deflate";
    body = testing::deflated(body, gzip ? testing::kGzipBits : testing::kZlibBits, 1);
    if (random.one_in(2)) body = mutated({body}, random);
  } else if (random.one_in(20)) {
    constexpr const char* kLies[] = {"gzip", "deflate", "br", "zstd", "lzma", "gzip, br"};
    encoding = kLies[random.below(std::size(kLies))];
  }
  if (body.size() > kMaxBodyBytes) body.resize(kMaxBodyBytes);
  std::string request = std::string("POST ") + protocol.path +
                        "?key=" + std::string(WholeServer::kKey) +
                        " HTTP/1.1\r\nHost: x\r\nContent-Type: " + protocol.content_type + "\r\n";
  if (!encoding.empty()) request += "Content-Encoding: " + encoding + "\r\n";
  if (!random.one_in(4))
    return request + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
  request += "Transfer-Encoding: chunked\r\n\r\n";
  std::string_view rest = body;
  while (!rest.empty()) {
    const std::size_t size = std::min(rest.size(), 1 + random.below(70'000));
    char hex[20];
    std::snprintf(hex, sizeof hex, "%zx\r\n", size);
    request += hex;
    request += rest.substr(0, size);
    request += "\r\n";
    rest.remove_prefix(size);
  }
  return request + "0\r\n\r\n";
}

nlohmann::json read_json(WholeServer& server, const std::string& target) {
  const auto answer = server.get(target);
  EXPECT_EQ(answer.status, 200) << target << ": " << answer.body.substr(0, 300);
  EXPECT_TRUE(is_valid_utf8(answer.body)) << target;
  auto json = nlohmann::json::parse(answer.body, nullptr, false);
  EXPECT_FALSE(json.is_discarded()) << target << ": " << answer.body.substr(0, 300);
  return json.is_discarded() ? nlohmann::json::object() : json;
}

// Whatever was kept must be shown: the lists, and each thing on their first page.
void read_everything(WholeServer& server) {
  const std::string project = "/api/v1/projects/1/";
  std::set<std::string> traces;
  const auto see = [&](const nlohmann::json& item) {
    if (item.contains("trace_id") && item["trace_id"].is_string())
      traces.insert(item["trace_id"].get<std::string>());
  };
  read_json(server, project + "pages?from=2020-01-01T00:00:00Z");
  read_json(server, project + "outcomes?from=2020-01-01T00:00:00Z");
  const auto views = read_json(server, project + "page-views?limit=100");
  for (const auto& item : views.value("items", nlohmann::json::array())) {
    see(item);
    read_json(server, project + "page-views/" + item["page_view_id"].get<std::string>());
  }
  const auto events = read_json(server, project + "events?limit=100");
  for (const auto& item : events.value("items", nlohmann::json::array())) {
    see(item);
    read_json(server, project + "events/" + item["event_id"].get<std::string>());
  }
  const auto issues = read_json(server, project + "issues?limit=100");
  for (const auto& item : issues.value("items", nlohmann::json::array())) {
    read_json(server, project + "issues/" + std::to_string(item["issue_id"].get<std::int64_t>()));
  }
  for (const auto& trace : traces) read_json(server, project + "traces/" + trace);
}

class HostileBodies : public ::testing::TestWithParam<Protocol> {};

TEST_P(HostileBodies, GetADocumentedAnswerAndDoNoHarm) {
  const auto bodies = bodies_of(GetParam());
  ASSERT_FALSE(bodies.empty());
  const std::set<int> documented = {200, 202, 400, 413, 415};
  WholeServer server;
  Seeded random(20'261'121);
  std::map<int, int> statuses;
  double slowest = 0;
  for (int i = 0; i < kBodies; ++i) {
    const std::string body = mutated(bodies, random);
    const std::string request = request_with(GetParam(), body, random);
    const double begin = cpu_seconds();
    const auto answers = server.serve(request);
    slowest = std::max(slowest, cpu_seconds() - begin);
    ASSERT_EQ(answers.size(), 1u) << "body " << i << " of " << body.size() << " bytes";
    ++statuses[answers[0].status];
    ASSERT_TRUE(documented.contains(answers[0].status))
        << answers[0].status << " for body " << i << ": " << answers[0].body;
  }
  EXPECT_LT(slowest, kMaxCpuSeconds);
  // The mutations must reach both sides of the decoder: binary bodies have no
  // part that may change freely, so few of them stay whole.
  EXPECT_GT(statuses[200] + statuses[202], kBodies / 100);
  EXPECT_GT(statuses[400], kBodies / 20);
  read_everything(server);

  const auto before = server.outcomes();
  const std::string line = "{\"event\":\"still here\"}\n";
  const auto good = server.serve(
      "POST /api/1/logs/?key=" + std::string(WholeServer::kKey) +
      " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(line.size()) + "\r\n\r\n" + line);
  ASSERT_EQ(good.size(), 1u);
  EXPECT_EQ(good[0].status, 202);
  const auto after = server.outcomes();
  const auto old = before.find("log/stored");
  EXPECT_EQ(after.at("log/stored"), (old == before.end() ? 0 : old->second) + 1);
}

const std::string kBodiesFolder = "clients/bodies/";

INSTANTIATE_TEST_SUITE_P(
    EachProtocol, HostileBodies,
    ::testing::Values(
        Protocol{"beacon", "/api/1/beacon/", "text/plain", {"../fuzz/corpus/beacon"}},
        Protocol{"raw_log", "/api/1/beacon/", "text/plain", {"signals"}},
        Protocol{
            "sentry_envelope",
            "/api/1/envelope/",
            "application/x-sentry-envelope",
            {kBodiesFolder + "link-django-transaction.gz",
             kBodiesFolder + "node-event-attachments.envelope",
             kBodiesFolder + "node-event-unhandled.envelope", kBodiesFolder + "node-logs.envelope",
             kBodiesFolder + "web-event-unhandled.envelope", kBodiesFolder + "web-replay.envelope",
             kBodiesFolder + "web-client-report.envelope",
             kBodiesFolder + "link-otel-browser-spans.envelope"}},
        Protocol{"sentry_store",
                 "/api/1/store/",
                 "application/json",
                 {kBodiesFolder + "py-store-handled.gz", kBodiesFolder + "py-store-logentry.gz",
                  kBodiesFolder + "py-store-unhandled-pii.gz"}},
        Protocol{
            "otlp_traces_json",
            "/v1/traces",
            "application/json",
            {kBodiesFolder + "web-otel-json-traces.json", kBodiesFolder + "otel-json-traces.json"}},
        Protocol{
            "otlp_traces_proto",
            "/v1/traces",
            "application/x-protobuf",
            {kBodiesFolder + "otel-proto-traces.pb", kBodiesFolder + "otel-proto-gzip-exception.gz",
             kBodiesFolder + "link-otel-server-traces.pb"}},
        Protocol{"otlp_logs_json",
                 "/v1/logs",
                 "application/json",
                 {kBodiesFolder + "otel-json-logs.json"}},
        Protocol{"otlp_logs_proto",
                 "/v1/logs",
                 "application/x-protobuf",
                 {"../fuzz/corpus/otlp_logs_proto"}},
        Protocol{"otlp_metrics_json",
                 "/v1/metrics",
                 "application/json",
                 {kBodiesFolder + "otel-json-metrics.json"}},
        Protocol{"faro",
                 "/api/1/faro/",
                 "application/json",
                 {kBodiesFolder + "faro-mixed.json", kBodiesFolder + "faro-traces.json"}},
        Protocol{"web_vitals",
                 "/api/1/vitals/",
                 "application/json",
                 {kBodiesFolder + "web-vitals-beacon.json"}},
        Protocol{
            "json_logs",
            "/api/1/logs/",
            "application/x-ndjson",
            {kBodiesFolder + "django-structlog.jsonl", kBodiesFolder + "node-app-logs.jsonl"}}),
    [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pagewake
