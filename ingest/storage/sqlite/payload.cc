#include "storage/sqlite/payload.h"

#include <array>
#include <cmath>
#include <type_traits>

#include "base/byte_reader.h"
#include "base/byte_writer.h"
#include "storage/coded_view.h"

namespace pagewake::storage::sqlite {
namespace {

constexpr std::uint8_t kEventVersion = 2;    // 2: debug ids of frames
constexpr std::uint8_t kSummaryVersion = 2;  // 2: VitalHistogram::encode() with two bytes a cell

// One list of fields serves both directions, so they cannot drift apart.
struct Out {
  ByteWriter bytes;
  std::uint8_t version = kEventVersion;

  void operator()(const std::string& value) { bytes.block(value); }
  void operator()(bool value) { bytes.byte(value ? 1 : 0); }
  void operator()(std::int32_t value) { bytes.zigzag(value); }
  void operator()(std::uint32_t value) { bytes.varint(value); }
  void operator()(std::int64_t value) { bytes.zigzag(value); }
  template <typename Tag, std::size_t N>
  void operator()(const Id<Tag, N>& value) {
    bytes.bytes(value.bytes);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void operator()(T value) { bytes.byte(static_cast<std::uint8_t>(value)); }
  template <typename T>
  void operator()(const std::vector<T>& values) {
    bytes.varint(values.size());
    for (const T& value : values) (*this)(value);
  }
  template <typename T>
  void operator()(const std::optional<T>& value) {
    (*this)(value.has_value());
    if (value) (*this)(*value);
  }
  template <typename A, typename B>
  void operator()(const std::pair<A, B>& value) {
    (*this)(value.first);
    (*this)(value.second);
  }
  template <typename T>
  requires(std::is_class_v<T>) void operator()(const T& record) { fields(*this, record); }
};

struct In {
  ByteReader bytes;
  std::uint8_t version = kEventVersion;  // of what is read

