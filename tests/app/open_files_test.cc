#include "app/open_files.h"

#include <gtest/gtest.h>

namespace pagewake::app {
namespace {

TEST(OpenFiles, ConnectionsLeaveRoomForTheStores) {
  const struct {
    const char* name;
    std::size_t open_files, wanted, possible;
  } cases[] = {
      {"plenty", 65536, 10'000, 10'000},      {"just enough", 10'128, 10'000, 10'000},
      {"one too few", 10'127, 10'000, 9'999}, {"a shell's", 1024, 10'000, 896},
      {"little", 200, 10'000, 100},           {"little is wanted", 200, 16, 16},
      {"hardly any", 1, 10'000, 1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(connections_within(c.open_files, c.wanted), c.possible);
  }
}

}  // namespace
}  // namespace pagewake::app
