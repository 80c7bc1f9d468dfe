#include "core/vital_tracker.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "core/attribution.h"

namespace pagewake {
namespace {

using ::testing::Optional;

TEST(LcpTracker, KeepsTheLastCandidateBeforeInputOrHiding) {
  struct Step {
    enum { kCandidate, kInput, kHidden } what;
    double ms;
  };
  const struct {
    const char* name;
    std::vector<Step> steps;
    double lcp_ms;  // -1: none
  } cases[] = {
      {"none", {}, -1},
      {"one", {{Step::kCandidate, 500}}, 500},
      {"the last of several", {{Step::kCandidate, 500}, {Step::kCandidate, 900}}, 900},
      {"none after input",
       {{Step::kCandidate, 500}, {Step::kInput, 700}, {Step::kCandidate, 900}},
       500},
      {"late delivery of one before input", {{Step::kInput, 700}, {Step::kCandidate, 600}}, 600},
      {"the first input counts",
       {{Step::kInput, 700}, {Step::kInput, 950}, {Step::kCandidate, 900}},
       -1},
      {"none after hiding", {{Step::kHidden, 400}, {Step::kCandidate, 500}}, -1},
      {"not at the moment of hiding", {{Step::kHidden, 500}, {Step::kCandidate, 500}}, -1},
      {"hiding afterwards takes nothing back",
       {{Step::kCandidate, 500}, {Step::kHidden, 600}},
       500},
      {"hidden from the start", {{Step::kHidden, -kNever}, {Step::kCandidate, 0}}, -1},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    LcpTracker tracker;
    for (const Step& step : c.steps) {
      if (step.what == Step::kCandidate) {
        LcpCandidate candidate;
        candidate.start_ms = step.ms;
        tracker.candidate(candidate);
      }
      if (step.what == Step::kInput) tracker.input(step.ms);
      if (step.what == Step::kHidden) tracker.hidden(step.ms);
    }
    ASSERT_EQ(tracker.value().has_value(), c.lcp_ms >= 0);
    if (tracker.value()) {
      EXPECT_EQ(tracker.value()->start_ms, c.lcp_ms);
    }
  }
}

TEST(ClsTracker, IsTheLargestSessionWindow) {
  struct Step {
    double ms, value;
    bool input = false;
  };
  const struct {
    const char* name;
    std::vector<Step> shifts;
    double cls;
    double largest_ms;  // -1: none
  } cases[] = {
      {"no shift", {}, 0, -1},
      {"one", {{100, 0.25}}, 0.25, 100},
      {"within a second they add up", {{100, 0.25}, {1099, 0.5}}, 0.75, 1099},
      {"a second apart they do not", {{100, 0.25}, {1100, 0.5}}, 0.5, 1100},
      {"a window ends after five seconds",
       {{0, 0.125},
        {900, 0.125},
        {1800, 0.125},
        {2700, 0.125},
        {3600, 0.125},
        {4500, 0.125},
        {5000, 0.125}},
       0.75,
       4500},
      {"the earlier window stays the larger", {{100, 0.5}, {5000, 0.25}}, 0.5, 100},
      {"a later window may become the larger",
       {{100, 0.25}, {5000, 0.125}, {5500, 0.25}},
       0.375,
       5500},
      {"after input does not count", {{100, 0.25}, {200, 0.5, true}}, 0.25, 100},
      {"of equal shifts the later is the largest", {{100, 0.25}, {200, 0.25}}, 0.5, 200},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    ClsTracker tracker;
    for (const Step& step : c.shifts) tracker.shift({step.ms, step.value, "div"}, step.input);
    EXPECT_EQ(tracker.value(), c.cls);
    ASSERT_EQ(tracker.largest() != nullptr, c.largest_ms >= 0);
    if (tracker.largest() != nullptr) {
      EXPECT_EQ(tracker.largest()->start_ms, c.largest_ms);
    }
  }
}

EventEntry event(double id, double start_ms, double duration_ms) {
  EventEntry entry;
  entry.interaction_id = id;
  entry.start_ms = start_ms;
  entry.duration_ms = duration_ms;
  entry.processing_start_ms = start_ms + 10;
  entry.processing_end_ms = start_ms + duration_ms - 10;
  entry.name = "pointerdown";
  entry.target = "#t" + std::to_string(static_cast<int>(id));
  return entry;
}

TEST(InpTracker, IsAHighPercentileOfTheInteractions) {
  const struct {
    const char* name;
    std::vector<double> durations_ms;  // one interaction each
    double interactions;
    bool restarted;
    double inp_ms;  // -1: none
  } cases[] = {
      {"none", {}, 0, false, -1},
      {"counted, but a document load reports the first input anyway", {}, 3, false, -1},
      {"counted, too short to report, after a soft navigation", {}, 1, true, 8},
      {"none after a soft navigation", {}, 0, true, -1},
      {"the longest of a few", {48, 200, 120}, 3, false, 200},
      {"of 49 still the longest", {48, 200, 120}, 49, false, 200},
      {"of 50 the second longest", {48, 200, 120}, 50, false, 120},
      {"of 100 the third longest", {48, 200, 120}, 100, false, 48},
      {"no further than there are", {48, 200, 120}, 1000, false, 48},
      {"of eleven the shortest is forgotten",
       {40, 48, 56, 64, 72, 80, 88, 96, 104, 112, 120},
       5000,
       false,
       48},
      {"a count that went backwards", {48, 200}, -5, false, 200},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    InpTracker tracker;
    double id = 1;
    for (const double duration : c.durations_ms) {
      tracker.event(event(id, 1000 * id, duration));
      ++id;
    }
    const auto inp = tracker.value(c.interactions, c.restarted);
    ASSERT_EQ(inp.has_value(), c.inp_ms >= 0);
    if (inp) {
      EXPECT_EQ(inp->latency_ms, c.inp_ms);
    }
  }
}

TEST(InpTracker, CountsTheLongestEventOfAnInteraction) {
  InpTracker tracker;
  EventEntry down = event(5, 1000, 80);
  down.target = "";
  EventEntry up = event(5, 1100, 160);
  up.name = "pointerup";
  up.target = "#late";
  EventEntry click = event(5, 1100, 160);
  click.name = "click";
  for (const auto& entry : {down, up, click}) tracker.event(entry);
  const auto inp = tracker.value(1, false);
  ASSERT_TRUE(inp.has_value());
  EXPECT_EQ(inp->latency_ms, 160);
  EXPECT_EQ(inp->start_ms, 1100);
  EXPECT_EQ(*inp->name, "pointerup");
  EXPECT_EQ(*inp->target, "#late");
}

TEST(InpTracker, MeasuresPhasesOverAllEventsOfTheFrame) {
  InpTracker tracker;
  EventEntry over = event(0, 990, 210);  // no interaction, painted in the same frame
  over.processing_start_ms = 1005;
  over.processing_end_ms = 1190;
  EventEntry down = event(5, 1000, 204);
  down.processing_start_ms = 1040;
  down.processing_end_ms = 1100;
  EventEntry other = event(6, 1000, 100);  // painted earlier: another frame
  other.processing_start_ms = 1001;
  for (const auto& entry : {over, down, other}) tracker.event(entry);
  const auto inp = tracker.value(2, false);
  ASSERT_TRUE(inp.has_value());
  EXPECT_EQ(inp->frame_processing_start_ms, 1005);
  EXPECT_EQ(inp->frame_processing_end_ms, 1190);
}

TEST(InpTracker, RemembersTheFramesOfTheLongestInteractions) {
  InpTracker tracker;
  tracker.event(event(1, 1000, 400));
  for (int i = 0; i < 1000; ++i) tracker.event(event(0, 10'000 + i * 100, 40));
  const auto inp = tracker.value(1, false);
  ASSERT_TRUE(inp.has_value());
  EXPECT_EQ(inp->frame_processing_start_ms, 1010);
  EXPECT_EQ(inp->frame_processing_end_ms, 1390);
}

TEST(LoadState, FollowsTheDocument) {
  const DocumentTimes loaded{true, 100, 500, 510, 1000};
  const struct {
    const char* name;
    DocumentTimes document;
    double t_ms;
    const char* state;
  } cases[] = {
      {"before interactive", loaded, 499, "loading"},
      {"interactive", loaded, 500, "dom-interactive"},
      {"content loaded", loaded, 510, "dom-content-loaded"},
      {"complete", loaded, 1000, "complete"},
      {"not interactive yet", {true, 100, 0, 0, 0}, 900, "loading"},
      {"content not loaded yet", {true, 100, 500, 0, 0}, 900, "dom-interactive"},
      {"not complete yet", {true, 100, 500, 510, 0}, 900, "dom-content-loaded"},
      {"no navigation entry", {}, 5, "complete"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    EXPECT_EQ(load_state(c.document, c.t_ms), c.state);
  }
}

TEST(AttributeLcp, SplitsLcpIntoFourPartsThatAddUp) {
  const struct {
    const char* name;
    LcpContext context;
    std::optional<LoadedResource> resource;
    double ttfb, delay, duration, render;
  } cases[] = {
      {"text", {800, 0, 100, true}, std::nullopt, 100, 0, 0, 700},
      {"an image", {800, 0, 100, true}, LoadedResource{0, 300, 700}, 100, 200, 400, 100},
      {"asked for before the first byte (early hints)",
       {800, 0, 100, true},
       LoadedResource{0, 50, 400},
       100,
       0,
       300,
       400},
      {"there before the first byte",
       {800, 0, 100, true},
       LoadedResource{0, 20, 60},
       100,
       0,
       0,
       700},
      {"a video that goes on loading",
       {800, 0, 100, true},
       LoadedResource{0, 300, 5000},
       100,
       200,
       500,
       0},
      {"prerendered", {400, 500, 100, true}, LoadedResource{0, 600, 700}, 0, 100, 100, 200},
      {"prerendered, the image before activation",
       {10, 500, 100, true},
       LoadedResource{0, 300, 400},
       0,
       0,
       0,
       10},
      {"soft navigation",
       {600, 10'000, 0, true},
       LoadedResource{0, 10'100, 10'400},
       0,
       100,
       300,
       200},
      {"no navigation entry", {800, 0, 0, false}, LoadedResource{0, 300, 700}, 0, 0, 0, 800},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Attribution out;
    attribute_lcp(c.context, c.resource ? &*c.resource : nullptr, out);
    EXPECT_THAT(out.lcp_time_to_first_byte_ms, Optional(c.ttfb));
    EXPECT_THAT(out.lcp_resource_load_delay_ms, Optional(c.delay));
    EXPECT_THAT(out.lcp_resource_load_duration_ms, Optional(c.duration));
    EXPECT_THAT(out.lcp_element_render_delay_ms, Optional(c.render));
    EXPECT_EQ(c.ttfb + c.delay + c.duration + c.render, c.context.lcp_ms);
  }
}

TEST(FindLcpResource, TakesTheLatestOfItsUrlThatWasAskedForBeforeThePaint) {
  const std::uint64_t hero = hash_url("hero.webp");
  const std::vector<LoadedResource> resources = {
      {hero, 100, 200}, {hash_url("other.js"), 110, 210}, {hero, 300, 400}, {hero, 900, 950}};
  LcpCandidate lcp;
  lcp.start_ms = 800;
  lcp.url = "hero.webp";
  lcp.url_hash = hero;
  ASSERT_NE(find_lcp_resource(resources, lcp), nullptr);
  EXPECT_EQ(find_lcp_resource(resources, lcp)->response_end_ms, 400);
  lcp.start_ms = 50;
  EXPECT_EQ(find_lcp_resource(resources, lcp), nullptr);
  lcp.start_ms = 800;
  lcp.url = "";
  EXPECT_EQ(find_lcp_resource(resources, lcp), nullptr);
}

InpCandidate interaction(double start_ms, double duration_ms, double processing_start_ms,
                         double processing_end_ms) {
  static const std::string name = "pointerdown", target = "#buy";
  InpCandidate inp;
  inp.latency_ms = inp.duration_ms = duration_ms;
  inp.has_entry = true;
  inp.start_ms = start_ms;
  inp.frame_processing_start_ms = processing_start_ms;
  inp.frame_processing_end_ms = processing_end_ms;
  inp.name = &name;
  inp.target = &target;
  return inp;
}

TEST(AttributeInp, SplitsInpIntoThreePhasesThatAddUp) {
  const struct {
    const char* name;
    InpCandidate inp;
    double delay, processing, presentation;
  } cases[] = {
      {"usual", interaction(1000, 200, 1010, 1150), 10, 140, 50},
      {"another event was still being processed", interaction(1000, 200, 900, 1150), 0, 150, 50},
      {"an alert outlasts the event", interaction(1000, 200, 1010, 9000), 10, 190, 0},
      {"the paint seems to come before the processing", interaction(1000, 8, 1012, 1015), 12, 0, 0},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.name);
    Attribution out;
    attribute_inp(c.inp, 400, {}, out);
    EXPECT_THAT(out.inp_time_ms, Optional(600));
    EXPECT_THAT(out.inp_input_delay_ms, Optional(c.delay));
    EXPECT_THAT(out.inp_processing_duration_ms, Optional(c.processing));
    EXPECT_THAT(out.inp_presentation_delay_ms, Optional(c.presentation));
    EXPECT_EQ(out.inp_target, "#buy");
    EXPECT_EQ(out.inp_type, "pointer");
  }
}

}  // namespace
}  // namespace pagewake
