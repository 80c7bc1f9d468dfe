// append(): page views with 30 resources each, in batches of 1, 64 and 1,000,
// on SQLite (NORMAL and FULL) and on the memory store. The memory store does
// the same merging, rollups and counting without a disk, so the ratio printed
// at the end is what the file costs.
#include <benchmark/benchmark.h>

#include <cstdio>
#include <filesystem>
#include <map>
#include <random>
#include <string>

#include "storage/memory/memory_store.h"
#include "storage/sqlite/sqlite_store.h"
#include "views.h"

namespace pagewake::storage {
namespace {

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
    for (auto& record : batch.records.page_views) give_new_ids(record, random);
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
