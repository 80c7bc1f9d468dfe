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
model::PageViewRecord sent_page_view(bool packed = true) {
  model::PageViewRecord record = full_page_view(1);
  std::string bytes = encode_beacon(test::sample_beacon());
  if (packed) bytes = pack_beacon(bytes);
  auto beacon = decode_beacon(std::as_bytes(std::span(bytes)), &record.as_sent);
  EXPECT_TRUE(beacon.ok());
  record.view = std::move(beacon->page_views.front());
  record.view.page = "/named/by/the/server";
  record.view.device.type = "tablet";
  record.view.sdk_cost.sent_bytes = 123'456;
  return record;
}

TEST(PageViewEntry, ComesBackWhetherItWasWrittenOrKeptAsItWasSent) {
  model::PageViewRecord written = sent_page_view();
  written.as_sent.clear();
  const struct {
    model::PageViewRecord record;
    int kind, kind_unpacked;
  } kCases[] = {{written, 1, 1}, {sent_page_view(false), 3, 2}, {sent_page_view(true), 3, 2}};
  for (const auto& c : kCases) {
    const std::string entry = encode_page_view_entry(c.record, "/rollup");
    EXPECT_EQ(entry.front(), c.kind);
    EXPECT_EQ(unpacked_entry(entry).front(), c.kind_unpacked);
    // Blocks of earlier versions hold the unpacked ones too.
    for (const std::string& bytes : {entry, unpacked_entry(entry)}) {
      const auto read = decode_page_view_entry(bytes);
      ASSERT_TRUE(read.ok()) << read.error().message;
      expect_same(read->record, c.record);
      EXPECT_EQ(read->rollup_page, "/rollup");
      EXPECT_TRUE(read->record.as_sent.empty());
      model::PageViewRecord measured = c.record;
      EXPECT_FALSE(measured.view.breadcrumbs.empty() || measured.view.events.empty());
      measured.view.breadcrumbs.clear();
      measured.view.events.clear();
      const auto part = decode_page_view_entry(bytes, ViewParts::kMeasured);
      ASSERT_TRUE(part.ok()) << part.error().message;
      expect_same(part->record, measured);
    }
  }
  EXPECT_EQ(unpacked_entry(encode_page_view_entry(kCases[1].record, "")),
            unpacked_entry(encode_page_view_entry(kCases[2].record, "")));
}

TEST(PageViewEntry, RefusesDamagedBytes) {
  for (const bool packed : {true, false}) {
    const std::string entry = encode_page_view_entry(sent_page_view(packed), "");
    for (std::size_t length = 0; length < entry.size(); ++length) {
      for (const ViewParts parts : {ViewParts::kAll, ViewParts::kMeasured}) {
        EXPECT_FALSE(decode_page_view_entry(entry.substr(0, length), parts).ok()) << length;
      }
      EXPECT_FALSE(decode_page_view_entry(unpacked_entry(entry.substr(0, length))).ok()) << length;
    }
    EXPECT_EQ(decode_page_view_entry("\x07" + entry.substr(1)).error().code, "unknown_version");
    EXPECT_EQ(unpacked_entry("\x07" + entry.substr(1)), "\x07" + entry.substr(1));
    // Some changes give another page view, none an overrun (sanitizers look on).
    for (std::size_t at = 1; at < entry.size(); ++at) {
      std::string changed = entry;
      changed[at] = static_cast<char>(changed[at] ^ 0x55);
      (void)decode_page_view_entry(changed);
      (void)decode_page_view_entry(changed, ViewParts::kMeasured);
      (void)unpacked_entry(changed);
    }
  }
}

}  // namespace
}  // namespace pagewake::storage::sqlite
