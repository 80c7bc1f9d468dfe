#include "wire/beacon.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "base/limits.h"
#include "sample_beacon.h"
#include "wire/page_view_codec.h"

namespace pagewake {
namespace {

using test::bytes_of;
using test::sample_beacon;

Beacon decoded(const std::string& bytes) {
  auto result = decode_beacon(bytes_of(bytes));
  EXPECT_TRUE(result.ok()) << (result.ok() ? "" : result.error().message);
  return result.ok() ? *result : Beacon{};
}

TEST(Beacon, ComesBackAsItWasSent) {
  const Beacon beacon = sample_beacon();
  EXPECT_EQ(decoded(encode_beacon(beacon)), beacon);
}

TEST(Beacon, WithNothingInItComesBack) {
  Beacon beacon;
  EXPECT_EQ(decoded(encode_beacon(beacon)), beacon);
  beacon.page_views.emplace_back();
  beacon.page_views.back().vitals = {};
  EXPECT_EQ(decoded(encode_beacon(beacon)), beacon);
}

TEST(Beacon, HoldsAPageViewOf30ResourcesAndAnErrorIn2Kb) {
  const std::size_t bytes = encode_beacon(sample_beacon(30)).size();
  RecordProperty("bytes", static_cast<int>(bytes));
  EXPECT_LT(bytes, 2048u);
}

TEST(Beacon, KeepsEveryOrderOfListItems) {
  Beacon beacon = sample_beacon();
  PageView& view = beacon.page_views[0];
  std::reverse(view.resources.begin(), view.resources.end());
  view.resources[0].index = std::numeric_limits<std::uint32_t>::max();
  view.breadcrumbs[0].at_unix_ms = std::numeric_limits<std::int64_t>::min();
  view.breadcrumbs[1].at_unix_ms = std::numeric_limits<std::int64_t>::max();
  EXPECT_EQ(decoded(encode_beacon(beacon)), beacon);
}

TEST(Beacon, RoundsTimesToTheDocumentedPrecision) {
  const struct {
    const char* name;
    double sent_ms, start_ms, lcp_ms;
  } cases[] = {
      {"noise of a double", 812.3000000007451, 812.3, 812.3},
      {"below a tenth", 0.04, 0, 0.04},
      {"half a tenth goes up", 0.05, 0.1, 0.05},
      {"before the page view", -20.26, -20.3, -20.26},
      {"a microsecond", 1.0004, 1, 1},
      {"not a number", std::numeric_limits<double>::quiet_NaN(), 0, 0},
      {"infinite", std::numeric_limits<double>::infinity(), 0, 0},
      {"beyond all clocks", 1e300, 0, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Beacon beacon = sample_beacon(1);
    beacon.page_views[0].resources[0].start_ms = c.sent_ms;
    beacon.page_views[0].vitals.lcp_ms = c.sent_ms;
    const Beacon back = decoded(encode_beacon(beacon));
    EXPECT_EQ(back.page_views[0].resources[0].start_ms, c.start_ms);
    EXPECT_EQ(back.page_views[0].vitals.lcp_ms, c.lcp_ms);
  }
}

TEST(Beacon, SharesTheFrontOfUrls) {
  Beacon beacon;
  beacon.page_views.emplace_back();
  const std::string front = "https://cdn.example/a/rather/long/folder/name/";
  for (std::uint32_t i = 0; i < 100; ++i) {
    Resource r;
    r.index = i;
    r.url = (i % 2 == 0 ? front : "https://other.example/x/") + std::to_string(i);
    beacon.page_views[0].resources.push_back(r);
  }
  const std::string bytes = encode_beacon(beacon);
  EXPECT_LT(bytes.size(), 1000u);
  EXPECT_EQ(decoded(bytes), beacon);
}

TEST(Beacon, CutsWhatIsOverItsLimitSoThatItCanBeRead) {
  Beacon beacon = sample_beacon(0);
  PageView& view = beacon.page_views[0];
  view.title = std::string(limits::kMessageBytes - 1, 'x') + "é";  // the limit is inside the é
  view.resources.resize(limits::kResourcesPerPageView + 1);
  view.breadcrumbs.resize(limits::kBreadcrumbs + 1);
  view.tags.resize(limits::kTags + 1);
  beacon.page_views.resize(limits::kPageViewsPerBeacon + 1);
  const Beacon back = decoded(encode_beacon(beacon));
  ASSERT_EQ(back.page_views.size(), limits::kPageViewsPerBeacon);
  EXPECT_EQ(back.page_views[0].title, std::string(limits::kMessageBytes - 1, 'x'));
  EXPECT_EQ(back.page_views[0].resources.size(), limits::kResourcesPerPageView);
  EXPECT_EQ(back.page_views[0].breadcrumbs.size(), limits::kBreadcrumbs);
  EXPECT_EQ(back.page_views[0].tags.size(), limits::kTags);
}

// Bytes of a beacon by hand: magic, version, string table, records.
class Bytes {
 public:
  Bytes& raw(std::initializer_list<int> values) {
    for (const int v : values) text_.push_back(static_cast<char>(v));
    return *this;
  }
  Bytes& text(std::string_view t) {
    text_.append(t);
    return *this;
  }
  Bytes& repeat(std::string_view t, int times) {
    for (int i = 0; i < times; ++i) text_.append(t);
    return *this;
  }
  operator std::string() const { return text_; }

 private:
  std::string text_;
};

TEST(DecodeBeacon, RefusesWhatIsNotABeacon) {
  const std::string head = "PW\x01";
  const struct {
    const char* name;
    std::string bytes;
    const char* code;
    const char* message;
  } cases[] = {
      {"empty", "", "malformed", "not a beacon"},
      {"a signal log", "[[\"log\",1]]", "malformed", "not a beacon"},
      {"magic only", "PW", "malformed", "cut short"},
      {"version 0", Bytes().text("PW").raw({0}), "unknown_version", "version 0"},
      {"version 3", Bytes().text("PW").raw({3}), "unknown_version", "reads 1 to 2"},
      {"no string table", head, "malformed", "byte 3: cut short"},
      {"no record", Bytes().text(head).raw({0}), "malformed", "byte 4: cut short"},
      {"a varint without end", Bytes().text(head).repeat("\xff", 11), "malformed", "cut short"},
      {"more strings than bytes", Bytes().text(head).raw({100, 0}), "malformed", "cut short"},
      {"more strings than allowed", Bytes().text(head).raw({0xA1, 0x9C, 1}).repeat({"\0", 1}, 9),
       "malformed", "too many strings"},
      {"a string longer than the rest", Bytes().text(head).raw({1, 20, 'a'}), "malformed",
       "cut short"},
      {"a prefix without a URL before", Bytes().text(head).raw({1, 3, 16, 'a', 0}), "malformed",
       "prefix is out of range"},
      {"a prefix longer than the URL", Bytes().text(head).raw({2, 3, 0, 'a', 3, 32, 'b', 0}),
       "malformed", "prefix is out of range"},
      {"a string that is not UTF-8", Bytes().text(head).raw({1, 2, 0xC0, 0}), "malformed",
       "not UTF-8"},
      {"an id of 15 bytes", Bytes().text(head).raw({0, 2, 15, 1}), "malformed",
       "an id has the wrong length"},
      {"an id cut short", Bytes().text(head).raw({0, 2, 16, 1}), "malformed", "cut short"},
      {"a string's number out of range", Bytes().text(head).raw({0, 3, 0, 0, 1}), "malformed",
       "a string's number is out of range"},
      {"a record longer than the body", Bytes().text(head).raw({0, 3, 0, 0}), "malformed",
       "a record is longer"},
      {"bytes left over", Bytes().text(head).raw({0, 0, 0}), "malformed", "left over"},
      {"rules_hash over 32 bits",
       Bytes().text(head).raw({0, 13, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x7f, 0}),
       "malformed", "too large"},
      {"65 page views",
       Bytes().text(head).raw({0, 75, 0, 0, 0, 0, 0, 0, 0, 0, 0, 65}).repeat({"\0", 1}, 65),
       "malformed", "a list is over its limit"},
      {"more page views than bytes", Bytes().text(head).raw({0, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 9}),
       "malformed", "a list is longer"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto result = decode_beacon(bytes_of(c.bytes));
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().code, c.code);
    EXPECT_NE(result.error().message.find(c.message), std::string::npos) << result.error().message;
  }
}

TEST(DecodeBeacon, RefusesEveryBeaconCutShort) {
  const std::string bytes = encode_beacon(sample_beacon());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    const auto result = decode_beacon(bytes_of(std::string_view(bytes).substr(0, n)));
    ASSERT_FALSE(result.ok()) << n;
    ASSERT_EQ(result.error().code, "malformed") << n;
  }
}

TEST(DecodeBeacon, SurvivesChangedBytes) {
  const std::string good = encode_beacon(sample_beacon());
  std::mt19937 random(1);
  int accepted = 0;
  for (int i = 0; i < 20'000; ++i) {
    std::string bad = good;
    for (int n = 0; n < 3; ++n) bad[random() % bad.size()] = static_cast<char>(random());
    const auto result = decode_beacon(bytes_of(bad));
    if (!result.ok()) continue;
    ++accepted;
    // What was accepted is within the limits, so it can be sent on.
    ASSERT_TRUE(decode_beacon(bytes_of(encode_beacon(*result))).ok());
  }
  EXPECT_GT(accepted, 0);
}

TEST(DecodeBeacon, SkipsFieldsThatALaterVersionAppended) {
  // beacon_id zero, ..., drops empty, then two fields we do not know.
  const std::string bytes =
      Bytes().text("PW").raw({1, 0, 13, 0, 0, 0, 0, 0, 0, 0, 5, 1, 0, 0, 99, 98});
  const Beacon beacon = decoded(bytes);
  EXPECT_EQ(beacon.rules_hash, 5u);
  EXPECT_TRUE(beacon.replayed);
}

TEST(DecodeBeacon, ReadsMissingTrailingFieldsAsZero) {
  const Beacon beacon = decoded(Bytes().text("PW").raw({1, 1, 6, 'a', 'b', 'c', 3, 0, 0, 1}));
  EXPECT_EQ(beacon.sdk_version, "abc");
  EXPECT_EQ(beacon.release, "");
  EXPECT_TRUE(beacon.page_views.empty());
}

TEST(DecodeBeacon, TakesUnknownEnumValuesAsTheDefault) {
  Beacon beacon = sample_beacon(0);
  beacon.page_views[0].navigation_type = static_cast<NavigationType>(7);
  beacon.page_views[0].vitals.lcp_missing = static_cast<MissingReason>(200);
  beacon.drops[0].reason = static_cast<DropReason>(99);
  const Beacon back = decoded(encode_beacon(beacon));
  EXPECT_EQ(back.page_views[0].navigation_type, NavigationType::kNavigate);
  EXPECT_EQ(back.page_views[0].vitals.lcp_missing, MissingReason::kNone);
  EXPECT_EQ(back.drops[0].reason, DropReason::kReportedByClient);
}

TEST(DecodeBeacon, DoesNotUnfoldASmallBodyIntoALargeOne) {
  // One string of 8 KB, named by every field of every tag of every event.
  Beacon beacon;
  beacon.page_views.emplace_back();
  const std::string text(limits::kMessageBytes, 'x');
  for (std::size_t i = 0; i < limits::kEventsPerPageView; ++i) {
    BrowserEvent event;
    event.tags.assign(limits::kTags, {text, text});
    beacon.page_views[0].events.push_back(event);
  }
  const std::string bytes = encode_beacon(beacon);
  EXPECT_LT(bytes.size(), 20'000u);
  const auto result = decode_beacon(bytes_of(bytes));
  ASSERT_FALSE(result.ok());
  EXPECT_NE(result.error().message.find("unfolds"), std::string::npos) << result.error().message;
}

TEST(LonePageView, IsReadAgainFromWhatWasSent) {
  const std::string written = encode_beacon(sample_beacon());
  for (const std::string& bytes : {written, std::string(pack_beacon(written))}) {
    std::string as_sent;
    const auto beacon = decode_beacon(bytes_of(bytes), &as_sent);
    ASSERT_TRUE(beacon.ok());
    ASSERT_EQ(beacon->page_views.size(), 1u);
    const auto view = decode_lone_page_view(as_sent);
    ASSERT_TRUE(view.ok()) << view.error().message;
    EXPECT_EQ(*view, beacon->page_views.front());
    const auto plain = unpacked(as_sent);
    ASSERT_TRUE(plain.ok()) << plain.error().message;
    EXPECT_EQ(*plain, written.substr(sizeof kBeaconMagic));
  }
}

TEST(LonePageView, OfABodyThatUnpacksToFarMoreThanBeaconsDoIsNotKept) {
  Beacon beacon = sample_beacon(1);
  for (int i = 0; i < 50; ++i) {
    auto& crumb = beacon.page_views[0].breadcrumbs.emplace_back();
    crumb.index = static_cast<std::uint32_t>(100 + i);
    crumb.message = std::string(4'000, 'a') + std::to_string(i);
  }
  const std::string written = encode_beacon(beacon);
  const std::string packed = pack_beacon(written);
  ASSERT_GT(written.size(), packed.size() * 8);
  std::string as_sent;
  ASSERT_TRUE(decode_beacon(bytes_of(packed), &as_sent).ok());
  EXPECT_EQ(as_sent, "");
  ASSERT_TRUE(decode_beacon(bytes_of(written), &as_sent).ok());
  EXPECT_TRUE(decode_lone_page_view(as_sent).ok());
}

TEST(LonePageView, IsNotReadWhereThereAreTwoOrNone) {
  for (const std::size_t views : {0u, 2u}) {
    Beacon beacon = sample_beacon(1);
    beacon.page_views.resize(views, beacon.page_views.front());
    std::string as_sent;
    ASSERT_TRUE(decode_beacon(bytes_of(encode_beacon(beacon)), &as_sent).ok());
    const auto view = decode_lone_page_view(as_sent);
    ASSERT_FALSE(view.ok());
    EXPECT_EQ(view.error().code, "malformed");
  }
  const std::string packed = std::string(pack_beacon(encode_beacon(sample_beacon()))).substr(2);
  const struct {
    std::string as_sent;
    const char* code;
  } kBad[] = {{"", "malformed"},
              {"\x01", "malformed"},
              {"\x02", "malformed"},
              {packed.substr(0, packed.size() - 1), "malformed"},
              {"\x07" + packed.substr(1), "unknown_version"}};
  for (const auto& bad : kBad) {
    const auto view = decode_lone_page_view(bad.as_sent);
    ASSERT_FALSE(view.ok());
    EXPECT_EQ(view.error().code, bad.code);
  }
  for (const auto& bad : {kBad[0], kBad[2], kBad[3], kBad[4]}) {
    EXPECT_EQ(unpacked(bad.as_sent).error().code, bad.code);
  }
}

TEST(PageViewCodec, ComesBackAsItWasStored) {
  const PageView view = test::sample_page_view();
  const auto back = decode_page_view(bytes_of(encode_page_view(view)));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, view);
}

TEST(PageViewCodec, KeepsListsThatAreLongerThanABeaconMayHold) {
  PageView view = test::sample_page_view(0);
  view.breadcrumbs.resize(limits::kBreadcrumbs * 3);
  for (std::uint32_t i = 0; i < view.breadcrumbs.size(); ++i) view.breadcrumbs[i].index = i;
  const auto back = decode_page_view(bytes_of(encode_page_view(view)));
  ASSERT_TRUE(back.ok());
  EXPECT_EQ(*back, view);
}

TEST(PageViewCodec, RefusesDamagedBytes) {
  const std::string bytes = encode_page_view(test::sample_page_view());
  EXPECT_EQ(decode_page_view({}).error().code, "malformed");
  EXPECT_EQ(decode_page_view(bytes_of("\x02")).error().code, "unknown_version");
  for (std::size_t n = 1; n < bytes.size(); ++n) {
    ASSERT_FALSE(decode_page_view(bytes_of(std::string_view(bytes).substr(0, n))).ok()) << n;
  }
}

}  // namespace
}  // namespace pagewake
