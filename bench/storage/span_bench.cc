// What a backend's span costs: CPU a span in commits of 1, 64 and 512, on an
// empty store and on a full one, with everything done later (sealing,
// checkpoints) in it; bytes a span; the answer for 2,000 traces, as a page
// report asks. Last the whole way from an OTLP protobuf body to the durable
// record. Spans are those of recorded requests of OpenTelemetry's SDK, with
// ids, times, routes and ports of their own.
//
//   span_bench [spans]      default 1,000,000
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <protozero/pbf_reader.hpp>
#include <protozero/pbf_writer.hpp>
#include <utility>

#include "measure.h"
#include "protocols/protocols.h"
#include "storage/sqlite/sqlite_store.h"
#include "views.h"

namespace pagewake::storage {
namespace {

using model::SpanRecord;
using Clock = std::chrono::steady_clock;

constexpr std::int64_t kStart = 1'795'233'600'000'000;
constexpr std::size_t kPages = 100;
constexpr const char* kRecorded[] = {"otel-proto-traces.pb", "link-otel-server-traces.pb"};

std::string recorded(const char* name) {
  std::ifstream file(std::string(PAGEWAKE_SOURCE_DIR "/tests/cases/clients/bodies/") + name,
                     std::ios::binary);
  if (!file) fail(std::string("cannot read ") + name);
  return {std::istreambuf_iterator<char>(file), {}};
}

void append_or_exit(RecordStore& store, const RecordBatch& batch) {
  auto written = store.append(batch);
  if (!written.ok()) fail(written.error().message);
  if (written->duplicates > 0) fail("a new span was taken for a duplicate");
}

template <typename IdType>
IdType random_id(std::mt19937_64& random) {
  IdType id;
  for (std::size_t i = 0; i < IdType::kBytes; i += 8) {
    const std::uint64_t word = random();
    std::memcpy(id.bytes.data() + i, &word, 8);
  }
  return id;
}

void replace_all(std::string& text, const std::string& what, const std::string& with) {
  for (std::size_t at = 0; (at = text.find(what, at)) != std::string::npos; at += with.size()) {
    text.replace(at, what.size(), with);
  }
}

// Traces in the order in which they end, of the routes of a hundred pages.
class Source {
 public:
  Source() {
    for (const char* name : kRecorded) {
      auto decoded = protocols::decode_otlp_traces_proto(recorded(name), kStart);
      if (!decoded.ok()) fail(decoded.error().message);
      for (std::size_t page = 0; page < kPages; ++page) {
        auto& spans = models_.emplace_back(decoded->records.spans);
        for (SpanRecord& span : spans) {
          span.project = 1;
          const std::string route = "/orders" + std::to_string(page);
          replace_all(span.name, "/orders", route);
          replace_all(span.attributes_json, "/orders", route);
        }
      }
    }
  }

  SpanRecord next() {
    if (at_ == trace_.size()) begin_trace();
    return std::move(trace_[at_++]);
  }
  // Of traces since the last `most`, those of one page and those of any.
  const std::vector<TraceId>& of_page() const { return of_page_; }
  const std::vector<TraceId>& of_any() const { return of_any_; }

 private:
  void begin_trace() {
    const std::size_t model = random_() % models_.size();
    trace_ = models_[model];
    at_ = 0;
    now_us_ += 1000;
    const auto trace_id = random_id<TraceId>(random_);
    std::vector<std::pair<SpanId, SpanId>> ids;
    for (const SpanRecord& span : trace_)
      ids.emplace_back(span.span_id, random_id<SpanId>(random_));
    const std::int64_t shift = now_us_ - trace_.back().started_at_unix_us;
    for (SpanRecord& span : trace_) {
      span.trace_id = trace_id;
      for (const auto& [old_id, new_id] : ids) {
        if (span.parent_span_id == old_id) span.parent_span_id = new_id;
      }
      span.started_at_unix_us += shift;
      span.duration_us += static_cast<std::int64_t>(random_() % 2000);
      span.received_at_unix_us = now_us_ + 2'000'000;
      for (const char* port : {"network.peer.port\":", "network.local.port\":"}) {
        const std::size_t at = span.attributes_json.find(port);
        if (at == std::string::npos || span.attributes_json.find("\"url.full\"") < at) continue;
        const std::string digits = std::to_string(32'768 + random_() % 28'000);
        span.attributes_json.replace(at + std::strlen(port), 5, digits);
      }
    }
    for (std::size_t i = 0; i < trace_.size(); ++i) trace_[i].span_id = ids[i].second;
    if (model % kPages == 7) of_page_.push_back(trace_id);
    if (random_() % 32 == 0) of_any_.push_back(trace_id);
  }

