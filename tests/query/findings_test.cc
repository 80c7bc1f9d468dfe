// Each rule: when it speaks, what it says, and that it is silent one step before.
#include "query/findings.h"

#include <gtest/gtest.h>

#include <functional>

#include "query/report_records.h"

namespace pagewake::query {
namespace {

// Twenty fast visits and ten slow ones that `slow` shapes.
PageReport report_with(const std::function<void(model::PageViewRecord&, model::Records&)>& slow) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 30; ++n) {
    auto record = view(n, n <= 20 ? 1000 : 4000);
    record.view.url = "https://shop.example/p";
    NavigationTiming timing;
    timing.request_start_ms = 10;
    record.view.timing = timing;
    Attribution& why = record.view.attribution;
    why.lcp_time_to_first_byte_ms = 400;
    why.lcp_resource_load_delay_ms = n <= 20 ? 200 : 150;
    why.lcp_resource_load_duration_ms = n <= 20 ? 200 : 150;
    why.lcp_element_render_delay_ms = n <= 20 ? 200 : 3300;
    if (n > 20) slow(record, records);
    records.page_views.push_back(std::move(record));
  }
  return report_of(records);
}

// Slow visits lose what is left of their 4 s to one part.
void lose(model::PageViewRecord& record, double ttfb, double delay, double load, double render) {
  Attribution& why = record.view.attribution;
  why.lcp_time_to_first_byte_ms = ttfb;
  why.lcp_resource_load_delay_ms = delay;
  why.lcp_resource_load_duration_ms = load;
  why.lcp_element_render_delay_ms = render;
}

void add_image(model::PageViewRecord& record, const char* initiator, std::uint64_t bytes) {
  Resource image;
  image.url = "https://shop.example/img/hero-7.jpg";
  image.initiator_type = initiator;
  image.transfer_bytes = bytes;
  image.response_end_ms = 2000;
  record.view.attribution.lcp_url = image.url;
  record.view.resources.push_back(image);
}

const Finding* find(const PageReport& report, const std::string& rule) {
  for (const Finding& finding : report.findings) {
    if (finding.rule == rule) return &finding;
  }
  return nullptr;
}

void expect_says(const PageReport& report, const std::string& rule,
                 const std::vector<std::string>& parts) {
  const Finding* finding = find(report, rule);
  ASSERT_NE(finding, nullptr) << rule;
  for (const std::string& part : parts) {
    EXPECT_NE(finding->text.find(part), std::string::npos) << part << "\n" << finding->text;
  }
}

