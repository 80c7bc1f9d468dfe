// Records as small as the reports' tests need them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "query/page_report.h"
#include "storage/memory/memory_store.h"

namespace pagewake::query {

inline constexpr std::int64_t kStart = 1'795'230'000'000'000;

template <typename T>
T id(std::uint64_t n) {
  T out;
  for (std::size_t i = 0; i < 8; ++i) out.bytes[T::kBytes - 1 - i] = std::uint8_t(n >> (8 * i));
  return out;
}

inline model::PageViewRecord view(std::uint64_t n, double lcp_ms) {
  model::PageViewRecord record;
  record.project = 1;
  record.received_at_unix_us = kStart;
  record.view.page_view_id = id<PageViewId>(n);
  record.view.trace_id = id<TraceId>(n);
  record.view.span_id = id<SpanId>(100'000 + n);
  record.view.page = "/p";
  record.view.started_at_unix_ms = kStart / 1000 + std::int64_t(n);
  record.view.vitals.lcp_ms = lcp_ms;
  record.view.attribution.lcp_time_to_first_byte_ms = lcp_ms / 2;
  record.view.attribution.lcp_resource_load_delay_ms = lcp_ms / 4;
  record.view.attribution.lcp_resource_load_duration_ms = lcp_ms / 8;
  record.view.attribution.lcp_element_render_delay_ms = lcp_ms / 8;
  return record;
}

inline model::SpanRecord span(std::uint64_t trace, std::uint64_t n, std::uint64_t parent,
                              std::int64_t from_us, std::int64_t for_us, const std::string& name,
                              const std::string& op) {
  model::SpanRecord record;
  record.project = 1;
  record.trace_id = id<TraceId>(trace);
  record.span_id = id<SpanId>(n);
  if (parent != 0) record.parent_span_id = id<SpanId>(parent);
  record.started_at_unix_us = kStart + std::int64_t(trace) * 1000 + from_us;
  record.duration_us = for_us;
  record.name = name;
  record.op = op;
  record.service = "shop";
  record.received_at_unix_us = kStart;
  return record;
}

inline model::Filter page_p() {
  model::Filter filter;
  filter.from_unix_us = kStart - 3'600'000'000;
  filter.to_unix_us = kStart + 3'600'000'000;
  filter.page = "/p";
  return filter;
}

inline PageReport report_of(const model::Records& records) {
  auto store = storage::make_memory_store();
  storage::RecordBatch batch;
  batch.records = records;
  EXPECT_TRUE(store->append(batch).ok());
  auto report = page_report(*store, 1, page_p());
  EXPECT_TRUE(report.ok());
  return std::move(report).value();
}

}  // namespace pagewake::query
