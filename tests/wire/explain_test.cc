#include "wire/explain.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "wire/beacon.h"

namespace pagewake {
namespace {

using ::testing::DoubleNear;
using ::testing::Optional;

// An interaction at 1000, processed from 1010 to 1150, painted at 1200.
PageView clicked(List<LongFrame> frames) {
  PageView view;
  view.vitals.inp_ms = 200;
  view.attribution.inp_time_ms = 1000;
  view.attribution.inp_input_delay_ms = 10;
  view.attribution.inp_processing_duration_ms = 140;
  view.attribution.inp_presentation_delay_ms = 50;
  view.long_frames = std::move(frames);
  return view;
}

LongFrame frame(double start_ms, double duration_ms, double style_and_layout_start_ms,
                List<LongFrameScript> scripts) {
  LongFrame out;
  out.start_ms = start_ms;
  out.duration_ms = duration_ms;
  out.style_and_layout_start_ms = style_and_layout_start_ms;
  out.scripts = std::move(scripts);
  return out;
}

LongFrameScript script(const char* url, double start_ms, double duration_ms, double forced_ms = 0) {
  return {url, "f", "timer", 7, start_ms, duration_ms, forced_ms};
}

TEST(Explain, NamesTheLongestScriptOfEachFrame) {
  PageView view = clicked({frame(10, 90, 0, {script("a.js", 12, 20), script("b.js", 40, 50)})});
  explain(view);
  EXPECT_EQ(view.long_frames[0].script_url, "b.js");
  EXPECT_EQ(view.long_frames[0].script_ms, 50);
  EXPECT_EQ(view.attribution.inp_longest_script_ms, std::nullopt);  // long before the click
}

TEST(Explain, NamesTheScriptThatOverlapsTheInteractionMost) {
  PageView view = clicked({
      frame(500, 100, 0, {script("over.js", 510, 80)}),
      frame(900, 150, 0, {script("before.js", 910, 130)}),  // 40 ms of it after the click
      frame(1050, 140, 1140, {script("handler.js", 1060, 50, 10), script("short.js", 1111, 20)}),
      frame(1160, 300, 0, {script("after.js", 1170, 280)}),  // begins after the processing
  });
  explain(view);
  const Attribution& why = view.attribution;
  EXPECT_EQ(why.inp_longest_script_url, "handler.js");
  EXPECT_EQ(why.inp_longest_script_function, "f");
  EXPECT_EQ(why.inp_longest_script_invoker, "timer");
  EXPECT_EQ(why.inp_longest_script_char_position, 7u);
  EXPECT_EQ(why.inp_longest_script_subpart, "processing-duration");
  EXPECT_THAT(why.inp_longest_script_ms, Optional(50));
  // Forced style and layout is no script: 40 + 40 + 20, and 50 + 10.
  EXPECT_THAT(why.inp_total_script_ms, Optional(DoubleNear(100, 1e-9)));
  EXPECT_THAT(why.inp_total_style_and_layout_ms, Optional(DoubleNear(60, 1e-9)));
  EXPECT_THAT(why.inp_total_paint_ms, Optional(DoubleNear(10, 1e-9)));
  EXPECT_THAT(why.inp_total_unattributed_ms, Optional(DoubleNear(30, 1e-9)));
}

TEST(Explain, SaysInWhichPhaseTheScriptBegan) {
  const struct {
    double start_ms;
    const char* subpart;
  } cases[] = {{995, "input-delay"},
               {1009.9, "input-delay"},
               {1010, "processing-duration"},
               {1149.9, "processing-duration"},
               {1150, "presentation-delay"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.start_ms);
    PageView view = clicked({frame(990, 400, 0, {script("a.js", c.start_ms, 60)})});
    explain(view);
    EXPECT_EQ(view.attribution.inp_longest_script_subpart, c.subpart);
  }
}

TEST(Explain, LeavesAloneWhatAnOlderSenderSaid) {
  LongFrame old;
  old.start_ms = 990;
  old.duration_ms = 300;
  old.script_url = "old.js";
  PageView view = clicked({old});
  view.attribution.inp_longest_script_url = "old.js";
  const PageView before = view;
  explain(view);
  EXPECT_EQ(view, before);
}

// The frame is in one beacon, the interaction in the next.
TEST(Explain, PutsTogetherWhatCameInDifferentBeacons) {
  PageView first;
  first.revision = 1;
  first.long_frames = {frame(1005, 160, 0, {script("handler.js", 1010, 130)})};
  PageView second = clicked({});
  second.revision = 2;
  for (const bool in_order : {true, false}) {
    PageView merged = in_order ? first : second;
    merge_page_view(merged, in_order ? second : first);
    EXPECT_EQ(merged.attribution.inp_longest_script_url, "handler.js");
    EXPECT_THAT(merged.attribution.inp_longest_script_ms, Optional(130));
  }
}

TEST(Explain, IsPartOfReadingABeacon) {
  Beacon beacon;
  beacon.page_views = {clicked({frame(1005, 160, 0, {script("handler.js", 1010, 130)})})};
  const Text bytes = encode_beacon(beacon);
  const auto read = decode_beacon(std::as_bytes(std::span(bytes.data(), bytes.size())));
  ASSERT_TRUE(read.ok());
  EXPECT_EQ(read.value().page_views[0].attribution.inp_longest_script_subpart,
            "processing-duration");
}

}  // namespace
}  // namespace pagewake
