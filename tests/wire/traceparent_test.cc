#include "wire/traceparent.h"

#include <gtest/gtest.h>

#include "wire/names.h"

namespace pagewake {
namespace {

constexpr char kUsual[] = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

TEST(Traceparent, IsReadAsTheSpecificationSays) {
  const std::string usual = kUsual;
  const struct {
    const char* name;
    std::string header;
    bool valid;
    int flags;
  } cases[] = {
      {"sampled", usual, true, 1},
      {"not sampled", usual.substr(0, 53) + "00", true, 0},
      {"sampled and random", usual.substr(0, 53) + "03", true, 3},
      {"flags from the future are dropped", usual.substr(0, 53) + "ff", true, 3},
      {"a later version", "cc" + usual.substr(2), true, 1},
      {"a later version with more", "cc" + usual.substr(2) + "-what-comes", true, 1},
      {"a later version run on", "cc" + usual.substr(2) + "0", false, 0},
      {"version 00 with more", usual + "-x", false, 0},
      {"version ff", "ff" + usual.substr(2), false, 0},
      {"upper case", "00-4BF92F3577B34DA6A3CE929D0E0E4736-00f067aa0ba902b7-01", false, 0},
      {"zero trace id", "00-" + std::string(32, '0') + "-00f067aa0ba902b7-01", false, 0},
      {"zero parent id", "00-4bf92f3577b34da6a3ce929d0e0e4736-" + std::string(16, '0') + "-01",
       false, 0},
      {"short", usual.substr(0, 54), false, 0},
      {"empty", "", false, 0},
      {"other dashes", "00_4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01", false, 0},
      {"not hex", "00-4bf92f3577b34da6a3ce929d0e0e473g-00f067aa0ba902b7-01", false, 0},
      {"flags not hex", usual.substr(0, 53) + "0x", false, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto parsed = parse_traceparent(c.header);
    ASSERT_EQ(parsed.has_value(), c.valid);
    if (!parsed) continue;
    EXPECT_EQ(to_hex(parsed->trace_id), "4bf92f3577b34da6a3ce929d0e0e4736");
    EXPECT_EQ(to_hex(parsed->parent_id), "00f067aa0ba902b7");
    EXPECT_EQ(parsed->flags, c.flags);
    EXPECT_EQ(parsed->sampled(), (c.flags & 1) != 0);
    EXPECT_EQ(parsed->random(), (c.flags & 2) != 0);
  }
}

TEST(Traceparent, IsWrittenAsVersion00) {
  EXPECT_EQ(format_traceparent(*parse_traceparent(kUsual)), kUsual);
}

TEST(Names, OfNavigationTypesComeBack) {
  for (int i = 0; i <= static_cast<int>(NavigationType::kSoftNavigation); ++i) {
    const auto type = static_cast<NavigationType>(i);
    EXPECT_EQ(navigation_type_from(name_of(type)), type);
  }
  EXPECT_EQ(name_of(NavigationType::kSoftNavigation), "soft_navigation");
  EXPECT_EQ(navigation_type_from("teleport"), std::nullopt);
  EXPECT_EQ(name_of(MissingReason::kNone), "none");
  EXPECT_EQ(name_of(MissingReason::kLeftEarly), "left_early");
}

}  // namespace
}  // namespace pagewake