  void operator()(std::string& value) { value = bytes.block(); }
  void operator()(bool& value) { value = bytes.byte() != 0; }
  void operator()(std::int32_t& value) { value = static_cast<std::int32_t>(bytes.zigzag()); }
  void operator()(std::uint32_t& value) { value = static_cast<std::uint32_t>(bytes.varint()); }
  void operator()(std::int64_t& value) { value = bytes.zigzag(); }
  template <typename Tag, std::size_t N>
  void operator()(Id<Tag, N>& value) {
    bytes.bytes(value.bytes);
  }
  template <typename T>
  requires std::is_enum_v<T>
  void operator()(T& value) { value = static_cast<T>(bytes.byte()); }
  template <typename T>
  void operator()(std::vector<T>& values) {
    // Nothing is reserved for a promised count: every item needs its own bytes.
    const std::uint64_t count = bytes.varint();
    for (std::uint64_t i = 0; i < count && bytes.ok(); ++i) (*this)(values.emplace_back());
  }
  template <typename T>
  void operator()(std::optional<T>& value) {
    bool given = false;
    (*this)(given);
    if (given) (*this)(value.emplace());
  }
  template <typename A, typename B>
  void operator()(std::pair<A, B>& value) {
    (*this)(value.first);
    (*this)(value.second);
  }
  template <typename T>
  requires(std::is_class_v<T>) void operator()(T& record) { fields(*this, record); }
};

template <typename T, typename U>
concept Is = std::is_same_v<std::remove_const_t<T>, U>;

template <typename Archive, typename... Fields>
void all(Archive& archive, Fields&... values) {
  (archive(values), ...);
}

template <typename Archive>
void fields(Archive& archive, Is<model::FrameContext> auto& context) {
  all(archive, context.pre, context.line, context.post);
}

template <typename Archive>
void fields(Archive& archive, Is<model::OriginalPosition> auto& original) {
  all(archive, original.source, original.name, original.line, original.column);
}

template <typename Archive>
void fields(Archive& archive, Is<model::Frame> auto& frame) {
  all(archive, frame.function, frame.filename, frame.module, frame.abs_path, frame.line,
      frame.column, frame.in_app, frame.context, frame.original, frame.unresolved_reason);
  if (archive.version >= 2) archive(frame.debug_id);
}

template <typename Archive>
void fields(Archive& archive, Is<model::Exception> auto& exception) {
  all(archive, exception.type, exception.value, exception.module, exception.mechanism,
      exception.handled, exception.frames);
}

template <typename Archive>
void fields(Archive& archive, Is<pagewake::Breadcrumb> auto& crumb) {
  all(archive, crumb.index, crumb.at_unix_ms, crumb.type, crumb.category, crumb.level,
      crumb.message, crumb.data);
}

template <typename Archive>
void fields(Archive& archive, Is<model::EventRecord> auto& event) {
  all(archive, event.project, event.event_id, event.source, event.platform, event.level,
      event.message, event.message_template, event.logger, event.transaction, event.server_name,
      event.exceptions, event.breadcrumbs, event.tags, event.contexts_json, event.user_json,
      event.request_json, event.extra_json, event.user_id, event.release, event.environment,
      event.browser, event.os, event.country, event.device_type, event.page, event.url,
      event.page_view_id, event.session_id, event.trace_id, event.span_id, event.custom_fingerprint,
      event.grouping_version, event.grouping_key, event.grouping_explanation, event.title,
      event.culprit, event.occurred_at_unix_us, event.received_at_unix_us, event.clock_skew_us);
}

std::int64_t thousandths(double value) {
  return std::isfinite(value) ? std::llround(std::clamp(value, -1e15, 1e15) * 1000) : 0;
}

}  // namespace

std::string encode_event(const model::EventRecord& event) {
  Out out;
  out.bytes.byte(kEventVersion);
  fields(out, event);
  return out.bytes.take();
}

Result<model::EventRecord> decode_event(std::string_view bytes) {
  In in{ByteReader(bytes)};
  in.version = in.bytes.byte();
  if (in.bytes.ok() && (in.version == 0 || in.version > kEventVersion)) {
    return Error{"unknown_version", "a stored event has version " + std::to_string(in.version)};
  }
  model::EventRecord event;
  fields(in, event);
  if (!in.bytes.ok() || !in.bytes.at_end()) {
    return Error{"malformed", "a stored event is cut short or too long"};
  }
  return event;
}

std::string encode_summary(const VitalSummary& summary) {
  ByteWriter out;
  out.byte(kSummaryVersion);
  out.zigzag(thousandths(summary.views));
  out.zigzag(thousandths(summary.views_kept_by_exception));
  out.zigzag(thousandths(summary.views_with_error));
  // In the order of kSummaryHistograms, which only grows at its end.
  out.varint(kSummaryHistograms.size());
  for (const auto member : kSummaryHistograms) {
    const model::VitalHistogram& histogram = summary.*member;
    // An empty one, as most sub-parts are, is one byte.
    out.block(histogram == model::VitalHistogram() ? std::string() : histogram.encode());
  }
  return out.take();
}

bool add_encoded_summary(std::string_view bytes, std::size_t histograms, SummarySum& sum) {
  ByteReader in(bytes);
  const std::uint8_t version = in.byte();
  if (version == 0 || version > kSummaryVersion) return false;
  for (std::int64_t* counter :
       {&sum.view_thousandths, &sum.kept_thousandths, &sum.error_thousandths}) {
    *counter =
        model::VitalHistogram::bounded(*counter + model::VitalHistogram::bounded(in.zigzag()));
  }
  const std::uint64_t count = in.varint();
  if (count > kSummaryHistograms.size()) return false;
  for (std::uint64_t i = 0; i < count && in.ok(); ++i) {
    const std::string_view block = in.block();
    if (block.empty() || i >= histograms) continue;
    if (version == 1) {
      auto histogram = model::VitalHistogram::decode_first_version(std::as_bytes(std::span(block)));
      if (!histogram) return false;
      sum.histograms[i].add(*histogram);
      continue;
    }
    ByteReader cells(block);
    if (!sum.histograms[i].add_encoded(cells) || !cells.at_end()) return false;
  }
  return in.ok() && in.at_end();
}

Result<VitalSummary> decode_summary(std::string_view bytes) {
  if (!bytes.empty() && static_cast<std::uint8_t>(bytes[0]) > kSummaryVersion) {
    return Error{"unknown_version",
                 "a rollup has version " + std::to_string(static_cast<std::uint8_t>(bytes[0]))};
  }
  SummarySum sum;
  if (!add_encoded_summary(bytes, kSummaryHistograms.size(), sum)) {
    return Error{"malformed", "a rollup is cut short or too long"};
  }
  return sum.take();
}

}  // namespace pagewake::storage::sqlite
