// Each decoder on the recorded requests of real clients: bytes and records a
// second, whole: from the inflated body to records that could be stored.
// OTLP protobuf also beside the reference library's generated parser on the
// same bytes, which stops at its own messages: the last lines print the ratio.
//
//   build/release/bench/protocols/protocols_bench --benchmark_min_time=0.5
#include <benchmark/benchmark.h>
#include <zlib.h>

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <string>

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

std::size_t decode_ours(const std::string& body) {
  auto decoded = decode_otlp_traces_proto(body, kNow);
  benchmark::DoNotOptimize(decoded);
  return decoded->records.spans.size();
}

// Alternating rounds, the best of each: what else the machine does hits both.
template <typename F>
double spans_per_second(F f, const std::string& body) {
  using Clock = std::chrono::steady_clock;
  const auto start = Clock::now();
  std::size_t spans = 0;
  while (Clock::now() - start < std::chrono::milliseconds(100)) {
    for (int i = 0; i < 20; ++i) spans += f(body);
  }
  return static_cast<double>(spans) / std::chrono::duration<double>(Clock::now() - start).count();
}

void print_ratio(const char* name, const std::string& body) {
  double ours = 0, reference = 0;
  for (int round = 0; round < 7; ++round) {
    ours = std::max(ours, spans_per_second(decode_ours, body));
    reference = std::max(reference, spans_per_second(parse_reference, body));
  }
  std::printf("%s: %.0f spans/s to records, libprotobuf %.0f spans/s to messages, ratio %.2f\n",
              name, ours, reference, ours / reference);
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
  for (const char* name :
       {"otel-proto-traces.pb", "link-otel-server-traces.pb", "otel-proto-gzip-exception.gz"}) {
    print_ratio(name, recorded(std::string("cases/clients/bodies/") + name));
  }
#endif
  return 0;
}