  std::vector<std::vector<SpanRecord>> models_;
  std::vector<SpanRecord> trace_;
  std::size_t at_ = 0;
  std::int64_t now_us_ = kStart;
  std::mt19937_64 random_{7};
  std::vector<TraceId> of_page_, of_any_;
};

// CPU of appending; making the spans is not in it.
double append_spans(RecordStore& store, Source& source, std::size_t spans, std::size_t batch_size) {
  const double before = cpu_us();
  double making = 0;
  RecordBatch batch;
  for (std::size_t done = 0; done < spans;) {
    // Some at a time, so that asking for the clock costs nothing.
    const double start = cpu_us();
    std::vector<RecordBatch> batches;
    for (std::size_t made = 0; made < 4096;) {
      auto& records = batches.emplace_back().records.spans;
      while (records.size() < batch_size) records.push_back(source.next());
      made += batch_size;
    }
    making += cpu_us() - start;
    for (const RecordBatch& one : batches) append_or_exit(store, one);
    done += batches.size() * batch_size;
  }
  return (cpu_us() - before - making) / static_cast<double>(spans);
}

void time_traces(RecordStore& store, const char* name, std::vector<TraceId> traces) {
  if (traces.size() > 2000) traces.erase(traces.begin(), traces.end() - 2000);
  std::vector<double> ms;
  std::size_t spans = 0;
  for (int i = 0; i < 11; ++i) {
    const auto start = Clock::now();
    auto found = store.spans_of_traces(1, traces);
    if (!found.ok()) fail(found.error().message);
    spans = found->size();
    ms.push_back(std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  }
  std::sort(ms.begin(), ms.end());
  std::printf("%zu traces %s, %zu spans: median %.2f ms, worst %.2f ms\n", traces.size(), name,
              spans, ms[5], ms[10]);
}

// An exporter's request, as OpenTelemetry's SDKs send them: one resource, its
// scopes, many traces' spans in each. The ids can be changed in place.
class Body {
 public:
  explicit Body(std::size_t spans) {
    const std::string one = recorded(kRecorded[0]);
    auto decoded = protocols::decode_otlp_traces_proto(one, kStart);
    if (!decoded.ok()) fail(decoded.error().message);
    const std::vector<SpanRecord>& records = decoded->records.spans;
    const std::size_t traces = (spans + records.size() - 1) / records.size();
    spans_ = traces * records.size();
    std::vector<std::string> ids;
    for (const SpanRecord& span : records) {
      for (const auto id : {bytes_of(span.trace_id), bytes_of(span.span_id)}) {
        if (std::find(ids.begin(), ids.end(), id) == ids.end()) ids.emplace_back(id);
      }
    }
    make_request(one, ids, traces);
    for (std::size_t trace = 0; trace < traces; ++trace) {
      for (const std::string& id : ids) find_all(id_in(trace, id));
    }
  }
  std::size_t spans() const { return spans_; }
  const std::string& with_new_ids(std::mt19937_64& random) {
    for (const auto& [size, places] : ids_) {
      std::uint64_t words[2] = {random(), random()};
      for (const std::size_t at : places) std::memcpy(bytes_.data() + at, words, size);
    }
    return bytes_;
  }

 private:
  void make_request(const std::string& one, const std::vector<std::string>& ids,
                    std::size_t traces) {
    protozero::pbf_writer request(bytes_);
    protozero::pbf_writer resource(request, 1);
    protozero::pbf_reader in(one);
    bool first = true;
    while (in.next(1)) {
      protozero::pbf_reader of_resource(in.get_message());
      while (of_resource.next()) {
        const auto field = of_resource.get_view();
        if (of_resource.tag() == 1 && std::exchange(first, false)) resource.add_message(1, field);
        if (of_resource.tag() != 2) continue;
        protozero::pbf_writer scope(resource, 2);
        protozero::pbf_reader of_scope(field);
        while (of_scope.next()) {
          const auto part = of_scope.get_view();
          if (of_scope.tag() != 2) scope.add_bytes(of_scope.tag(), part);
          for (std::size_t trace = 0; of_scope.tag() == 2 && trace < traces; ++trace) {
            std::string span(part.data(), part.size());
            for (const std::string& id : ids) replace_all(span, id, id_in(trace, id));
            scope.add_message(2, span);
          }
        }
      }
    }
  }
  template <typename IdType>
  static std::string_view bytes_of(const IdType& id) {
    return {reinterpret_cast<const char*>(id.bytes.data()), id.bytes.size()};
  }
  static std::string id_in(std::size_t trace, std::string id) {
    for (std::size_t i = 0; i < 2; ++i) {
      id[i] = static_cast<char>(static_cast<unsigned char>(id[i]) ^ (trace + 1) >> (8 * i));
    }
    return id;
  }
  void find_all(const std::string& id) {
    auto& [size, places] = ids_.emplace_back(id.size(), std::vector<std::size_t>());
    for (std::size_t at = 0; (at = bytes_.find(id, at)) != std::string::npos; at += size) {
      places.push_back(at);
    }
  }

  std::string bytes_;
  std::size_t spans_ = 0;
  std::vector<std::pair<std::size_t, std::vector<std::size_t>>> ids_;
};

void time_protobuf(RecordStore& store, std::size_t spans) {
  Body body(512);
  std::mt19937_64 random(11);
  double decoding = 0, appending = 0;
  std::size_t done = 0;
  while (done < spans) {
    std::vector<std::string> bodies;
    for (int i = 0; i < 16; ++i) bodies.push_back(body.with_new_ids(random));
    for (const std::string& bytes : bodies) {
      const double start = cpu_us();
      auto decoded = protocols::decode_otlp_traces_proto(bytes, kStart);
      if (!decoded.ok()) fail(decoded.error().message);
      RecordBatch batch;
      batch.records.spans = std::move(decoded->records.spans);
      for (SpanRecord& span : batch.records.spans) span.project = 1;
      const double middle = cpu_us();
      append_or_exit(store, batch);
      batch = {};
      decoding += middle - start;
      appending += cpu_us() - middle;
      done += body.spans();
    }
  }
  std::printf(
      "OTLP protobuf, %zu spans a request: %.2f us of CPU a span (decode %.2f, store %.2f)\n",
      body.spans(), (decoding + appending) / static_cast<double>(done),
      decoding / static_cast<double>(done), appending / static_cast<double>(done));
}

int run(std::size_t spans) {
  for (const std::size_t batch : {1, 64, 512}) {
    Folder folder;
    auto store = open_or_exit(folder.path + "/pagewake.sqlite3");
    Source source;
    std::printf("empty store, %3zu a commit: %6.2f us of CPU a span\n", batch,
                append_spans(*store, source, batch == 1 ? 131'072 : 262'144, batch));
  }
  Folder folder;
  const std::string path = folder.path + "/pagewake.sqlite3";
  auto store = open_or_exit(path);
  Source source;
  for (int tenth = 1; tenth <= 10; ++tenth) {
    const double cost = append_spans(*store, source, spans / 10, 512);
    std::printf("%9zu spans: %6.2f us of CPU a span\n",
                spans / 10 * static_cast<std::size_t>(tenth), cost);
  }
  const auto stored = static_cast<double>(spans);
  store.reset();
  std::printf("file %.0f bytes a span\n",
              static_cast<double>(std::filesystem::file_size(path)) / stored);
  const auto start = Clock::now();
  store = open_or_exit(path);
  std::printf("start in %.0f ms\n",
              std::chrono::duration<double, std::milli>(Clock::now() - start).count());
  time_traces(*store, "of one page", source.of_page());
  time_traces(*store, "of all pages", source.of_any());
  time_traces(*store, "(one)", {source.of_any().front()});
  for (const std::size_t batch : {1, 64, 512}) {
    std::printf("%zu spans there, %3zu a commit: %6.2f us of CPU a span\n", spans, batch,
                append_spans(*store, source, batch == 1 ? 131'072 : 262'144, batch));
  }
  time_protobuf(*store, 262'144);
  rusage used{};
  getrusage(RUSAGE_SELF, &used);
  std::printf("largest memory %ld MB\n", used.ru_maxrss / 1024);
  return 0;
}

}  // namespace
}  // namespace pagewake::storage

int main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const long spans = argc > 1 ? std::atol(argv[1]) : 1'000'000;
  if (spans < 100'000) {
    std::fprintf(stderr, "usage: span_bench [spans], at least 100000\n");
    return 2;
  }
  return pagewake::storage::run(static_cast<std::size_t>(spans));
}
