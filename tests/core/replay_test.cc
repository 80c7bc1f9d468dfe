#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>

#include "base/limits.h"
#include "core/error_limiter.h"
#include "core/recorder.h"
#include "log_builder.h"
#include "wire/beacon.h"
#include "wire/explain.h"
#include "wire/page_name.h"
#include "wire/signal_log.h"

namespace pagewake {
namespace {

using nlohmann::json;
using test::Log;
using ::testing::ElementsAre;

const std::string kBeacon(32, 'b');

Log head(double already_sent = 0) {
  Log log;
  log.add("log", 1, kBeacon, 1'700'000'010'000.0, already_sent);
  return log;
}

std::vector<std::filesystem::path> recorded_logs() {
  std::vector<std::filesystem::path> paths;
  for (const auto& entry :
       std::filesystem::directory_iterator(PAGEWAKE_SOURCE_DIR "/tests/cases/signals")) {
    if (entry.path().extension() == ".json") paths.push_back(entry.path());
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

std::string text_of(const std::filesystem::path& path) {
  std::ifstream in(path);
  std::ostringstream out;
  out << in.rdbuf();
  return out.str();
}

TEST(ReplaySignalLog, GivesTheRecordThatThePageWouldHaveSent) {
  ASSERT_GE(recorded_logs().size(), 5u);
  for (const auto& path : recorded_logs()) {
    SCOPED_TRACE(path.filename());
    const std::string log = text_of(path);
    const auto replayed = replay_signal_log(log);
    ASSERT_TRUE(replayed.ok()) << replayed.error().message;
    Recorder recorder;
    ASSERT_TRUE(recorder.feed(log).ok());
    const json parsed = json::parse(log);
    const Beacon flushed = recorder.flush(*parse_id<BeaconId>(parsed[0][2].get<std::string>()),
                                          parsed[0][3].get<std::int64_t>());
    const std::string bytes = encode_beacon(flushed);
    auto sent = decode_beacon({reinterpret_cast<const std::byte*>(bytes.data()), bytes.size()});
    ASSERT_TRUE(sent.ok());
    Beacon expected = *sent;
    EXPECT_FALSE(expected.page_views.empty());
    expected.replayed = true;
    EXPECT_EQ(encode_beacon(replayed.value().beacon), encode_beacon(expected));
    EXPECT_EQ(replayed.value().skipped, 0u);
  }
}

TEST(ReplaySignalLog, MergesACumulativeLogIntoTheWholeRecord) {
  for (const auto& path : recorded_logs()) {
    SCOPED_TRACE(path.filename());
    const json log = json::parse(text_of(path));
    std::map<PageViewId, PageView> merged;
    for (std::size_t n = 2; n <= log.size(); n += 1 + log.size() / 7) {
      json part(log.begin(), log.begin() + static_cast<std::ptrdiff_t>(n));
      const auto replayed = replay_signal_log(part.dump());
      ASSERT_TRUE(replayed.ok());
      for (const PageView& view : replayed.value().beacon.page_views) {
        const auto [at, is_new] = merged.try_emplace(view.page_view_id, view);
        if (!is_new) merge_page_view(at->second, view);
      }
    }
    const auto whole = replay_signal_log(log.dump());
    for (const PageView& view : whole.value().beacon.page_views) {
      PageView& have = merged[view.page_view_id];
      merge_page_view(have, view);
      EXPECT_EQ(have, view);
    }
  }
}

TEST(ReplaySignalLog, RefusesWhatIsNoRawLog) {
  const struct {
    const char* name;
    std::string text, code;
  } cases[] = {
      {"empty text", "", "malformed"},
      {"an empty log", "[]", "malformed"},
      {"no head", Log().init().view(1).text(), "malformed"},
      {"a later version", R"([["log",2,")" + kBeacon + R"(",1]])", "unknown_version"},
      {"no beacon id", R"([["log",1,"",1]])", "malformed"},
      {"a zero beacon id", R"([["log",1,")" + std::string(32, '0') + R"(",1]])", "malformed"},
      {"cut short", R"([["log",1,")" + kBeacon + R"(",1],["init")", "malformed"},
      {"a nesting bomb", R"([["log",1,")" + kBeacon + R"(",1],["init",)" + std::string(99, '['),
       "nesting_too_deep"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    const auto replayed = replay_signal_log(c.text);
    ASSERT_FALSE(replayed.ok());
    EXPECT_EQ(replayed.error().code, c.code);
  }
}

TEST(ReplaySignalLog, CountsUnknownKindsAndDropsOnlyOnce) {
  Log log = head();
  log.init().view(1).add("drop", 1, 15, 2).add("telepathy", 2);
  const auto first = replay_signal_log(log.text());
  ASSERT_TRUE(first.ok());
  EXPECT_TRUE(first.value().beacon.replayed);
  EXPECT_EQ(to_hex(first.value().beacon.beacon_id), kBeacon);
  EXPECT_EQ(first.value().beacon.sent_at_unix_ms, 1'700'000'010'000);
  EXPECT_EQ(first.value().skipped, 1u);
  EXPECT_THAT(first.value().beacon.drops, ElementsAre(ClientDrop{DropReason::kIgnored, 2}));

  Log more = head(4);  // the four signals above were delivered
  more.init().view(1).add("drop", 1, 15, 2).add("telepathy", 2).add("drop", 3, 16, 5);
  const auto second = replay_signal_log(more.text());
  ASSERT_TRUE(second.ok());
  EXPECT_THAT(second.value().beacon.drops, ElementsAre(ClientDrop{DropReason::kRepeated, 5}));
  EXPECT_GT(second.value().beacon.page_views[0].revision,
            first.value().beacon.page_views[0].revision);
}

// One "entry" signal as js-shim/src/transport/early_send.ts writes it.
json entry(const std::vector<std::pair<std::string, json>>& fields) {
  json signal = {"entry", 900.0};
  for (const auto& [key, value] : fields) {
    signal.push_back(key);
    signal.push_back(value);
  }
  return signal;
}

json paint_entry(double ms) {
  return entry({{"entryType", "paint"}, {"name", "first-contentful-paint"}, {"startTime", ms}});
}

const std::string kAllTypes =
    "event,first-input,largest-contentful-paint,layout-shift,navigation,paint,visibility-state";

// The visitor was gone before the late part had come: the browser's own
// entries say what its signals would have said.
TEST(ReplaySignalLog, ReadsPerformanceEntriesOfAnEarlyLeaver) {
  Log log = head();
  log.init().view(1).add("hidden", 890.5).add("end", 890.6).add(entry({{"types", kAllTypes}}));
  log.add(paint_entry(176.2))
      .add(entry({{"entryType", "paint"}, {"name", "first-paint"}, {"startTime", 100}}))
      .add(entry({{"entryType", "largest-contentful-paint"},
                  {"startTime", 300.5},
                  {"renderTime", 300.5},
                  {"size", 2628},
                  {"url", "https://shop.example/hero.png?token=abc"},
                  {"id", "hero"}}))
      .add(entry({{"entryType", "layout-shift"},
                  {"startTime", 400},
                  {"value", 0.125},
                  {"hadRecentInput", 0}}))
      .add(entry({{"entryType", "layout-shift"},
                  {"startTime", 500},
                  {"value", 0.5},
                  {"hadRecentInput", 1}}))
      .add(entry({{"entryType", "first-input"},
                  {"name", "pointerdown"},
                  {"startTime", 450},
                  {"duration", 56},
                  {"processingStart", 452},
                  {"processingEnd", 480},
                  {"interactionId", 3421}}))
      .add(entry({{"entryType", "long-animation-frame"},
                  {"startTime", 440},
                  {"duration", 60},
                  {"blockingDuration", 10}}))
      .add(entry({{"entryType", "navigation"},
                  {"responseStart", 46.2},
                  {"responseStatus", 404},
                  {"domInteractive", 73.9},
                  {"domComplete", 0},
                  {"nextHopProtocol", "h2"}}))
      .add(entry({{"entryType", "visibility-state"}, {"name", "visible"}, {"startTime", 0}}))
      .add(entry({{"entryType", "mark"}, {"name", "x"}, {"startTime", 1}}));
  const auto replayed = replay_signal_log(log.text());
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed.value().skipped, 0u);
  const PageView& view = replayed.value().beacon.page_views.at(0);
  EXPECT_EQ(view.vitals.fcp_ms, 176.2);
  EXPECT_EQ(view.vitals.lcp_ms, 300.5);
  EXPECT_EQ(view.attribution.lcp_target, "#hero");
  EXPECT_EQ(view.attribution.lcp_url, "https://shop.example/hero.png");
  EXPECT_EQ(view.vitals.cls, 0.125);
  EXPECT_EQ(view.vitals.inp_ms, 56);
  EXPECT_EQ(view.attribution.inp_load_state, "dom-interactive");
  EXPECT_EQ(view.vitals.ttfb_ms, 46.2);
  ASSERT_TRUE(view.timing.has_value());
  EXPECT_EQ(view.timing->response_status, 404);
  EXPECT_EQ(view.timing->next_hop_protocol, "h2");
  EXPECT_EQ(view.timing->redirect_start_ms, 0);
  ASSERT_EQ(view.long_frames.size(), 1u);
  EXPECT_EQ(view.long_frames[0].blocking_ms, 10);
  EXPECT_FALSE(view.hidden_at_start);
  EXPECT_TRUE(view.final);
}

TEST(ReplaySignalLog, EntriesKnowWhatTheBrowserCannotReportAndWhenThePageWasHidden) {
  const auto hidden_at = [](double ms) {
    return entry({{"entryType", "visibility-state"}, {"name", "hidden"}, {"startTime", ms}});
  };
  const struct {
    const char* name;
    std::string types;
    std::vector<json> entries;
    MissingReason fcp, lcp, cls;
  } cases[] = {
      {"Firefox has no layout-shift",
       "event,first-input,largest-contentful-paint,navigation,paint",
       {paint_entry(100)},
       MissingReason::kNone,
       MissingReason::kLeftEarly,
       MissingReason::kUnsupported},
      {"WebKitGTK has paints only",
       "navigation,paint",
       {paint_entry(100)},
       MissingReason::kNone,
       MissingReason::kUnsupported,
       MissingReason::kUnsupported},
      {"loaded in the background, whatever order the browser says it in",
       kAllTypes,
       {paint_entry(100), hidden_at(0)},
       MissingReason::kHiddenFirst,
       MissingReason::kHiddenFirst,
       MissingReason::kHiddenFirst},
      {"hidden before the paint",
       kAllTypes,
       {paint_entry(100), hidden_at(50)},
       MissingReason::kLeftEarly,
       MissingReason::kLeftEarly,
       MissingReason::kLeftEarly},
      {"nothing painted",
       kAllTypes,
       {},
       MissingReason::kLeftEarly,
       MissingReason::kLeftEarly,
       MissingReason::kLeftEarly},
      {"nonsense",
       "",
       {json{"entry", 1, "x"}, json{"entry", 1}, entry({{"entryType", "paint"}})},
       MissingReason::kUnsupported,
       MissingReason::kUnsupported,
       MissingReason::kUnsupported},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Log log = head();
    log.init().view(1).add("hidden", 800).add("end", 800).add(entry({{"types", c.types}}));
    for (const json& one : c.entries) log.add(one);
    const auto replayed = replay_signal_log(log.text());
    ASSERT_TRUE(replayed.ok());
    const Vitals& vitals = replayed.value().beacon.page_views.at(0).vitals;
    EXPECT_EQ(vitals.fcp_missing, c.fcp);
    EXPECT_EQ(vitals.lcp_missing, c.lcp);
    EXPECT_EQ(vitals.cls_missing, c.cls);
  }
}

TEST(ReplaySignalLog, KeepsTheStartOfALogThatIsTooLong) {
  std::string text =
      R"([["log",1,")" + kBeacon + R"(",1],["init",1],["view",0,")" + Log::hex(1, 16) + "\"]";
  for (int i = 0; i < 10'000; ++i) text += ",[\"visible\",1]";
  const auto replayed = replay_signal_log(text + "]");
  ASSERT_TRUE(replayed.ok());
  EXPECT_EQ(replayed.value().beacon.page_views.size(), 1u);
  EXPECT_THAT(replayed.value().beacon.drops, ElementsAre(ClientDrop{DropReason::kTruncated, 1}));
}

TEST(ReplaySignalLog, SurvivesHostileNumbersAndTypes) {
  const char* kinds[] = {"init",        "view",     "device", "nav",          "paint",
                         "lcp",         "shift",    "event",  "interactions", "input",
                         "loaf",        "resource", "error",  "crumb",        "span",
                         "page",        "user",     "tag",    "hidden",       "visible",
                         "unsupported", "drop",     "cost",   "end",          "entry"};
  const json values[] = {0,
                         -1,
                         1,
                         1e300,
                         -1e300,
                         1e18,
                         4294967296.0,
                         0.5,
                         "",
                         "x",
                         "://",
                         ",,,",
                         nullptr,
                         std::string(32, 'a'),
                         std::string(16, 'b'),
                         std::string(10'000, 'y')};
  std::mt19937 random(3);
  for (int round = 0; round < 300; ++round) {
    Log log = head();
    log.init().view(1);
    for (int i = 0; i < 60; ++i) {
      json signal = json::array({kinds[random() % std::size(kinds)], values[random() % 8]});
      for (std::size_t n = random() % 26; n > 0; --n)
        signal.push_back(values[random() % std::size(values)]);
      log.add(signal);
    }
    const auto replayed = replay_signal_log(log.text());
    ASSERT_TRUE(replayed.ok()) << replayed.error().message;
  }
}

// However a log is cut into feeds, flushes and lost beacons: merged, the
// beacons say what one flush at the end says.
TEST(Recorder, SentInPiecesSaysTheSameAsSentAtOnce) {
  std::mt19937 random(11);
  for (const auto& path : recorded_logs()) {
    SCOPED_TRACE(path.filename());
    const json log = json::parse(text_of(path));
    Recorder whole;
    ASSERT_TRUE(whole.feed(log.dump()).ok());
    const Beacon expected = whole.flush(BeaconId{}, 5);
    for (int round = 0; round < 60; ++round) {
      Recorder recorder;
      std::map<PageViewId, PageView> merged;
      std::map<DropReason, std::uint32_t> drops;
      std::string session;
      for (std::size_t at = 0; at < log.size();) {
        const std::size_t n = std::min<std::size_t>(1 + random() % 12, log.size() - at);
        const auto begin = log.begin() + static_cast<std::ptrdiff_t>(at);
        ASSERT_TRUE(recorder.feed(json(begin, begin + static_cast<std::ptrdiff_t>(n)).dump()).ok());
        at += n;
        if (at < log.size() && random() % 2 == 0) continue;
        const Beacon beacon = recorder.flush(BeaconId{}, 5);
        if (at < log.size() && random() % 3 == 0) {
          recorder.unflush();
          if (random() % 2 == 0) continue;  // lost; otherwise it did arrive after all
        } else {
          for (const ClientDrop& drop : beacon.drops) drops[drop.reason] += drop.count;
        }
        for (const PageView& view : beacon.page_views) {
          const auto [place, is_new] = merged.try_emplace(view.page_view_id, view);
          if (!is_new) merge_page_view(place->second, view);
        }
      }
      ASSERT_EQ(merged.size(), expected.page_views.size());
      for (PageView view : expected.page_views) {
        PageView have = merged[view.page_view_id];
        merge_page_view(view, view);  // the order of lists that a merge gives
        explain(have);                // as whoever decodes a beacon does
        have.revision = view.revision;
        have.sdk_cost = view.sdk_cost;  // as of the last upload with news
        ASSERT_EQ(encode_beacon({.page_views = {have}}), encode_beacon({.page_views = {view}}));
      }
      for (const ClientDrop& drop : expected.drops) ASSERT_EQ(drops[drop.reason], drop.count);
    }
  }
}

TEST(PageName, FoldsIds) {
  const struct {
    const char *url, *page;
  } cases[] = {
      {"https://shop.example/product/42?x=1#y", "/product/:id"},
      {"https://shop.example", "/"},
      {"https://shop.example/", "/"},
      {"https://shop.example?x=/a/b", "/"},
      {"/relative/7", "/relative/:id"},
      {"", "/"},
      {"https://a.example/u/123e4567-e89b-12d3-a456-426614174000/edit", "/u/:id/edit"},
      {"https://a.example/o/507f1f77bcf86cd799439011", "/o/:id"},
      {"https://a.example/n/V1StGXR8_Z5jdHi6B-myT", "/n/:id"},
      {"https://a.example/blog/2024-summer-collection", "/blog/2024-summer-collection"},
      {"https://a.example/docs/v2/", "/docs/v2"},
      {"https://a.example/facade", "/facade"},
      {"https://a.example/go?to=https://b.example/9", "/go"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.url);
    EXPECT_EQ(page_name_of(c.url), c.page);
  }
}

TEST(ErrorLimiter, TellsErrorsApartByTypeValueAndPlace) {
  ErrorLimiter limiter;
  int id = 0;
  const auto keep = [&](const char* type, const char* value, int line) {
    Log log;
    ++id;
    log.add("error", id, Log::hex(id, 16), "onerror", 0, "error", "", "https://a.example/", "", 1,
            type, value, "", "a.js", line, 1);
    bool kept = false;
    struct Context {
      ErrorLimiter& limiter;
      bool& kept;
    } context{limiter, kept};
    EXPECT_TRUE(parse_signal_log(log.text(), {&context,
                                              [](void* self, const Signal& signal) {
                                                auto& to = *static_cast<Context*>(self);
                                                to.kept = to.limiter.keep(signal);
                                              }})
                    .ok());
    return kept;
  };
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(keep("E", "v", 1));
  EXPECT_FALSE(keep("E", "v", 1));
  EXPECT_TRUE(keep("E", "v", 2));
  EXPECT_TRUE(keep("E", "w", 1));
  EXPECT_TRUE(keep("F", "v", 1));
  EXPECT_TRUE(keep("Ev", "", 1));
}

TEST(ReplaySignalLog, OfAnErrorInALoopTheFirstFewAreKeptAndAllCounted) {
  Log log = head();
  log.init().view(1);
  for (int i = 0; i < 20; ++i) log.error(10 + i, 100 + i);
  log.error(50, 200, "TypeError", "another");
  const auto replayed = replay_signal_log(log.text());
  ASSERT_TRUE(replayed.ok());
  const Beacon& beacon = replayed.value().beacon;
  EXPECT_EQ(replayed.value().skipped, 0u);
  EXPECT_EQ(beacon.page_views[0].events.size(), limits::kSameErrorPerPageView + 1);
  EXPECT_EQ(beacon.page_views[0].error_count, 21u);
  EXPECT_THAT(beacon.drops, ElementsAre(ClientDrop{DropReason::kRepeated, 15}));
}

}  // namespace
}  // namespace pagewake