TEST(Findings, AnLcpImageThatIsFoundLateSaysWhoNamesIt) {
  const struct {
    const char *initiator, *why;
  } cases[] = {{"css", "it is set by CSS"},
               {"img", "lazy-loaded"},
               {"fetch", "a script asks for it"},
               {"link", "its preload comes late"},
               {"other", "not in the HTML"}};
  for (const auto& c : cases) {
    SCOPED_TRACE(c.initiator);
    const auto report = report_with([&](auto& record, auto&) {
      lose(record, 400, 900, 150, 2550);
      add_image(record, c.initiator, 20'000);
    });
    expect_says(report, "lcp_image_found_late", {"`hero-:id.jpg`", "900 ms late", "100 %", c.why});
  }
  const auto early = report_with([](auto& record, auto&) {
    lose(record, 400, 190, 150, 3260);
    add_image(record, "css", 20'000);
  });
  EXPECT_EQ(find(early, "lcp_image_found_late"), nullptr);
}

TEST(Findings, AHeavyLcpImage) {
  const auto report = report_with([](auto& record, auto&) {
    lose(record, 400, 100, 3000, 500);
    add_image(record, "img", 1'200'000);
  });
  expect_says(report, "heavy_lcp_image", {"1.2 MB", "3.0 s"});
  const auto light = report_with([](auto& record, auto&) {
    lose(record, 400, 100, 3000, 500);
    add_image(record, "img", 40'000);
  });
  EXPECT_EQ(find(light, "heavy_lcp_image"), nullptr);
}

TEST(Findings, LateRenderNamesTheFileThatBlocksIt) {
  expect_says(report_with([](auto&, auto&) {}), "late_render", {"3.3 s later"});
  const auto blocked = report_with([](auto& record, auto&) {
    add_image(record, "img", 1000);
    Resource style;
    style.index = 1;
    style.url = "https://shop.example/slow.css";
    style.render_blocking = true;
    style.response_end_ms = 3500;
    record.view.resources.push_back(style);
  });
  expect_says(blocked, "render_blocked", {"`slow.css` blocks rendering"});
  EXPECT_EQ(find(blocked, "late_render"), nullptr);
}

TEST(Findings, RedirectsAndConnecting) {
  expect_says(report_with([](auto& record, auto&) {
                lose(record, 1400, 150, 150, 2300);
                record.view.timing->redirect_end_ms = 800;
                record.view.timing->request_start_ms = 1000;
              }),
              "redirects", {"100 % of the slow visits are redirected", "800 ms"});
  expect_says(report_with([](auto& record, auto&) {
                lose(record, 1400, 150, 150, 2300);
                record.view.timing->connect_end_ms = 700;
                record.view.timing->domain_lookup_end_ms = 100;
                record.view.timing->request_start_ms = 1000;
              }),
              "slow_connect", {"800 ms"});
}

void add_backend(model::PageViewRecord& record, model::Records& records, const std::string& op,
                 const std::string& name, std::uint64_t runs, std::int64_t each_us) {
  const std::uint64_t n = record.view.page_view_id.bytes[PageViewId::kBytes - 1];
  lose(record, 1800, 150, 150, 1900);
  record.view.server_span_id = id<SpanId>(n * 100);
  records.spans.push_back(
      span(n, n * 100, 0, 100'000, std::int64_t(runs) * each_us + 20'000, "GET /p", "http.server"));
  for (std::uint64_t i = 0; i < runs; ++i) {
    records.spans.push_back(
        span(n, n * 100 + 1 + i, n * 100, 110'000 + std::int64_t(i) * each_us, each_us, name, op));
  }
}

TEST(Findings, TheBackendSpanThatSlowVisitsWaitFor) {
  const struct {
    const char *rule, *op, *name;
    std::uint64_t runs;
    std::int64_t each_us;
    const char* says;
  } cases[] = {
      {"slow_query", "db", "SELECT * FROM products WHERE id = 7", 1, 800'000,
       "wait for `SELECT * FROM products WHERE id = ?`: 800 ms each"},
      {"repeated_query", "db", "SELECT * FROM products WHERE id = 7", 20, 40'000, "in 20 runs"},
      {"slow_call", "http.client", "GET https://stock.example/", 1, 800'000, "wait for the call"},
      {"slow_handler", "template.render", "render product.html", 1, 800'000, "own work in shop"},
  };
  for (const auto& c : cases) {
    SCOPED_TRACE(c.rule);
    const auto report = report_with([&](auto& record, auto& records) {
      add_backend(record, records, c.op, c.name, c.runs, c.each_us);
    });
    expect_says(report, c.rule, {"100 % of the slow visits", c.says});
    EXPECT_EQ(find(report, "no_backend_joined"), nullptr);
  }
  EXPECT_EQ(find(report_with([](auto& record, auto& records) {
                   add_backend(record, records, "db", "SELECT 1", 1, 150'000);
                 }),
                 "slow_query"),
            nullptr);
}

TEST(Findings, ASlowServerWithoutATraceAsksForOne) {
  expect_says(report_with([](auto& record, auto&) { lose(record, 1800, 150, 150, 1900); }),
              "no_backend_joined", {"1.8 s", "OpenTelemetry"});
}

TEST(Findings, ASlowInteractionNamesItsTargetAndItsScript) {
  const auto with_inp = [](double inp_ms) {
    return report_with([inp_ms](auto& record, auto&) {
      record.view.vitals.inp_ms = inp_ms;
      Attribution& why = record.view.attribution;
      why.inp_target = "#buy";
      why.inp_type = "pointer";
      why.inp_longest_script_url = "https://shop.example/shop.js";
      why.inp_longest_script_function = "onBuy";
      why.inp_longest_script_ms = 310;
    });
  };
  expect_says(with_inp(420), "slow_interaction",
              {"`#buy` only after 420 ms", "`onBuy` in `shop.js`", "310 ms"});
  EXPECT_EQ(find(with_inp(190), "slow_interaction"), nullptr);
}

TEST(Findings, ALayoutShiftNamesItsSource) {
  const auto with_cls = [](double cls) {
    return report_with([cls](auto& record, auto&) {
      record.view.vitals.cls = cls;
      record.view.attribution.cls_largest_shift_target = "div.banner";
      record.view.attribution.cls_largest_shift_value = cls;
    });
  };
  expect_says(with_cls(0.31), "layout_shift", {"`div.banner` moves by 0.31", "100 %"});
  EXPECT_EQ(find(with_cls(0.05), "layout_shift"), nullptr);
}

TEST(Findings, AThirdPartysScriptsThatKeepThePageBusy) {
  const auto report = report_with([](auto& record, auto&) {
    LongFrame frame;
    frame.duration_ms = frame.script_ms = 420;
    frame.script_url = "https://ads.test/tag.js";
    record.view.long_frames.push_back(frame);
    frame.index = 1;
    frame.script_url = "https://static.shop.example/own.js";
    record.view.long_frames.push_back(frame);
  });
  expect_says(report, "busy_third_party", {"`ads.test`", "420 ms"});
  ASSERT_EQ(report.third_parties.size(), 1u) << "its own hosts are no third parties";
  ASSERT_EQ(report.frame_scripts.size(), 2u);
}

TEST(Findings, ASliceThatIsMuchSlowerThanTheLargestOther) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 60; ++n) {
    auto record = view(n, n <= 40 ? 1000 : 4000);
    record.view.device.effective_connection_type = n <= 40 ? "4g" : "3g";
    records.page_views.push_back(record);
  }
  expect_says(report_of(records), "slow_slice",
              {"connection `3g` (33 %)", "4.0 times as late as `4g`"});
  for (auto& record : records.page_views) record.view.device.effective_connection_type = "4g";
  EXPECT_EQ(find(report_of(records), "slow_slice"), nullptr);
}

TEST(Findings, VisitsThatFail) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 40; ++n) {
    records.page_views.push_back(view(n, 1000));
    records.page_views.back().view.error_count = n % 4 == 0;
  }
  expect_says(report_of(records), "errors", {"25 % of the visits"});
}

TEST(Findings, SaysNothingOfAHandfulOfVisits) {
  model::Records records;
  for (std::uint64_t n = 1; n <= 4; ++n) {
    auto record = view(n, 9000);
    record.view.timing = NavigationTiming{};
    records.page_views.push_back(record);
  }
  EXPECT_TRUE(report_of(records).findings.empty());
}

TEST(Findings, LargestImpactFirst) {
  const auto report = report_with([](auto& record, auto& records) {
    add_backend(record, records, "db", "SELECT 1", 1, 800'000);
  });
  ASSERT_GE(report.findings.size(), 2u);
  for (std::size_t i = 1; i < report.findings.size(); ++i) {
    EXPECT_GE(report.findings[i - 1].impact_ms, report.findings[i].impact_ms);
  }
}

}  // namespace
}  // namespace pagewake::query
