// What a million (or ten) stored page views cost: CPU a view as the store
// fills, bytes a view, the longest acknowledgement, the time of a start, and
// of reports over 30 days. One of 64 views grows once, an hour later; every
// fourth has four spans of a backend, which count with it.
//
//   volume_bench [--random | --again] [views[/days]] [FILE [REPORT]] [--rows ROWS]
//   volume_bench [--random] --beside-empty FILE
//
// By default 1,000,000/30; 10,000,000 takes from some minutes to an hour or two,
// as quick as the machine is.
//
// The page views are those of visits (../visits.h), one in 16 with an error.
// --random: every size and time is random (views.h), as in measurements of
// before 2026-11-22; no spans, breadcrumbs, devices, and few vitals. --again: some
// ten thousand visits are made and come again with other ids at other times, which
// fills a large store in a third of the time; for timing reports.
//
// Bytes are counted after all is sealed. Sums by hour and day grow with time
// and not with views: 1,000,000/3 has as many views a day as 10,000,000/30.
//
// With a FILE the store stays there; where it exists already, only the reports
// are timed, or those whose name has REPORT in it. ROWS gets the views that are
// filled in once more, for another engine (row_binary.h).
//
// CPU a view of the tenths of a fill are minutes apart, and so are what else the
// machine did meanwhile. --beside-empty writes the same views to the store in
// FILE and to an empty one, in turns: what a view costs where millions are.
#include <sqlite3.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <deque>
#include <functional>

#include "measure.h"
#include "query/overview.h"
#include "query/page_list.h"
#include "query/page_report.h"
#include "row_binary.h"
#include "views.h"

