// append(): page views with 30 resources each, in batches of 1, 64 and 1,000,
// on SQLite (NORMAL and FULL) and on the memory store. The memory store does
// the same merging, rollups and counting without a disk, so the ratio printed
// at the end is what the file costs.
#include <benchmark/benchmark.h>
#include <stdlib.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {
namespace {

std::vector<model::PageViewRecord> make_views(std::size_t n) {
  std::mt19937_64 random(1);
  std::lognormal_distribution<double> lcp(7.5, 0.6);
  const char* browsers[] = {"Chrome", "Firefox", "Safari", "Edge"};
  std::vector<model::PageViewRecord> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    model::PageViewRecord& record = out[i];
    record.project = 1;
    record.browser = browsers[random() % 4];
    record.os = "Android";
    record.country = "DE";
    record.release = "1.4.2";
    record.environment = "production";
    record.received_at_unix_us = 1'795'233'600'000'000;
    PageView& view = record.view;
    view.revision = 1;
    view.page = "/product/" + std::to_string(random() % 100);
    view.url = "https://shop.example/product/7";
    view.started_at_unix_ms = 1'795'233'600'000 + static_cast<std::int64_t>(i % 3'600'000);
    view.vitals.lcp_ms = lcp(random);
    view.vitals.cls = 0.01 * static_cast<double>(random() % 30);
    view.vitals.fcp_ms = *view.vitals.lcp_ms * 0.6;
    view.vitals.ttfb_ms = *view.vitals.lcp_ms * 0.2;
    view.attribution.lcp_target = "main>img.hero";
    view.attribution.lcp_resource_load_delay_ms = 300;
    view.device.type = "mobile";
    view.device.effective_connection_type = "4g";
    view.timing.emplace().response_start_ms = *view.vitals.ttfb_ms;
    for (std::uint32_t r = 0; r < 30; ++r) {
      Resource& resource = view.resources.emplace_back();
      resource.index = r;
      resource.url = "https://shop.example/static/chunk-" + std::to_string(r) + ".3f2a9c1b.js";
      resource.initiator_type = r % 3 == 0 ? "img" : "script";
      resource.next_hop_protocol = "h2";
      resource.start_ms = 20.5 * r;
      resource.request_start_ms = resource.start_ms + 1.25;
      resource.response_start_ms = resource.start_ms + 30;
      resource.response_end_ms = resource.start_ms + 55.5;
      resource.transfer_bytes = 10'000 + random() % 90'000;
      resource.encoded_body_bytes = resource.transfer_bytes - 300;
      resource.decoded_body_bytes = resource.transfer_bytes * 3;
      resource.response_status = 200;
    }
  }
  return out;
}

struct Folder {
  std::string path;
  Folder() {
    path = (std::filesystem::temp_directory_path() / "pagewake-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) abort();
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

enum Engine : int { kMemory, kNormal, kFull };
std::map<std::pair<int, std::int64_t>, double> views_per_second;

void append(benchmark::State& state, int engine) {
  const auto batch_size = static_cast<std::size_t>(state.range(0));
  Folder folder;
  std::unique_ptr<RecordStore> store;
  if (engine == kMemory) {
    store = make_memory_store();
  } else {
    auto opened = open_sqlite_store({folder.path + "/pagewake.sqlite3", engine == kFull});
    if (!opened) {
      state.SkipWithError(opened.error().message.c_str());
      return;
    }
    store = std::move(*opened);
  }
  RecordBatch batch;
  batch.records.page_views = make_views(batch_size);
  std::mt19937_64 random(2);
  std::size_t stored = 0;
  for (auto _ : state) {
    state.PauseTiming();
    for (auto& record : batch.records.page_views) {  // new ids, random as in life
      for (auto& byte : record.view.page_view_id.bytes) byte = static_cast<std::uint8_t>(random());
      for (auto& byte : record.view.trace_id.bytes) byte = static_cast<std::uint8_t>(random());
      for (auto& byte : record.session_id.bytes) byte = static_cast<std::uint8_t>(random());
    }
    state.ResumeTiming();
    auto written = store->append(batch);
    if (!written) {
      state.SkipWithError(written.error().message.c_str());
      return;
    }
    stored += written->stored;
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(stored));
  if (engine != kMemory) {
    store.reset();  // closes: everything is in the one file
    state.counters["file_bytes_per_view"] =
        static_cast<double>(std::filesystem::file_size(folder.path + "/pagewake.sqlite3")) /
        static_cast<double>(stored);
  }
}

// Remembers each run's rate for the ratios.
class Reporter : public benchmark::ConsoleReporter {
 public:
  void ReportRuns(const std::vector<Run>& runs) override {
    for (const Run& run : runs) {
      const auto at = run.counters.find("items_per_second");
      if (at == run.counters.end()) continue;
      const std::string name = run.benchmark_name();
      const int engine = name.find("memory") != std::string::npos ? kMemory
                         : name.find("full") != std::string::npos ? kFull
                                                                  : kNormal;
      views_per_second[{engine, std::stoll(name.substr(name.find('/') + 1))}] = at->second;
    }
    ConsoleReporter::ReportRuns(runs);
  }
};

}  // namespace
}  // namespace pagewake::storage

int main(int argc, char** argv) {
  using namespace pagewake::storage;
  const struct {
    const char* name;
    int engine;
  } engines[] = {
      {"append_memory", kMemory}, {"append_sqlite_normal", kNormal}, {"append_sqlite_full", kFull}};
  for (const auto& one : engines) {
    benchmark::RegisterBenchmark(one.name, append, one.engine)
        ->Arg(1)
        ->Arg(64)
        ->Arg(1000)
        ->MeasureProcessCPUTime()
        ->UseRealTime();
  }
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 1;
  Reporter reporter;
  benchmark::RunSpecifiedBenchmarks(&reporter);
  for (std::int64_t batch : {1, 64, 1000}) {
    const double memory = views_per_second[{kMemory, batch}];
    for (int engine : {kNormal, kFull}) {
      const double rate = views_per_second[{engine, batch}];
      if (memory <= 0 || rate <= 0) continue;
      std::printf("batch %4lld: sqlite %-6s %8.0f views/s, %.2fx of memory's %.0f\n",
                  static_cast<long long>(batch), engine == kFull ? "full" : "normal", rate,
                  rate / memory, memory);
    }
  }
  return 0;
}
