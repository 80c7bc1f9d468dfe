// Records as small as a test needs them, and folders that go away again.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <ostream>
#include <string>

#include "storage/memory/memory_store.h"
#include "storage/record_store.h"
#include "storage/sqlite/sqlite_store.h"

namespace pagewake::storage {

inline constexpr std::int64_t kSecondUs = 1'000'000;
inline constexpr std::int64_t kMinuteUs = 60 * kSecondUs;
inline constexpr std::int64_t kHourLength = 60 * kMinuteUs;
// 2026-11-21T04:00:00Z, a full hour.
inline constexpr std::int64_t kStart = 1'795'233'600 * kSecondUs;

// An id whose last eight bytes are `n`; never zero for n > 0.
template <typename T>
T id_of(std::uint64_t n) {
  T id;
  for (std::size_t i = 0; i < 8; ++i) {
    id.bytes[T::kBytes - 1 - i] = static_cast<std::uint8_t>(n >> (8 * i));
  }
  return id;
}

model::PageViewRecord page_view(std::uint64_t id, std::int64_t started_at_unix_us = kStart);
// Every field that a page view has is set to something of its own.
model::PageViewRecord full_page_view(std::uint64_t id, std::int64_t started_at_unix_us = kStart);
model::SpanRecord span(std::uint64_t trace, std::uint64_t id,
                       std::int64_t started_at_unix_us = kStart);
model::LogRecord log(std::uint64_t trace, std::uint64_t id, std::int64_t at_unix_us = kStart);
model::EventRecord event(std::uint64_t id, std::int64_t occurred_at_unix_us = kStart);
model::EventRecord full_event(std::uint64_t id, std::int64_t occurred_at_unix_us = kStart);

// Fails the test where they differ, naming the field. The first two compare
// every field but received_at and what the store sets itself (issue_id).
void expect_same(const model::PageViewRecord& got, const model::PageViewRecord& wanted);
void expect_same(const model::EventRecord& got, const model::EventRecord& wanted);
void expect_same(const model::SpanRecord& got, const model::SpanRecord& wanted);
void expect_same(const model::LogRecord& got, const model::LogRecord& wanted);
// Equal counts and equal histograms, cell for cell.
void expect_same(const VitalSummary& got, const VitalSummary& wanted);

// A batch that touches every table: number n has ids n.
RecordBatch batch_of(std::uint64_t n);
// The store holds the first `batches` of these, each whole, and its sums agree.
void expect_consistent(RecordStore& store, std::uint64_t batches);

class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  std::filesystem::path path_;
};

}  // namespace pagewake::storage
