#include "app/decode.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "wire/beacon.h"

namespace pagewake::app {
namespace {

TEST(Decode, PrintsABeacon) {
  Beacon beacon;
  beacon.beacon_id.bytes[15] = 1;
  beacon.release = "1.4.2";
  beacon.rules_hash = 2216489538;
  PageView& view = beacon.page_views.emplace_back();
  view.page_view_id.bytes[0] = 0xab;
  view.url = "https://shop.example/";
  view.vitals.lcp_ms = 1234.5;
  view.vitals.lcp_missing = MissingReason::kNone;
  view.resources.push_back({.index = 0, .url = "https://shop.example/hero.jpg"});
  beacon.drops.push_back({DropReason::kRepeated, 3});

  const auto text = decode_to_json(encode_beacon(beacon));
  ASSERT_TRUE(text.ok()) << text.error().message;
  const auto json = nlohmann::json::parse(text.value());
  EXPECT_EQ(json["release"], "1.4.2");
  EXPECT_EQ(json["rules_hash"], 2216489538);  // of the scrubber in the page
  EXPECT_EQ(json["page_views"][0]["page_view_id"], "ab000000000000000000000000000000");
  EXPECT_EQ(json["page_views"][0]["vitals"]["lcp_ms"], 1234.5);
  EXPECT_EQ(json["page_views"][0]["vitals"]["missing"]["inp_ms"], "not_yet");
  EXPECT_EQ(json["page_views"][0]["resources"][0]["url"], "https://shop.example/hero.jpg");
  EXPECT_TRUE(json["page_views"][0]["timing"].is_null());
  EXPECT_EQ(json["drops"][0]["reason"], "repeated");
  EXPECT_NE(text.value().find("\n  \"release\""), std::string::npos);  // indented
}

TEST(Decode, SaysWhatIsWrong) {
  EXPECT_EQ(decode_to_json("hello").error().code, "malformed");
  EXPECT_EQ(decode_to_json("[1,").error().code, "malformed");
}

}  // namespace
}  // namespace pagewake::app
