#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "base/limits.h"
#include "sample_beacon.h"
#include "wire/page_view.h"

namespace pagewake {
namespace {

using test::sample_page_view;

// The pieces of one page view as several beacons would carry them: scalars of
// their own revision, some of the list items, some of them in two pieces.
std::vector<PageView> pieces(std::mt19937& random, int count) {
  const PageView whole = sample_page_view(40);
  std::vector<PageView> out;
  for (int i = 0; i < count; ++i) {
    PageView piece = whole;
    piece.revision = static_cast<std::uint32_t>(i + 1);
    piece.duration_ms = 100.0 * i;
    piece.final = i == count - 2;
    piece.vitals.lcp_ms = 500.0 + i;
    const auto thin = [&](auto& list) {
      list.erase(
          std::remove_if(list.begin(), list.end(), [&](const auto&) { return random() % 3 != 0; }),
          list.end());
    };
    thin(piece.resources);
    thin(piece.breadcrumbs);
    thin(piece.events);
    thin(piece.spans);
    if (random() % 2 == 0) piece.timing.reset();
    out.push_back(std::move(piece));
  }
  return out;
}

PageView merged(std::vector<PageView> pieces) {
  PageView out = std::move(pieces[0]);
  for (std::size_t i = 1; i < pieces.size(); ++i) merge_page_view(out, std::move(pieces[i]));
  return out;
}

TEST(MergePageView, GivesTheSameInAnyOrderAndWithRepeats) {
  std::mt19937 random(7);
  for (int round = 0; round < 200; ++round) {
    std::vector<PageView> list = pieces(random, 2 + static_cast<int>(random() % 6));
    const PageView expected = merged(list);
    for (int again = 0; again < 5; ++again) {
      std::vector<PageView> shuffled = list;
      for (int i = 0; i < 3; ++i) shuffled.push_back(list[random() % list.size()]);
      std::shuffle(shuffled.begin(), shuffled.end(), random);
      // And any grouping: two halves merged on their own first.
      const std::size_t half = shuffled.size() / 2;
      PageView left =
          merged({shuffled.begin(), shuffled.begin() + static_cast<std::ptrdiff_t>(half)});
      merge_page_view(
          left, merged({shuffled.begin() + static_cast<std::ptrdiff_t>(half), shuffled.end()}));
      ASSERT_EQ(left, expected) << round;
    }
  }
}

TEST(MergePageView, TakesScalarsOfTheHigherRevision) {
  PageView old = sample_page_view(0), newer = sample_page_view(0);
  old.revision = 2;
  old.vitals.lcp_ms = 100;
  old.final = true;
  newer.revision = 3;
  newer.vitals.lcp_ms = 200;
  newer.final = false;
  newer.timing.reset();
  merge_page_view(newer, old);
  EXPECT_EQ(newer.revision, 3u);
  EXPECT_EQ(newer.vitals.lcp_ms, 200);
  EXPECT_TRUE(newer.final);
  EXPECT_TRUE(newer.timing.has_value());
}

TEST(MergePageView, HoldsTheLimitsOfAPageView) {
  PageView view = sample_page_view(0);
  view.breadcrumbs.clear();
  for (std::uint32_t revision = 2; revision < 12; ++revision) {
    PageView piece = sample_page_view(0);
    piece.revision = revision;
    piece.breadcrumbs.clear();
    for (std::uint32_t i = 0; i < 100; ++i) {
      Resource resource;
      resource.index = revision * 100 + i;
      piece.resources.push_back(resource);
      Breadcrumb crumb;
      crumb.index = revision * 100 + i;
      piece.breadcrumbs.push_back(crumb);
    }
    merge_page_view(view, piece);
  }
  ASSERT_EQ(view.resources.size(), limits::kResourcesPerPageView);
  EXPECT_EQ(view.resources.front().index, 200u);
  ASSERT_EQ(view.breadcrumbs.size(), limits::kBreadcrumbs);
  EXPECT_EQ(view.breadcrumbs.back().index, 1199u);
}

// web-vitals and Faro send a vital at a time, none knowing more than another.
TEST(MergePageView, VitalsOfOneRevisionAreUnited) {
  PageView lcp, cls, larger_cls;
  lcp.vitals.lcp_ms = 2500;
  lcp.vitals.lcp_missing = MissingReason::kNone;
  lcp.attribution.lcp_target = "#hero";
  cls.vitals.cls = 0.1;
  cls.vitals.cls_missing = MissingReason::kNone;
  cls.attribution.cls_largest_shift_target = "#early";
  larger_cls = cls;
  larger_cls.vitals.cls = 0.3;
  larger_cls.attribution.cls_largest_shift_target = "#late";
  std::vector<PageView> all{lcp, cls, larger_cls};
  std::vector<int> order{0, 1, 2};
  do {
    PageView out = all[static_cast<std::size_t>(order[0])];
    for (const int i : order) merge_page_view(out, all[static_cast<std::size_t>(i)]);
    EXPECT_EQ(out.vitals.lcp_ms, 2500);
    EXPECT_EQ(out.vitals.cls, 0.3);
    EXPECT_EQ(out.vitals.cls_missing, MissingReason::kNone);
    EXPECT_EQ(out.attribution.lcp_target, "#hero");
    EXPECT_EQ(out.attribution.cls_largest_shift_target, "#late");
    EXPECT_EQ(out.vitals.inp_missing, MissingReason::kNotYet);
  } while (std::next_permutation(order.begin(), order.end()));
}

// A reason is knowledge too: it does not yield to an older value.
TEST(MergePageView, AKnownReasonStays) {
  PageView newer, older;
  newer.revision = 2;
  newer.vitals.lcp_missing = MissingReason::kHiddenFirst;
  older.revision = 1;
  older.vitals.lcp_ms = 100;
  older.vitals.lcp_missing = MissingReason::kNone;
  merge_page_view(older, newer);
  EXPECT_EQ(older.vitals.lcp_ms, std::nullopt);
}

}  // namespace
}  // namespace pagewake
