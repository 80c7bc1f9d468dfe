#include "json/server_timing.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace pagewake::json {
namespace {

TEST(ParseServerTiming, ReadsWhatBrowsersRead) {
  const struct {
    const char* name;
    std::string text;
    std::vector<ServerTiming> entries;
  } cases[] = {
      {"nothing", "", {}},
      {"a name alone", "miss", {{"miss", 0, ""}}},
      {"as the SDK writes it",
       R"(db;dur=53.2;desc="orders",cache;desc="a \"hit\", fresh")",
       {{"db", 53.2, "orders"}, {"cache", 0, "a \"hit\", fresh"}}},
      {"as servers write it",
       "db; dur = 53 , app ;desc=view",
       {{"db", 53, ""}, {"app", 0, "view"}}},
      {"no trace's name", R"(traceparent;desc="00-x",db;dur=1)", {{"db", 1, ""}}},
      {"no number", "db;dur=soon;dur", {{"db", 0, ""}}},
      {"no end of the quotes", R"(db;desc="half)", {{"db", 0, "half"}}},
      {"a backslash at the end", R"(db;desc="half\)", {{"db", 0, "half"}}},
      {"nonsense", "=;=,;;,,=x", {}},
      {"not finite", "db;dur=1e999", {{"db", 0, ""}}},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(parse_server_timing(c.text), c.entries);
  }
}

TEST(ParseServerTiming, IsBounded) {
  std::string text;
  for (int i = 0; i < 10'000; ++i) text += "a;dur=1,";
  EXPECT_EQ(parse_server_timing(text).size(), 64u);
}

}  // namespace
}  // namespace pagewake::json
