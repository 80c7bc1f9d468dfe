#include "visits.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdio>

namespace pagewake::bench {
namespace {

constexpr std::size_t kVisitorsThere = 400, kPages = 100, kProducts = 500;
// Of the 30 resources of a page. Files are numbered: those of every page, then
// two of each page, then the pictures of the products.
constexpr std::size_t kSharedFiles = 13, kPageFiles = 2, kPictures = 12, kRequests = 3;
constexpr std::size_t kFirstPicture = kSharedFiles + kPages * kPageFiles;
constexpr double kMeanViewsASession = 3.5;
constexpr double kStaysCached = 0.95;

template <typename T, std::size_t N>
struct Shares {  // of what there is, in percent
  std::array<std::pair<T, unsigned>, N> of;
  const T& at(std::uint64_t percent) const {
    std::size_t i = 0;
    for (std::uint64_t sum = of[0].second; sum <= percent && i + 1 < N; sum += of[i].second) ++i;
    return of[i].first;
  }
};

struct Browser {
  const char *name, *os, *device;
  const char* versions[3];
  double clock_step_ms;
  bool tells_connection;
};
constexpr Shares<Browser, 8> kBrowsers = {{{
    {{"Chrome", "Android", "mobile", {"141", "142", "140"}, 0.1, true}, 42},
    {{"Safari", "iOS", "mobile", {"26.1", "18.6", "26.0"}, 1, false}, 19},
    {{"Chrome", "Windows", "desktop", {"142", "141", "139"}, 0.1, true}, 19},
    {{"Edge", "Windows", "desktop", {"142", "141", "140"}, 0.1, true}, 6},
    {{"Chrome", "macOS", "desktop", {"142", "141", "140"}, 0.1, true}, 5},
    {{"Firefox", "Windows", "desktop", {"145", "144", "140"}, 1, false}, 4},
    {{"Safari", "macOS", "desktop", {"26.1", "18.6", "26.0"}, 1, false}, 3},
    {{"Firefox", "Android", "mobile", {"145", "144", "143"}, 1, false}, 2},
}}};
struct Screen {
  std::uint32_t width_px, height_px, top_px;  // of the screen, the browser's own part
};
constexpr Shares<Screen, 10> kPhones = {{{
    {{360, 800, 116}, 20},
    {{412, 915, 131}, 18},
    {{393, 852, 193}, 14},
    {{390, 844, 180}, 14},
    {{384, 854, 120}, 9},
    {{414, 896, 182}, 7},
    {{430, 932, 192}, 7},
    {{393, 873, 127}, 5},
    {{375, 812, 177}, 4},
    {{360, 640, 80}, 2},
}}};
constexpr Shares<Screen, 7> kDesktops = {{{
    {{1920, 1080, 137}, 42},
    {{1536, 864, 135}, 19},
    {{1366, 768, 133}, 12},
    {{1440, 900, 127}, 9},
    {{2560, 1440, 138}, 9},
    {{1280, 720, 129}, 5},
    {{1728, 1117, 131}, 4},
}}};
struct Country {
  const char *name, *language;
};
constexpr Shares<Country, 8> kCountries = {{{{{"DE", "de-DE"}, 30},
                                             {{"FR", "fr-FR"}, 16},
                                             {{"US", "en-US"}, 15},
                                             {{"GB", "en-GB"}, 12},
                                             {{"PL", "pl-PL"}, 9},
                                             {{"IN", "en-IN"}, 7},
                                             {{"BR", "pt-BR"}, 6},
                                             {{"JP", "ja-JP"}, 5}}}};

template <typename T>
T random_id(std::mt19937_64& random) {
  T id;
  for (auto& byte : id.bytes) byte = static_cast<std::uint8_t>(random());
  return id;
}

// What a file is, from its number alone.
struct File {
  std::string url;
  const char* type;
  std::uint64_t encoded_bytes, decoded_bytes;
};

File file_of(std::size_t number) {
  std::mt19937_64 own(number * 2'654'435'761u + 17);
  const auto drawn = [&own](double median, double sigma) {
    return static_cast<std::uint64_t>(
        std::lognormal_distribution<double>(std::log(median), sigma)(own));
  };
  char hash[9];
  std::snprintf(hash, sizeof hash, "%08x", static_cast<unsigned>(own()));
  const std::string at = "https://shop.example/static/";
  if (number >= kFirstPicture) {
    const std::uint64_t bytes = 900 + drawn(14'000, 0.7);
    return {at + "media/" + hash + ".webp", "img", bytes, bytes};
  }
  if (number >= kSharedFiles) {
    const std::size_t page = (number - kSharedFiles) / kPageFiles;
    if ((number - kSharedFiles) % kPageFiles == 0) {
      const std::uint64_t bytes = 4'000 + drawn(60'000, 0.5);
      return {at + "media/hero." + hash + ".jpg", "img", bytes, bytes};
    }
    const std::uint64_t bytes = 500 + drawn(9'000, 0.8);
    return {at + "js/" + std::to_string(page) + "." + hash + ".js", "script", bytes,
            bytes * 3 + own() % 500};
  }
  constexpr struct {
    const char *folder, *name, *type, *ending;
  } kShared[kSharedFiles] = {
      {"css/", "base", "link", ".css"},      {"css/", "shop", "link", ".css"},
      {"js/", "runtime", "script", ".js"},   {"js/", "vendor", "script", ".js"},
      {"js/", "app", "script", ".js"},       {"js/", "cart", "script", ".js"},
      {"fonts/", "text", "css", ".woff2"},   {"fonts/", "bold", "css", ".woff2"},
      {"media/", "logo", "img", ".svg"},     {"media/", "icons", "img", ".svg"},
      {"media/", "footer", "img", ".webp"},  {"js/", "reviews", "script", ".js"},
      {"media/", "payment", "img", ".webp"},
  };
  const auto& shared = kShared[number];
  const std::uint64_t bytes = 700 + drawn(18'000, 0.9);
  const bool packed = shared.ending == std::string(".js") || shared.ending == std::string(".css") ||
                      shared.ending == std::string(".svg");
  return {at + shared.folder + shared.name + "." + hash + shared.ending, shared.type, bytes,
          packed ? bytes * 3 + own() % 900 : bytes};
}

double stepped(double ms, double step) { return std::round(ms / step) * step; }

void add_error(PageView& view, std::mt19937_64& random) {
  constexpr const char* kMessages[] = {"Cannot read properties of undefined (reading 'price')",
                                       "cart is null", "Failed to fetch",
                                       "x.map is not a function"};
  const std::size_t which = random() % 4;
  BrowserEvent& event = view.events.emplace_back();
  event.event_id = random_id<EventId>(random);
  event.occurred_at_unix_ms =
      view.started_at_unix_ms + 300 + static_cast<std::int64_t>(random() % 9'000);
  event.url = view.url;
  Exception& exception = event.exceptions.emplace_back();
  exception.type = which == 2 ? "FetchError" : "TypeError";
  exception.value = kMessages[which];
  exception.mechanism = "onerror";
  for (std::size_t i = 0; i < 8; ++i) {
    Frame& frame = exception.frames.emplace_back();
    frame.function = "handler" + std::to_string(which) + "_" + std::to_string(i);
    frame.filename = file_of(4).url;
    frame.line = 1;
    frame.column = static_cast<std::int32_t>(1'000 + 211 * i + 37 * which);
  }
  event.breadcrumbs = view.breadcrumbs;
  view.error_count = 1;
}

}  // namespace

VisitMaker::VisitMaker(std::uint64_t seed) : random_(seed) {}

bool VisitMaker::one_of(double share) {
  return static_cast<double>(below(1 << 20)) < share * (1 << 20);
}

double VisitMaker::lognormal(double median, double sigma) {
  return std::lognormal_distribution<double>(std::log(median), sigma)(random_);
}

VisitMaker::Visitor VisitMaker::arrival() {
  Visitor visitor;
  visitor.session = random_id<SessionId>(random_);
  const Browser& browser = kBrowsers.at(below(100));
  visitor.browser = browser.name;
  visitor.os = browser.os;
  visitor.browser_version = browser.versions[std::min(below(3), below(3))];
  visitor.clock_step_ms = browser.clock_step_ms;
  const Country& country = kCountries.at(below(100));
  visitor.country = country.name;
  visitor.round_trip_ms = lognormal(45, 0.6);
  visitor.bytes_per_ms = lognormal(1'500, 0.9);
  visitor.slowness = lognormal(1, 0.4);
  // Most clocks are set by the network; some are minutes off.
  visitor.skew_us = one_of(0.9) ? static_cast<std::int64_t>(below(400'000)) - 200'000
                                : static_cast<std::int64_t>(below(600'000'000)) - 300'000'000;
  Device& device = visitor.device;
  device.type = browser.device;
  device.language = one_of(0.9) ? country.language : "en-US";
  const bool phone = device.type == "mobile";
  const Screen& screen = phone ? kPhones.at(below(100)) : kDesktops.at(below(100));
  device.screen_width_px = device.viewport_width_px = screen.width_px;
  device.screen_height_px = screen.height_px;
  device.viewport_height_px = screen.height_px - screen.top_px;
  if (phone) {
    // Bars come and go.
    if (one_of(0.4)) device.viewport_height_px += static_cast<std::uint32_t>(8 * below(8));
  } else if (one_of(0.35)) {
    device.viewport_width_px -= static_cast<std::uint32_t>(below(screen.width_px / 2));
    device.viewport_height_px -= static_cast<std::uint32_t>(below(screen.height_px / 3));
  }
  if (browser.tells_connection) {
    device.effective_connection_type = visitor.round_trip_ms > 150 ? "3g" : "4g";
    device.rtt_ms = static_cast<std::uint32_t>(50 * std::lround(visitor.round_trip_ms / 50));
    device.downlink_kbps = static_cast<std::uint32_t>(
        std::min(10'000L, 50 * std::lround(visitor.bytes_per_ms * 8 / 50)));
    constexpr std::uint16_t kMemory[] = {8192, 8192, 8192, 4096, 4096, 2048};
    device.memory_mb_rounded = kMemory[below(std::size(kMemory))];
  }
  constexpr std::uint16_t kCores[] = {8, 8, 8, 8, 4, 4, 6, 12, 16, 2};
  device.cores = kCores[below(std::size(kCores))];
  return visitor;
}

void VisitMaker::fetch_resources(Visitor& visitor, std::size_t page, PageView& view) {
  struct Asked {
    std::size_t file;
    double start_ms;
  };
  std::vector<Asked> asked;
  double at_ms = *view.vitals.ttfb_ms + lognormal(4, 0.6);
  // What stands in the document's head, one close behind the other.
  for (std::size_t file = 0; file < kSharedFiles; ++file) {
    if (file == 6) at_ms += lognormal(25, 0.6);  // fonts: once the styles are there
    asked.push_back({file, at_ms += lognormal(0.8, 1)});
  }
  asked.push_back({kSharedFiles + page * kPageFiles, at_ms += lognormal(0.8, 1)});
  asked.push_back({kSharedFiles + page * kPageFiles + 1, at_ms += lognormal(0.8, 1)});
  // The product's pictures, which are the page's; then what others looked at.
  at_ms += lognormal(20, 0.8);
  for (std::size_t i = 0; i < kPictures; ++i) {
    const std::size_t product = i < 7 ? (page * 5 + i * 31) % kProducts : below(kProducts);
    asked.push_back({kFirstPicture + product, at_ms += lognormal(1.5, 1.1)});
  }
  std::vector<Resource> resources;
  const double step = visitor.clock_step_ms;
  const auto add = [&](double start_ms, double queued_ms, double waited_ms, double loaded_ms) {
    Resource& resource = resources.emplace_back();
    resource.next_hop_protocol = "h2";
    resource.response_status = 200;
    resource.start_ms = stepped(start_ms, step);
    resource.request_start_ms = stepped(start_ms + queued_ms, step);
    resource.response_start_ms = stepped(start_ms + queued_ms + waited_ms, step);
    resource.response_end_ms = stepped(start_ms + queued_ms + waited_ms + loaded_ms, step);
    return &resource;
  };
  for (const Asked& one : asked) {
    const File file = file_of(one.file);
    const auto known = std::lower_bound(visitor.cached.begin(), visitor.cached.end(), one.file);
    const bool was_fetched = known != visitor.cached.end() && *known == one.file;
    const bool from_cache = was_fetched && one_of(kStaysCached);
    const double slow = visitor.slowness;
    Resource* resource =
        from_cache ? add(one.start_ms, lognormal(0.5, 0.9) * slow, lognormal(1.2, 0.8) * slow,
                         lognormal(0.4, 0.9) * slow)
                   : add(one.start_ms, lognormal(2.5, 1.1) * slow,
                         visitor.round_trip_ms + lognormal(12, 0.8),
                         lognormal(0.5, 0.5) + static_cast<double>(file.encoded_bytes) /
                                                   visitor.bytes_per_ms * lognormal(1, 0.5));
    resource->url = file.url;
    resource->initiator_type = file.type;
    resource->transfer_bytes = from_cache ? 0 : file.encoded_bytes + 300;
    resource->encoded_body_bytes = file.encoded_bytes;
    resource->decoded_body_bytes = file.decoded_bytes;
    resource->render_blocking = one.file < 2;
    if (!was_fetched) visitor.cached.insert(known, one.file);
  }
  at_ms += lognormal(60, 0.7) * visitor.slowness;
  const std::string urls[kRequests] = {
      "https://shop.example/api/cart",
      "https://shop.example/api/items/" + std::to_string(1 + below(kProducts)),
      "https://shop.example/api/recommendations/" + std::to_string(page)};
  for (const std::string& url : urls) {
    at_ms += lognormal(15, 1);
    const auto encoded = static_cast<std::uint64_t>(120 + lognormal(1'800, 0.8));
    Resource* resource = add(at_ms, lognormal(2, 1), visitor.round_trip_ms + lognormal(40, 0.7),
                             lognormal(0.6, 0.8));
    resource->url = url;
    resource->initiator_type = "fetch";
    resource->encoded_body_bytes = encoded;
    resource->transfer_bytes = encoded + 300;
    resource->decoded_body_bytes =
        encoded + static_cast<std::uint64_t>(static_cast<double>(encoded) * lognormal(1.9, 0.2));
  }
  // The browser tells them in that order.
  std::stable_sort(resources.begin(), resources.end(),
                   [](const Resource& a, const Resource& b) { return a.start_ms < b.start_ms; });
  std::uint32_t index = 0;
  for (Resource& resource : resources) resource.index = index++;
  view.resources = std::move(resources);
}

// What the SDK makes of a fetch() call besides: a span and a breadcrumb.
void VisitMaker::add_request(PageView& view, const Resource& resource, double step) {
  BrowserSpan& span = view.spans.emplace_back();
  span.span_id = random_id<SpanId>(random_);
  span.parent_span_id = view.span_id;
  span.name = "GET " + resource.url.substr(resource.url.find("/api"));
  span.op = "http.client";
  span.start_ms = stepped(resource.start_ms - lognormal(0.3, 0.5), step);
  span.duration_ms = stepped(resource.response_end_ms - span.start_ms + lognormal(1, 0.8), step);
  span.http_status = 200;
  span.attributes = {{"http.request.method", "GET"}, {"url.full", resource.url}};
  Breadcrumb& crumb = view.breadcrumbs.emplace_back();
  crumb.at_unix_ms =
      view.started_at_unix_ms + static_cast<std::int64_t>(span.start_ms + span.duration_ms);
  crumb.type = "http";
  crumb.category = "fetch";
  crumb.level = "info";
  crumb.data = {{"method", "GET"}, {"url", resource.url}, {"status_code", "200"}};
}

// Vitals, why they are so, and the document's own times.
void VisitMaker::measure(const Visitor& visitor, PageView& view) {
  const double step = visitor.clock_step_ms, slow = visitor.slowness;
  const auto drawn = [&](double median, double sigma) {
    return stepped(lognormal(median, sigma), step);
  };
  const bool first = visitor.views == 0;
  NavigationTiming& timing = view.timing.emplace();
  timing.fetch_start_ms = drawn(first ? 4 : 2, 0.8);
  timing.domain_lookup_start_ms = timing.domain_lookup_end_ms = timing.connect_start_ms =
      timing.connect_end_ms = timing.fetch_start_ms;
  if (first) {
    timing.domain_lookup_end_ms += drawn(12, 0.9);
    timing.connect_start_ms = timing.domain_lookup_end_ms;
    timing.secure_connection_start_ms =
        timing.connect_start_ms + stepped(visitor.round_trip_ms * lognormal(1, 0.1), step);
    timing.connect_end_ms = timing.secure_connection_start_ms +
                            stepped(visitor.round_trip_ms * lognormal(1.1, 0.1), step);
  }
  timing.request_start_ms = timing.connect_end_ms + drawn(0.8, 0.8);
  timing.response_start_ms =
      timing.request_start_ms + stepped(visitor.round_trip_ms, step) + drawn(95, 0.6);
  timing.response_end_ms = timing.response_start_ms + drawn(15, 0.9);
  timing.dom_interactive_ms =
      timing.response_end_ms + stepped(180 * slow * lognormal(1, 0.4), step);
  timing.dom_content_loaded_ms = timing.dom_interactive_ms + drawn(12, 0.9);
  timing.dom_complete_ms = timing.dom_content_loaded_ms + drawn(700, 0.7);
  timing.load_event_end_ms = timing.dom_complete_ms + drawn(3, 0.9);
  timing.encoded_body_bytes = static_cast<std::uint64_t>(9'000 + lognormal(4'000, 0.5));
  timing.transfer_bytes = timing.encoded_body_bytes + 300;
  timing.decoded_body_bytes = timing.encoded_body_bytes * 4 + below(2'000);
  timing.response_status = 200;
  timing.next_hop_protocol = "h2";

  Vitals& vitals = view.vitals;
  Attribution& why = view.attribution;
  vitals.ttfb_ms = timing.response_start_ms;
  vitals.fcp_ms = *vitals.ttfb_ms + stepped(260 * slow * lognormal(1, 0.5), step);
  const double load_delay = drawn(110, 0.7);
  const double load_duration = stepped(90 + visitor.round_trip_ms * lognormal(1, 0.6), step);
  const double render_delay = stepped(140 * slow * lognormal(1, 0.8), step);
  vitals.lcp_ms = *vitals.ttfb_ms + load_delay + load_duration + render_delay;
  why.lcp_target = "main>div.product>img.hero";
  why.lcp_time_to_first_byte_ms = vitals.ttfb_ms;
  why.lcp_resource_load_delay_ms = load_delay;
  why.lcp_resource_load_duration_ms = load_duration;
  why.lcp_element_render_delay_ms = render_delay;
  vitals.lcp_missing = vitals.fcp_missing = vitals.ttfb_missing = vitals.cls_missing =
      vitals.inp_missing = MissingReason::kNone;
  vitals.cls = 0;
  if (one_of(0.6)) {
    vitals.cls = std::round(lognormal(0.02, 1.2) * 1e6) / 1e6;
    constexpr const char* kShifted[] = {"div.banner", "main>div.product>div.reviews",
                                        "footer>div.newsletter", "main>div.product>p.price"};
    why.cls_largest_shift_target = kShifted[below(4)];
    why.cls_load_state = one_of(0.5) ? "complete" : "dom-content-loaded";
    why.cls_largest_shift_time_ms = stepped(*vitals.fcp_ms + lognormal(600, 0.9), step);
    why.cls_largest_shift_value = one_of(0.5) ? *vitals.cls : std::round(*vitals.cls * 0.7e6) / 1e6;
  }
  if (one_of(0.65)) {
    // Chromium tells a duration in steps of 8 ms.
    vitals.inp_ms = 8 * std::ceil(lognormal(70, 0.8) * slow / 8);
    constexpr const char* kTouched[] = {"button.add-to-cart", "a.product",
                                        "nav>a.category",     "button.menu",
                                        "input.search",       "button.gallery-next"};
    why.inp_target = kTouched[std::min(below(6), below(6))];
    why.inp_type = one_of(0.93) ? "pointer" : "keyboard";
    why.inp_time_ms = drawn(9'000, 0.9);
    why.inp_input_delay_ms = std::min(drawn(3, 1.1), *vitals.inp_ms);
    why.inp_processing_duration_ms =
        std::min(drawn(25, 1), *vitals.inp_ms - *why.inp_input_delay_ms);
    why.inp_presentation_delay_ms =
        *vitals.inp_ms - *why.inp_input_delay_ms - *why.inp_processing_duration_ms;
    why.inp_load_state = one_of(0.85) ? "complete" : "dom-content-loaded";
  } else {
    vitals.inp_missing = MissingReason::kNoInteraction;
  }
}

Visit VisitMaker::next(std::int64_t received_at_unix_us, bool failed) {
  if (there_.size() < kVisitorsThere && (there_.empty() || one_of(0.5))) {
    there_.push_back(arrival());
  }
  Visitor& visitor = there_[below(there_.size())];
  const std::size_t page = below(kPages);

  Visit visit;
  visit.browser = visitor.browser;
  visit.browser_version = visitor.browser_version;
  visit.os = visitor.os;
  visit.country = visitor.country;
  visit.device_type = visitor.device.type;
  visit.page = "/product/" + std::to_string(page);
  visit.received_at_unix_us = received_at_unix_us + static_cast<std::int64_t>(below(1'000));
  const auto way_us =
      static_cast<std::int64_t>(1'000 * (visitor.round_trip_ms / 2 + lognormal(8, 0.8)));
  Beacon& beacon = visit.beacon;
  beacon.sent_at_unix_ms = (visit.received_at_unix_us - way_us - visitor.skew_us) / 1'000;
  visit.clock_skew_us = visit.received_at_unix_us - beacon.sent_at_unix_ms * 1'000;
  beacon.beacon_id = random_id<BeaconId>(random_);
  beacon.session_id = visitor.session;
  beacon.sdk_version = "0.1.0";
  beacon.release = "1.4.2";
  beacon.environment = "production";

  PageView& view = beacon.page_views.emplace_back();
  view.page_view_id = random_id<PageViewId>(random_);
  view.revision = static_cast<std::uint32_t>(40 + below(30));
  view.final = true;
  view.trace_id = random_id<TraceId>(random_);
  view.span_id = random_id<SpanId>(random_);
  view.url = "https://shop.example/product/" + std::to_string(page);
  if (one_of(0.12)) view.url += "?utm_campaign=c" + std::to_string(below(20));
  if (visitor.views > 0) {
    view.referrer = "https://shop.example/product/" + std::to_string(visitor.last_page);
  } else if (one_of(0.6)) {
    view.referrer = "https://www.google.com/";
  }
  view.title = "Product " + std::to_string(page) + " of the shop";
  view.duration_ms = stepped(3'000 + lognormal(22'000, 1), visitor.clock_step_ms);
  view.started_at_unix_ms = beacon.sent_at_unix_ms - static_cast<std::int64_t>(view.duration_ms) -
                            static_cast<std::int64_t>(below(3));
  measure(visitor, view);
  fetch_resources(visitor, page, view);
  for (const Resource& resource : view.resources) {
    if (resource.url.find("/media/hero.") != std::string::npos)
      view.attribution.lcp_url = resource.url;
  }
  Breadcrumb& came = view.breadcrumbs.emplace_back();
  came.at_unix_ms = view.started_at_unix_ms + static_cast<std::int64_t>(below(40));
  came.type = came.category = "navigation";
  came.level = "info";
  came.data = {{"from", view.referrer}, {"to", view.url}};
  for (const Resource& resource : view.resources) {
    if (resource.initiator_type == "fetch") add_request(view, resource, visitor.clock_step_ms);
  }
  if (!view.attribution.inp_target.empty()) {
    Breadcrumb& clicked = view.breadcrumbs.emplace_back();
    clicked.at_unix_ms =
        view.started_at_unix_ms + static_cast<std::int64_t>(*view.attribution.inp_time_ms);
    clicked.type = "user";
    clicked.category = "ui.click";
    clicked.level = "info";
    clicked.message = view.attribution.inp_target;
  }
  for (std::uint32_t i = 0; i < view.breadcrumbs.size(); ++i) view.breadcrumbs[i].index = i;
  view.device = visitor.device;
  view.device.type.clear();  // the server's to say
  view.sdk_cost.main_thread_ms = stepped(lognormal(14, 0.4) * visitor.slowness, 0.1);
  view.sdk_cost.core_load_ms =
      static_cast<std::uint32_t>(lognormal(visitor.views == 0 ? 120 : 25, 0.5));
  if (failed) add_error(view, random_);

  visitor.last_page = page;
  if (++visitor.views; one_of(1 / kMeanViewsASession)) {
    std::swap(visitor, there_.back());
    there_.pop_back();
  }
  return visit;
}

}  // namespace pagewake::bench
