// Runs every decoder over the saved corpus of its fuzz target, so that what the
// fuzzer once found stays found without it.
#include <gtest/gtest.h>

#include <filesystem>

#include "protocols/check_decoded.h"
#include "protocols/fixtures.h"
#include "protocols/protocols.h"

namespace pagewake::protocols {
namespace {

struct Corpus {
  const char* name;
  Result<Decoded> (*decode)(std::string_view, std::int64_t);
};
void PrintTo(const Corpus& corpus, std::ostream* out) { *out << corpus.name; }

class FuzzCorpus : public ::testing::TestWithParam<Corpus> {};

TEST_P(FuzzCorpus, KeepsThePromises) {
  const std::string folder =
      std::string(PAGEWAKE_SOURCE_DIR "/tests/fuzz/corpus/") + GetParam().name;
  std::size_t inputs = 0;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    SCOPED_TRACE(entry.path());
    const std::string body = testing::read_file(entry.path());
    EXPECT_EQ(testing::broken_promise(GetParam().decode(body, 1'795'228'400'000'000)), "");
    ++inputs;
  }
  EXPECT_GT(inputs, 0u);
}

INSTANTIATE_TEST_SUITE_P(All, FuzzCorpus,
                         ::testing::Values(Corpus{"beacon_body", decode_beacon_body},
                                           Corpus{"sentry_envelope", decode_sentry_envelope},
                                           Corpus{"sentry_store", decode_sentry_store},
                                           Corpus{"otlp_traces_json", decode_otlp_traces_json},
                                           Corpus{"otlp_traces_proto", decode_otlp_traces_proto},
                                           Corpus{"otlp_logs_json", decode_otlp_logs_json},
                                           Corpus{"otlp_logs_proto", decode_otlp_logs_proto},
                                           Corpus{"json_logs", decode_json_logs},
                                           Corpus{"faro", decode_faro},
                                           Corpus{"web_vitals", testing::decode_web_vitals},
                                           Corpus{"browser_reports", decode_browser_reports}),
                         [](const auto& info) { return std::string(info.param.name); });

}  // namespace
}  // namespace pagewake::protocols