namespace pagewake::storage {
namespace {

using Clock = std::chrono::steady_clock;

constexpr std::int64_t kStart = 1'795'233'600'000'000, kSecondUs = 1'000'000;
constexpr std::int64_t kDayUs = 86'400 * kSecondUs;
std::int64_t days = 30;
bool all_random = false, again = false;
constexpr std::size_t kBatch = 64, kJoinedEach = 4, kFailedEach = 16;

double ms_since(Clock::time_point start) {
  return std::chrono::duration<double, std::milli>(Clock::now() - start).count();
}

// What a backend says of the view's load: the request, and three statements.
void add_backend(const model::PageViewRecord& record, std::mt19937_64& random,
                 std::vector<model::SpanRecord>& spans) {
  model::SpanRecord span;
  span.project = record.project;
  span.source = model::Source::kOtlp;
  span.trace_id = record.view.trace_id;
  span.service = "shop";
  span.release = record.release;
  span.environment = record.environment;
  span.received_at_unix_us = record.received_at_unix_us;
  SpanId server;
  for (int i = 0; i < 4; ++i) {
    for (auto& byte : span.span_id.bytes) byte = static_cast<std::uint8_t>(random());
    span.parent_span_id = i == 0 ? record.view.span_id : server;
    if (i == 0) server = span.span_id;
    span.kind = i == 0 ? model::SpanKind::kServer : model::SpanKind::kClient;
    span.name = i == 0 ? "GET " + record.view.page : "SELECT products";
    span.attributes_json =
        i == 0 ? R"({"http.request.method":"GET","http.response.status_code":200})"
               : R"({"db.system":"postgresql","db.statement":"SELECT * FROM products WHERE id = )" +
                     std::to_string(i) + "\"}";
    span.started_at_unix_us = record.started_at_unix_us() + 5'000 + 20'000 * i;
    span.duration_us = i == 0 ? 90'000 : static_cast<std::int64_t>(2'000 + random() % 15'000);
    spans.push_back(span);
  }
}

// Pages of the file that each table and index takes, largest first.
std::vector<std::pair<std::string, std::uintmax_t>> bytes_of_tables(const std::string& path) {
  std::vector<std::pair<std::string, std::uintmax_t>> out;
  sqlite3* handle = nullptr;
  sqlite3_stmt* statement = nullptr;
  if (sqlite3_open(path.c_str(), &handle) != SQLITE_OK ||
      sqlite3_prepare_v2(handle,
                         "SELECT name, sum(pgsize) FROM dbstat GROUP BY name ORDER BY 2 DESC", -1,
                         &statement, nullptr) != SQLITE_OK) {
    fail(sqlite3_errmsg(handle));
  }
  while (sqlite3_step(statement) == SQLITE_ROW) {
    out.emplace_back(reinterpret_cast<const char*>(sqlite3_column_text(statement, 0)),
                     static_cast<std::uintmax_t>(sqlite3_column_int64(statement, 1)));
  }
  sqlite3_finalize(statement);
  sqlite3_close(handle);
  return out;
}

std::string only_report;  // a part of names; "": all

// Median, p95 and worst of some runs, and what all threads used of a processor,
// which says more where others use the machine.
void time_report(const char* name, const std::function<bool()>& run) {
  if (std::string(name).find(only_report) == std::string::npos) return;
  constexpr int kRuns = 41;
  std::vector<double> ms, cpu_ms;
  for (int i = 0; i < kRuns; ++i) {
    const double cpu_before = cpu_us();
    const auto start = Clock::now();
    if (!run()) fail(std::string(name) + " failed");
    ms.push_back(ms_since(start));
    cpu_ms.push_back((cpu_us() - cpu_before) / 1000);
  }
  std::sort(ms.begin(), ms.end());
  std::sort(cpu_ms.begin(), cpu_ms.end());
  std::printf("report %-44s median %7.2f ms, p95 %7.2f, worst %7.2f; CPU %7.2f ms\n", name,
              ms[kRuns / 2], ms[kRuns * 95 / 100], ms.back(), cpu_ms[kRuns / 2]);
}

constexpr double kGrownInpMs = 120;

// Makes the page views that are stored, in the order they come in.
class Views {
 public:
  explicit Views(std::uint64_t seed) : visits_(seed) {}
  model::PageViewRecord next(std::int64_t at_unix_us, std::mt19937_64& random) {
    if (again) return next_of_known(at_unix_us, random);
    if (!all_random) return record_of(next_visit(at_unix_us, random));
    model::PageViewRecord record = models_[random() % models_.size()];
    give_new_ids(record, random);
    give_new_measurements(record, random);
    record.view.started_at_unix_ms = at_unix_us / 1000;
    record.received_at_unix_us = at_unix_us;
    come_as_beacon(record);
    return record;
  }

 private:
  struct Known {
    model::PageViewRecord record;
    std::string beacon;  // of version 1
  };
  static constexpr std::size_t kKnown = 49'152;

  bench::Visit next_visit(std::int64_t at_unix_us, std::mt19937_64& random) {
    return visits_.next(at_unix_us, random() % kFailedEach == 0);
  }
  // In the order they came in first, so that sessions stay together. The skew of
  // the visitor's clock takes the view to its new time.
  model::PageViewRecord next_of_known(std::int64_t at_unix_us, std::mt19937_64& random) {
    if (known_.size() < kKnown) {
      const bench::Visit visit = next_visit(at_unix_us, random);
      return known_.emplace_back(Known{record_of(visit), encode_beacon(visit.beacon)}).record;
    }
    const std::size_t place = next_known_++ % kKnown;
    if (place == 0) {
      for (auto& byte : other_) byte = static_cast<std::uint8_t>(random());
    }
    Known known = known_[place];
    change_id(known.record.view.page_view_id, known.beacon);
    change_id(known.record.view.trace_id, known.beacon);
    change_id(known.record.session_id, known.beacon);
    known.record.clock_skew_us += at_unix_us - known.record.received_at_unix_us;
    known.record.received_at_unix_us = at_unix_us;
    known.record.as_sent = pack_beacon(std::move(known.beacon)).substr(sizeof kBeaconMagic);
    return std::move(known.record);
  }
  // To one of this time's, in the record and wherever the beacon has it.
  template <typename AnyId>
  void change_id(AnyId& id, std::string& beacon) const {
    if (id.is_zero()) return;
    const std::string old(id.bytes.begin(), id.bytes.end());
    for (std::size_t i = 0; i < id.bytes.size(); ++i) id.bytes[i] ^= other_[i];
    for (auto at = beacon.find(old); at != std::string::npos; at = beacon.find(old, at + 1)) {
      std::copy(id.bytes.begin(), id.bytes.end(), beacon.begin() + static_cast<std::ptrdiff_t>(at));
    }
  }

