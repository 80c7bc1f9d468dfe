// Decodes FILE a number of times and looks up positions; prints one JSON
// object. compare.mjs runs it beside @jridgewell/trace-mapping.
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

#include "symbolicate/source_map.h"

int main(int argc, char** argv) {
  using namespace pagewake::symbolicate;
  using Clock = std::chrono::steady_clock;
  const auto ms_since = [](Clock::time_point from) {
    return std::chrono::duration<double, std::milli>(Clock::now() - from).count();
  };
  if (argc < 4) {
    std::fprintf(stderr, "usage: source_map_bench FILE ROUNDS LINES\n");
    return 2;
  }
  std::ifstream file(argv[1], std::ios::binary);
  const std::string json((std::istreambuf_iterator<char>(file)), {});
  const int rounds = std::atoi(argv[2]);
  const auto lines = static_cast<unsigned>(std::atoi(argv[3]));
  std::vector<double> decode_ms;
  std::size_t mappings = 0, bytes = 0;
  double lookup_ns = 0;
  for (int i = 0; i < rounds; ++i) {
    std::string copy = json;
    const auto start = Clock::now();
    const auto map = SourceMap::decode(std::move(copy));
    decode_ms.push_back(ms_since(start));
    if (!map.ok()) {
      std::fprintf(stderr, "%s\n", map.error().message.c_str());
      return 1;
    }
    mappings = map->mappings();
    bytes = map->bytes();
    constexpr int kLookups = 1'000'000;
    std::mt19937 random(1);
    std::size_t found = 0;
    const auto looking = Clock::now();
    for (int l = 0; l < kLookups; ++l) {
      Mapped mapped;
      found += map->find(static_cast<unsigned>(random()) % lines,
                         static_cast<unsigned>(random()) % 50'000, mapped) == Lookup::kFound;
    }
    lookup_ns = ms_since(looking) * 1e6 / kLookups;
    if (found == 0) return 1;
  }
  std::sort(decode_ms.begin(), decode_ms.end());
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  std::printf(
      "{\"decode_ms\":%.1f,\"mappings\":%zu,\"table_bytes\":%zu,\"lookup_ns\":%.0f,"
      "\"peak_kb\":%ld}\n",
      decode_ms[decode_ms.size() / 2], mappings, bytes, lookup_ns, usage.ru_maxrss);
  return 0;
}
