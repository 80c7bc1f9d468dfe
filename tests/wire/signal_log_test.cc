#include "wire/signal_log.h"

#include <gtest/gtest.h>

#include <cmath>
#include <string>
#include <vector>

#include "base/limits.h"
#include "wire/owned_signal.h"

namespace pagewake {
namespace {

struct Parsed {
  std::vector<OwnedSignal> signals;
  Result<std::size_t> result = std::size_t{0};
};

Parsed parse(std::string_view json) {
  Parsed out;
  out.result =
      parse_signal_log(json, {&out, [](void* context, const Signal& signal) {
                                static_cast<Parsed*>(context)->signals.emplace_back(signal);
                              }});
  return out;
}

std::string text_of(const std::string& json_string) {
  const Parsed parsed = parse("[[\"k\",0," + json_string + "]]");
  EXPECT_TRUE(parsed.result.ok()) << (parsed.result.ok() ? "" : parsed.result.error().message);
  return parsed.signals.empty() ? "" : std::string(parsed.signals[0]->text(0));
}

TEST(SignalLog, GivesKindTimeAndFieldsInOrder) {
  const Parsed parsed = parse(R"( [ ["lcp",812.3,1.5,"a"] , ["hidden",-1] ] )");
  ASSERT_TRUE(parsed.result.ok());
  EXPECT_EQ(*parsed.result, 2u);
  ASSERT_EQ(parsed.signals.size(), 2u);
  EXPECT_EQ(parsed.signals[0]->kind, "lcp");
  EXPECT_EQ(parsed.signals[0]->t_ms, 812.3);
  EXPECT_EQ(parsed.signals[0]->number(0), 1.5);
  EXPECT_EQ(parsed.signals[0]->text(1), "a");
  EXPECT_EQ(parsed.signals[1]->t_ms, -1);
  EXPECT_EQ(*parse("[]").result, 0u);
}

TEST(SignalLog, GivesDefaultsForMissingFieldsAndWrongTypes) {
  const Parsed parsed = parse(R"([["k"],["k",0,"text",5,null,true,false]])");
  ASSERT_TRUE(parsed.result.ok());
  EXPECT_EQ(parsed.signals[0]->t_ms, 0);
  EXPECT_EQ(parsed.signals[0]->number(0), -1);
  EXPECT_EQ(parsed.signals[0]->number(0, 7), 7);
  EXPECT_EQ(parsed.signals[0]->text(0), "");
  const Signal& signal = *parsed.signals[1];
  EXPECT_EQ(signal.number(0), -1);
  EXPECT_EQ(signal.text(1), "");
  EXPECT_EQ(signal.number(2), -1);
  EXPECT_EQ(signal.number(3), 1);
  EXPECT_EQ(signal.number(4), 0);
}

TEST(SignalLog, ReadsNumbersAsJavaScriptWritesThem) {
  const struct {
    const char* json;
    double value;
  } cases[] = {
      {"0", 0},
      {"-0", 0},
      {"812.3000000007451", 812.3000000007451},
      {"1700000000000.5", 1700000000000.5},
      {"9007199254740991", 9007199254740991.0},
      {"1e21", 1e21},
      {"1.5e+3", 1500},
      {"2E-7", 2e-7},
      {"5e-324", 5e-324},
      {"-12.25", -12.25},
      {"0.1", 0.1},
      {"0.30000000000000004", 0.30000000000000004},
      {"1e999999999", 0},
      {"1e-999999999", 0},
      {"0e999999999", 0},
      {"123456789012345678901234567890", 123456789012345678901234567890.0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.json);
    const Parsed parsed = parse(std::string("[[\"k\",") + c.json + "]]");
    ASSERT_TRUE(parsed.result.ok());
    EXPECT_NEAR(parsed.signals[0]->t_ms, c.value, std::abs(c.value) * 1e-15);
  }
}

TEST(SignalLog, ReadsEscapesAndRepairsWhatIsNoText) {
  const struct {
    const char* name;
    std::string json, text;
  } cases[] = {
      {"simple escapes", R"("\"\\\/\b\f\n\r\t")", "\"\\/\b\f\n\r\t"},
      {"a code unit", R"("\u00e9\u20AC")", "é€"},
      {"a surrogate pair", R"("\ud83d\ude00")", "😀"},
      {"a lone high surrogate", R"("a\ud83dz")", "a\uFFFDz"},
      {"a lone low surrogate", R"("\ude00")", "\uFFFD"},
      {"two high surrogates, then a low one", R"("\ud83d\ud83d\ude00")", "\uFFFD😀"},
      {"a high surrogate, then an escape", R"("\ud83d\n")", "\uFFFD\n"},
      {"a zero", R"("\u0000")", std::string(1, '\0')},
      {"UTF-8 as it is", "\"é😀\"", "é😀"},
      {"bytes that are not UTF-8", "\"a\xFFz\"", "a\uFFFDz"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(text_of(c.json), c.text);
  }
}

TEST(SignalLog, SaysWhereItStopped) {
  const struct {
    const char* name;
    std::string json, code, message;
    std::size_t taken;
  } cases[] = {
      {"empty", "", "malformed", "byte 0:", 0},
      {"an object", "{}", "malformed", "byte 0:", 0},
      {"cut after a signal", R"([["a",1])", "malformed", "byte 8:", 1},
      {"cut in a string", R"([["a",1],["b)", "malformed", "a string is cut short", 1},
      {"a signal without a kind", "[[]]", "malformed", "byte 3:", 0},
      {"a number as kind", "[[1,2]]", "malformed", "starts with its kind", 0},
      {"not an array", "[1]", "malformed", "byte 1:", 0},
      {"a comma too many", R"([["a",1],])", "malformed", "byte 9:", 1},
      {"text behind", R"([["a",1]] x)", "malformed", "byte 10:", 1},
      {"a word", R"([["a",nul]])", "malformed", "expected a value", 0},
      {"leading zero", R"([["a",01]])", "malformed", "starts with 0", 0},
      {"no digit after the point", R"([["a",1.]])", "malformed", "expected a digit", 0},
      {"no digit after e", R"([["a",1e]])", "malformed", "expected a digit", 0},
      {"a lone minus", R"([["a",-]])", "malformed", "expected a digit", 0},
      {"an unknown escape", R"([["a",1,"\x"]])", "malformed", "byte 10:", 0},
      {"a short \\u", R"([["a",1,"\u12"]])", "malformed", "four hex digits", 0},
      {"a raw newline", "[[\"a\",1,\"\n\"]]", "malformed", "control character", 0},
      {"a nested array", R"([["a",1,[2]]])", "malformed", "byte 8:", 0},
      {"a nested object", R"([["a",1,{"b":2}]])", "malformed", "byte 8:", 0},
      {"a nesting bomb", "[[\"a\",1," + std::string(100, '[') + "]]", "nesting_too_deep",
       "deeper than 64", 0},
      {"a nesting bomb from the start", std::string(100'000, '['), "nesting_too_deep",
       "deeper than 64", 0},
      {"brackets in a string are no nesting",
       "[[\"a\",1,[\"" + std::string(100, '[') + "\\\"" + std::string(100, '[') + "\"]]]",
       "malformed", "numbers and strings only", 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const Parsed parsed = parse(c.json);
    ASSERT_FALSE(parsed.result.ok());
    EXPECT_EQ(parsed.result.error().code, c.code);
    EXPECT_NE(parsed.result.error().message.find(c.message), std::string::npos)
        << parsed.result.error().message;
    EXPECT_EQ(parsed.signals.size(), c.taken);
  }
}

TEST(SignalLog, StopsAtItsLimitOfSignals) {
  std::string json = "[";
  for (std::size_t i = 0; i <= limits::kSignalsPerLog; ++i) json += i == 0 ? "[\"k\"]" : ",[\"k\"]";
  const Parsed parsed = parse(json + "]");
  ASSERT_FALSE(parsed.result.ok());
  EXPECT_EQ(parsed.result.error().code, "list_truncated");
  EXPECT_EQ(parsed.signals.size(), limits::kSignalsPerLog);
}

TEST(SignalLog, IgnoresFieldsBeyondItsLimit) {
  std::string json = "[[\"k\",0";
  for (std::size_t i = 0; i < limits::kFieldsPerSignal * 2; ++i) json += ",1";
  const Parsed parsed = parse(json + "]]");
  ASSERT_TRUE(parsed.result.ok());
  EXPECT_EQ(parsed.signals[0]->fields.size(), limits::kFieldsPerSignal - 2);
}

}  // namespace
}  // namespace pagewake