  std::vector<model::PageViewRecord> models_ = make_views(2048);
  bench::VisitMaker visits_;
  std::deque<Known> known_;
  std::size_t next_known_ = 0;
  std::array<std::uint8_t, 16> other_{};  // what ids of this time differ by
};

// The views that follow the first `stored`; `each(i, record)` sees them.
template <typename Each>
RecordBatch make_batch(Views& made, std::size_t stored, std::int64_t step_us,
                       std::mt19937_64& random, Each each) {
  RecordBatch batch;
  for (std::size_t i = 0; i < kBatch; ++i) {
    const std::int64_t at = kStart + static_cast<std::int64_t>(stored + i) * step_us;
    model::PageViewRecord record = made.next(at, random);
    each(i, record);
    if (i % kJoinedEach == 0) add_backend(record, random, batch.records.spans);
    batch.records.page_views.push_back(std::move(record));
  }
  return batch;
}

model::PageViewRecord grown_of(model::PageViewRecord record) {
  record.as_sent.clear();
  ++record.view.revision;
  record.view.vitals.inp_ms = kGrownInpMs;
  return record;
}

int fill(const std::string& path, std::size_t views, RowBinaryFile* rows) {
  auto store = open_or_exit(path);
  Views made(2);
  std::mt19937_64 random(2);
  const std::int64_t step_us = days * kDayUs / static_cast<std::int64_t>(views);
  const std::size_t hour_of_batches = views / (static_cast<std::size_t>(days) * 24 * kBatch);
  const std::size_t batches = (views + kBatch - 1) / kBatch;
  std::deque<model::PageViewRecord> growing;
  std::size_t stored = 0;
  double first_cost = 0, last_cost = 0, worst_ack_ms = 0, making_us = 0;
  std::vector<double> acks;
  double part_cpu = cpu_us();
  const std::size_t part = std::max<std::size_t>(views / 10, kBatch);
  std::size_t next_part = part;
  while (stored < views) {
    // This thread's only: a seal may run meanwhile.
    const double before_making = cpu_us(RUSAGE_THREAD);
    RecordBatch batch =
        make_batch(made, stored, step_us, random, [&](std::size_t i, const auto& record) {
          if (i == 0) growing.push_back(record);
          const bool grows = i == 0 && stored / kBatch + hour_of_batches < batches;
          if (rows != nullptr) rows->put(record, grows ? kGrownInpMs : 0);
        });
    if (growing.size() > hour_of_batches) {
      batch.records.page_views.push_back(grown_of(std::move(growing.front())));
      growing.pop_front();
    }
    making_us += cpu_us(RUSAGE_THREAD) - before_making;
    const auto start = Clock::now();
    if (auto written = store->append(batch); !written.ok()) fail(written.error().message);
    acks.push_back(ms_since(start));
    stored += kBatch;
    if (stored >= next_part) {
      last_cost = (cpu_us() - part_cpu - making_us) / static_cast<double>(part);
      if (first_cost == 0) first_cost = last_cost;
      std::printf("%9zu views: %6.1f us of CPU a view\n", stored, last_cost);
      next_part += part;
      part_cpu = cpu_us();
      making_us = 0;
    }
  }
  std::sort(acks.begin(), acks.end());
  worst_ack_ms = acks.back();
  std::printf("CPU of the last tenth %.2fx of the first\n", last_cost / first_cost);
  std::printf("ack of %zu views: p50 %.2f ms, p99 %.2f ms, worst %.1f ms\n", kBatch,
              acks[acks.size() / 2], acks[acks.size() * 99 / 100], worst_ack_ms);
  // Seals what is left, and removes nothing.
  if (auto sealed = store->prune(0, 0); !sealed.ok()) fail(sealed.error().message);
  store.reset();
  const auto bytes_a_view = [&](std::uintmax_t bytes) {
    return static_cast<double>(bytes) / static_cast<double>(stored);
  };
  std::printf("file %.0f bytes a view\n", bytes_a_view(std::filesystem::file_size(path)));
  // What the backends' spans take is not the page views'.
  std::uintmax_t all = 0, of_spans = 0;
  for (const auto& [table, bytes] : bytes_of_tables(path)) {
    all += bytes;
    if (table.starts_with("span_")) of_spans += bytes;
    if (bytes_a_view(bytes) < 1) continue;
    std::printf("  %-26s %7.1f bytes a view\n", table.c_str(), bytes_a_view(bytes));
  }
  std::printf("  %-26s %7.1f bytes a view\n", "all tables", bytes_a_view(all));
  std::printf("  %-26s %7.1f bytes a view, of %s\n", "but those of spans",
              bytes_a_view(all - of_spans), all_random ? "random sizes and times" : "visits");
  return 0;
}

// FILE is one of ten million views in 30 days; it gets some more.
int beside_empty(const std::string& path) {
  constexpr std::size_t kRounds = 7, kViews = 32'768, kStored = 10'000'000;
  const std::int64_t step_us = days * kDayUs / static_cast<std::int64_t>(kStored);
  const Folder folder;
  const std::unique_ptr<RecordStore> stores[] = {open_or_exit(path),
                                                 open_or_exit(folder.path + "/empty.sqlite3")};
  // Others than the FILE has.
  std::mt19937_64 random(std::random_device{}());
  Views views(random());
  std::vector<model::PageViewRecord> growing;
  std::vector<double> ratios;
  for (std::size_t round = 0; round <= kRounds; ++round) {
    std::vector<RecordBatch> batches;
    std::vector<model::PageViewRecord> grow_next;
    for (std::size_t made = 0; made < kViews; made += kBatch) {
      batches.push_back(make_batch(views, kStored + round * kViews + made, step_us, random,
                                   [&](std::size_t i, const auto& record) {
                                     if (i == 0) grow_next.push_back(record);
                                   }));
      if (growing.empty()) continue;
      batches.back().records.page_views.push_back(grown_of(std::move(growing.back())));
      growing.pop_back();
    }
    growing = std::move(grow_next);
    double us_of[2];
    for (const std::size_t turn : {round % 2, 1 - round % 2}) {
      const double before = cpu_us();
      for (const RecordBatch& batch : batches) {
        if (auto written = stores[turn]->append(batch); !written.ok()) {
          fail(written.error().message);
        }
      }
      // Seals, and removes nothing.
      if (auto sealed = stores[turn]->prune(0, 0); !sealed.ok()) fail(sealed.error().message);
      us_of[turn] = (cpu_us() - before) / static_cast<double>(kViews);
    }
    if (round == 0) continue;  // its views do not grow yet
    ratios.push_back(us_of[0] / us_of[1]);
    std::printf("CPU a view: %6.1f us, in an empty store %6.1f us: %.2fx\n", us_of[0], us_of[1],
                ratios.back());
  }
  std::sort(ratios.begin(), ratios.end());
  std::printf("median %.2fx\n", ratios[ratios.size() / 2]);
  return 0;
}

int time_reports(const std::string& path) {
  const auto start = Clock::now();
  const auto store = open_or_exit(path);
  std::printf("start in %.0f ms\n", ms_since(start));

  Filter page, combination;
  page.page = "/product/7";
  combination.device = "mobile";
  combination.country = "DE";
  combination.browser = "Firefox";
  const auto summarize = [&](const Filter& filter, GroupBy group) {
    return [&store, filter, group] {
      return store->summarize(1, filter, group, SummaryParts::kVitals).ok();
    };
  };
  time_report("pages, 30 days", summarize({}, GroupBy::kPage));
  time_report("one page by hour, 30 days", summarize(page, GroupBy::kHour));
  Filter mobile = page;
  mobile.device = "mobile";
  time_report("one page on phones by day, 30 days", summarize(mobile, GroupBy::kDay));
  time_report("one page by country, 30 days", summarize(page, GroupBy::kCountry));
  time_report("all by country, 30 days", summarize({}, GroupBy::kCountry));
  time_report("3 filters by page, 30 days", summarize(combination, GroupBy::kPage));
  PageViewQuery newest, slowest;
  slowest.sort = PageViewQuery::Sort::kSlowestLcp;
  time_report("50 newest visits", [&] { return store->page_views(1, newest, {}).ok(); });
  time_report("50 slowest visits", [&] { return store->page_views(1, slowest, {}).ok(); });
  // As the API asks: whole reports, not the sums they are made of.
  Filter month, month_of_page = page;
  month.from_unix_us = month_of_page.from_unix_us = kStart;
  month.to_unix_us = month_of_page.to_unix_us = kStart + days * kDayUs;
  time_report("page report, 30 days",
              [&] { return query::page_report(*store, 1, month_of_page).ok(); });
  Filter part_of_page = month_of_page;
  part_of_page.from_unix_us += 50 * 3'600 * kSecondUs + 1;
  part_of_page.to_unix_us -= 30 * 3'600 * kSecondUs;
  time_report("page report, from within a day to another",
              [&] { return query::page_report(*store, 1, part_of_page).ok(); });
  month_of_page.device = "mobile";
  time_report("page report on phones, 30 days",
              [&] { return query::page_report(*store, 1, month_of_page).ok(); });
  time_report("list of pages, 30 days",
              [&] { return query::page_list(*store, 1, month, {}).ok(); });
  time_report("overview, 30 days",
              [&] { return query::overview(*store, 1, month, month.to_unix_us).ok(); });
  time_report("a visit that is not there", [&] { return store->page_view(1, PageViewId{}).ok(); });
  return 0;
}

}  // namespace
}  // namespace pagewake::storage

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);  // a run that is cut short has said what it knew
  using namespace pagewake::storage;
  if (argc > 1 && (std::string(argv[1]) == "--random" || std::string(argv[1]) == "--again")) {
    (std::string(argv[1]) == "--random" ? all_random : again) = true;
    --argc;
    ++argv;
  }
  if (argc == 3 && std::string(argv[1]) == "--beside-empty") return beside_empty(argv[2]);
  std::unique_ptr<RowBinaryFile> rows;
  if (argc > 2 && std::string(argv[argc - 2]) == "--rows") {
    rows = std::make_unique<RowBinaryFile>(argv[argc - 1]);
    argc -= 2;
  }
  long views = 1'000'000;
  if (argc > 1) {
    char* end = nullptr;
    views = std::strtol(argv[1], &end, 10);
    if (*end == '/') days = std::atol(end + 1);
  }
  if (views < 640 || days < 1 || argc > 4) {
    std::fprintf(stderr,
                 "usage: volume_bench [--random | --again] [views, at least 640[/days]] "
                 "[FILE [REPORT]] [--rows ROWS]\n");
    return 2;
  }
  const Folder folder;
  if (argc > 3) only_report = argv[3];
  const std::string path = argc > 2 ? argv[2] : folder.path + "/pagewake.sqlite3";
  if (!std::filesystem::exists(path)) {
    if (const int failed = fill(path, static_cast<std::size_t>(views), rows.get())) {
      return failed;
    }
    rows.reset();
  }
  return time_reports(path);
}
