// Page views as the storage benchmarks write them: of a hundred pages, with 30
// resources each. Those of visits (../visits.h), or such whose sizes and times
// are random, which is harder to compress than life is.
#pragma once

#include <stdlib.h>

#include <cstdlib>
#include <filesystem>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "model/records.h"
#include "visits.h"
#include "wire/beacon.h"

namespace pagewake::storage {

// Every visit has its own times and sizes.
inline void give_new_measurements(model::PageViewRecord& record, std::mt19937_64& random) {
  PageView& view = record.view;
  std::lognormal_distribution<double> lcp(7.5, 0.6);
  view.vitals.lcp_ms = lcp(random);
  view.vitals.cls = 0.01 * static_cast<double>(random() % 30);
  view.vitals.fcp_ms = *view.vitals.lcp_ms * 0.6;
  view.vitals.ttfb_ms = *view.vitals.lcp_ms * 0.2;
  view.timing.emplace().response_start_ms = *view.vitals.ttfb_ms;
  for (Resource& resource : view.resources) {
    const double jitter = 0.1 * static_cast<double>(random() % 400);
    resource.start_ms = 20.5 * resource.index + jitter;
    resource.request_start_ms = resource.start_ms + 1.25;
    resource.response_start_ms = resource.start_ms + 30 + jitter;
    resource.response_end_ms = resource.start_ms + 55.5 + 2 * jitter;
    resource.transfer_bytes = 10'000 + random() % 90'000;
    resource.encoded_body_bytes = resource.transfer_bytes - 300;
    resource.decoded_body_bytes = resource.transfer_bytes * 3;
  }
}

// The record's view becomes what the server has from the beacon that holds it,
// where nobody changed it: most page views are stored so (decision 0025).
inline void come_as(const std::string& bytes, model::PageViewRecord& record) {
  auto read = decode_beacon(std::as_bytes(std::span(bytes)), &record.as_sent);
  if (!read.ok()) std::abort();
  PageView view = std::move(read->page_views.front());
  view.page = record.view.page;
  view.device.type = record.view.device.type;
  record.view = std::move(view);
}

inline model::PageViewRecord record_of(const bench::Visit& visit) {
  model::PageViewRecord record;
  record.project = 1;
  record.session_id = visit.beacon.session_id;
  record.sdk_version = visit.beacon.sdk_version;
  record.release = visit.beacon.release;
  record.environment = visit.beacon.environment;
  record.browser = visit.browser;
  record.browser_version = visit.browser_version;
  record.os = visit.os;
  record.country = visit.country;
  record.received_at_unix_us = visit.received_at_unix_us;
  record.clock_skew_us = visit.clock_skew_us;
  record.view.page = visit.page;
  record.view.device.type = visit.device_type;
  come_as(pack_beacon(encode_beacon(visit.beacon)), record);  // as the SDK does
  return record;
}

inline void come_as_beacon(model::PageViewRecord& record) {
  Beacon beacon;
  beacon.session_id = record.session_id;
  beacon.sdk_version = record.sdk_version;
  beacon.release = record.release;
  beacon.environment = record.environment;
  beacon.sent_at_unix_ms = record.view.started_at_unix_ms;
  for (std::size_t i = 0; i < beacon.beacon_id.bytes.size(); ++i) {
    // As random as the page view's own.
    beacon.beacon_id.bytes[i] =
        static_cast<std::uint8_t>(record.view.page_view_id.bytes[i] * 167 + 13);
  }
  beacon.page_views.push_back(record.view);
  come_as(encode_beacon(beacon), record);
}

inline std::vector<model::PageViewRecord> make_views(std::size_t n) {
  std::mt19937_64 random(1);
  const char* browsers[] = {"Chrome", "Firefox", "Safari", "Edge"};
  const char* countries[] = {"DE", "FR", "US", "GB", "IN", "BR", "JP", "PL"};
  std::vector<model::PageViewRecord> out(n);
  for (std::size_t i = 0; i < n; ++i) {
    model::PageViewRecord& record = out[i];
    record.project = 1;
    record.browser = browsers[random() % 4];
    record.os = random() % 3 == 0 ? "Windows" : "Android";
    record.country = countries[random() % 8];
    record.release = "1.4.2";
    record.environment = "production";
    record.received_at_unix_us = 1'795'233'600'000'000;
    PageView& view = record.view;
    view.revision = 1;
    view.page = "/product/" + std::to_string(random() % 100);
    view.url = "https://shop.example/product/7";
    view.started_at_unix_ms = 1'795'233'600'000 + static_cast<std::int64_t>(i % 3'600'000);
    view.attribution.lcp_target = "main>img.hero";
    view.attribution.lcp_resource_load_delay_ms = 300;
    view.device.type = random() % 3 == 0 ? "desktop" : "mobile";
    view.device.effective_connection_type = "4g";
    for (std::uint32_t r = 0; r < 30; ++r) {
      Resource& resource = view.resources.emplace_back();
      resource.index = r;
      resource.url = "https://shop.example/static/chunk-" + std::to_string(r) + ".3f2a9c1b.js";
      resource.initiator_type = r % 3 == 0 ? "img" : "script";
      resource.next_hop_protocol = "h2";
      resource.response_status = 200;
    }
    give_new_measurements(record, random);
  }
  return out;
}

// Ids are random in life too.
inline void give_new_ids(model::PageViewRecord& record, std::mt19937_64& random) {
  for (auto& byte : record.view.page_view_id.bytes) byte = static_cast<std::uint8_t>(random());
  for (auto& byte : record.view.trace_id.bytes) byte = static_cast<std::uint8_t>(random());
  for (auto& byte : record.session_id.bytes) byte = static_cast<std::uint8_t>(random());
}

struct Folder {
  std::string path;
  Folder() {
    path = (std::filesystem::temp_directory_path() / "pagewake-bench-XXXXXX").string();
    if (mkdtemp(path.data()) == nullptr) abort();
  }
  ~Folder() { std::filesystem::remove_all(path); }
};

}  // namespace pagewake::storage
