// What of a record goes into a blob: events and the sums of a rollup. Our own
// varint format with a version byte in front. Pure: bytes in, values out.
#pragma once

#include <string>
#include <string_view>

#include "model/records.h"
#include "storage/record_store.h"
#include "storage/summary_sum.h"

namespace pagewake::storage::sqlite {

// Everything but issue_id, which is a column.
std::string encode_event(const model::EventRecord& event);
// Any bytes. Errors: "malformed", "unknown_version".
Result<model::EventRecord> decode_event(std::string_view bytes);

std::string encode_summary(const VitalSummary& summary);
Result<VitalSummary> decode_summary(std::string_view bytes);
// Adds what encode_summary() wrote to `sum`: of the histograms the first
// `histograms` only. False: malformed, and part of it added.
bool add_encoded_summary(std::string_view bytes, std::size_t histograms, SummarySum& sum);

}  // namespace pagewake::storage::sqlite
