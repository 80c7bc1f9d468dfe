// Writes the beacon that beacon_rps.sh sends: one page view of an ordinary
// page. Its ids are sixteen equal bytes, so that the load script finds them and
// makes each request a page view of its own.
#include <chrono>
#include <cstdio>
#include <string>

#include "wire/beacon.h"

namespace {

template <typename T>
T id_of(std::uint8_t byte) {
  T id;
  id.bytes.fill(byte);
  return id;
}

}  // namespace

int main() {
  using namespace pagewake;
  const auto now_ms = std::chrono::duration_cast<std::chrono::milliseconds>(
                          std::chrono::system_clock::now().time_since_epoch())
                          .count();
  Beacon beacon;
  beacon.beacon_id = id_of<BeaconId>(0xa1);
  beacon.session_id = id_of<SessionId>(0xa3);
  beacon.sdk_version = "0.1.0";
  beacon.release = "1.4.2";
  beacon.environment = "production";
  beacon.sent_at_unix_ms = now_ms;
  PageView& view = beacon.page_views.emplace_back();
  view.page_view_id = id_of<PageViewId>(0xa2);
  view.revision = 1;
  view.final = true;
  view.trace_id = id_of<TraceId>(0xa4);
  view.span_id = id_of<SpanId>(0xb1);
  view.url = "https://shop.example/product/7";
  view.page = "/product/:id";
  view.title = "A product";
  view.started_at_unix_ms = now_ms - 8000;
  view.duration_ms = 8000;
  view.vitals.lcp_ms = 2310.1;
  view.vitals.fcp_ms = 810.2;
  view.vitals.ttfb_ms = 320.5;
  view.vitals.cls = 0.0012;
  view.vitals.inp_ms = 120;
  view.vitals.lcp_missing = view.vitals.fcp_missing = view.vitals.ttfb_missing =
      view.vitals.cls_missing = view.vitals.inp_missing = MissingReason::kNone;
  view.attribution.lcp_target = "main>img.hero";
  view.attribution.lcp_url = "https://shop.example/static/hero.jpg";
  NavigationTiming& timing = view.timing.emplace();
  timing.fetch_start_ms = 1.2;
  timing.request_start_ms = 40.5;
  timing.response_start_ms = 320.5;
  timing.response_end_ms = 340.1;
  timing.dom_interactive_ms = 600;
  timing.dom_complete_ms = 2000;
  timing.load_event_end_ms = 2010;
  timing.response_status = 200;
  timing.next_hop_protocol = "h2";
  for (std::uint32_t i = 0; i < 20; ++i) {
    Resource& resource = view.resources.emplace_back();
    resource.index = i;
    resource.url = "https://shop.example/static/asset-" + std::to_string(i) + ".js";
    resource.initiator_type = "script";
    resource.next_hop_protocol = "h2";
    resource.start_ms = 350 + 10 * i;
    resource.request_start_ms = resource.start_ms + 2;
    resource.response_start_ms = resource.start_ms + 30;
    resource.response_end_ms = resource.start_ms + 45;
    resource.transfer_bytes = 12'345;
    resource.encoded_body_bytes = 12'045;
    resource.decoded_body_bytes = 40'000;
    resource.response_status = 200;
  }
  const std::string bytes = encode_beacon(beacon);
  return std::fwrite(bytes.data(), 1, bytes.size(), stdout) == bytes.size() ? 0 : 1;
}
