// Each decoder on the recorded requests of real clients: bytes and records a
// second, whole: from the inflated body to records that could be stored.
// OTLP protobuf also beside the reference library's generated parser on the
// same bytes, which stops at its own messages: the last lines print the ratio,
// the median of alternating rounds.
//
//   build/release/bench/protocols/protocols_bench --benchmark_min_time=0.5
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "protocols/protocols.h"
#ifdef PAGEWAKE_REFERENCE_PROTOBUF
#include "otlp_trace.pb.h"
#endif

namespace {

using namespace pagewake;
using namespace pagewake::protocols;
using Decode = Result<Decoded> (*)(std::string_view, std::int64_t);

constexpr std::int64_t kNow = 1'795'228'400'000'000;

std::string inflated(const std::string& packed) {
  z_stream stream{};
  if (inflateInit2(&stream, 15 + 16) != Z_OK) std::abort();
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
  stream.avail_in = static_cast<uInt>(packed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  if (inflate(&stream, Z_FINISH) != Z_STREAM_END) std::abort();
  out.resize(stream.total_out);
  inflateEnd(&stream);
  return out;
}

std::string recorded(const std::string& path) {
  std::ifstream file(PAGEWAKE_SOURCE_DIR "/tests/" + path, std::ios::binary);
  if (!file) {
    std::fprintf(stderr, "cannot read tests/%s\n", path.c_str());
    std::exit(1);
  }
  const std::string bytes{std::istreambuf_iterator<char>(file), {}};
  return path.ends_with(".gz") ? inflated(bytes) : bytes;
}

Result<Decoded> web_vitals(std::string_view body, std::int64_t received_at_unix_us) {
  static const VitalsSender sender{"visitor", "https://shop.example/"};
  return decode_web_vitals(body, sender, received_at_unix_us);
}

void decode(benchmark::State& state, Decode decoder, const std::string& body) {
  std::size_t records = 0;
  for (auto _ : state) {
    auto decoded = decoder(body, kNow);
    if (!decoded.ok()) state.SkipWithError(decoded.error().message.c_str());
    records += decoded->records.size();
    benchmark::DoNotOptimize(decoded);
  }
  state.SetBytesProcessed(static_cast<std::int64_t>(state.iterations() * body.size()));
  state.counters["records/s"] =
      benchmark::Counter(static_cast<double>(records), benchmark::Counter::kIsRate);
}

#ifdef PAGEWAKE_REFERENCE_PROTOBUF
// Parses into the messages of the generated parser, and walks them to their records.
std::size_t parse_reference(const std::string& body) {
  pagewake_bench::ExportTraceServiceRequest request;
  if (!request.ParseFromString(body)) std::abort();
  std::size_t spans = 0;
  for (const auto& resource : request.resource_spans()) {
    for (const auto& scope : resource.scope_spans()) {
      spans += static_cast<std::size_t>(scope.spans_size());
    }
  }
  benchmark::DoNotOptimize(request);
  return spans;
}

// Spans only: the errors made of their exceptions come on top.
std::size_t decode_ours(const std::string& body) {
  auto decoded = decode_otlp_traces_proto(body, kNow);
  benchmark::DoNotOptimize(decoded);
  return decoded->records.spans.size();
}

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

// Processor time, so that a busy machine is not in the figure.
template <typename F>
double spans_per_second(F f, const std::string& body) {
  const double start = cpu_seconds();
  double seconds = 0;
  std::size_t spans = 0;
  do {
    for (int i = 0; i < 50; ++i) spans += f(body);
    seconds = cpu_seconds() - start;
  } while (seconds < 0.05);
  return static_cast<double>(spans) / seconds;
}

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values[values.size() / 2];
}

// Alternating rounds: what else the machine does hits both.
void print_ratio(const char* name, const std::string& body) {
  constexpr int kRounds = 15;
  std::vector<double> ours, reference, ratios;
  for (int round = 0; round < kRounds; ++round) {
    ours.push_back(spans_per_second(decode_ours, body));
    reference.push_back(spans_per_second(parse_reference, body));
    ratios.push_back(ours.back() / reference.back());
  }
  std::printf("%s: %.0f spans/s to records, libprotobuf %.0f spans/s to messages, ratio %.2f\n",
              name, median(ours), median(reference), median(ratios));
}
#endif

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const struct {
    const char* name;
    Decode decoder;
    const char* path;
  } cases[] = {
      {"beacon", decode_beacon_body, "fuzz/corpus/beacon/beacon_6"},
      {"signal_log", decode_beacon_body, "cases/signals/plain_load.json"},
      {"sentry_event", decode_sentry_envelope, "cases/clients/bodies/web-event-unhandled.envelope"},
      {"sentry_spans", decode_sentry_envelope, "cases/clients/bodies/node-spans.envelope"},
      {"sentry_transaction", decode_sentry_envelope,
       "cases/clients/bodies/link-django-transaction.gz"},
      {"sentry_store", decode_sentry_store, "cases/clients/bodies/py-store-handled.gz"},
      {"otlp_traces_proto", decode_otlp_traces_proto, "cases/clients/bodies/otel-proto-traces.pb"},
      {"otlp_exceptions_proto", decode_otlp_traces_proto,
       "cases/clients/bodies/otel-proto-gzip-exception.gz"},
      {"otlp_traces_json", decode_otlp_traces_json, "cases/clients/bodies/otel-json-traces.json"},
      {"otlp_logs_json", decode_otlp_logs_json, "cases/clients/bodies/otel-json-logs.json"},
      {"otlp_logs_proto", decode_otlp_logs_proto, "fuzz/corpus/otlp_logs_proto/otel-logs"},
      {"json_logs", decode_json_logs, "cases/clients/bodies/node-app-logs.jsonl"},
      {"faro", decode_faro, "cases/clients/bodies/faro-mixed.json"},
      {"faro_traces", decode_faro, "cases/clients/bodies/faro-traces.json"},
      {"web_vitals", web_vitals, "cases/clients/bodies/web-vitals-beacon.json"},
      {"browser_reports", decode_browser_reports, "fuzz/corpus/browser_reports/reporting_api"},
  };
  for (const auto& c : cases) {
    benchmark::RegisterBenchmark(c.name, decode, c.decoder, recorded(c.path));
  }
  benchmark::RunSpecifiedBenchmarks();
#ifdef PAGEWAKE_REFERENCE_PROTOBUF
  std::string all;  // requests behind each other are one request
  for (const char* name :
       {"otel-proto-traces.pb", "link-otel-server-traces.pb", "otel-proto-gzip-exception.gz"}) {
    const std::string body = recorded(std::string("cases/clients/bodies/") + name);
    print_ratio(name, body);
    all += body;
  }
  print_ratio("all of them in one request", all);
#endif
  return 0;
}
