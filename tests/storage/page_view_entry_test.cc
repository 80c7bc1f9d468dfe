#include "storage/sqlite/page_view_entry.h"

#include <gtest/gtest.h>

#include <span>
#include <string>

#include "storage/store_fixtures.h"
#include "wire/beacon.h"
#include "wire/sample_beacon.h"

namespace pagewake::storage::sqlite {
namespace {

// As the decoder of beacons and the steps behind it leave it.
model::PageViewRecord sent_page_view() {
  model::PageViewRecord record = full_page_view(1);
  const std::string bytes = encode_beacon(test::sample_beacon());
  auto beacon = decode_beacon(std::as_bytes(std::span(bytes)), &record.as_sent);
  EXPECT_TRUE(beacon.ok());
  record.view = std::move(beacon->page_views.front());
  record.view.page = "/named/by/the/server";
  record.view.device.type = "tablet";
  record.view.sdk_cost.sent_bytes = 123'456;
  return record;
}

TEST(PageViewEntry, ComesBackWhetherItWasWrittenOrKeptAsItWasSent) {
  model::PageViewRecord record = sent_page_view();
  for (const bool as_sent : {true, false}) {
    if (!as_sent) record.as_sent.clear();
    const std::string entry = encode_page_view_entry(record, "/rollup");
    EXPECT_EQ(entry.front(), as_sent ? 2 : 1);
    const auto read = decode_page_view_entry(entry);
    ASSERT_TRUE(read.ok()) << read.error().message;
    expect_same(read->record, record);
    EXPECT_EQ(read->rollup_page, "/rollup");
    EXPECT_TRUE(read->record.as_sent.empty());
  }
}

TEST(PageViewEntry, RefusesDamagedBytes) {
  const std::string entry = encode_page_view_entry(sent_page_view(), "");
  for (std::size_t length = 0; length < entry.size(); ++length) {
    EXPECT_FALSE(decode_page_view_entry(entry.substr(0, length)).ok()) << length;
  }
  EXPECT_EQ(decode_page_view_entry("\x07" + entry.substr(1)).error().code, "unknown_version");
  // Some changes give another page view, none an overrun (sanitizers look on).
  for (std::size_t at = 1; at < entry.size(); ++at) {
    std::string changed = entry;
    changed[at] = static_cast<char>(changed[at] ^ 0x55);
    (void)decode_page_view_entry(changed);
  }
}

}  // namespace
}  // namespace pagewake::storage::sqlite
