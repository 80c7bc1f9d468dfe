// Pagewake's own protocol: the binary beacon and the raw signal log.
#include "wire/beacon.h"

#include <algorithm>
#include <limits>
#include <span>

#include "core/recorder.h"
#include "protocols/protocols.h"
#include "protocols/stack_text.h"

namespace pagewake::protocols {
namespace {

using model::Category;

// What kind of record the browser's core counts under a reason.
Category category_of(DropReason reason) {
  switch (reason) {
    case DropReason::kNoise:
    case DropReason::kIgnored:
    case DropReason::kRepeated:
      return Category::kEvent;
    case DropReason::kSampled:
      return Category::kPageView;
    case DropReason::kSendFailed:
      return Category::kRequest;
    default:
      return Category::kOther;
  }
}

std::uint32_t with_bytes(std::uint32_t sent_before, std::size_t body_bytes) {
  constexpr std::uint64_t kMost = std::numeric_limits<std::uint32_t>::max();
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(sent_before + body_bytes, kMost));
}

model::EventRecord event_from(const BrowserEvent& event, const PageView& view,
                              const Beacon& beacon) {
  model::EventRecord record;
  record.event_id = event.event_id;
  record.source = model::Source::kPagewake;
  record.platform = "javascript";
  record.level = event.level.empty() ? "error" : event.level;
  record.message = event.message;
  for (const pagewake::Exception& exception : event.exceptions) {
    model::Exception& out = record.exceptions.emplace_back();
    out.type = exception.type;
    out.value = exception.value;
    out.mechanism = exception.mechanism;
    out.handled = exception.handled;
    out.frames.reserve(exception.frames.size());
    for (const pagewake::Frame& frame : exception.frames) {
      out.frames.push_back(frame_from(frame));
      for (const auto& [debug_id, url] : event.debug_ids) {
        if (url == frame.filename) out.frames.back().debug_id = debug_id_from(debug_id);
      }
    }
  }
  record.breadcrumbs = event.breadcrumbs;
  record.tags = event.tags;
  record.custom_fingerprint = event.fingerprint;
  record.user_id = beacon.user_id;
  record.release = beacon.release;
  record.environment = beacon.environment;
  record.device_type = view.device.type;
  record.page = view.page;
  record.url = event.url.empty() ? view.url : event.url;
  record.page_view_id = view.page_view_id;
  record.session_id = beacon.session_id;
  record.trace_id = view.trace_id;
  record.span_id = event.span_id.is_zero() ? view.span_id : event.span_id;
  record.occurred_at_unix_us = event.occurred_at_unix_ms * 1000;
  record.webdriver = beacon.webdriver;
  return record;
}

}  // namespace

Result<Decoded> decode_beacon_body(std::string_view body, std::int64_t received_at_unix_us) {
  return decode_beacon_body(body, received_at_unix_us, 0);
}

Result<Decoded> decode_beacon_body(std::string_view body, std::int64_t received_at_unix_us,
                                   std::int64_t waited_us) {
  Decoded decoded;
  Beacon beacon;
  std::string as_sent;
  if (body.starts_with('[')) {
    auto replayed = replay_signal_log(body);
    if (!replayed.ok()) return replayed.error();
    beacon = std::move(replayed->beacon);
    beacon.replayed = true;
    if (replayed->skipped > 0) {
      decoded.drops.push_back({Category::kOther, DropReason::kUnsupported, replayed->skipped});
    }
  } else {
    auto read = decode_beacon(std::as_bytes(std::span(body.data(), body.size())), &as_sent);
    if (!read.ok()) return read.error();
    beacon = std::move(*read);
  }

  const std::int64_t skew_us = beacon.sent_at_unix_ms > 0
                                   ? received_at_unix_us - waited_us - beacon.sent_at_unix_ms * 1000
                                   : 0;
  for (PageView& view : beacon.page_views) {
    if (view.page_view_id.is_zero()) {
      decoded.drops.push_back({Category::kPageView, DropReason::kInvalidId, 1});
      continue;
    }
    // The sender counts what went before: this body cannot know its own size.
    view.sdk_cost.sent_bytes = with_bytes(view.sdk_cost.sent_bytes, body.size());
    for (const BrowserEvent& event : view.events) {
      if (event.event_id.is_zero()) {
        decoded.drops.push_back({Category::kEvent, DropReason::kInvalidId, 1});
        continue;
      }
      decoded.records.events.push_back(event_from(event, view, beacon));
      decoded.records.events.back().clock_skew_us = skew_us;
    }
    model::PageViewRecord& record = decoded.records.page_views.emplace_back();
    record.session_id = beacon.session_id;
    record.release = beacon.release;
    record.environment = beacon.environment;
    record.user_id = beacon.user_id;
    record.sdk_version = beacon.sdk_version;
    record.received_at_unix_us = received_at_unix_us;
    record.clock_skew_us = skew_us;
    record.replayed = beacon.replayed;
    record.webdriver = beacon.webdriver;
    record.tells_errors = true;
    record.view = std::move(view);
    if (beacon.page_views.size() == 1) record.as_sent = std::move(as_sent);
  }
  for (const ClientDrop& drop : beacon.drops) {
    if (drop.count > 0) {
      decoded.drops.push_back({category_of(drop.reason), drop.reason, drop.count});
    }
  }
  return decoded;
}

}  // namespace pagewake::protocols
